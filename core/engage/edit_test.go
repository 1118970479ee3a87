package engage_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/engage"
	"github.com/crier-social/crier/core/store"
)

// eitherOr is a forum that takes no first comment below a post whose comments are closed.
type eitherOr struct{ *coretest.Forum }

func (p eitherOr) Plan(ctx context.Context, as core.Account, d core.Draft) (core.Publication, error) {
	if d.FirstComment != nil && d.DisableComments {
		return nil, &core.Error{Kind: core.KindInvalid, Field: "disableComments", Message: "would refuse the first comment"}
	}
	return p.Forum.Plan(ctx, as, d)
}

// A change that a scheduled post would fail by at its time is refused at once, and nothing
// of it is kept.
func TestAChangeThatCannotGoOut(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	registry, err := core.NewRegistry(eitherOr{f.forum})
	if err != nil {
		t.Fatal(err)
	}
	f.Service, err = engage.New(engage.Config{Store: f.store, Registry: registry, Sessions: f, Pending: f.pending(registry), Clock: f.clock})
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		comment *core.FirstComment
		field   string
	}{
		"nothing against it":   {nil, ""},
		"with a first comment": {&core.FirstComment{Text: "First!"}, "disableComments"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := coretest.PostRequest("Later")
			r.FirstComment, r.ScheduleAt = tc.comment, f.clock.Now().Add(time.Hour)
			p := core.Post{ID: name, ProfileID: f.account.ProfileID, Status: core.PostOpen, Request: r, CreatedAt: f.clock.Now()}
			d := core.Delivery{
				ID: "delivery " + name, PostID: p.ID, ProfileID: p.ProfileID, AccountID: f.account.ID, Platform: f.account.Platform,
				State: core.DeliveryAccepted, DueAt: r.ScheduleAt, CreatedAt: p.CreatedAt,
			}
			if err := f.store.InsertPost(t.Context(), store.NewPost{Post: p, Deliveries: []core.Delivery{d}}); err != nil {
				t.Fatal(err)
			}
			closed, notes := true, "new"
			results, err := f.Edit(t.Context(), p.ProfileID, engage.Change{PostID: p.ID, PostChange: core.PostChange{DisableComments: &closed, Notes: &notes}})
			stored, storeErr := f.store.GetPost(t.Context(), p.ProfileID, p.ID)
			if storeErr != nil {
				t.Fatal(storeErr)
			}
			if tc.field == "" {
				if err != nil || len(results) != 1 || !results[0].Value.Later || !stored.Request.DisableComments || stored.Request.Notes != notes {
					t.Errorf("%+v, %v; stored %+v", results, err, stored.Request)
				}
				return
			}
			if e := core.AsError(err); e.Field != tc.field || e.Platform != f.account.Platform {
				t.Errorf("got %v, want a problem of %s", err, tc.field)
			}
			if diff := cmp.Diff(p.Request, stored.Request); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// The comments are not closed before the first one is written, nor while they are being
// closed; opening them waits for no comment.
func TestAChangeWhileFollowUpsAreDone(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	remoteID := f.forum.Publish(f.account.RemoteID, "Hello")
	const comment, closing = core.FollowUpComment, core.FollowUpNoComments
	for name, tc := range map[string]struct {
		followUp core.FollowUp
		closed   bool
		code     core.Code // 0: taken
	}{
		"closing before the first comment":         {core.FollowUp{Name: comment, State: core.FollowUpPending}, true, core.CodeParameters},
		"closing while it is written":              {core.FollowUp{Name: comment, State: core.FollowUpSending}, true, core.CodeParameters},
		"closing once it is written":               {core.FollowUp{Name: comment, State: core.FollowUpDone}, true, 0},
		"opening before the first comment":         {core.FollowUp{Name: comment, State: core.FollowUpPending}, false, 0},
		"opening while the comments are closed":    {core.FollowUp{Name: closing, State: core.FollowUpSending}, false, core.CodeProcessing},
		"opening before the comments are closed":   {core.FollowUp{Name: closing, State: core.FollowUpPending}, false, 0},
		"closing before that is done by itself":    {core.FollowUp{Name: closing, State: core.FollowUpPending}, true, 0},
		"closing what could not be closed earlier": {core.FollowUp{Name: closing, State: core.FollowUpFailed, Error: &core.Error{Message: "no"}}, true, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := core.Post{ID: name, ProfileID: f.account.ProfileID, Status: core.PostSuccess, Request: coretest.PostRequest("Hello"), CreatedAt: f.clock.Now()}
			inspect := core.FollowUp{Name: core.FollowUpInspect, State: core.FollowUpPending}
			d := core.Delivery{
				ID: "delivery " + name, PostID: p.ID, ProfileID: p.ProfileID, AccountID: f.account.ID, Platform: f.account.Platform,
				State: core.DeliveryPublished, Receipt: core.Receipt{RemoteID: remoteID}, CreatedAt: p.CreatedAt,
				FollowUps: []core.FollowUp{tc.followUp, inspect},
			}
			if err := f.store.InsertPost(t.Context(), store.NewPost{Post: p, Deliveries: []core.Delivery{d}}); err != nil {
				t.Fatal(err)
			}
			_, err := f.Edit(t.Context(), p.ProfileID, engage.Change{PostID: p.ID, PostChange: core.PostChange{DisableComments: &tc.closed}})
			if tc.code != 0 {
				if e := core.AsError(err); core.CodeOf(e) != tc.code || e.Help == "" {
					t.Errorf("got %v, want an error of code %d with a way out", err, tc.code)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			stored, err := f.store.GetDelivery(t.Context(), d.ID)
			if err != nil {
				t.Fatal(err)
			}
			states := map[core.FollowUpName]core.FollowUpState{tc.followUp.Name: tc.followUp.State, core.FollowUpInspect: core.FollowUpPending}
			switch {
			case tc.closed:
				states[closing] = core.FollowUpDone
			case tc.followUp.Name == closing:
				states[closing] = core.FollowUpSkipped
			}
			got := map[core.FollowUpName]core.FollowUpState{}
			for _, one := range stored.FollowUps {
				got[one.Name] = one.State
				if one.Name == closing && one.Error != nil {
					t.Errorf("the error of an earlier attempt is kept: %v", one.Error)
				}
			}
			if diff := cmp.Diff(states, got); diff != "" || stored.FollowUps[1].Name != core.FollowUpInspect {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
