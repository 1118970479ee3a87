package publish_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/publish"
	"github.com/crier-social/crier/core/queue"
)

// commented is a post with a first comment.
func commented(text, comment string) core.PostRequest {
	r := coretest.PostRequest(text)
	r.FirstComment = &core.FirstComment{Text: comment}
	return r
}

// followUp returns the state of a delivery's follow-up.
func followUp(t *testing.T, d core.Delivery, name core.FollowUpName) core.FollowUp {
	t.Helper()
	for _, f := range d.FollowUps {
		if f.Name == name {
			return f
		}
	}
	t.Fatalf("the delivery has no follow-up %q: %+v", name, d.FollowUps)
	return core.FollowUp{}
}

// A comment is written once, whatever becomes of the answers to it, and what cannot be
// known is told.
func TestFirstComment(t *testing.T) {
	t.Parallel()
	later := coretest.Fail(&core.Error{Kind: core.KindTemporary, Unsent: true, Message: "not yet"})
	for name, tc := range map[string]struct {
		write []coretest.Behaviour
		find  []coretest.Behaviour
		state core.FollowUpState
		calls int
		want  []string // comments on the network
	}{
		"written at once":               {state: core.FollowUpDone, calls: 1, want: []string{"First!"}},
		"the post is too new":           {write: []coretest.Behaviour{later, later}, state: core.FollowUpDone, calls: 3, want: []string{"First!"}},
		"limited":                       {write: []coretest.Behaviour{coretest.Answer(429, time.Hour)}, state: core.FollowUpDone, calls: 2, want: []string{"First!"}},
		"unreachable":                   {write: []coretest.Behaviour{coretest.Refuse}, state: core.FollowUpDone, calls: 2, want: []string{"First!"}},
		"answer lost, and found":        {write: []coretest.Behaviour{coretest.LoseAnswer}, state: core.FollowUpDone, calls: 1, want: []string{"First!"}},
		"request lost, and sent again":  {write: []coretest.Behaviour{coretest.LoseRequest}, state: core.FollowUpDone, calls: 2, want: []string{"First!"}},
		"server error, and sent again":  {write: []coretest.Behaviour{coretest.Answer(502, 0)}, state: core.FollowUpDone, calls: 2, want: []string{"First!"}},
		"panic, and sent again":         {write: []coretest.Behaviour{coretest.Panic("boom")}, state: core.FollowUpDone, calls: 2, want: []string{"First!"}},
		"look fails, then finds":        {write: []coretest.Behaviour{coretest.LoseAnswer}, find: []coretest.Behaviour{coretest.Answer(503, 0)}, state: core.FollowUpDone, calls: 1, want: []string{"First!"}},
		"applied, and nobody may look":  {write: []coretest.Behaviour{coretest.LoseAnswer}, find: []coretest.Behaviour{coretest.Answer(403, 0)}, state: core.FollowUpUncertain, calls: 1, want: []string{"First!"}},
		"refused":                       {write: []coretest.Behaviour{coretest.Answer(403, 0)}, state: core.FollowUpFailed, calls: 1},
		"authorization lost in between": {write: []coretest.Behaviour{coretest.Answer(401, 0)}, state: core.FollowUpFailed, calls: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.network.Next(coretest.OpFollowUp, tc.write...)
			w.network.Next(coretest.OpFound, tc.find...)
			post := w.accept(commented("Once", "First!"))
			w.drain()
			d := w.delivery(post.Post.ID)
			f := followUp(t, d, core.FollowUpComment)
			if d.State != core.DeliveryPublished || w.outcome(post.Post.ID).Post.Status != core.PostSuccess {
				t.Errorf("the post is %s, %v; a comment changes nothing about it", d.State, d.Error)
			}
			if n := len(w.network.Calls(coretest.OpFollowUp)); f.State != tc.state || n != tc.calls {
				t.Errorf("the comment is %s (%v) after %d requests; want %s after %d", f.State, f.Error, n, tc.state, tc.calls)
			}
			if diff := cmp.Diff(tc.want, w.network.Timeline()[0].Comments); diff != "" {
				t.Error(diff)
			}
			if (f.State == core.FollowUpDone) != (f.Result["commentId"] != nil) || (f.State == core.FollowUpDone) != (f.Error == nil) {
				t.Errorf("result %v, error %v", f.Result, f.Error)
			}
		})
	}
}

