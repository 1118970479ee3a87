package sandbox_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

const accessToken = "/oauth/v2/accessToken"

// asForm makes a request one without a token, and its body a form.
func asForm(r *http.Request) {
	r.Header.Del("Authorization")
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
}

func secretOf(clientID string) string {
	if clientID == sandbox.ShareClientID {
		return sandbox.ShareClientSecret
	}
	return sandbox.CommunityClientSecret
}

// tokenForm is what an app redeems a code with.
func tokenForm(clientID, code string) url.Values {
	return url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {sandbox.DefaultRedirectURI},
		"client_id": {clientID}, "client_secret": {secretOf(clientID)},
	}
}

func refreshForm(clientID, refreshToken string) url.Values {
	return url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refreshToken}, "client_id": {clientID}, "client_secret": {secretOf(clientID)}}
}

func (b *box) tokens(t *testing.T, form url.Values) sandbox.Tokens {
	t.Helper()
	var tokens sandbox.Tokens
	b.want(http.StatusOK, "POST", accessToken, form.Encode(), asForm).decode(t, &tokens)
	return tokens
}

func (b *box) exchange(t *testing.T, clientID, code string) sandbox.Tokens {
	t.Helper()
	return b.tokens(t, tokenForm(clientID, code))
}

// refused sends a form and checks the error.
func (b *box) refused(t *testing.T, form url.Values, status int, code string) string {
	t.Helper()
	var e struct {
		Error       string
		Description string `json:"error_description"`
	}
	b.want(status, "POST", accessToken, form.Encode(), asForm).decode(t, &e)
	if e.Error != code || e.Description == "" {
		t.Errorf("error %+v, want %s", e, code)
	}
	return e.Description
}

// code lets a member consent and returns the code.
func (b *box) code(t *testing.T, clientID, person string, scopes ...string) string {
	t.Helper()
	back, err := b.Decide(b.url+authorizeURL(clientID, scopes), person, sandbox.Allow)
	if err != nil {
		t.Fatal(err)
	}
	return sentBack(t, back).Get("code")
}

const (
	oneDay      = 24 * time.Hour
	accessLife  = 60 * 24 * 3600
	refreshLife = 365 * 24 * 3600
)

func TestExchangeACode(t *testing.T) {
	t.Parallel()
	b := start(t)
	share := b.exchange(t, sandbox.ShareClientID, b.code(t, sandbox.ShareClientID, sandbox.JaneID, "w_member_social", "openid"))
	if share.ExpiresIn != accessLife || share.TokenType != "Bearer" || share.Scope != "openid,w_member_social" ||
		share.RefreshToken != "" || share.RefreshExpiresIn != 0 || len(share.AccessToken) < 480 {
		t.Errorf("self-serve app: %+v", share)
	}
	if parts := strings.Split(share.IDToken, "."); len(parts) != 3 {
		t.Errorf("id token %q", share.IDToken)
	}
	page := b.exchange(t, sandbox.CommunityClientID, b.code(t, sandbox.CommunityClientID, sandbox.JaneID, "r_basicprofile", "w_organization_social"))
	if page.RefreshExpiresIn != refreshLife || len(page.RefreshToken) < 480 || page.IDToken != "" {
		t.Errorf("app with refresh: %+v", page)
	}
	b.want(http.StatusOK, "GET", "/v2/me", "", token(page.AccessToken))
	b.want(http.StatusForbidden, "GET", "/v2/userinfo", "", token(page.AccessToken))
	b.want(http.StatusForbidden, "GET", "/v2/me", "", token(share.AccessToken))
	b.post(nil, token(page.AccessToken))
	b.want(http.StatusUnauthorized, "GET", "/v2/me", "", token(page.RefreshToken))
}

