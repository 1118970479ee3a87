package coretest_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
)

func asking() *coretest.Provider {
	return coretest.NewProvider(coretest.Config{Apps: []core.LinkApp{coretest.AskingApp(), coretest.DirectApp()}})
}

// An app that asks leads to the consent of whom it was told, and back with what was kept.
func TestAskingApp(t *testing.T) {
	t.Parallel()
	p := asking()
	r := request()
	r.App, r.Answers = coretest.AskingAppName, coretest.Answers(coretest.AskingApp())
	begun, err := p.Authorize(t.Context(), r)
	if err != nil || begun.Kept == "" {
		t.Fatalf("%+v, %v", begun, err)
	}
	there, err := p.Consent(begun.URL, coretest.Consent{})
	if err != nil {
		t.Fatal(err)
	}
	_, back := coretest.ReturnOf(there)
	for name, change := range map[string]func(*core.LinkRequest, *core.LinkReturn){
		"another issuer": func(_ *core.LinkRequest, b *core.LinkReturn) { b.Issuer = "https://somebody.example" },
		"no issuer":      func(_ *core.LinkRequest, b *core.LinkReturn) { b.Issuer = "" },
	} {
		wrong, from := r, back
		change(&wrong, &from)
		if _, err := p.Exchange(t.Context(), wrong, from); core.KindOf(err) != core.KindForbidden {
			t.Errorf("%s: %v", name, err)
		}
	}
	r.Kept = begun.Kept
	g, err := p.Exchange(t.Context(), r, back)
	if err != nil || len(g.Accounts) != 1 || g.Accounts[0].Username != coretest.MemberHandle || g.Credentials.Binding == "" {
		t.Fatalf("%+v, %v", g, err)
	}
	r.Answers[coretest.FieldHandle] = "nobody.example"
	if _, err := p.Authorize(t.Context(), r); core.KindOf(err) != core.KindInvalid || core.AsError(err).Field != coretest.FieldHandle {
		t.Errorf("an unknown handle: %v", err)
	}
	want := []coretest.Call{{Op: coretest.OpAuthorize, Item: r.App, Applied: true}, {Op: coretest.OpAuthorize, Item: r.App}}
	if diff := cmp.Diff(want, p.Calls(coretest.OpAuthorize)); diff != "" {
		t.Error(diff)
	}
}

// Tokens of an app that is Direct are good with what they are bound to alone.
func TestDirectApp(t *testing.T) {
	t.Parallel()
	p := asking()
	r := core.LinkRequest{App: coretest.DirectAppName, Answers: coretest.Answers(coretest.DirectApp())}
	g, err := p.Exchange(t.Context(), r, core.LinkReturn{})
	if err != nil || len(g.Accounts) != 1 {
		t.Fatalf("%+v, %v", g, err)
	}
	if _, err := p.Identify(t.Context(), g.Credentials, ""); err != nil {
		t.Error(err)
	}
	renewed, err := p.Refresh(t.Context(), g.Credentials)
	if err != nil || renewed.Binding != g.Credentials.Binding {
		t.Errorf("renewed: %+v, %v", renewed, err)
	}
	unbound := renewed
	unbound.Binding = ""
	if _, err := p.Identify(t.Context(), unbound, ""); core.KindOf(err) != core.KindAuth {
		t.Errorf("without the binding: %v", err)
	}
	if _, err := p.Refresh(t.Context(), unbound); core.KindOf(err) != core.KindAuth {
		t.Errorf("renewed without the binding: %v", err)
	}
	s := coretest.NewSession(t, g.Accounts[0], coretest.WithToken(renewed.AccessToken), coretest.WithBinding(renewed.Binding))
	if err := p.Delete(t.Context(), s, "post-0"); err != nil {
		t.Error(err)
	}
	r.Answers[coretest.FieldPassword] = "another"
	if _, err := p.Exchange(t.Context(), r, core.LinkReturn{}); core.KindOf(err) != core.KindAuth || core.AsError(err).Field != coretest.FieldPassword {
		t.Errorf("a wrong password: %v", err)
	}
	if _, err := p.Authorize(t.Context(), r); err == nil {
		t.Error("there is a consent page")
	}
}
