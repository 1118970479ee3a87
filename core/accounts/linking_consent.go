package accounts

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

const (
	// consentLife is how long a person has on the pages of the network.
	consentLife = 15 * time.Minute
	// exchangeTimeout bounds the calls that make a grant of a code. A browser that is closed
	// meanwhile does not end them: a code is good once.
	exchangeTimeout = time.Minute
)

// Consent names what a person is to consent to.
type Consent struct {
	Platform string
	App      string // by LinkApp.Name; empty: the first, or that of the account
	// AccountID is the account that is to be linked again; empty: whichever there are.
	AccountID string
}

// journey is what the return from a consent needs.
type journey struct {
	Platform  string `json:"platform"`
	App       string `json:"app"`
	Verifier  string `json:"verifier,omitempty"`
	AccountID string `json:"accountId,omitempty"`
	Kept      string `json:"kept,omitempty"` // Authorization.Kept
}

// Begin returns the address of the network's consent page, for this browser alone.
func (v *Visit) Begin(ctx context.Context, c Consent) (string, error) {
	j, app, err := v.plan(ctx, c)
	if err != nil {
		return "", err
	}
	if app.PKCE {
		j.Verifier = oauth2.GenerateVerifier()
	}
	linker, _ := v.linking.linker(j.Platform) // plan found it
	state := v.newState()
	begun, err := linker.Authorize(ctx, j.request(v.linking, state))
	if err != nil {
		return "", v.forPerson(ctx, j, err)
	}
	j.Kept = begun.Kept.Reveal()
	plain, err := json.Marshal(j)
	if err != nil {
		return "", fmt.Errorf("encode a link state: %w", err)
	}
	hash := hashOf(state)
	sealed, err := v.linking.Vault.Seal(plain, sealedFor(sealState, string(hash)))
	if err != nil {
		return "", fmt.Errorf("seal a link state: %w", err)
	}
	err = v.linking.Store.PutLinkState(ctx, store.LinkState{
		Hash: hash, SessionID: v.Session.ID, Sealed: sealed, ExpiresAt: v.linking.Clock.Now().Add(consentLife),
	})
	if err != nil {
		return "", fmt.Errorf("store a link state: %w", err)
	}
	v.linking.Log.InfoContext(ctx, "browser sent to the network for its consent",
		"session", v.Session.ID, "profile", v.Session.ProfileID, "platform", j.Platform, "app", j.App, "account", j.AccountID)
	return begun.URL, nil
}

// BeginRelink is Begin for a page that links one account again.
func (v *Visit) BeginRelink(ctx context.Context) (string, error) {
	return v.Begin(ctx, Consent{Platform: v.Session.Platform, AccountID: v.Session.AccountID})
}

func (j journey) request(l *Linking, state core.Secret) core.LinkRequest {
	return core.LinkRequest{App: j.App, RedirectURL: l.CallbackURL(), State: state.Reveal(), Verifier: j.Verifier, Kept: core.Secret(j.Kept)}
}

// plan finds the app for a consent.
func (v *Visit) plan(ctx context.Context, c Consent) (journey, core.LinkApp, error) {
	title := v.Title(c.Platform)
	if !offers(v.Profile, v.Session, c.Platform) || v.Relinks() && c.AccountID != v.Session.AccountID {
		return journey{}, core.LinkApp{}, notOffered(title)
	}
	n, able := v.linking.network(c.Platform)
	if !able {
		return journey{}, core.LinkApp{}, noApp(title, "accounts")
	}
	j := journey{Platform: c.Platform, AccountID: c.AccountID}
	var app core.LinkApp
	if c.AccountID == "" {
		i := 0
		if c.App != "" {
			i = slices.IndexFunc(n.Apps, func(a core.LinkApp) bool { return a.Name == c.App })
		}
		if i < 0 {
			return journey{}, core.LinkApp{}, noApp(title, "this")
		}
		app = n.Apps[i]
	} else {
		a, err := v.Account(ctx, c.AccountID)
		if err != nil {
			return journey{}, core.LinkApp{}, err
		}
		var found bool
		if app, found = appOf(n.Apps, a); !found || a.Platform != c.Platform {
			return journey{}, core.LinkApp{}, noApp(title, a.DisplayName)
		}
	}
	j.App = app.Name
	return j, app, nil
}

