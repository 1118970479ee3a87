package bluesky_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/bluesky"
	"github.com/crier-social/crier/providers/bluesky/sandbox"
)

// consented goes to the page of consent as somebody, and returns what Exchange is asked with.
func (w *linkWorld) consented(t *testing.T, redirect, account string, d sandbox.Decision) (core.LinkRequest, core.LinkReturn) {
	t.Helper()
	r := core.LinkRequest{App: "oauth", RedirectURL: redirect, State: "a state & more", Verifier: strings.Repeat("v", 43), Answers: answers(sandbox.AliceHandle, "")}
	begun, err := w.provider.Authorize(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	there, err := w.Sandbox.Decide(begun.URL, account, d)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(there)
	if err != nil || !strings.HasPrefix(there, redirect+"?") {
		t.Fatalf("the browser is sent to %s, %v", there, err)
	}
	state, back := cameBack(u)
	if state != r.State {
		t.Errorf("the state is %q, want %q", state, r.State)
	}
	r.Answers, r.Kept = nil, begun.Kept
	return r, back
}

// A consent on a server that checks everything: its tokens are taken, renewed, and end.
func TestConsent(t *testing.T) {
	t.Parallel()
	for name, base := range map[string]string{"public": "https://crier.example.org", "own machine": "http://127.0.0.1:8080"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newLinkWorld(t, func(_ *bluesky.Config, d *bluesky.Deps) {
				d.RedirectURL, d.ClientURL = base+"/link/callback", base+"/link/clients/bluesky.json"
				d.Keys = func(string) [][]byte {
					return [][]byte{[]byte(strings.Repeat("k", 32)), []byte(strings.Repeat("o", 32))}
				}
			})
			if document := w.provider.ClientDocument(); document != nil {
				if err := w.Sandbox.AddClient(base+"/link/clients/bluesky.json", document); err != nil {
					t.Fatal(err)
				}
			}
			r, back := w.consented(t, base+"/link/callback", sandbox.AliceHandle, sandbox.Allow)
			g, err := w.provider.Exchange(t.Context(), r, back)
			if err != nil {
				t.Fatal(err)
			}
			c := g.Credentials
			for range 3 {
				if a, err := w.provider.Identify(t.Context(), c, sandbox.AliceHandle); err != nil || a.RemoteID != sandbox.AliceDID || a.DisplayName != "Alice" || a.ExpiresAt != c.ExpiresAt {
					t.Error(a, err)
				}
				w.clock.Advance(50 * time.Minute)
				former := c
				if c, err = w.provider.Refresh(t.Context(), c); err != nil {
					t.Fatal(err)
				}
				if c.AccessToken == former.AccessToken || c.RefreshToken == former.RefreshToken || c.RefreshExpiresAt != former.RefreshExpiresAt || !c.ExpiresAt.After(former.ExpiresAt) {
					t.Errorf("%+v after %+v", c, former)
				}
			}
			if _, err := w.provider.Exchange(t.Context(), r, back); core.KindOf(err) != core.KindInvalid {
				t.Error("a code is taken twice:", err)
			}
			if err := w.Sandbox.EndSessions(sandbox.AliceHandle); err != nil {
				t.Fatal(err)
			}
			if _, err := w.provider.Refresh(t.Context(), c); core.KindOf(err) != core.KindAuth {
				t.Error("a grant that has ended is renewed:", err)
			}
		})
	}
}

// Tokens of OAuth need not say anything; and a proof that is refused says nothing about them.
func TestIdentifyByOAuth(t *testing.T) {
	t.Parallel()
	w := newOAuthWorld(t, onOwnMachine)
	g, err := w.provider.Exchange(t.Context(), w.begin(t), w.cameBack())
	if err != nil {
		t.Fatal(err)
	}
	w.wire.answer("getSession", http.StatusOK, `{"did":"`+sandbox.AliceDID+`","handle":"alice.test"}`)
	if a, err := w.provider.Identify(t.Context(), g.Credentials, ""); err != nil || a.RemoteID != sandbox.AliceDID || a.ExpiresAt != g.Credentials.ExpiresAt {
		t.Error(a, err)
	}
	for code, kind := range map[string]core.Kind{"invalid_dpop_proof": core.KindTemporary, "use_dpop_nonce": core.KindTemporary, "invalid_token": core.KindAuth} {
		w.wire.answer("getSession", http.StatusUnauthorized, `{"error":"`+code+`"}`)
		if _, err := w.provider.Identify(t.Context(), g.Credentials, ""); core.KindOf(err) != kind {
			t.Error(code, err)
		}
	}
}

// A server lets people sign in to an account that is deactivated; it is not linked, as it is
// not with an app password. A server that does not tell now is no reason not to link it.
func TestConsentForDeactivated(t *testing.T) {
	t.Parallel()
	w := newLinkWorld(t, onOwnMachine)
	r, back := w.consented(t, ownRedirect, sandbox.AliceHandle, sandbox.Allow)
	status(sandbox.StatusDeactivated)(t, w)
	_, err := w.provider.Exchange(t.Context(), r, back)
	if e := core.AsError(err); e.Kind != core.KindForbidden || e.Field != "handle" || e.Op != "bluesky.exchangeCode" || e.Message != "The account alice.test is deactivated." {
		t.Errorf("%+v", e)
	}
	status(sandbox.StatusActive)(t, w)
	r, back = w.consented(t, ownRedirect, sandbox.AliceHandle, sandbox.Allow)
	w.wire.answer("getSession", http.StatusBadGateway, "")
	if g, err := w.provider.Exchange(t.Context(), r, back); err != nil || len(g.Accounts) != 1 {
		t.Error(g, err)
	}
}

// Who declines, and who signs in as somebody else, is told so.
func TestNoConsent(t *testing.T) {
	t.Parallel()
	w := newLinkWorld(t, onOwnMachine)
	r, back := w.consented(t, ownRedirect, sandbox.AliceHandle, sandbox.Deny)
	if _, err := w.provider.Exchange(t.Context(), r, back); core.CodeOf(core.AsError(err)) != core.CodeLinkRefused {
		t.Error(err)
	}
	r, back = w.consented(t, ownRedirect, sandbox.BobHandle, sandbox.Allow)
	if _, err := w.provider.Exchange(t.Context(), r, back); core.CodeOf(core.AsError(err)) != core.CodeLinkAccount {
		t.Error(err)
	}
}
