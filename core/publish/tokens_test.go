package publish_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
)

// TestATokenThatCannotBeHadProvesNothing: whatever the renewal of a token fails with, a post
// that is published is not told to have failed, and one that was not sent is not told to have
// been refused.
func TestATokenThatCannotBeHadProvesNothing(t *testing.T) {
	t.Parallel()
	for name, configure := range map[string]func(*coretest.Config){"repeatable": repeatable, "not repeatable": func(*coretest.Config) {}} {
		for _, kind := range core.Kinds() {
			t.Run(name+", "+string(kind), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, configure)
				trouble := &core.Error{Kind: kind, Op: "network.renew", Status: http.StatusBadRequest, Unsent: true, Message: "The server refused the request."}
				w.network.Next(coretest.OpCommit, coretest.LoseAnswer)
				post := w.accept(coretest.PostRequest("Once"))
				w.work()
				w.tokens.Fail(w.account.ID, trouble)
				w.clock.Set(w.delivery(post.Post.ID).ReconcileAt)
				w.work()
				if d := w.delivery(post.Post.ID); d.State != core.DeliveryUncertain || d.Settled {
					t.Fatalf("%s, settled %v, %v; want that it is still looked for", d.State, d.Settled, d.Error)
				}
				w.tokens.Fail(w.account.ID, nil)
				w.drain()
				if d := w.delivery(post.Post.ID); d.State != core.DeliveryPublished || w.commits() != 1 {
					t.Errorf("%s %v after %d calls; want it found", d.State, d.Error, w.commits())
				}
			})
		}
	}
}

// TestARefusedRenewalBlamesNoContent: a post that could not be prepared for want of a token waits,
// and goes out once there is one.
func TestARefusedRenewalBlamesNoContent(t *testing.T) {
	t.Parallel()
	for _, kind := range []core.Kind{core.KindInvalid, core.KindUnsupported, core.KindMedia, core.KindDuplicate, core.KindUncertain} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.tokens.Fail(w.account.ID, &core.Error{Kind: kind, Status: http.StatusBadRequest, Field: "post", Message: "The server refused the request."})
			post := w.accept(coretest.PostRequest("Once", w.picture("a.png")))
			w.work()
			d := w.delivery(post.Post.ID)
			if !d.Unsent() || d.Error == nil || d.Error.Kind != core.KindTemporary || d.Error.Field != "" || !strings.Contains(d.Error.Message, "access token could not be had: the server refused the request") {
				t.Fatalf("%s %v; want it put off for want of a token", d.State, d.Error)
			}
			w.tokens.Fail(w.account.ID, nil)
			w.drain()
			if d := w.delivery(post.Post.ID); d.State != core.DeliveryPublished {
				t.Errorf("%s %v", d.State, d.Error)
			}
		})
	}
}
