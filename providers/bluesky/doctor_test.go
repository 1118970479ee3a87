package bluesky_test

import (
	"context"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/providers/bluesky"
	"github.com/crier-social/crier/providers/bluesky/oauth"
	"github.com/crier-social/crier/providers/bluesky/sandbox"
)

// verdict is what an examination tells of one thing.
func verdict(t *testing.T, findings []core.Finding, check string) core.Finding {
	t.Helper()
	for _, f := range findings {
		if f.Check == check {
			return f
		}
	}
	t.Fatalf("nothing about %q in %+v", check, findings)
	return core.Finding{}
}

func statuses(findings []core.Finding) map[string]core.FindingStatus {
	out := map[string]core.FindingStatus{}
	for _, f := range findings {
		out[f.Check] = f.Status
	}
	return out
}

func TestExamine(t *testing.T) {
	t.Parallel()
	w := newEngageWorld(t)
	ok := core.FindingOK
	if diff := cmp.Diff(map[string]core.FindingStatus{
		"identity directory": ok, "AppView": ok, "video service": ok, "sign-in": ok,
	}, statuses(w.provider.Examine(t.Context(), nil))); diff != "" {
		t.Error(diff)
	}
	found := w.provider.Examine(t.Context(), w.alice(t))
	if diff := cmp.Diff(map[string]core.FindingStatus{
		"identity directory": ok, "AppView": ok, "account's server": ok, "token": ok, "handle": ok,
		"account": ok, "scopes": ok, "video service": ok, "video limits": ok,
	}, statuses(found)); diff != "" {
		t.Errorf("%s\n%+v", diff, found)
	}
	if n := len(w.Sandbox.WriteCalls()); n != 0 {
		t.Errorf("%d calls that change something", n)
	}
}

// An examination tells what the account is called now.
func TestExamineTellsTheHandle(t *testing.T) {
	t.Parallel()
	w := newEngageWorld(t)
	s := w.alice(t)
	var named []string
	s.OnNamed = func(username string) { named = append(named, username) }
	if err := w.Sandbox.SetHandle(sandbox.AliceDID, "alice.new.test"); err != nil {
		t.Fatal(err)
	}
	w.provider.Examine(t.Context(), s)
	if diff := cmp.Diff([]string{"alice.new.test"}, named); diff != "" {
		t.Error(diff)
	}
}

