package web

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/crier-social/crier/api/internal/requestid"
	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/accounts"
)

const (
	// maxForm is how many bytes a form may have.
	maxForm = 64 << 10
	// formTimeout is how long a form may take to arrive.
	formTimeout = 30 * time.Second
)

// exchange is a request on its way to its answer, and what the log gets of it.
type exchange struct {
	http.ResponseWriter
	status  int
	bytes   int
	cause   error  // behind the answer
	session string // once the browser has proved that it is its own
}

func (e *exchange) WriteHeader(status int) {
	if e.status == 0 {
		e.status = status
	}
	e.ResponseWriter.WriteHeader(status)
}

func (e *exchange) Write(p []byte) (int, error) {
	if e.status == 0 {
		e.status = http.StatusOK
	}
	n, err := e.ResponseWriter.Write(p)
	e.bytes += n
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (e *exchange) Unwrap() http.ResponseWriter { return e.ResponseWriter }

// observe gives the request its id, and logs and measures it when it has ended. Of its
// address the log has the pattern alone: tokens and codes are in addresses.
func (w *Web) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		begun := w.Clock.Now()
		id := requestid.Choose(r.Header.Get(requestid.Header), begun)
		rw.Header().Set(requestid.Header, id)
		r = r.WithContext(core.WithRequestID(r.Context(), id))
		e := &exchange{ResponseWriter: rw}
		next.ServeHTTP(e, r)
		took := w.Clock.Now().Sub(begun)
		route := routeOf(r)
		level := slog.LevelInfo
		attrs := []any{"request", id, "method", r.Method, "route", route, "status", e.status, "bytes", e.bytes, "duration", took}
		if e.session != "" {
			attrs = append(attrs, "session", e.session)
		}
		switch {
		case e.status >= http.StatusInternalServerError:
			level = slog.LevelError
			attrs = append(attrs, "error", e.cause)
		case e.cause != nil:
			attrs = append(attrs, "code", core.CodeOf(shown(e.cause)))
		}
		w.Log.Log(r.Context(), level, "page answered", attrs...)
		if w.Observe != nil {
			w.Observe(route, r.Method, e.status, took)
		}
	})
}

// routeOf is the pattern that a request was answered by; "" where none matched.
func routeOf(r *http.Request) string {
	_, path, found := strings.Cut(r.Pattern, " ")
	if !found {
		path = r.Pattern
	}
	if path == "/" {
		return ""
	}
	return path
}

// headers sets what keeps browsers from doing more with a page than showing it. Pages that
// have forms say in addition where these lead.
func (w *Web) headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		h := rw.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Content-Security-Policy", contentPolicy())
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("X-Robots-Tag", "noindex, nofollow")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(rw, r)
	})
}

// contentPolicy allows the pages their stylesheet, their icon, and forms that lead to this
// server or to the targets.
func contentPolicy(targets ...string) string {
	forms := strings.Join(append([]string{"'self'"}, targets...), " ")
	return "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action " + forms
}

// recover answers for a page that panicked, and logs where.
func (w *Web) recover(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		defer func() {
			v := recover()
			if v == nil {
				return
			}
			if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(v)
			}
			w.Log.ErrorContext(r.Context(), "page panicked", "request", core.RequestID(r.Context()), "panic", v, "stack", string(debug.Stack()))
			if e, ok := rw.(*exchange); ok && e.status != 0 {
				panic(http.ErrAbortHandler) // half a page must not look whole
			}
			w.fail(rw, r, nil, fmt.Errorf("panic: %v", v))
		}()
		next.ServeHTTP(rw, r)
	})
}

// page makes a handler of a function that returns what it could not do.
func (w *Web) page(h func(rw http.ResponseWriter, r *http.Request) error) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) {
		if err := h(rw, r); err != nil {
			w.fail(rw, r, nil, err)
		}
	}
}

// visitor answers a request of a browser that has opened the session.
type visitor func(rw http.ResponseWriter, r *http.Request, v *accounts.Visit) error

// visit lets only browsers through that have opened the session of the address.
func (w *Web) visit(h visitor) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) {
		v, err := w.enter(rw, r)
		if err == nil {
			err = h(rw, r, v)
		}
		if err != nil {
			w.fail(rw, r, v, err)
		}
	}
}

func (w *Web) enter(rw http.ResponseWriter, r *http.Request) (*accounts.Visit, error) {
	id := r.PathValue(sessionParam)
	v, err := w.Linking.Enter(r.Context(), id, cookieOf(r)(id))
	if err != nil {
		return nil, err
	}
	noteSession(rw, v)
	return v, nil
}

// noteSession has the log name the session that a request belongs to.
func noteSession(rw http.ResponseWriter, v *accounts.Visit) {
	if e, ok := rw.(*exchange); ok {
		e.session = v.Session.ID
	}
}

// form is visit for the forms of pages.
func (w *Web) form(h visitor) http.HandlerFunc {
	return w.visit(func(rw http.ResponseWriter, r *http.Request, v *accounts.Visit) error {
		// A connection without deadlines cannot be held up either.
		_ = http.NewResponseController(rw).SetReadDeadline(time.Now().Add(formTimeout))
		r.Body = http.MaxBytesReader(rw, r.Body, maxForm)
		if err := r.ParseForm(); err != nil {
			return &core.Error{
				Kind: core.KindInvalid, Code: core.CodeLinkBrowser, Message: "the form could not be read", Err: err,
				Help: "Load the page again, then press the button once more.",
			}
		}
		if err := v.CheckForm(r.PostForm.Get("form")); err != nil {
			return err
		}
		return h(rw, r, v)
	})
}
