package oauth_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/bluesky/oauth"
	"github.com/crier-social/crier/providers/internal/rest"
)

func TestDiscover(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		resource, metadata map[string]any
		lack               string // in the message; "": it is fit
	}{
		"sound":                  {},
		"a resource of its own":  {resource: map[string]any{"resource": "https://other.example"}, lack: "does not name the one server"},
		"no issuer":              {resource: map[string]any{"authorization_servers": []string{}}, lack: "does not name the one server"},
		"two issuers":            {resource: map[string]any{"authorization_servers": []string{"https://a.example", "https://b.example"}}, lack: "does not name the one server"},
		"an issuer with a path":  {resource: map[string]any{"authorization_servers": []string{"https://a.example/x"}}, lack: "does not name the one server"},
		"another issuer":         {metadata: map[string]any{"issuer": "https://other.example"}, lack: "by another name"},
		"for other accounts":     {metadata: map[string]any{"protected_resources": []string{"https://other.example"}}, lack: "no tokens for the accounts"},
		"a script as its page":   {metadata: map[string]any{"authorization_endpoint": "javascript:alert(1)"}, lack: "addresses are of no use"},
		"no place for requests":  {metadata: map[string]any{"pushed_authorization_request_endpoint": nil}, lack: "addresses are of no use"},
		"no place for tokens":    {metadata: map[string]any{"token_endpoint": "https://u:p@a.example/"}, lack: "addresses are of no use"},
		"requests by browser":    {metadata: map[string]any{"require_pushed_authorization_requests": false}, lack: "no pushed requests"},
		"no codes":               {metadata: map[string]any{"response_types_supported": []string{"token"}}, lack: "no codes"},
		"no renewal":             {metadata: map[string]any{"grant_types_supported": []string{"authorization_code"}}, lack: "cannot be renewed"},
		"plain challenges":       {metadata: map[string]any{"code_challenge_methods_supported": []string{"plain"}}, lack: "challenges by S256"},
		"secrets of clients":     {metadata: map[string]any{"token_endpoint_auth_methods_supported": []string{"client_secret_basic"}}, lack: "authenticate themselves"},
		"other signatures":       {metadata: map[string]any{"token_endpoint_auth_signing_alg_values_supported": []string{"RS256"}}, lack: "authenticate themselves"},
		"other proofs":           {metadata: map[string]any{"dpop_signing_alg_values_supported": []string{"RS256"}}, lack: "no proofs by ES256"},
		"another protocol":       {metadata: map[string]any{"scopes_supported": []string{"openid"}}, lack: "does not know the scopes"},
		"does not say who it is": {metadata: map[string]any{"authorization_response_iss_parameter_supported": false}, lack: "does not tell who it is"},
		"registered clients":     {metadata: map[string]any{"client_id_metadata_document_supported": nil}, lack: "documents of clients"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, flow, _ := newServer(t)
			s.resource, s.metadata = tc.resource, tc.metadata
			got, err := flow.Discover(t.Context(), s.http.URL)
			if tc.lack == "" {
				want := oauth.Issuer{URL: s.http.URL, Authorize: s.http.URL + "/authorize?lang=en", Token: s.http.URL + "/token", Push: s.http.URL + "/par"}
				if diff := cmp.Diff(want, got); diff != "" || err != nil {
					t.Error(diff, err)
				}
				return
			}
			if e := core.AsError(err); !errors.Is(err, oauth.ErrNotOffered) || e.Kind != core.KindUnsupported || !strings.Contains(e.Message, tc.lack) || e.Help == "" {
				t.Errorf("%+v, want it to lack %q", e, tc.lack)
			}
		})
	}
}

// A server that knows nothing of OAuth is told from one that does not answer.
func TestDiscoverWithoutOAuth(t *testing.T) {
	t.Parallel()
	s, flow, _ := newServer(t)
	if _, err := flow.Discover(t.Context(), s.http.URL+"/elsewhere"); !errors.Is(err, oauth.ErrNotOffered) {
		t.Error(err)
	}
	s.moved = true
	if _, err := flow.Discover(t.Context(), s.http.URL); !errors.Is(err, oauth.ErrNotOffered) {
		t.Error("documents may not be elsewhere:", err)
	}
	s.http.Close()
	if _, err := flow.Discover(t.Context(), s.http.URL); core.KindOf(err) != core.KindTemporary || errors.Is(err, oauth.ErrNotOffered) {
		t.Error(err)
	}
}

// A server with TLS does not lead to one without.
func TestDiscoverKeepsTLS(t *testing.T) {
	t.Parallel()
	var resource string
	pds := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, resource) }))
	t.Cleanup(pds.Close)
	s, _, _ := newServer(t)
	resource = `{"resource":"` + pds.URL + `","authorization_servers":["` + s.http.URL + `"]}`
	flow := oauth.NewFlow(nil, rest.New(rest.Config{Platform: "bluesky", HTTP: pds.Client(), Clock: s.clock, MapError: oauth.MapError(s.clock, "https://crier.example.org/client.json")}), nil, s.clock)
	if _, err := flow.Discover(t.Context(), pds.URL); !errors.Is(err, oauth.ErrNotOffered) {
		t.Error(err)
	}
}

