package publish_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/publish"
	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store"
)

func TestScheduledPostIsNotRefusedForWhatMayPass(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.network.Next(coretest.OpPreflight, coretest.Answer(503, 0))
	r := coretest.PostRequest("Tomorrow")
	r.ScheduleAt = w.clock.Now().Add(24 * time.Hour)
	o := w.accept(r)
	if got := len(w.network.Calls(coretest.OpPreflight)); got != 1 {
		t.Errorf("the network was asked %d times at submission, want once", got)
	}
	if got := o.Deliveries[0].Warnings; len(got) != 1 || got[0].Code != core.CodeUpstreamUnavailable {
		t.Errorf("warnings %+v, want that the network did not answer", got)
	}
}

// TestScheduledPostTellsWhatCouldNotBeChecked: the author is told of the account and
// the field whose file could not be had, and of nothing else.
func TestScheduledPostTellsWhatCouldNotBeChecked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	page := coretest.Page(1)
	w.link(page)
	r := coretest.PostRequest("Tomorrow", w.picture("there.png"), w.picture("away.png"))
	r.AccountIDs = []string{page.ID}
	r.ScheduleAt = w.clock.Now().Add(24 * time.Hour)
	away := &core.Error{Kind: core.KindTemporary, Code: core.CodeMediaURL, Field: "mediaUrls[1]", Message: "the host does not answer"}
	w.assets.Next("https://media.example/away.png", coretest.Fail(away))
	o := w.accept(r)
	told := map[string][]core.Warning{}
	for _, d := range w.outcome(o.Post.ID).Deliveries {
		told[d.AccountID] = d.Warnings
	}
	want := map[string][]core.Warning{
		w.account.ID: {{
			Code: core.CodeMediaURL, Field: "mediaUrls[1]",
			Message: "this could not be checked when the post was accepted, and is tried again when it is due: the host does not answer",
		}},
		page.ID: nil,
	}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("warnings by account (-want +got):\n%s", diff)
	}
	w.drain()
	if o := w.outcome(o.Post.ID); o.Post.Status != core.PostSuccess {
		t.Errorf("status %s, want it published: the file is there by then", o.Post.Status)
	}
}

func TestOnlyScheduledPostsMaySkipTheirValidation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := coretest.PostRequest("")
	r.SkipValidation = true
	_, err := w.publisher.Accept(t.Context(), publish.Submission{ProfileID: w.profile.ID, Request: r})
	if problems := core.AsErrors(err); len(problems) != 1 || problems[0].Field != "post" {
		t.Errorf("accept: %v, want the empty text refused", err)
	}
}

func TestHeaderKeyNamesItsPost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, text := range map[string]string{"accepted": "Hello", "refused": ""} {
		header := &store.Request{ProfileID: w.profile.ID, Key: name, BodyHash: []byte(name), CreatedAt: w.clock.Now()}
		s := publish.Submission{ProfileID: w.profile.ID, Request: coretest.PostRequest(text), Idempotency: header}
		o, err := w.publisher.Accept(t.Context(), s)
		if refused := err != nil; refused != (text == "") {
			t.Fatalf("%s: %v", name, err)
		}
		if got, err := w.store.GetRequest(t.Context(), w.profile.ID, name); err != nil || got.PostID != o.Post.ID || o.Post.ID == "" {
			t.Errorf("%s: the key is %+v, %v; want it to name post %q", name, got, err, o.Post.ID)
		}
		if header.PostID != "" {
			t.Errorf("%s: the caller's record was changed", name)
		}
	}
}

// TestUsedKeyNamesTheFirstPost: the body's key leads to the post that has it, whether
// that was accepted or refused; a used key of the header is not taken for the body's.
func TestUsedKeyNamesTheFirstPost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	submit := func(text, body, header string) (publish.Outcome, error) {
		r := coretest.PostRequest(text)
		r.IdempotencyKey = body
		s := publish.Submission{ProfileID: w.profile.ID, Request: r}
		if header != "" {
			s.Idempotency = &store.Request{ProfileID: w.profile.ID, Key: header, CreatedAt: w.clock.Now()}
		}
		return w.publisher.Accept(t.Context(), s)
	}
	for key, text := range map[string]string{"of one that was accepted": "Hello", "of one that was refused": ""} {
		first, _ := submit(text, key, "")
		_, err := submit("Second", key, "")
		e := core.AsError(err)
		if core.CodeOf(e) != core.CodeKeyReused || e.Field != "idempotencyKey" || first.Post.ID == "" ||
			!strings.Contains(e.Message, first.Post.ID) || !strings.Contains(core.HelpOf(e), "/post/"+first.Post.ID) {
			t.Errorf("key %s: %v, help %q; want it to name post %q", key, err, core.HelpOf(e), first.Post.ID)
		}
	}
	if _, err := submit("Hello again", "", "header"); err != nil {
		t.Fatal(err)
	}
	if _, err := submit("Hello again", "fresh", "header"); !errors.Is(err, store.ErrKeyUsed) || errors.As(err, new(*core.Error)) {
		t.Errorf("used header, fresh key: %v, want %v alone", err, store.ErrKeyUsed)
	}
}

// TestWorkBeginsInTime: the queue takes the earliest job first, and the runner is woken
// for what is due before it looks by itself.
func TestWorkBeginsInTime(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		in      time.Duration
		picture bool
		begins  time.Duration
		wakes   int
	}{
		"text at once":         {wakes: 1},
		"picture at once":      {picture: true, wakes: 1},
		"text in an hour":      {in: time.Hour, begins: time.Hour - 2*time.Minute},
		"text in a minute":     {in: time.Minute, wakes: 1},
		"picture in an hour":   {in: time.Hour, picture: true, begins: time.Hour - 15*time.Minute},
		"picture in a quarter": {in: 15 * time.Minute, picture: true, wakes: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			wakes := 0
			w.publisher = w.newPublisher(func(c *publish.Config) { c.Wake = func() { wakes++ } })
			r := coretest.PostRequest("Hello")
			if tc.picture {
				r = coretest.PostRequest("Hello", w.picture("a.png"))
			}
			if tc.in > 0 {
				r.ScheduleAt = w.clock.Now().Add(tc.in)
			}
			w.accept(r)
			next, err := w.store.NextRunAt(t.Context(), []string{publish.JobKind}, queue.Everything)
			if err != nil || !next.Equal(w.clock.Now().Add(tc.begins)) {
				t.Errorf("work begins at %v, %v; want %v after %v", next, err, tc.begins, w.clock.Now())
			}
			if wakes != tc.wakes {
				t.Errorf("the runner was woken %d times, want %d", wakes, tc.wakes)
			}
		})
	}
}

func TestPlatformsMeanTheDefaultAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.link(coretest.Page(1, func(a *core.Account) { a.LinkedAt = coretest.Epoch().Add(-time.Hour) })) // the first of the list
	for _, platforms := range [][]string{{"scripted"}, {"all"}, {"all", "scripted"}} {
		r := coretest.PostRequest("Hello")
		r.Platforms = platforms
		report, err := w.publisher.Check(t.Context(), w.profile.ID, r)
		if err != nil || len(report.Problems) > 0 {
			t.Fatalf("%v: %v, %v", platforms, report.Problems, err)
		}
		if len(report.Accounts) != 1 || report.Accounts[0].ID != w.account.ID {
			t.Errorf("%v goes to %+v, want the default account", platforms, report.Accounts)
		}
	}
}
