package engage_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/engage"
)

// newNamedFixture is in front of a network that takes a comment once, under its name.
func newNamedFixture(t *testing.T) (f *fixture, post string) {
	t.Helper()
	f = newFixtureOf(t, coretest.Config{CommentKeys: true})
	f.clock.SkipWaits()
	return f, f.forum.Publish(f.account.RemoteID, "Hello")
}

// comment asks for one, and returns what became of it.
func (f *fixture) comment(post string, n engage.Attempt) engage.Result[core.Comment] {
	f.t.Helper()
	written, err := f.AddComment(f.t.Context(), f.account.ProfileID, engage.NewComment{
		Post: f.native(post), CommentText: engage.CommentText{Text: "a"}, Attempt: n,
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return written.Results[0]
}

// slow is a request whose connection is cut, and that arrives when the test lets it.
type slow struct{ arrive func() error }

func (s *slow) behave(ctx context.Context, apply func() error) error {
	s.arrive = apply
	return coretest.LoseRequest(ctx, apply)
}

// TestARepeatableCommentIsNotWaitedFor: a lost answer is looked for soon, and what is not there is
// sent again at once.
func TestARepeatableCommentIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	refused, busy, away := coretest.Answer(403, 0), coretest.Answer(429, time.Minute), coretest.Answer(503, 0)
	unknown := coretest.Fail(&core.Error{Kind: core.KindUncertain, Message: "nobody can tell"})
	lost, unsent := coretest.LoseRequest, coretest.Refuse
	for name, tc := range map[string]struct {
		comments, looks []coretest.Behaviour
		code            core.Code // 0: written
		after           time.Duration
		sent            int
	}{
		"the answer was lost":            {comments: []coretest.Behaviour{coretest.LoseAnswer}, after: time.Second, sent: 1},
		"the request was lost":           {comments: []coretest.Behaviour{lost}, after: time.Second, sent: 2},
		"the second answer was lost":     {comments: []coretest.Behaviour{lost, coretest.LoseAnswer}, after: 4 * time.Second, sent: 2},
		"the adapter panicked":           {comments: []coretest.Behaviour{coretest.Panic("broken")}, after: time.Second, sent: 2},
		"the second was not sent":        {comments: []coretest.Behaviour{lost, unsent}, after: 4 * time.Second, sent: 3},
		"the network is busy":            {comments: []coretest.Behaviour{lost, busy}, after: 4 * time.Second, sent: 3},
		"the looks fail":                 {comments: []coretest.Behaviour{lost}, looks: []coretest.Behaviour{away, unknown}, after: 9 * time.Second, sent: 2},
		"four requests were lost":        {comments: []coretest.Behaviour{lost, lost, lost, lost}, after: 17 * time.Second, sent: 5},
		"all requests were lost":         {comments: []coretest.Behaviour{lost, lost, lost, lost, lost}, code: core.CodeUncertain, after: 17 * time.Second, sent: 5},
		"the repetition proves nothing":  {comments: []coretest.Behaviour{lost, refused}, code: core.CodeUncertain, after: time.Second, sent: 2},
		"nobody may look":                {comments: []coretest.Behaviour{lost}, looks: []coretest.Behaviour{refused}, code: core.CodeUncertain, after: time.Second, sent: 1},
		"the first one was refused":      {comments: []coretest.Behaviour{refused}, code: core.CodeForbidden, sent: 1},
		"the first one was not sent":     {comments: []coretest.Behaviour{unsent}, code: core.CodeUpstreamUnavailable, sent: 1},
		"nobody could tell all the time": {comments: []coretest.Behaviour{lost}, looks: slices.Repeat([]coretest.Behaviour{unknown}, 4), code: core.CodeUncertain, after: 17 * time.Second, sent: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, post := newNamedFixture(t)
			f.forum.Next(coretest.OpComment, tc.comments...)
			f.forum.Next(coretest.OpFindComment, tc.looks...)
			began := f.clock.Now()
			r := f.comment(post, engage.Attempt{})
			var code core.Code
			if r.Err != nil {
				code = core.CodeOf(core.AsError(r.Err))
			}
			if sent := len(f.forum.Calls(coretest.OpComment)); code != tc.code || sent != tc.sent {
				t.Fatalf("sent %d times, code %d; want %d and %d: %v", sent, code, tc.sent, tc.code, r.Err)
			}
			if took := f.clock.Now().Sub(began); took != tc.after {
				t.Errorf("it took %v, want %v", took, tc.after)
			}
			there := f.forum.Written()
			if tc.code == 0 && (len(there) != 1 || there[0].ID != r.Value.ID || !there[0].CreatedAt.Equal(began.Truncate(time.Millisecond))) || tc.code != 0 && len(there) > 0 {
				t.Errorf("written %+v, told of %+v", there, r.Value)
			}
			warned := len(r.Warnings) == 1 && strings.Contains(r.Warnings[0].Message, "may bring it back")
			if again := tc.code == 0 && tc.sent > 1; warned != again {
				t.Errorf("warnings %v", r.Warnings)
			}
		})
	}
}

