package accounts_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/accounts"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/publish"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/storetest/dbtest"
	"github.com/crier-social/crier/core/vault"
)

var _ publish.TokenSource = (*accounts.Manager)(nil)

const (
	profileA = "profile-a"
	profileB = "profile-b"
	network  = "scripted"
)

// closed is a provider that cannot turn tokens into accounts.
type closed struct{ core.Provider }

// fixture is a manager on a real store, with a network called "scripted", one
// called "second", and one called "closed" that has no Identifier.
type fixture struct {
	*accounts.Manager
	store store.Store
	clock *coretest.Clock
	ring  *vault.Ring
	db    *dbtest.Database
	log   *bytes.Buffer
	slog  *slog.Logger
	nets  *core.Registry
}

func setup(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{clock: coretest.NewClock(coretest.Epoch()), db: dbtest.New(t), log: &bytes.Buffer{}}
	f.slog = slog.New(slog.NewTextHandler(f.log, nil))
	var err error
	f.nets, err = core.NewRegistry(
		silent(coretest.NewProvider(coretest.Config{Clock: f.clock})),
		silent(coretest.NewProvider(coretest.Config{Clock: f.clock, Name: "second"})),
		closed{coretest.NewProvider(coretest.Config{Clock: f.clock, Name: "closed"})},
	)
	if err != nil {
		t.Fatal(err)
	}
	if f.ring, err = vault.New(vault.NewKey()); err != nil {
		t.Fatal(err)
	}
	f.store = f.db.Open(t, f.clock)
	f.Manager = f.with(f.ring)
	return f
}

// with returns a manager of the same store with other keys.
func (f *fixture) with(ring *vault.Ring) *accounts.Manager {
	return accounts.New(accounts.Config{
		Store: f.store, Registry: f.nets, Vault: ring, Clock: f.clock, Log: f.slog,
	})
}

// person is the request to link the member that the token belongs to.
func person() accounts.LinkRequest {
	return accounts.LinkRequest{Platform: network, Credentials: core.Credentials{
		AccessToken: coretest.MemberToken, RefreshToken: "refresh-secret", Scopes: []string{"write"},
		ExpiresAt: coretest.Epoch().Add(time.Hour), RefreshExpiresAt: coretest.Epoch().Add(24 * time.Hour),
	}}
}

// page is the request to link one of the member's pages.
func page(number int) accounts.LinkRequest {
	r := person()
	r.RemoteID = fmt.Sprintf("%s%d", coretest.PagePrefix, number)
	return r
}

// link links and moves the clock, so that the accounts have an order.
func (f *fixture) link(t *testing.T, profileID string, r accounts.LinkRequest) core.Account {
	t.Helper()
	a, _, err := f.Link(t.Context(), profileID, r)
	if err != nil {
		t.Fatal(err)
	}
	f.clock.Advance(time.Second)
	return a
}

// wantDefaults fails unless exactly these of the profile's accounts are defaults.
func (f *fixture) wantDefaults(t *testing.T, profileID string, want ...string) {
	t.Helper()
	list, err := f.List(t.Context(), profileID)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, a := range list {
		if a.Default {
			got = append(got, a.ID)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("defaults (-want +got):\n%s", diff)
	}
}

func wantKind(t *testing.T, err error, kind core.Kind, code core.Code) {
	t.Helper()
	e := asError(t, err)
	if e.Kind != kind || core.CodeOf(e) != code {
		t.Errorf("got error of kind %s, code %d; want %s, %d: %v", e.Kind, core.CodeOf(e), kind, code, e)
	}
}

func asError(t *testing.T, err error) *core.Error {
	t.Helper()
	var e *core.Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want a *core.Error", err)
	}
	return e
}

func TestLink(t *testing.T) {
	t.Parallel()
	f := setup(t)
	a := f.link(t, profileA, person())
	want := core.Account{
		ID: a.ID, ProfileID: profileA, Platform: network, RemoteID: coretest.MemberID, Kind: core.AccountPerson,
		DisplayName: "Ada Example", ProfileURL: "https://scripted.example/" + coretest.MemberID,
		Default: true, Status: core.AccountActive, Scopes: []string{"write"}, LinkedAt: coretest.Epoch(),
		ExpiresAt: coretest.Epoch().Add(time.Hour), RefreshExpiresAt: coretest.Epoch().Add(24 * time.Hour),
		Upkeep: core.Upkeep{NextAt: coretest.Epoch().Add(48 * time.Minute), Renewable: true},
	}
	if diff := cmp.Diff(want, a); diff != "" {
		t.Errorf("linked (-want +got):\n%s", diff)
	}
	if len(a.ID) != len(core.NewID(time.Now())) {
		t.Errorf("the id is %q", a.ID)
	}
	got, err := f.Get(t.Context(), profileA, a.ID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("stored (-want +got):\n%s", diff)
	}
	token, err := f.Token(t.Context(), a.ID)
	if err != nil || token != coretest.MemberToken {
		t.Errorf("token %q, error %v", token.Reveal(), err)
	}
}

