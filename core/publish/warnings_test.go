package publish_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
)

// talkative warns of the same thing from several goroutines, and only while it asks
// the network, which it does not do again once something was uploaded.
type talkative struct{ core.Publication }

func careful() core.Warning { return core.Warning{Field: "post", Message: "careful"} }

func (talkative) Preflight(_ context.Context, s *core.Session) error {
	var work sync.WaitGroup
	for range 4 {
		work.Go(func() { s.Warn(careful()) })
	}
	work.Wait()
	return nil
}

func TestWarningsAreKeptAndToldOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *coretest.Config) { c.Polls = 2 })
	w.use(func(p core.Publication) core.Publication { return talkative{p} })
	r := coretest.PostRequest("Look", w.picture("a.png"))
	report, err := w.publisher.Check(t.Context(), w.profile.ID, r)
	if err != nil {
		t.Fatal(err)
	}
	var checked []core.Warning
	for _, v := range report.Warnings {
		checked = append(checked, v.Warning)
	}
	if diff := cmp.Diff([]core.Warning{careful()}, checked); diff != "" {
		t.Errorf("warnings of the dry run (-want +got):\n%s", diff)
	}
	post := w.accept(r)
	w.drain()
	d := w.delivery(post.Post.ID)
	if diff := cmp.Diff([]core.Warning{careful()}, d.Warnings); d.State != core.DeliveryPublished || diff != "" {
		t.Errorf("state %s; warnings of the delivery (-want +got):\n%s", d.State, diff)
	}
}

// Nobody is there when a scheduled post is due: what the network makes doubtful is told
// when the post is accepted, and not twice when it goes out.
func TestWarningsOfAScheduledPostAreToldAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.use(func(p core.Publication) core.Publication { return talkative{p} })
	r := coretest.PostRequest("Tomorrow")
	r.ScheduleAt = w.clock.Now().Add(24 * time.Hour)
	o := w.accept(r)
	want := []core.Warning{careful()}
	if diff := cmp.Diff(want, w.delivery(o.Post.ID).Warnings); diff != "" {
		t.Errorf("warnings of the accepted post (-want +got):\n%s", diff)
	}
	w.drain()
	d := w.delivery(o.Post.ID)
	if diff := cmp.Diff(want, d.Warnings); d.State != core.DeliveryPublished || diff != "" {
		t.Errorf("state %s; warnings of the delivery (-want +got):\n%s", d.State, diff)
	}
}

// foreseeing warns of a page when the post is accepted, and of what has become of it when the
// post is prepared.
type foreseeing struct {
	core.Publication
	prepared []core.Warning
}

func foreseen() []core.Warning {
	return []core.Warning{
		{Code: core.CodeLinkPreview, Field: "post", Message: "the page did not answer; it is read again"},
		{Code: core.CodeMention, Field: "mentions[0]", Message: "could not be looked up; it is tried again"},
		{Field: "post", Message: "of no code"},
	}
}

func (f foreseeing) Preview() core.Preview { return core.Preview{Warnings: foreseen()} }

func (f foreseeing) Prepare(ctx context.Context, s *core.Session) (core.Progress, error) {
	for _, w := range f.prepared {
		s.Warn(w)
	}
	return f.Publication.Prepare(ctx, s)
}

// What was foreseen when a post was accepted has come true or not when it goes out: its
// author is told how it is, not how it was as well.
func TestWarningsOfAnEarlierLookAreReplaced(t *testing.T) {
	t.Parallel()
	page := core.Warning{Code: core.CodeLinkPreview, Field: "post", Message: "the page did not answer"}
	first := core.Warning{Code: core.CodeMention, Field: "post", Message: "nobody is Ann"}
	second := core.Warning{Code: core.CodeMention, Field: "post", Message: "nobody is Bob"}
	for name, prepared := range map[string][]core.Warning{
		"all is well by then":           nil,
		"it is as bad":                  {page},
		"it is exactly as it was":       foreseen(),
		"several of a kind at one time": {first, second, page},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(c *coretest.Config) { c.Polls = 2 })
			w.use(func(p core.Publication) core.Publication { return foreseeing{p, prepared} })
			r := coretest.PostRequest("Tomorrow", w.picture("a.png"))
			r.ScheduleAt = w.clock.Now().Add(24 * time.Hour)
			o := w.accept(r)
			if diff := cmp.Diff(foreseen(), w.delivery(o.Post.ID).Warnings); diff != "" {
				t.Errorf("warnings of the accepted post (-want +got):\n%s", diff)
			}
			w.drain()
			d := w.delivery(o.Post.ID)
			if diff := cmp.Diff(prepared, d.Warnings, cmpopts.EquateEmpty()); d.State != core.DeliveryPublished || diff != "" {
				t.Errorf("state %s; warnings of the delivery (-want +got):\n%s", d.State, diff)
			}
		})
	}
}
