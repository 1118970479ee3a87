package accounts

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/crier-social/crier/core"
)

// longestAnswer bounds an answer to a field, in characters: no handle, address or password of
// an app is nearly as long.
const longestAnswer = 1000

// DirectApps lists the apps of a network through which accounts are linked by the answers to
// their fields alone; none: it has no such apps.
func DirectApps(p core.Provider) []core.LinkApp {
	linker, able := p.(core.Linker)
	if !able {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(linker.LinkApps()), func(a core.LinkApp) bool { return !a.Direct })
}

// Unanswered lists the fields of an app that somebody has to be asked for: of an account that
// is linked again, not those that it answers itself. Whoever links a new one hands over the
// zero value.
func Unanswered(app core.LinkApp, again core.Account) []core.LinkField {
	return slices.DeleteFunc(slices.Clone(app.Fields), func(f core.LinkField) bool { return knownFrom(again, f, "") })
}

// knownFrom tells whether an account that is linked again answers a field, to which somebody has
// given that answer: what it was called is no news of it, and may be somebody else's name by now.
func knownFrom(again core.Account, f core.LinkField, given core.Secret) bool {
	return f.Identifies && again.Username != "" && (given == "" || given.Reveal() == again.Username)
}

// answersTo returns the answers to the fields of an app that the account does not answer which
// is linked again, and no others. Its error has the Name of each field that is not answered as it
// has to be, and no answer.
func answersTo(app core.LinkApp, given map[string]core.Secret, again core.Account) (map[string]core.Secret, error) {
	told := map[string]core.Secret{}
	var problems core.Errors
	for _, f := range app.Fields {
		answer := core.Secret(strings.TrimSpace(given[f.Name].Reveal())) // the space comes from copying
		if knownFrom(again, f, answer) {
			continue
		}
		if why := wrongText(answer.Reveal()); why != "" {
			label := cmp.Or(f.Label, f.Name)
			problems = append(problems, &core.Error{
				Kind: core.KindInvalid, Code: core.CodeParameters, Op: "accounts.answers", Field: f.Name, Message: label + " " + why, Help: f.Help,
			})
		}
		told[f.Name] = answer
	}
	return told, problems.OrNil()
}

// wrongText tells why a text can be no answer; empty: it can.
func wrongText(s string) string {
	switch n := utf8.RuneCountInString(s); {
	case s == "":
		return "is missing"
	case n > longestAnswer:
		return fmt.Sprintf("has %d characters; at most %d are allowed", n, longestAnswer)
	case !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl):
		return "has a line break or another character that cannot be part of it"
	}
	return ""
}

// refusedAnswers tells somebody that the network refuses what he has answered: of a mistake of
// his, it is an error of the request, with the field. It would mean elsewhere that an
// authorization was lost, or that a role is missing.
func refusedAnswers(app core.LinkApp, err error) error {
	e, told := errors.AsType[*core.Error](err)
	if !told {
		return err
	}
	named := slices.ContainsFunc(app.Fields, func(f core.LinkField) bool { return f.Name == e.Field })
	refused := *e
	switch {
	case e.Kind == core.KindAuth, e.Kind == core.KindNotFound && named, e.Kind == core.KindInvalid, e.Kind == core.KindForbidden && named:
		refused.Kind, refused.Code = core.KindInvalid, cmp.Or(e.Code, core.CodeParameters)
	default:
		return err
	}
	return &refused
}

// AnswersRequest names an account that is to be linked by what its owner has told.
type AnswersRequest struct {
	Platform string
	App      string // one of DirectApps, by name; empty: the first
	// RemoteID is the account to link, of those that the answers are good for; empty: all.
	RemoteID string
	Answers  map[string]core.Secret // to the fields of the app, by name
}

