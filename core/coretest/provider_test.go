package coretest_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
)

const (
	pictureA = "https://media.example/a.png"
	pictureB = "https://media.example/b.png"
)

func pictures() *coretest.Assets {
	return coretest.NewAssets(coretest.Picture(pictureA, 4, 3), coretest.Picture(pictureB, 5, 5))
}

func plan(t *testing.T, p core.Provider, a core.Account, d core.Draft) core.Publication {
	t.Helper()
	pub, err := p.Plan(t.Context(), a, d)
	if err != nil {
		t.Fatalf("Plan: %v", err)
	}
	return pub
}

// failure is what a test wants to know of a failure.
type failure struct {
	Kind   core.Kind
	Unsent bool
	Status int
}

func failureOf(err error) failure {
	if err == nil {
		return failure{}
	}
	e := core.AsError(err)
	return failure{Kind: e.Kind, Unsent: e.Unsent, Status: e.Status}
}

func TestProviderPublishes(t *testing.T) {
	t.Parallel()
	clock := coretest.NewClock(coretest.Epoch())
	p := coretest.NewProvider(coretest.Config{Clock: clock, Polls: 2})
	account := coretest.Account()
	s := coretest.NewSession(t, account, coretest.WithAssets(pictures()))
	var warnings []core.Warning
	s.OnWarning = func(w core.Warning) { warnings = append(warnings, w) }
	pub := plan(t, p, account, core.Draft{
		Text:    "two pictures",
		Media:   coretest.MediaRefs(pictureA, pictureB),
		Options: json.RawMessage(`{"altText":["first"],"delay":7,"warn":"careful"}`),
	})
	var waits []time.Duration
	for {
		progress, err := pub.Prepare(t.Context(), s)
		if err != nil {
			t.Fatalf("Prepare: %v", err)
		}
		if progress.Ready {
			break
		}
		waits = append(waits, progress.After)
	}
	if diff := cmp.Diff([]time.Duration{7 * time.Second, 7 * time.Second, 7 * time.Second, 7 * time.Second}, waits); diff != "" {
		t.Errorf("waits: %s", diff)
	}
	receipt, err := pub.Commit(t.Context(), s)
	if err != nil {
		t.Fatalf("Commit: %v", err)
	}
	a, b := coretest.Picture(pictureA, 4, 3), coretest.Picture(pictureB, 5, 5)
	want := []coretest.Post{{
		RemoteID: receipt.RemoteID, Author: coretest.MemberID, Text: "two pictures", At: coretest.Epoch(),
		Media: []coretest.Media{
			{AssetID: "asset-1", MIME: "image/png", Size: int64(len(a.Data)), AltText: "first"},
			{AssetID: "asset-2", MIME: "image/png", Size: int64(len(b.Data))},
		},
	}}
	if diff := cmp.Diff(want, p.Timeline()); diff != "" {
		t.Errorf("timeline: %s", diff)
	}
	if n := len(p.Calls(coretest.OpUpload)); n != 2 {
		t.Errorf("%d uploads, want 2", n)
	}
	if len(warnings) == 0 || warnings[0].Message != "careful" {
		t.Errorf("warnings: %v", warnings)
	}
}

func TestProviderScripts(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		behaviour coretest.Behaviour
		want      failure
		published int
	}{
		"succeed":      {coretest.Succeed, failure{}, 1},
		"fail":         {coretest.Fail(&core.Error{Kind: core.KindForbidden}), failure{Kind: core.KindForbidden}, 0},
		"answer 401":   {coretest.Answer(401, 0), failure{Kind: core.KindAuth, Status: 401}, 0},
		"answer 403":   {coretest.Answer(403, 0), failure{Kind: core.KindForbidden, Status: 403}, 0},
		"answer 404":   {coretest.Answer(404, 0), failure{Kind: core.KindNotFound, Status: 404}, 0},
		"answer 409":   {coretest.Answer(409, 0), failure{Kind: core.KindDuplicate, Status: 409}, 0},
		"answer 422":   {coretest.Answer(422, 0), failure{Kind: core.KindInvalid, Status: 422}, 0},
		"answer 429":   {coretest.Answer(429, time.Hour), failure{Kind: core.KindRateLimited, Status: 429}, 0},
		"answer 503":   {coretest.Answer(503, 0), failure{Kind: core.KindTemporary, Status: 503}, 0},
		"lose answer":  {coretest.LoseAnswer, failure{Kind: core.KindTemporary}, 1},
		"lose request": {coretest.LoseRequest, failure{Kind: core.KindTemporary}, 0},
		"refuse":       {coretest.Refuse, failure{Kind: core.KindTemporary, Unsent: true}, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := coretest.NewProvider(coretest.Config{})
			p.Next(coretest.OpCommit, tt.behaviour)
			pub := plan(t, p, coretest.Account(), core.Draft{Text: "hello"})
			_, err := pub.Commit(t.Context(), coretest.NewSession(t, coretest.Account()))
			if diff := cmp.Diff(tt.want, failureOf(err)); diff != "" {
				t.Errorf("failure: %s", diff)
			}
			if n := len(p.Timeline()); n != tt.published {
				t.Errorf("%d posts, want %d", n, tt.published)
			}
			want := []coretest.Call{{Op: coretest.OpCommit, Author: coretest.MemberID, Applied: tt.published == 1}}
			if diff := cmp.Diff(want, p.Calls()); diff != "" {
				t.Errorf("calls: %s", diff)
			}
		})
	}
}

