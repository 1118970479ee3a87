package interop_test

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

const (
	redirect = "http://127.0.0.1/callback"
	// localClient is the client of a program on the own machine, which has no document:
	// https://atproto.com/specs/oauth#localhost-client-development
	localClient = "http://localhost?redirect_uri=http%3A%2F%2F127.0.0.1%2Fcallback&scope=atproto%20transition%3Ageneric"
)

// app asks for consent.
type app struct {
	*asker
	key   proofKey
	nonce string // of the authorization server
	asked int    // how often it has pushed
}

// verifier is another one for each request, https://datatracker.ietf.org/doc/html/rfc7636.
func (o *app) verifier() string { return fmt.Sprintf("verifier-%040d", o.asked) }

func (o *app) challenge() string {
	sum := sha256.Sum256([]byte(o.verifier()))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// askAboutConsent is about https://atproto.com/specs/oauth.
func askAboutConsent(a *asker) {
	a.ok("who consents", request{path: "/.well-known/oauth-protected-resource"})
	a.ok("how consent is got", request{path: "/.well-known/oauth-authorization-server"})
	one := &app{asker: a, key: a.newKey()}
	one.askForConsent()
	tokens := one.askForTokens()
	one.askWithTokens(tokens)
}

// push asks for consent; changes are of fields and their values, which are left out when empty.
func (o *app) push(changes ...string) request {
	o.asked++
	form := url.Values{
		"client_id": {localClient}, "response_type": {"code"}, "redirect_uri": {redirect}, "scope": {"atproto transition:generic"},
		"state": {"a-state"}, "code_challenge": {o.challenge()}, "code_challenge_method": {"S256"}, "login_hint": {o.w.alice.handle},
	}
	for i := 0; i < len(changes); i += 2 {
		form.Set(changes[i], changes[i+1])
		if changes[i+1] == "" {
			form.Del(changes[i])
		}
	}
	return o.proven(request{method: http.MethodPost, path: "/oauth/par", body: form})
}

// proven adds a proof for the authorization server.
func (o *app) proven(r request) request {
	r.header = http.Header{"Dpop": {o.proof(o.key, r.method, o.w.pds+r.path, o.nonce, "")}}
	return r
}

// learn keeps the nonce of an answer.
func (o *app) learn(got answer) {
	o.t.Helper()
	if o.nonce = got.header.Get("Dpop-Nonce"); o.nonce == "" {
		o.t.Error("no nonce")
	}
}

func (o *app) askForConsent() {
	o.learn(o.refused("a request without a nonce", o.push(), 400, "use_dpop_nonce"))
	o.expect("a request", o.push(), http.StatusCreated, "")
	bare := o.push()
	bare.header = nil
	o.expect("a request without a proof", bare, http.StatusCreated, "")
	o.refused("a request to go elsewhere", o.push("redirect_uri", "https://example.com/callback"), 400, "invalid_request")
	o.refused("a request to go to another address of this machine", o.push("redirect_uri", "http://127.0.0.2:8080/link/callback"), 400, "invalid_request")
	o.refused("a request for a scope that the client has not", o.push("scope", "atproto transition:email"), 400, "invalid_scope")
	o.refused("a request without the first scope", o.push("scope", "transition:generic"), 400, "invalid_scope")
	o.refused("a request without a challenge", o.push("code_challenge", "", "code_challenge_method", ""), 400, "invalid_request")
	o.refused("a request with a plain challenge", o.push("code_challenge_method", "plain"), 400, "invalid_request")
	o.refused("a request of a client that nobody knows", o.push("client_id", "https://nobody.invalid/client.json"), 400, "invalid_client_id")
	o.refused("a request of no client", o.push("client_id", ""), 400, "invalid_client")
	elsewhere := o.push()
	elsewhere.header = http.Header{"Dpop": {o.proof(o.key, http.MethodPost, o.w.pds+"/other", o.nonce, "")}}
	o.refused("a request with the proof of another address", elsewhere, 401, "invalid_dpop_proof")
	twice := o.push()
	o.expect("a request with a proof", twice, http.StatusCreated, "")
	o.refused("a request with a proof that was used", twice, 401, "invalid_dpop_proof")
}

// tokens are what a code is exchanged for.
type tokens struct {
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
	Sub     string `json:"sub"`
}

func (o *app) token(pairs ...string) request {
	return o.proven(request{method: http.MethodPost, path: "/oauth/token", body: values(append([]string{"client_id", localClient}, pairs...)...)})
}

func (o *app) exchange(code string) request {
	return o.token("grant_type", "authorization_code", "code", code, "redirect_uri", redirect, "code_verifier", o.verifier())
}

// returned lets a person answer, and returns what the app gets to know of it.
func (o *app) returned(question string, agrees bool) url.Values {
	o.t.Helper()
	pushed := into[struct {
		URI string `json:"request_uri"`
	}](o.asker, o.ask(o.push()))
	page := o.w.pds + "/oauth/authorize?" + url.Values{"client_id": {localClient}, "request_uri": {pushed.URI}}.Encode()
	address, err := url.Parse(o.w.consent(o.t, page, o.w.alice, agrees))
	if err != nil {
		o.t.Fatal(err)
	}
	got := address.Query()
	seen := map[string]any{"to": strings.TrimSuffix(address.String(), "?"+address.RawQuery)}
	for name := range got {
		seen[name] = o.w.words(got.Get(name))
	}
	if got.Has("code") {
		seen["code"] = "{code}"
	}
	o.answers = append(o.answers, answer{Question: question, Status: http.StatusSeeOther, Body: seen})
	return got
}

func (o *app) askForTokens() tokens {
	o.refused("a code that is none", o.exchange("cod-0123456789abcdef"), 400, "invalid_grant")
	o.refused("a code that nobody gave", o.exchange("cod-"+strings.Repeat("0", 64)), 400, "invalid_grant")
	o.refused("a refresh token that is none", o.token("grant_type", "refresh_token", "refresh_token", "ref-0123456789abcdef"), 400, "invalid_grant")
	o.refused("a grant of another kind", o.token("grant_type", "password", "username", "alice", "password", "x"), 400, "invalid_grant")

	o.returned("a person declines", false)
	code := o.returned("a person consents", true).Get("code")
	got := o.ok("a code", o.exchange(code))
	o.refused("a code that was used", o.exchange(code), 400, "invalid_grant")
	first := into[tokens](o.asker, got)
	o.refused("a refresh token of a code that was used twice", o.token("grant_type", "refresh_token", "refresh_token", first.Refresh), 400, "invalid_grant")

	wrong := o.returned("a person consents again", true).Get("code")
	o.refused("a code with a wrong verifier", o.token("grant_type", "authorization_code", "code", wrong, "redirect_uri", redirect, "code_verifier", strings.Repeat("x", 43)), 400, "invalid_grant")

	last := o.returned("a person consents once more", true).Get("code")
	return into[tokens](o.asker, o.ok("another code", o.exchange(last)))
}

// authorized is a call with a token, as RFC 9449 has it.
func (o *app) authorized(r request, token, nonce string) request {
	r.header = http.Header{"Authorization": {"DPoP " + token}, "Dpop": {o.proof(o.key, r.method, o.w.pds+r.path, nonce, token)}}
	r.headers = []string{"Www-Authenticate"}
	return r
}

func (o *app) askWithTokens(t tokens) {
	write := put("", t.Sub, secondKey, post("By consent", nil))
	nonce := o.refused("a write without a nonce", o.authorized(write, t.Access, ""), 401, "use_dpop_nonce").header.Get("Dpop-Nonce")
	o.ok("a write", o.authorized(write, t.Access, nonce))
	bearer := write
	bearer.token = t.Access
	o.refused("a write without a proof", bearer, 400, "InvalidToken")
	stolen := write
	stolen.header = http.Header{"Authorization": {"DPoP " + t.Access}, "Dpop": {o.proof(o.newKey(), http.MethodPost, o.w.pds+write.path, nonce, t.Access)}}
	o.refused("a write with the proof of another key", stolen, 401, "invalid_token")
	own := query("com.atproto.server.getSession", "")
	own.method = http.MethodGet
	o.ok("whose token", o.authorized(own, t.Access, nonce))
	file := upload("", "image/png", png())
	signed := o.authorized(file, t.Access, nonce)
	signed.header.Set("Content-Type", "image/png")
	o.ok("an upload", signed)

	again := into[tokens](o.asker, o.ok("a refresh", o.token("grant_type", "refresh_token", "refresh_token", t.Refresh)))
	o.ok("a write with the new token", o.authorized(write, again.Access, nonce))
	o.refused("a refresh with the refresh token of before", o.token("grant_type", "refresh_token", "refresh_token", t.Refresh), 400, "invalid_grant")
	o.refused("a refresh after that", o.token("grant_type", "refresh_token", "refresh_token", again.Refresh), 400, "invalid_grant")
	o.ok("a token is given back", o.proven(request{method: http.MethodPost, path: "/oauth/revoke", body: values("client_id", localClient, "token", again.Refresh)}))
}
