package coretest

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"

	"github.com/crier-social/crier/core"
)

// What the first member answers when he is asked for it.
const (
	MemberHandle               = "ada.example"
	MemberPassword core.Secret = "ada-app-password"
	FieldHandle                = "handle"
	FieldPassword              = "appPassword"
	AskingAppName              = "asking"
	DirectAppName              = "direct"
)

// AskingApp asks who wants to link before it leads to the consent page.
func AskingApp() core.LinkApp {
	return core.LinkApp{
		Name: AskingAppName, Title: "The app that asks", PKCE: true, Kinds: []core.AccountKind{core.AccountPerson},
		Fields: []core.LinkField{handleField()},
	}
}

// DirectApp links with what it asks for alone.
func DirectApp() core.LinkApp {
	return core.LinkApp{
		Name: DirectAppName, Title: "The app with a password", Kinds: []core.AccountKind{core.AccountPerson}, Direct: true,
		Fields: []core.LinkField{handleField(), {
			Name: FieldPassword, Label: "App password", Help: "Make one in your settings there.", Example: "xxxx-xxxx", Secret: true,
		}},
	}
}

func handleField() core.LinkField {
	return core.LinkField{Name: FieldHandle, Label: "Handle", Help: "What you are called there.", Example: "name.example", Identifies: true}
}

// Answers are those of the first member to the fields of an app.
func Answers(app core.LinkApp) map[string]core.Secret {
	all := map[string]core.Secret{FieldHandle: MemberHandle, FieldPassword: MemberPassword}
	given := map[string]core.Secret{}
	for _, f := range app.Fields {
		given[f.Name] = all[f.Name]
	}
	return given
}

// asked is a consent that was asked for by somebody who told who he is, by its name in the
// address of the consent page.
type asked struct{ handle, kept core.Secret }

// ask tells the network who is about to consent. The one call is of OpAuthorize.
func (p *Provider) ask(ctx context.Context, r core.LinkRequest) (name string, kept core.Secret, err error) {
	handle := calledIn(r)
	err = p.send(ctx, Call{Op: OpAuthorize, Item: r.App}, func() error {
		if _, known := p.named(handle); !known {
			return &refusal{status: 404, code: errUnknownHandle, message: "nobody is called that"}
		}
		p.serial++
		name, kept = fmt.Sprintf("asked-%d", p.serial), core.Secret(fmt.Sprintf("scripted-kept-%d", p.serial))
		p.asked[name] = asked{handle, kept}
		return nil
	})
	return name, kept, wrongAnswer(err)
}

// answered issues a grant to whom the answers are those of, with n.mu held.
func (n *Network) answered(r core.LinkRequest) (consented, error) {
	m, known := n.named(calledIn(r))
	switch {
	case !known:
		return consented{}, &refusal{status: 404, code: errUnknownHandle, message: "nobody is called that"}
	case m.Password == "" || m.Password != r.Answers[FieldPassword]:
		return consented{}, &refusal{status: 401, code: errWrongPassword, message: "the password is not right"}
	}
	scopes := []string{ScopePost, ScopeRead}
	return consented{consent: Consent{Member: m.RemoteID, Scopes: scopes}, member: m, app: r.App, bound: true}, nil
}

// calledIn is what the one is called whom a request is about.
func calledIn(r core.LinkRequest) core.Secret {
	return cmp.Or(r.Answers[FieldHandle], core.Secret(r.Again.Username))
}

// named finds a member by what he is called, with n.mu held.
func (n *Network) named(handle core.Secret) (Member, bool) {
	for _, m := range n.members {
		if m.Handle != "" && m.Handle == handle.Reveal() {
			return m, true
		}
	}
	return Member{}, false
}

// The network's codes for answers that are not right.
const (
	errUnknownHandle = "unknown_handle"
	errWrongPassword = "wrong_password"
)

// wrongAnswer names the field that is to be answered otherwise.
func wrongAnswer(err error) error {
	if err == nil {
		return nil
	}
	e := core.AsError(err)
	switch e.Upstream {
	case errUnknownHandle:
		e.Kind, e.Field, e.Help = core.KindInvalid, FieldHandle, "Check how it is written."
	case errWrongPassword:
		e.Kind, e.Field, e.Help = core.KindAuth, FieldPassword, "Make a new one."
	}
	return e
}

// issuer names the network to those whom it sends back.
func (p *Provider) issuer() string { return p.Info().Website }

// ClientDocument describes the operator's app, if an app needs that.
func (p *Provider) ClientDocument() []byte {
	if !slices.ContainsFunc(p.apps, func(a core.LinkApp) bool { return a.Name == AskingAppName }) {
		return nil
	}
	document, err := json.Marshal(map[string]any{"client_id": "https://crier.example/link/clients/" + url.PathEscape(p.name) + ".json", "client_name": "Crier"})
	if err != nil {
		panic(fmt.Sprintf("coretest: %v", err)) // two texts
	}
	return document
}

var _ core.ClientDocument = (*Provider)(nil)
