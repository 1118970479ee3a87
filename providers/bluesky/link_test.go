package bluesky_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/bluesky"
	"github.com/crier-social/crier/providers/bluesky/sandbox"
)

const (
	accessLife  = 2 * time.Hour
	refreshLife = 90 * 24 * time.Hour
)

// A handle and an app password are a grant: tokens that say themselves when they end, and the
// account as others see it.
func TestLinkWithAppPassword(t *testing.T) {
	t.Parallel()
	w := newLinkWorld(t, nil)
	g := w.linked(t, " @Alice.test\n", " "+sandbox.AliceAppPassword+" ")
	now := w.clock.Now()
	account := core.Account{
		Platform: "bluesky", RemoteID: sandbox.AliceDID, Kind: core.AccountPerson, DisplayName: "Alice", Username: sandbox.AliceHandle,
		ProfileURL: "https://bsky.app/profile/" + sandbox.AliceDID, Status: core.AccountActive, App: "appPassword", Scopes: []string{"com.atproto.appPass"},
		ExpiresAt: now.Add(accessLife), RefreshExpiresAt: now.Add(refreshLife),
	}
	want := core.Grant{
		Credentials: core.Credentials{
			ExpiresAt: account.ExpiresAt, RefreshExpiresAt: account.RefreshExpiresAt, Scopes: account.Scopes, App: "appPassword", IssuedAt: now,
			Binding: core.Secret(`{"pds":"` + w.URL + `"}`),
		},
		Accounts: []core.Account{account},
	}
	if g.Credentials.AccessToken == "" || g.Credentials.RefreshToken == "" {
		t.Error("there are no tokens")
	}
	ignored := cmpopts.IgnoreFields(core.Credentials{}, "AccessToken", "RefreshToken")
	if diff := cmp.Diff(want, g, ignored, cmpopts.EquateApproxTime(time.Second)); diff != "" {
		t.Error(diff)
	}
	if w.wire.count("createSession") != 1 {
		t.Error("servers count every try to sign in; one is enough")
	}
}

// Without an AppView an account is known by what its own server has of it.
func TestLinkWithoutAppView(t *testing.T) {
	t.Parallel()
	w := newLinkWorld(t, nil)
	w.wire.answer("app.bsky.actor.getProfile", http.StatusBadGateway, `{"error":"UpstreamFailure"}`)
	a := w.linked(t, sandbox.AliceHandle, sandbox.AliceAppPassword).Accounts[0]
	if a.DisplayName != "Alice" || a.Username != sandbox.AliceHandle {
		t.Errorf("%+v", a)
	}
	w.wire.answer("com.atproto.repo.getRecord", http.StatusOK, `{"uri":"at://x","value":{"displayName":" ","avatar":{"$type":"blob","ref":{"$link":"bafkrei1"},"mimeType":"image/png","size":1}}}`)
	a = w.linked(t, sandbox.AliceHandle, sandbox.AliceAppPassword).Accounts[0]
	if want := w.URL + "/xrpc/com.atproto.sync.getBlob?cid=bafkrei1&did=" + strings.ReplaceAll(sandbox.AliceDID, ":", "%3A"); a.DisplayName != sandbox.AliceHandle || a.ImageURL != want {
		t.Errorf("%+v", a)
	}
	w.wire.answer("com.atproto.repo.getRecord", http.StatusOK, `{"uri":"at://x","value":{"displayName":"`+strings.Repeat("a", 641)+`","avatar":{"$type":"blob","ref":{"$link":"../../x"}}}}`)
	if a = w.linked(t, sandbox.AliceHandle, sandbox.AliceAppPassword).Accounts[0]; a.DisplayName != sandbox.AliceHandle || a.ImageURL != "" {
		t.Errorf("what no profile can have is shown: %+v", a)
	}
	w.wire.answer("com.atproto.repo.getRecord", http.StatusBadRequest, `{"error":"RecordNotFound"}`)
	if a = w.linked(t, sandbox.AliceHandle, sandbox.AliceAppPassword).Accounts[0]; a.DisplayName != sandbox.AliceHandle {
		t.Errorf("%+v", a)
	}
}

