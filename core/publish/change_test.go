package publish_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
)

// later is a request for a post in an hour.
func (w *world) later(text string, change ...func(*core.PostRequest)) core.PostRequest {
	r := coretest.PostRequest(text)
	r.ScheduleAt = w.clock.Now().Add(time.Hour)
	for _, f := range change {
		f(&r)
	}
	return r
}

func (w *world) change(id string, c core.PostChange) core.Post {
	w.t.Helper()
	post, err := w.publisher.Change(w.t.Context(), w.profile.ID, id, c)
	if err != nil {
		w.t.Fatalf("change: %v", err)
	}
	return post
}

// refuse makes a change that is to be refused with the code and field.
func (w *world) refuse(id string, c core.PostChange, code core.Code, field string) {
	w.t.Helper()
	_, err := w.publisher.Change(w.t.Context(), w.profile.ID, id, c)
	if e := core.AsErrors(err); len(e) == 0 || core.CodeOf(e[0]) != code || e[0].Field != field || core.HelpOf(e[0]) == "" {
		w.t.Errorf("change: %v, want code %d of %s with a way out", err, code, field)
	}
}

// published is what the network shows: the texts and when they came.
func (w *world) published() map[string]time.Time {
	out := map[string]time.Time{}
	for _, p := range w.network.Timeline() {
		out[p.Text] = p.At
	}
	return out
}

func pause(on bool) core.PostChange { return core.PostChange{Paused: &on} }

func approve(on bool) core.PostChange { return core.PostChange{Approved: &on} }

func moveTo(at time.Time) core.PostChange { return core.PostChange{ScheduleAt: &at} }

func rewrite(text string) core.PostChange {
	return core.PostChange{Text: &core.PerPlatform[string]{Default: text}}
}

func needsApproval(r *core.PostRequest) { r.RequiresApproval = true }

func atOnce(r *core.PostRequest) { r.ScheduleAt = time.Time{} }