// A worker that dies while a comment may be on its way leaves it to be looked for: it
// is not written again unseen.
func TestCommentOfADeadWorker(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	gate := coretest.NewGate()
	w.network.Next(coretest.OpFollowUp, gate.After)
	post := w.accept(commented("Once", "First!"))
	if !w.work() {
		t.Fatal("the post was not published")
	}
	_, dead := w.attemptUpTo(gate) // the comment is written, and its answer held
	w.publisher = w.newPublisher()
	w.clock.Advance(lease + time.Second)
	w.drain()
	gate.Open()
	if err := <-dead; !errors.Is(err, queue.ErrLeaseLost) {
		t.Errorf("the late answer ended with %v", err)
	}
	f := followUp(t, w.delivery(post.Post.ID), core.FollowUpComment)
	if got := w.network.Timeline()[0].Comments; len(got) != 1 || f.State != core.FollowUpDone {
		t.Errorf("comments %q, state %s; want one that is found", got, f.State)
	}
}

func TestCommentsAreClosed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := coretest.PostRequest("Quiet, please")
	r.DisableComments = true
	post := w.accept(r)
	w.drain()
	if f := followUp(t, w.delivery(post.Post.ID), core.FollowUpNoComments); f.State != core.FollowUpDone || !w.network.Timeline()[0].Closed {
		t.Errorf("state %s, closed %v", f.State, w.network.Timeline()[0].Closed)
	}
}

// The comments are closed when the first one is written, not before, however long that
// takes; reading the post back does not wait for them.
func TestFollowUpsKeepTheirOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.readable()
	w.network.Next(coretest.OpFollowUp, coretest.Answer(429, time.Hour))
	r := commented("Last word", "First!")
	r.DisableComments = true
	post := w.accept(r)
	w.clock.Advance(time.Second)
	for w.work() {
	}
	d := w.delivery(post.Post.ID)
	comment, closing := followUp(t, d, core.FollowUpComment), followUp(t, d, core.FollowUpNoComments)
	if comment.Error == nil || closing.State != core.FollowUpPending || w.network.Timeline()[0].Closed {
		t.Fatalf("the comment is %s (%v), the closing %s", comment.State, comment.Error, closing.State)
	}
	w.drain()
	var order []string
	for _, c := range w.network.Calls(coretest.OpFollowUp, coretest.OpInspect) {
		order = append(order, c.Item)
	}
	want := []string{"firstComment", d.Receipt.RemoteID, "firstComment", "disableComments"}
	if diff := cmp.Diff(want, order); diff != "" {
		t.Error(diff)
	}
}

// Nothing is put below a post that its author has deleted meanwhile.
func TestFollowUpsOfADeletedPost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	post := w.accept(commented("Gone", "First!"))
	if !w.work() {
		t.Fatal("the post was not published")
	}
	if d := w.publisher.Delete(t.Context(), w.profile.ID, post.Post.ID, false); d.Err != nil {
		t.Fatal(d.Err)
	}
	w.drain()
	if f := followUp(t, w.delivery(post.Post.ID), core.FollowUpComment); f.State != core.FollowUpSkipped || len(w.network.Calls(coretest.OpFollowUp)) != 0 {
		t.Errorf("state %s after %d requests; want it skipped", f.State, len(w.network.Calls(coretest.OpFollowUp)))
	}
}

// A deletion that comes while a follow-up is under way counts, as long as nothing was
// sent: there is no request, and nothing is said of a post that its author has deleted.
func TestDeletionWhileAFollowUpIsUnderWay(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		name   core.FollowUpName
		answer coretest.Behaviour // to the inspection
	}{
		"before the comment is sent": {name: core.FollowUpComment},
		"while it is read back":      {core.FollowUpInspect, coretest.Stand(core.StandingGone, "")},
		"while it is found refused":  {core.FollowUpInspect, coretest.Stand(core.StandingRefused, "spam")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.readable()
			post := w.accept(commented("Gone", "First!"))
			if !w.work() {
				t.Fatal("the post was not published")
			}
			remove := func() {
				if d := w.publisher.Delete(t.Context(), w.profile.ID, post.Post.ID, true); d.Err != nil {
					t.Error(d.Err)
				}
			}
			if tc.answer == nil {
				w.use(func(p core.Publication) core.Publication { remove(); return p })
			} else {
				w.network.Next(coretest.OpInspect, func(ctx context.Context, apply func() error) error {
					remove()
					return tc.answer(ctx, apply)
				})
			}
			w.drain()
			o := w.outcome(post.Post.ID)
			d := o.Deliveries[0]
			if f := followUp(t, d, tc.name); f.State != core.FollowUpSkipped || d.State != core.DeliveryPublished || len(d.Warnings) > 0 || o.Post.Status != core.PostDeleted {
				t.Errorf("%s is %s; the delivery %s, warned %v, the post %s", tc.name, f.State, d.State, d.Warnings, o.Post.Status)
			}
			if n := len(w.network.Calls(coretest.OpFollowUp)); (n == 0) != (tc.answer == nil) {
				t.Errorf("%d requests to comment", n)
			}
		})
	}
}