// The account's own password works, and whoever used it is told of a better one.
func TestLinkWithMainPassword(t *testing.T) {
	t.Parallel()
	w := newLinkWorld(t, nil)
	g := w.linked(t, sandbox.AliceHandle, sandbox.Password)
	if len(g.Notes) != 1 || g.Notes[0].Status != core.FindingWarning || !strings.Contains(g.Notes[0].Help, "App passwords") {
		t.Errorf("%+v", g.Notes)
	}
}

func TestLinkFailures(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		handle, password string
		set              func(t *testing.T, w *linkWorld)
		kind             core.Kind
		field            string
		message, help    string // parts
	}{
		"no handle":        {"", sandbox.AliceAppPassword, nil, core.KindInvalid, "handle", "missing", "alice.bsky.social"},
		"no password":      {sandbox.AliceHandle, " ", nil, core.KindInvalid, "appPassword", "missing", "App passwords"},
		"mail address":     {"alice@example.com", sandbox.AliceAppPassword, nil, core.KindInvalid, "handle", "e-mail address", "handle"},
		"half a handle":    {"alice", sandbox.AliceAppPassword, nil, core.KindInvalid, "handle", "not a handle", "alice.bsky.social"},
		"unknown handle":   {"ghost.test", sandbox.AliceAppPassword, nil, core.KindInvalid, "handle", "no account with the handle ghost.test", "spelling"},
		"wrong password":   {sandbox.AliceHandle, sandbox.BobAppPassword, nil, core.KindInvalid, "appPassword", "does not take this app password for alice.test", "deleted"},
		"taken down":       {sandbox.AliceDID, sandbox.AliceAppPassword, status(sandbox.StatusTakendown), core.KindInvalid, "appPassword", "does not take this app password", "taken down"},
		"deactivated":      {sandbox.DaveDID, sandbox.DaveAppPassword, nil, core.KindForbidden, "handle", "is deactivated", "Activate it"},
		"suspended":        {sandbox.AliceDID, sandbox.Password, status(sandbox.StatusSuspended), core.KindForbidden, "handle", "taken down", ""},
		"handle elsewhere": {sandbox.AliceHandle, sandbox.AliceAppPassword, alterDocument("at://alice.test", "at://other.test"), core.KindInvalid, "handle", "does not bear it", "the app shows"},
		"deleted":          {sandbox.AliceDID, sandbox.AliceAppPassword, status(sandbox.StatusDeleted), core.KindInvalid, "handle", "was deleted", "another account"},
		"no server":        {sandbox.AliceHandle, sandbox.AliceAppPassword, alterDocument("#atproto_pds", "#other"), core.KindInvalid, "handle", "names no server", ""},
		"second factor":    {sandbox.AliceHandle, sandbox.Password, refused(401, "AuthFactorTokenRequired"), core.KindInvalid, "appPassword", "asks for a code", "needs no code"},
		"too many tries":   {sandbox.AliceHandle, sandbox.AliceAppPassword, refused(429, "RateLimitExceeded"), core.KindRateLimited, "", "too many tries", "later"},
		"server is away":   {sandbox.AliceHandle, sandbox.AliceAppPassword, refused(502, "UpstreamFailure"), core.KindTemporary, "", "did not answer as it should", "Start again"},
		"AppView is away": {
			sandbox.AliceHandle, sandbox.AliceAppPassword, func(_ *testing.T, w *linkWorld) {
				w.wire.answer("resolveHandle", http.StatusServiceUnavailable, ``)
			}, core.KindTemporary, "", "(CRIER_BLUESKY_APPVIEW_URL): it answered with status 503", "Start again",
		},
		"directory is away": {
			sandbox.AliceHandle, sandbox.AliceAppPassword, func(_ *testing.T, w *linkWorld) {
				w.wire.answer("/plc/", http.StatusServiceUnavailable, ``)
			}, core.KindTemporary, "", "(CRIER_BLUESKY_PLC_URL): it answered with status 503", "Start again",
		},
		"another account": {
			sandbox.AliceHandle, sandbox.AliceAppPassword, func(_ *testing.T, w *linkWorld) {
				w.wire.alter("createSession", func(body []byte) (int, []byte) {
					return http.StatusOK, []byte(strings.ReplaceAll(string(body), sandbox.AliceDID, sandbox.BobDID))
				})
			}, core.KindForbidden, "handle", "instead of", "runs the server",
		},
		"nothing": {sandbox.AliceHandle, sandbox.AliceAppPassword, func(_ *testing.T, w *linkWorld) {
			w.wire.answer("createSession", http.StatusOK, `{}`)
		}, core.KindTemporary, "", "cannot be used", "Start again"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newLinkWorld(t, nil)
			if tc.set != nil {
				tc.set(t, w)
			}
			_, err := w.direct(t, tc.handle, tc.password)
			e := core.AsError(err)
			if err == nil || e.Kind != tc.kind || e.Field != tc.field || e.Op == "" || e.Platform != "bluesky" {
				t.Fatalf("%+v", e)
			}
			if !strings.Contains(e.Message, tc.message) || strings.HasPrefix(e.Message, "http") || !strings.Contains(core.HelpOf(e), tc.help) {
				t.Errorf("%q, %q", e.Message, core.HelpOf(e))
			}
			if password := strings.TrimSpace(tc.password); password != "" && strings.Contains(e.Error()+e.Help, password) {
				t.Errorf("the error holds the password: %v", e)
			}
		})
	}
}

