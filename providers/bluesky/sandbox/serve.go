package sandbox

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// ServeHTTP serves the API, the pages and the control API.
func (s *Sandbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !isAPI(r.URL.Path) {
		s.settle(s.clock.Now())
		s.web.ServeHTTP(w, r)
		return
	}
	s.serveAPI(w, r)
}

// isAPI tells whether a path is one of the network, where faults hit.
func isAPI(path string) bool {
	for _, prefix := range []string{xrpcPrefix, plcPrefix, wellKnownPrefix} {
		if strings.HasPrefix(path, prefix) {
			return true
		}
	}
	return isOAuthAPI(path)
}

// wellKnownPrefix begins the addresses of documents. https://www.rfc-editor.org/rfc/rfc8615
const wellKnownPrefix = "/.well-known/"

// serveAPI answers one request of the API: faults first, then the call itself. A
// request whose connection is to be cut is aborted here, before or after the call
// took effect.
func (s *Sandbox) serveAPI(w http.ResponseWriter, r *http.Request) {
	s.settle(s.clock.Now())
	entry := s.begin(r)
	f := s.faults.Take(r)
	if f != nil {
		entry.Fault = f.Action
	}
	if !f.Wait(r.Context(), s.clock, 0) {
		s.finish(entry, 0, nil)
		panic(http.ErrAbortHandler)
	}
	now := s.clock.Now()
	if f != nil && (f.Action == ActionCutBefore || f.Action == ActionApplyLate) {
		if f.Action == ActionApplyLate {
			s.postpone(r, now, f.After)
		}
		_, _ = io.Copy(io.Discard, io.LimitReader(r.Body, s.opts.MaxBlobBytes)) // nobody is told
		s.finish(entry, 0, nil)
		panic(http.ErrAbortHandler)
	}
	answer, c := s.answer(r, f, now)
	s.finish(entry, answer.status, c)
	if f.CutsAfter() {
		panic(http.ErrAbortHandler)
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(r.Body, maxInput)) // so that the connection can be used again
	send(w, r, answer)
}

// answer computes the answer of a request, faults that replace it included.
func (s *Sandbox) answer(r *http.Request, f *Fault, now time.Time) (*reply, *call) {
	if f != nil {
		switch f.Action {
		case ActionRespond:
			return &reply{status: f.Status, header: f.Headers(), body: []byte(f.Body)}, nil
		case ActionRateLimit:
			return s.limitReply(f, now), nil
		case ActionExpireToken:
			s.revokeAccess(r)
		case ActionCutDuring:
			f.Bound(r)
		case ActionDelay, ActionCutBefore, ActionCutAfter, ActionApplyLate:
			// The call itself goes its way.
		}
	}
	return s.dispatch(r, now)
}

// dispatch hands a request to the part of the network that it goes to.
func (s *Sandbox) dispatch(r *http.Request, now time.Time) (*reply, *call) {
	path := r.URL.Path
	switch {
	case strings.HasPrefix(path, xrpcPrefix):
		return s.serveXRPC(r, now)
	case strings.HasPrefix(path, plcPrefix):
		return s.servePLC(r), nil
	default:
		return s.serveOAuth(r, now), nil
	}
}

func send(w http.ResponseWriter, r *http.Request, answer *reply) {
	for name, values := range answer.header {
		w.Header()[http.CanonicalHeaderKey(name)] = values
	}
	if len(answer.body) > 0 {
		w.Header().Set("Content-Length", strconv.Itoa(len(answer.body)))
	}
	w.WriteHeader(answer.status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(answer.body) // the client is gone; nobody is left to tell
	}
}

// revokeAccess ends the access token of a request.
func (s *Sandbox) revokeAccess(r *http.Request) {
	_, token, bad := authorization(r)
	if bad != nil || token == "" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.revoked[token] = true
}
