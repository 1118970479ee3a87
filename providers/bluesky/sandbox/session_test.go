package sandbox_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/crier-social/crier/providers/bluesky/sandbox"
)

type sessionView struct {
	AccessJWT, RefreshJWT string
	Active                bool
	Status                string
}

func (b *box) session(handle, password string) (out sessionView) {
	b.t.Helper()
	b.want(http.StatusOK, http.MethodPost, "/xrpc/com.atproto.server.createSession", "", object{"identifier": handle, "password": password}).decode(b.t, &out)
	return out
}

func (b *box) renew(status int, token string) (out sessionView, problem string) {
	b.t.Helper()
	got := b.want(status, http.MethodPost, "/xrpc/com.atproto.server.refreshSession", token, nil)
	got.decode(b.t, &out)
	return out, got.problem()
}

// A refresh token that was used is good for two hours more, and leads to the same session.
func TestRotation(t *testing.T) {
	t.Parallel()
	b := start(t)
	first := b.session(sandbox.AliceHandle, sandbox.AliceAppPassword)
	second, _ := b.renew(http.StatusOK, first.RefreshJWT)
	b.clock.Advance(time.Hour)
	b.renew(http.StatusOK, first.RefreshJWT)
	b.clock.Advance(2 * time.Hour)
	if _, problem := b.renew(http.StatusBadRequest, first.RefreshJWT); problem != "ExpiredToken" {
		t.Errorf("an old token: %s", problem)
	}
	third, _ := b.renew(http.StatusOK, second.RefreshJWT)
	b.clock.Advance(90 * 24 * time.Hour)
	if _, problem := b.renew(http.StatusBadRequest, third.RefreshJWT); problem != "ExpiredToken" {
		t.Errorf("after 90 days: %s", problem)
	}
}

// Whoever uses an old refresh token again gets the session that came of it as it is now.
func TestRotationChangesNothingLater(t *testing.T) {
	t.Parallel()
	b := start(t)
	first := b.session(sandbox.AliceHandle, sandbox.AliceAppPassword)
	second, _ := b.renew(http.StatusOK, first.RefreshJWT)
	third, _ := b.renew(http.StatusOK, second.RefreshJWT)
	again, _ := b.renew(http.StatusOK, first.RefreshJWT)
	later, _ := b.renew(http.StatusOK, again.RefreshJWT)
	for _, pair := range [][2]string{{second.RefreshJWT, again.RefreshJWT}, {third.RefreshJWT, later.RefreshJWT}} {
		if want, got := tokenID(t, pair[0]), tokenID(t, pair[1]); want != got {
			t.Errorf("token %s, want %s", got, want)
		}
	}
	b.clock.Advance(3 * time.Hour)
	b.renew(http.StatusBadRequest, second.RefreshJWT)
	b.renew(http.StatusOK, third.RefreshJWT)
}

func tokenID(t *testing.T, token string) string {
	t.Helper()
	var claims jwt.RegisteredClaims
	if _, _, err := jwt.NewParser().ParseUnverified(token, &claims); err != nil || claims.ID == "" {
		t.Fatalf("%q: %v", token, err)
	}
	return claims.ID
}

func TestEndedSessions(t *testing.T) {
	t.Parallel()
	b := start(t)
	session := b.session(sandbox.AliceHandle, sandbox.AliceAppPassword)
	if err := b.EndSessions(sandbox.AliceDID); err != nil {
		t.Fatal(err)
	}
	b.renew(http.StatusBadRequest, session.RefreshJWT)
	got := b.want(http.StatusBadRequest, http.MethodGet, "/xrpc/com.atproto.server.getSession", session.AccessJWT, nil)
	if got.problem() != "ExpiredToken" {
		t.Errorf("%s", got.body)
	}
	if dave := b.session(sandbox.DaveHandle, sandbox.DaveAppPassword); dave.Active || dave.Status != "deactivated" {
		t.Errorf("%+v", dave)
	}
}

// Whoever revokes an app password ends its sessions, and no others.
func TestRevokedAppPassword(t *testing.T) {
	t.Parallel()
	b := start(t)
	main := b.session(sandbox.AliceHandle, sandbox.Password)
	var made struct{ Password string }
	b.want(http.StatusOK, http.MethodPost, "/xrpc/com.atproto.server.createAppPassword", main.AccessJWT, object{"name": "crier"}).decode(t, &made)
	app := b.session(sandbox.AliceHandle, made.Password)
	b.want(http.StatusOK, http.MethodPost, "/xrpc/com.atproto.server.revokeAppPassword", main.AccessJWT, object{"name": "crier"})
	b.renew(http.StatusBadRequest, app.RefreshJWT)
	b.renew(http.StatusOK, main.RefreshJWT)
	b.want(http.StatusUnauthorized, http.MethodPost, "/xrpc/com.atproto.server.createSession", "", object{"identifier": "alice.test", "password": made.Password})
}

// What members have granted, and the clock, outlast a sandbox that has a folder; posts do not.
func TestState(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	keep := func(o *sandbox.Options) { o.Dir = dir }
	before := start(t, keep)
	session := before.session(sandbox.AliceHandle, sandbox.AliceAppPassword)
	before.post(session.AccessJWT, "alice.test", "hi")
	granted := newApp(t, before)
	tokens := granted.granted("alice.test")
	if err := before.Advance(time.Minute); err != nil {
		t.Fatal(err)
	}
	after := start(t, keep, func(o *sandbox.Options) { o.BaseURL = before.url })
	if got := after.Clock().Now().Sub(after.clock.Now()); got != time.Minute || len(after.Posts()) != 0 {
		t.Errorf("%v ahead, %d posts", got, len(after.Posts()))
	}
	after.renew(http.StatusOK, session.RefreshJWT)
	if grants := after.Grants(); len(grants) != 1 || grants[0].Account != sandbox.AliceDID || tokens.Refresh == "" {
		t.Errorf("%+v", grants)
	}
}
