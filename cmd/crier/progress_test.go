package main

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
)

// uploading is one step as the server tells it.
func uploading(done int64) []apiProgress {
	var p apiProgress
	p.Platform, p.Stage, p.Item, p.Done, p.Total = "linkedin", core.StageUpload, "mediaUrls[0]", done, 10
	return []apiProgress{p}
}

func TestBarsShowEachStepOnce(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	b := newBars(t.Context(), &out)
	b.sent(sending, 5, 10)
	b.sent(sending, 10, 10)
	b.sent(sending, 10, 10) // the reader tells its end again
	b.show(uploading(4))
	b.show(uploading(10))
	b.close()
	frame := out.String()
	if at := strings.LastIndex(frame, "\x1b["); at >= 0 { // what stays on the terminal
		frame = frame[at:]
	}
	for _, step := range []string{sending, "linkedin uploading mediaUrls[0]"} {
		if n := strings.Count(frame, step); n != 1 {
			t.Errorf("%q stands %d times at the end, want once:\n%s", step, n, frame)
		}
	}
}

func TestLinesNameEachStepOnce(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	l := newProgress(t.Context(), &out)
	l.sent(sending, 5, 2048)
	l.sent(sending, 2048, 2048)
	l.show(uploading(4))
	l.show(uploading(10))
	l.close()
	want := "sending files (2 kB)\nlinkedin uploading mediaUrls[0] (10 bytes)\n"
	if out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}

func TestPace(t *testing.T) {
	t.Parallel()
	for want, at := range map[string]struct {
		done, total int64
		took        time.Duration
	}{
		"":                         {0, 1000, time.Second},
		"  5 MB/s  8s left":        {10e6, 50e6, 2 * time.Second},
		"  250 bytes/s  4m0s left": {1000, 61_000, 4 * time.Second},
		"  1 MB/s  1s left":        {524_288, 1 << 20, time.Second / 2},
	} {
		if got := paceOf(at.done, at.total, at.took); got != want {
			t.Errorf("%d of %d bytes in %v: %q, want %q", at.done, at.total, at.took, got, want)
		}
	}
}

// A name does not move the cursor of a terminal.
func TestPrintable(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		`a "b" ü 日.jpg`: `a "b" ü 日.jpg`, "a\nb": `"a\nb"`, "\x1b[2J": `"\x1b[2J"`, "\xff": `"\xff"`,
	} {
		if got := printable(name); got != want {
			t.Errorf("%q is shown as %s, want %s", name, got, want)
		}
	}
	if got := oneLine("a\n\x1b[2J b"); got != "a [2J b" {
		t.Errorf("a text is shown as %q", got)
	}
}

// A server that refuses a request need not read it to its end; the connection goes
// on reading the files for a moment.
func TestAnswerBeforeTheFilesAreSent(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadFull(r.Body, make([]byte, 100)) // so that the client begins to send
		w.WriteHeader(http.StatusUnauthorized)
	}))
	t.Cleanup(server.Close)
	file := filepath.Join(t.TempDir(), "large.jpg")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(file, 32<<20); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		var out bytes.Buffer
		shown := &serial{shown: newBars(t.Context(), &out)}
		request := postRequest{fields: map[string]any{"post": "x"}, files: []attachment{{mediaField, file}}}
		body, err := request.payload(&tally{name: sending, shown: shown})
		if err != nil {
			t.Fatal(err)
		}
		// The answer may get lost with the connection, which is cut then.
		got, err := newAPIClient(server.URL, "k", core.SystemClock{}).do(t.Context(), call{method: http.MethodPost, path: "/post", body: body})
		if err == nil && got.status != http.StatusUnauthorized {
			t.Errorf("answered %d", got.status)
		}
		shown.show(uploading(4))
		shown.close()
	}
}