// What the author has changed about a scheduled post goes out with it, although its
// preparation took so long that it was planned before.
func TestAChangeWhileAPostIsPrepared(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := coretest.PostRequest("Quiet, please", w.picture("a.png"))
	r.ScheduleAt = w.clock.Now().Add(time.Hour)
	post := w.accept(r)
	w.clock.Set(r.ScheduleAt.Add(-10 * time.Minute))
	gate := coretest.NewGate()
	w.network.Next(coretest.OpUpload, gate.After)
	j, attempt := w.attemptUpTo(gate)
	_, err := w.store.UpdatePost(t.Context(), post.Post.ID, func(p *core.Post) error {
		p.Request.DisableComments = true
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.store.Extend(t.Context(), j, time.Hour); err != nil {
		t.Fatal(err)
	}
	w.clock.Set(r.ScheduleAt.Add(time.Second))
	gate.Open()
	w.finish(j, <-attempt)
	w.drain()
	if got := w.network.Timeline(); len(got) != 1 || !got[0].Closed || w.clock.Now().Sub(r.ScheduleAt) > 2*time.Second {
		t.Errorf("published at %s: %+v; want it in time, with its comments closed", w.clock.Now(), got)
	}
}

// Whoever opens the comments before they were closed has the last word.
func TestAFollowUpThatIsNoLongerWanted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := coretest.PostRequest("Quiet, please")
	r.DisableComments = true
	post := w.accept(r)
	if !w.work() {
		t.Fatal("the post was not published")
	}
	_, err := w.store.UpdatePost(t.Context(), post.Post.ID, func(p *core.Post) error {
		p.Request.DisableComments = false
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	w.drain()
	if f := followUp(t, w.delivery(post.Post.ID), core.FollowUpNoComments); f.State != core.FollowUpSkipped || w.network.Timeline()[0].Closed {
		t.Errorf("state %s, closed %v", f.State, w.network.Timeline()[0].Closed)
	}
}

// The account of a post that is out can be unlinked at any time.
func TestFollowUpOfAnUnlinkedAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	post := w.accept(commented("Alone", "First!"))
	if !w.work() {
		t.Fatal("the post was not published")
	}
	if err := w.store.DeleteAccount(t.Context(), w.account.ID); err != nil {
		t.Fatal(err)
	}
	w.drain()
	f := followUp(t, w.delivery(post.Post.ID), core.FollowUpComment)
	if f.State != core.FollowUpFailed || f.Error.Code != core.CodeNotLinked || f.Error.Message != "the account was unlinked before this was done" {
		t.Errorf("%s, %+v", f.State, f.Error)
	}
}

// readable lets the world's publisher read posts back.
func (w *world) readable() {
	w.t.Helper()
	registry, err := core.NewRegistry(coretest.Readable{Provider: w.network})
	if err != nil {
		w.t.Fatal(err)
	}
	w.publisher = w.newPublisher(func(c *publish.Config) { c.Registry = registry })
}

// A network that accepts a post does not promise to show it.
func TestReadBack(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		answers []coretest.Behaviour
		state   core.DeliveryState
		looks   int
		follow  core.FollowUpState
		warned  bool
	}{
		"shown":             {state: core.DeliveryPublished, looks: 1, follow: core.FollowUpDone},
		"in processing":     {answers: []coretest.Behaviour{coretest.Stand(core.StandingProcessing, "")}, state: core.DeliveryPublished, looks: 2, follow: core.FollowUpDone},
		"not shown":         {answers: []coretest.Behaviour{coretest.Stand(core.StandingRefused, "spam")}, state: core.DeliveryFailed, looks: 1, follow: core.FollowUpDone},
		"deleted elsewhere": {answers: []coretest.Behaviour{coretest.Stand(core.StandingGone, "")}, state: core.DeliveryPublished, looks: 1, follow: core.FollowUpDone, warned: true},
		"may not read":      {answers: []coretest.Behaviour{coretest.Answer(403, 0)}, state: core.DeliveryPublished, looks: 1, follow: core.FollowUpSkipped},
		"in trouble":        {answers: []coretest.Behaviour{coretest.Answer(503, 0), coretest.Answer(429, time.Hour)}, state: core.DeliveryPublished, looks: 3, follow: core.FollowUpDone},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.readable()
			w.network.Next(coretest.OpInspect, tc.answers...)
			post := w.accept(coretest.PostRequest("Look at me"))
			w.drain()
			o := w.outcome(post.Post.ID)
			d := o.Deliveries[0]
			f := followUp(t, d, core.FollowUpInspect)
			if d.State != tc.state || f.State != tc.follow || len(w.network.Calls(coretest.OpInspect)) != tc.looks || (len(d.Warnings) > 0) != tc.warned {
				t.Fatalf("%s, %s after %d looks, warnings %v; want %s, %s after %d", d.State, f.State, len(w.network.Calls(coretest.OpInspect)), d.Warnings, tc.state, tc.follow, tc.looks)
			}
			if w.clock.Now().Before(d.PublishedAt.Add(3 * time.Minute)) {
				t.Error("the post was read back at once")
			}
			if tc.state != core.DeliveryFailed {
				return
			}
			if o.Post.Status != core.PostError || d.Error.Code != core.CodeNotShown || d.Error.RemoteID != d.Receipt.RemoteID || o.RetryAvailable() ||
				!strings.HasPrefix(d.Error.Message, "Scripted accepted the post as ") {
				t.Errorf("status %s, error %+v, retry %v", o.Post.Status, d.Error, o.RetryAvailable())
			}
		})
	}
}