func TestLinkPage(t *testing.T) {
	t.Parallel()
	f := setup(t)
	a := f.link(t, profileA, page(7))
	if a.RemoteID != coretest.PagePrefix+"7" || a.Kind != core.AccountOrganization {
		t.Errorf("linked %+v", a)
	}
}

func TestLinkFails(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		alter func(*accounts.LinkRequest)
		kind  core.Kind
		code  core.Code
	}{
		{"unknown network", func(r *accounts.LinkRequest) { r.Platform = "nowhere" }, core.KindInvalid, core.CodeUnknownPlatform},
		{"no identifier", func(r *accounts.LinkRequest) { r.Platform = "closed" }, core.KindUnsupported, core.CodeUnsupported},
		{"wrong token", func(r *accounts.LinkRequest) { r.Credentials.AccessToken = "stolen-secret" }, core.KindAuth, core.CodeAccountRelink},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := setup(t)
			r := person()
			tc.alter(&r)
			_, _, err := f.Link(t.Context(), profileA, r)
			wantKind(t, err, tc.kind, tc.code)
			if e := asError(t, err); tc.kind == core.KindAuth &&
				(e.Field != "accessToken" || !strings.Contains(e.Help, "new access token from Scripted") || e.Message == "" || strings.Contains(e.Message, "link")) {
				t.Errorf("%+v; want the field, and a way out other than to link it", e)
			}
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("the error shows the token: %v", err)
			}
			if list, err := f.List(t.Context(), profileA); err != nil || len(list) != 0 {
				t.Errorf("linked %d accounts: %v", len(list), err)
			}
		})
	}
}

func TestRelink(t *testing.T) {
	t.Parallel()
	f := setup(t)
	first := f.link(t, profileA, person())
	second := f.link(t, profileA, page(1))
	if _, err := f.SetDefault(t.Context(), profileA, second.ID); err != nil {
		t.Fatal(err)
	}
	if err := f.AuthorizationLost(t.Context(), first.ID, "revoked"); err != nil {
		t.Fatal(err)
	}
	r := person()
	r.Credentials.ExpiresAt = coretest.Epoch().Add(48 * time.Hour)
	r.Credentials.Scopes = []string{"write", "read"}
	got := f.link(t, profileA, r)
	want := first
	want.Default, want.ExpiresAt, want.Scopes = false, r.Credentials.ExpiresAt, r.Credentials.Scopes
	want.Upkeep.NextAt = want.ExpiresAt // it outlives the grant: renewing it would gain nothing
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("linked again (-want +got):\n%s", diff)
	}
	f.wantDefaults(t, profileA, second.ID)
	f.clock.Advance(2 * time.Hour) // the first token would have expired
	if token, err := f.Token(t.Context(), first.ID); err != nil || token != coretest.MemberToken {
		t.Errorf("token %q, error %v", token.Reveal(), err)
	}
}

func TestProfilesAreIsolated(t *testing.T) {
	t.Parallel()
	f := setup(t)
	a, b := f.link(t, profileA, person()), f.link(t, profileB, person())
	if a.ID == b.ID {
		t.Fatal("two profiles share an account")
	}
	_, err := f.Get(t.Context(), profileB, a.ID)
	wantKind(t, err, core.KindNotFound, core.CodeAccountNotFound)
	_, err = f.SetDefault(t.Context(), profileB, a.ID)
	wantKind(t, err, core.KindNotFound, core.CodeAccountNotFound)
	wantKind(t, f.Unlink(t.Context(), profileB, a.ID), core.KindNotFound, core.CodeAccountNotFound)
	if n, err := f.UnlinkPlatform(t.Context(), profileB, network); n != 1 || err != nil {
		t.Errorf("unlinked %d: %v", n, err)
	}
	f.wantDefaults(t, profileA, a.ID)
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	f := setup(t)
	one := f.link(t, profileA, person())
	two := f.link(t, profileA, page(2))
	three := f.link(t, profileA, page(3))
	r := person()
	r.Platform = "second"
	other := f.link(t, profileA, r)
	f.wantDefaults(t, profileA, one.ID, other.ID)

	got, err := f.SetDefault(t.Context(), profileA, three.ID)
	if err != nil || !got.Default || got.ID != three.ID {
		t.Fatalf("got %+v, %v", got, err)
	}
	f.wantDefaults(t, profileA, three.ID, other.ID)

	unlink := func(id string) {
		t.Helper()
		if err := f.Unlink(t.Context(), profileA, id); err != nil {
			t.Fatal(err)
		}
	}
	unlink(two.ID)
	f.wantDefaults(t, profileA, three.ID, other.ID)
	unlink(three.ID)
	f.wantDefaults(t, profileA, one.ID, other.ID)
	unlink(one.ID)
	f.wantDefaults(t, profileA, other.ID)
	_, err = f.Token(t.Context(), one.ID)
	wantKind(t, err, core.KindNotFound, core.CodeAccountNotFound)
	again := f.link(t, profileA, person())
	f.wantDefaults(t, profileA, again.ID, other.ID)
}

