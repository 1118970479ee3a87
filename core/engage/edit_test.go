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
	f.Service, err = engage.New(engage.Config{Store: f.store, Registry: registry, Sessions: f, Clock: f.clock})
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
			results, err := f.Edit(t.Context(), p.ProfileID, engage.Change{PostID: p.ID, DisableComments: &closed, Notes: &notes})
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
