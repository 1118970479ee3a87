package sandbox_test

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

// authorizeURL is the request of an app for a member's consent; changes replace parameters,
// and leave those out that are "-".
func authorizeURL(clientID string, scopes []string, changes ...string) string {
	params := map[string]string{
		"response_type": "code", "client_id": clientID, "redirect_uri": sandbox.DefaultRedirectURI, "state": "s t/1",
		"scope": strings.Join(scopes, " "),
	}
	for i := 0; i < len(changes); i += 2 {
		params[changes[i]] = changes[i+1]
	}
	var pairs []string
	for name, value := range params {
		if value != "-" {
			pairs = append(pairs, name+"="+url.PathEscape(value)) // which keeps plus signs
		}
	}
	slices.Sort(pairs)
	return "/oauth/v2/authorization?" + strings.Join(pairs, "&")
}

func shareScopes() []string { return []string{"openid", "profile", "w_member_social"} }

// browser is a browser that follows nothing, so that a test sees where it is sent.
type browser struct {
	*box
	client *http.Client
}

func (b *box) browser() *browser {
	b.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return &browser{b, &http.Client{
		Jar: jar, Transport: &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

func (b *browser) send(method, target string, form url.Values) answer {
	b.t.Helper()
	if strings.HasPrefix(target, "/") {
		target = b.url + target
	}
	r, err := http.NewRequestWithContext(b.t.Context(), method, target, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	res, err := b.client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, string(raw)}
}

// open opens a page, and checks that it is one about something.
func (b *browser) open(target, about string) answer {
	b.t.Helper()
	a := b.send(http.MethodGet, target, nil)
	if a.status != http.StatusOK || !strings.Contains(a.body, about) {
		b.t.Fatalf("GET %s: status %d, page %s", target, a.status, a.body)
	}
	return a
}

// click sends a form of a page, and returns where that leads.
func (b *browser) click(target, name, value string) string {
	b.t.Helper()
	a := b.send(http.MethodPost, target, url.Values{name: {value}})
	if a.status != http.StatusSeeOther {
		b.t.Fatalf("POST %s %s=%s: status %d, page %s", target, name, value, a.status, a.body)
	}
	return a.header.Get("Location")
}

// sentBack reads the query with which an app gets its member back.
func sentBack(t *testing.T, location string) url.Values {
	t.Helper()
	u, err := url.Parse(location)
	if err != nil || !strings.HasPrefix(location, sandbox.DefaultRedirectURI+"?") {
		t.Fatalf("sent to %q: %v", location, err)
	}
	return u.Query()
}

func TestAMemberConsents(t *testing.T) {
	t.Parallel()
	b := start(t).browser()
	target := authorizeURL(sandbox.ShareClientID, shareScopes())
	page := b.open(target, "Sign in to continue to Sandbox Sharing")
	for _, want := range []string{"Sign in as Jane Doe", "Sign in as John Roe", `<button class="plain" name="decision" value="cancelLogin" id="cancel">Cancel</button>`} {
		if !strings.Contains(page.body, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if strings.Contains(page.header.Get("Content-Security-Policy"), "form-action") || strings.Contains(page.body, "<script") {
		t.Error("the form could not go where the app wants it, or there is a script")
	}
	if got := b.click(target, "member", sandbox.JaneID); got != target {
		t.Fatalf("after the sign-in: %s", got)
	}
	page = b.open(target, "Sandbox Sharing would like to:")
	for _, want := range []string{"Jane Doe", "<code>w_member_social</code>", `id="cancel">Cancel</button>`, `id="allow">Allow</button>`, "crier.example.com"} {
		if !strings.Contains(page.body, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	back := sentBack(t, b.click(target, "decision", "allow"))
	if code := back.Get("code"); back.Get("state") != "s t/1" || len(back) != 2 || len(code) < 100 {
		t.Errorf("sent back with %v", back)
	}
	tokens := b.exchange(t, sandbox.ShareClientID, back.Get("code"))
	if tokens.Scope != "openid,profile,w_member_social" {
		t.Errorf("scope %q", tokens.Scope)
	}
	b.want(http.StatusOK, "GET", "/v2/userinfo", "", token(tokens.AccessToken))
}

// The member is asked again when the scopes are others, when the token has ended, when somebody
// else is signed in, and when the test says so.
func TestConsentIsSkipped(t *testing.T) {
	t.Parallel()
	b := start(t).browser()
	target := authorizeURL(sandbox.ShareClientID, shareScopes())
	if got := b.click(target, "member", sandbox.JaneID); got != target {
		t.Fatalf("sent to %s", got)
	}
	skipped := func(why string, want bool) {
		t.Helper()
		a := b.send(http.MethodGet, target, nil)
		if (a.status == http.StatusSeeOther) != want || a.status >= 400 {
			t.Errorf("%s: status %d", why, a.status)
		}
		if want {
			b.exchange(t, sandbox.ShareClientID, sentBack(t, a.header.Get("Location")).Get("code"))
		}
	}
	skipped("without a token", false)
	back := sentBack(t, b.click(target, "decision", "allow"))
	skipped("with a code that is not redeemed", false)
	b.exchange(t, sandbox.ShareClientID, back.Get("code"))
	skipped("with a token", true)
	if a := b.send(http.MethodGet, authorizeURL(sandbox.ShareClientID, []string{"w_member_social"}), nil); a.status != http.StatusOK {
		t.Errorf("for other scopes: status %d", a.status)
	}
	target = authorizeURL(sandbox.ShareClientID, []string{"w_member_social", "profile", "openid"})
	skipped("in another order", true)
	b.consent(sandbox.Consent{Mode: sandbox.ConsentAlways})
	skipped("when always asked", false)
	b.consent(sandbox.Consent{Mode: sandbox.ConsentAsk})
	if n := b.ExpireTokens(sandbox.ShareClientID, sandbox.JaneID, false); n == 0 {
		t.Error("no token has expired")
	}
	skipped("after the tokens ended", false)
	b.click(target, "decision", "switch")
	b.open(target, "Sign in to continue")
}

func (b *box) consent(c sandbox.Consent) {
	b.t.Helper()
	if err := b.SetConsent(c); err != nil {
		b.t.Fatal(err)
	}
}

func TestAMemberDoesNotConsent(t *testing.T) {
	t.Parallel()
	b := start(t).browser()
	target := authorizeURL(sandbox.ShareClientID, shareScopes())
	want := url.Values{"error": {"user_cancelled_login"}, "error_description": {"The user cancelled LinkedIn login"}, "state": {"s t/1"}}
	if diff := cmp.Diff(want, sentBack(t, b.click(target, "decision", "cancelLogin"))); diff != "" {
		t.Error(diff)
	}
	if a := b.send(http.MethodPost, target, url.Values{"decision": {"allow"}}); a.status != http.StatusBadRequest {
		t.Errorf("allowed by nobody: status %d", a.status)
	}
	if a := b.send(http.MethodPost, target, url.Values{"member": {"nobody"}}); a.status != http.StatusBadRequest {
		t.Errorf("signed in as nobody: status %d", a.status)
	}
	b.click(target, "member", sandbox.JohnID)
	want = url.Values{"error": {"user_cancelled_authorize"}, "error_description": {"The user cancelled the authorization"}, "state": {"s t/1"}}
	if diff := cmp.Diff(want, sentBack(t, b.click(target, "decision", "cancel"))); diff != "" {
		t.Error(diff)
	}
	if grants := b.Grants(); len(grants) != 0 {
		t.Errorf("granted %+v", grants)
	}
}

func TestNobodyIsAsked(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		consent sandbox.Consent
		error   string
	}{
		{"allow", sandbox.Consent{Mode: sandbox.ConsentAllow, Person: sandbox.JohnID}, ""},
		{"cancel", sandbox.Consent{Mode: sandbox.ConsentCancel}, "user_cancelled_authorize"},
		{"cancel the sign-in", sandbox.Consent{Mode: sandbox.ConsentCancelLogin}, "user_cancelled_login"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := start(t).browser()
			b.consent(tt.consent)
			a := b.send(http.MethodGet, authorizeURL(sandbox.ShareClientID, shareScopes()), nil)
			back := sentBack(t, a.header.Get("Location"))
			if back.Get("error") != tt.error || back.Has("code") != (tt.error == "") {
				t.Errorf("sent back with %v", back)
			}
			if grants := b.Grants(); tt.error == "" && (len(grants) != 1 || grants[0].Person != sandbox.JohnID) {
				t.Errorf("granted %+v", grants)
			}
		})
	}
	b := start(t).browser()
	b.consent(sandbox.Consent{Mode: sandbox.ConsentAllow})
	b.open(authorizeURL(sandbox.ShareClientID, shareScopes()), "Sign in to continue")
}

// What is wrong with the app or its redirect URI is shown to the member, who is sent nowhere.
func TestAuthorizationIsRefused(t *testing.T) {
	t.Parallel()
	const registered = sandbox.DefaultRedirectURI
	b := start(t).browser()
	for _, tt := range []struct{ name, target, says string }{
		{"no client", authorizeURL("-", shareScopes()), "client_id"},
		{"an unknown client", authorizeURL("nobody", shareScopes()), "client_id is invalid"},
		{"no redirect", authorizeURL(sandbox.ShareClientID, shareScopes(), "redirect_uri", "-"), "redirect_uri"},
		{"another redirect", authorizeURL(sandbox.ShareClientID, shareScopes(), "redirect_uri", "https://evil.example/"), "does not match"},
		{"a slash too many", authorizeURL(sandbox.ShareClientID, shareScopes(), "redirect_uri", registered+"/"), "does not match"},
		{"other case", authorizeURL(sandbox.ShareClientID, shareScopes(), "redirect_uri", strings.ToUpper(registered)), "does not match"},
		{"a fragment", authorizeURL(sandbox.ShareClientID, shareScopes(), "redirect_uri", registered+"#x"), "does not match"},
		{"another response", authorizeURL(sandbox.ShareClientID, shareScopes(), "response_type", "token"), "response_type"},
		{"no scope", authorizeURL(sandbox.ShareClientID, nil), "scope"},
		{"a parameter twice", authorizeURL(sandbox.ShareClientID, shareScopes()) + "&state=x", "twice"},
		{"no encoding", authorizeURL(sandbox.ShareClientID, shareScopes()) + "&x=%zz", "cannot be read"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := b.send(http.MethodGet, tt.target, nil)
			if a.status != http.StatusUnauthorized || !strings.Contains(a.body, tt.says) || a.header.Get("Location") != "" {
				t.Errorf("status %d, sent to %q, page %s", a.status, a.header.Get("Location"), a.body)
			}
		})
	}
}

// A scope that the app may not ask for sends the member back at once, whatever else is asked for.
func TestUnauthorizedScope(t *testing.T) {
	t.Parallel()
	b := start(t).browser()
	if err := b.SetProducts(sandbox.ShareClientID, sandbox.ProductShare); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, target, scope string }{
		{"without the product", authorizeURL(sandbox.ShareClientID, []string{"w_member_social", "openid"}), "openid"},
		{"of another product", authorizeURL(sandbox.CommunityClientID, []string{"w_member_social", "email"}), "email"},
		{"plus signs", authorizeURL(sandbox.CommunityClientID, []string{"w_member_social+r_basicprofile"}), "w_member_social+r_basicprofile"},
		{"commas", authorizeURL(sandbox.CommunityClientID, []string{"w_member_social,r_basicprofile"}), "w_member_social,r_basicprofile"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			want := url.Values{
				"error": {"unauthorized_scope_error"}, "state": {"s t/1"},
				"error_description": {`Scope "` + tt.scope + `" is not authorized for your application`},
			}
			if diff := cmp.Diff(want, sentBack(t, b.send(http.MethodGet, tt.target, nil).header.Get("Location"))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// The query of a redirect URI does not count, and comes back.
func TestRedirectWithAQuery(t *testing.T) {
	t.Parallel()
	b := start(t).browser()
	b.consent(sandbox.Consent{Mode: sandbox.ConsentAllow, Person: sandbox.JaneID})
	redirect := sandbox.DefaultRedirectURI + "?tenant=7"
	target := authorizeURL(sandbox.ShareClientID, shareScopes(), "redirect_uri", redirect, "state", "-")
	back := sentBack(t, b.send(http.MethodGet, target, nil).header.Get("Location"))
	if back.Get("tenant") != "7" || !back.Has("code") || back.Has("state") {
		t.Errorf("sent back with %v", back)
	}
	form := tokenForm(sandbox.ShareClientID, back.Get("code"))
	b.refused(t, form, http.StatusBadRequest, "invalid_redirect_uri")
	form.Set("redirect_uri", redirect)
	b.want(http.StatusOK, "POST", accessToken, form.Encode(), asForm)
}

// The journal shows who asked for what, and nothing by which a member could be impersonated.
func TestAuthorizationInTheJournal(t *testing.T) {
	t.Parallel()
	b := start(t).browser()
	b.consent(sandbox.Consent{Mode: sandbox.ConsentAllow, Person: sandbox.JaneID})
	target := authorizeURL(sandbox.ShareClientID, shareScopes(), "code_challenge", "x")
	back := sentBack(t, b.send(http.MethodGet, target, nil).header.Get("Location"))
	tokens := b.exchange(t, sandbox.ShareClientID, back.Get("code"))
	list := b.Requests()
	if len(list) != 2 || list[0].Status != http.StatusSeeOther || list[1].GrantType != "authorization_code" || list[1].Token != "token 1 of "+sandbox.JaneID {
		t.Fatalf("journal %+v", list)
	}
	if !strings.Contains(list[0].Query, "state=[redacted]") || !strings.Contains(list[0].Query, "client_id="+sandbox.ShareClientID) || len(list[0].Notes) != 1 {
		t.Errorf("entry %+v", list[0])
	}
	shown := b.want(http.StatusOK, "GET", "/sandbox/requests", "").body + b.want(http.StatusOK, "GET", "/sandbox/tokens", "").body
	for _, secret := range []string{back.Get("code"), tokens.AccessToken, sandbox.ShareClientSecret, "s t", "s%20t"} {
		if strings.Contains(shown, secret) {
			t.Errorf("%s is shown: %s", secret, shown)
		}
	}
	if calls := b.WriteCalls(); len(calls) != 0 {
		t.Errorf("writes: %+v", calls)
	}
	want := map[string]int{"GET /oauth/v2/authorization": 1, "POST /oauth/v2/accessToken": 1}
	if diff := cmp.Diff(want, b.Counts().Calls); diff != "" {
		t.Error(diff)
	}
}
