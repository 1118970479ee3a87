package accounts

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/oauth2"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

// Consent names what a person is to consent to.
type Consent struct {
	Platform string
	App      string // by LinkApp.Name; empty: the first, or that of the account
	// AccountID is the account that is to be linked again; empty: whichever there are.
	AccountID string
	// Answers are those to the app's fields, by name.
	Answers map[string]core.Secret
}

// Begun is what became of the beginning of a consent.
type Begun struct {
	// URL is the address of the network's page, to go on at; empty: the answers were all that
	// it took, and Returned tells what came of them.
	URL string
	Returned
}

// journey is what the return from a consent needs.
type journey struct {
	Platform  string `json:"platform"`
	App       string `json:"app"`
	Verifier  string `json:"verifier,omitempty"`
	AccountID string `json:"accountId,omitempty"`
	Kept      string `json:"kept,omitempty"` // Authorization.Kept
	// direct is the app that links by answers alone; the zero value: there is a consent.
	direct core.LinkApp
	again  core.Account // the one of AccountID
}

// Begin begins a consent, for this browser alone; through an app that is Direct it links at
// once. An error with the Name of one of the app's fields as Field asks for another answer.
func (v *Visit) Begin(ctx context.Context, c Consent) (Begun, error) {
	j, app, again, err := v.plan(ctx, c)
	if err != nil {
		return Begun{}, err
	}
	answers, err := answersTo(app, c.Answers, again)
	if err != nil {
		return Begun{}, err
	}
	j.again = again
	if len(app.Fields) == 0 {
		return v.begin(ctx, j, app, answers)
	}
	if err := v.linking.tries.begin(v.Session.ID, v.linking.Clock.Now()); err != nil {
		v.logFailure(ctx, err)
		return Begun{}, err
	}
	begun, err := v.begin(ctx, j, app, answers)
	if err == nil {
		v.linking.tries.succeeded(v.Session.ID)
	}
	return begun, err
}

// begin is Begin once it is known what to tell the network.
func (v *Visit) begin(ctx context.Context, j journey, app core.LinkApp, answers map[string]core.Secret) (Begun, error) {
	if app.Direct {
		r, err := v.direct(ctx, j, app, answers)
		return Begun{Returned: r}, err
	}
	address, err := v.lead(ctx, j, app, answers)
	if err != nil {
		v.logFailure(ctx, err)
	}
	return Begun{URL: address}, err
}

// lead returns the address of the network's consent page, and keeps what its return needs. The
// answers are told to the network, and kept nowhere.
func (v *Visit) lead(ctx context.Context, j journey, app core.LinkApp, answers map[string]core.Secret) (string, error) {
	if app.PKCE {
		j.Verifier = oauth2.GenerateVerifier()
	}
	linker, _ := v.linking.linker(j.Platform) // plan found it
	state := v.newState()
	ctx, cancel := context.WithTimeout(ctx, exchangeTimeout)
	defer cancel()
	r := j.request(v.linking, state)
	r.Answers, r.Again = answers, j.again
	begun, err := linker.Authorize(ctx, r)
	if err != nil {
		return "", v.forPerson(ctx, j, refusedAnswers(app, err))
	}
	j.Kept = begun.Kept.Reveal()
	if err := v.putState(ctx, state, j); err != nil {
		return "", err
	}
	v.linking.Log.InfoContext(ctx, "browser sent to the network for its consent",
		"session", v.Session.ID, "profile", v.Session.ProfileID, "platform", j.Platform, "app", j.App, "account", j.AccountID)
	return begun.URL, nil
}

// putState keeps what the return with a state needs.
func (v *Visit) putState(ctx context.Context, state core.Secret, j journey) error {
	plain, err := json.Marshal(j)
	if err != nil {
		return fmt.Errorf("encode a link state: %w", err)
	}
	hash := hashOf(state)
	sealed, err := v.linking.Vault.Seal(plain, sealedFor(sealState, string(hash)))
	if err != nil {
		return fmt.Errorf("seal a link state: %w", err)
	}
	err = v.linking.Store.PutLinkState(ctx, store.LinkState{
		Hash: hash, SessionID: v.Session.ID, Sealed: sealed, ExpiresAt: v.linking.Clock.Now().Add(consentLife),
	})
	if err != nil {
		return fmt.Errorf("store a link state: %w", err)
	}
	return nil
}

