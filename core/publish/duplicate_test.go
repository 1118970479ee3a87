package publish_test

import (
	"encoding/json"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/publish"
)

// submit is accept for a request that may be refused.
func (w *world) submit(r core.PostRequest) (publish.Outcome, error) {
	return w.publisher.Accept(w.t.Context(), publish.Submission{ProfileID: w.profile.ID, Request: r})
}

// wantDuplicate fails unless err refuses a duplicate of the post.
func wantDuplicate(t *testing.T, err error, of string) {
	t.Helper()
	e := core.AsError(err)
	if core.CodeOf(e) != core.CodeDuplicate || e.Kind != core.KindDuplicate || e.Field != "post" || e.Platform == "" ||
		!strings.Contains(e.Message, of) || !strings.Contains(e.Help, "allowDuplicate") {
		t.Errorf("error %v, help %q; want a duplicate of post %s", err, core.HelpOf(e), of)
	}
}

func TestDuplicateIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.accept(coretest.PostRequest("The same  words"))
	again := coretest.PostRequest(" The same\nwords ")
	o, err := w.submit(again)
	wantDuplicate(t, err, first.Post.ID)
	if got := w.outcome(o.Post.ID); got.Post.Status != core.PostError || len(got.Post.Refusal) != 1 || len(got.Deliveries) != 0 {
		t.Errorf("the refused post is %+v, want it stored without deliveries", got.Post)
	}
	report, err := w.publisher.Check(t.Context(), w.profile.ID, again)
	if err != nil {
		t.Fatal(err)
	}
	wantDuplicate(t, report.Problems.OrNil(), first.Post.ID)

	w.clock.Advance(time.Second)
	again.AllowDuplicate = true
	w.accept(again)
	if report, err = w.publisher.Check(t.Context(), w.profile.ID, again); err != nil || len(report.Problems) != 0 {
		t.Errorf("a dry run that allows duplicates: %v %v", report.Problems, err)
	}
	w.drain()
	_, err = w.submit(coretest.PostRequest("The same words"))
	wantDuplicate(t, err, first.Post.ID)
	w.clock.Advance(24*time.Hour + time.Second)
	w.accept(coretest.PostRequest("The same words"))
}

// TestDuplicateAmongProblems: what is wrong is told at once.
func TestDuplicateAmongProblems(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.accept(coretest.PostRequest("Hello"))
	r := coretest.PostRequest("Hello")
	r.Platforms = append(r.Platforms, "elsewhere")
	_, err := w.submit(r)
	if got := core.AsErrors(err); len(got) != 2 || core.CodeOf(got[0]) != core.CodeUnknownPlatform || core.CodeOf(got[1]) != core.CodeDuplicate {
		t.Errorf("problems %v, want the unknown network and the duplicate", got)
	}
}

// TestContent: what makes two posts the same, and what does not.
func TestContent(t *testing.T) {
	t.Parallel()
	options := func(s string) func(*core.PostRequest) {
		return func(r *core.PostRequest) {
			r.Options = map[string]json.RawMessage{coretest.Account().Platform: json.RawMessage(s)}
		}
	}
	for name, tc := range map[string]struct {
		first, second func(*core.PostRequest)
		same          bool
	}{
		"nothing else":        {same: true},
		"notes":               {second: func(r *core.PostRequest) { r.Notes = "other" }, same: true},
		"first comment":       {second: func(r *core.PostRequest) { r.FirstComment = &core.FirstComment{Text: "Hi"} }, same: true},
		"text":                {second: func(r *core.PostRequest) { r.Text.Default = "Hello!" }},
		"text of the network": {second: func(r *core.PostRequest) { r.Text.By = map[string]string{coretest.Account().Platform: "Hi"} }},
		"text of another":     {second: func(r *core.PostRequest) { r.Text.By = map[string]string{"other": "Hi"} }, same: true},
		"an accent of its own": {
			func(r *core.PostRequest) { r.Text.Default = "Caf\u00e9 \uac00" },
			func(r *core.PostRequest) { r.Text.Default = "Cafe\u0301 \u1100\u1161" }, true,
		},
		"another accent":        {func(r *core.PostRequest) { r.Text.Default = "Cafe\u0300" }, func(r *core.PostRequest) { r.Text.Default = "Cafe\u0301" }, false},
		"no width":              {second: func(r *core.PostRequest) { r.Text.Default = "\ufeffHel\u200blo\u2060 \u200dA\u00adda\u200c" }, same: true},
		"a space of no width":   {second: func(r *core.PostRequest) { r.Text.Default = "Hello\u200bAda" }},
		"words joined":          {second: func(r *core.PostRequest) { r.Text.Default = "HelloAda" }},
		"media":                 {second: func(r *core.PostRequest) { r.Media.Default = []core.MediaRef{{URL: "urn:x:image:1"}} }},
		"order of keys":         {options(`{"altText":["a"],"thumbNail":"https://e.example/a.png"}`), options(`{ "thumbNail":"https://e.example/a.png", "altText":["a"]}`), true},
		"an option":             {options(`{"altText":["a"]}`), options(`{"altText":["b"]}`), false},
		"an empty block":        {nil, options(`{}`), true},
		"options of another":    {nil, func(r *core.PostRequest) { r.Options = map[string]json.RawMessage{"other": json.RawMessage(`{"a":1}`)} }, true},
		"mentions":              {nil, func(r *core.PostRequest) { r.Mentions = []core.MentionRef{{Name: "Ada", ID: "urn:x:1"}} }, false},
		"mention elsewhere":     {nil, func(r *core.PostRequest) { r.Mentions = []core.MentionRef{{ID: "urn:x:1", Platform: "other"}} }, true},
		"large numbers":         {options(`{"n":9007199254740993}`), options(`{"n":9007199254740992}`), false},
		"network and its title": {nil, func(r *core.PostRequest) { r.Platforms, r.AccountIDs = nil, []string{coretest.Account().ID} }, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			request := func(change func(*core.PostRequest)) core.PostRequest {
				r := coretest.PostRequest("Hello Ada")
				// Nothing of this is checked: what counts is how it is compared.
				r.ScheduleAt, r.SkipValidation = w.clock.Now().Add(time.Hour), true
				if change != nil {
					change(&r)
				}
				return r
			}
			first := w.accept(request(tc.first))
			_, err := w.submit(request(tc.second))
			if tc.same {
				wantDuplicate(t, err, first.Post.ID)
			} else if err != nil {
				t.Errorf("refused: %v", err)
			}
		})
	}
}

func TestDuplicateOfAnotherAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	page := coretest.Account()
	page.ID, page.RemoteID, page.Default = "account-of-the-page", coretest.PageID, false
	w.link(page)
	w.accept(coretest.PostRequest("Hello"))
	both := coretest.PostRequest("Hello")
	both.AccountIDs = []string{page.ID}
	_, err := w.submit(both)
	if got := core.AsErrors(err); len(got) != 1 {
		t.Errorf("problems %v, want one: the default account has the content already", got)
	}
	both.Platforms = nil
	w.accept(both)
}

// TestDuplicateOfWhatDidNotGoOut: what failed or was cancelled stands in nobody's way.
func TestDuplicateOfWhatDidNotGoOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := coretest.PostRequest("Hello")
	r.ScheduleAt = w.clock.Now().Add(time.Hour)
	cancelled := w.accept(r)
	if d := w.publisher.Delete(t.Context(), w.profile.ID, cancelled.Post.ID, false); d.Err != nil {
		t.Fatal(d.Err)
	}
	w.network.Next(coretest.OpCommit, coretest.Answer(403, 0))
	failed := w.accept(coretest.PostRequest("Hello"))
	w.drain()
	second := w.accept(coretest.PostRequest("Hello"))
	w.drain()

	// The failed one has been replaced: sending it as well would be the duplicate.
	_, err := w.publisher.Retry(t.Context(), w.profile.ID, failed.Post.ID)
	wantDuplicate(t, err, second.Post.ID)
	if d := w.publisher.Delete(t.Context(), w.profile.ID, second.Post.ID, false); d.Err != nil {
		t.Fatal(d.Err)
	}
	if _, err := w.publisher.Retry(t.Context(), w.profile.ID, failed.Post.ID); err != nil {
		t.Errorf("retry once the other is deleted: %v", err)
	}
}

// TestDuplicatesAtOnce: of equal requests at the same moment one is accepted.
func TestDuplicatesAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := w.newPublisher() // as a second process
	var (
		wg       sync.WaitGroup
		accepted atomic.Int32
	)
	for i := range 16 {
		p := []*publish.Publisher{w.publisher, other}[i%2]
		wg.Go(func() {
			_, err := p.Accept(t.Context(), publish.Submission{ProfileID: w.profile.ID, Request: coretest.PostRequest("Hello")})
			if err == nil {
				accepted.Add(1)
			} else if core.CodeOf(core.AsError(err)) != core.CodeDuplicate {
				t.Errorf("refused with %v", err)
			}
		})
	}
	wg.Wait()
	w.drain()
	if got := w.commits(); accepted.Load() != 1 || got != 1 {
		t.Errorf("%d were accepted and %d sent, want one", accepted.Load(), got)
	}
}