func TestExchangeIsRefused(t *testing.T) {
	t.Parallel()
	b := start(t)
	code := b.code(t, sandbox.ShareClientID, sandbox.JaneID, "openid")
	for _, tt := range []struct {
		name, field, value string // "-": without it
		status             int
		code, says         string
	}{
		{"no grant type", "grant_type", "-", 400, "invalid_request", `"grant_type" is missing`},
		{"no code", "code", "-", 400, "invalid_request", `"code" is missing`},
		{"no redirect", "redirect_uri", "-", 400, "invalid_request", `"redirect_uri" is missing`},
		{"no client", "client_id", "-", 400, "invalid_request", `"client_id" is missing`},
		{"no secret", "client_secret", "-", 400, "invalid_request", `"client_secret" is missing`},
		{"another grant type", "grant_type", "client_credentials", 400, "unsupported_grant_type", "not supported"},
		{"no such client", "client_id", "nobody", 401, "invalid_client", "failed"},
		{"a wrong secret", "client_secret", "wrong", 401, "invalid_client", "failed"},
		{"a wrong code", "code", "wrong", 401, "invalid_request", "authorization code not found"},
		{"another redirect", "redirect_uri", "https://crier.example.com/", 400, "invalid_redirect_uri", "does not match authorization code"},
	} {
		form := tokenForm(sandbox.ShareClientID, code)
		if form.Set(tt.field, tt.value); tt.value == "-" {
			form.Del(tt.field)
		}
		if says := b.refused(t, form, tt.status, tt.code); !strings.Contains(says, tt.says) {
			t.Errorf("%s: says %q", tt.name, says)
		}
	}
	b.refused(t, tokenForm(sandbox.CommunityClientID, code), 400, "invalid_redirect_uri")
	form := tokenForm(sandbox.ShareClientID, code)
	form.Add("code", "again")
	b.refused(t, form, 400, "invalid_request")
	b.exchange(t, sandbox.ShareClientID, code)
	b.refused(t, tokenForm(sandbox.ShareClientID, code), 401, "invalid_request")
}

// Nothing counts but the form: neither another type of body, nor the address, nor a header.
func TestExchangeReadsTheFormOnly(t *testing.T) {
	t.Parallel()
	b := start(t)
	form := tokenForm(sandbox.ShareClientID, b.code(t, sandbox.ShareClientID, sandbox.JaneID, "openid"))
	b.want(http.StatusBadRequest, "POST", accessToken, `{"grant_type":"authorization_code"}`, asForm, with("Content-Type", "application/json"))
	b.want(http.StatusBadRequest, "POST", accessToken+"?"+form.Encode(), "x=y", asForm)
	b.want(http.StatusBadRequest, "POST", accessToken, "%zz", asForm)
	b.want(http.StatusMethodNotAllowed, "GET", accessToken+"?"+form.Encode(), "", asForm)
	inHeader := url.Values{"grant_type": form["grant_type"], "code": form["code"], "redirect_uri": form["redirect_uri"]}
	b.want(http.StatusBadRequest, "POST", accessToken, inHeader.Encode(), asForm, func(r *http.Request) {
		r.SetBasicAuth(sandbox.ShareClientID, sandbox.ShareClientSecret)
	})
	for _, entry := range b.Requests() {
		if strings.Contains(entry.Query, sandbox.ShareClientSecret) || strings.Contains(entry.Query, form.Get("code")) {
			t.Errorf("the journal shows a secret: %+v", entry)
		}
	}
	b.tokens(t, form)
}

func TestACodeLasts30Minutes(t *testing.T) {
	t.Parallel()
	b := start(t)
	late := b.code(t, sandbox.ShareClientID, sandbox.JaneID, "openid")
	b.clock.Advance(time.Second)
	inTime := b.code(t, sandbox.ShareClientID, sandbox.JohnID, "openid")
	b.clock.Advance(30*time.Minute - time.Second)
	b.refused(t, tokenForm(sandbox.ShareClientID, late), 400, "invalid_redirect_uri")
	b.exchange(t, sandbox.ShareClientID, inTime)
}

// Another set of scopes ends the tokens, refresh tokens and codes that the member granted to
// the app before, and nobody else's.
func TestOtherScopesEndEarlierTokens(t *testing.T) {
	t.Parallel()
	b := start(t)
	grant := func(clientID, person string, scopes ...string) sandbox.Tokens {
		t.Helper()
		return b.exchange(t, clientID, b.code(t, clientID, person, scopes...))
	}
	first := grant(sandbox.CommunityClientID, sandbox.JaneID, "r_basicprofile", "w_member_social")
	again := grant(sandbox.CommunityClientID, sandbox.JaneID, "w_member_social", "r_basicprofile")
	johns := grant(sandbox.CommunityClientID, sandbox.JohnID, "r_basicprofile", "w_member_social")
	elsewhere := grant(sandbox.ShareClientID, sandbox.JaneID, "openid", "w_member_social")
	b.want(http.StatusOK, "GET", "/v2/me", "", token(first.AccessToken))
	pending := b.code(t, sandbox.CommunityClientID, sandbox.JaneID, "r_basicprofile", "w_member_social")
	now := grant(sandbox.CommunityClientID, sandbox.JaneID, "r_basicprofile")
	for _, ended := range []sandbox.Tokens{first, again} {
		if e := b.want(http.StatusUnauthorized, "GET", "/v2/me", "", token(ended.AccessToken)).problem(t); e.Code != "REVOKED_ACCESS_TOKEN" {
			t.Errorf("answer %+v", e)
		}
		b.refused(t, refreshForm(sandbox.CommunityClientID, ended.RefreshToken), 400, "invalid_grant")
	}
	b.refused(t, tokenForm(sandbox.CommunityClientID, pending), 401, "invalid_request")
	b.want(http.StatusOK, "GET", "/v2/me", "", token(now.AccessToken))
	b.want(http.StatusOK, "GET", "/v2/me", "", token(johns.AccessToken))
	b.want(http.StatusOK, "GET", "/v2/userinfo", "", token(elsewhere.AccessToken))
	b.want(http.StatusOK, "GET", "/v2/me", "", token(sandbox.PageToken))
}

