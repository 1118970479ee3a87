package publish_test

import (
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/publish"
)

// While the processes of one store are replaced by those of a version with one network more, an
// older one may take up its posts: it leaves them to the others.
func TestAProcessWithoutTheNetworkLeavesThePostToOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	newer := w.publisher
	none, err := core.NewRegistry()
	if err != nil {
		t.Fatal(err)
	}
	post := w.accept(coretest.PostRequest("For a network that not all know"))
	w.publisher = w.newPublisher(func(c *publish.Config) { c.Registry = none })
	if !w.work() {
		t.Fatal("the older process was given nothing to do")
	}
	if d := w.delivery(post.Post.ID); d.Final() || d.Error == nil || core.CodeOf(d.Error) != core.CodeUnknownPlatform {
		t.Fatalf("state %s, %v; want that the post waits, and says for what", d.State, d.Error)
	}
	w.publisher = newer
	w.clock.Advance(time.Minute)
	w.drain()
	if d := w.delivery(post.Post.ID); d.State != core.DeliveryPublished || w.commits() != 1 {
		t.Errorf("state %s, %v, %d commits; want it published, once", d.State, d.Error, w.commits())
	}
}