// TestASlowRequestOfAComment makes no second one, whenever it arrives.
func TestASlowRequestOfAComment(t *testing.T) {
	t.Parallel()
	f, post := newNamedFixture(t)
	var first slow
	f.forum.Next(coretest.OpComment, first.behave)
	r := f.comment(post, engage.Attempt{})
	if r.Err != nil {
		t.Fatal(r.Err)
	}
	f.clock.Advance(20 * time.Second)
	if err := first.arrive(); err != nil {
		t.Fatal(err)
	}
	if there := f.forum.Written(); len(there) != 1 || there[0].ID != r.Value.ID {
		t.Errorf("%+v, want %s alone", there, r.Value.ID)
	}
	if other := f.comment(post, engage.Attempt{}); other.Err != nil || len(f.forum.Written()) != 2 {
		t.Errorf("another request made %v, %v", f.forum.Written(), other.Err)
	}
}

// TestACommentIsCompleted: what an attempt before may have left undone is done, under the same
// name; a refusal proves that it was not only when no request of it can be under way.
func TestACommentIsCompleted(t *testing.T) {
	t.Parallel()
	refused := coretest.Answer(403, 0)
	for name, tc := range map[string]struct {
		first    coretest.Behaviour // the attempt before
		later    time.Duration      // than its beginning
		open     []string
		nameless bool
		second   coretest.Behaviour
		code     core.Code
		sent     int // by both
		warned   bool
	}{
		"it was written":             {first: coretest.LoseAnswer, later: 2 * time.Minute, sent: 1},
		"it is found early":          {first: coretest.LoseAnswer, later: time.Minute, sent: 1, warned: true},
		"it was not":                 {first: coretest.LoseRequest, later: 2 * time.Minute, sent: 2},
		"it is asked for early":      {first: coretest.LoseRequest, later: time.Minute, sent: 2, warned: true},
		"it is refused":              {first: coretest.LoseRequest, later: 2 * time.Minute, second: refused, code: core.CodeForbidden, sent: 2},
		"it is refused early":        {first: coretest.LoseRequest, later: 2*time.Minute - time.Nanosecond, second: refused, code: core.CodeUncertain, sent: 2},
		"the client was told":        {first: coretest.LoseRequest, later: 2 * time.Minute, open: []string{"another"}, code: core.CodeUpstreamUnavailable, sent: 1},
		"the client was not told":    {first: coretest.LoseRequest, later: 2 * time.Minute, open: []string{coretest.Account().ID}, sent: 2},
		"it was sent without a name": {first: coretest.LoseRequest, later: 2 * time.Minute, nameless: true, code: core.CodeUpstreamUnavailable, sent: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, post := newNamedFixture(t)
			f.forum.Next(coretest.OpComment, tc.first)
			f.forum.Always(coretest.OpFindComment, coretest.Answer(403, 0))
			n := engage.Attempt{Begun: f.clock.Now().Add(123456 * time.Nanosecond), Seed: "seed"}
			if r := f.comment(post, n); core.KindOf(r.Err) != core.KindUncertain {
				t.Fatal(r.Err)
			}
			f.forum.Heal()
			f.clock.Set(n.Begun.Add(tc.later))
			if tc.second != nil {
				f.forum.Next(coretest.OpComment, tc.second)
			}
			n.Earlier = &engage.Earlier{Last: n.Begun, Open: tc.open}
			n.Begun = n.Begun.Truncate(time.Microsecond) // as stores keep it
			if tc.nameless {
				n.Seed = ""
			}
			r := f.comment(post, n)
			var code core.Code
			if r.Err != nil {
				code = core.CodeOf(core.AsError(r.Err))
			}
			if sent := len(f.forum.Calls(coretest.OpComment)); code != tc.code || sent != tc.sent {
				t.Errorf("sent %d times, code %d: %v", sent, code, r.Err)
			}
			if there := f.forum.Written(); tc.code == 0 && (len(there) != 1 || there[0].ID != r.Value.ID) || tc.code != 0 && len(there) > 0 {
				t.Errorf("written %+v, told of %+v", there, r.Value)
			}
			if warned := len(r.Warnings) == 1 && strings.Contains(r.Warnings[0].Message, "may bring it back"); warned != tc.warned {
				t.Errorf("warnings %v", r.Warnings)
			}
		})
	}
}