// Each course of a post, and when its post comes out if it does.
func TestCourses(t *testing.T) {
	t.Parallel()
	const hour = time.Hour
	start := coretest.Epoch()
	tests := map[string]struct {
		request func(*core.PostRequest)
		steps   []core.PostChange // one every ten minutes
		status  core.PostStatus   // after the last
		comes   time.Duration     // after the start; 0: not at all
	}{
		"moved back":                     {steps: []core.PostChange{moveTo(start.Add(3 * hour))}, status: core.PostOpen, comes: 3 * hour},
		"moved forward":                  {steps: []core.PostChange{moveTo(start.Add(hour / 2))}, status: core.PostOpen, comes: hour / 2},
		"moved into the past":            {steps: []core.PostChange{moveTo(start)}, status: core.PostOpen, comes: hour / 6},
		"moved twice":                    {steps: []core.PostChange{moveTo(start.Add(5 * hour)), moveTo(start.Add(2 * hour))}, status: core.PostOpen, comes: 2 * hour},
		"paused":                         {steps: []core.PostChange{pause(true)}, status: core.PostPaused},
		"paused twice":                   {steps: []core.PostChange{pause(true), pause(true)}, status: core.PostPaused},
		"resumed in time":                {steps: []core.PostChange{pause(true), pause(false)}, status: core.PostOpen, comes: hour},
		"resumed too late":               {steps: []core.PostChange{pause(true), {}, {}, {}, {}, {}, pause(false)}, status: core.PostOpen, comes: hour * 7 / 6},
		"moved while paused":             {steps: []core.PostChange{pause(true), moveTo(start.Add(4 * hour)), pause(false)}, status: core.PostOpen, comes: 4 * hour},
		"moved and resumed at once":      {steps: []core.PostChange{pause(true), {Paused: new(false), ScheduleAt: new(start)}}, status: core.PostOpen, comes: hour / 3},
		"resumed without a pause":        {steps: []core.PostChange{pause(false)}, status: core.PostOpen, comes: hour},
		"never approved":                 {request: needsApproval, steps: []core.PostChange{{}}, status: core.PostAwaitingApproval},
		"approved in time":               {request: needsApproval, steps: []core.PostChange{approve(true)}, status: core.PostOpen, comes: hour},
		"approved twice":                 {request: needsApproval, steps: []core.PostChange{approve(true), approve(true)}, status: core.PostOpen, comes: hour},
		"approved too late":              {request: needsApproval, steps: []core.PostChange{{}, {}, {}, {}, {}, {}, approve(true)}, status: core.PostOpen, comes: hour * 7 / 6},
		"approved without a time":        {request: func(r *core.PostRequest) { needsApproval(r); atOnce(r) }, steps: []core.PostChange{approve(true)}, status: core.PostOpen, comes: hour / 6},
		"approved, and that withdrawn":   {request: needsApproval, steps: []core.PostChange{approve(true), approve(false)}, status: core.PostAwaitingApproval},
		"not approved stays":             {request: needsApproval, steps: []core.PostChange{approve(false)}, status: core.PostAwaitingApproval},
		"paused before it was approved":  {request: needsApproval, steps: []core.PostChange{pause(true), pause(false)}, status: core.PostAwaitingApproval},
		"approved while paused":          {request: needsApproval, steps: []core.PostChange{pause(true), approve(true)}, status: core.PostPaused},
		"approved while paused, resumed": {request: needsApproval, steps: []core.PostChange{pause(true), approve(true), pause(false)}, status: core.PostOpen, comes: hour},
		"given a time before approval": {
			request: func(r *core.PostRequest) { needsApproval(r); atOnce(r) },
			steps:   []core.PostChange{moveTo(start.Add(2 * hour)), approve(true)}, status: core.PostOpen, comes: 2 * hour,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if tt.request == nil {
				tt.request = func(*core.PostRequest) {}
			}
			id := w.accept(w.later("Hello", tt.request)).Post.ID
			for _, step := range tt.steps {
				w.clock.Advance(10 * time.Minute)
				w.change(id, step)
			}
			if got := w.outcome(id).Post.Status; got != tt.status {
				t.Fatalf("status %s, want %s", got, tt.status)
			}
			w.drain()
			want := map[string]time.Time{}
			if tt.comes > 0 {
				want["Hello"] = start.Add(tt.comes)
			}
			if diff := cmp.Diff(want, w.published()); diff != "" {
				t.Errorf("published (-want +got):\n%s", diff)
			}
			if d := w.delivery(id); tt.comes > 0 && !d.DueAt.Equal(start.Add(tt.comes)) {
				t.Errorf("due at %v, want %v: it was not late", d.DueAt, start.Add(tt.comes))
			}
		})
	}
}

// What is still to go out is what its author wants last, and is checked as when it was
// accepted.
func TestContentIsRevised(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.accept(w.later("First", func(r *core.PostRequest) { r.Media.Default = coretest.MediaRefs(w.picture("a.png")) })).Post.ID
	w.clock.Advance(50 * time.Minute) // the picture is uploaded
	for w.work() {
	}
	if d := w.delivery(id); len(d.Checkpoint) == 0 {
		t.Fatal("nothing was uploaded ahead")
	}
	w.change(id, core.PostChange{
		Text: &core.PerPlatform[string]{Default: "Second"}, Media: &core.PerPlatform[[]core.MediaRef]{Default: coretest.MediaRefs(w.picture("b.png"), w.picture("c.png"))},
		FirstComment: &core.FirstComment{Text: "And more"}, Notes: new("n"),
	})
	w.drain()
	posts := w.network.Timeline()
	if len(posts) != 1 || posts[0].Text != "Second" || len(posts[0].Media) != 2 {
		t.Fatalf("published %+v, want the second text with two pictures", posts)
	}
	if got := w.outcome(id).Post.Request; got.Notes != "n" || got.FirstComment.Text != "And more" {
		t.Errorf("stored %+v", got)
	}
	if fetches := w.assets.Fetches("https://media.example/a.png"); fetches != 2 { // accepted, uploaded
		t.Errorf("the former picture was fetched %d times, want no more after the change", fetches)
	}
}

