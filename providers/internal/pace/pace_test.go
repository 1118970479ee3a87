package pace_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/providers/internal/pace"
)

const (
	ada = core.Secret("ada's token")
	bob = core.Secret("bob's token")
)

// at is the time of the tests: 9 o'clock, 15 hours before midnight.
func newPacer(change func(*pace.Config)) (*pace.Pacer, *coretest.Clock) {
	clock := coretest.NewClock(coretest.Epoch())
	c := pace.Config{
		Platform: "net", Network: "Net", Clock: clock,
		Jitter: func(d time.Duration) time.Duration { return d / 10 },
	}
	if change != nil {
		change(&c)
	}
	return pace.New(c), clock
}

func limited(after time.Duration) *core.Error {
	return &core.Error{Kind: core.KindRateLimited, RetryAfter: after, Status: 429, Upstream: "TOO_MANY", RequestID: "r1"}
}

// call makes one call with an outcome, and returns what the caller is told.
func call(t *testing.T, p *pace.Pacer, token core.Secret, endpoint string, outcome *core.Error) *core.Error {
	t.Helper()
	turn, held := p.Begin(t.Context(), pace.MemberOf(token), endpoint)
	if held != nil {
		if held.Kind != core.KindRateLimited || !errors.Is(held, pace.ErrHeld) || held.Op != "net."+endpoint || held.Platform != "net" || held.RetryAfter <= 0 {
			t.Errorf("held back with %+v", held)
		}
		return held
	}
	turn.End(outcome)
	return outcome
}

func TestPauses(t *testing.T) {
	t.Parallel()
	type step struct {
		outcome *core.Error // of the call; nil: success
		wait    time.Duration
		held    bool // no call is made
	}
	const tomorrow = 15*time.Hour + time.Minute // with its jitter
	for name, steps := range map[string][]step{
		"one refusal": {{limited(0), 33 * time.Second, false}, {nil, 33 * time.Second, true}},
		"a row of refusals": {
			{limited(0), 33 * time.Second, false},
			{limited(0), 5*time.Minute + 3*time.Second, false},
			{limited(0), tomorrow - 33*time.Second - 5*time.Minute - 3*time.Second, false},
			{limited(0), 33 * time.Second, false}, // the next day begins anew
		},
		"a success in between": {
			{limited(0), 33 * time.Second, false},
			{nil, 0, false},
			{limited(0), 33 * time.Second, false},
		},
		"another error says nothing": {
			{limited(0), 33 * time.Second, false},
			{&core.Error{Kind: core.KindTemporary}, 0, false},
			{limited(0), 5*time.Minute + 3*time.Second, false},
		},
		"the network names the time": {
			{limited(7 * time.Second), 7 * time.Second, false},
			{limited(0), 5*time.Minute + 3*time.Second, false},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, clock := newPacer(nil)
			for i, s := range steps {
				got := call(t, p, ada, "post", s.outcome)
				if s.wait == 0 {
					continue
				}
				if got == nil || got.RetryAfter != s.wait || errors.Is(got, pace.ErrHeld) != s.held {
					t.Fatalf("step %d: %+v, want a wait of %s", i, got, s.wait)
				}
				if got.Unsent || got.Status != 429 || got.Upstream != "TOO_MANY" || got.RequestID != "r1" {
					t.Errorf("step %d: %+v does not look like the network's refusal", i, got)
				}
				if i+1 < len(steps) && !steps[i+1].held {
					clock.Advance(s.wait)
				}
			}
		})
	}
}

// A limit is that of one member at one endpoint.
func TestLimitsAreApart(t *testing.T) {
	t.Parallel()
	p, _ := newPacer(nil)
	_ = call(t, p, ada, "post", limited(0))
	if held := call(t, p, ada, "post", nil); held == nil {
		t.Error("the same call is made again")
	}
	for _, other := range []struct {
		token    core.Secret
		endpoint string
	}{{ada, "read"}, {bob, "post"}} {
		if held := call(t, p, other.token, other.endpoint, nil); held != nil {
			t.Errorf("%s is held back: %v", other.endpoint, held)
		}
	}
}

// Calls that were under way together are refused together: that is one refusal.
func TestRefusedTogether(t *testing.T) {
	t.Parallel()
	p, _ := newPacer(nil)
	var turns []*pace.Turn
	for range 3 {
		turn, held := p.Begin(t.Context(), pace.MemberOf(ada), "post")
		if held != nil {
			t.Fatal(held)
		}
		turns = append(turns, turn)
	}
	for i, after := range []time.Duration{0, 0, time.Hour} {
		e := limited(after)
		turns[i].End(e)
		if want := max(33*time.Second, after); e.RetryAfter != want {
			t.Errorf("refusal %d: a wait of %s, want %s", i, e.RetryAfter, want)
		}
	}
}

