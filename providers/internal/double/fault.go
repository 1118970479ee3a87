package double

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Action is what a fault does to the request it hits.
type Action string

// The actions that every double has.
const (
	// ActionRespond answers with Status and Body; the request has no effect.
	ActionRespond Action = "respond"
	// ActionDelay waits for Delay and goes on.
	ActionDelay Action = "delay"
	// ActionCutBefore closes the connection without applying the request.
	ActionCutBefore Action = "cutBefore"
	// ActionCutAfter applies the request and closes the connection without an answer.
	ActionCutAfter Action = "cutAfter"
	// ActionCutDuring closes the connection when Bytes of the body have been read. A request
	// with a shorter body takes effect.
	ActionCutDuring Action = "cutDuring"
)

// Actions lists the actions that every double has; more are a double's own.
func Actions(more ...Action) []Action {
	return append([]Action{ActionRespond, ActionDelay, ActionCutBefore, ActionCutDuring, ActionCutAfter}, more...)
}

// Fault is something that goes wrong with one request, or with several.
type Fault struct {
	Action Action
	// Times is how many requests it hits; 0 means one, negative means all.
	Times int
	// Delay is waited before anything else happens, whatever the action. A request
	// without a body has no effect when its client hangs up meanwhile; one with a
	// body has, as its client's absence is not noticed.
	Delay time.Duration
	// Status, Body and Header are the answer of ActionRespond.
	Status int
	Body   string
	Header map[string]string
	// Bytes is where ActionCutDuring cuts.
	Bytes int64
	// After is a time that some actions of some doubles need.
	After time.Duration
}

// Respond answers with a status and a body, which is sent as JSON when it looks
// like it and as HTML otherwise.
func Respond(status int, body string) Fault {
	return Fault{Action: ActionRespond, Status: status, Body: body}
}

// Delay makes the answer late.
func Delay(d time.Duration) Fault { return Fault{Action: ActionDelay, Delay: d} }

// CutBefore closes the connection without applying the request.
func CutBefore() Fault { return Fault{Action: ActionCutBefore} }

// CutAfter applies the request and closes the connection without an answer.
func CutAfter() Fault { return Fault{Action: ActionCutAfter} }

// CutDuring closes the connection when n bytes of the body have been read.
func CutDuring(n int64) Fault { return Fault{Action: ActionCutDuring, Bytes: n} }

// ArmedFault is a fault that waits for its requests.
type ArmedFault struct {
	ID    int
	Match string
	Left  int // requests still to hit; negative: all
	Fault Fault
}

type armedFault struct {
	ArmedFault
	method, path string
}

// Faults are the faults that wait. They are safe for concurrent use.
type Faults struct {
	actions []Action
	example string

	mu    sync.Mutex
	armed []*armedFault
	seq   int
}

// NewFaults makes faults of these actions. example is a pattern, for messages.
func NewFaults(example string, actions ...Action) *Faults {
	return &Faults{actions: actions, example: example}
}

// Next arms faults for the next requests that match: each hits Times requests, in
// the order given here. A pattern is a method and a path, both with * for anything:
// "* *". The query belongs to what is matched only when the pattern has a question mark.
func (s *Faults) Next(pattern string, faults ...Fault) error {
	method, path, found := strings.Cut(strings.TrimSpace(pattern), " ")
	if !found || method == "" || path == "" {
		return fmt.Errorf("pattern %q: want a method and a path, such as %q", pattern, s.example)
	}
	for _, f := range faults {
		if err := s.validate(f); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range faults {
		s.seq++
		left := f.Times
		if left == 0 {
			left = 1
		}
		f.Header = maps.Clone(f.Header)
		s.armed = append(s.armed, &armedFault{
			ArmedFault: ArmedFault{ID: s.seq, Match: pattern, Left: left, Fault: f},
			method:     strings.ToUpper(method), path: strings.TrimSpace(path),
		})
	}
	return nil
}

func (s *Faults) validate(f Fault) error {
	switch {
	case !slices.Contains(s.actions, f.Action):
		return fmt.Errorf("action %q: want one of %v", f.Action, s.actions)
	case f.Action == ActionRespond && (f.Status < 200 || f.Status > 599):
		return fmt.Errorf("status %d of a fault: want 200 to 599", f.Status)
	case f.Bytes < 0:
		return fmt.Errorf("bytes %d of a fault: want 0 or more", f.Bytes)
	case f.Delay < 0 || f.After < 0:
		return fmt.Errorf("delay %s or after %s of a fault is negative", f.Delay, f.After)
	case f.Action == ActionDelay && f.Delay == 0:
		return errors.New("action delay: want a delay, such as 1.5s")
	}
	return nil
}

// Armed lists the faults that still wait.
func (s *Faults) Armed() []ArmedFault {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]ArmedFault, len(s.armed))
	for i, f := range s.armed {
		out[i] = f.ArmedFault
	}
	return out
}

// Clear disarms every fault.
func (s *Faults) Clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.armed = nil
}

// Take returns the first fault that matches a request, and counts the hit; nil: none does.
func (s *Faults) Take(r *http.Request) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, f := range s.armed {
		if !f.matches(r) {
			continue
		}
		if f.Left > 0 {
			if f.Left--; f.Left == 0 {
				s.armed = slices.Delete(s.armed, i, i+1)
			}
		}
		hit := f.Fault
		return &hit
	}
	return nil
}

func (f *armedFault) matches(r *http.Request) bool {
	target := r.URL.EscapedPath()
	if strings.Contains(f.path, "?") {
		target += "?" + r.URL.RawQuery
	}
	return Glob(f.method, r.Method) && Glob(f.path, target)
}

// Glob matches a pattern in which * stands for any characters, none included.
func Glob(pattern, s string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == s
	}
	if !strings.HasPrefix(s, parts[0]) {
		return false
	}
	s = s[len(parts[0]):]
	last := len(parts) - 1
	for _, part := range parts[1:last] {
		at := strings.Index(s, part)
		if at < 0 {
			return false
		}
		s = s[at+len(part):]
	}
	return strings.HasSuffix(s, parts[last])
}

// Headers is the head of the answer of ActionRespond.
func (f *Fault) Headers() http.Header {
	h := http.Header{"Content-Type": {"text/html; charset=utf-8"}}
	if body := strings.TrimSpace(f.Body); strings.HasPrefix(body, "{") || strings.HasPrefix(body, "[") {
		h.Set("Content-Type", "application/json")
	}
	for name, v := range f.Header {
		h.Set(name, v)
	}
	return h
}
