package interop_test

import (
	"net/http"
	"time"
)

// session is what createSession and refreshSession answer.
type session struct {
	DID        string `json:"did"`
	AccessJWT  string `json:"accessJwt"`
	RefreshJWT string `json:"refreshJwt"`
}

func signIn(identifier, password string) request {
	return procedure("com.atproto.server.createSession", "", map[string]string{"identifier": identifier, "password": password})
}

func refresh(token string) request {
	return procedure("com.atproto.server.refreshSession", token, nil)
}

// signedIn is a session of an account, by its app password.
func (a *asker) signedIn(who account) session {
	a.t.Helper()
	got := a.ask(signIn(who.handle, who.appPassword))
	if got.Status != http.StatusOK {
		a.t.Fatalf("%d %s", got.Status, got.raw)
	}
	return into[session](a, got)
}

// askAboutSessions is about https://atproto.com/specs/xrpc#authentication.
func askAboutSessions(a *asker) {
	alice, bob := a.w.alice, a.w.bob
	a.refused("sign in with a wrong password", signIn(alice.handle, "wrong"), 401, "AuthenticationRequired")
	a.refused("sign in with another's app password", signIn(alice.handle, bob.appPassword), 401, "AuthenticationRequired")
	a.refused("sign in as nobody", signIn("nobody.test", "wrong"), 401, "AuthenticationRequired")
	a.refused("sign in without a password", procedure("com.atproto.server.createSession", "", map[string]string{"identifier": alice.handle}), 400, "InvalidRequest")
	a.ok("sign in with the main password", signIn(alice.handle, alice.password))
	a.ok("sign in with a DID", signIn(alice.did, alice.appPassword))
	a.ok("sign in with a handle in capitals", signIn("ALICE.test", alice.appPassword))
	s := into[session](a, a.ok("sign in with an app password", signIn(alice.handle, alice.appPassword)))

	own := func(token string) request { return query("com.atproto.server.getSession", token) }
	a.ok("whose session", own(s.AccessJWT))
	a.refused("whose session, without a token", own(""), 401, "AuthMissing")
	a.refused("whose session, with no token at all", own("nonsense"), 400, "InvalidToken")
	a.refused("whose session, with the refresh token", own(s.RefreshJWT), 400, "InvalidToken")
	a.refused("refresh with the access token", refresh(s.AccessJWT), 400, "InvalidToken")
	a.refused("refresh without a token", refresh(""), 401, "AuthMissing")
	a.ok("a token for another service", query("com.atproto.server.getServiceAuth", s.AccessJWT, "aud", "did:web:video.example.com", "lxm", "com.atproto.repo.uploadBlob"))

	second := into[session](a, a.ok("refresh", refresh(s.RefreshJWT)))
	a.ok("refresh again with the same token, soon after", refresh(s.RefreshJWT))
	a.ok("the access token of before, after a refresh", own(s.AccessJWT))

	a.w.advance(a.t, 3*time.Hour)
	a.refused("an access token that has ended", own(second.AccessJWT), 400, "ExpiredToken")
	a.refused("a write with an access token that has ended", put(second.AccessJWT, alice.did, firstKey, post("Late", nil)), 400, "ExpiredToken")
	a.refused("refresh again with the same token, hours after", refresh(s.RefreshJWT), 400, "ExpiredToken")
	third := into[session](a, a.ok("refresh, hours after", refresh(second.RefreshJWT)))
	a.ok("whose session, once refreshed", own(third.AccessJWT))

	end := func(token string) request { return procedure("com.atproto.server.deleteSession", token, nil) }
	a.ok("end a session", end(third.RefreshJWT))
	a.refused("refresh a session that was ended", refresh(third.RefreshJWT), 400, "ExpiredToken")
	a.ok("the access token of a session that was ended", own(third.AccessJWT))

	fourth := into[session](a, a.ok("sign in once more", signIn(alice.handle, alice.appPassword)))
	a.w.advance(a.t, 100*24*time.Hour)
	a.refused("refresh after a hundred days", refresh(fourth.RefreshJWT), 400, "ExpiredToken")
}
