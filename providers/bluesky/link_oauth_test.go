package bluesky_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/bluesky"
	"github.com/crier-social/crier/providers/bluesky/sandbox"
)

// newOAuthWorld is a world whose server lets people sign in, and says yes to everything: how
// it is asked is the matter of package oauth.
func newOAuthWorld(t *testing.T, change func(*bluesky.Config, *bluesky.Deps)) *linkWorld {
	t.Helper()
	w := newLinkWorld(t, change)
	w.wire.answer("/.well-known/oauth-protected-resource", http.StatusOK, `{"resource":"`+w.URL+`","authorization_servers":["`+w.URL+`"]}`)
	w.wire.answer("/.well-known/oauth-authorization-server", http.StatusOK, strings.ReplaceAll(`{
		"issuer": "URL", "authorization_endpoint": "URL/consent", "token_endpoint": "URL/token-endpoint", "pushed_authorization_request_endpoint": "URL/par-endpoint",
		"require_pushed_authorization_requests": true, "response_types_supported": ["code"], "grant_types_supported": ["authorization_code", "refresh_token"],
		"code_challenge_methods_supported": ["S256"], "token_endpoint_auth_methods_supported": ["none", "private_key_jwt"],
		"token_endpoint_auth_signing_alg_values_supported": ["ES256"], "scopes_supported": ["atproto", "transition:generic"], "dpop_signing_alg_values_supported": ["ES256"],
		"authorization_response_iss_parameter_supported": true, "client_id_metadata_document_supported": true}`, "URL", w.URL))
	w.wire.answer("par-endpoint", http.StatusCreated, `{"request_uri":"urn:x:1","expires_in":299}`)
	w.gives(sandbox.AliceDID)
	w.wire.answer("getSession", http.StatusOK, `{"did":"`+sandbox.AliceDID+`","handle":"alice.test","active":true}`)
	return w
}

// gives has tokens be given out for an account.
func (w *linkWorld) gives(did string) {
	w.wire.answer("token-endpoint", http.StatusOK, `{"access_token":"the-access-token","refresh_token":"the-refresh-token","token_type":"DPoP","expires_in":3600,"scope":"atproto transition:generic","sub":"`+did+`"}`)
}

// begin sends somebody to the page of consent, and returns what Exchange is asked with.
func (w *linkWorld) begin(t *testing.T) core.LinkRequest {
	t.Helper()
	r := core.LinkRequest{App: "oauth", RedirectURL: ownRedirect, State: "a state", Verifier: strings.Repeat("v", 43), Answers: answers("@alice.test", "")}
	begun, err := w.provider.Authorize(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	page, err := url.Parse(begun.URL)
	if err != nil || !strings.HasPrefix(begun.URL, w.URL+"/consent?") || page.Query().Get("request_uri") != "urn:x:1" || len(page.Query()) != 2 {
		t.Errorf("the page is %s, %v", begun.URL, err)
	}
	r.Answers, r.Kept = nil, begun.Kept
	return r
}

func (w *linkWorld) cameBack() core.LinkReturn {
	return core.LinkReturn{Code: "the-code", Issuer: w.URL}
}

// A public client's consent is renewed for two weeks; that of one that authenticates itself
// for as long as the server likes.
func TestLinkByOAuth(t *testing.T) {
	t.Parallel()
	keys := func(string) [][]byte { return [][]byte{[]byte(strings.Repeat("k", 32))} }
	for name, tc := range map[string]struct {
		change func(*bluesky.Config, *bluesky.Deps)
		lasts  time.Duration
	}{
		"own machine": {onOwnMachine, 14 * 24 * time.Hour},
		"public": {func(_ *bluesky.Config, d *bluesky.Deps) {
			d.RedirectURL, d.ClientURL, d.Keys = "https://crier.example.org/link/callback", "https://crier.example.org/link/clients/bluesky.json", keys
		}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newOAuthWorld(t, tc.change)
			g, err := w.provider.Exchange(t.Context(), w.begin(t), w.cameBack())
			if err != nil {
				t.Fatal(err)
			}
			now := w.clock.Now()
			var ends time.Time
			if tc.lasts > 0 {
				ends = now.Add(tc.lasts)
			}
			account := core.Account{
				Platform: "bluesky", RemoteID: sandbox.AliceDID, Kind: core.AccountPerson, DisplayName: "Alice", Username: sandbox.AliceHandle,
				ProfileURL: "https://bsky.app/profile/" + sandbox.AliceDID, Status: core.AccountActive, App: "oauth", Scopes: []string{"atproto", "transition:generic"},
				ExpiresAt: now.Add(time.Hour), RefreshExpiresAt: ends,
			}
			want := core.Grant{Accounts: []core.Account{account}, Credentials: core.Credentials{
				AccessToken: "the-access-token", RefreshToken: "the-refresh-token", ExpiresAt: account.ExpiresAt, RefreshExpiresAt: ends,
				Scopes: account.Scopes, App: "oauth", IssuedAt: now, Binding: g.Credentials.Binding,
			}}
			if diff := cmp.Diff(want, g); diff != "" {
				t.Error(diff)
			}
			w.wire.answer("token-endpoint", http.StatusOK, `{"access_token":"second","token_type":"DPoP","expires_in":60,"scope":"atproto transition:generic","sub":"`+sandbox.AliceDID+`"}`)
			w.clock.Advance(time.Hour)
			fresh, err := w.provider.Refresh(t.Context(), g.Credentials)
			want.Credentials.AccessToken, want.Credentials.IssuedAt, want.Credentials.ExpiresAt = "second", w.clock.Now(), w.clock.Now().Add(time.Minute)
			if diff := cmp.Diff(want.Credentials, fresh); diff != "" || err != nil {
				t.Error(diff, err)
			}
		})
	}
}