// TestDuplicateByChange: a post may not become the duplicate of another, and is none of
// itself.
func TestDuplicateByChange(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	scheduled := func(text string, in time.Duration) publish.Outcome {
		r := coretest.PostRequest(text)
		r.ScheduleAt = w.clock.Now().Add(in)
		return w.accept(r)
	}
	change := func(id string, c core.PostChange) error {
		_, err := w.publisher.Change(t.Context(), w.profile.ID, id, c)
		return err
	}
	first := scheduled("Hello", time.Hour)
	second := scheduled("Good morning", 2*time.Hour)
	far := scheduled("Hello", 100*time.Hour)
	text := core.PerPlatform[string]{Default: "Hello"}
	wantDuplicate(t, change(second.Post.ID, core.PostChange{Text: &text}), first.Post.ID)
	allow := true
	if err := change(second.Post.ID, core.PostChange{Text: &text, AllowDuplicate: &allow}); err != nil {
		t.Errorf("a change that allows duplicates: %v", err)
	}
	if err := change(second.Post.ID, core.PostChange{Text: &core.PerPlatform[string]{Default: "Good morning"}}); err != nil {
		t.Errorf("back again: %v", err)
	}
	near := w.clock.Now().Add(3 * time.Hour)
	wantDuplicate(t, change(far.Post.ID, core.PostChange{ScheduleAt: &near}), first.Post.ID)
	if err := change(first.Post.ID, core.PostChange{ScheduleAt: &near}); err != nil {
		t.Errorf("moving the first: %v", err)
	}
	evening := core.PerPlatform[string]{Default: "Good evening"}
	if err := change(first.Post.ID, core.PostChange{Text: &evening}); err != nil {
		t.Errorf("rewriting the first: %v", err)
	}
	_, err := w.submit(coretest.PostRequest("Good evening"))
	wantDuplicate(t, err, first.Post.ID)
	w.accept(coretest.PostRequest("Hello"))
}

// TestDuplicateOfARepetition: what is repeated later counts as well.
func TestDuplicateOfARepetition(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := coretest.PostRequest("Hello")
	r.AutoRepost = &core.AutoRepost{Repeat: 2, Days: 2}
	w.accept(r)
	later := coretest.PostRequest("Hello")
	later.ScheduleAt = w.clock.Now().Add(49 * time.Hour)
	if _, err := w.submit(later); core.CodeOf(core.AsError(err)) != core.CodeDuplicate {
		t.Errorf("got %v, want a duplicate of the first repetition", err)
	}
	w.clock.Advance(25 * time.Hour)
	r.AutoRepost = &core.AutoRepost{Repeat: 1, Days: 3}
	if _, err := w.submit(r); core.CodeOf(core.AsError(err)) != core.CodeDuplicate {
		t.Errorf("got %v, want a duplicate: the repetition of one is due beside that of the other", err)
	}
}

func TestDuplicateCheckSwitchedOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publisher = w.newPublisher(func(c *publish.Config) { c.AllowDuplicates = true })
	w.accept(coretest.PostRequest("Hello"))
	w.accept(coretest.PostRequest("Hello"))
	// The content is known all the same, for the day on which the check is switched on.
	if _, err := w.newPublisher().Accept(t.Context(), publish.Submission{ProfileID: w.profile.ID, Request: coretest.PostRequest("Hello")}); err == nil {
		t.Error("accepted, want it refused")
	}
}

// exacting is the scripted network with an own form of its options.
type exacting struct {
	*coretest.Provider
	normal func(json.RawMessage) json.RawMessage
}

func (p exacting) NormalOptions(block json.RawMessage) json.RawMessage { return p.normal(block) }

// What a network takes for the same options is the same content; an adapter that cannot say
// keeps no post from being accepted.
func TestDuplicateInOtherWords(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		normal func(json.RawMessage) json.RawMessage
		same   bool
	}{
		"a default": {func(json.RawMessage) json.RawMessage { return json.RawMessage(`{}`) }, true},
		"a value":   {func(b json.RawMessage) json.RawMessage { return b }, false},
		"a panic":   {func(json.RawMessage) json.RawMessage { panic("boom") }, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			registry, err := core.NewRegistry(exacting{w.network, tc.normal})
			if err != nil {
				t.Fatal(err)
			}
			w.publisher = w.newPublisher(func(c *publish.Config) { c.Registry = registry })
			first := w.accept(coretest.PostRequest("Hello"))
			again := coretest.PostRequest("Hello")
			again.Options = map[string]json.RawMessage{w.account.Platform: json.RawMessage(`{"delay":1}`)}
			_, err = w.submit(again)
			if tc.same {
				wantDuplicate(t, err, first.Post.ID)
			} else if err != nil {
				t.Errorf("refused: %v", err)
			}
		})
	}
}
