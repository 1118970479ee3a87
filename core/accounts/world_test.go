package accounts_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/oauth2"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/accounts"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/store"
)

// listener is told what happens to accounts, and keeps each notice once.
type listener struct {
	mu      sync.Mutex
	notices []core.Notice
	deaf    bool  // wants nothing
	broken  error // that Tell fails with
	asked   int   // calls of Tell
}

func (l *listener) Wants(context.Context, string, core.NoticeAction) (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return !l.deaf, nil
}

func (l *listener) Tell(_ context.Context, _ string, notices ...core.Notice) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked++
	if l.broken != nil {
		return l.broken
	}
	for _, n := range notices {
		if !slices.ContainsFunc(l.notices, func(o core.Notice) bool { return o.ID == n.ID }) {
			l.notices = append(l.notices, n)
		}
	}
	return nil
}

// breakDown makes Tell fail until it is called with nil.
func (l *listener) breakDown(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.broken = err
}

// take returns what was told since it was last called.
func (l *listener) take() []core.SocialNotice {
	l.mu.Lock()
	defer l.mu.Unlock()
	var list []core.SocialNotice
	for _, n := range l.notices {
		list = append(list, *n.Social)
	}
	l.notices = nil
	return list
}

// world is a fixture with a network that links in a browser and renews tokens, each good
// once, and with somebody who listens.
type world struct {
	*fixture
	net   *coretest.Provider
	ears  *listener
	steps []int

	mu       sync.Mutex
	relinked []string
	results  []accounts.RefreshResult
}

// newWorld returns a world; the first manager is its own.
func newWorld(t *testing.T, c coretest.Config) *world {
	t.Helper()
	w := &world{fixture: setup(t), ears: &listener{}, steps: []int{10, 3, 1}}
	c.Clock = w.clock
	w.net = coretest.NewProvider(c)
	var err error
	if w.nets, err = core.NewRegistry(w.net); err != nil {
		t.Fatal(err)
	}
	w.Manager = w.manager(w.store)
	return w
}

// silent is the adapter of a network that tells nothing of its tokens, so that accounts need
// attention for other reasons alone.
func silent(p *coretest.Provider) core.Provider {
	return struct {
		core.Provider
		core.Identifier
		core.Linker
		core.Refresher
	}{p, p, p, p}
}

// silent makes the network one that tells nothing of its tokens.
func (w *world) silent(t *testing.T) *world {
	t.Helper()
	var err error
	if w.nets, err = core.NewRegistry(silent(w.net)); err != nil {
		t.Fatal(err)
	}
	w.Manager = w.manager(w.store)
	return w
}

// manager returns another manager, as of another process, or of the next start.
func (w *world) manager(s store.Accounts) *accounts.Manager {
	return accounts.New(accounts.Config{
		Store: s, Registry: w.nets, Vault: w.ring, Clock: w.clock, Log: w.slog,
		Notices: w.ears, NoticeDays: w.steps,
		OnRelinked: func(_ context.Context, id string) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.relinked = append(w.relinked, id)
		},
		OnRefresh: func(_ string, r accounts.RefreshResult) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.results = append(w.results, r)
		},
	})
}

// handle opens the store once more, as another process does.
func (f *fixture) handle(t *testing.T) store.Store {
	t.Helper()
	return f.db.Open(t, f.clock)
}

// consent has the member consent, and returns the grant.
func (w *world) consent(t *testing.T, c coretest.Consent) core.Grant {
	t.Helper()
	app := w.net.LinkApps()[0]
	r := core.LinkRequest{App: app.Name, RedirectURL: "https://crier.example/link/callback", State: "state"}
	if app.PKCE {
		r.Verifier = oauth2.GenerateVerifier()
	}
	begun, err := w.net.Authorize(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	back, err := w.net.Consent(begun.URL, c)
	if err != nil {
		t.Fatal(err)
	}
	grant, err := w.net.Exchange(t.Context(), r, core.LinkReturn{Code: core.Secret(back.Query().Get("code"))})
	if err != nil {
		t.Fatal(err)
	}
	return grant
}

// join links the member by a consent, with these of his pages, and forgets that this was told.
func (w *world) join(t *testing.T, pages ...string) []core.Account {
	t.Helper()
	grant := w.consent(t, coretest.Consent{Pages: pages})
	linked, err := w.LinkGrant(t.Context(), profileA, grant, append([]string{coretest.MemberID}, pages...))
	if err != nil {
		t.Fatal(err)
	}
	w.ears.take()
	return linked
}

func (w *world) account(t *testing.T, id string) core.Account {
	t.Helper()
	a, err := w.Get(t.Context(), profileA, id)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func (w *world) token(t *testing.T, id string) core.Secret {
	t.Helper()
	token, err := w.Token(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func (w *world) sweep(t *testing.T, m *accounts.Manager) {
	t.Helper()
	if err := m.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// refreshes counts the calls that renewed tokens, or were to.
func (w *world) refreshes() int { return len(w.net.Calls(coretest.OpRefresh)) }

// wantWorks fails unless the network takes the token that the account has.
func (w *world) wantWorks(t *testing.T, id string) {
	t.Helper()
	a := w.account(t, id)
	_, err := w.net.Identify(t.Context(), core.Credentials{AccessToken: w.token(t, id)}, a.RemoteID)
	if err != nil {
		t.Errorf("the token of %s does not work: %v", a.Label(), err)
	}
}

// events returns the accounts that the log tells of under the event, in order.
func (f *fixture) events(name string) []string {
	var list []string
	for line := range strings.Lines(f.log.String()) {
		if _, rest, found := strings.Cut(line, "event="+name+" account="); found {
			id, _, _ := strings.Cut(rest, " ")
			list = append(list, id)
		}
	}
	return list
}
