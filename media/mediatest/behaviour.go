package mediatest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Behaviour is how requests for a file are answered. The zero value is a good server:
// byte ranges, a strong ETag, Last-Modified, an exact Content-Length.
type Behaviour struct {
	NoRanges    bool // Range is ignored, as by a server that has none
	NoValidator bool // neither ETag nor Last-Modified
	WeakETag    bool
	// IgnoreIfRange answers a range even when the file is another by now.
	IgnoreIfRange bool
	// RangeShift answers ranges that begin so many bytes later than asked for.
	RangeShift int64
	Chunked    bool // no Content-Length; implies NoRanges
	// Lie is added to the Content-Length; the body is as long as the file. Implies NoRanges.
	Lie int64
	// Endless goes on with zeros behind the file. Implies NoRanges.
	Endless bool
	// CutAfter breaks the connection after so many bytes of a body, in the first Cuts
	// answers that are as long; Cuts 0 means in each of them.
	CutAfter int64
	Cuts     int
	// HoldAfter waits after so many bytes of a body until Release is called.
	HoldAfter int64
	// Rate is how many bytes are sent in a second, to all requests for the file together.
	Rate int
	// Changed is the file from the ChangeAt-th request on, counted from 1.
	Changed  Content
	ChangeAt int
	Status   int         // answered to ranges instead of 206; 416, for example
	Header   http.Header // set on every answer
}

// Request is what was asked for, and how many bytes of a body were handed to the
// connection in answer.
type Request struct {
	Method  string
	Range   string
	IfRange string
	Served  int64
}

// Files serves files at /media/<name>, each with its behaviour. It is an
// http.Handler that a Server includes, and that others can serve by themselves.
type Files struct {
	mux *http.ServeMux

	mu    sync.Mutex
	files map[string]*servedFile
}

// NewFiles returns a handler without files.
func NewFiles() *Files {
	f := &Files{mux: http.NewServeMux(), files: map[string]*servedFile{}}
	f.mux.HandleFunc("GET /media/{name}", func(w http.ResponseWriter, r *http.Request) {
		file := f.file(r.PathValue("name"))
		if file == nil {
			http.NotFound(w, r)
			return
		}
		file.serve(w, r)
	})
	return f
}

// ServeHTTP answers GET and HEAD of /media/<name>.
func (f *Files) ServeHTTP(w http.ResponseWriter, r *http.Request) { f.mux.ServeHTTP(w, r) }

// servedFile is a file and what happened to it.
type servedFile struct {
	content   Content
	behaviour Behaviour
	limiter   *rate.Limiter
	release   chan struct{}

	mu       sync.Mutex
	released bool
	requests []*Request
	cuts     int
}

// limiterBurst is how many bytes are sent at once where the rate is limited.
const limiterBurst = 64 << 10

