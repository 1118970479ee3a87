package publish_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/publish"
)

// Of a store that was restored from a backup, nothing that is due goes out by itself: it
// may be out since. What is to come goes out in its time.
func TestRestoredStoreSendsNothingThatIsDue(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := func(d time.Duration, text string) publish.Outcome {
		r := coretest.PostRequest(text)
		r.ScheduleAt = w.clock.Now().Add(d)
		return w.accept(r)
	}
	due, held, later := in(time.Hour, "Due after the backup"), in(time.Hour, "Paused before it"), in(48*time.Hour, "Due after the restoration")
	pause := true
	if _, err := w.publisher.Change(t.Context(), w.profile.ID, held.Post.ID, core.PostChange{Paused: &pause}); err != nil {
		t.Fatal(err)
	}
	immediate := w.accept(coretest.PostRequest("Accepted right before the backup"))
	backup := w.clock.Now()
	w.clock.Advance(24 * time.Hour)
	w.publisher = w.newPublisher()
	for range 2 {
		if _, err := w.publisher.HoldRestored(t.Context(), backup); err != nil {
			t.Fatal(err)
		}
	}
	w.clock.Advance(time.Hour)
	for w.work() {
	}
	if n := len(w.network.Timeline()); n != 0 {
		t.Fatalf("%d posts went out of a restored store", n)
	}
	for _, id := range []string{due.Post.ID, held.Post.ID, immediate.Post.ID} {
		o := w.outcome(id)
		d := o.Deliveries[0]
		if o.Post.Status != core.PostPaused || !d.Held {
			t.Errorf("%s is %s, held %v", o.Post.Request.Text.Default, o.Post.Status, d.Held)
		}
	}
	if d := w.delivery(due.Post.ID); len(d.Warnings) != 1 || !strings.Contains(d.Warnings[0].Message, backup.Format(time.RFC3339)) {
		t.Errorf("warnings %v; want one that names the backup", d.Warnings)
	}
	pause = false
	for _, id := range []string{due.Post.ID, immediate.Post.ID} {
		if _, err := w.publisher.Change(t.Context(), w.profile.ID, id, core.PostChange{Paused: &pause}); err != nil {
			t.Fatal(err)
		}
		for w.work() {
		}
	}
	w.drain()
	var texts []string
	for _, p := range w.network.Timeline() {
		texts = append(texts, p.Text)
	}
	if diff := cmp.Diff([]string{"Due after the backup", "Accepted right before the backup", "Due after the restoration"}, texts); diff != "" {
		t.Errorf("published in the end (-want +got):\n%s", diff)
	}
	if d := w.delivery(later.Post.ID); d.State != core.DeliveryPublished {
		t.Errorf("the later post is %s", d.State)
	}
}

// What the backup shows as being sent is looked for, and not sent again by its age.
func TestRestoredStoreLooksForWhatWasBeingSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var since []time.Time
	w.use(func(p core.Publication) core.Publication { return sinceSpy{p, &since} })
	w.network.Next(coretest.OpCommit, coretest.LoseAnswer)
	post := w.accept(coretest.PostRequest("Being sent at the time of the backup"))
	w.work()
	r, err := w.publisher.HoldRestored(t.Context(), w.clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(publish.Restored{Sent: 1}, r); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	w.drain()
	if d := w.delivery(post.Post.ID); d.State != core.DeliveryPublished || w.commits() != 1 {
		t.Errorf("state %s after %d commits", d.State, w.commits())
	}
	if len(since) != 1 || w.clock.Now().Sub(since[0]) < 24*time.Hour {
		t.Errorf("looked up as of %v", since)
	}
}

// A post that the backup shows as partly out cannot be paused: its other parts end as
// uncertain, and say why.
func TestRestoredStoreAndAPostThatIsPartlyOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := coretest.Account()
	other.ID, other.RemoteID, other.Default = "other", "member-2", false
	w.link(other)
	w.network.AddMember(coretest.Member{Token: "token-2", RemoteID: other.RemoteID, Name: "Grace Example"})
	w.tokens.Set(other.ID, "token-2")
	r := coretest.PostRequest("To two accounts")
	r.AccountIDs = []string{other.ID}
	post := w.accept(r)
	j, ok := w.claim()
	if !ok {
		t.Fatal("no job")
	}
	w.finish(j, w.publisher.Attempt(context.WithoutCancel(t.Context()), j))
	got, err := w.publisher.HoldRestored(t.Context(), w.clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(publish.Restored{Unknown: 1}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	w.drain()
	o := w.outcome(post.Post.ID)
	states := map[core.DeliveryState]int{}
	for _, d := range o.Deliveries {
		states[d.State]++
	}
	if diff := cmp.Diff(map[core.DeliveryState]int{core.DeliveryPublished: 1, core.DeliveryUncertain: 1}, states); diff != "" || o.Post.Status != core.PostError || o.RetryAvailable() {
		t.Errorf("status %s, retry %v, states (-want +got):\n%s", o.Post.Status, o.RetryAvailable(), diff)
	}
}