// LinkByAnswers links accounts to the profile by the answers to an app that is Direct, as Link
// does from tokens, and returns them, those that were asked for in front, and what the
// network tells besides. The fields of its errors are "platform", "app", "id" and those of the app.
func (m *Manager) LinkByAnswers(ctx context.Context, profileID string, r AnswersRequest) ([]core.Account, []core.Finding, error) {
	linker, app, err := m.directApp(r)
	if err != nil {
		return nil, nil, err
	}
	again, err := m.linkedAs(ctx, profileID, r)
	if err != nil {
		return nil, nil, err
	}
	told, err := answersTo(app, r.Answers, again)
	if err != nil {
		return nil, nil, err
	}
	// The network has a new authorization then, whoever waits for it.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), exchangeTimeout)
	defer cancel()
	g, err := linker.Exchange(ctx, core.LinkRequest{App: app.Name, Answers: told, Again: again}, core.LinkReturn{})
	if err != nil {
		return nil, nil, refusedAnswers(app, err)
	}
	m.tellOperator(ctx, profileID, app, g)
	wanted, err := m.wantedOf(r, g)
	if err != nil {
		return nil, g.Notes, err
	}
	linked, err := m.LinkGrant(ctx, profileID, g, wanted)
	askedFirst(linked, wanted)
	return linked, g.Notes, err
}

// directApp finds the app of a request.
func (m *Manager) directApp(r AnswersRequest) (core.Linker, core.LinkApp, error) {
	provider, known := m.registry.Get(r.Platform)
	if !known {
		return nil, core.LinkApp{}, m.unknownNetwork(r.Platform)
	}
	apps := DirectApps(provider)
	i := slices.IndexFunc(apps, func(a core.LinkApp) bool { return r.App == "" || a.Name == r.App })
	if i < 0 {
		return nil, core.LinkApp{}, notDirect(r, m.registry.Title(r.Platform))
	}
	return provider.(core.Linker), apps[i], nil
}

// notDirect refuses answers to an app that does not link by them alone.
func notDirect(r AnswersRequest, title string) *core.Error {
	e := &core.Error{
		Kind: core.KindUnsupported, Op: "accounts.link", Platform: r.Platform, Field: "platform",
		Message: "accounts of " + title + " cannot be linked by what their owners tell",
		Help:    "GET /providers lists the apps of each network; those that are direct can be used here, the others on the page that POST /profiles/link-sessions answers with.",
	}
	if r.App != "" {
		e.Field, e.Message = "app", fmt.Sprintf("%s has no app %q that links by what is told alone", title, r.App)
	}
	return e
}

// linkedAs finds the account that a request names. One that is not linked yet is known by its
// RemoteID alone.
func (m *Manager) linkedAs(ctx context.Context, profileID string, r AnswersRequest) (core.Account, error) {
	if r.RemoteID == "" {
		return core.Account{}, nil
	}
	present, err := m.List(ctx, profileID)
	named := core.Account{Platform: r.Platform, RemoteID: r.RemoteID}
	if a, linked := sameAccount(present, named); linked {
		return a, err
	}
	return named, err
}

// wantedOf lists the remote ids of what is to be linked of a grant.
func (m *Manager) wantedOf(r AnswersRequest, g core.Grant) ([]string, error) {
	if len(g.Accounts) == 0 {
		return nil, nothingToLink(m.registry.Title(r.Platform), "what was told", "Send what belongs to an account that may post.", g)
	}
	var ids []string
	for _, a := range g.Accounts {
		if r.RemoteID == "" || a.RemoteID == r.RemoteID {
			ids = append(ids, a.RemoteID)
		}
	}
	if len(ids) == 0 {
		return nil, &core.Error{
			Kind: core.KindInvalid, Code: core.CodeLinkAccount, Op: "accounts.link", Platform: r.Platform, Field: "id",
			Message: "id is another account than what was told is good for, which is " + nameAll(g.Accounts),
			Help:    "Send what belongs to the account of this id, or leave id out.",
		}
	}
	return ids, nil
}

// tellOperator logs what a grant lacks that the operator can mend.
func (m *Manager) tellOperator(ctx context.Context, profileID string, app core.LinkApp, g core.Grant) {
	for _, f := range g.Operator {
		m.log.WarnContext(ctx, "an account gave less than was asked for", "request", core.RequestID(ctx), "profile", profileID,
			"app", app.Name, "code", f.Code, "message", f.Message, "help", f.Help, "url", f.URL)
	}
}