func TestPush(t *testing.T) {
	t.Parallel()
	for name, keys := range map[string][]*oauth.Key{"public": nil, "confidential": {seed(t, 'a'), seed(t, 'b')}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, flow, _ := newServer(t, keys...)
			issuer, err := flow.Discover(t.Context(), s.http.URL)
			if err != nil {
				t.Fatal(err)
			}
			g := oauth.Grant{Issuer: issuer.URL, Token: issuer.Token, Key: seed(t, 'k')}
			if len(keys) > 0 {
				g.KeyID = keys[0].Thumbprint()
			}
			page, err := flow.Push(t.Context(), issuer, g, oauth.Consent{RedirectURL: redirect, State: "a state & more", Verifier: verifier, Hint: "alice.example"})
			if err != nil {
				t.Fatal(err)
			}
			if want := s.http.URL + "/authorize?client_id=" + url.QueryEscape(clientID) + "&lang=en&request_uri=urn%3Ax%3A1"; page != want {
				t.Errorf("page %s, want %s", page, want)
			}
			form := s.forms[0]
			form.Del("client_assertion")
			form.Del("client_assertion_type")
			want := url.Values{
				"client_id": {clientID}, "response_type": {"code"}, "redirect_uri": {redirect}, "scope": {"atproto transition:generic"}, "state": {"a state & more"},
				"code_challenge": {hashed(verifier)}, "code_challenge_method": {"S256"}, "login_hint": {"alice.example"},
			}
			if diff := cmp.Diff(want, form); diff != "" {
				t.Error(diff)
			}
			if len(s.proofs) != 2 { // the first one had no nonce
				t.Errorf("%d requests, want 2", len(s.proofs))
			}
		})
	}
}