// TestAnAttemptThatCannotBeNoted asks the network for nothing.
func TestAnAttemptThatCannotBeNoted(t *testing.T) {
	t.Parallel()
	f, post := newNamedFixture(t)
	stop := errors.New("the store is away")
	for _, earlier := range []*engage.Earlier{nil, {Last: f.clock.Now().Add(-time.Hour)}} {
		_, err := f.AddComment(t.Context(), f.account.ProfileID, engage.NewComment{
			Post: f.native(post), CommentText: engage.CommentText{Text: "a"},
			Attempt: engage.Attempt{Begun: f.clock.Now(), Seed: "seed", Earlier: earlier, Sending: func(context.Context) error { return stop }},
		})
		if !errors.Is(err, stop) {
			t.Error(err)
		}
	}
	if sent, looks := f.forum.Calls(coretest.OpComment), f.forum.Calls(coretest.OpFindComment); len(sent)+len(looks) > 0 {
		t.Errorf("sent %v, looked %v", sent, looks)
	}
}

// TestAServerThatStandsStill does not send what others believe by then not to have been sent.
func TestAServerThatStandsStill(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		keys  bool
		pause time.Duration
		sent  int
	}{
		"for a while":                     {pause: time.Minute - time.Nanosecond, sent: 1},
		"for too long":                    {pause: time.Minute},
		"for a while, where it has keys":  {keys: true, pause: time.Minute - time.Nanosecond, sent: 1},
		"for too long, where it has keys": {keys: true, pause: time.Minute},
		"for a day":                       {keys: true, pause: 24 * time.Hour},
		"while the clock is set back":     {pause: -time.Hour, sent: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixtureOf(t, coretest.Config{CommentKeys: tc.keys})
			f.clock.SkipWaits()
			post := f.forum.Publish(f.account.RemoteID, "Hello")
			r := f.comment(post, engage.Attempt{Begun: f.clock.Now(), Seed: "seed", Sending: func(context.Context) error {
				f.clock.Set(f.clock.Now().Add(tc.pause))
				return nil
			}})
			if sent := len(f.forum.Calls(coretest.OpComment)); sent != tc.sent || len(f.forum.Written()) != tc.sent {
				t.Errorf("sent %d times, want %d", sent, tc.sent)
			}
			if e := core.AsError(r.Err); tc.sent == 0 && (e == nil || !e.Unsent || e.Kind != core.KindTemporary || !strings.Contains(e.Message, "not sent")) || tc.sent == 1 && r.Err != nil {
				t.Errorf("%+v", r.Err)
			}
		})
	}
}