// The answer of a worker that was given up comes when the post that it made was found,
// and was not shown: that stays told.
func TestALateReceiptOfAPostThatIsNotShown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.readable()
	gate := coretest.NewGate()
	w.network.Next(coretest.OpCommit, gate.After)
	w.network.Next(coretest.OpInspect, coretest.Stand(core.StandingRefused, "spam"))
	post := w.accept(coretest.PostRequest("Once"))
	_, dead := w.attemptUpTo(gate)
	w.readable() // another process
	w.clock.Advance(lease + time.Second)
	w.drain()
	gate.Open()
	if err := <-dead; !errors.Is(err, queue.ErrLeaseLost) {
		t.Errorf("the late answer ended with %v", err)
	}
	w.drain()
	if w.observer.notShown != 1 {
		t.Errorf("%d posts are counted as not shown", w.observer.notShown)
	}
	if d := w.delivery(post.Post.ID); d.State != core.DeliveryFailed || core.CodeOf(d.Error) != core.CodeNotShown || w.commits() != 1 {
		t.Errorf("%s, %v after %d commits; want it not shown after 1", d.State, d.Error, w.commits())
	}
}

// A post that is in processing for long is not called lost: its author is told.
func TestLongProcessing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.readable()
	w.network.Always(coretest.OpInspect, coretest.Stand(core.StandingProcessing, ""))
	post := w.accept(coretest.PostRequest("Soon"))
	w.drain()
	d := w.delivery(post.Post.ID)
	if d.State != core.DeliveryPublished || len(d.Warnings) != 1 || d.Warnings[0].Code != core.CodeNotShown {
		t.Errorf("%s, %+v", d.State, d.Warnings)
	}
	if passed := w.clock.Now().Sub(d.PublishedAt); passed < time.Hour || passed > 70*time.Minute {
		t.Errorf("given up after %v, want about an hour", passed)
	}
}

// Who waits for a post learns of its first comment too, unless that takes long.
func TestWaitForTheFirstComment(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		write coretest.Behaviour
		want  core.FollowUpState
	}{
		"written":     {coretest.Succeed, core.FollowUpDone},
		"not yet":     {coretest.Answer(429, time.Minute), core.FollowUpPending},
		"answer lost": {coretest.LoseAnswer, core.FollowUpSending},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			gate := coretest.NewGate()
			w.network.Next(coretest.OpFollowUp, then(gate.Before, tc.write))
			post := w.accept(commented("Once", "First!"))
			if !w.work() {
				t.Fatal("the post was not published")
			}
			j, attempt := w.attemptUpTo(gate)
			told := make(chan publish.Outcome, 1)
			go func() {
				o, err := w.publisher.Wait(t.Context(), w.profile.ID, post.Post.ID, time.Minute)
				if err != nil {
					t.Error(err)
				}
				told <- o
			}()
			gate.Open()
			w.finish(j, <-attempt)
			if f := followUp(t, (<-told).Deliveries[0], core.FollowUpComment); f.State != tc.want {
				t.Errorf("Wait returned with %s, want %s", f.State, tc.want)
			}
		})
	}
}