func TestProviderScriptsOfPreparing(t *testing.T) {
	t.Parallel()
	p := coretest.NewProvider(coretest.Config{})
	s := coretest.NewSession(t, coretest.Account())
	pub := plan(t, p, coretest.Account(), core.Draft{Text: "hello"})
	p.Next(coretest.OpPrepare, coretest.LoseRequest)
	if _, err := pub.Prepare(t.Context(), s); core.KindOf(err) != core.KindTemporary {
		t.Errorf("Prepare: %v, want a temporary failure", err)
	}
	p.Always(coretest.OpPrepare, coretest.Answer(403, 0))
	for range 2 {
		if _, err := pub.Prepare(t.Context(), s); core.KindOf(err) != core.KindForbidden {
			t.Errorf("Prepare: %v, want forbidden", err)
		}
	}
	p.Heal()
	if progress, err := pub.Prepare(t.Context(), s); err != nil || !progress.Ready {
		t.Errorf("Prepare after Heal: %+v, %v", progress, err)
	}
	if calls := p.Calls(); len(calls) != 0 {
		t.Errorf("a text called the network while preparing: %v", calls)
	}
}

func TestProviderPanicsOnScript(t *testing.T) {
	t.Parallel()
	p := coretest.NewProvider(coretest.Config{})
	p.Next(coretest.OpCommit, coretest.Panic("boom"))
	pub := plan(t, p, coretest.Account(), core.Draft{Text: "hello"})
	s := coretest.NewSession(t, coretest.Account())
	func() {
		defer func() {
			if got := recover(); got != "boom" {
				t.Errorf("recovered %v, want boom", got)
			}
		}()
		_, _ = pub.Commit(t.Context(), s)
	}()
	if _, err := pub.Commit(t.Context(), s); err != nil {
		t.Errorf("the network did not survive the panic: %v", err)
	}
}

func TestGate(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		hold      func(*coretest.Gate) coretest.Behaviour
		leave     bool // the caller goes away while it is held
		published int
	}{
		"before, opened": {func(g *coretest.Gate) coretest.Behaviour { return g.Before }, false, 1},
		"before, left":   {func(g *coretest.Gate) coretest.Behaviour { return g.Before }, true, 0},
		"after, opened":  {func(g *coretest.Gate) coretest.Behaviour { return g.After }, false, 1},
		"after, left":    {func(g *coretest.Gate) coretest.Behaviour { return g.After }, true, 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, gate := coretest.NewProvider(coretest.Config{}), coretest.NewGate()
			p.Next(coretest.OpCommit, tt.hold(gate))
			pub := plan(t, p, coretest.Account(), core.Draft{Text: "hello"})
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			result := make(chan error, 1)
			go func() {
				_, err := pub.Commit(ctx, coretest.NewSession(t, coretest.Account()))
				result <- err
			}()
			gate.Await(t)
			if tt.leave {
				cancel()
			} else {
				gate.Open()
			}
			err := <-result
			if tt.leave != errors.Is(err, context.Canceled) {
				t.Errorf("error %v", err)
			}
			if tt.leave && failureOf(err) != (failure{Kind: core.KindTemporary}) {
				t.Errorf("failure %+v, want a temporary one that was sent", failureOf(err))
			}
			if n := len(p.Timeline()); n != tt.published {
				t.Errorf("%d posts, want %d", n, tt.published)
			}
		})
	}
}

