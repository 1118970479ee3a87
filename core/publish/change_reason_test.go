package publish_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
)

// A change that cannot be is refused with the reason that counts, the part of it that is
// refused, and a way that is open to this post.
func TestReasonsOfRefusals(t *testing.T) {
	t.Parallel()
	options := core.PostChange{Options: map[string]json.RawMessage{"scripted": json.RawMessage(`{"altText":["a"]}`)}}
	states := map[string]func(*world) string{
		"published": func(w *world) string {
			id := w.accept(coretest.PostRequest("a")).Post.ID
			w.drain()
			return id
		},
		"failed": func(w *world) string { return failedPost(w).Post.ID },
		"uncertain": func(w *world) string {
			w.network.Next(coretest.OpCommit, coretest.LoseAnswer)
			id := w.accept(coretest.PostRequest("a")).Post.ID
			w.work()
			return id
		},
		"accepted":  func(w *world) string { return w.accept(coretest.PostRequest("a")).Post.ID },
		"scheduled": func(w *world) string { return w.accept(w.later("a")).Post.ID },
	}
	type refusal struct{ state, field, says, help string }
	for change, refusals := range map[*core.PostChange][]refusal{
		new(pause(true)): {
			{"published", "scheduledPause", "has gone out already", "POST /post/copy"},
			{"failed", "scheduledPause", "has failed", "POST /post/copy"},
			{"uncertain", "id", "the answer of scripted was lost", "Wait until"},
			{"accepted", "scheduledPause", "only a post with a scheduleDate", "GET /post/"},
		},
		new(approve(true)): {
			{"published", "approved", "has gone out already", "POST /post/copy"},
			{"failed", "approved", "has failed", "POST /post/copy"},
			{"uncertain", "id", "the answer of scripted was lost", "Wait until"},
			{"accepted", "approved", "needs nobody's approval", "GET /post/"},
			{"scheduled", "approved", "needs nobody's approval", "scheduledPause holds the post"},
		},
		&options: {
			{"published", "scriptedOptions", "has gone out already", "POST /post/copy"},
			{"failed", "scriptedOptions", "has failed", "POST /post/copy"},
		},
	} {
		for _, want := range refusals {
			t.Run(want.field+" of one that is "+want.state, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				_, err := w.publisher.Change(t.Context(), w.profile.ID, states[want.state](w), *change)
				e := core.AsError(err)
				if diff := cmp.Diff(want.field, e.Field); diff != "" || !strings.Contains(e.Message, want.says) || !strings.Contains(e.Help, want.help) {
					t.Errorf("%v, help %q; want %+v", err, e.Help, want)
				}
			})
		}
	}
}