func TestLinkByOAuthFailures(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		set           func(w *linkWorld, r *core.LinkRequest, back *core.LinkReturn)
		kind          core.Kind
		code          core.Code
		message, help string // parts
		calls         int
	}{
		"denied": {func(_ *linkWorld, _ *core.LinkRequest, back *core.LinkReturn) {
			back.Code, back.Error = "", "access_denied"
		}, core.KindForbidden, core.CodeLinkRefused, "did not allow", "Authorize", 0},
		"not signed in": {func(_ *linkWorld, _ *core.LinkRequest, back *core.LinkReturn) {
			back.Code, back.Error = "", "login_required"
		}, core.KindForbidden, core.CodeLinkRefused, "did not sign in", "alice.test", 0},
		"server in trouble": {func(_ *linkWorld, _ *core.LinkRequest, back *core.LinkReturn) {
			back.Code, back.Error = "", "server_error"
		}, core.KindTemporary, 0, "problem of its own", "Start again", 0},
		"client not taken": {func(_ *linkWorld, _ *core.LinkRequest, back *core.LinkReturn) {
			back.Code, back.Error, back.Description = "", "invalid_client", "what\u202e is this"
		}, core.KindUnsupported, core.CodeLinkSetup, `: "what is this"`, "sets CRIER_PUBLIC_URL", 0},
		"another reason": {func(_ *linkWorld, _ *core.LinkRequest, back *core.LinkReturn) {
			back.Code, back.Error = "", "new_reason"
		}, core.KindForbidden, core.CodeLinkRefused, "new_reason", "app password", 0},
		"neither code nor reason": {func(_ *linkWorld, _ *core.LinkRequest, back *core.LinkReturn) {
			back.Code = ""
		}, core.KindForbidden, core.CodeLinkBrowser, "neither", "Start again", 0},
		"from another server": {func(_ *linkWorld, _ *core.LinkRequest, back *core.LinkReturn) {
			back.Issuer = "https://other.example"
		}, core.KindForbidden, core.CodeLinkBrowser, "did not come back from the server", "Start again", 0},
		"from who does not say": {func(_ *linkWorld, _ *core.LinkRequest, back *core.LinkReturn) {
			back.Issuer = ""
		}, core.KindForbidden, core.CodeLinkBrowser, "did not come back from the server", "Start again", 0},
		"nothing kept": {func(_ *linkWorld, r *core.LinkRequest, _ *core.LinkReturn) {
			r.Kept = ""
		}, core.KindForbidden, core.CodeLinkBrowser, "not known any more", "Start again", 0},
		"another app": {func(_ *linkWorld, r *core.LinkRequest, _ *core.LinkReturn) {
			r.App = "another"
		}, core.KindUnsupported, core.CodeLinkSetup, `"another"`, "appPassword", 0},
		"somebody else signed in": {func(w *linkWorld, _ *core.LinkRequest, _ *core.LinkReturn) {
			w.gives(sandbox.BobDID)
		}, core.KindForbidden, core.CodeLinkAccount, "You signed in as bob.test, and not as alice.test", "sign in as alice.test", 1},
		"a stranger signed in": {func(w *linkWorld, _ *core.LinkRequest, _ *core.LinkReturn) {
			w.gives("did:plc:aaaaaaaaaaaaaaaaaaaaaaaa")
		}, core.KindForbidden, core.CodeLinkAccount, "You signed in as did:plc:aaaaaaaaaaaaaaaaaaaaaaaa", "sign in as alice.test", 1},
		"deactivated": {func(w *linkWorld, _ *core.LinkRequest, _ *core.LinkReturn) {
			w.wire.answer("getSession", http.StatusOK, `{"did":"`+sandbox.AliceDID+`","handle":"alice.test","active":false,"status":"deactivated"}`)
		}, core.KindForbidden, 0, "The account alice.test is deactivated.", "Activate it again", 1},
		"tokens not taken": {func(w *linkWorld, _ *core.LinkRequest, _ *core.LinkReturn) {
			w.wire.answer("getSession", http.StatusBadRequest, `{"error":"InvalidRequest","message":"Could not find user info"}`)
		}, core.KindForbidden, core.CodeLinkAccount, `does not let the account be used: `, "Nothing was linked", 1},
		"code used before": {func(w *linkWorld, _ *core.LinkRequest, _ *core.LinkReturn) {
			w.wire.answer("token-endpoint", http.StatusBadRequest, `{"error":"invalid_grant"}`)
		}, core.KindInvalid, core.CodeLinkBrowser, "used before", "Start again", 1},
		"server is away": {func(w *linkWorld, _ *core.LinkRequest, _ *core.LinkReturn) {
			w.wire.answer("token-endpoint", http.StatusBadGateway, "")
		}, core.KindTemporary, 0, "problem of its own", "Start again", 1},
		"too many tries": {func(w *linkWorld, _ *core.LinkRequest, _ *core.LinkReturn) {
			w.wire.answer("token-endpoint", http.StatusTooManyRequests, "{}")
		}, core.KindRateLimited, 0, "no more calls", "later", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newOAuthWorld(t, onOwnMachine)
			r, back := w.begin(t), w.cameBack()
			tc.set(w, &r, &back)
			_, err := w.provider.Exchange(t.Context(), r, back)
			e := core.AsError(err)
			if err == nil || e.Kind != tc.kind || e.Code != tc.code || e.Op == "" || e.Platform != "bluesky" {
				t.Fatalf("%+v", e)
			}
			if !strings.Contains(e.Message, tc.message) || strings.HasPrefix(e.Message, "http") || !strings.Contains(e.Help, tc.help) {
				t.Errorf("%q, %q", e.Message, e.Help)
			}
			if n := w.wire.count("token-endpoint"); n != tc.calls {
				t.Errorf("%d calls for tokens, want %d", n, tc.calls)
			}
		})
	}
}