// Whoever mends what kept the account from being linked can link it at once.
func TestLinkAfterMending(t *testing.T) {
	t.Parallel()
	w := newLinkWorld(t, nil)
	alterDocument("at://alice.test", "at://other.test")(t, w)
	if _, err := w.direct(t, sandbox.AliceHandle, sandbox.AliceAppPassword); !strings.Contains(core.AsError(err).Message, "does not bear it") {
		t.Error(err)
	}
	alterDocument("", "")(t, w)
	w.linked(t, sandbox.AliceHandle, sandbox.AliceAppPassword)
}

func status(s sandbox.Status) func(*testing.T, *linkWorld) {
	return func(t *testing.T, w *linkWorld) {
		t.Helper()
		if err := w.Sandbox.SetStatus(sandbox.AliceDID, s); err != nil {
			t.Fatal(err)
		}
	}
}

func alterDocument(from, to string) func(*testing.T, *linkWorld) {
	return func(_ *testing.T, w *linkWorld) {
		w.wire.alter("/plc/", func(body []byte) (int, []byte) {
			return http.StatusOK, []byte(strings.ReplaceAll(string(body), from, to))
		})
	}
}

func refused(status int, name string) func(*testing.T, *linkWorld) {
	return func(_ *testing.T, w *linkWorld) {
		w.wire.answer("createSession", status, `{"error":"`+name+`","message":"words"}`)
	}
}

// A stranger's server at an address that is not public is not called, and the person learns
// why.
func TestLinkToAnAddressThatIsNotPublic(t *testing.T) {
	t.Parallel()
	w := newLinkWorld(t, func(_ *bluesky.Config, d *bluesky.Deps) {
		d.Guarded = &http.Client{Transport: guard{}}
	})
	_, err := w.direct(t, sandbox.AliceHandle, sandbox.AliceAppPassword)
	if e := core.AsError(err); e.Kind != core.KindInvalid || e.Field != "handle" || !strings.Contains(e.Message, "is not on the public internet") || !strings.Contains(e.Help, "CRIER_MEDIA_ALLOW") {
		t.Errorf("%+v", e)
	}
	_, err = w.direct(t, "did:web:intranet.example.com", sandbox.AliceAppPassword)
	if e := core.AsError(err); e.Kind != core.KindInvalid || e.Field != "handle" || !strings.Contains(e.Message, "is not on the public internet") || !strings.Contains(e.Help, "CRIER_MEDIA_ALLOW") {
		t.Errorf("%+v", e)
	}
}

// guard refuses all addresses.
type guard struct{}

func (guard) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, &core.Error{Kind: core.KindMedia, Code: core.CodeMediaBlocked, Op: "netguard", Message: "the host is not on the public internet"}
}