// TestARepetitionThatStandsStill is given up as unknown, whether it stood still before the look or
// after it.
func TestARepetitionThatStandsStill(t *testing.T) {
	t.Parallel()
	f, post := newNamedFixture(t)
	f.forum.Next(coretest.OpFindComment, func(ctx context.Context, apply func() error) error {
		f.clock.Set(f.clock.Now().Add(2 * time.Minute))
		return coretest.Succeed(ctx, apply)
	})
	n := engage.Attempt{Begun: f.clock.Now(), Seed: "seed"}
	n.Earlier = &engage.Earlier{Last: n.Begun.Add(-2 * time.Minute)}
	if r := f.comment(post, n); core.KindOf(r.Err) != core.KindUncertain {
		t.Error(r.Err)
	}
	if sent, looks := f.forum.Calls(coretest.OpComment), f.forum.Calls(coretest.OpFindComment); len(sent) > 0 || len(looks) != 1 {
		t.Errorf("sent %v, looked %v", sent, looks)
	}
}

// TestACommentOfAnAccountThatWasLinkedAgain is the same one.
func TestACommentOfAnAccountThatWasLinkedAgain(t *testing.T) {
	t.Parallel()
	f, post := newNamedFixture(t)
	n := engage.Attempt{Begun: f.clock.Now(), Seed: "seed"}
	first := f.comment(post, n)
	if first.Err != nil {
		t.Fatal(first.Err)
	}
	if err := f.store.DeleteAccount(t.Context(), f.account.ID); err != nil {
		t.Fatal(err)
	}
	f.account.ID = "another"
	if err := f.store.CreateAccount(t.Context(), f.account, []byte("sealed")); err != nil {
		t.Fatal(err)
	}
	n.Earlier = &engage.Earlier{Last: n.Begun}
	if again := f.comment(post, n); again.Err != nil || again.Value.ID != first.Value.ID {
		t.Errorf("%+v, want %s", again, first.Value.ID)
	}
}

// TestAbsenceBeforeItsTime proves nothing where comments have no keys: the first attempt may yet
// send its request, or the network be at work on it.
func TestAbsenceBeforeItsTime(t *testing.T) {
	t.Parallel()
	for later, code := range map[time.Duration]core.Code{
		engage.AttemptTime - time.Nanosecond: core.CodeUncertain,
		engage.AttemptTime:                   core.CodeUpstreamUnavailable,
	} {
		f := newFixtureOf(t, coretest.Config{})
		post := f.forum.Publish(f.account.RemoteID, "Hello")
		n := engage.Attempt{Begun: f.clock.Now(), Seed: "seed"}
		f.clock.Set(n.Begun.Add(later))
		n.Earlier = &engage.Earlier{Last: f.clock.Now().Add(-time.Minute)} // which has only looked
		r := f.comment(post, n)
		if e := core.AsError(r.Err); r.Err == nil || core.CodeOf(e) != code || len(f.forum.Calls(coretest.OpComment)) > 0 {
			t.Errorf("after %v: %v", later, r.Err)
		}
	}
}

// TestTimeCountsFromTheRequest and not from when its post was looked up: others count from it.
func TestTimeCountsFromTheRequest(t *testing.T) {
	t.Parallel()
	f, post := newNamedFixture(t)
	n := engage.Attempt{Begun: f.clock.Now(), Seed: "seed"}
	f.clock.Advance(time.Minute)
	if r := f.comment(post, n); r.Err == nil || !core.AsError(r.Err).Unsent || len(f.forum.Calls(coretest.OpComment)) > 0 {
		t.Errorf("%v", r.Err)
	}
}
