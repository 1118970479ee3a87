package engage_test

import (
	"strings"
	"testing"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/engage"
	"github.com/crier-social/crier/core/store"
)

// fixedNetwork is the name of a network that has no way to change what was published.
const fixedNetwork = "fixed"

// beside is a post that is published on the forum, and on a network that changes nothing.
func (f *fixture) beside() core.Post {
	f.t.Helper()
	fixed := coretest.NewProvider(coretest.Config{Name: fixedNetwork, Clock: f.clock})
	registry, err := core.NewRegistry(f.forum, fixed)
	if err != nil {
		f.t.Fatal(err)
	}
	f.Service, err = engage.New(engage.Config{Store: f.store, Registry: registry, Sessions: f, Pending: f.pending(registry), Clock: f.clock})
	if err != nil {
		f.t.Fatal(err)
	}
	other := coretest.Page(1)
	other.Platform = fixedNetwork
	if err := f.store.CreateAccount(f.t.Context(), other, []byte("sealed")); err != nil {
		f.t.Fatal(err)
	}
	r := coretest.PostRequest("First")
	r.AccountIDs = []string{other.ID}
	p := core.Post{ID: "beside", ProfileID: f.account.ProfileID, Status: core.PostSuccess, Request: r, CreatedAt: f.clock.Now()}
	deliveries := make([]core.Delivery, 2)
	for i, a := range []core.Account{f.account, other} {
		deliveries[i] = core.Delivery{
			ID: "to " + a.ID, PostID: p.ID, ProfileID: p.ProfileID, AccountID: a.ID, Platform: a.Platform, State: core.DeliveryPublished,
			Receipt: core.Receipt{RemoteID: "remote of " + a.ID}, DueAt: p.CreatedAt, PublishedAt: p.CreatedAt, CreatedAt: p.CreatedAt, Settled: true,
		}
	}
	deliveries[0].Receipt.RemoteID = f.forum.Publish(f.account.RemoteID, "First")
	if err := f.store.InsertPost(f.t.Context(), store.NewPost{Post: p, Deliveries: deliveries}); err != nil {
		f.t.Fatal(err)
	}
	return p
}

// That a network has no way to make a change is known beforehand: then nothing is changed
// anywhere, and the message tells how the others can be.
func TestAChangeThatOneNetworkCannotMake(t *testing.T) {
	t.Parallel()
	here := coretest.Account().Platform
	text := func(by map[string]string) core.PostChange {
		if by == nil {
			return core.PostChange{Text: &core.PerPlatform[string]{Default: "Second"}}
		}
		return core.PostChange{Text: &core.PerPlatform[string]{By: by}}
	}
	for name, tc := range map[string]struct {
		change core.PostChange
		field  string // of the refusal; empty: it is made
		help   string
		shown  string
	}{
		"text of both":          {text(nil), "post", `{"post":{"` + here + `":"…"}}`, "First"},
		"text of the one alone": {text(map[string]string{here: "Second"}), "", "", "Second"},
		"text of the other":     {text(map[string]string{fixedNetwork: "Second"}), "post", "POST /post/copy", "First"},
		"comments of both":      {core.PostChange{DisableComments: new(true)}, "disableComments", "on the network itself", "First"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			p := f.beside()
			tc.change.Notes = new("noted")
			results, err := f.Edit(t.Context(), p.ProfileID, engage.Change{PostID: p.ID, PostChange: tc.change})
			stored, storeErr := f.store.GetPost(t.Context(), p.ProfileID, p.ID)
			if storeErr != nil {
				t.Fatal(storeErr)
			}
			if got := f.forum.Timeline()[0].Text; got != tc.shown || f.forum.Closed(f.forum.Timeline()[0].RemoteID) {
				t.Errorf("the network that can shows %q, want %q and open comments", got, tc.shown)
			}
			if tc.field == "" {
				if err != nil || len(results) != 1 || results[0].Err != nil || stored.Request.Notes != "noted" {
					t.Errorf("%+v, %v; want it changed", results, err)
				}
				return
			}
			e := core.AsError(err)
			if e.Kind != core.KindUnsupported || e.Platform != fixedNetwork || e.Field != tc.field || !strings.Contains(e.Help, tc.help) {
				t.Errorf("%+v, want a refusal of %s with %q", e, tc.field, tc.help)
			}
			if len(results) != 0 || stored.Request.Notes != "" {
				t.Errorf("%+v and the notes %q, want nothing changed", results, stored.Request.Notes)
			}
		})
	}
}
