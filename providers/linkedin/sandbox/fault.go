package sandbox

import (
	"time"

	"github.com/crier-social/crier/providers/internal/double"
)

// Faults are those of every double.
type (
	// Action is what a fault does to the request it hits.
	Action = double.Action
	// Fault is something that goes wrong with one request, or with several.
	Fault = double.Fault
	// ArmedFault is a fault that waits for its requests.
	ArmedFault = double.ArmedFault
)

// The actions.
const (
	ActionRespond   = double.ActionRespond
	ActionDelay     = double.ActionDelay
	ActionCutBefore = double.ActionCutBefore
	ActionCutAfter  = double.ActionCutAfter
	// ActionCutDuring closes the connection when Bytes of the body have been read. The
	// bytes of a video's part that came are written; the part is not there, unless it
	// has no more. A request with a shorter body takes effect.
	ActionCutDuring = double.ActionCutDuring
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
	return double.Actions(ActionRateLimit, ActionExpireToken, ActionReject, ActionExpireUpload)
}

// Respond answers with a status and a body, which is sent as JSON when it looks
// like it and as HTML otherwise.
func Respond(status int, body string) Fault { return double.Respond(status, body) }

// Delay makes the answer late.
func Delay(d time.Duration) Fault { return double.Delay(d) }

// CutBefore closes the connection without applying the request.
func CutBefore() Fault { return double.CutBefore() }

// CutAfter applies the request and closes the connection without an answer.
func CutAfter() Fault { return double.CutAfter() }

// CutDuring closes the connection when n bytes of the body have been read.
func CutDuring(n int64) Fault { return double.CutDuring(n) }

// RateLimit answers 429.
func RateLimit() Fault { return Fault{Action: ActionRateLimit} }

// ExpireToken lets the token of the request expire.
func ExpireToken() Fault { return Fault{Action: ActionExpireToken} }

// ExpireUpload lets the upload addresses of the request's asset expire.
func ExpireUpload() Fault { return Fault{Action: ActionExpireUpload} }

// Reject lets LinkedIn refuse the request's post some time after it was accepted.
func Reject(after time.Duration) Fault { return Fault{Action: ActionReject, After: after} }

// faultReply is the answer of ActionRespond.
func faultReply(f *Fault) *reply {
	return &reply{status: f.Status, header: f.Headers(), body: []byte(f.Body)}
}

// nextLatency is how late the next answer is by itself.
func (s *Sandbox) nextLatency() time.Duration {
	low, high := s.opts.Latency.Min, s.opts.Latency.Max
	if high <= low {
		return low
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return low + time.Duration(s.latency.Int64N(int64(high-low)))
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