// What is wrong with an account is told of the thing that it is wrong with.
func TestExamineTrouble(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		change  func(t *testing.T, w *engageWorld, s *core.Session)
		check   string
		want    core.FindingStatus
		message string
	}{
		{"the main password", func(t *testing.T, w *engageWorld, s *core.Session) {
			*s = *w.session(t, sandbox.AliceDID, sandbox.AliceHandle, sandbox.Password)
		}, "scopes", core.FindingWarning, "its own password"},
		{"a session that was ended", func(t *testing.T, w *engageWorld, _ *core.Session) {
			if err := w.Sandbox.EndSessions(sandbox.AliceHandle); err != nil {
				t.Fatal(err)
			}
		}, "token", core.FindingMissing, ""},
		{"somebody else's token", func(t *testing.T, w *engageWorld, s *core.Session) {
			s.Account.RemoteID = sandbox.BobDID
		}, "token", core.FindingMissing, sandbox.AliceDID},
		{"a handle that leads elsewhere", func(t *testing.T, w *engageWorld, _ *core.Session) {
			w.Next(t, "GET /xrpc/com.atproto.identity.resolveHandle", sandbox.Respond(200, `{"did":"`+sandbox.BobDID+`"}`))
		}, "handle", core.FindingWarning, "handle.invalid"},
		{"an account that has moved", func(t *testing.T, w *engageWorld, _ *core.Session) {
			w.Next(t, "GET /plc/did:plc:*", sandbox.Respond(200, `{"id":"`+sandbox.AliceDID+`","alsoKnownAs":["at://alice.test"],"service":[
				{"id":"#atproto_pds","type":"AtprotoPersonalDataServer","serviceEndpoint":"https://pds.example"}]}`))
		}, "handle", core.FindingMissing, "moved to the server https://pds.example"},
		{"an account that is not shown", func(t *testing.T, w *engageWorld, _ *core.Session) {
			if err := w.Sandbox.SetStatus(sandbox.AliceHandle, sandbox.StatusDeactivated); err != nil {
				t.Fatal(err)
			}
		}, "account", core.FindingMissing, "deactivated"},
		{"no videos", func(t *testing.T, w *engageWorld, _ *core.Session) {
			w.Next(t, "GET /xrpc/app.bsky.video.getUploadLimits", sandbox.Respond(200, `{"canUpload":false,"message":"User must confirm email"}`))
		}, "video limits", core.FindingWarning, "confirm email"},
		{"video limits in trouble", func(t *testing.T, w *engageWorld, _ *core.Session) {
			f := sandbox.Fail(503, "", "")
			f.Times = 3
			w.Next(t, "GET /xrpc/app.bsky.video.getUploadLimits", f)
		}, "video limits", core.FindingUnknown, "could not be found out"},
		{"a server in trouble", func(t *testing.T, w *engageWorld, s *core.Session) {
			*s = *coretest.NewSession(t, s.Account, coretest.WithToken("t"), coretest.WithClock(w.clock), coretest.WithBinding(core.Secret(`{"pds":"`+deadAddress+`"}`)))
		}, "account's server", core.FindingMissing, "cannot be reached"},
		{"another name of this server", func(t *testing.T, w *engageWorld, s *core.Session) {
			key, err := oauth.NewKey()
			if err != nil {
				t.Fatal(err)
			}
			secret, err := key.Text()
			if err != nil {
				t.Fatal(err)
			}
			kept := `{"pds":"` + w.URL + `","key":` + strconv.Quote(secret.Reveal()) + `,"did":"` + sandbox.AliceDID + `","client":"https://was.example/client.json"}`
			*s = *coretest.NewSession(t, s.Account, coretest.WithToken("t"), coretest.WithClock(w.clock), coretest.WithBinding(core.Secret(kept)))
		}, "sign-in", core.FindingMissing, "https://was.example/client.json"},
		{"a renewal that is waited for", func(t *testing.T, _ *engageWorld, s *core.Session) {
			s.Account.App = "oauth"
			*s = *coretest.NewSession(t, s.Account)
			s.Bound = func(context.Context) (core.Secret, core.Secret, error) {
				return "", "", &core.Error{Kind: core.KindTemporary, Message: "it is being renewed", Help: "Nothing is to be done."}
			}
		}, "token", core.FindingUnknown, "being renewed"},
		{"no token", func(t *testing.T, _ *engageWorld, s *core.Session) {
			*s = *coretest.NewSession(t, s.Account)
		}, "token", core.FindingMissing, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := newEngageWorld(t)
			s := w.alice(t)
			tc.change(t, w, s)
			f := verdict(t, w.provider.Examine(t.Context(), s), tc.check)
			if f.Status != tc.want || !strings.Contains(f.Message, tc.message) || f.Status == core.FindingMissing && f.Help == "" || strings.Contains(f.Help, "Nothing is to be done") {
				t.Errorf("%+v", f)
			}
		})
	}
}

// A service that cannot be reached is told of with what does not work without it.
func TestExamineServices(t *testing.T) {
	t.Parallel()
	other, _ := newScript(t)
	w := newEngageWorld(t, func(c *bluesky.Config) { c.PLCURL, c.AppViewURL, c.NoVideoService = deadAddress, other.URL, true })
	found := w.provider.Examine(t.Context(), nil)
	for check, want := range map[string]struct {
		status  core.FindingStatus
		message string
	}{
		"identity directory": {core.FindingMissing, "no account can be linked"},
		"AppView":            {core.FindingWarning, "is no AppView"},
		"video service":      {core.FindingOK, "account's own server"},
	} {
		if f := verdict(t, found, check); f.Status != want.status || !strings.Contains(f.Message, want.message) {
			t.Errorf("%+v", f)
		}
	}
}

// deadAddress is one at which nobody listens.
const deadAddress = "http://127.0.0.1:1"
