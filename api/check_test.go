package api_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/crier-social/crier/api"
	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
)

// examined is a network that knows what is missing, counts its calls, and has versions.
type examined struct {
	*coretest.Provider
	notice string
}

func (e examined) Examine(ctx context.Context, s *core.Session) []core.Finding {
	app := core.Finding{Check: "app", Status: core.FindingOK, Message: "The app is known."}
	if s == nil {
		return []core.Finding{app}
	}
	token, err := s.Token(ctx)
	if err != nil || token != coretest.MemberToken {
		return []core.Finding{app, {Check: "token", Status: core.FindingMissing, Message: core.AsError(err).Message}}
	}
	return []core.Finding{app, {
		Check: "scopes", Status: core.FindingWarning, Message: s.Account.RemoteID + " cannot comment.",
		Help: "Grant it.", URL: "https://scripted.example/apps",
	}}
}

func (e examined) Usage(ctx context.Context, s *core.Session) (core.Usage, error) {
	if _, err := s.Token(ctx); err != nil {
		return core.Usage{}, err
	}
	return core.Usage{
		Day: "2026-11-20", Calls: 3, ResetsAt: time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC),
		Endpoints: []core.EndpointUsage{{Endpoint: "post", Calls: 3, Quota: 100, AppCalls: 4}},
	}, nil
}

func (e examined) APIVersion() string { return "7" }

func (e examined) VersionEnd() (time.Time, bool) {
	return time.Date(2027, 1, 15, 0, 0, 0, 0, time.UTC), true
}

func (e examined) VersionNotice(time.Time) (string, bool) { return e.notice, e.notice != "" }

func withExamined(notice string) func(*options) {
	return func(o *options) {
		o.provider = func(p *coretest.Provider) core.Provider { return examined{p, notice} }
	}
}

func TestCheckAccount(t *testing.T) {
	t.Parallel()
	s := newServer(t, withExamined(""))
	equal(t, jsonMap{
		"status": "success", "platform": "scripted", "accountId": s.account.ID,
		"findings": []any{
			jsonMap{"check": "app", "status": "ok", "message": "The app is known."},
			jsonMap{
				"check": "scopes", "status": "warning", "message": coretest.MemberID + " cannot comment.",
				"help": "Grant it.", "url": "https://scripted.example/apps",
			},
		},
	}, s.call(http.MethodGet, "/accounts/"+s.account.ID+"/check", nil).want(http.StatusOK).object())
	r := s.call(http.MethodGet, "/accounts/nobody/check", nil).want(http.StatusNotFound)
	equal(t, core.CodeAccountNotFound, r.problems()[0].Code)
}

// An account that has to be linked again is examined all the same.
func TestCheckAnAccountWithoutAToken(t *testing.T) {
	t.Parallel()
	s := newServer(t, withExamined(""))
	if err := s.accounts.AuthorizationLost(t.Context(), s.account.ID, "it was revoked"); err != nil {
		t.Fatal(err)
	}
	found := s.call(http.MethodGet, "/accounts/"+s.account.ID+"/check", nil).want(http.StatusOK).object()["findings"].([]any)
	equal(t, "missing", found[1].(jsonMap)["status"].(string))
	if _, there := s.call(http.MethodGet, "/accounts/"+s.account.ID, nil).want(http.StatusOK).object()["usage"]; there {
		t.Error("usage of an account that cannot be told")
	}
}

func TestCheckProvider(t *testing.T) {
	t.Parallel()
	s := newServer(t, withExamined(""))
	equal(t, jsonMap{
		"status": "success", "platform": "scripted",
		"findings": []any{jsonMap{"check": "app", "status": "ok", "message": "The app is known."}},
	}, s.call(http.MethodGet, "/providers/scripted/check", nil).want(http.StatusOK).object())
	r := s.call(http.MethodGet, "/providers/Scripted/check", nil).want(http.StatusNotFound)
	equal(t, core.CodeUnknownPlatform, r.problems()[0].Code)
	equal(t, `there is no network "Scripted" on this server; did you mean scripted?`, r.object()["message"].(string))
}

// What cannot be examined says so.
func TestCheckUnable(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]*server{
		"network": newServer(t),
		"server":  newServer(t, func(o *options) { o.api = func(c *api.Config) { c.Checker = nil } }),
	} {
		for _, path := range []string{"/accounts/" + s.account.ID + "/check", "/providers/scripted/check"} {
			if got := s.call(http.MethodGet, path, nil).want(http.StatusBadRequest).problems()[0].Code; got != core.CodeUnsupported {
				t.Errorf("%s: %s: code %d", name, path, got)
			}
		}
		if _, there := s.call(http.MethodGet, "/accounts/"+s.account.ID, nil).want(http.StatusOK).object()["usage"]; there {
			t.Errorf("%s: usage although nobody counts", name)
		}
	}
}

func TestAccountShowsUsage(t *testing.T) {
	t.Parallel()
	s := newServer(t, withExamined(""))
	equal(t, any(jsonMap{
		"day": "2026-11-20", "calls": 3.0, "resetsAt": "2026-11-21T00:00:00Z",
		"endpoints": []any{jsonMap{"endpoint": "post", "calls": 3.0, "quota": 100.0, "appCalls": 4.0}},
	}), s.call(http.MethodGet, "/accounts/"+s.account.ID, nil).want(http.StatusOK).object()["usage"])
}

func TestProvidersShowTheVersionInUse(t *testing.T) {
	t.Parallel()
	for notice, want := range map[string][]any{"": {}, "It ends soon.": {"It ends soon."}} {
		s := newServer(t, withExamined(notice))
		provider := s.call(http.MethodGet, "/providers", nil).want(http.StatusOK).object()["providers"].([]any)[0].(jsonMap)
		equal(t, []any{"7", "2027-01-15", want}, []any{provider["apiVersionInUse"], provider["apiVersionSunset"], provider["notices"]})
	}
}
