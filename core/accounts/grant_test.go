package accounts_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
)

// wantTold fails unless these are the notices that were told since, but for the names of the
// accounts.
func wantTold(t *testing.T, w *world, want ...core.SocialNotice) {
	t.Helper()
	diff := cmp.Diff(want, w.ears.take(), cmpopts.IgnoreFields(core.SocialNotice{}, "Platform", "RemoteID", "DisplayName"), cmpopts.EquateEmpty())
	if diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
}

func byUser(kind core.SocialType, id string) core.SocialNotice {
	return core.SocialNotice{Type: kind, Source: core.SocialByUser, AccountID: id}
}

func TestLinkGrant(t *testing.T) {
	t.Parallel()
	w := newWorld(t, coretest.Config{}).silent(t)
	grant := w.consent(t, coretest.Consent{Pages: []string{"page-1", "page-2", "page-3"}})
	linked, err := w.LinkGrant(t.Context(), profileA, grant, []string{"page-2", coretest.MemberID})
	if err != nil {
		t.Fatal(err)
	}
	want := core.Account{
		ProfileID: profileA, Platform: network, RemoteID: coretest.MemberID, Kind: core.AccountPerson, DisplayName: "Ada Example",
		ProfileURL: "https://scripted.example/" + coretest.MemberID, Default: true, Status: core.AccountActive,
		Scopes: []string{coretest.ScopePost, coretest.ScopeRead}, App: "main", LinkedAt: coretest.Epoch(),
		ExpiresAt: coretest.Epoch().Add(coretest.DefaultAccessLife), RefreshExpiresAt: coretest.Epoch().Add(coretest.DefaultGrantLife),
		Upkeep: core.Upkeep{Renewable: true, NextAt: coretest.Epoch().Add(48 * 24 * time.Hour)},
	}
	if len(linked) != 2 {
		t.Fatalf("%d accounts are linked, want 2: %+v", len(linked), linked)
	}
	if diff := cmp.Diff(want, linked[0], cmpopts.IgnoreFields(core.Account{}, "ID")); diff != "" {
		t.Errorf("the person (-want +got):\n%s", diff)
	}
	want.RemoteID, want.Kind, want.DisplayName, want.Default = "page-2", core.AccountOrganization, "Page 2", false
	want.ProfileURL = "https://scripted.example/page-2"
	if diff := cmp.Diff(want, linked[1], cmpopts.IgnoreFields(core.Account{}, "ID")); diff != "" {
		t.Errorf("the page (-want +got):\n%s", diff)
	}
	wantTold(t, w, byUser(core.SocialLink, linked[0].ID), byUser(core.SocialLink, linked[1].ID))
	if diff := cmp.Diff([]string{linked[0].ID, linked[1].ID}, w.events("account.linked")); diff != "" {
		t.Errorf("logged (-want +got):\n%s", diff)
	}
	if len(w.relinked) != 0 {
		t.Errorf("%v count as linked again", w.relinked)
	}
	for _, a := range linked {
		w.wantWorks(t, a.ID)
	}
}

// Whoever consents again ends the former tokens: all accounts of his that are linked through
// the app get the new ones, and are what they were otherwise.
func TestLinkGrantAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, coretest.Config{}).silent(t)
	before := w.join(t, "page-1", "page-2")
	if _, err := w.SetDefault(t.Context(), profileA, before[2].ID); err != nil {
		t.Fatal(err)
	}
	if err := w.AuthorizationLost(t.Context(), before[1].ID, "it was revoked"); err != nil {
		t.Fatal(err)
	}
	w.ears.take()
	w.clock.Advance(300 * 24 * time.Hour)
	w.net.EndGrants(coretest.MemberID)
	grant := w.consent(t, coretest.Consent{Pages: []string{"page-1", "page-2", "page-3"}})
	after, err := w.LinkGrant(t.Context(), profileA, grant, []string{coretest.MemberID})
	if err != nil {
		t.Fatal(err)
	}
	var want []core.Account
	var told []core.SocialNotice
	var ids []string
	for i, a := range before {
		a.Status, a.StatusReason, a.Default = core.AccountActive, "", i == 2
		a.ExpiresAt, a.RefreshExpiresAt = grant.Credentials.ExpiresAt, grant.Credentials.RefreshExpiresAt
		a.Upkeep.NextAt = w.clock.Now().Add(48 * 24 * time.Hour)
		want, told, ids = append(want, a), append(told, byUser(core.SocialLink, a.ID)), append(ids, a.ID)
	}
	if diff := cmp.Diff(want, after); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	wantTold(t, w, told...)
	if diff := cmp.Diff(ids, w.relinked); diff != "" {
		t.Errorf("linked again (-want +got):\n%s", diff)
	}
	for _, a := range after {
		w.wantWorks(t, a.ID)
	}
}

