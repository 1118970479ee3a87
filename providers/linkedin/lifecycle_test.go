package linkedin_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/providers/linkedin"
	"github.com/crier-social/crier/providers/linkedin/linkedintest"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

// events keeps what a provider tells.
type events struct {
	mu    sync.Mutex
	list  []core.Event
	calls []core.Call
}

func (e *events) event(v core.Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.list = append(e.list, v)
}

func (e *events) call(v core.Call) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.calls = append(e.calls, v)
}

// old returns the fixture's provider in another version, at a sandbox that serves
// versions as LinkedIn does.
func (f *fixture) old(version string) *events {
	f.t.Helper()
	told := &events{}
	deps := f.deps
	deps.OnEvent, deps.OnCall = told.event, told.call
	f.provider = newProvider(f.t, linkedin.Config{APIURL: f.URL, Version: version}, deps)
	return told
}

func strict(versions ...string) linkedintest.Option {
	return linkedintest.WithOptions(func(o *sandbox.Options) {
		o.EveryVersion = false
		if len(versions) == 0 {
			return
		}
		o.Versions = nil
		for _, v := range versions {
			o.Versions = append(o.Versions, sandbox.Version{Name: v})
		}
	})
}

// A version that LinkedIn has ceased to serve costs no post.
func TestASunsetVersionIsReplaced(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, configured string
		served           []string // nil: by LinkedIn's table, on 2026-11-20
		want             string   // the version in use in the end
		requests         int      // to publish
		says             string   // in the error; empty: it is published
	}{
		{"served", "202607", nil, "202607", 1, ""},
		{"ended long ago", "202504", nil, "202601", 2, ""},
		{"ended, with a revision", "202511.02", nil, "202601", 2, ""},
		{"never released", "202512", nil, "202601", 2, ""},
		{"its successor ended too", "202607", []string{"202609"}, "202609", 3, ""},
		{"two successors ended too", "202606", []string{"202609"}, "202608", 3, "CRIER_LINKEDIN_VERSION"},
		{"the newest", "202609", []string{"202601"}, "202609", 1, "CRIER_LINKEDIN_VERSION"},
		{"of the future", "202701", nil, "202701", 1, "CRIER_LINKEDIN_VERSION"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, strict(tc.served...))
			told := f.old(tc.configured)
			receipt, err := f.plan(jane(), core.Draft{Text: "x"}).Commit(t.Context(), f.session(jane()))
			if tc.says == "" && (err != nil || receipt.RemoteID == "") {
				t.Errorf("not published: %v", err)
			}
			if e := core.AsError(err); tc.says != "" &&
				(e.Kind != core.KindUnsupported || e.Code != core.CodeUpstreamVersion || !strings.Contains(e.Message, tc.says)) {
				t.Errorf("%+v", e)
			}
			if got := f.provider.APIVersion(); got != tc.want {
				t.Errorf("version %s is in use, want %s", got, tc.want)
			}
			if got := f.provider.Info().APIVersion; got != tc.configured {
				t.Errorf("Info names version %s, want the configured one", got)
			}
			if n := f.count(http.MethodPost, "/rest/posts"); n != tc.requests {
				t.Errorf("%d requests to publish, want %d", n, tc.requests)
			}
			if got, want := len(f.Sandbox.Posts()), min(1, len(receipt.RemoteID)); got != want {
				t.Errorf("%d posts, want %d", got, want)
			}
			if len(told.list) != tc.requests-1 {
				t.Errorf("events %v, want %d", told.list, tc.requests-1)
			}
		})
	}
}

// The end of a version shows in the status or in the code, and in nothing else that is
// wrong with a version.
func TestWhatEndsAVersion(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		status int
		body   string
		kind   core.Kind
		events int
	}{
		{"status", http.StatusUpgradeRequired, `{}`, "", 1},
		{"code", http.StatusBadRequest, `{"status":400,"code":"NONEXISTENT_VERSION","message":"Requested version 20260701 is not active"}`, "", 1},
		{"header missing", http.StatusBadRequest, `{"status":400,"code":"VERSION_MISSING"}`, core.KindUnsupported, 0},
		{"another code", http.StatusBadRequest, `{"status":400,"code":"INVALID"}`, core.KindInvalid, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			told := f.old(linkedin.DefaultVersion)
			f.Next(t, "POST /rest/posts", sandbox.Respond(tc.status, tc.body))
			_, err := f.plan(jane(), core.Draft{Text: "x"}).Commit(t.Context(), f.session(jane()))
			if core.KindOf(err) != tc.kind || len(told.list) != tc.events {
				t.Errorf("%v, events %v", err, told.list)
			}
		})
	}
}