// Another time needs no second upload.
func TestUploadsServeAnotherTime(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		by      time.Duration
		uploads int
	}{"soon": {time.Hour, 1}, "when the network may have forgotten them": {24 * time.Hour, 2}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			r := w.later("Hello", func(r *core.PostRequest) { r.Media.Default = coretest.MediaRefs(w.picture("a.png")) })
			id := w.accept(r).Post.ID
			w.clock.Advance(50 * time.Minute)
			for w.work() {
			}
			w.change(id, moveTo(r.ScheduleAt.Add(tt.by)))
			w.drain()
			if got := len(w.network.Calls(coretest.OpUpload)); got != tt.uploads || len(w.published()) != 1 {
				t.Errorf("%d uploads, published %v; want %d and one", got, w.published(), tt.uploads)
			}
		})
	}
}

func TestARefusedChangeLeavesEverything(t *testing.T) {
	t.Parallel()
	missing := &core.Error{Kind: core.KindMedia, Code: core.CodeMediaURL, Field: "mediaUrls[0]", Message: "not there"}
	tests := map[string]struct {
		change core.PostChange
		code   core.Code
		field  string
	}{
		"too long":        {rewrite(strings.Repeat("x", coretest.MaxText+1)), core.CodeTextTooLong, "post"},
		"no text":         {rewrite(""), core.CodeParameters, "post"},
		"missing picture": {core.PostChange{Media: &core.PerPlatform[[]core.MediaRef]{Default: coretest.MediaRefs("https://media.example/gone.png")}}, core.CodeMediaURL, "mediaUrls[0]"},
		"no approval":     {approve(true), core.CodeNotChangeable, "approved"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			o := w.accept(w.later("First"))
			w.assets.Next(w.picture("gone.png"), coretest.Fail(missing))
			w.refuse(o.Post.ID, tt.change, tt.code, tt.field)
			if diff := cmp.Diff(o.Post, w.outcome(o.Post.ID).Post); diff != "" {
				t.Errorf("the post has changed (-want +got):\n%s", diff)
			}
			w.drain()
			if _, there := w.published()["First"]; !there || w.commits() != 1 {
				t.Errorf("published %v", w.published())
			}
		})
	}
}

// Posts that were accepted without a check are changed without one.
func TestAChangeMaySkipItsValidation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.accept(w.later("First", func(r *core.PostRequest) { r.SkipValidation = true })).Post.ID
	w.change(id, rewrite(strings.Repeat("x", coretest.MaxText+1)))
	w.drain()
	if d := w.delivery(id); d.State != core.DeliveryFailed || core.CodeOf(d.Error) != core.CodeTextTooLong {
		t.Errorf("state %s %v, want it refused at its time", d.State, d.Error)
	}
}

func TestTooLateForAChange(t *testing.T) {
	t.Parallel()
	now := coretest.Epoch().Add(2 * time.Hour)
	late := map[string]struct {
		change core.PostChange
		field  string
	}{
		"moved": {moveTo(now.Add(time.Hour)), "scheduleDate"}, "paused": {pause(true), "scheduledPause"},
		"text": {rewrite("Second"), "post"}, "comment": {core.PostChange{FirstComment: &core.FirstComment{Text: "x"}}, "firstComment"},
	}
	for name, tt := range late {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			published, failed := w.accept(w.later("First")).Post.ID, ""
			w.drain()
			w.refuse(published, tt.change, core.CodeNotChangeable, tt.field)
			w.network.Next(coretest.OpCommit, coretest.Answer(400, 0))
			failed = w.accept(w.later("Second thoughts")).Post.ID
			w.drain()
			w.refuse(failed, tt.change, core.CodeNotChangeable, tt.field)
			if del := w.publisher.Delete(t.Context(), w.profile.ID, published, false); del.Err != nil {
				t.Fatal(del.Err)
			}
			w.refuse(published, tt.change, core.CodeAlreadyDeleted, "id")
			w.refuse("unknown", tt.change, core.CodeHistoryNotFound, "id")
		})
	}
}

// Clients repeat a request whose answer they did not get: what is so already is fine, also
// when the post has gone out since.
func TestChangesMayBeRepeated(t *testing.T) {
	t.Parallel()
	past := coretest.Epoch()
	for name, c := range map[string]core.PostChange{
		"sent now": moveTo(past), "moved": moveTo(past.Add(2 * time.Hour)), "resumed": pause(false),
		"text": rewrite("Second"), "approved": approve(true),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			id := w.accept(w.later("First", func(r *core.PostRequest) { r.RequiresApproval = name == "approved" })).Post.ID
			first := w.change(id, c)
			if second := w.change(id, c); second.Revision != first.Revision {
				t.Errorf("revision %d, want still %d", second.Revision, first.Revision)
			}
			w.drain()
			w.change(id, c)
			if w.commits() != 1 {
				t.Errorf("%d commits, want 1", w.commits())
			}
		})
	}
}

