package bluesky_test

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/bluesky/sandbox"
)

// Tokens from elsewhere name their owner, whose server is found and asked.
func TestIdentify(t *testing.T) {
	t.Parallel()
	w := newLinkWorld(t, nil)
	tokens := w.Login(t, sandbox.AliceHandle, sandbox.AliceAppPassword)
	c := core.Credentials{AccessToken: core.Secret(tokens.AccessToken), RefreshToken: core.Secret(tokens.RefreshToken)}
	now := w.clock.Now()
	want := core.Account{
		Platform: "bluesky", RemoteID: sandbox.AliceDID, Kind: core.AccountPerson, DisplayName: "Alice", Username: sandbox.AliceHandle,
		ProfileURL: "https://bsky.app/profile/" + sandbox.AliceDID, Scopes: []string{"com.atproto.appPass"},
		ExpiresAt: now.Add(accessLife), RefreshExpiresAt: now.Add(refreshLife),
	}
	for _, id := range []string{"", sandbox.AliceDID, "@Alice.test"} {
		got, err := w.provider.Identify(t.Context(), c, id)
		if diff := cmp.Diff(want, got, cmpopts.EquateApproxTime(time.Second)); diff != "" || err != nil {
			t.Errorf("%q: %s %v", id, diff, err)
		}
	}
}

func TestIdentifyFailures(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		token   func(t *testing.T, w *linkWorld) string
		id      string
		set     func(t *testing.T, w *linkWorld)
		kind    core.Kind
		field   string
		message string
	}{
		"no token":         {text("never-issued"), "", nil, core.KindAuth, "accessToken", "not one of the AT protocol"},
		"another's token":  {text("e30.eyJzdWIiOiIxMjMifQ.e30"), "", nil, core.KindAuth, "accessToken", "not one of the AT protocol"},
		"bound to a key":   {text("e30.eyJzdWIiOiJkaWQ6cGxjOnNhbmRib3hhbGljZTIyMjIyMjIyMjIyMiIsImNuZiI6eyJqa3QiOiJ4In19.e30"), "", nil, core.KindAuth, "accessToken", "bound to a key"},
		"made up":          {text("e30.eyJzdWIiOiJkaWQ6cGxjOnNhbmRib3hhbGljZTIyMjIyMjIyMjIyMiJ9.e30"), "", nil, core.KindAuth, "", "does not accept the access token"},
		"of nobody":        {text("e30.eyJzdWIiOiJkaWQ6cGxjOmFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYSJ9.e30"), "", nil, core.KindAuth, "", "no account"},
		"somebody else's":  {own, sandbox.BobDID, nil, core.KindForbidden, "id", "belongs to " + sandbox.AliceDID},
		"another's handle": {own, sandbox.BobHandle, nil, core.KindForbidden, "id", "belongs to " + sandbox.AliceDID},
		"deactivated":      {own, "", status(sandbox.StatusDeactivated), core.KindForbidden, "accessToken", "deactivated"},
		"server is away": {own, "", func(_ *testing.T, w *linkWorld) {
			w.wire.answer("getSession", http.StatusBadGateway, `{"error":"UpstreamFailure"}`)
		}, core.KindTemporary, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newLinkWorld(t, nil)
			token := core.Secret(tc.token(t, w))
			if tc.set != nil {
				tc.set(t, w)
			}
			_, err := w.provider.Identify(t.Context(), core.Credentials{AccessToken: token}, tc.id)
			e := core.AsError(err)
			if core.KindOf(err) != tc.kind || e.Field != tc.field || !strings.Contains(e.Message, tc.message) || e.Platform != "bluesky" || e.Op == "" {
				t.Errorf("%+v", e)
			}
		})
	}
}

// A refresh token that cannot go on with the access token is refused where it is sent: its
// server would take it, and give the tokens of somebody else.
func TestIdentifyRefusesRefreshToken(t *testing.T) {
	t.Parallel()
	w := newLinkWorld(t, nil)
	alice := w.Login(t, sandbox.AliceHandle, sandbox.AliceAppPassword)
	bob := w.Login(t, sandbox.BobHandle, sandbox.BobAppPassword)
	expired := "e30." + base64.RawURLEncoding.EncodeToString([]byte(`{"sub":"`+sandbox.AliceDID+`","scope":"com.atproto.refresh","exp":1000}`)) + ".e30"
	for name, tc := range map[string]struct{ token, message string }{
		"somebody else's": {bob.RefreshToken, "The refresh token belongs to " + sandbox.BobDID + ", and the access token to " + sandbox.AliceDID + "."},
		"no token":        {"nope", "The refresh token is not one of the AT protocol."},
		"of nobody":       {"e30.e30.e30", "The refresh token is not one of the AT protocol."},
		"access token":    {alice.AccessToken, "The refresh token is none, but an access token."},
		"expired":         {expired, "The refresh token has expired."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := w.provider.Identify(t.Context(), core.Credentials{AccessToken: core.Secret(alice.AccessToken), RefreshToken: core.Secret(tc.token)}, "")
			if e := core.AsError(err); e.Kind != core.KindInvalid || e.Field != "refreshToken" || e.Message != tc.message || !strings.Contains(e.Help, "refreshJwt") {
				t.Errorf("%+v", e)
			}
		})
	}
}

func text(s string) func(*testing.T, *linkWorld) string {
	return func(*testing.T, *linkWorld) string { return s }
}

func own(t *testing.T, w *linkWorld) string {
	t.Helper()
	return w.Login(t, sandbox.AliceHandle, sandbox.AliceAppPassword).AccessToken
}
