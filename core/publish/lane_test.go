package publish_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
)

// texts lists what is on the network, in the order in which it was published.
func (w *world) texts() []string {
	var out []string
	for _, p := range w.network.Timeline() {
		out = append(out, p.Text)
	}
	return out
}

func (w *world) schedule(text string, in time.Duration, media ...string) string {
	w.t.Helper()
	r := coretest.PostRequest(text, media...)
	r.ScheduleAt = w.clock.Now().Add(in)
	return w.accept(r).Post.ID
}

func TestPostsGoOutInTheOrderOfTheirTimes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const noon = 3 * time.Hour
	var want []string
	for i := range 5 { // of one time in the order of their acceptance
		w.schedule(fmt.Sprintf("noon %d", i), noon)
		want = append(want, fmt.Sprintf("noon %d", i))
		w.clock.Advance(time.Millisecond)
	}
	w.schedule("before", noon-time.Minute)
	w.schedule("with a picture", noon+time.Second, w.picture("a.png"))
	w.schedule("last", noon+2*time.Second)
	w.drain()
	want = append([]string{"before"}, append(want, "with a picture", "last")...)
	if diff := cmp.Diff(want, w.texts()); diff != "" {
		t.Errorf("published (-want +got):\n%s", diff)
	}
}

// TestBacklogKeepsTheOrder: after the server was down, what is late goes out in order too.
func TestBacklogKeepsTheOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var want []string
	for i := range 60 {
		text := fmt.Sprintf("post %02d", i)
		want = append(want, text)
		w.schedule(text, time.Hour+time.Duration(i)*time.Second)
	}
	w.clock.Advance(3 * time.Hour)
	w.drain()
	if diff := cmp.Diff(want, w.texts()); diff != "" {
		t.Errorf("published (-want +got):\n%s", diff)
	}
}

// TestOneCommitAtATime: while a post of an account is being sent, the next waits in the
// account's lane, and another account's does not.
func TestOneCommitAtATime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := coretest.Page(2)
	w.link(other)
	gate := coretest.NewGate()
	w.network.Next(coretest.OpCommit, gate.Before)
	w.accept(coretest.PostRequest("first"))
	first, answer := w.attemptUpTo(gate)
	w.clock.Advance(time.Millisecond)
	second := w.accept(coretest.PostRequest("second"))
	r := coretest.PostRequest("elsewhere")
	r.Platforms, r.AccountIDs = nil, []string{other.ID}
	w.accept(r)
	for w.work() {
	}
	if diff := cmp.Diff([]string{"elsewhere"}, w.texts()); diff != "" {
		t.Errorf("published meanwhile (-want +got):\n%s", diff)
	}
	if d := w.delivery(second.Post.ID); d.State != core.DeliveryPreparing {
		t.Errorf("the second is %s, want it to wait", d.State)
	}
	gate.Open()
	w.finish(first, <-answer)
	w.drain()
	if diff := cmp.Diff([]string{"elsewhere", "first", "second"}, w.texts()); diff != "" {
		t.Errorf("published (-want +got):\n%s", diff)
	}
}

// TestWhatIsNotReadyHoldsNobodyUp: a post that cannot go out at its time lets those after
// it pass.
func TestWhatIsNotReadyHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	for name, trouble := range map[string]func(*world){
		"its preparation fails":     func(w *world) { w.network.Next(coretest.OpUpload, coretest.Answer(503, 0)) },
		"the network is in trouble": func(w *world) { w.network.Next(coretest.OpCommit, coretest.Answer(503, 0)) },
		"its answer is lost": func(w *world) {
			w.network.Next(coretest.OpCommit, coretest.LoseRequest)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			trouble(w)
			w.accept(coretest.PostRequest("first", w.picture("a.png")))
			w.work()
			w.clock.Advance(time.Millisecond)
			w.accept(coretest.PostRequest("second"))
			for w.work() {
			}
			if diff := cmp.Diff([]string{"second"}, w.texts()); diff != "" {
				t.Errorf("published at once (-want +got):\n%s", diff)
			}
			w.drain()
			if diff := cmp.Diff([]string{"second", "first"}, w.texts()); diff != "" {
				t.Errorf("published (-want +got):\n%s", diff)
			}
		})
	}
}

// TestWhatFollowsIsDoneAside: a delivery leaves its lane once it is published.
func TestWhatFollowsIsDoneAside(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := coretest.PostRequest("with a comment")
	r.FirstComment = &core.FirstComment{Text: "first"}
	r.ScheduleAt = w.clock.Now().Add(time.Hour)
	w.accept(r)
	w.clock.Advance(59 * time.Minute)
	w.work()
	w.clock.Advance(time.Minute)
	var lanes []string
	for {
		j, ok := w.claim()
		if !ok {
			break
		}
		lanes = append(lanes, j.Lane)
		w.finish(j, w.publisher.Attempt(context.WithoutCancel(t.Context()), j))
		if len(lanes) == 3 {
			break
		}
	}
	if len(lanes) < 2 || lanes[0] != w.account.ID || lanes[1] != "" {
		t.Errorf("the job was in lanes %q, want %s first and none then", lanes, w.account.ID)
	}
}

// TestPicturesAndTextsAreSharedOut: posts that wait for their media do not take the workers
// of those without, and all of an account are in one line.
func TestPicturesAndTextsAreSharedOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.accept(coretest.PostRequest("picture", w.picture("a.png")))
	w.clock.Advance(time.Millisecond)
	w.accept(coretest.PostRequest("text"))
	picture, _ := w.claim()
	text, _ := w.claim()
	if picture.Tenant == text.Tenant {
		t.Errorf("both jobs are tenant %q's", text.Tenant)
	}
	gate := coretest.NewGate()
	w.network.Next(coretest.OpCommit, gate.Before)
	done := w.start(context.WithoutCancel(t.Context()), picture, gate)
	w.finish(text, w.publisher.Attempt(t.Context(), text))
	if len(w.texts()) != 0 {
		t.Error("the text went out while the picture was being sent")
	}
	gate.Open()
	w.finish(picture, <-done)
	w.drain()
	if diff := cmp.Diff([]string{"picture", "text"}, w.texts()); diff != "" {
		t.Errorf("published (-want +got):\n%s", diff)
	}
}