// An account that works through another app is not touched by a consent that it was not
// chosen for.
func TestLinkGrantOfAnotherApp(t *testing.T) {
	t.Parallel()
	both := []core.AccountKind{core.AccountPerson, core.AccountOrganization}
	w := newWorld(t, coretest.Config{Apps: []core.LinkApp{{Name: "community", Kinds: both}, {Name: "share", Kinds: both}}})
	first := w.join(t, "page-1")
	former := w.token(t, first[1].ID)
	grant := w.consent(t, coretest.Consent{Pages: []string{"page-1"}})
	grant.Credentials.App = "share"
	linked, err := w.LinkGrant(t.Context(), profileA, grant, []string{coretest.MemberID})
	if err != nil || len(linked) != 1 || linked[0].ID != first[0].ID || linked[0].App != "share" {
		t.Fatalf("linked %+v, %v", linked, err)
	}
	if page := w.account(t, first[1].ID); page.App != "community" || w.token(t, page.ID) != former {
		t.Errorf("the page is reached through %s now", page.App)
	}
	if linked, err = w.LinkGrant(t.Context(), profileA, grant, []string{coretest.MemberID, "page-1"}); err != nil || len(linked) != 2 || linked[1].App != "share" {
		t.Errorf("linked %+v, %v", linked, err)
	}
}

func TestLinkGrantRefuses(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		alter func(*core.Grant)
		ids   []string
		kind  core.Kind
		code  core.Code
	}{
		{"an account that it does not cover", func(*core.Grant) {}, []string{coretest.MemberID, "page-9"}, core.KindInvalid, core.CodeLinkAccount},
		{"an account of nobody", func(g *core.Grant) { g.Accounts[0].RemoteID = "" }, nil, core.KindInternal, core.CodeInternal},
		{"an account of nowhere", func(g *core.Grant) { g.Accounts[1].Platform = "nowhere" }, []string{coretest.MemberID}, core.KindInternal, core.CodeInternal},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, coretest.Config{})
			grant := w.consent(t, coretest.Consent{Pages: []string{"page-1"}})
			tc.alter(&grant)
			_, err := w.LinkGrant(t.Context(), profileA, grant, tc.ids)
			wantKind(t, err, tc.kind, tc.code)
			if list, err := w.List(t.Context(), profileA); err != nil || len(list) != 0 {
				t.Errorf("%d accounts are linked: %v", len(list), err)
			}
		})
	}
}

// What is linked from tokens, and unlinked, is told too.
func TestTokensAreTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t, coretest.Config{})
	one := w.link(t, profileA, person())
	two := w.link(t, profileA, page(1))
	w.link(t, profileA, person())
	wantTold(t, w, byUser(core.SocialLink, one.ID), byUser(core.SocialLink, two.ID), byUser(core.SocialLink, one.ID))
	if diff := cmp.Diff([]string{one.ID}, w.relinked); diff != "" {
		t.Errorf("linked again (-want +got):\n%s", diff)
	}
	if err := w.Unlink(t.Context(), profileA, one.ID); err != nil {
		t.Fatal(err)
	}
	if n, err := w.UnlinkPlatform(t.Context(), profileA, network); n != 1 || err != nil {
		t.Fatalf("unlinked %d, %v", n, err)
	}
	wantTold(t, w, byUser(core.SocialUnlink, one.ID), byUser(core.SocialUnlink, two.ID))
	if diff := cmp.Diff([]string{one.ID, two.ID}, w.events("account.unlinked")); diff != "" {
		t.Errorf("logged (-want +got):\n%s", diff)
	}
	w.sweep(t, w.Manager)
	wantTold(t, w)
}

// Nothing is written where nobody listens.
func TestNobodyListens(t *testing.T) {
	t.Parallel()
	w := newWorld(t, coretest.Config{})
	w.ears.deaf = true
	a := w.link(t, profileA, person())
	if err := w.AuthorizationLost(t.Context(), a.ID, "it was revoked"); err != nil {
		t.Fatal(err)
	}
	if got := w.account(t, a.ID).Upkeep.Outbox; len(got) != 0 {
		t.Errorf("the outbox has %+v", got)
	}
	if err := w.Unlink(t.Context(), profileA, a.ID); err != nil {
		t.Fatal(err)
	}
	if w.ears.asked != 0 {
		t.Errorf("somebody was told %d times", w.ears.asked)
	}
}
