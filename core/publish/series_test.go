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
	"github.com/crier-social/crier/core/store"
)

// repeated is a request to publish three times, three days apart.
func repeated(start time.Time) core.PostRequest {
	r := coretest.PostRequest("Again and again")
	r.Notes, r.IdempotencyKey = "campaign", "key"
	r.AutoRepost, r.ScheduleAt = &core.AutoRepost{Repeat: 2, Days: 3, StartAt: start}, start
	return r
}

// TestEndOfTheLinkBeforeARepetition: who sends a post learns at once that a repetition of it
// will need a new authorization.
func TestEndOfTheLinkBeforeARepetition(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		days int // until the authorization ends
		want []string
	}{
		"after the last":  {days: 7},
		"before the last": {5, []string{"autoRepost 2026-11-26"}},
		"before both":     {2, []string{"autoRepost 2026-11-23"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			_, err := w.store.UpdateAccount(t.Context(), w.account.ID, func(a *core.Account) error {
				a.ExpiresAt = coretest.Epoch().AddDate(0, 0, tc.days)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, warning := range w.accept(repeated(time.Time{})).Deliveries[0].Warnings {
				_, rest, _ := strings.Cut(warning.Message, "repetition of ")
				got = append(got, warning.Field+" "+rest[:len(time.DateOnly)])
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("warnings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPostIsRepeated(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]time.Time{
		"at once": {}, "later": time.Date(2026, 12, 30, 12, 30, 0, 0, time.UTC), "in the past": coretest.Epoch().Add(-time.Hour),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.clock.Advance(123456 * time.Microsecond)
			first := w.accept(repeated(start))
			begin := coretest.Epoch()
			if start.After(begin) {
				begin = start
			}
			list, err := w.publisher.List(t.Context(), store.PostQuery{ProfileID: w.profile.ID, Series: first.Post.SeriesID})
			if err != nil || first.Post.SeriesID == "" || len(list) != 3 {
				t.Fatalf("the series %q has %d posts (%v), want 3", first.Post.SeriesID, len(list), err)
			}
			var planned []publish.Repetition
			for i, day := range []int{6, 3} { // newest first
				o := list[i]
				due := begin.AddDate(0, 0, day)
				planned = append([]publish.Repetition{{PostID: o.Post.ID, DueAt: due}}, planned...)
				want := repeated(due)
				want.AutoRepost, want.IdempotencyKey = nil, ""
				if diff := cmp.Diff(want, o.Post.Request); diff != "" {
					t.Errorf("repetition after %d days (-want +got):\n%s", day, diff)
				}
				if d := o.Deliveries; len(d) != 1 || !d[0].DueAt.Equal(due) || d[0].AccountID != w.account.ID {
					t.Errorf("repetition after %d days has the deliveries %+v", day, d)
				}
			}
			if diff := cmp.Diff(planned, publish.Repetitions(first.Post)); diff != "" {
				t.Errorf("planned (-want +got):\n%s", diff)
			}
			w.drain()
			for _, o := range list {
				if got := w.delivery(o.Post.ID); got.State != core.DeliveryPublished || got.PublishedAt.Before(o.Post.Request.ScheduleAt) {
					t.Errorf("%s at %v, want it published at %v", got.State, got.PublishedAt, o.Post.Request.ScheduleAt)
				}
			}
			if w.commits() != 3 {
				t.Errorf("%d posts went out, want 3", w.commits())
			}
		})
	}
}

// TestRepetitionStandsForItself: one can be deleted, and the others go out.
func TestRepetitionStandsForItself(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.accept(repeated(time.Time{}))
	planned := publish.Repetitions(first.Post)
	if d := w.publisher.Delete(t.Context(), w.profile.ID, planned[0].PostID, false); d.Err != nil {
		t.Fatal(d.Err)
	}
	w.drain()
	for id, want := range map[string]core.PostStatus{
		first.Post.ID: core.PostSuccess, planned[0].PostID: core.PostDeleted, planned[1].PostID: core.PostSuccess,
	} {
		if got := w.outcome(id).Post.Status; got != want {
			t.Errorf("%s is %s, want %s", id, got, want)
		}
	}
}

// TestRefusedSeries: nothing of a series that is refused goes out, and no series is there.
func TestRefusedSeries(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := repeated(time.Time{})
	r.Text.Default = ""
	o, err := w.publisher.Accept(t.Context(), publish.Submission{ProfileID: w.profile.ID, Request: r})
	if err == nil || o.Post.SeriesID != "" || len(publish.Repetitions(o.Post)) != 0 {
		t.Fatalf("the series %q has the repetitions %v (%v)", o.Post.SeriesID, publish.Repetitions(o.Post), err)
	}
	w.accept(coretest.PostRequest("Alone"))
	r = repeated(time.Time{})
	if _, err := w.publisher.Accept(t.Context(), publish.Submission{ProfileID: w.profile.ID, Request: r}); core.CodeOf(core.AsErrors(err)[0]) != core.CodeKeyReused {
		t.Fatalf("got %v, want the key refused", err)
	}
	list, err := w.publisher.List(t.Context(), store.PostQuery{ProfileID: w.profile.ID, AnySeries: true})
	if err != nil || len(list) != 0 {
		t.Errorf("the series %v are there (%v)", list, err)
	}
	w.drain()
	if w.commits() != 1 {
		t.Errorf("%d posts went out, want 1", w.commits())
	}
}

// TestSeriesThatMeetsItsContent: one repetition that would be a duplicate refuses the whole,
// whether it is found before or while it is stored.
func TestSeriesThatMeetsItsContent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := coretest.PostRequest("Again and again")
	other.ScheduleAt = w.clock.Now().AddDate(0, 0, 3)
	r := repeated(time.Time{})
	r.IdempotencyKey = ""
	meets := func() {
		t.Helper()
		o, err := w.publisher.Accept(t.Context(), publish.Submission{ProfileID: w.profile.ID, Request: r})
		if core.CodeOf(core.AsErrors(err)[0]) != core.CodeDuplicate || o.Post.SeriesID != "" || len(publish.Repetitions(o.Post)) != 0 {
			t.Errorf("got %v with the series %q, want the duplicate refused", err, o.Post.SeriesID)
		}
	}
	w.accept(other)
	meets()
	if _, err := w.publisher.DeleteScheduled(t.Context(), w.profile.ID); err != nil {
		t.Fatal(err)
	}
	r.ScheduleAt = w.clock.Now().Add(time.Hour)
	r.AutoRepost = &core.AutoRepost{Repeat: 2, Days: 3, StartAt: r.ScheduleAt}
	w.network.Next(coretest.OpPreflight, func(_ context.Context, apply func() error) error {
		w.accept(other)
		return apply()
	})
	meets()
	w.drain()
	if w.commits() != 1 {
		t.Errorf("%d posts went out, want the one that is no repetition", w.commits())
	}
}

// TestDeleteSeries deletes what has not gone out of one series.
func TestDeleteSeries(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first, r := w.accept(repeated(time.Time{})), repeated(w.clock.Now().Add(time.Hour))
	r.IdempotencyKey, r.AllowDuplicate = "", true
	other := w.accept(r)
	for w.work() {
	}
	deleted, err := w.publisher.DeleteSeries(t.Context(), w.profile.ID, first.Post.SeriesID)
	if err != nil || len(deleted) != 2 || errors.Join(deleted[0].Err, deleted[1].Err) != nil {
		t.Fatalf("%+v was deleted (%v), want two repetitions", deleted, err)
	}
	w.drain()
	if got := w.outcome(first.Post.ID).Post.Status; got != core.PostSuccess {
		t.Errorf("what was published is %s", got)
	}
	if again, err := w.publisher.DeleteSeries(t.Context(), w.profile.ID, first.Post.SeriesID); err != nil || len(again) != 0 {
		t.Errorf("deleted again: %+v (%v)", again, err)
	}
	for _, id := range []string{"", "unknown", first.Post.ID} {
		if _, err := w.publisher.DeleteSeries(t.Context(), w.profile.ID, id); core.CodeOf(core.AsErrors(err)[0]) != core.CodeDeleteNotFound {
			t.Errorf("deleting the series %q: %v", id, err)
		}
	}
	for _, r := range append(publish.Repetitions(other.Post), publish.Repetition{PostID: other.Post.ID}) {
		if got := w.outcome(r.PostID).Post.Status; got != core.PostSuccess {
			t.Errorf("a post of the other series is %s", got)
		}
	}
}

// TestRepetitionsAwaitApproval: each post of a series that requires approval is approved by
// itself.
func TestRepetitionsAwaitApproval(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := repeated(time.Time{})
	r.RequiresApproval = true
	first := w.accept(r)
	planned := publish.Repetitions(first.Post)
	approve := func(id string) {
		t.Helper()
		if _, err := w.publisher.Change(t.Context(), w.profile.ID, id, core.PostChange{Approved: new(true)}); err != nil {
			t.Fatal(err)
		}
	}
	approve(first.Post.ID)
	approve(planned[1].PostID)
	w.drain()
	for id, want := range map[string]core.PostStatus{
		first.Post.ID: core.PostSuccess, planned[0].PostID: core.PostAwaitingApproval, planned[1].PostID: core.PostSuccess,
	} {
		if got := w.outcome(id).Post.Status; got != want {
			t.Errorf("%s is %s, want %s", id, got, want)
		}
	}
	if deleted, err := w.publisher.DeleteSeries(t.Context(), w.profile.ID, first.Post.SeriesID); err != nil || len(deleted) != 1 || deleted[0].Err != nil {
		t.Errorf("deleted %+v (%v), want what awaits approval", deleted, err)
	}
}

// TestRescheduledPostGivesUpItsSlot: the next post has it.
func TestRescheduledPostGivesUpItsSlot(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.setSchedule("default", 10)
	first, err := w.publisher.Accept(t.Context(), w.scheduled("First", "default"))
	if err != nil {
		t.Fatal(err)
	}
	later := first.Post.Request.ScheduleAt.Add(time.Hour)
	if _, err := w.publisher.Change(t.Context(), w.profile.ID, first.Post.ID, core.PostChange{ScheduleAt: &later}); err != nil {
		t.Fatal(err)
	}
	second, err := w.publisher.Accept(t.Context(), w.scheduled("Second", "default"))
	if err != nil || !second.Post.Request.ScheduleAt.Equal(first.Post.Request.ScheduleAt) {
		t.Errorf("the second post is due at %v (%v), want the slot of the first", second.Post.Request.ScheduleAt, err)
	}
}
