package mediatest_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/media/mediatest"
)

// answer is what a client got.
type answer struct {
	status int
	header http.Header
	length int64 // announced; -1: not at all
	body   []byte
	broken bool // the body ended too early
}

func get(t *testing.T, s *mediatest.Server, path string, header ...string) answer {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	res, err := s.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	return answer{res.StatusCode, res.Header, res.ContentLength, body, err != nil}
}

func TestBehaviour(t *testing.T) {
	t.Parallel()
	file := mediatest.MP4(100_000)
	other := mediatest.Whole(mediatest.Video(mediatest.VideoOptions{Size: 100_000, Seed: 7}))
	type want struct {
		status int
		length int64
		body   []byte
		broken bool
	}
	const whole, part = http.StatusOK, http.StatusPartialContent
	cases := []struct {
		name      string
		behaviour mediatest.Behaviour
		header    []string
		want      want
	}{
		{"good", mediatest.Behaviour{}, nil, want{whole, 100_000, file, false}},
		{"range", mediatest.Behaviour{}, []string{"Range", "bytes=500-"}, want{part, 99_500, file[500:], false}},
		{"closed range", mediatest.Behaviour{}, []string{"Range", "bytes=500-599"}, want{part, 100, file[500:600], false}},
		{"suffix", mediatest.Behaviour{}, []string{"Range", "bytes=-10"}, want{part, 10, file[99_990:], false}},
		{"range of the same file", mediatest.Behaviour{}, []string{"Range", "bytes=9-", "If-Range", `"version-1"`}, want{part, 99_991, file[9:], false}},
		{"range of another file", mediatest.Behaviour{}, []string{"Range", "bytes=9-", "If-Range", `"version-0"`}, want{whole, 100_000, file, false}},
		{"range of another file, given all the same", mediatest.Behaviour{IgnoreIfRange: true}, []string{"Range", "bytes=9-", "If-Range", `"version-0"`}, want{part, 99_991, file[9:], false}},
		{"no ranges", mediatest.Behaviour{NoRanges: true}, []string{"Range", "bytes=500-"}, want{whole, 100_000, file, false}},
		{"shifted", mediatest.Behaviour{RangeShift: 3}, []string{"Range", "bytes=500-"}, want{part, 99_497, file[503:], false}},
		{"refused range", mediatest.Behaviour{Status: 416}, []string{"Range", "bytes=500-"}, want{416, 0, []byte{}, false}},
		{"chunked", mediatest.Behaviour{Chunked: true}, nil, want{whole, -1, file, false}},
		{"announced too long", mediatest.Behaviour{Lie: 50}, nil, want{whole, 100_050, file, true}},
		{"announced too short", mediatest.Behaviour{Lie: -50}, nil, want{whole, 99_950, file[:99_950], false}},
		{"endless", mediatest.Behaviour{Endless: true}, nil, want{whole, -1, append(bytes.Clone(file), make([]byte, 1<<20-100_000)...), false}},
		{"cut", mediatest.Behaviour{CutAfter: 40_000}, nil, want{whole, 100_000, file[:40_000], true}},
		{"cut range", mediatest.Behaviour{CutAfter: 40}, []string{"Range", "bytes=5-"}, want{part, 99_995, file[5:45], true}},
		{"shorter than the cut", mediatest.Behaviour{CutAfter: 40}, []string{"Range", "bytes=-30"}, want{part, 30, file[99_970:], false}},
		{"slow", mediatest.Behaviour{Rate: 10 << 20}, nil, want{whole, 100_000, file, false}},
		{"changed", mediatest.Behaviour{Changed: mediatest.Bytes(other), ChangeAt: 1}, nil, want{whole, 100_000, other, false}},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := mediatest.NewServer(t)
			got := get(t, s, s.Serve("a.mp4", mediatest.Bytes(file), tc.behaviour), tc.header...)
			if !bytes.Equal(tc.want.body, got.body) {
				t.Errorf("the body of %d bytes is not the %d bytes wanted", len(got.body), len(tc.want.body))
			}
			if got.status != tc.want.status || got.length != tc.want.length || got.broken != tc.want.broken {
				t.Errorf("got %d, length %d, broken %t, want %+v", got.status, got.length, got.broken, tc.want.status)
			}
		})
	}
}