// A success of before the refusal does not lift it.
func TestALateSuccess(t *testing.T) {
	t.Parallel()
	p, _ := newPacer(nil)
	early, held := p.Begin(t.Context(), pace.MemberOf(ada), "post")
	if held != nil {
		t.Fatal(held)
	}
	_ = call(t, p, ada, "post", limited(0))
	early.End(nil)
	if held := call(t, p, ada, "post", nil); held == nil {
		t.Error("the limit was lifted")
	}
}

func TestQuotas(t *testing.T) {
	t.Parallel()
	p, clock := newPacer(func(c *pace.Config) { c.MemberQuota, c.AppQuota = 2, 3 })
	for i, s := range []struct {
		token core.Secret
		says  string
	}{{ada, ""}, {ada, ""}, {ada, "2 calls a day"}, {bob, ""}, {bob, "3 calls a day"}} {
		held := call(t, p, s.token, "post", nil)
		if (held == nil) != (s.says == "") || held != nil && (!held.Unsent || held.Status != 0 || !strings.Contains(held.Message, s.says) || held.RetryAfter != 15*time.Hour+time.Minute) {
			t.Fatalf("call %d: %+v", i, held)
		}
	}
	if held := call(t, p, bob, "read", nil); held != nil {
		t.Errorf("another endpoint is held back: %v", held)
	}
	clock.Advance(15 * time.Hour)
	if held := call(t, p, ada, "post", nil); held != nil {
		t.Errorf("held back on the next day: %v", held)
	}
}

// While the network cannot be reached, no quota is used up.
func TestUnsentCallsDoNotCount(t *testing.T) {
	t.Parallel()
	p, clock := newPacer(func(c *pace.Config) { c.MemberQuota, c.AppQuota = 2, 2 })
	unsent := &core.Error{Kind: core.KindTemporary, Unsent: true}
	for range 3 {
		if got := call(t, p, ada, "post", unsent); got != unsent {
			t.Fatalf("held back: %v", got)
		}
	}
	if u := p.Usage(pace.MemberOf(ada)); u.Calls != 0 || len(u.Endpoints) != 0 {
		t.Errorf("%+v", u)
	}
	_ = call(t, p, ada, "post", &core.Error{Kind: core.KindTemporary}) // may have arrived
	turn, held := p.Begin(t.Context(), pace.MemberOf(ada), "post")
	if held != nil {
		t.Fatal(held)
	}
	clock.Advance(15 * time.Hour)
	_ = call(t, p, ada, "post", nil)
	turn.End(unsent) // of yesterday
	if got := p.Usage(pace.MemberOf(ada)).Endpoints[0]; got.Calls != 1 || got.AppCalls != 1 {
		t.Errorf("%+v, want the one call of today", got)
	}
}

func TestUsage(t *testing.T) {
	t.Parallel()
	p, clock := newPacer(func(c *pace.Config) { c.MemberQuota = 9 })
	_ = call(t, p, ada, "read", nil)
	_ = call(t, p, ada, "post", limited(0))
	_ = call(t, p, bob, "read", nil)
	midnight := coretest.Epoch().Add(15 * time.Hour)
	want := core.Usage{Day: "2026-11-20", Calls: 2, ResetsAt: midnight, Endpoints: []core.EndpointUsage{
		{Endpoint: "post", Calls: 1, Quota: 9, AppCalls: 1, HeldUntil: coretest.Epoch().Add(33 * time.Second)},
		{Endpoint: "read", Calls: 1, Quota: 9, AppCalls: 2},
	}}
	if diff := cmp.Diff(want, p.Usage(pace.MemberOf(ada))); diff != "" {
		t.Error(diff)
	}
	clock.Advance(24 * time.Hour)
	nothing := core.Usage{Day: "2026-11-21", ResetsAt: midnight.Add(24 * time.Hour), Endpoints: []core.EndpointUsage{}}
	for _, token := range []core.Secret{ada, "nobody's"} {
		if diff := cmp.Diff(nothing, p.Usage(pace.MemberOf(token))); diff != "" {
			t.Error(diff)
		}
	}
}

