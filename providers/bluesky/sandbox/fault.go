package sandbox

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strconv"
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
	ActionCutDuring = double.ActionCutDuring
	// ActionRateLimit answers 429 as the limits do; they begin anew after Fault.After, or an hour.
	ActionRateLimit Action = "rateLimit"
	// ActionExpireToken lets the access token of the request expire: this request, and every
	// later one with it, is answered with ExpiredToken.
	ActionExpireToken Action = "expireToken"
	// ActionApplyLate closes the connection without an answer, and applies the request when the
	// sandbox's clock has gone on by Fault.After.
	ActionApplyLate Action = "applyLate"
)

// Actions lists every action.
func Actions() []Action {
	return double.Actions(ActionRateLimit, ActionExpireToken, ActionApplyLate)
}

// Respond answers with a status and a body.
func Respond(status int, body string) Fault { return double.Respond(status, body) }

// Fail answers with an error as methods do: Fail(502, "UpstreamFailure", "…").
func Fail(status int, name, message string) Fault {
	body := jsonReply(status, http.Header{}, struct {
		Error   string `json:"error"`
		Message string `json:"message"`
	}{name, message})
	return double.Respond(status, string(body.body))
}

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

// ExpireToken lets the access token of the request expire.
func ExpireToken() Fault { return Fault{Action: ActionExpireToken} }

// ApplyLate closes the connection, and applies the request after a time.
func ApplyLate(after time.Duration) Fault { return Fault{Action: ActionApplyLate, After: after} }

// limitReply is the answer of ActionRateLimit.
func (s *Sandbox) limitReply(f *Fault, now time.Time) *reply {
	const points = 5000
	after := f.After
	if after == 0 {
		after = writeWindow
	}
	return rateLimited(http.Header{
		"Ratelimit-Limit":     {strconv.Itoa(points)},
		"Ratelimit-Remaining": {"0"},
		"Ratelimit-Reset":     {strconv.FormatInt(now.Add(after).Unix(), 10)},
		"Ratelimit-Policy":    {strconv.Itoa(points) + ";w=" + strconv.Itoa(int(writeWindow.Seconds()))},
	}).reply(http.Header{})
}

// lateCall is a request that is to be applied when nobody waits for it any more.
type lateCall struct {
	request *http.Request
	arrived time.Time
	due     time.Time
}

// postpone keeps a request for later.
func (s *Sandbox) postpone(r *http.Request, now time.Time, after time.Duration) {
	body, err := io.ReadAll(io.LimitReader(r.Body, s.opts.MaxBlobBytes))
	if err != nil {
		return
	}
	later := r.Clone(context.WithoutCancel(r.Context()))
	later.Body = io.NopCloser(bytes.NewReader(body))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.late = append(s.late, lateCall{later, now, now.Add(after)})
}

// settle applies what has come due.
func (s *Sandbox) settle(now time.Time) {
	s.mu.Lock()
	var due, waiting []lateCall
	for _, l := range s.late {
		if now.Before(l.due) {
			waiting = append(waiting, l)
		} else {
			due = append(due, l)
		}
	}
	s.late = waiting
	s.mu.Unlock()
	for _, l := range due {
		s.dispatch(l.request, l.arrived)
	}
}