func TestTokens(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		changes map[string]any
		want    oauth.Tokens
		kind    core.Kind
	}{
		"whole": {want: oauth.Tokens{Access: "access", Refresh: "refresh-2", ExpiresIn: time.Hour, Scopes: []string{"atproto", "transition:generic"}, Subject: alice}},
		"without what may be missing": {
			changes: map[string]any{"refresh_token": nil, "expires_in": nil, "token_type": "dpop"},
			want:    oauth.Tokens{Access: "access", Scopes: []string{"atproto", "transition:generic"}, Subject: alice},
		},
		"a life without measure": {
			changes: map[string]any{"expires_in": 1e15, "refresh_token": nil},
			want:    oauth.Tokens{Access: "access", Scopes: []string{"atproto", "transition:generic"}, Subject: alice},
		},
		"for whoever has it": {changes: map[string]any{"token_type": "Bearer"}, kind: core.KindTemporary},
		"for nobody":         {changes: map[string]any{"sub": nil}, kind: core.KindTemporary},
		"for another world":  {changes: map[string]any{"scope": "transition:generic"}, kind: core.KindTemporary},
		"nothing":            {changes: map[string]any{"access_token": ""}, kind: core.KindTemporary},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			key := seed(t, 'a')
			s, flow, _ := newServer(t, key)
			s.answer = tokens(tc.changes)
			g := oauth.Grant{Issuer: s.http.URL, Token: s.http.URL + "/token", Key: seed(t, 'k'), KeyID: key.Thumbprint()}
			for _, step := range []func() (oauth.Tokens, error){
				func() (oauth.Tokens, error) {
					return flow.Exchange(t.Context(), g, oauth.Consent{RedirectURL: redirect, Verifier: verifier}, "the-code")
				},
				func() (oauth.Tokens, error) { return flow.Refresh(t.Context(), g, "refresh-1") },
			} {
				got, err := step()
				if diff := cmp.Diff(tc.want, got); diff != "" || core.KindOf(err) != tc.kind {
					t.Error(diff, err)
				}
			}
			for i, want := range []url.Values{
				{"grant_type": {"authorization_code"}, "code": {"the-code"}, "redirect_uri": {redirect}, "code_verifier": {verifier}},
				{"grant_type": {"refresh_token"}, "refresh_token": {"refresh-1"}},
			} {
				got := s.forms[i]
				for _, own := range []string{"client_id", "client_assertion", "client_assertion_type"} {
					got.Del(own)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}

// A server that refuses the nonce that it has just asked for is not asked a third time, and
// the error holds nothing secret.
func TestNonceIsTriedOnce(t *testing.T) {
	t.Parallel()
	s, flow, _ := newServer(t)
	s.always = true
	_, err := flow.Refresh(t.Context(), oauth.Grant{Issuer: s.http.URL, Token: s.http.URL + "/token", Key: seed(t, 'k')}, "refresh-1")
	if e := core.AsError(err); e.Kind != core.KindTemporary || e.Upstream != "use_dpop_nonce" || len(s.proofs) != 2 {
		t.Errorf("%+v after %d requests", e, len(s.proofs))
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		status            int
		body              any
		exchange, renewal core.Kind
		code              core.Code // of the exchange
	}{
		"code or token is over": {400, map[string]any{"error": "invalid_grant"}, core.KindInvalid, core.KindAuth, core.CodeLinkBrowser},
		"client is not known":   {401, map[string]any{"error": "invalid_client"}, core.KindUnsupported, core.KindForbidden, core.CodeLinkSetup},
		"document is no good":   {400, map[string]any{"error": "invalid_client_metadata"}, core.KindUnsupported, core.KindForbidden, core.CodeLinkSetup},
		"clock is wrong":        {401, map[string]any{"error": "invalid_dpop_proof"}, core.KindTemporary, core.KindTemporary, 0},
		"trouble":               {400, map[string]any{"error": "temporarily_unavailable"}, core.KindTemporary, core.KindTemporary, 0},
		"gateway":               {401, "who are you?", core.KindTemporary, core.KindTemporary, 0},
		"too many":              {429, map[string]any{"error": "slow_down"}, core.KindRateLimited, core.KindRateLimited, 0},
		"down":                  {503, nil, core.KindTemporary, core.KindTemporary, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, flow, _ := newServer(t)
			s.answer = func(form url.Values) (int, any) {
				if m, ok := tc.body.(map[string]any); ok { // it says the secrets again
					m["error_description"] = "words of the server " + form.Get("code") + form.Get("refresh_token") + form.Get("code_verifier")
				}
				return tc.status, tc.body
			}
			g := oauth.Grant{Issuer: s.http.URL, Token: s.http.URL + "/token", Key: seed(t, 'k')}
			_, err := flow.Exchange(t.Context(), g, oauth.Consent{RedirectURL: redirect, Verifier: verifier}, "secret-code")
			if e := core.AsError(err); e.Kind != tc.exchange || e.Code != tc.code || e.Status != tc.status || strings.Contains(e.Error(), "secret-code") || strings.Contains(e.Error(), verifier) {
				t.Errorf("exchange: %+v", e)
			}
			_, err = flow.Refresh(t.Context(), g, "secret-token")
			if e := core.AsError(err); e.Kind != tc.renewal || e.Status != tc.status || strings.Contains(e.Error(), "secret-token") {
				t.Errorf("renewal: %+v", e)
			}
			if n := len(s.forms); n != 2 {
				t.Errorf("%d requests, want each once", n)
			}
		})
	}
}

// Without the key that a grant was made with, nothing is sent: its server would end the grant.
func TestClientWithoutItsKey(t *testing.T) {
	t.Parallel()
	s, flow, _ := newServer(t, seed(t, 'a'))
	_, err := flow.Refresh(t.Context(), oauth.Grant{Issuer: s.http.URL, Token: s.http.URL + "/token", Key: seed(t, 'k'), KeyID: seed(t, 'b').Thumbprint()}, "refresh-1")
	if e := core.AsError(err); !errors.Is(err, oauth.ErrNoKey) || e.Kind != core.KindForbidden || !e.Unsent || e.Help == "" || len(s.proofs) != 0 {
		t.Errorf("%+v after %d requests", e, len(s.proofs))
	}
}

// A token is proven together with its hash, and each server has a nonce of its own.
func TestProverOfAToken(t *testing.T) {
	t.Parallel()
	s, _, nonces := newServer(t)
	p := nonces.Prover(seed(t, 'k'))
	const address = "https://PDS.example/xrpc/a.b.c"
	signed := func(want any) {
		t.Helper()
		h, err := p.Sign(http.MethodGet, address+"?x=1", "the-token")
		if err != nil || h.Get("Authorization") != "DPoP the-token" {
			t.Fatal(h, err)
		}
		claims := s.proof(&http.Request{Method: http.MethodGet, Header: h}, address)
		if claims["ath"] != hashed("the-token") || claims["nonce"] != want {
			t.Errorf("%v, want the nonce %v", claims, want)
		}
	}
	signed(nil)
	refused := response(http.StatusUnauthorized, "n1", `DPoP error="use_dpop_nonce", error_description="…"`, `{"error":"use_dpop_nonce"}`)
	if !p.Learn(address, refused) {
		t.Error("the request is not made again")
	}
	signed("n1")
	for name, r := range map[string]struct {
		status                 int
		nonce, challenge, body string
	}{
		"success":                    {200, "n2", "", `{"error":"use_dpop_nonce"}`},
		"another refusal":            {401, "n2", `DPoP error="invalid_token"`, `{"error":"invalid_token"}`},
		"of another kind of token":   {401, "n2", `Bearer error="use_dpop_nonce"`, ""},
		"refused without a new one":  {401, "", `DPoP error="use_dpop_nonce"`, ""},
		"a body without the word":    {400, "n2", "", `{"error":"invalid_request"}`},
		"a body that is no document": {400, "n2", "", `use_dpop_nonce`},
	} {
		if p.Learn(address, response(r.status, r.nonce, r.challenge, r.body)) {
			t.Errorf("%s: the request is made again", name)
		}
	}
	signed("n2")
	if h, err := p.Sign(http.MethodGet, "https://other.example/", ""); err != nil || h.Get("Authorization") != "" || s.proof(&http.Request{Method: http.MethodGet, Header: h}, "https://other.example/")["nonce"] != nil {
		t.Error("another server gets the nonce, or a token that is none", err)
	}
}
