package engage_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/engage"
	"github.com/crier-social/crier/core/store"
)

// mixed is a post that is published by one account, and not yet by another.
func (f *fixture) mixed(change func(waiting *core.Delivery)) core.Post {
	f.t.Helper()
	page := coretest.Page(1)
	if err := f.store.CreateAccount(f.t.Context(), page, []byte("sealed")); err != nil {
		f.t.Fatal(err)
	}
	r := coretest.PostRequest("First")
	r.AccountIDs, r.ScheduleAt = []string{page.ID}, f.clock.Now()
	p := core.Post{ID: "mixed", ProfileID: f.account.ProfileID, Status: core.PostOpen, Request: r, CreatedAt: f.clock.Now()}
	deliveries := make([]core.Delivery, 2)
	for i, a := range []core.Account{f.account, page} {
		deliveries[i] = core.Delivery{
			ID: "to " + a.ID, PostID: p.ID, ProfileID: p.ProfileID, AccountID: a.ID, Platform: a.Platform,
			State: core.DeliveryPreparing, DueAt: p.CreatedAt, CreatedAt: p.CreatedAt,
		}
	}
	deliveries[0].State, deliveries[0].PublishedAt = core.DeliveryPublished, p.CreatedAt
	deliveries[0].Receipt.RemoteID = f.forum.Publish(f.account.RemoteID, "First")
	if change != nil {
		change(&deliveries[1])
	}
	if err := f.store.InsertPost(f.t.Context(), store.NewPost{Post: p, Deliveries: deliveries}); err != nil {
		f.t.Fatal(err)
	}
	return p
}

// Where a post is out its text is changed on the network; where it waits it goes out with
// the new one. What cannot be changed everywhere is changed nowhere else.
func TestTextOfAPostThatIsHalfOut(t *testing.T) {
	t.Parallel()
	type result struct {
		OnNetwork, Stored string
		Revised           bool
		Failures          int
	}
	for name, tc := range map[string]struct {
		answer coretest.Behaviour
		want   result
	}{
		"changed":        {coretest.Succeed, result{OnNetwork: "Second", Stored: "Second", Revised: true}},
		"network refuse": {coretest.Answer(403, 0), result{OnNetwork: "First", Stored: "First", Failures: 2}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			p := f.mixed(nil)
			f.forum.Next(coretest.OpEdit, tc.answer)
			c := engage.Change{PostID: p.ID, PostChange: core.PostChange{Text: &core.PerPlatform[string]{Default: "Second"}}}
			results, err := f.Edit(t.Context(), p.ProfileID, c)
			if err != nil || len(results) != 2 {
				t.Fatalf("%+v, %v; want a result for each account", results, err)
			}
			stored, err := f.store.GetPost(t.Context(), p.ProfileID, p.ID)
			if err != nil {
				t.Fatal(err)
			}
			got := result{OnNetwork: f.forum.Timeline()[0].Text, Stored: stored.Request.Text.Default, Revised: stored.Revision > 0}
			for _, r := range results {
				if r.Err != nil {
					got.Failures++
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// What concerns the whole post comes too late once a part of it is out, and what is being
// decided stays as it is.
func TestTooLateForAPostThatIsHalfOut(t *testing.T) {
	t.Parallel()
	text := core.PostChange{Text: &core.PerPlatform[string]{Default: "Second"}}
	for name, tc := range map[string]struct {
		waiting func(*core.Delivery)
		change  core.PostChange
		code    core.Code
	}{
		"another time":            {nil, core.PostChange{ScheduleAt: new(coretest.Epoch().Add(time.Hour)), Text: text.Text}, core.CodeNotChangeable},
		"a pause":                 {nil, core.PostChange{Paused: new(true)}, core.CodeNotChangeable},
		"other media":             {nil, core.PostChange{Media: &core.PerPlatform[[]core.MediaRef]{Default: coretest.MediaRefs("https://media.example/a.png")}, Text: text.Text}, core.CodeNotChangeable},
		"while the rest is sent":  {func(d *core.Delivery) { d.State = core.DeliveryCommitting }, text, core.CodeProcessing},
		"while it is not certain": {func(d *core.Delivery) { d.Doubtful = true }, text, core.CodeProcessing},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			p := f.mixed(tc.waiting)
			results, err := f.Edit(t.Context(), p.ProfileID, engage.Change{PostID: p.ID, PostChange: tc.change})
			if len(results) != 0 || core.CodeOf(core.AsError(err)) != tc.code {
				t.Errorf("%+v, %v; want code %d", results, err, tc.code)
			}
			if got := f.forum.Timeline()[0].Text; got != "First" || len(f.forum.Calls(coretest.OpEdit)) != 0 {
				t.Errorf("the network shows %q after %d calls", got, len(f.forum.Calls(coretest.OpEdit)))
			}
		})
	}
}
