package providertest

import (
	"bytes"
	"cmp"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"
)

// DoubleConfig describes a network that speaks HTTP.
type DoubleConfig struct {
	// Handler behaves like the network.
	Handler http.Handler
	// Classify says what a request is for. It may read the body.
	Classify func(r *http.Request) Class
	// Refuse writes the answer that the network gives with an error status: the
	// body in its shape, and the headers with its request id. A Retry-After
	// header, if one is due, is set already.
	Refuse func(w http.ResponseWriter, r *http.Request, status int)
	// Posts returns what can be seen on the network, oldest first.
	Posts func() []Post
}

// Double is a Network in front of an http.Handler: it listens, records the
// calls, and fails as it is told.
type Double struct {
	URL string // without a slash at the end

	c      DoubleConfig
	mu     sync.Mutex
	calls  []Call
	faults map[Class]*Fault
}

// NewDouble starts to listen. It stops with the test.
func NewDouble(t testing.TB, c DoubleConfig) *Double {
	t.Helper()
	d := &Double{c: c, faults: map[Class]*Fault{}}
	server := httptest.NewServer(d)
	t.Cleanup(server.Close)
	d.URL = server.URL
	return d
}

// UnusedURL returns an address at which nobody listens.
func UnusedURL(t testing.TB) string {
	t.Helper()
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	return server.URL
}

// ServeHTTP records the call and lets it meet its fault.
func (d *Double) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the caller went away in the middle of its request
	}
	rewind := func() { r.Body = io.NopCloser(bytes.NewReader(body)) }
	rewind()
	class := d.c.Classify(r)
	rewind()
	index, fault := d.arrive(Call{Class: class, Name: r.Method + " " + r.URL.Path})
	if fault == nil {
		d.apply(index, w, r)
		return
	}
	if fault.Met != nil {
		fault.Met()
	}
	switch fault.Mode {
	case Refuse:
		if fault.RetryAfter > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int(fault.RetryAfter/time.Second)))
		}
		d.c.Refuse(w, r, fault.Status)
	case Mislead:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(cmp.Or(fault.Status, http.StatusOK))
		_, _ = io.WriteString(w, "<!DOCTYPE html><title>Sign in</title>")
	case CutAfter:
		d.apply(index, httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	case Stall:
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	case CutBefore:
		panic(http.ErrAbortHandler)
	}
}

// arrive records a call and returns the fault that it meets, nil for none.
func (d *Double) arrive(c Call) (int, *Fault) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.calls = append(d.calls, c)
	index := len(d.calls) - 1
	fault := d.faults[c.Class]
	if fault == nil {
		return index, nil
	}
	if fault.Skip > 0 {
		fault.Skip--
		return index, nil
	}
	met := *fault
	return index, &met
}

// apply lets the network do what is asked for.
func (d *Double) apply(index int, w http.ResponseWriter, r *http.Request) {
	watched := &statusWriter{ResponseWriter: w, status: http.StatusOK}
	d.c.Handler.ServeHTTP(watched, r)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.calls[index].Applied = watched.status < http.StatusBadRequest
}

// statusWriter remembers the status of the answer.
type statusWriter struct {
	http.ResponseWriter

	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Calls returns every call that arrived.
func (d *Double) Calls() []Call {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.calls)
}

// Posts returns what can be seen on the network.
func (d *Double) Posts() []Post { return d.c.Posts() }

// Fail makes the calls of a class meet the fault.
func (d *Double) Fail(class Class, f Fault) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.faults[class] = &f
}

// Heal ends all faults.
func (d *Double) Heal() {
	d.mu.Lock()
	defer d.mu.Unlock()
	clear(d.faults)
}

var _ Network = (*Double)(nil)