// What a server refuses before anybody is asked is the operator's to mend, or the person's.
func TestAuthorizeFailures(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		status int
		body   string
		kind   core.Kind
		code   core.Code
	}{
		"client not taken": {http.StatusBadRequest, `{"error":"invalid_client_metadata"}`, core.KindUnsupported, core.CodeLinkSetup},
		"too many":         {http.StatusTooManyRequests, `{}`, core.KindRateLimited, 0},
		"away":             {http.StatusBadGateway, ``, core.KindTemporary, 0},
		"nonsense":         {http.StatusOK, `{}`, core.KindTemporary, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newOAuthWorld(t, onOwnMachine)
			w.wire.answer("par-endpoint", tc.status, tc.body)
			_, err := w.provider.Authorize(t.Context(), core.LinkRequest{App: "oauth", RedirectURL: ownRedirect, State: "s", Verifier: strings.Repeat("v", 43), Answers: answers("alice.test", "")})
			if e := core.AsError(err); e.Kind != tc.kind || e.Code != tc.code || e.Help == "" {
				t.Errorf("%+v", e)
			}
		})
	}
}

// What the operator has to look at is named.
func TestClientNotTaken(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ base, help string }{
		"public":      {"https://crier.example.org", "https://crier.example.org/link/clients/bluesky.json can be read from everywhere"},
		"own machine": {"http://127.0.0.1:8080", "sets CRIER_PUBLIC_URL to an address with https://"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newOAuthWorld(t, func(_ *bluesky.Config, d *bluesky.Deps) {
				d.RedirectURL, d.ClientURL = tc.base+"/link/callback", tc.base+"/link/clients/bluesky.json"
			})
			r := w.begin(t)
			_, onReturn := w.provider.Exchange(t.Context(), r, core.LinkReturn{Error: "invalid_client", Issuer: w.URL})
			w.wire.answer("token-endpoint", http.StatusUnauthorized, `{"error":"invalid_client"}`)
			_, onCode := w.provider.Exchange(t.Context(), r, w.cameBack())
			for _, err := range []error{onReturn, onCode} {
				if e := core.AsError(err); e.Code != core.CodeLinkSetup || !strings.Contains(e.Help, tc.help) {
					t.Errorf("%+v", e)
				}
			}
		})
	}
}