// However many callers are refused together, the version changes once.
func TestOneStepForAll(t *testing.T) {
	t.Parallel()
	f := newFixture(t, strict())
	told := f.old("202510")
	const callers = 50
	var all sync.WaitGroup
	for i := range callers {
		all.Go(func() {
			as := jane()
			as.Account.ID = strconv.Itoa(i)
			pub, err := f.provider.Plan(t.Context(), as.Account, core.Draft{Text: fmt.Sprint("post ", i)})
			if err == nil {
				_, err = pub.Commit(t.Context(), f.session(as))
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := len(f.Sandbox.Posts()); n != callers {
		t.Errorf("%d posts, want %d", n, callers)
	}
	want := []core.Event{{
		Name: "api_version_changed", Platform: "linkedin",
		Message: "LinkedIn does not serve version 202510 of its API any more; 202601 is used instead: set CRIER_LINKEDIN_VERSION to it, or to a newer one",
	}}
	if diff := cmp.Diff(want, told.list); diff != "" {
		t.Error(diff)
	}
}

// Whatever refuses one version after the other is not the end of them all: the newest
// stays in reach for the next day.
func TestStepsAreBoundedByDay(t *testing.T) {
	t.Parallel()
	f := newFixture(t, strict("209901"))
	f.old("202601")
	for _, want := range []string{"202603", "202603", "202605"} {
		_, err := f.provider.Identify(t.Context(), core.Credentials{AccessToken: sandbox.PageToken}, sandbox.PageURN)
		if e := core.AsError(err); e.Code != core.CodeUpstreamVersion {
			t.Fatalf("%+v", e)
		}
		if got := f.provider.APIVersion(); got != want {
			t.Fatalf("version %s is in use, want %s", got, want)
		}
		if want == "202603" {
			f.clock.Advance(12 * time.Hour)
		}
	}
}

// Where no version is left to try, the error and the operator's notice name those that
// were refused, and none of them as the way out; once LinkedIn serves the one in use
// after all, that is over.
func TestVersionsTriedInVain(t *testing.T) {
	t.Parallel()
	f := newFixture(t, strict())
	f.old("202607")
	f.Next(t, "POST /rest/posts", sandbox.Fault{Action: sandbox.ActionRespond, Status: http.StatusUpgradeRequired, Body: `{}`, Times: 3})
	publish := func() error {
		_, err := f.plan(jane(), core.Draft{Text: "x"}).Commit(t.Context(), f.session(jane()))
		return err
	}
	const tried = "LinkedIn does not serve any of the versions 202607, 202608 and 202609 of its API"
	if e := core.AsError(publish()); e.Code != core.CodeUpstreamVersion || !strings.HasPrefix(e.Message, tried) || !strings.Contains(e.Help, "another month") {
		t.Errorf("%+v", e)
	}
	if got, needed := f.provider.VersionNotice(f.clock.Now()); !needed || !strings.HasPrefix(got, tried) || strings.Contains(got, "to it") {
		t.Errorf("the notice is %q", got)
	}
	if found := findingOf(t, f.provider.Examine(t.Context(), nil), "api version"); found.Status != missing || !strings.HasPrefix(found.Message, tried) {
		t.Errorf("%+v", found)
	}
	if err := publish(); err != nil {
		t.Fatal(err)
	}
	if got, _ := f.provider.VersionNotice(f.clock.Now()); strings.HasPrefix(got, tried) {
		t.Errorf("the notice is still %q", got)
	}
}

func TestVersionNoticeOfTheOneInUse(t *testing.T) {
	t.Parallel()
	f := newFixture(t, strict())
	f.old("202511")
	if _, err := f.plan(jane(), core.Draft{Text: "x"}).Commit(t.Context(), f.session(jane())); err != nil {
		t.Fatal(err)
	}
	const replaced = "LinkedIn does not serve version 202511 of its API any more, and 202601 is used instead; "
	for day, want := range map[string]string{
		"2026-11-15": replaced + "set CRIER_LINKEDIN_VERSION to it, or to a newer one",
		"2026-11-20": replaced + "LinkedIn serves version 202601 of its API until about 2027-01-15: set CRIER_LINKEDIN_VERSION to a newer one before",
		"2027-01-15": replaced + "LinkedIn has not served version 202601 of its API since 2027-01-15: set CRIER_LINKEDIN_VERSION to a newer one",
	} {
		now, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := f.provider.VersionNotice(now); got != want {
			t.Errorf("%s: %q", day, got)
		}
	}
	end, published := f.provider.VersionEnd()
	if want := time.Date(2027, 1, 15, 0, 0, 0, 0, time.UTC); !end.Equal(want) || !published {
		t.Errorf("the version ends at %s", end)
	}
}

// A limit that LinkedIn has named once is not run against again before its time.
func TestALimitIsLeftAlone(t *testing.T) {
	t.Parallel()
	f := newFixture(t, linkedintest.WithOptions(func(o *sandbox.Options) { o.DailyLimit = 2 }))
	told := f.old(linkedin.DefaultVersion)
	publish := func(text string) *core.Error {
		_, err := f.plan(jane(), core.Draft{Text: text}).Commit(t.Context(), f.session(jane()))
		if err == nil {
			return nil
		}
		return core.AsError(err)
	}
	within := func(e *core.Error, low, high time.Duration) {
		t.Helper()
		if e == nil || e.Kind != core.KindRateLimited || e.RetryAfter < low || e.RetryAfter > high {
			t.Fatalf("%+v, want a wait of %s to %s", e, low, high)
		}
	}
	for _, text := range []string{"one", "two"} {
		if e := publish(text); e != nil {
			t.Fatal(e)
		}
	}
	untilMidnight := func() time.Duration { return 24*time.Hour - f.clock.Now().Sub(f.clock.Now().Truncate(24*time.Hour)) }
	first := publish("three")
	within(first, 30*time.Second, time.Minute)
	held := publish("three")
	within(held, first.RetryAfter, first.RetryAfter)
	if held.Unsent || held.Status != http.StatusTooManyRequests || held.RequestID == "" || held.RequestID != first.RequestID {
		t.Errorf("%+v does not look like the refusal that it stands for: %+v", held, first)
	}
	f.clock.Advance(first.RetryAfter)
	second := publish("three")
	within(second, 5*time.Minute, 6*time.Minute)
	f.clock.Advance(second.RetryAfter)
	third := publish("three")
	within(third, untilMidnight(), untilMidnight()+10*time.Minute)
	if n := f.count(http.MethodPost, "/rest/posts"); n != 5 {
		t.Errorf("%d requests, want 5: 2 posts and 3 refusals", n)
	}
	f.clock.Advance(third.RetryAfter)
	if e := publish("three"); e != nil {
		t.Errorf("the next day: %v", e)
	}
	want := map[core.Call]int{
		{Platform: "linkedin", Endpoint: "createPost", Status: 201}: 3,
		{Platform: "linkedin", Endpoint: "createPost", Status: 429}: 3,
		{Platform: "linkedin", Endpoint: "createPost", Held: true}:  1,
	}
	got := map[core.Call]int{}
	for _, c := range told.calls {
		got[c]++
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestUsage(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.provider = newProvider(t, linkedin.Config{APIURL: f.URL, MemberQuota: 2, AppQuota: 3}, f.deps)
	publish := func(as string, text string) error {
		a := jane()
		if as == "page" {
			a = pageDemo()
		}
		_, err := f.plan(a, core.Draft{Text: text}).Commit(t.Context(), f.session(a))
		return err
	}
	for _, p := range [][2]string{{"jane", "1"}, {"jane", "2"}, {"page", "3"}} {
		if err := publish(p[0], p[1]); err != nil {
			t.Fatal(err)
		}
	}
	for as, says := range map[string]string{"jane": "the 2 calls a day", "page": "the 3 calls a day"} {
		e := core.AsError(publish(as, "4"))
		if e.Kind != core.KindRateLimited || !e.Unsent || !strings.Contains(e.Message, says) || e.RetryAfter < 15*time.Hour {
			t.Errorf("%s: %+v", as, e)
		}
	}
	got, err := f.provider.Usage(t.Context(), f.session(jane()))
	if err != nil {
		t.Fatal(err)
	}
	midnight := coretest.Epoch().Truncate(24 * time.Hour).Add(24 * time.Hour)
	want := core.Usage{
		Day: "2026-11-20", Calls: 2, ResetsAt: midnight,
		Endpoints: []core.EndpointUsage{{Endpoint: "createPost", Calls: 2, Quota: 2, AppCalls: 3, AppQuota: 3, HeldUntil: midnight}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
