package gallery_test

import (
	"bytes"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/media/gallery"
)

func withQuota(n int64) func(*gallery.Config) { return func(c *gallery.Config) { c.Quota = n } }

func TestQuota(t *testing.T) {
	t.Parallel()
	const quota = 1_000_000
	e := setup(t, withQuota(quota))
	text := func(n int) []byte { return bytes.Repeat([]byte("x"), n) }
	first := e.save(t, "alice", text(600_000))
	_, err := e.Save(t.Context(), core.NewUpload{ProfileID: "alice"}, bytes.NewReader(text(400_001)))
	wantCode(t, "one byte too many", err, core.CodeUploadQuota)
	problem := core.AsError(err)
	if !strings.Contains(problem.Message, "600 kB of 1 MB") || !strings.Contains(core.HelpOf(problem), "Delete") {
		t.Errorf("message %q, help %q", problem.Message, core.HelpOf(problem))
	}
	e.wantUsage(t, "alice", 600_000)
	e.save(t, "alice", text(400_000))
	e.wantUsage(t, "alice", quota)
	_, err = e.Save(t.Context(), core.NewUpload{ProfileID: "alice"}, bytes.NewReader(text(1)))
	wantCode(t, "a full space", err, core.CodeUploadQuota)
	e.save(t, "bob", text(quota))

	must(t, e.Delete(t.Context(), "alice", first.ID))
	u, ticket := e.reserve(t)
	_, err = e.Fill(t.Context(), u.ID, ticket, 600_001, unread{})
	wantCode(t, "announced too large", err, core.CodeUploadQuota)
	must(t, e.fill(t, u.ID, ticket, string(text(600_000))))
	used, limit, err := e.Usage(t.Context(), "alice")
	if used != quota || limit != quota || err != nil {
		t.Errorf("used %d of %d, %v", used, limit, err)
	}
}

// TestQuotaNamesWhatIsUnderWay refuses an upload while another one has room set aside.
func TestQuotaNamesWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	e := setup(t, withQuota(1_000_000))
	u, ticket := e.reserve(t)
	var refused error
	meanwhile := &calling{r: strings.NewReader(strings.Repeat("x", 800_000)), call: func() {
		_, refused = e.Save(t.Context(), core.NewUpload{ProfileID: "alice"}, strings.NewReader(strings.Repeat("y", 400_000)))
	}}
	_, err := e.Fill(t.Context(), u.ID, ticket, 800_000, meanwhile)
	must(t, err)
	wantCode(t, "beside the other", refused, core.CodeUploadQuota)
	want := "the upload does not fit into the profile's space for uploads: 800 kB of 1 MB are used, or set aside for uploads under way"
	if got := core.AsError(refused).Message; got != want {
		t.Errorf("message %q, want %q", got, want)
	}
}

// calling calls a function when the first bytes were read.
type calling struct {
	r    io.Reader
	read bool
	call func()
}

func (c *calling) Read(p []byte) (int, error) {
	if c.read && c.call != nil {
		c.call()
		c.call = nil
	}
	c.read = true
	return c.r.Read(p)
}

// unread is a body that is refused before more than its beginning is read.
type unread struct{}

func (unread) Read(p []byte) (int, error) { return min(len(p), 1000), nil }

// TestQuotaStopsEndlessUploads: an upload is ended when it exceeds the quota, not
// when it is through.
func TestQuotaStopsEndlessUploads(t *testing.T) {
	t.Parallel()
	e := setup(t, withQuota(1<<20))
	counted := &countingReader{}
	_, err := e.Save(t.Context(), core.NewUpload{ProfileID: "alice"}, counted)
	wantCode(t, "endless", err, core.CodeUploadQuota)
	if counted.n > 2<<20 {
		t.Errorf("%d bytes were read", counted.n)
	}
	e.wantEmptyIndex(t, "alice")
}

// countingReader never ends.
type countingReader struct{ n int64 }

func (c *countingReader) Read(p []byte) (int, error) {
	c.n += int64(len(p))
	return len(p), nil
}

// TestQuotaAtOnce: uploads at the same time, to two servers, of known and unknown
// size, never exceed the quota together, at no moment.
func TestQuotaAtOnce(t *testing.T) {
	t.Parallel()
	const size, quota = 100_000, 1_050_000
	e := setup(t, withQuota(quota))
	servers := []*env{e, e.again()}
	var (
		wg    sync.WaitGroup
		taken atomic.Int64
	)
	for i := range 30 {
		wg.Go(func() {
			s := servers[i%2]
			body := io.LimitReader(&countingReader{}, size)
			var err error
			if i%3 == 0 {
				var u core.Upload
				var ticket string
				u, ticket, err = s.Reserve(t.Context(), core.NewUpload{ProfileID: "alice"})
				if err == nil {
					_, err = s.Fill(t.Context(), u.ID, ticket, size, body)
				}
			} else {
				_, err = s.Save(t.Context(), core.NewUpload{ProfileID: "alice"}, body)
			}
			if err == nil {
				taken.Add(1)
			} else {
				wantCode(t, "refused", err, core.CodeUploadQuota)
			}
		})
	}
	wg.Wait()
	if n := taken.Load(); n == 0 || n > quota/size {
		t.Errorf("%d uploads of %d bytes were taken, quota %d", n, size, quota)
	}
	e.wantUsage(t, "alice", taken.Load()*size)
	if n := e.blobCount(t); int64(n) != taken.Load() {
		t.Errorf("%d blobs of %d uploads", n, taken.Load())
	}
	for left := quota/size - taken.Load(); left > 0; left-- {
		e.save(t, "alice", make([]byte, size)) // the room that the refused ones had asked for is free
	}
}

func TestNoQuota(t *testing.T) {
	t.Parallel()
	e := setup(t)
	e.save(t, "alice", make([]byte, 3<<20))
	if used, quota, err := e.Usage(t.Context(), "alice"); used != 3<<20 || quota != 0 || err != nil {
		t.Errorf("used %d of %d, %v", used, quota, err)
	}
}
