package publish_test

import (
	"errors"
	"testing"
	"time"

	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/publish"
	"github.com/crier-social/crier/core/queue"
)

// A delivery that is prepared leaves the files to one that is still at work.
func TestFilesStayForOtherDeliveries(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	page := coretest.Page(1)
	w.link(page)
	url := w.picture("a.png")
	r := coretest.PostRequest("To two accounts", url)
	r.AccountIDs = []string{page.ID}
	due := w.clock.Now().Add(time.Hour)
	r.ScheduleAt = due
	w.accept(r)
	checked := w.assets.Fetches(url)
	w.clock.Set(due.Add(-10 * time.Minute))

	gate := coretest.NewGate()
	w.network.Next(coretest.OpUpload, gate.Before)
	j, done := w.attemptUpTo(gate)
	if !w.work() {
		t.Fatal("there is no second delivery")
	}
	if got := len(w.network.Calls(coretest.OpUpload)); got != 2 || len(w.assets.Kept()) != 1 {
		t.Errorf("%d uploads begun, files kept of %v; want 2, and the files of the post", got, w.assets.Kept())
	}
	gate.Open()
	w.finish(j, <-done)
	if kept := w.assets.Kept(); len(kept) != 0 {
		t.Errorf("the files of %v are kept although only the time is waited for", kept)
	}
	if got := w.assets.Fetches(url) - checked; got != 1 {
		t.Errorf("the picture was fetched %d times, want once", got)
	}
}

// The process that prepares a post gives its files up when another one deletes it.
func TestFilesOfAPostDeletedElsewhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	elsewhere := w.newPublisher(func(c *publish.Config) { c.Media = coretest.NewAssets() })
	post := w.accept(coretest.PostRequest("Gone", w.picture("a.png")))
	gate := coretest.NewGate()
	w.network.Next(coretest.OpUpload, gate.Before)
	_, done := w.attemptUpTo(gate)
	if d := elsewhere.Delete(t.Context(), w.profile.ID, post.Post.ID, false); d.Err != nil {
		t.Fatal(d.Err)
	}
	gate.Open()
	if err := <-done; !errors.Is(err, queue.ErrLeaseLost) {
		t.Errorf("the attempt ended with %v, want the loss of its lease", err)
	}
	if kept := w.assets.Kept(); len(kept) != 0 {
		t.Errorf("the files of %v are kept although the post was deleted", kept)
	}
}