// Refreshing gives 60 days more, though never beyond the 365 days from the consent.
func TestRefresh(t *testing.T) {
	t.Parallel()
	b := start(t)
	granted := b.exchange(t, sandbox.CommunityClientID, b.code(t, sandbox.CommunityClientID, sandbox.JaneID, "r_basicprofile"))
	form := refreshForm(sandbox.CommunityClientID, granted.RefreshToken)
	for _, tt := range []struct {
		after            time.Duration
		access, remained int64
	}{
		{59 * oneDay, accessLife, 306 * 24 * 3600},
		{305 * oneDay, accessLife, 60 * 24 * 3600},
		{360 * oneDay, 5 * 24 * 3600, 5 * 24 * 3600},
	} {
		b.clock.Advance(tt.after - b.since(t))
		got := b.tokens(t, form)
		if got.ExpiresIn != tt.access || got.RefreshExpiresIn != tt.remained || got.RefreshToken != granted.RefreshToken || got.Scope != granted.Scope || got.AccessToken == granted.AccessToken {
			t.Errorf("after %v: %d and %d seconds", tt.after, got.ExpiresIn, got.RefreshExpiresIn)
		}
		b.want(http.StatusOK, "GET", "/v2/me", "", token(got.AccessToken))
	}
	if e := b.want(http.StatusUnauthorized, "GET", "/v2/me", "", token(granted.AccessToken)).problem(t); e.Code != "EXPIRED_ACCESS_TOKEN" {
		t.Errorf("answer %+v", e)
	}
	b.clock.Advance(5 * oneDay)
	b.refused(t, form, 400, "invalid_grant")
	if grants := b.Grants(); len(grants) != 1 || grants[0].Refreshes != 3 || grants[0].GoodTokens != 0 {
		t.Errorf("grants %+v", grants)
	}
}

// since is how long ago the first grant was given.
func (b *box) since(t *testing.T) time.Duration {
	t.Helper()
	grants := b.Grants()
	if len(grants) == 0 {
		t.Fatal("nothing was granted")
	}
	return b.Clock().Now().Sub(grants[0].AuthorizedAt)
}

func TestRefreshIsRefused(t *testing.T) {
	t.Parallel()
	b := start(t)
	tokens, err := b.Authorize(sandbox.CommunityClientID, sandbox.JaneID, "r_basicprofile")
	if err != nil {
		t.Fatal(err)
	}
	b.refused(t, refreshForm(sandbox.CommunityClientID, ""), 400, "invalid_request")
	b.refused(t, refreshForm(sandbox.CommunityClientID, "wrong"), 400, "invalid_grant")
	b.refused(t, refreshForm(sandbox.CommunityClientID, tokens.AccessToken), 400, "invalid_grant")
	b.refused(t, refreshForm(sandbox.ShareClientID, tokens.RefreshToken), 400, "invalid_grant")
	form := refreshForm(sandbox.CommunityClientID, tokens.RefreshToken)
	form.Set("client_secret", "wrong")
	b.refused(t, form, 401, "invalid_client")
	b.tokens(t, refreshForm(sandbox.CommunityClientID, tokens.RefreshToken))
	if n := b.Revoke(sandbox.CommunityClientID, sandbox.JaneID); n != 4 { // two of the grant, two of the world
		t.Errorf("%d tokens revoked", n)
	}
	b.refused(t, refreshForm(sandbox.CommunityClientID, tokens.RefreshToken), 400, "invalid_grant")
	if e := b.want(http.StatusUnauthorized, "GET", "/v2/me", "", token(tokens.AccessToken)).problem(t); e.Code != "REVOKED_ACCESS_TOKEN" {
		t.Errorf("answer %+v", e)
	}
}

