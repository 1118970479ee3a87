package accounts_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/accounts"
	"github.com/crier-social/crier/core/coretest"
)

// clinic is a network that can be examined and counts its calls. It tells of whom it was
// asked.
type clinic struct{ *coretest.Provider }

func (clinic) Examine(ctx context.Context, s *core.Session) []core.Finding {
	_, bounded := ctx.Deadline()
	f := core.Finding{Check: "app", Status: core.FindingOK}
	if s != nil {
		f.Check, f.Message = "account", s.Account.ID
	}
	if !bounded {
		f.Status = core.FindingMissing
	}
	return []core.Finding{f}
}

func (clinic) Usage(ctx context.Context, s *core.Session) (core.Usage, error) {
	_, err := s.Token(ctx)
	return core.Usage{Calls: 7}, err
}

// sessions counts those that are open.
type sessions struct {
	t      *testing.T
	opened int
	open   int
	err    error // of the token
}

func (s *sessions) OpenSession(a core.Account) (*core.Session, func()) {
	s.opened++
	s.open++
	session := coretest.NewSession(s.t, a)
	session.Token = func(context.Context) (core.Secret, error) { return "token", s.err }
	return session, func() { s.open-- }
}

func TestChecker(t *testing.T) {
	t.Parallel()
	f := setup(t)
	nets, err := core.NewRegistry(
		clinic{coretest.NewProvider(coretest.Config{Clock: f.clock, Name: "clinic"})},
		coretest.NewProvider(coretest.Config{Clock: f.clock}),
	)
	if err != nil {
		t.Fatal(err)
	}
	m := accounts.New(accounts.Config{Store: f.store, Registry: nets, Vault: f.ring, Clock: f.clock})
	link := func(platform string) core.Account {
		t.Helper()
		a, _, err := m.Link(t.Context(), profileA, accounts.LinkRequest{Platform: platform, Credentials: core.Credentials{AccessToken: coretest.MemberToken}})
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	able, unable := link("clinic"), link(network)
	open := &sessions{t: t}
	checker := accounts.NewChecker(accounts.CheckerConfig{Accounts: m, Registry: nets, Sessions: open})

	a, found, err := checker.Account(t.Context(), profileA, able.ID)
	want := []core.Finding{{Check: "account", Status: core.FindingOK, Message: able.ID}}
	if diff := cmp.Diff(want, found); diff != "" || err != nil || a.ID != able.ID {
		t.Error(a, err, diff)
	}
	found, err = checker.Platform(t.Context(), "clinic")
	if diff := cmp.Diff([]core.Finding{{Check: "app", Status: core.FindingOK}}, found); diff != "" || err != nil {
		t.Error(err, diff)
	}
	for name, got := range map[string]struct {
		err  func() error
		kind core.Kind
	}{
		"another profile's account":                       {func() error { _, _, err := checker.Account(t.Context(), profileB, able.ID); return err }, core.KindNotFound},
		"an account of a network that cannot be examined": {func() error { _, _, err := checker.Account(t.Context(), profileA, unable.ID); return err }, core.KindUnsupported},
		"such a network":                                  {func() error { _, err := checker.Platform(t.Context(), network); return err }, core.KindUnsupported},
		"an unknown network":                              {func() error { _, err := checker.Platform(t.Context(), "none"); return err }, core.KindNotFound},
	} {
		if err := got.err(); core.KindOf(err) != got.kind {
			t.Errorf("%s: %v, want an error of kind %s", name, err, got.kind)
		}
	}
	if u, counted := checker.Usage(t.Context(), able); !counted || u.Calls != 7 {
		t.Errorf("usage %+v, %t", u, counted)
	}
	if _, counted := checker.Usage(t.Context(), unable); counted {
		t.Error("usage of a network that does not count")
	}
	for name, tc := range map[string]struct {
		day    accounts.Allowance
		err    error
		status core.FindingStatus // empty: nothing is found
		says   string
	}{
		"any number": {},
		"some left":  {accounts.Allowance{Limit: 3, Used: 2}, nil, core.FindingOK, "The account has made 2 of 3 posts today."},
		"none left": {
			accounts.Allowance{Limit: 3, Used: 3, ResetsAt: coretest.Epoch()},
			nil, core.FindingWarning,
			"The account has made its 3 posts of today; the next goes out after " + coretest.Epoch().Format(time.RFC3339) + ".",
		},
		"not known": {
			accounts.Allowance{},
			&core.Error{Kind: core.KindTemporary, Message: "the store is busy"}, core.FindingUnknown,
			"How many posts the account has made today could not be found out: the store is busy",
		},
	} {
		counting := accounts.NewChecker(accounts.CheckerConfig{
			Accounts: m, Registry: nets, Sessions: open,
			Posts: func(context.Context, core.Account) (accounts.Allowance, error) { return tc.day, tc.err },
		})
		_, found, err := counting.Account(t.Context(), profileA, able.ID)
		if err != nil || len(found) == 0 {
			t.Fatal(name, err)
		}
		var got core.Finding
		if found = found[1:]; len(found) > 0 {
			got = found[0]
		}
		if got.Status != tc.status || got.Message != tc.says {
			t.Errorf("%s: %+v", name, got)
		}
	}
	open.opened -= 4
	open.err = errors.New("no token")
	if _, counted := checker.Usage(t.Context(), able); counted {
		t.Error("usage without a token")
	}
	if open.open != 0 || open.opened != 3 {
		t.Errorf("%d sessions were opened and %d not ended, want 3 and none", open.opened, open.open)
	}
}

// refusing is a clinic that refuses one token.
type refusing struct {
	*coretest.Provider
	token core.Secret
}

func (r refusing) Examine(ctx context.Context, s *core.Session) []core.Finding {
	token, err := s.Token(ctx)
	switch {
	case err != nil:
		return []core.Finding{{Check: "token", Status: core.FindingMissing, Message: s.Account.Upkeep.LastError}}
	case token == r.token:
		s.Refuse(token, "It has expired.")
		return []core.Finding{{Check: "token", Status: core.FindingMissing, Message: "refused"}}
	}
	return []core.Finding{{Check: "token", Status: core.FindingOK}}
}

// ward opens sessions with the tokens of a world.
type ward struct {
	*world
	t *testing.T
}

func (w ward) OpenSession(a core.Account) (*core.Session, func()) {
	s := coretest.NewSession(w.t, a)
	s.Token = func(ctx context.Context) (core.Secret, error) { return w.Token(ctx, a.ID) }
	return s, func() {}
}

// A token that is found to be refused is renewed; where that fails, it is told why.
func TestCheckerRenews(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		fails bool
		want  core.FindingStatus
	}{"renewed": {false, core.FindingOK}, "not renewed": {true, core.FindingMissing}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, coretest.Config{})
			a := w.join(t)[0]
			nets, err := core.NewRegistry(refusing{w.net, w.token(t, a.ID)})
			if err != nil {
				t.Fatal(err)
			}
			if tc.fails {
				w.net.Next(coretest.OpRefresh, coretest.Answer(503, 0))
			}
			checker := accounts.NewChecker(accounts.CheckerConfig{Accounts: w.Manager, Registry: nets, Sessions: ward{w, t}})
			shown, found, err := checker.Account(t.Context(), profileA, a.ID)
			if err != nil || len(found) != 1 {
				t.Fatal(found, err)
			}
			if found[0].Status != tc.want || found[0].Message != shown.Upkeep.LastError || tc.fails != (shown.Upkeep.LastError != "") {
				t.Errorf("%+v, %+v", found, shown.Upkeep)
			}
		})
	}
}
