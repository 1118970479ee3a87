package api

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/accounts"
)

// linkAnswer is the answer to POST /profiles/social.
type linkAnswer struct {
	Status   string       `json:"status"`
	Platform string       `json:"platform"`
	Account  core.Account `json:"account"`
	// Accounts are all that were linked, where they are more than one.
	Accounts []core.Account `json:"accounts,omitempty"`
	RefID    string         `json:"refId"`
	Warnings []warning      `json:"warnings,omitempty"`
}

// linkSocial is POST /profiles/social: it links an account from tokens that the caller has
// already, or by what its owner has told, where the network has an app for that.
func (a *API) linkSocial(c *gin.Context) answer {
	f, err := a.readForProfile(c)
	if err != nil {
		return fail("link", err)
	}
	platform := f.text("platform")
	var apps []core.LinkApp
	p, known := a.Registry.Get(platform)
	if known {
		apps = accounts.DirectApps(p)
	} else if platform != "" { // in front: what else is needed is the network's to say
		f.problems = append(f.problems, a.checkPlatform(platform)...)
	}
	shape := linkShape{
		Platform: platform, AccessToken: f.token("accessToken"), ExpiresIn: f.number("expiresIn", 0, maxLife),
		RefreshToken: f.token("refreshToken"), RefreshTokenExpiresIn: f.number("refreshTokenExpiresIn", 0, maxLife), ID: f.text("id"),
	}
	if sent := answeredFields(f, apps); len(sent) > 0 {
		shape.App = f.text("app")
		return a.linkByAnswers(c, f, shape, appFor(apps, shape.App, sent))
	}
	f.addShape(a.shapes.check(shape))
	if shape.AccessToken == "" && !f.unreadable("accessToken") && (known || platform == "") {
		f.add(missingToken(apps))
		f.problems = f.withUnknown(f.problems, apps)
	}
	if len(f.problems) > 0 {
		return fail("link", f.problems)
	}
	account, notes, err := a.Accounts.Link(c.Request.Context(), profileOf(c).ID, shape.request(a.Clock.Now()))
	if err != nil {
		return fail("link", err)
	}
	var more []warning
	if _, sent := f.raw("app"); sent {
		more = []warning{{Code: core.CodeParameters, Field: "app", Message: "app was ignored: it chooses how an account is linked by what its owner tells; tokens belong to the app that they were granted to"}}
	}
	return a.linked(c, f, []core.Account{account}, notes, more...)
}

// linked answers with what was linked, and what the network tells besides.
func (a *API) linked(c *gin.Context, f *fields, list []core.Account, notes []core.Finding, more ...warning) answer {
	now := a.Clock.Now()
	for i := range list {
		list[i] = shown(list[i], now)
	}
	body := linkAnswer{Status: statusSuccess, Platform: list[0].Platform, Account: list[0], RefID: profileOf(c).RefID}
	if len(list) > 1 {
		body.Accounts = list
	}
	for _, n := range notes {
		if n.Status != core.FindingOK { // the others only tell that nothing is missing
			body.Warnings = append(body.Warnings, warning{
				Code: cmp.Or(n.Code, core.CodeParameters), Platform: list[0].Platform, Message: strings.TrimSpace(n.Message + " " + n.Help),
			})
		}
	}
	body.Warnings = append(append(body.Warnings, more...), f.ignored()...)
	return ok(body)
}

// missingToken tells what an account can be linked by.
func missingToken(apps []core.LinkApp) *core.Error {
	e := invalid("accessToken", "accessToken is missing or empty")
	e.Help = "Send what is missing; or let the owner of the account link it in a browser, on the page that POST /profiles/link-sessions answers with."
	if len(apps) > 0 {
		e.Message += "; it takes that, or " + keysOf(apps[0])
	}
	return e
}