// TestDefaultsAreRepaired: whatever another process or a crash left behind, the
// next change makes it one default again.
func TestDefaultsAreRepaired(t *testing.T) {
	t.Parallel()
	for _, marked := range []bool{true, false} {
		t.Run(fmt.Sprintf("all marked %v", marked), func(t *testing.T) {
			t.Parallel()
			f := setup(t)
			first := f.link(t, profileA, person())
			for n := range 3 {
				f.link(t, profileA, page(n))
			}
			list, err := f.List(t.Context(), profileA)
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range list {
				if _, err := f.store.UpdateAccount(t.Context(), a.ID, func(a *core.Account) error { a.Default = marked; return nil }); err != nil {
					t.Fatal(err)
				}
			}
			f.link(t, profileA, page(9))
			f.wantDefaults(t, profileA, first.ID)
		})
	}
}

func TestUnlinkPlatform(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.link(t, profileA, person())
	f.link(t, profileA, page(1))
	r := person()
	r.Platform = "second"
	other := f.link(t, profileA, r)
	for _, want := range []int{2, 0} {
		if n, err := f.UnlinkPlatform(t.Context(), profileA, network); n != want || err != nil {
			t.Errorf("unlinked %d, want %d: %v", n, want, err)
		}
	}
	f.wantDefaults(t, profileA, other.ID)
}