func TestCutsEnd(t *testing.T) {
	t.Parallel()
	s := mediatest.NewServer(t)
	path := s.Serve("a.mp4", mediatest.Bytes(mediatest.MP4(50_000)), mediatest.Behaviour{CutAfter: 10_000, Cuts: 2, Header: http.Header{"X-Own": {"1"}}})
	for i, broken := range []bool{true, true, false} {
		got := get(t, s, path, "Range", "bytes=1-", "If-Range", `"version-1"`)
		if got.broken != broken {
			t.Errorf("request %d: broken %t, want %t", i+1, got.broken, broken)
		}
		if got.header.Get("X-Own") != "1" || got.header.Get("ETag") != `"version-1"` {
			t.Errorf("request %d: header %v", i+1, got.header)
		}
	}
	asked := mediatest.Request{Method: "GET", Range: "bytes=1-", IfRange: `"version-1"`, Served: 10_000}
	last := asked
	last.Served = 49_999
	if diff := cmp.Diff([]mediatest.Request{asked, asked, last}, s.Requests("a.mp4")); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	if got := s.Served("a.mp4"); got != 69_999 {
		t.Errorf("served %d bytes, want 69999", got)
	}
}

func TestValidators(t *testing.T) {
	t.Parallel()
	s := mediatest.NewServer(t)
	file := mediatest.Bytes(mediatest.MP4(5000))
	bare := get(t, s, s.Serve("bare", file, mediatest.Behaviour{NoValidator: true}))
	if bare.header.Get("ETag") != "" || bare.header.Get("Last-Modified") != "" {
		t.Errorf("validators without any: %v", bare.header)
	}
	weak := get(t, s, s.Serve("weak", file, mediatest.Behaviour{WeakETag: true}), "Range", "bytes=1-", "If-Range", `W/"version-1"`)
	if weak.status != http.StatusOK || weak.header.Get("ETag") != `W/"version-1"` {
		t.Errorf("a weak validator does not admit a range: got %d %v", weak.status, weak.header)
	}
	path := s.Serve("changing", file, mediatest.Behaviour{Changed: file, ChangeAt: 2})
	if first, second := get(t, s, path), get(t, s, path); first.header.Get("ETag") == second.header.Get("ETag") {
		t.Error("a changed file has the ETag that it had before")
	}
}

func TestHold(t *testing.T) {
	t.Parallel()
	s := mediatest.NewServer(t)
	file := mediatest.MP4(50_000)
	path := s.Serve("a.mp4", mediatest.Bytes(file), mediatest.Behaviour{HoldAfter: 20_000})
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+path, nil)
	r.RequestURI = ""
	res, err := s.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	first := make([]byte, 20_000)
	if _, err := io.ReadFull(res.Body, first); err != nil {
		t.Fatal(err)
	}
	if got := s.Served("a.mp4"); got != 20_000 {
		t.Errorf("served %d bytes while held, want 20000", got)
	}
	s.Release("a.mp4")
	s.Release("a.mp4") // has no effect
	rest, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(append(first, rest...), file) {
		t.Error("the body is not the file")
	}
}

// TestRate holds the time of a slow answer against what the rate makes it at least.
func TestRate(t *testing.T) {
	t.Parallel()
	s := mediatest.NewServer(t)
	path := s.Serve("a.mp4", mediatest.Video(mediatest.VideoOptions{Size: 300_000}), mediatest.Behaviour{Rate: 1_000_000})
	begin := time.Now()
	if got := get(t, s, path); len(got.body) != 300_000 {
		t.Fatalf("got %d bytes", len(got.body))
	}
	const least = 200 * time.Millisecond // the first 64 KiB take no time
	if took := time.Since(begin); took < least {
		t.Errorf("300 kB at 1 MB/s took %v", took)
	}
}