// What strangers say of themselves is bounded: it is kept.
func TestAuthorizeWithADocumentThatIsTooLong(t *testing.T) {
	t.Parallel()
	w := newOAuthWorld(t, onOwnMachine)
	w.wire.alter("/.well-known/oauth-protected-resource", func([]byte) (int, []byte) {
		return http.StatusOK, []byte(strings.Repeat(" ", 70<<10) + `{"resource":"` + w.URL + `","authorization_servers":["` + w.URL + `"]}`)
	})
	_, err := w.provider.Authorize(t.Context(), core.LinkRequest{App: "oauth", RedirectURL: ownRedirect, State: "s", Verifier: strings.Repeat("v", 43), Answers: answers("alice.test", "")})
	if core.KindOf(err) != core.KindTemporary {
		t.Error(err)
	}
}

// The end of a consent is told with its reason; what is the operator's to mend is no end.
func TestRefreshConsentFailures(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		status  int
		body    string
		set     func(*testing.T, *linkWorld)
		kind    core.Kind
		message string
	}{
		"revoked":            {400, `{"error":"invalid_grant","error_description":"Session expired"}`, nil, core.KindAuth, `"Session expired"`},
		"answer lost before": {400, `{"error":"invalid_grant","error_description":"Refresh token replayed"}`, nil, core.KindAuth, "the answer to a renewal was lost"},
		"for somebody else":  {200, `{"access_token":"a","refresh_token":"r","token_type":"DPoP","scope":"atproto","sub":"` + sandbox.BobDID + `"}`, nil, core.KindAuth, "for another account, " + sandbox.BobDID},
		"client not taken":   {401, `{"error":"invalid_client"}`, nil, core.KindForbidden, "as a client"},
		"away":               {502, ``, nil, core.KindTemporary, ""},
		"gateway":            {401, `no`, nil, core.KindTemporary, ""},
		"nothing, and 200":   {200, `{}`, nil, core.KindTemporary, ""},
		"server not called":  {200, `{}`, func(_ *testing.T, w *linkWorld) { w.wire.fail("token-endpoint", guard{}) }, core.KindTemporary, "not on the public internet"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newOAuthWorld(t, onOwnMachine)
			g, err := w.provider.Exchange(t.Context(), w.begin(t), w.cameBack())
			if err != nil {
				t.Fatal(err)
			}
			w.wire.answer("token-endpoint", tc.status, tc.body)
			if tc.set != nil {
				tc.set(t, w)
			}
			_, err = w.provider.Refresh(t.Context(), g.Credentials)
			if e := core.AsError(err); e.Kind != tc.kind || !strings.Contains(e.Message, tc.message) || strings.HasPrefix(e.Message, "http") {
				t.Errorf("%+v", e)
			}
		})
	}
}