func TestConcurrentLinks(t *testing.T) {
	t.Parallel()
	f := setup(t)
	second := f.with(f.ring) // as another process would have
	var wg sync.WaitGroup
	for i := range 20 {
		m := f.Manager
		if i%2 == 1 {
			m = second
		}
		wg.Go(func() {
			if _, _, err := m.Link(t.Context(), profileA, page(i%5)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	last := f.link(t, profileA, page(0))
	list, err := f.List(t.Context(), profileA)
	if err != nil || len(list) != 5 {
		t.Fatalf("%d accounts: %v", len(list), err)
	}
	defaults := 0
	for _, a := range list {
		if a.Default {
			defaults++
		}
		if token, err := f.Token(t.Context(), a.ID); err != nil || token != coretest.MemberToken {
			t.Errorf("account %s: token %q, error %v", a.ID, token.Reveal(), err)
		}
	}
	if defaults != 1 {
		t.Errorf("%d defaults, after linking %s", defaults, last.ID)
	}
}

func TestTokenExpires(t *testing.T) {
	t.Parallel()
	f := setup(t)
	a := f.link(t, profileA, person())
	f.clock.Set(a.ExpiresAt.Add(-time.Microsecond))
	if _, err := f.Token(t.Context(), a.ID); err != nil {
		t.Fatal(err)
	}
	f.clock.Advance(time.Microsecond)
	var messages []string
	for range 2 {
		_, err := f.Token(t.Context(), a.ID)
		wantKind(t, err, core.KindAuth, core.CodeAccountRelink)
		e := asError(t, err)
		for _, part := range []string{"Ada Example", a.ID, "its authorization ended at 2026-11-20T10:00:00Z"} {
			if !strings.Contains(e.Message, part) {
				t.Errorf("the message lacks %q: %s", part, e.Message)
			}
		}
		if !strings.Contains(e.Help, "POST /profiles/social") || !strings.Contains(e.Help, coretest.MemberID) {
			t.Errorf("help: %s", e.Help)
		}
		messages = append(messages, e.Message)
		// The publisher reports what it was told.
		if err := f.AuthorizationLost(t.Context(), a.ID, e.Message); err != nil {
			t.Fatal(err)
		}
	}
	if messages[0] != messages[1] {
		t.Errorf("the message changed from %q to %q", messages[0], messages[1])
	}
}

func TestTokenWithoutExpiry(t *testing.T) {
	t.Parallel()
	f := setup(t)
	r := person()
	r.Credentials.ExpiresAt = time.Time{}
	a := f.link(t, profileA, r)
	f.clock.Advance(100 * 365 * 24 * time.Hour)
	if _, err := f.Token(t.Context(), a.ID); err != nil {
		t.Error(err)
	}
}

func TestAuthorizationLost(t *testing.T) {
	t.Parallel()
	f := setup(t)
	a := f.link(t, profileA, person())
	for _, reason := range []string{"revoked by its owner", "something else"} {
		if err := f.AuthorizationLost(t.Context(), a.ID, reason); err != nil {
			t.Fatal(err)
		}
	}
	got, err := f.Get(t.Context(), profileA, a.ID)
	if err != nil {
		t.Fatal(err)
	}
	want := a
	want.Status, want.StatusReason = core.AccountRelinkRequired, "revoked by its owner"
	want.Upkeep.NextAt, want.Upkeep.LostAt = time.Time{}, f.clock.Now()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	_, err = f.Token(t.Context(), a.ID)
	wantKind(t, err, core.KindAuth, core.CodeAccountRelink)
	if e := asError(t, err); !strings.Contains(e.Message, "revoked by its owner") {
		t.Errorf("the message lacks the reason: %s", e.Message)
	}
	if err := f.AuthorizationLost(t.Context(), "unlinked", "reason"); err != nil {
		t.Errorf("an unlinked account: %v", err)
	}
	if n := strings.Count(f.log.String(), "has to be linked again"); n != 1 {
		t.Errorf("logged %d times", n)
	}
}

func TestTokensAreSealed(t *testing.T) {
	t.Parallel()
	f := setup(t)
	one, two := f.link(t, profileA, person()), f.link(t, profileA, page(1))
	data := f.db.Contents(t)
	for _, secret := range []string{coretest.MemberToken.Reveal(), "refresh-secret"} {
		if bytes.Contains(data, []byte(secret)) || strings.Contains(f.log.String(), secret) {
			t.Errorf("%q stands in the database or the log", secret)
		}
	}
	if !bytes.Contains(data, []byte(one.ID)) {
		t.Error("the account does not stand in the database either")
	}

	// The credentials of one account are of no use in another.
	stolen, err := f.store.GetCredentials(t.Context(), one.ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.store.UpdateCredentials(t.Context(), two.ID, func(c *store.Credentials) error { c.Sealed = stolen.Sealed; return nil }); err != nil {
		t.Fatal(err)
	}
	_, err = f.Token(t.Context(), two.ID)
	wantKind(t, err, core.KindInternal, core.CodeInternal)
	if !errors.Is(err, vault.ErrCorrupt) {
		t.Errorf("got error %v, want %v", err, vault.ErrCorrupt)
	}
}

func TestLostKey(t *testing.T) {
	t.Parallel()
	f := setup(t)
	a := f.link(t, profileA, person())
	ring, err := vault.New(vault.NewKey())
	if err != nil {
		t.Fatal(err)
	}
	m := f.with(ring)
	_, err = m.Token(t.Context(), a.ID)
	wantKind(t, err, core.KindTemporary, core.CodeStoreUnavailable)
	if e := asError(t, err); !errors.Is(err, vault.ErrUnknownKey) || e.Help == "" {
		t.Errorf("got error %v with help %q", err, e.Help)
	}
	// What it cannot read it does not condemn either: another process may have the key.
	if renewed, err := m.Refused(t.Context(), a.ID, coretest.MemberToken, "revoked"); renewed || !errors.Is(err, vault.ErrUnknownKey) {
		t.Errorf("a refusal of a token: renewed %v, error %v", renewed, err)
	}
	if a, err = f.store.GetAccount(t.Context(), a.ID); err != nil || a.Status != core.AccountActive {
		t.Errorf("the account is %s, error %v", a.Status, err)
	}
	if _, _, err := m.Link(t.Context(), profileA, person()); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Token(t.Context(), a.ID); err != nil {
		t.Errorf("after linking again: %v", err)
	}
}

// TestStoreFails: an error of the store is passed on, and is not taken for
// something that the user could correct.
func TestStoreFails(t *testing.T) {
	t.Parallel()
	f := setup(t)
	a := f.link(t, profileA, person())
	if err := f.store.Close(); err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	for name, do := range map[string]func() error{
		"List":              func() error { _, err := f.List(ctx, profileA); return err },
		"Get":               func() error { _, err := f.Get(ctx, profileA, a.ID); return err },
		"Link":              func() error { _, _, err := f.Link(ctx, profileA, person()); return err },
		"SetDefault":        func() error { _, err := f.SetDefault(ctx, profileA, a.ID); return err },
		"Unlink":            func() error { return f.Unlink(ctx, profileA, a.ID) },
		"UnlinkPlatform":    func() error { _, err := f.UnlinkPlatform(ctx, profileA, network); return err },
		"Token":             func() error { _, err := f.Token(ctx, a.ID); return err },
		"AuthorizationLost": func() error { return f.AuthorizationLost(ctx, a.ID, "reason") },
	} {
		var e *core.Error
		if err := do(); err == nil || errors.As(err, &e) {
			t.Errorf("%s: got %v, want an error of the store", name, err)
		}
	}
}
