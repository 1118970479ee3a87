package double

import (
	"context"
	"io"
	"maps"
	"net/http"
	"time"

	"github.com/crier-social/crier/core"
)

// What a fault does to a request, in the order in which a double asks it. A nil fault does
// nothing.

// Wait waits for the fault's delay, and for what the double delays by itself. It tells whether
// the client is still there, as far as net/http knows: it watches a connection only once the
// body was read.
func (f *Fault) Wait(ctx context.Context, clock core.Clock, more time.Duration) bool {
	if f != nil {
		more += f.Delay
	}
	if more <= 0 {
		return true
	}
	select {
	case <-ctx.Done():
		return false
	case <-clock.After(more):
		return true
	}
}

// CutsBefore tells whether the request has no effect and no answer.
func (f *Fault) CutsBefore() bool { return f != nil && f.Action == ActionCutBefore }

// Bound lets the body of the request break off where the fault cuts it.
func (f *Fault) Bound(r *http.Request) {
	if f != nil && f.Action == ActionCutDuring {
		r.Body = &CutBody{ReadCloser: r.Body, Left: f.Bytes}
	}
}

// CutsAfter tells whether there is no answer, whatever became of the request.
func (f *Fault) CutsAfter() bool {
	return f != nil && (f.Action == ActionCutAfter || f.Action == ActionCutDuring)
}

// Around lets requests come to a handler as the faults will have it. It serves doubles that have
// no actions of their own; others ask each fault what it does.
func (s *Faults) Around(clock core.Clock, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f := s.Take(r)
		if !f.Wait(r.Context(), clock, 0) {
			panic(http.ErrAbortHandler)
		}
		if f.CutsBefore() {
			_, _ = io.Copy(io.Discard, io.LimitReader(r.Body, maxIgnored)) // nobody is told
			panic(http.ErrAbortHandler)
		}
		if f != nil && f.Action == ActionRespond {
			maps.Copy(w.Header(), f.Headers())
			w.WriteHeader(f.Status)
			_, _ = io.WriteString(w, f.Body) // the client is gone; nobody is left to tell
			return
		}
		f.Bound(r)
		if f.CutsAfter() {
			next.ServeHTTP(unheard{http.Header{}}, r)
			panic(http.ErrAbortHandler)
		}
		next.ServeHTTP(w, r)
	})
}

// maxIgnored is how much of a body is read that has no effect, so that its client sees the end
// of the connection and no failure to write.
const maxIgnored = 100 << 20

// unheard is an answer that nobody gets.
type unheard struct{ header http.Header }

func (u unheard) Header() http.Header { return u.header }

func (unheard) WriteHeader(int) {}

func (unheard) Write(p []byte) (int, error) { return len(p), nil }