// Serve makes a file available as /media/<name>, which is returned; it replaces one of
// the same name and its record.
func (f *Files) Serve(name string, c Content, b Behaviour) string {
	file := &servedFile{content: c, behaviour: b, release: make(chan struct{})}
	if b.Rate > 0 {
		file.limiter = rate.NewLimiter(rate.Limit(b.Rate), limiterBurst)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.files[name] = file
	return "/media/" + name
}

// Requests returns what was asked of a file so far, in order.
func (f *Files) Requests(name string) []Request {
	file := f.file(name)
	if file == nil {
		return nil
	}
	file.mu.Lock()
	defer file.mu.Unlock()
	out := make([]Request, len(file.requests))
	for i, r := range file.requests {
		out[i] = *r
	}
	return out
}

// Served returns how many bytes of a file were sent so far, in all answers together.
func (f *Files) Served(name string) int64 {
	var sum int64
	for _, r := range f.Requests(name) {
		sum += r.Served
	}
	return sum
}

// Release lets answers that wait at HoldAfter go on, for good.
func (f *Files) Release(name string) {
	if file := f.file(name); file != nil {
		file.mu.Lock()
		defer file.mu.Unlock()
		if !file.released {
			file.released = true
			close(file.release)
		}
	}
}

func (f *Files) file(name string) *servedFile {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.files[name]
}

// record notes a request and tells which it is, counted from 1.
func (f *servedFile) record(r *http.Request) (*Request, int) {
	seen := &Request{Method: r.Method, Range: r.Header.Get("Range"), IfRange: r.Header.Get("If-Range")}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.requests = append(f.requests, seen)
	return seen, len(f.requests)
}

func (f *servedFile) serve(w http.ResponseWriter, r *http.Request) {
	b := f.behaviour
	seen, count := f.record(r)
	content, version := f.content, 1
	if b.Changed != nil && count >= b.ChangeAt {
		content, version = b.Changed, 2
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	maps.Copy(w.Header(), b.Header)
	modified := validators(w.Header(), b, version)
	out := &bodyWriter{ResponseWriter: w, ctx: r.Context(), file: f, seen: seen}
	switch {
	case b.Lie < 0:
		f.understate(w, r, content, seen)
	case b.NoRanges || b.Chunked || b.Lie > 0 || b.Endless:
		f.serveWhole(out, r, content)
	case b.Status != 0 && r.Header.Get("Range") != "":
		w.WriteHeader(b.Status)
	default:
		r = r.Clone(r.Context())
		adjustRange(r, b)
		http.ServeContent(out, r, "", modified, io.NewSectionReader(content, 0, content.Size()))
	}
}

// validators sets the ETag, and returns when the file was modified.
func validators(h http.Header, b Behaviour, version int) time.Time {
	if b.NoValidator {
		return time.Time{}
	}
	etag := fmt.Sprintf(`"version-%d"`, version)
	if b.WeakETag {
		etag = "W/" + etag
	}
	h.Set("Etag", etag)
	return time.Date(2026, 1, version, 0, 0, 0, 0, time.UTC)
}

// adjustRange makes of a request what the behaviour wants to be asked.
func adjustRange(r *http.Request, b Behaviour) {
	if b.IgnoreIfRange {
		r.Header.Del("If-Range")
	}
	var from int64
	var rest string
	if n, _ := fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-%s", &from, &rest); n > 0 && from >= 0 && b.RangeShift != 0 {
		r.Header.Set("Range", fmt.Sprintf("bytes=%d-%s", from+b.RangeShift, rest))
	}
}

// serveWhole answers without ranges.
func (f *servedFile) serveWhole(w *bodyWriter, r *http.Request, content Content) {
	b := f.behaviour
	if !b.Chunked && !b.Endless {
		w.Header().Set("Content-Length", strconv.FormatInt(content.Size()+b.Lie, 10))
	}
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodHead {
		return
	}
	_ = http.NewResponseController(w.ResponseWriter).Flush() // now it is chunked without a length
	_, err := io.CopyBuffer(w, io.NewSectionReader(content, 0, content.Size()), make([]byte, limiterBurst))
	for zeros := make([]byte, limiterBurst); err == nil && b.Endless; {
		_, err = w.Write(zeros)
	}
}

// understate announces less than it sends, which the server itself would not do.
func (f *servedFile) understate(w http.ResponseWriter, r *http.Request, content Content, seen *Request) {
	conn, buf, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer func() { _ = conn.Close() }()
	fmt.Fprintf(buf, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n", content.Size()+f.behaviour.Lie)
	_ = w.Header().Write(buf)
	_, _ = buf.WriteString("\r\n")
	if r.Method != http.MethodHead {
		f.count(seen, content.Size())
		n, _ := io.Copy(buf, io.NewSectionReader(content, 0, content.Size()))
		f.count(seen, n-content.Size())
	}
	_ = buf.Flush()
}

func (f *servedFile) count(seen *Request, n int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	seen.Served += n
}

// cut tells whether an answer is one of those to be broken.
func (f *servedFile) cut() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.cuts++
	return f.behaviour.Cuts == 0 || f.cuts <= f.behaviour.Cuts
}

// bodyWriter sends a body the way that the behaviour wants it.
type bodyWriter struct {
	http.ResponseWriter
	ctx    context.Context
	file   *servedFile
	seen   *Request
	sent   int64
	passed bool // the place where the answer might have been cut
	held   bool
}

func (w *bodyWriter) Write(p []byte) (int, error) {
	b := w.file.behaviour
	total := 0
	for len(p) > 0 {
		n := len(p)
		if b.CutAfter > 0 && !w.passed {
			n = min(n, int(b.CutAfter-w.sent))
		}
		if b.HoldAfter > 0 && !w.held {
			n = min(n, int(b.HoldAfter-w.sent))
		}
		done, err := w.send(p[:n])
		total += done
		if err != nil {
			return total, err
		}
		p = p[n:]
		if err := w.interrupt(); err != nil {
			return total, err
		}
	}
	return total, nil
}

// interrupt cuts or holds the answer where that is due.
func (w *bodyWriter) interrupt() error {
	b := w.file.behaviour
	if b.CutAfter > 0 && !w.passed && w.sent == b.CutAfter {
		w.passed = true
		if w.file.cut() {
			_ = http.NewResponseController(w.ResponseWriter).Flush()
			panic(http.ErrAbortHandler)
		}
	}
	if b.HoldAfter > 0 && !w.held && w.sent == b.HoldAfter {
		w.held = true
		_ = http.NewResponseController(w.ResponseWriter).Flush()
		select {
		case <-w.file.release:
		case <-w.ctx.Done():
			return w.ctx.Err()
		}
	}
	return nil
}

// send writes at the rate.
func (w *bodyWriter) send(p []byte) (int, error) {
	total := 0
	for len(p) > 0 {
		n := len(p)
		if w.file.limiter != nil {
			n = min(n, limiterBurst)
			if err := w.file.limiter.WaitN(w.ctx, n); err != nil {
				return total, err
			}
		}
		w.file.count(w.seen, int64(n)) // before the client can know
		done, err := w.ResponseWriter.Write(p[:n])
		total += done
		w.sent += int64(done)
		w.file.count(w.seen, int64(done-n))
		if err != nil {
			return total, err
		}
		p = p[n:]
	}
	return total, nil
}

var _ Content = (*bytes.Reader)(nil)