// direct links by the answers to an app that is Direct.
func (v *Visit) direct(ctx context.Context, j journey, app core.LinkApp, answers map[string]core.Secret) (Returned, error) {
	j.direct = app
	key := []string{"direct", v.Session.ID, v.mark(), j.Platform, j.App, j.AccountID}
	for _, f := range app.Fields {
		key = append(key, string(hashOf(answers[f.Name])))
	}
	return v.once(ctx, strings.Join(key, "\x00"), func(ctx context.Context) (Returned, error) {
		linker, _ := v.linking.linker(j.Platform) // plan found it
		g, err := linker.Exchange(ctx, core.LinkRequest{App: j.App, Answers: answers, Again: j.again}, core.LinkReturn{})
		if err != nil {
			return Returned{}, v.forPerson(ctx, j, refusedAnswers(app, err))
		}
		g.Notes = v.tellOperator(ctx, j, g)
		return v.settle(ctx, j, choiceOf(v.newState()), g)
	})
}

// BeginRelink is Begin for a page that links one account again.
func (v *Visit) BeginRelink(ctx context.Context) (Begun, error) {
	return v.Begin(ctx, Consent{Platform: v.Session.Platform, AccountID: v.Session.AccountID})
}

// RelinkApp returns the app through which an account is linked again, and what the person has
// to be asked for before; nothing, of an app that is not Direct: the network is next.
func (v *Visit) RelinkApp(a core.Account) (app core.LinkApp, ask []core.LinkField, able bool) {
	n, _ := v.linking.network(a.Platform)
	app, able = core.LinkAppFor(n.Apps, a)
	return app, Unanswered(app, a), able
}

func (j journey) request(l *Linking, state core.Secret) core.LinkRequest {
	return core.LinkRequest{App: j.App, RedirectURL: l.CallbackURL(), State: state.Reveal(), Verifier: j.Verifier, Kept: core.Secret(j.Kept)}
}

// plan finds the app for a consent, and the account that is linked again with it; the zero
// value: whichever there are.
func (v *Visit) plan(ctx context.Context, c Consent) (journey, core.LinkApp, core.Account, error) {
	fail := func(err error) (journey, core.LinkApp, core.Account, error) {
		return journey{}, core.LinkApp{}, core.Account{}, err
	}
	title := v.Title(c.Platform)
	if !offers(v.Profile, v.Session, c.Platform) || v.Relinks() && c.AccountID != v.Session.AccountID {
		return fail(notOffered(title))
	}
	n, able := v.linking.network(c.Platform)
	if !able {
		return fail(noApp(title, "accounts"))
	}
	j := journey{Platform: c.Platform, App: c.App, AccountID: c.AccountID}
	if c.AccountID == "" {
		i := 0
		if c.App != "" {
			i = slices.IndexFunc(n.Apps, func(a core.LinkApp) bool { return a.Name == c.App })
		}
		if i < 0 {
			return fail(noApp(title, "this"))
		}
		j.App = n.Apps[i].Name
		return j, n.Apps[i], core.Account{}, nil
	}
	a, err := v.Account(ctx, c.AccountID)
	if err != nil {
		return fail(err)
	}
	app, found := core.LinkAppFor(n.Apps, a)
	if !found || a.Platform != c.Platform {
		return fail(noApp(title, a.DisplayName))
	}
	j.App = app.Name
	return j, app, a, nil
}

// AppFor finds the app that Begin uses for a consent; false: there is none.
func (v *Visit) AppFor(ctx context.Context, c Consent) (core.LinkApp, bool) {
	_, app, _, err := v.plan(ctx, c)
	return app, err == nil
}