// An app whose refresh tokens are rotated loses its grant when it keeps the old one.
func TestRefreshTokensAreRotated(t *testing.T) {
	t.Parallel()
	b := start(t, func(o *sandbox.Options) {
		o.Apps = sandbox.DefaultApps()
		o.Apps[1].RotateRefreshTokens = true
	})
	first, err := b.Authorize(sandbox.CommunityClientID, sandbox.JaneID)
	if err != nil {
		t.Fatal(err)
	}
	b.clock.Advance(oneDay)
	second := b.tokens(t, refreshForm(sandbox.CommunityClientID, first.RefreshToken))
	if second.RefreshToken == first.RefreshToken || second.RefreshExpiresIn != 364*24*3600 {
		t.Errorf("rotated to one of %d seconds", second.RefreshExpiresIn)
	}
	b.refused(t, refreshForm(sandbox.CommunityClientID, first.RefreshToken), 400, "invalid_grant")
	b.want(http.StatusOK, "GET", "/v2/me", "", token(first.AccessToken))
	b.tokens(t, refreshForm(sandbox.CommunityClientID, second.RefreshToken))
}

// A lost answer has its effect, as on LinkedIn.
func TestALostAnswerSpendsTheCode(t *testing.T) {
	t.Parallel()
	b := start(t)
	form := tokenForm(sandbox.ShareClientID, b.code(t, sandbox.ShareClientID, sandbox.JaneID, "openid"))
	b.next("POST "+accessToken, sandbox.CutAfter())
	if _, err := b.try("POST", accessToken, form.Encode(), asForm); err == nil {
		t.Error("an answer came")
	}
	b.refused(t, form, 401, "invalid_request")
}

// Of those who redeem the same code, or the same rotated refresh token, at once, one succeeds.
func TestOneOfManyIsServed(t *testing.T) {
	t.Parallel()
	b := start(t, func(o *sandbox.Options) {
		o.Apps = sandbox.DefaultApps()
		o.Apps[1].RotateRefreshTokens = true
	})
	granted, err := b.Authorize(sandbox.CommunityClientID, sandbox.JaneID)
	if err != nil {
		t.Fatal(err)
	}
	forms := map[string]url.Values{
		"code":    tokenForm(sandbox.ShareClientID, b.code(t, sandbox.ShareClientID, sandbox.JaneID, "openid")),
		"refresh": refreshForm(sandbox.CommunityClientID, granted.RefreshToken),
	}
	for name, form := range forms {
		served := make(chan bool)
		for range 8 {
			go func() {
				a, err := b.try("POST", accessToken, form.Encode(), asForm)
				served <- err == nil && a.status == http.StatusOK
			}()
		}
		n := 0
		for range 8 {
			if <-served {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%s: %d were served", name, n)
		}
	}
	if calls := b.Counts().Calls["POST "+accessToken]; calls != 16 {
		t.Errorf("%d calls counted", calls)
	}
}

// What is introspected tells when it was granted, to the app that it was granted to.
func TestIntrospectionOfWhatWasGranted(t *testing.T) {
	t.Parallel()
	b := start(t)
	begin := b.clock.Now()
	granted := b.exchange(t, sandbox.CommunityClientID, b.code(t, sandbox.CommunityClientID, sandbox.JaneID, "w_organization_social", "r_basicprofile"))
	b.clock.Advance(10 * oneDay)
	refreshed := b.tokens(t, refreshForm(sandbox.CommunityClientID, granted.RefreshToken))
	at := func(d time.Duration) float64 { return float64(begin.Add(d).Unix()) }
	for _, tt := range []struct {
		name, token          string
		createdAt, expiresAt time.Duration // since the consent
		active               bool
		status               string
		change               func()
	}{
		{name: "the first token", token: granted.AccessToken, expiresAt: 60 * oneDay, active: true, status: "active"},
		{name: "the second one", token: refreshed.AccessToken, createdAt: 10 * oneDay, expiresAt: 70 * oneDay, active: true, status: "active"},
		{name: "the refresh token", token: granted.RefreshToken, expiresAt: 365 * oneDay, active: true, status: "active"},
		{name: "revoked", token: granted.RefreshToken, expiresAt: 365 * oneDay, status: "revoked", change: func() { b.Revoke("", "") }},
	} {
		if tt.change != nil {
			tt.change()
		}
		var got map[string]any
		b.want(http.StatusOK, "POST", introspectToken, introspectForm(tt.token), asForm).decode(t, &got)
		want := map[string]any{
			"active": tt.active, "status": tt.status, "client_id": sandbox.CommunityClientID, "auth_type": "3L", "scope": "r_basicprofile,w_organization_social",
			"authorized_at": at(0), "created_at": at(tt.createdAt), "expires_at": at(tt.expiresAt),
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}
