package publish_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/publish"
)

// customer makes the world's posts those of a user profile, which can be deleted.
func (w *world) customer() {
	w.t.Helper()
	w.profile = core.Profile{ID: "customer", Title: "Customer", RefID: "c", CreatedAt: w.clock.Now()}
	if err := w.store.CreateProfile(w.t.Context(), w.profile, []byte("key of the customer")); err != nil {
		w.t.Fatal(err)
	}
	w.account = coretest.Account()
	w.account.ID, w.account.ProfileID = "account-of-customer", w.profile.ID
	w.link(w.account)
}

// deleteProfile deletes the customer's profile, and purges it if told so.
func (w *world) deleteProfile(purge bool) {
	w.t.Helper()
	err := w.store.DeleteProfile(w.t.Context(), w.profile.ID)
	for done := !purge; err == nil && !done; {
		done, err = w.store.PurgeProfile(w.t.Context(), w.profile.ID, 2)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// Nothing of a deleted profile goes out, purged or not, whatever is told in the log.
func TestDeletedProfilePublishesNothing(t *testing.T) {
	t.Parallel()
	for name, purge := range map[string]bool{"not purged yet": false, "purged": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.customer()
			j := w.keepJournal()
			w.accept(coretest.PostRequest("now"))
			w.accept(w.later("later"))
			w.accept(w.later("later, with a picture", func(r *core.PostRequest) {
				r.Media.Default = []core.MediaRef{{URL: w.picture("a"), Field: "mediaUrls[0]"}}
			}))
			w.deleteProfile(purge)
			before := len(w.network.Calls())
			for range 90 { // minutes; the posts are due within the hour
				for w.work() {
				}
				if _, err := w.publisher.Sweep(t.Context()); err != nil {
					t.Fatal(err)
				}
				w.clock.Advance(time.Minute)
			}
			if got := len(w.network.Calls()); got != before {
				t.Errorf("the network was called %d times for a deleted profile", got-before)
			}
			for _, e := range j.entries(t) {
				t.Errorf("the log tells of %v", e["event"])
			}
			if log := j.text(); strings.Contains(log, `"level":"WARN"`) || strings.Contains(log, `"level":"ERROR"`) {
				t.Errorf("the log has warnings:\n%s", log)
			}
		})
	}
}

// A profile that is deleted while its post is prepared stops the post.
func TestProfileDeletedWhilePreparing(t *testing.T) {
	t.Parallel()
	for name, purge := range map[string]bool{"not purged yet": false, "purged": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.customer()
			gate := coretest.NewGate()
			w.network.Next(coretest.OpPrepare, gate.Before)
			w.accept(coretest.PostRequest("stopped"))
			job, done := w.attemptUpTo(gate)
			w.deleteProfile(purge)
			gate.Open()
			w.finish(job, <-done)
			for range 3 {
				w.clock.Advance(time.Minute)
				for w.work() {
				}
			}
			if n := w.commits(); n > 0 {
				t.Errorf("the post was sent %d times", n)
			}
		})
	}
}

// A call that was under way ends, and that nobody wants its receipt any more is no trouble.
func TestProfileDeletedDuringTheCall(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.customer()
	j := w.keepJournal()
	gate := coretest.NewGate()
	w.network.Next(coretest.OpCommit, gate.After)
	w.accept(coretest.PostRequest("on its way"))
	job, done := w.attemptUpTo(gate)
	w.deleteProfile(true)
	gate.Open()
	w.finish(job, <-done) // at once: the receipt is not held for a delivery that is gone
	if n := w.commits(); n != 1 {
		t.Errorf("the post was sent %d times", n)
	}
	if log := j.text(); strings.Contains(log, `"level":"WARN"`) || strings.Contains(log, `"level":"ERROR"`) {
		t.Errorf("the log has warnings:\n%s", log)
	}
}

// blindStore cannot read profiles as long as blind is set.
type blindStore struct {
	publish.Store
	blind func() bool
}

func (s blindStore) GetProfile(ctx context.Context, id string) (core.Profile, error) {
	if s.blind() {
		return core.Profile{}, errors.New("the disk is away")
	}
	return s.Store.GetProfile(ctx, id)
}

// A store that fails right before the call leaves no doubt: nothing was sent, and the post
// goes out when the store is back.
func TestStoreFailsBeforeTheCall(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	reads := 0
	w.publisher = w.newPublisher(func(c *publish.Config) {
		c.Store = blindStore{Store: w.store, blind: func() bool { reads++; return reads == 2 }}
	})
	id := w.accept(coretest.PostRequest("later")).Post.ID
	if !w.work() {
		t.Fatal("there is no job")
	}
	if d := w.outcome(id).Deliveries[0]; w.commits() != 0 || d.State != core.DeliveryPreparing || d.Doubtful {
		t.Errorf("after %d calls the delivery is %s, doubtful: %v", w.commits(), d.State, d.Doubtful)
	}
	w.drain()
	if o := w.outcome(id); o.Post.Status != core.PostSuccess || w.commits() != 1 {
		t.Errorf("the post is %s after %d calls", o.Post.Status, w.commits())
	}
}

// A job that names no profile is done as ever.
func TestJobWithoutProfile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.accept(coretest.PostRequest("old")).Post.ID
	job, ok := w.claim()
	if !ok {
		t.Fatal("there is no job")
	}
	job.Tenant = ""
	w.finish(job, w.publisher.Handlers()[job.Kind](t.Context(), job))
	w.drain()
	if n := w.commits(); n != 1 {
		t.Errorf("post %s was sent %d times", id, n)
	}
}