// While it is being found out whether a post went out, it stays what it is: only the
// identical request can tell.
func TestWhatIsDoubtfulStays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.network.Next(coretest.OpCommit, coretest.LoseRequest, coretest.Answer(503, time.Hour))
	id := w.accept(w.later("First")).Post.ID
	w.clock.Advance(time.Hour)
	for range 3 {
		for w.work() {
		}
		w.refuse(id, rewrite("Second"), core.CodeProcessing, "id")
		w.refuse(id, pause(true), core.CodeProcessing, "id")
		w.clock.Advance(30 * time.Second)
	}
	w.drain()
	if _, there := w.published()["First"]; !there {
		t.Errorf("published %v", w.published())
	}
}

func TestHeldPosts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	paused := w.accept(w.later("Paused")).Post.ID
	w.change(paused, pause(true))
	o := w.accept(coretest.PostRequest("Waiting"))
	w.drain()
	r := coretest.PostRequest("Approve me")
	r.RequiresApproval = true
	waiting := w.accept(r)
	got, err := w.publisher.Wait(t.Context(), w.profile.ID, waiting.Post.ID, time.Hour)
	if err != nil || got.Post.Status != core.PostAwaitingApproval || !got.Deliveries[0].Held {
		t.Errorf("wait: %+v, %v; want at once that it waits for approval", got.Post, err)
	}
	if n, err := w.publisher.Sweep(t.Context()); n != 0 || err != nil {
		t.Errorf("the sweep found %d, %v; want none stranded", n, err)
	}
	if _, err := w.publisher.Retry(t.Context(), w.profile.ID, paused); core.CodeOf(core.AsError(err)) != core.CodeNotRetryable {
		t.Errorf("retry: %v, want it refused", err)
	}
	gone, err := w.publisher.DeleteScheduled(t.Context(), w.profile.ID)
	if err != nil || len(gone) != 2 {
		t.Fatalf("deleted %+v, %v; want both held ones", gone, err)
	}
	for _, id := range []string{paused, waiting.Post.ID} {
		if o := w.outcome(id); o.Post.Status != core.PostDeleted || o.Deliveries[0].State != core.DeliveryCancelled {
			t.Errorf("status %s, delivery %s; want it deleted", o.Post.Status, o.Deliveries[0].State)
		}
	}
	w.drain()
	if w.commits() != 1 || w.outcome(o.Post.ID).Post.Status != core.PostSuccess {
		t.Errorf("%d commits, want only that of the third", w.commits())
	}
}

// One account's post may be out while another's waits: that one takes a new text from
// whoever changes the other too, and nothing else.
func TestHalfPublished(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	page := coretest.Page(1)
	w.link(page)
	w.network.Next(coretest.OpCommit, coretest.Succeed, coretest.Answer(429, time.Hour))
	id := w.accept(w.later("First", func(r *core.PostRequest) { r.AccountIDs = []string{page.ID} })).Post.ID
	w.clock.Advance(time.Hour)
	for w.work() {
	}
	w.refuse(id, pause(true), core.CodeNotChangeable, "scheduledPause")
	w.refuse(id, moveTo(w.clock.Now().Add(time.Hour)), core.CodeNotChangeable, "scheduleDate")
	w.refuse(id, rewrite("Second"), core.CodeNotChangeable, "post")
	if _, err := w.publisher.ChangeRest(t.Context(), w.profile.ID, id, moveTo(w.clock.Now().Add(time.Hour))); core.CodeOf(core.AsError(err)) != core.CodeNotChangeable {
		t.Errorf("moving the rest: %v, want it refused", err)
	}
	if _, err := w.publisher.ChangeRest(t.Context(), w.profile.ID, id, rewrite("Second")); err != nil {
		t.Fatal(err)
	}
	w.drain()
	if got := w.published(); len(got) != 2 {
		t.Errorf("published %v, want both texts", got)
	}
}