func TestProviderReconciles(t *testing.T) {
	t.Parallel()
	clock := coretest.NewClock(coretest.Epoch())
	tests := map[string]struct {
		unreadable bool
		behaviour  coretest.Behaviour
		found      bool
		kind       core.Kind
	}{
		"applied":     {false, coretest.LoseAnswer, true, ""},
		"not applied": {false, coretest.LoseRequest, false, ""},
		"unreadable":  {true, coretest.LoseAnswer, false, core.KindUncertain},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := coretest.NewProvider(coretest.Config{Clock: clock, Unreadable: tt.unreadable})
			p.Publish(coretest.PageID, "hello")
			p.Next(coretest.OpCommit, tt.behaviour)
			s := coretest.NewSession(t, coretest.Account())
			pub := plan(t, p, coretest.Account(), core.Draft{Text: "hello"})
			_, err := pub.Commit(t.Context(), s)
			if core.KindOf(err) != core.KindTemporary {
				t.Fatalf("Commit: %v", err)
			}
			receipt, found, err := pub.(core.Reconciler).Reconcile(t.Context(), s, clock.Now())
			if found != tt.found || core.KindOf(err) != tt.kind {
				t.Errorf("Reconcile: %v, %v; want %v, kind %q", found, err, tt.found, tt.kind)
			}
			if tt.found && receipt.RemoteID != p.Timeline()[1].RemoteID {
				t.Errorf("found %s", receipt.RemoteID)
			}
		})
	}
}

func TestProviderRefusesDuplicates(t *testing.T) {
	t.Parallel()
	clock := coretest.NewClock(coretest.Epoch())
	p := coretest.NewProvider(coretest.Config{Clock: clock, DuplicateWindow: time.Minute})
	s := coretest.NewSession(t, coretest.Account())
	pub := plan(t, p, coretest.Account(), core.Draft{Text: "again"})
	first, err := pub.Commit(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	_, err = pub.Commit(t.Context(), s)
	if e := core.AsError(err); e.Kind != core.KindDuplicate || e.RemoteID != first.RemoteID {
		t.Errorf("the repetition got %+v, want a duplicate of %s", e, first.RemoteID)
	}
	clock.Advance(time.Minute)
	if _, err := pub.Commit(t.Context(), s); err != nil {
		t.Errorf("after the window: %v", err)
	}
}

func TestProviderKnowsItsMembers(t *testing.T) {
	t.Parallel()
	p := coretest.NewProvider(coretest.Config{})
	p.AddMember(coretest.Member{Token: "bobs", RemoteID: "person-2", Name: "Bob"})
	tests := map[string]struct {
		token    core.Secret
		remoteID string
		want     core.Account
		kind     core.Kind
	}{
		"himself":     {"bobs", "", core.Account{RemoteID: "person-2", Kind: core.AccountPerson, DisplayName: "Bob"}, ""},
		"a page":      {"bobs", "page-7", core.Account{RemoteID: "page-7", Kind: core.AccountOrganization, DisplayName: "Page 7"}, ""},
		"another":     {"bobs", coretest.MemberID, core.Account{}, core.KindForbidden},
		"no token":    {"", "", core.Account{}, core.KindAuth},
		"wrong token": {"eve", "", core.Account{}, core.KindAuth},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := p.Identify(t.Context(), core.Credentials{AccessToken: tt.token}, tt.remoteID)
			if core.KindOf(err) != tt.kind {
				t.Fatalf("Identify: %v, want kind %q", err, tt.kind)
			}
			only := cmpopts.IgnoreFields(core.Account{}, "Platform", "Status", "ProfileURL")
			if diff := cmp.Diff(tt.want, got, only); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestProviderRefusesBadDrafts(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		draft  core.Draft
		fields []string
	}{
		"empty":        {core.Draft{}, []string{"post"}},
		"too long":     {core.Draft{Text: strings.Repeat("ä", 281)}, []string{"post"}},
		"video":        {core.Draft{Media: []core.MediaRef{{URL: "https://x.example/v", Video: true}}}, []string{"mediaUrls[0]"}},
		"not a block":  {core.Draft{Text: "x", Options: json.RawMessage(`[]`)}, []string{"scriptedOptions"}},
		"all at once":  {core.Draft{Options: json.RawMessage(`{"delay":99,"altTexts":1}`)}, []string{"scriptedOptions.altTexts", "scriptedOptions.delay", "post"}},
		"wrong type":   {core.Draft{Text: "x", Options: json.RawMessage(`{"altText":[1]}`)}, []string{"scriptedOptions.altText"}},
		"too many alt": {core.Draft{Text: "x", Options: json.RawMessage(`{"altText":["a"]}`)}, []string{"scriptedOptions.altText"}},
	}
	p := coretest.NewProvider(coretest.Config{})
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := p.Plan(t.Context(), coretest.Account(), tt.draft)
			var fields []string
			for _, e := range core.AsErrors(err) {
				fields = append(fields, e.Field)
			}
			if diff := cmp.Diff(tt.fields, fields); diff != "" {
				t.Errorf("%v: %s", err, diff)
			}
		})
	}
}
