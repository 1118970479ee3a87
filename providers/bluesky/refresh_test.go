package bluesky_test

import (
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/bluesky/sandbox"
)

// A session goes on for as long as it is renewed.
func TestRefreshSession(t *testing.T) {
	t.Parallel()
	w := newLinkWorld(t, nil)
	c := w.linked(t, sandbox.AliceHandle, sandbox.AliceAppPassword).Credentials
	for range 3 {
		w.clock.Advance(80 * 24 * time.Hour)
		fresh, err := w.provider.Refresh(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		now := w.clock.Now()
		if fresh.AccessToken == c.AccessToken || fresh.RefreshToken == c.RefreshToken || fresh.ExpiresAt.Sub(now) > accessLife || fresh.ExpiresAt.Sub(now) < accessLife-time.Second ||
			fresh.RefreshExpiresAt.Sub(now) > refreshLife || !fresh.IssuedAt.Equal(now) || fresh.App != "appPassword" || fresh.Binding != c.Binding {
			t.Errorf("%+v after %+v", fresh, c)
		}
		if a, err := w.provider.Identify(t.Context(), fresh, ""); err != nil || a.RemoteID != sandbox.AliceDID {
			t.Error(a, err)
		}
		c = fresh
	}
}

// What its server calls the account now comes with the new tokens.
func TestRefreshTellsTheHandle(t *testing.T) {
	t.Parallel()
	w := newLinkWorld(t, nil)
	c := w.linked(t, sandbox.AliceHandle, sandbox.AliceAppPassword).Credentials
	for handle, want := range map[string]string{"Alice.New.test": "alice.new.test", "handle.invalid": "", "a\nb": ""} {
		if err := w.Sandbox.SetHandle(sandbox.AliceDID, handle); err != nil {
			t.Fatal(err)
		}
		fresh, err := w.provider.Refresh(t.Context(), c)
		if want := (core.Holder{RemoteID: sandbox.AliceDID, Username: want}); err != nil || fresh.Holder != want {
			t.Errorf("%q: %+v, %v", handle, fresh.Holder, err)
		}
	}
}

// Tokens that came from elsewhere are renewed where the account is now.
func TestRefreshWithoutBinding(t *testing.T) {
	t.Parallel()
	w := newLinkWorld(t, nil)
	tokens := w.Login(t, sandbox.AliceHandle, sandbox.AliceAppPassword)
	fresh, err := w.provider.Refresh(t.Context(), core.Credentials{AccessToken: core.Secret(tokens.AccessToken), RefreshToken: core.Secret(tokens.RefreshToken)})
	if err != nil || fresh.Binding != core.Secret(`{"pds":"`+w.URL+`"}`) {
		t.Errorf("%+v, %v", fresh, err)
	}
}

// Whoever renews tokens may stand before several servers, among which accounts move.
func TestRefreshFollowsTheAccount(t *testing.T) {
	t.Parallel()
	for name, begin := range map[string]func(*testing.T) (*linkWorld, core.Credentials){
		"app password": func(t *testing.T) (*linkWorld, core.Credentials) {
			t.Helper()
			w := newLinkWorld(t, nil)
			return w, w.linked(t, sandbox.AliceHandle, sandbox.AliceAppPassword).Credentials
		},
		"OAuth": func(t *testing.T) (*linkWorld, core.Credentials) {
			t.Helper()
			w := newOAuthWorld(t, onOwnMachine)
			g, err := w.provider.Exchange(t.Context(), w.begin(t), w.cameBack())
			if err != nil {
				t.Fatal(err)
			}
			return w, g.Credentials
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, c := begin(t)
			w.clock.Advance(time.Hour) // what was known of the account is old
			alterDocument(`"serviceEndpoint":"`+w.URL, `"serviceEndpoint":"https://new.example`)(t, w)
			fresh, err := w.provider.Refresh(t.Context(), c)
			if err != nil || !strings.Contains(fresh.Binding.Reveal(), `"pds":"https://new.example"`) {
				t.Fatalf("%v: %s", err, fresh.Binding.Reveal())
			}
			// What is renewed is kept at once: nobody is asked anything after that.
			if last := w.wire.last(); !strings.Contains(last, "refreshSession") && !strings.Contains(last, "token-endpoint") {
				t.Errorf("the last call is %s", last)
			}
			w.wire.answer("/plc/", 502, "")
			w.clock.Advance(time.Hour)
			if again, err := w.provider.Refresh(t.Context(), c); err == nil && again.Binding != c.Binding {
				t.Errorf("nobody tells, and the server changes: %s", again.Binding.Reveal())
			}
		})
	}
}

// Tokens of two people are the end: nobody knows for whom they would be renewed.
func TestRefreshOfTwo(t *testing.T) {
	t.Parallel()
	w := newLinkWorld(t, nil)
	alice := w.Login(t, sandbox.AliceHandle, sandbox.AliceAppPassword)
	bob := w.Login(t, sandbox.BobHandle, sandbox.BobAppPassword)
	_, err := w.provider.Refresh(t.Context(), core.Credentials{AccessToken: core.Secret(bob.AccessToken), RefreshToken: core.Secret(alice.RefreshToken)})
	want := "its access token is for " + sandbox.BobDID + ", and its refresh token for " + sandbox.AliceDID
	if e := core.AsError(err); e.Kind != core.KindAuth || e.Message != want {
		t.Errorf("%+v", e)
	}
	if n := w.wire.count("refreshSession"); n != 0 {
		t.Errorf("%d calls, want none", n)
	}
}