// withUnknown tells of each key that is missing which keys of the request nobody knows: one of
// them may be meant for it.
func (f *fields) withUnknown(problems core.Errors, apps []core.LinkApp) core.Errors {
	known := []string{"accessToken"}
	for _, app := range apps {
		for _, field := range app.Fields {
			known = append(known, field.Name)
		}
	}
	var unknown []string
	for _, key := range f.unread() {
		switch meant, found := nearest(key, known); {
		case len(unknown) == mostUnknown || slices.Contains(known, key):
		case found:
			unknown = append(unknown, printable(key)+" (did you mean "+meant+"?)")
		default:
			unknown = append(unknown, printable(key))
		}
	}
	if len(unknown) == 0 {
		return problems
	}
	out := slices.Clone(problems)
	for i, e := range problems {
		if raw, sent := f.values[e.Field]; (!sent || blank(raw)) && slices.Contains(known, e.Field) {
			told := *e
			if !strings.HasPrefix(told.Message, e.Field) { // it has the label
				told.Message += "; its key is " + e.Field
			}
			told.Message += "; unknown fields of the request: " + strings.Join(unknown, ", ")
			out[i] = &told
		}
	}
	return out
}

// mostUnknown bounds how many unknown keys a message names.
const mostUnknown = 5

// keysOf names the fields of an app, in a sentence.
func keysOf(app core.LinkApp) string {
	names := make([]string, len(app.Fields))
	for i, f := range app.Fields {
		names[i] = f.Name
	}
	if n := len(names); n > 1 {
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
	return strings.Join(names, "")
}

// answeredFields lists the fields of the apps that the request has answers to.
func answeredFields(f *fields, apps []core.LinkApp) []string {
	var sent []string
	for _, app := range apps {
		for _, field := range app.Fields {
			if raw, there := f.values[field.Name]; there && !blank(raw) && !slices.Contains(sent, field.Name) {
				sent = append(sent, field.Name)
			}
		}
	}
	return sent
}

// appFor finds the app that a request means: the one that it names, else the first that asks
// for all that was sent.
func appFor(apps []core.LinkApp, name string, sent []string) core.LinkApp {
	has := func(app core.LinkApp, key string) bool {
		return slices.ContainsFunc(app.Fields, func(f core.LinkField) bool { return f.Name == key })
	}
	i := slices.IndexFunc(apps, func(app core.LinkApp) bool {
		if name != "" {
			return app.Name == name
		}
		return !slices.ContainsFunc(sent, func(key string) bool { return !has(app, key) })
	})
	switch {
	case i >= 0:
		return apps[i]
	case name != "":
		return core.LinkApp{Name: name, Fields: apps[0].Fields} // which the accounts know nothing of, and say so
	}
	return apps[0]
}

// linkByAnswers links by what the owner of an account has told.
func (a *API) linkByAnswers(c *gin.Context, f *fields, shape linkShape, app core.LinkApp) answer {
	f.addShape(a.shapes.check(shape))
	for _, key := range []string{"accessToken", "refreshToken", "expiresIn", "refreshTokenExpiresIn"} {
		if _, sent := f.raw(key); sent && !f.unreadable(key) {
			f.add(invalid(key, key+" cannot be sent beside "+keysOf(app)+": an account is linked from tokens, or by what its owner tells"))
		}
	}
	r := accounts.AnswersRequest{Platform: shape.Platform, App: app.Name, RemoteID: shape.ID, Answers: map[string]core.Secret{}}
	for _, field := range app.Fields {
		r.Answers[field.Name] = core.Secret(f.text(field.Name))
	}
	if len(f.problems) > 0 {
		return fail("link", f.problems)
	}
	list, notes, err := a.Accounts.LinkByAnswers(c.Request.Context(), profileOf(c).ID, r)
	if _, told := errors.AsType[*core.Error](err); told {
		err = f.withUnknown(core.AsErrors(err), []core.LinkApp{app})
	}
	if err != nil {
		return fail("link", err)
	}
	return a.linked(c, f, list, notes)
}

// request returns what to link. Lives of zero are unknown.
func (s linkShape) request(now time.Time) accounts.LinkRequest {
	after := func(seconds int64) time.Time {
		if seconds == 0 {
			return time.Time{}
		}
		return now.Add(time.Duration(seconds) * time.Second)
	}
	return accounts.LinkRequest{
		Platform: s.Platform, RemoteID: s.ID,
		Credentials: core.Credentials{
			AccessToken: core.Secret(s.AccessToken), RefreshToken: core.Secret(s.RefreshToken),
			ExpiresAt: after(s.ExpiresIn), RefreshExpiresAt: after(s.RefreshTokenExpiresIn),
		},
	}
}