// appOf chooses the app to link an account again with: the one that it was linked with, else
// the first that links accounts of its kind.
func appOf(apps []core.LinkApp, a core.Account) (core.LinkApp, bool) {
	apps = slices.DeleteFunc(slices.Clone(apps), func(app core.LinkApp) bool { return !slices.Contains(app.Kinds, a.Kind) })
	if len(apps) == 0 {
		return core.LinkApp{}, false
	}
	i := slices.IndexFunc(apps, func(app core.LinkApp) bool { return app.Name == a.App })
	return apps[max(i, 0)], true
}

// A state names the session and the browser that it belongs to, so that a return which
// cannot go on can be told why. What makes it hard to guess is its last part.

func (v *Visit) newState() core.Secret {
	return core.Secret(v.Session.ID + "." + v.mark() + "." + randomText())
}

// readState takes a state apart. The session may be known of one that is not whole.
func readState(state core.Secret) (sessionID, mark string) {
	parts := append(strings.Split(state.Reveal(), "."), "")
	return parts[0], parts[1]
}

// Returned is what came of a consent.
type Returned struct {
	// Choice is the id of the grant that there is a choice to make from; empty when all is
	// done.
	Choice string
	Linked
}

// Return takes a browser in that comes back from a network with a state. cookie tells what
// the browser has of a session. There is a visit, also beside an error, when the browser has
// opened the page that it left for the network.
func (l *Linking) Return(ctx context.Context, state core.Secret, back core.LinkReturn, cookie func(sessionID string) string) (*Visit, Returned, error) {
	id, mark := readState(state)
	if id == "" {
		return nil, Returned{}, lostWay()
	}
	v, err := l.Enter(ctx, id, cookie(id))
	if err != nil {
		return nil, Returned{}, err
	}
	if mark != v.mark() {
		return v, Returned{}, stepOver("this step was begun in another browser, or what the network sent along did not arrive whole")
	}
	shared, err, _ := l.returns.Do(state.Reveal(), func() (any, error) {
		work, cancel := context.WithTimeout(context.WithoutCancel(ctx), exchangeTimeout)
		defer cancel()
		return v.complete(work, state, back)
	})
	r, _ := shared.(Returned)
	if e, told := errors.AsType[*core.Error](err); told {
		l.Log.WarnContext(ctx, "linking failed", "request", core.RequestID(ctx), "session", id, "profile", v.Session.ProfileID, "platform", e.Platform, "code", core.CodeOf(e), "error", err)
	}
	return v, r, err
}

// complete turns a return into linked accounts, or a choice of them.
func (v *Visit) complete(ctx context.Context, state core.Secret, back core.LinkReturn) (Returned, error) {
	j, err := v.takeState(ctx, state)
	if errors.Is(err, store.ErrNotFound) {
		if id := choiceOf(state); v.hasChoice(ctx, id) { // two clicks: the first one was answered
			return Returned{Choice: id}, nil
		}
		return Returned{}, stepOver(fmt.Sprintf("this step was finished before, or took longer than %d minutes: if you pressed a button twice, the first time counted",
			int(consentLife.Minutes())))
	}
	if err != nil {
		return Returned{}, err
	}
	if !offers(v.Profile, v.Session, j.Platform) {
		return Returned{}, notOffered(v.Title(j.Platform))
	}
	linker, able := v.linking.linker(j.Platform)
	if !able {
		return Returned{}, noApp(v.Title(j.Platform), "accounts")
	}
	g, err := linker.Exchange(ctx, j.request(v.linking, state), back)
	if err != nil {
		return Returned{}, v.forPerson(ctx, j, err)
	}
	g.Notes = v.tellOperator(ctx, j, g)
	return v.settle(ctx, j, choiceOf(state), g)
}

// takeState uses a state up; store.ErrNotFound when that was done before, or is too late.
func (v *Visit) takeState(ctx context.Context, state core.Secret) (journey, error) {
	hash := hashOf(state)
	taken, err := v.linking.Store.TakeLinkState(ctx, hash)
	if err != nil {
		return journey{}, fmt.Errorf("take a link state: %w", err)
	}
	if !v.linking.Clock.Now().Before(taken.ExpiresAt) {
		return journey{}, store.ErrNotFound // as it will be once the expired ones are deleted
	}
	plain, err := v.linking.Vault.Open(taken.Sealed, sealedFor(sealState, string(hash)))
	if err != nil {
		return journey{}, fmt.Errorf("open a link state: %w", err)
	}
	var j journey
	if err := json.Unmarshal(plain, &j); err != nil {
		return journey{}, errors.New("a link state is not JSON") // the decoder's error may quote it
	}
	return j, nil
}