// OAuth is offered where servers elsewhere can read what this one is, or people are on its own
// machine; for how long a consent is good is told where it is known.
func TestLinkApps(t *testing.T) {
	t.Parallel()
	keys := func(purpose string) [][]byte { return [][]byte{slices.Repeat([]byte(purpose[:1]), 32)} }
	for name, tc := range map[string]struct {
		base     string
		keys     func(string) [][]byte
		apps     []string
		lasts    time.Duration
		document bool
		told     string // a part of what an examination says
	}{
		"no public address":    {"", keys, []string{"appPassword"}, 0, false, "has no public address"},
		"no TLS":               {"http://crier.example.org", keys, []string{"appPassword"}, 0, false, "has no TLS"},
		"public":               {"https://crier.example.org", keys, []string{"oauth", "appPassword"}, 0, true, "at https://crier.example.org/link/clients/bluesky.json, which"},
		"public, without keys": {"https://crier.example.org", nil, []string{"oauth", "appPassword"}, 14 * 24 * time.Hour, true, "no master key"},
		"own machine":          {"http://127.0.0.1:8080", keys, []string{"oauth", "appPassword"}, 14 * 24 * time.Hour, false, "at this machine"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newLinkWorld(t, func(_ *bluesky.Config, d *bluesky.Deps) {
				d.Keys = tc.keys
				if tc.base != "" {
					d.RedirectURL, d.ClientURL = tc.base+"/link/callback", tc.base+"/link/clients/bluesky.json"
				}
			})
			var names []string
			for _, a := range w.provider.LinkApps() {
				names = append(names, a.Name)
			}
			if diff := cmp.Diff(tc.apps, names); diff != "" {
				t.Error(diff)
			}
			direct := w.provider.LinkApps()[len(names)-1]
			if i := slices.IndexFunc(direct.Fields, func(f core.LinkField) bool { return f.Name == "appPassword" }); !direct.Direct || i < 0 ||
				!strings.Contains(direct.Fields[i].Help, "https://bsky.app/settings/app-passwords") || !strings.Contains(direct.Fields[i].Help, "the server that keeps your account") {
				t.Errorf("%+v does not tell where app passwords are made, and where they go", direct.Fields)
			}
			if got := w.provider.LinkApps()[0].Lasts; got != tc.lasts {
				t.Errorf("lasts %v, want %v", got, tc.lasts)
			}
			if (w.provider.ClientDocument() != nil) != tc.document {
				t.Errorf("document %s", w.provider.ClientDocument())
			}
			none := w.provider.NoOAuth()
			if offered := len(tc.apps) == 2; offered != (none == nil) || none != nil && none.Help == "" {
				t.Errorf("no OAuth because of %v", none)
			}
			findings := w.provider.Examine(t.Context(), nil)
			told := findings[len(findings)-1]
			if told.Check != "sign-in" || told.Status != core.FindingOK || !strings.Contains(told.Message, tc.told) {
				t.Errorf("the examination tells %+v", told)
			}
			_, err := w.provider.Authorize(t.Context(), core.LinkRequest{App: "appPassword"})
			if core.KindOf(err) != core.KindUnsupported {
				t.Error(err)
			}
		})
	}
}

// A server without OAuth leaves the other way.
func TestLinkByOAuthWhereThereIsNone(t *testing.T) {
	t.Parallel()
	w := newLinkWorld(t, onOwnMachine)
	w.wire.answer("oauth-protected-resource", http.StatusNotFound, `{}`)
	_, err := w.provider.Authorize(t.Context(), core.LinkRequest{App: "oauth", RedirectURL: ownRedirect, State: "s", Verifier: strings.Repeat("v", 43), Answers: answers(sandbox.AliceHandle, "")})
	if e := core.AsError(err); e.Kind != core.KindUnsupported || e.Field != "handle" || !strings.Contains(e.Help, "app password") {
		t.Errorf("%+v", e)
	}
	_, err = w.provider.Authorize(t.Context(), core.LinkRequest{App: "oauth", Answers: answers("ghost.test", "")})
	if e := core.AsError(err); e.Kind != core.KindInvalid || e.Field != "handle" {
		t.Errorf("%+v", e)
	}
}

const ownRedirect = "http://127.0.0.1:8080/link/callback"

// onOwnMachine lets people link by OAuth who are on the server's own machine.
func onOwnMachine(_ *bluesky.Config, d *bluesky.Deps) { d.RedirectURL = ownRedirect }
