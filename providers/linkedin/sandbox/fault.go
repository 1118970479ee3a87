package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Action is what a fault does to the request it hits.
type Action string

// The actions.
const (
	// ActionRespond answers with Status and Body; the request has no effect.
	ActionRespond Action = "respond"
	// ActionDelay waits for Delay and goes on.
	ActionDelay Action = "delay"
	// ActionCutBefore closes the connection without applying the request.
	ActionCutBefore Action = "cutBefore"
	// ActionCutAfter applies the request and closes the connection without an answer.
	ActionCutAfter Action = "cutAfter"
	// ActionCutDuring closes the connection when Bytes of the body have been read. The
	// bytes of a video's part that came are written; the part is not there, unless it
	// has no more. A request with a shorter body takes effect.
	ActionCutDuring Action = "cutDuring"
	// ActionRateLimit answers 429 as the daily limits do.
	ActionRateLimit Action = "rateLimit"
	// ActionExpireToken lets the token of the request expire: this request, and every
	// later one, is answered with 401.
	ActionExpireToken Action = "expireToken"
	// ActionReject accepts the post of the request, and lets LinkedIn refuse it once After
	// has passed: what is answered with 201 is then not shown.
	ActionReject Action = "reject"
	// ActionExpireUpload lets the upload addresses of the asset expire to one of which
	// the request goes: this request, and every later one, is refused.
	ActionExpireUpload Action = "expireUpload"
)

// Actions lists every action.
func Actions() []Action {
	return []Action{ActionRespond, ActionDelay, ActionCutBefore, ActionCutDuring, ActionCutAfter, ActionRateLimit, ActionExpireToken, ActionReject, ActionExpireUpload}
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
	// After is how long a post lasts that ActionReject hits.
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

// RateLimit answers 429.
func RateLimit() Fault { return Fault{Action: ActionRateLimit} }

// ExpireToken lets the token of the request expire.
func ExpireToken() Fault { return Fault{Action: ActionExpireToken} }

// ExpireUpload lets the upload addresses of the request's asset expire.
func ExpireUpload() Fault { return Fault{Action: ActionExpireUpload} }

// Reject lets LinkedIn refuse the request's post some time after it was accepted.
func Reject(after time.Duration) Fault { return Fault{Action: ActionReject, After: after} }

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

// Next arms faults for the next requests that match: each hits Times requests, in
// the order given here. A pattern is a method and a path, both with * for anything:
// "POST /rest/posts", "PUT /dms-uploads/*", "* *". The query belongs to what is
// matched only when the pattern has a question mark. Requests to the API are hit;
// pages and the control API are not.
func (s *Sandbox) Next(pattern string, faults ...Fault) error {
	method, path, found := strings.Cut(strings.TrimSpace(pattern), " ")
	if !found || method == "" || path == "" {
		return fmt.Errorf("pattern %q: want a method and a path, such as \"POST /rest/posts\"", pattern)
	}
	for _, f := range faults {
		if err := f.validate(); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range faults {
		s.faultSeq++
		left := f.Times
		if left == 0 {
			left = 1
		}
		f.Header = maps.Clone(f.Header)
		s.faults = append(s.faults, &armedFault{
			ArmedFault: ArmedFault{ID: s.faultSeq, Match: pattern, Left: left, Fault: f},
			method:     strings.ToUpper(method), path: strings.TrimSpace(path),
		})
	}
	return nil
}

func (f Fault) validate() error {
	if !slices.Contains(Actions(), f.Action) {
		return fmt.Errorf("action %q: want one of %v", f.Action, Actions())
	}
	if f.Action == ActionRespond && (f.Status < 200 || f.Status > 599) {
		return fmt.Errorf("status %d of a fault: want 200 to 599", f.Status)
	}
	if f.Bytes < 0 {
		return fmt.Errorf("bytes %d of a fault: want 0 or more", f.Bytes)
	}
	if f.Delay < 0 || f.After < 0 {
		return fmt.Errorf("delay %s or after %s of a fault is negative", f.Delay, f.After)
	}
	if f.Action == ActionDelay && f.Delay == 0 {
		return errors.New("action delay: want a delay, such as 1.5s")
	}
	return nil
}

// Faults lists the faults that still wait.
func (s *Sandbox) Faults() []ArmedFault {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]ArmedFault, len(s.faults))
	for i, f := range s.faults {
		out[i] = f.ArmedFault
	}
	return out
}

// ClearFaults disarms every fault.
func (s *Sandbox) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// takeFault returns the first fault that matches, and counts the hit.
func (s *Sandbox) takeFault(r *http.Request) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, f := range s.faults {
		if !f.matches(r) {
			continue
		}
		if f.Left > 0 {
			if f.Left--; f.Left == 0 {
				s.faults = slices.Delete(s.faults, i, i+1)
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
	return glob(f.method, r.Method) && glob(f.path, target)
}

// glob matches a pattern in which * stands for any characters, none included.
func glob(pattern, s string) bool {
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

func (f *Fault) reply() *reply {
	h := http.Header{"Content-Type": {"text/html; charset=utf-8"}}
	if body := strings.TrimSpace(f.Body); strings.HasPrefix(body, "{") || strings.HasPrefix(body, "[") {
		h.Set("Content-Type", "application/json")
	}
	for name, v := range f.Header {
		h.Set(name, v)
	}
	return &reply{status: f.Status, header: h, body: []byte(f.Body)}
}

// delay waits for a fault's delay and the latency of the sandbox. It tells whether
// the client is still there, as far as net/http knows: it watches a connection only
// once the body was read.
func (s *Sandbox) delay(ctx context.Context, f *Fault) bool {
	d := s.nextLatency()
	if f != nil {
		d += f.Delay
	}
	if d <= 0 {
		return true
	}
	select {
	case <-ctx.Done():
		return false
	case <-s.opts.Clock.After(d):
		return true
	}
}

func (s *Sandbox) nextLatency() time.Duration {
	low, high := s.opts.Latency.Min, s.opts.Latency.Max
	if high <= low {
		return low
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return low + time.Duration(s.latency.Int64N(int64(high-low)))
}

// errCut is the end of a connection that a fault cuts.
var errCut = errors.New("the connection is cut")

// cutBody is a body that breaks off.
type cutBody struct {
	io.ReadCloser
	left int64
}

func (b *cutBody) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errCut
	}
	n, err := b.ReadCloser.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}

// expireUploadOf ends the time of the upload that a request belongs to, so that the
// request itself comes too late.
func (s *Sandbox) expireUploadOf(c *call) {
	place, _ := parseUploadPath(c.http.URL.EscapedPath())
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, kind := range []assetKind{kindImage, kindVideo, kindDocument} {
		if a, known := s.assets[urn{string(kind), place.id}.String()]; known {
			a.expires = c.now
		}
	}
}
