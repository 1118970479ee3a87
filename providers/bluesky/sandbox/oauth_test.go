package sandbox_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/crier-social/crier/providers/bluesky/sandbox"
)

const (
	callback    = "http://127.0.0.1:4711/link/callback"
	localID     = "http://localhost?redirect_uri=http%3A%2F%2F127.0.0.1%2Flink%2Fcallback&scope=atproto%20transition%3Ageneric"
	webID       = "https://crier.example.org/link/clients/bluesky.json"
	webCallback = "https://crier.example.org/link/callback"
	verifier    = "a-verifier-that-is-long-enough-for-everybody"
)

// app is a program that asks for consent.
type app struct {
	*box
	id, redirect string
	key          *ecdsa.PrivateKey
	nonce        string
	assertKey    *ecdsa.PrivateKey // of a confidential client
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func jwkOf(t *testing.T, key *ecdsa.PrivateKey) object {
	t.Helper()
	point, err := key.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	text := base64.RawURLEncoding.EncodeToString
	return object{"kty": "EC", "crv": "P-256", "x": text(point[1:33]), "y": text(point[33:])}
}

func newApp(t *testing.T, b *box) *app {
	t.Helper()
	return &app{box: b, id: localID, redirect: callback, key: newKey(t)}
}

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func signed(t *testing.T, key *ecdsa.PrivateKey, header object, claims jwt.MapClaims) string {
	t.Helper()
	token := jwt.NewWithClaims(jwt.SigningMethodES256, claims)
	maps.Copy(token.Header, header)
	out, err := token.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// proof proves a request; changes are of its claims.
func (a *app) proof(method, address, token string, changes ...func(jwt.MapClaims)) string {
	claims := jwt.MapClaims{"jti": rand.Text(), "htm": method, "htu": address, "iat": a.clock.Now().Unix()}
	if a.nonce != "" {
		claims["nonce"] = a.nonce
	}
	if token != "" {
		claims["ath"] = digest(token)
	}
	for _, change := range changes {
		change(claims)
	}
	return signed(a.t, a.key, object{"typ": "dpop+jwt", "jwk": jwkOf(a.t, a.key)}, claims)
}

// form sends a form with a proof, and keeps the nonce of the answer.
func (a *app) form(path string, form url.Values, changes ...func(jwt.MapClaims)) answer {
	a.t.Helper()
	if a.assertKey != nil {
		form.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
		form.Set("client_assertion", signed(a.t, a.assertKey, object{"kid": "one"}, jwt.MapClaims{
			"iss": a.id, "sub": a.id, "aud": a.url, "jti": rand.Text(), "iat": a.clock.Now().Unix(), "exp": a.clock.Now().Add(time.Minute).Unix(),
		}))
	}
	r, err := http.NewRequestWithContext(a.t.Context(), http.MethodPost, a.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		a.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("DPoP", a.proof(http.MethodPost, a.url+path, "", changes...))
	got, err := a.send(r)
	if err != nil {
		a.t.Fatal(err)
	}
	if nonce := got.header.Get("DPoP-Nonce"); nonce != "" {
		a.nonce = nonce
	}
	return got
}

func (a *app) request(changes ...string) url.Values {
	form := url.Values{
		"client_id": {a.id}, "redirect_uri": {a.redirect}, "response_type": {"code"}, "scope": {"atproto transition:generic"}, "state": {"a state"},
		"code_challenge": {digest(verifier)}, "code_challenge_method": {"S256"}, "login_hint": {"alice.test"},
	}
	for i := 0; i+1 < len(changes); i += 2 {
		form.Set(changes[i], changes[i+1])
	}
	return form
}

// page asks for consent, and returns the address of the page.
func (a *app) page() string {
	a.t.Helper()
	for range 2 { // the first time, there is no nonce yet
		got := a.form("/oauth/par", a.request())
		if got.problem() == "use_dpop_nonce" {
			continue
		}
		var pushed struct {
			URI string `json:"request_uri"`
		}
		got.decode(a.t, &pushed)
		if got.status != http.StatusCreated || pushed.URI == "" {
			a.t.Fatalf("status %d: %s", got.status, got.body)
		}
		return a.url + "/oauth/authorize?" + url.Values{"client_id": {a.id}, "request_uri": {pushed.URI}}.Encode()
	}
	a.t.Fatal("the nonce is not taken")
	return ""
}

// consent lets somebody allow, and returns the query that the app gets.
func (a *app) consent(account string, d sandbox.Decision) url.Values {
	a.t.Helper()
	back, err := a.Decide(a.page(), account, d)
	if err != nil {
		a.t.Fatal(err)
	}
	u, err := url.Parse(back)
	if err != nil || !strings.HasPrefix(back, a.redirect+"?") {
		a.t.Fatalf("sent back to %s", back)
	}
	return u.Query()
}

type tokens struct {
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
	Sub     string `json:"sub"`
	Scope   string `json:"scope"`
}

func (a *app) exchange(code, verifier string, changes ...func(jwt.MapClaims)) answer {
	a.t.Helper()
	return a.form("/oauth/token", url.Values{
		"grant_type": {"authorization_code"}, "client_id": {a.id}, "code": {code}, "redirect_uri": {a.redirect}, "code_verifier": {verifier},
	}, changes...)
}

func (a *app) refresh(token string) answer {
	a.t.Helper()
	return a.form("/oauth/token", url.Values{"grant_type": {"refresh_token"}, "client_id": {a.id}, "refresh_token": {token}})
}

// granted gets tokens of an account.
func (a *app) granted(account string) tokens {
	a.t.Helper()
	return a.received(a.exchange(a.consent(account, sandbox.Allow).Get("code"), verifier))
}

func (a *app) received(got answer) tokens {
	a.t.Helper()
	var out tokens
	got.decode(a.t, &out)
	if got.status != http.StatusOK || out.Access == "" || out.Refresh == "" {
		a.t.Fatalf("status %d: %s", got.status, got.body)
	}
	return out
}

// write writes a post with a token.
func (a *app) write(token string, changes ...func(jwt.MapClaims)) answer {
	a.t.Helper()
	address := a.url + "/xrpc/com.atproto.repo.createRecord"
	body, err := json.Marshal(object{"repo": "alice.test", "collection": postCollection, "record": a.dated(object{"text": "by an app"})})
	if err != nil {
		a.t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(a.t.Context(), http.MethodPost, address, strings.NewReader(string(body)))
	if err != nil {
		a.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "DPoP "+token)
	r.Header.Set("DPoP", a.proof(http.MethodPost, address, token, changes...))
	got, err := a.send(r)
	if err != nil {
		a.t.Fatal(err)
	}
	return got
}

func TestConsent(t *testing.T) {
	t.Parallel()
	a := newApp(t, start(t))
	denied := a.consent("alice.test", sandbox.Deny)
	if denied.Get("error") != "access_denied" || denied.Get("iss") != a.url || denied.Get("state") != "a state" || denied.Has("code") {
		t.Errorf("sent back with %v", denied)
	}
	got := a.granted("alice.test")
	if got.Sub != sandbox.AliceDID || got.Scope != "atproto transition:generic" {
		t.Errorf("%+v", got)
	}
	if wrote := a.write(got.Access); wrote.status != http.StatusOK || len(a.Posts()) != 1 {
		t.Errorf("status %d: %s", wrote.status, wrote.body)
	}
	if grants := a.Grants(); len(grants) != 1 || grants[0].Account != sandbox.AliceDID {
		t.Errorf("%+v", grants)
	}
}

func TestTokensAreBound(t *testing.T) {
	t.Parallel()
	a := newApp(t, start(t))
	got := a.granted("alice.test")
	for name, tt := range map[string]struct {
		change func(jwt.MapClaims)
		want   string
	}{
		"no nonce":         {func(c jwt.MapClaims) { delete(c, "nonce") }, "use_dpop_nonce"},
		"another nonce":    {func(c jwt.MapClaims) { c["nonce"] = "x" }, "use_dpop_nonce"},
		"another method":   {func(c jwt.MapClaims) { c["htm"] = "GET" }, "invalid_dpop_proof"},
		"another address":  {func(c jwt.MapClaims) { c["htu"] = a.url + "/xrpc/other" }, "invalid_dpop_proof"},
		"another token":    {func(c jwt.MapClaims) { c["ath"] = digest("x") }, "invalid_dpop_proof"},
		"no token":         {func(c jwt.MapClaims) { delete(c, "ath") }, "invalid_dpop_proof"},
		"long ago":         {func(c jwt.MapClaims) { c["iat"] = a.clock.Now().Add(-time.Hour).Unix() }, "invalid_dpop_proof"},
		"without identity": {func(c jwt.MapClaims) { delete(c, "jti") }, "invalid_dpop_proof"},
	} {
		if refused := a.write(got.Access, tt.change); refused.problem() != tt.want || !strings.Contains(refused.header.Get("WWW-Authenticate"), tt.want) {
			t.Errorf("%s: %s", name, refused.body)
		}
	}
	same := func(c jwt.MapClaims) { c["jti"] = "the same" }
	if first, again := a.write(got.Access, same), a.write(got.Access, same); first.status != http.StatusOK || again.problem() != "invalid_dpop_proof" {
		t.Errorf("%s, then %s", first.body, again.body)
	}
	thief := *a
	thief.key = newKey(t)
	if refused := thief.write(got.Access); refused.problem() != "invalid_token" {
		t.Errorf("another key: %s", refused.body)
	}
	bare, err := a.try(http.MethodGet, "/xrpc/com.atproto.server.getSession", got.Access, "", nil)
	if err != nil || bare.problem() != "InvalidToken" {
		t.Errorf("as a bearer token: %s (%v)", bare.body, err)
	}
}

func TestCodesAndRefreshTokensAreGoodOnce(t *testing.T) {
	t.Parallel()
	a := newApp(t, start(t))
	code := a.consent("alice.test", sandbox.Allow).Get("code")
	got := a.received(a.exchange(code, verifier))
	if again := a.exchange(code, verifier); again.problem() != "invalid_grant" {
		t.Errorf("%s", again.body)
	}
	if after := a.write(got.Access); after.problem() != "invalid_token" {
		t.Errorf("a code that was used twice ends the grant: %s", after.body)
	}
	if wrong := a.exchange(a.consent("alice.test", sandbox.Allow).Get("code"), "another verifier"); wrong.problem() != "invalid_grant" {
		t.Errorf("%s", wrong.body)
	}
	first := a.granted("alice.test")
	a.clock.Advance(2 * time.Hour)
	if late := a.write(first.Access); late.problem() != "use_dpop_nonce" {
		t.Errorf("%s", late.body)
	}
	a.form("/oauth/par", a.request()) // for a nonce
	if late := a.write(first.Access); late.problem() != "invalid_token" {
		t.Errorf("%s", late.body)
	}
	second := a.received(a.refresh(first.Refresh))
	if wrote := a.write(second.Access); wrote.status != http.StatusOK {
		t.Errorf("%s", wrote.body)
	}
	for _, token := range []string{first.Refresh, second.Refresh} { // the first use of an old one ends them all
		if again := a.refresh(token); again.problem() != "invalid_grant" {
			t.Errorf("%s", again.body)
		}
	}
}

func TestRevocation(t *testing.T) {
	t.Parallel()
	a := newApp(t, start(t))
	got := a.granted("alice.test")
	if done := a.form("/oauth/revoke", url.Values{"client_id": {a.id}, "token": {got.Refresh}}); done.status != http.StatusOK {
		t.Errorf("%s", done.body)
	}
	if refused := a.write(got.Access); refused.problem() != "invalid_token" {
		t.Errorf("%s", refused.body)
	}
	got = a.granted("alice.test")
	if err := a.EndSessions("alice.test"); err != nil {
		t.Fatal(err)
	}
	if refused := a.refresh(got.Refresh); refused.problem() != "invalid_grant" {
		t.Errorf("%s", refused.body)
	}
}

func TestAuthorizationRequestsAreChecked(t *testing.T) {
	t.Parallel()
	a := newApp(t, start(t))
	a.page() // for a nonce
	for name, tt := range map[string]struct {
		changes []string
		want    string
	}{
		"elsewhere":       {[]string{"redirect_uri", "https://example.com/callback"}, "invalid_request"},
		"another number":  {[]string{"redirect_uri", "http://127.0.0.2:8080/link/callback"}, "invalid_request"},
		"another path":    {[]string{"redirect_uri", "http://127.0.0.1/other"}, "invalid_request"},
		"more scopes":     {[]string{"scope", "atproto transition:email"}, "invalid_scope"},
		"no identity":     {[]string{"scope", "transition:generic"}, "invalid_scope"},
		"no challenge":    {[]string{"code_challenge", ""}, "invalid_request"},
		"plain challenge": {[]string{"code_challenge_method", "plain"}, "invalid_request"},
		"no client":       {[]string{"client_id", ""}, "invalid_client"},
		"local name":      {[]string{"client_id", "https://nobody.invalid/client.json"}, "invalid_client_id"},
		"no response":     {[]string{"response_type", "token"}, "invalid_request"},
	} {
		if got := a.form("/oauth/par", a.request(tt.changes...)); got.problem() != tt.want {
			t.Errorf("%s: %s", name, got.body)
		}
	}
	if _, err := a.Decide(a.url+"/oauth/authorize?client_id="+url.QueryEscape(a.id)+"&request_uri=urn:x", "alice.test", sandbox.Allow); err == nil {
		t.Error("a request that nobody made is decided")
	}
	if _, err := a.Decide(a.page(), "nobody.test", sandbox.Allow); err == nil {
		t.Error("nobody has allowed it")
	}
}

// document is what a confidential client shows, changed.
func (a *app) document(changes object) []byte {
	a.t.Helper()
	key := jwkOf(a.t, a.assertKey)
	key["kid"] = "one"
	m := object{
		"client_id": a.id, "client_name": "Crier", "application_type": "web", "grant_types": []string{"authorization_code", "refresh_token"},
		"response_types": []string{"code"}, "redirect_uris": []string{a.redirect}, "scope": "atproto transition:generic", "dpop_bound_access_tokens": true,
		"token_endpoint_auth_method": "private_key_jwt", "token_endpoint_auth_signing_alg": "ES256", "jwks": object{"keys": []object{key}},
	}
	maps.Copy(m, changes)
	raw, err := json.Marshal(m)
	if err != nil {
		a.t.Fatal(err)
	}
	return raw
}

func TestConfidentialClient(t *testing.T) {
	t.Parallel()
	a := newApp(t, start(t))
	a.id, a.redirect, a.assertKey = webID, webCallback, newKey(t)
	if err := a.AddClient(webID, a.document(nil)); err != nil {
		t.Fatal(err)
	}
	got := a.granted("alice.test")
	a.clock.Advance(30 * 24 * time.Hour) // longer than the grant of a public client
	a.form("/oauth/par", a.request())
	got = a.received(a.refresh(got.Refresh))
	own := a.assertKey
	a.assertKey = newKey(t)
	if refused := a.refresh(got.Refresh); refused.problem() != "invalid_client" {
		t.Errorf("another key: %s", refused.body)
	}
	a.assertKey = nil
	if refused := a.refresh(got.Refresh); refused.problem() != "invalid_request" {
		t.Errorf("no assertion: %s", refused.body)
	}
	a.assertKey = own
	if again := a.refresh(got.Refresh); again.status != http.StatusOK {
		t.Errorf("%s", again.body)
	}
}

func TestClientDocuments(t *testing.T) {
	t.Parallel()
	a := newApp(t, start(t))
	a.id, a.redirect, a.assertKey = webID, webCallback, newKey(t)
	for name, changes := range map[string]object{
		"another id":        {"client_id": "https://example.com/client.json"},
		"no identity":       {"scope": "transition:generic"},
		"unbound tokens":    {"dpop_bound_access_tokens": false},
		"no code":           {"response_types": []string{"token"}},
		"no keys":           {"jwks": object{"keys": []object{}}},
		"no algorithm":      {"token_endpoint_auth_signing_alg": ""},
		"secret":            {"token_endpoint_auth_method": "client_secret_basic"},
		"redirect to http":  {"redirect_uris": []string{"http://crier.example.org/callback"}},
		"redirect to local": {"redirect_uris": []string{"http://127.0.0.1/callback"}},
		"no redirects":      {"redirect_uris": []string{}},
		"another site":      {"client_uri": "https://example.com"},
	} {
		if err := a.AddClient(webID, a.document(changes)); err == nil {
			t.Errorf("%s: it is taken", name)
		}
	}
}

// The page asks, and sends the browser back as its buttons say.
func TestConsentPage(t *testing.T) {
	t.Parallel()
	a := newApp(t, start(t))
	address := a.page()
	page := a.want(http.StatusOK, http.MethodGet, address, "", nil)
	for _, want := range []string{"@alice.test", sandbox.AliceDID, "transition:generic", "checked"} {
		if !strings.Contains(page.body, want) {
			t.Errorf("the page does not show %q", want)
		}
	}
	if csp := page.header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "form-action 'self' http://127.0.0.1:4711") {
		t.Errorf("policy %s", csp)
	}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	form := u.Query()
	form.Set("account", sandbox.BobDID)
	form.Set("decision", "allow")
	sent, err := a.try(http.MethodPost, "/oauth/authorize/decide", "", "application/x-www-form-urlencoded", []byte(form.Encode()))
	if err != nil || sent.status != http.StatusSeeOther || !strings.HasPrefix(sent.header.Get("Location"), callback+"?") {
		t.Fatalf("status %d, %s (%v)", sent.status, sent.body, err)
	}
	back, err := url.Parse(sent.header.Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	if got := a.received(a.exchange(back.Query().Get("code"), verifier)); got.Sub != sandbox.BobDID {
		t.Errorf("%+v", got)
	}
	a.want(http.StatusBadRequest, http.MethodGet, address, "", nil) // it is decided
}