func TestRefreshFailures(t *testing.T) {
	t.Parallel()
	moved := alterDocument("http://127.0.0.1", "https://new.example")
	for name, tc := range map[string]struct {
		set     func(t *testing.T, w *linkWorld)
		kind    core.Kind
		message string // a part
	}{
		"the app password was deleted": {func(t *testing.T, w *linkWorld) {
			t.Helper()
			if err := w.Sandbox.EndSessions(sandbox.AliceDID); err != nil {
				t.Fatal(err)
			}
		}, core.KindAuth, "its session was ended on its server"},
		"nobody renewed it":         {func(_ *testing.T, w *linkWorld) { w.clock.Advance(100 * 24 * time.Hour) }, core.KindAuth, "it was not renewed in time"},
		"it is taken down":          {status(sandbox.StatusTakendown), core.KindForbidden, "taken down"},
		"it is deactivated":         {status(sandbox.StatusDeactivated), "", ""},
		"it has moved":              {func(t *testing.T, w *linkWorld) { t.Helper(); status(sandbox.StatusDeactivated)(t, w); moved(t, w) }, core.KindAuth, "it has moved from http://127.0.0.1"},
		"it has moved, and is gone": {func(t *testing.T, w *linkWorld) { t.Helper(); refusedRefresh(400, "InvalidRequest")(t, w); moved(t, w) }, core.KindAuth, "it has moved"},
		"it was deleted":            {func(t *testing.T, w *linkWorld) { t.Helper(); status(sandbox.StatusDeleted)(t, w) }, core.KindAuth, "it was deleted"},
		"the server knows nothing":  {refusedRefresh(400, "InvalidRequest"), core.KindTemporary, "refused"},
		"a gateway says no":         {refusedRefresh(401, ""), core.KindTemporary, ""},
		"another word for no":       {refusedRefresh(401, "SomethingElse"), core.KindTemporary, ""},
		"the server is away":        {refusedRefresh(502, "UpstreamFailure"), core.KindTemporary, ""},
		"too many questions":        {refusedRefresh(429, "RateLimitExceeded"), core.KindRateLimited, ""},
		"for somebody else":         {renewedFor(sandbox.BobDID), core.KindAuth, "for another account, " + sandbox.BobDID},
		"for nobody":                {renewedFor(""), core.KindTemporary, "cannot be used"},
		"an answer without meaning": {refusedRefresh(200, "x"), core.KindTemporary, "cannot be used"},
		"a token of another server": {refusedRefresh(400, "InvalidToken"), core.KindAuth, "its session was ended"},
		"the directory is away, too": {func(t *testing.T, w *linkWorld) {
			t.Helper()
			refusedRefresh(400, "ExpiredToken")(t, w)
			w.wire.answer("/plc/", 502, "")
		}, core.KindAuth, "its session was ended"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newLinkWorld(t, nil)
			c := w.linked(t, sandbox.AliceHandle, sandbox.AliceAppPassword).Credentials
			tc.set(t, w)
			_, err := w.provider.Refresh(t.Context(), c)
			e := core.AsError(err)
			if core.KindOf(err) != tc.kind || err != nil && !strings.Contains(e.Message, tc.message) {
				t.Errorf("%+v", e)
			}
			if n := w.wire.count("refreshSession"); n != 1 {
				t.Errorf("%d calls, want one", n)
			}
			if err != nil && (strings.Contains(e.Error(), c.RefreshToken.Reveal()) || e.Platform != "bluesky") {
				t.Error(e)
			}
		})
	}
}

func refusedRefresh(status int, name string) func(*testing.T, *linkWorld) {
	body := `{"error":"` + name + `"}`
	if name == "" {
		body = "no"
	}
	return func(_ *testing.T, w *linkWorld) { w.wire.answer("refreshSession", status, body) }
}

func renewedFor(did string) func(*testing.T, *linkWorld) {
	return func(_ *testing.T, w *linkWorld) {
		w.wire.answer("refreshSession", 200, `{"accessJwt":"a","refreshJwt":"r","handle":"bob.test","did":"`+did+`"}`)
	}
}

// Without a refresh token, or as another client than the one that it was given to, nobody is
// asked.
func TestRefreshAsksNobody(t *testing.T) {
	t.Parallel()
	w := newLinkWorld(t, onOwnMachine)
	_, err := w.provider.Refresh(t.Context(), core.Credentials{AccessToken: "a"})
	if core.KindOf(err) != core.KindAuth {
		t.Error(err)
	}
	_, err = w.provider.Refresh(t.Context(), core.Credentials{RefreshToken: "r", Binding: `{"pds":"https://pds.example","key":"k","client":"https://was.example/client.json"}`})
	if e := core.AsError(err); e.Kind != core.KindForbidden || !e.Unsent || !strings.Contains(e.Message, "https://was.example") || !strings.Contains(e.Help, "CRIER_PUBLIC_URL") {
		t.Errorf("%+v", e)
	}
	_, err = w.provider.Refresh(t.Context(), core.Credentials{AccessToken: "a", RefreshToken: "r"})
	if e := core.AsError(err); e.Kind != core.KindUnsupported || e.Help == "" {
		t.Errorf("%+v", e)
	}
	if n := w.wire.count("/"); n != 0 {
		t.Errorf("%d calls", n)
	}
}
