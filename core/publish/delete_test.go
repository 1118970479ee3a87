package publish_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/publish"
	"github.com/crier-social/crier/core/store"
)

func TestDeletingWhatMayBePublished(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *coretest.Config) { c.Unreadable = true })
	w.network.Next(coretest.OpCommit, coretest.LoseAnswer)
	post := w.accept(coretest.PostRequest("Perhaps"))
	w.work()
	refused := func(when string, byHand bool, want core.Code) {
		t.Helper()
		del := w.publisher.Delete(t.Context(), w.profile.ID, post.Post.ID, byHand)
		e := core.AsError(del.Err)
		if got := core.CodeOf(e); del.Err == nil || got != want {
			t.Errorf("%s: %v, want code %d", when, del.Err, want)
		}
		if strings.Contains(e.Message, "being sent") {
			t.Errorf("%s: %q, although nothing is being sent", when, e.Message)
		}
		if want == core.CodeProcessing && (!strings.Contains(e.Message, "finding out") || !strings.Contains(e.Help, "2026-11-20T09:00:30Z")) {
			t.Errorf("%s: %q, %q; want what is going on, and until when", when, e.Message, e.Help)
		}
		if o := w.outcome(post.Post.ID); o.Post.Status == core.PostDeleted {
			t.Errorf("%s: the post counts as deleted", when)
		}
	}
	refused("while it is looked up", false, core.CodeProcessing)
	refused("while it is looked up, by hand", true, core.CodeProcessing)
	w.drain()
	refused("when nobody can tell", false, core.CodeCannotDelete)
	if del := w.publisher.Delete(t.Context(), w.profile.ID, post.Post.ID, true); del.Err != nil {
		t.Errorf("by hand, when nobody can tell: %v", del.Err)
	}
	if o := w.outcome(post.Post.ID); o.Post.Status != core.PostDeleted {
		t.Errorf("status %s, want deleted", o.Post.Status)
	}
}

func TestDeleteScheduledLeavesWhatIsDue(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	soon, later := coretest.PostRequest("Soon"), coretest.PostRequest("Later")
	soon.ScheduleAt, later.ScheduleAt = w.clock.Now().Add(time.Minute), w.clock.Now().Add(time.Hour)
	due, ahead := w.accept(soon), w.accept(later)
	w.clock.Advance(time.Minute)
	all, err := w.publisher.DeleteScheduled(t.Context(), w.profile.ID)
	if err != nil || len(all) != 1 || all[0].PostID != ahead.Post.ID {
		t.Errorf("deleted %+v, %v; want the later one alone", all, err)
	}
	w.drain()
	if d := w.delivery(due.Post.ID); d.State != core.DeliveryPublished {
		t.Errorf("state %s, want the other published", d.State)
	}
}

func TestDeletionGoesOnWithoutItsClient(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	post := w.accept(coretest.PostRequest("Published"))
	w.drain()
	ctx, hangUp := context.WithCancel(t.Context())
	w.network.Next(coretest.OpDelete, func(_ context.Context, apply func() error) error {
		hangUp()
		return apply()
	})
	if del := w.publisher.Delete(ctx, w.profile.ID, post.Post.ID, false); del.Err != nil {
		t.Error(del.Err)
	}
	if o := w.outcome(post.Post.ID); o.Post.Status != core.PostDeleted || o.Deliveries[0].DeletedAt.IsZero() {
		t.Errorf("status %s, deleted at %v; want it recorded", o.Post.Status, o.Deliveries[0].DeletedAt)
	}
}

// TestDeletionThatIsRepeated deletes at each network only once.
func TestDeletionThatIsRepeated(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	page := coretest.Page(1)
	w.link(page)
	r := coretest.PostRequest("To two accounts")
	r.AccountIDs = []string{page.ID}
	post := w.accept(r)
	w.drain()
	w.network.Next(coretest.OpDelete, coretest.Succeed, coretest.Answer(403, 0))
	if del := w.publisher.Delete(t.Context(), w.profile.ID, post.Post.ID, false); core.KindOf(del.Err) != core.KindForbidden {
		t.Fatalf("deletion: %v, want what the network said", del.Err)
	}
	if del := w.publisher.Delete(t.Context(), w.profile.ID, post.Post.ID, false); del.Err != nil {
		t.Error(del.Err)
	}
	if got := len(w.network.Calls(coretest.OpDelete)); got != 3 {
		t.Errorf("%d deletions at the network, want 3: what was deleted is not deleted again", got)
	}
}

// overtaken is a store in which something happens between the reading of a delivery and its
// first change.
type overtaken struct {
	store.Store
	by func()
}

func (o *overtaken) UpdateDelivery(ctx context.Context, id string, fn func(*core.Delivery) error) (core.Delivery, error) {
	if by := o.by; by != nil {
		o.by = nil
		by()
	}
	return o.Store.UpdateDelivery(ctx, id, fn)
}

// A deletion that somebody else was faster than tells what has really become of the post.
func TestDeletionIsOvertaken(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		by   func(w *world, postID string)
		want core.DeliveryState
		gone bool // from the network
	}{
		"by another one": {func(w *world, postID string) {
			if del := w.publisher.Delete(w.t.Context(), w.profile.ID, postID, false); del.Err != nil {
				w.t.Error(del.Err)
			}
		}, core.DeliveryCancelled, false},
		"by its publication": {func(w *world, postID string) {
			// A job that was taken before the post was marked as deleted.
			now := w.clock.Now()
			if _, err := w.store.UpdateDelivery(w.t.Context(), w.delivery(postID).ID, func(d *core.Delivery) error {
				d.State, d.PublishedAt, d.CommittedAt = core.DeliveryPublished, now, now
				d.Receipt = core.Receipt{RemoteID: "gone-long-ago"}
				return nil
			}); err != nil {
				w.t.Error(err)
			}
		}, core.DeliveryPublished, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			request := coretest.PostRequest("Too late")
			request.ScheduleAt = w.clock.Now().Add(time.Minute)
			post := w.accept(request)
			slow := w.newPublisher(func(c *publish.Config) {
				c.Store = &overtaken{Store: w.store, by: func() { tc.by(w, post.Post.ID) }}
			})
			if del := slow.Delete(t.Context(), w.profile.ID, post.Post.ID, false); del.Err != nil {
				t.Errorf("the slower one: %v", del.Err)
			}
			d := w.delivery(post.Post.ID)
			if d.State != tc.want || tc.gone == d.DeletedAt.IsZero() {
				t.Errorf("state %s, deleted at %s", d.State, d.DeletedAt)
			}
			if o := w.outcome(post.Post.ID); o.Post.Status != core.PostDeleted {
				t.Errorf("status %s", o.Post.Status)
			}
		})
	}
}