// Of one member few calls are under way at any time, and nobody waits for long.
func TestParallel(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, _ := newPacer(func(c *pace.Config) { c.Parallel = 2 })
		var turns []*pace.Turn
		for range 2 {
			turn, held := p.Begin(t.Context(), pace.MemberOf(ada), "post")
			if held != nil {
				t.Fatal(held)
			}
			turns = append(turns, turn)
		}
		if held := call(t, p, bob, "post", nil); held != nil {
			t.Errorf("another member is held back: %v", held)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		_, held := p.Begin(ctx, pace.MemberOf(ada), "post")
		if held == nil || held.Kind != core.KindRateLimited || !held.Unsent || held.RetryAfter <= 0 {
			t.Errorf("%+v, want to be told to come back", held)
		}
		if ctx.Err() != nil {
			t.Error("the wait took all the time that there was")
		}
		ended, end := context.WithCancel(t.Context())
		end()
		_, held = p.Begin(ended, pace.MemberOf(ada), "post")
		if held == nil || held.Kind != core.KindTemporary || !held.Unsent || !errors.Is(held, context.Canceled) {
			t.Errorf("%+v, want the end of the context", held)
		}
		free := make(chan *core.Error, 1)
		go func() {
			turn, held := p.Begin(t.Context(), pace.MemberOf(ada), "post")
			if held == nil {
				turn.End(nil)
			}
			free <- held
		}()
		synctest.Wait()
		turns[0].End(nil)
		if held := <-free; held != nil {
			t.Errorf("held back although a turn is free: %v", held)
		}
		turns[1].End(nil)
	})
}

// Who was refused while waiting does not call.
func TestRefusedWhileWaiting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, _ := newPacer(func(c *pace.Config) { c.Parallel = 1 })
		turn, held := p.Begin(t.Context(), pace.MemberOf(ada), "post")
		if held != nil {
			t.Fatal(held)
		}
		waiting := make(chan *core.Error, 1)
		go func() {
			next, held := p.Begin(t.Context(), pace.MemberOf(ada), "post")
			if held == nil {
				next.End(nil)
			}
			waiting <- held
		}()
		synctest.Wait()
		turn.End(limited(0))
		if held := <-waiting; held == nil || held.RetryAfter != 33*time.Second {
			t.Errorf("%+v, want the wait of the refusal", held)
		}
		if held := call(t, p, ada, "read", nil); held != nil {
			t.Errorf("the turn was not given back: %v", held)
		}
	})
}

// However many members there are, few are remembered, and never one forgotten whose
// call is under way.
func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	p, _ := newPacer(func(c *pace.Config) { c.MaxMembers = 10 })
	turn, held := p.Begin(t.Context(), pace.MemberOf(ada), "post")
	if held != nil {
		t.Fatal(held)
	}
	for i := range 100 {
		_ = call(t, p, core.Secret(fmt.Sprint("token ", i)), "post", nil)
	}
	turn.End(nil)
	known := 0
	for i := range 100 {
		known += calls(p, core.Secret(fmt.Sprint("token ", i)))
	}
	if adas := calls(p, ada); adas != 1 || known != 9 {
		t.Errorf("%d calls of the member that was busy and those of %d others are known, want 1 and 9", adas, known)
	}
}

// Who was idle for the longest time is forgotten first, and nobody in the moment in which
// he calls.
func TestWhoIsForgotten(t *testing.T) {
	t.Parallel()
	const cyd = core.Secret("cyd's token")
	p, _ := newPacer(func(c *pace.Config) { c.MaxMembers = 2 })
	for _, token := range []core.Secret{ada, bob, ada, cyd} {
		_ = call(t, p, token, "post", nil)
	}
	if a, b, c := calls(p, ada), calls(p, bob), calls(p, cyd); a != 2 || b != 0 || c != 1 {
		t.Errorf("%d, %d and %d calls are known, want 2, none and 1", a, b, c)
	}
	var turns []*pace.Turn
	for _, token := range []core.Secret{ada, cyd} {
		turn, held := p.Begin(t.Context(), pace.MemberOf(token), "post")
		if held != nil {
			t.Fatal(held)
		}
		turns = append(turns, turn)
	}
	_ = call(t, p, bob, "post", nil)
	if n := calls(p, bob); n != 1 {
		t.Errorf("%d calls of who came while all were busy, want 1", n)
	}
	for _, turn := range turns {
		turn.End(nil)
	}
}

func calls(p *pace.Pacer, token core.Secret) int { return p.Usage(pace.MemberOf(token)).Calls }

func TestConcurrently(t *testing.T) {
	t.Parallel()
	p, _ := newPacer(func(c *pace.Config) { c.MemberQuota, c.MaxMembers = 1000, 2 })
	var all sync.WaitGroup
	for i := range 40 {
		all.Go(func() {
			token := []core.Secret{ada, bob}[i%2]
			for range 10 {
				if held := call(t, p, token, "post", nil); held != nil {
					t.Error(held)
				}
				p.Usage(pace.MemberOf(token))
			}
		})
	}
	all.Wait()
	if n := p.Usage(pace.MemberOf(ada)).Endpoints[0].AppCalls; n != 400 {
		t.Errorf("%d calls are counted, want 400", n)
	}
}
