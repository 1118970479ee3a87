package mongo

import (
	"context"
	"errors"
	"maps"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/mongo/mongotest"
)

// counter counts the commands that a client sends. They are the same whatever server takes
// them.
type counter struct {
	mu   sync.Mutex
	sent map[string]int // by command and collection
}

func (c *counter) monitor() *options.ClientOptions {
	return options.Client().SetMonitor(&event.CommandMonitor{Started: func(_ context.Context, e *event.CommandStartedEvent) {
		collection, _ := e.Command.Lookup(e.CommandName).StringValueOK()
		c.mu.Lock()
		defer c.mu.Unlock()
		c.sent[e.CommandName+" "+collection]++
	}})
}

// take returns what was counted since the last time.
func (c *counter) take() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	sent := c.sent
	c.sent = map[string]int{}
	return sent
}

// budget is the commands that an operation may send, by command and collection.
type budget map[string]int

// TestCommands: what each operation sends to the server, no more and no less. Each is a round
// trip; those of a line that may be under way together say so by their place in the code.
func TestCommands(t *testing.T) {
	t.Parallel()
	c := &counter{sent: map[string]int{}}
	clock := coretest.NewClock(noon)
	s, err := connect(mongotest.NewURL(t), Options{Clock: clock}, c.monitor())
	must(t, err)
	t.Cleanup(func() { _ = s.Close() })
	must(t, s.Migrate(t.Context()))
	must(t, s.NoteTime(t.Context(), noon))
	s.stamps.due(noon) // the time is noted once a second, whatever is written

	plain, keyed, checked := typicalPost(noon, "a"), typicalPost(noon, "b"), typicalPost(noon, "c")
	keyed.Request = &store.Request{ProfileID: keyed.Post.ProfileID, Key: "key", BodyHash: []byte("hash"), PostID: keyed.Post.ID, CreatedAt: noon}
	checked.DuplicateWindow, checked.Deliveries[0].Content = time.Hour, "content"
	accept := budget{"insert posts": 1, "insert deliveries": 1, "insert jobs": 1, "update posts": 1}
	var claimed []queue.Job
	for _, tc := range []struct {
		name string
		do   func(context.Context) error
		want budget
	}{
		{"accept", func(ctx context.Context) error { return s.InsertPost(ctx, plain) }, accept},
		{"accept, with an Idempotency-Key", func(ctx context.Context) error { return s.InsertPost(ctx, keyed) }, accept.and(budget{"insert requests": 1, "update requests": 1})},
		{"accept, without duplicates", func(ctx context.Context) error { return s.InsertPost(ctx, checked) }, accept.and(budget{"insert content_claims": 1, "find deliveries": 1, "delete content_claims": 1})},
		{"read a post", func(ctx context.Context) error {
			_, err := s.GetPost(ctx, plain.Post.ProfileID, plain.Post.ID)
			return err
		}, budget{"find posts": 1}},
		{"read its deliveries", func(ctx context.Context) error { _, err := s.ListDeliveries(ctx, plain.Post.ID); return err }, budget{"find deliveries": 1}},
		{"list posts", func(ctx context.Context) error {
			_, err := s.ListPosts(ctx, store.PostQuery{ProfileID: plain.Post.ProfileID})
			return err
		}, budget{"distinct posts": 1, "find posts": 2}},
		{"change a delivery", func(ctx context.Context) error { return touch(ctx, s, plain.Deliveries[0].ID) }, budget{"find deliveries": 1, "update deliveries": 1}},
		{"next job", func(ctx context.Context) error {
			_, err := s.NextRunAt(ctx, []string{"deliver"}, queue.Everything)
			return err
		}, budget{"find jobs": 1}},
		{"claim one job", func(ctx context.Context) (err error) { claimed, err = s.Claim(ctx, wanted(1)); return err }, budget{"find jobs": 3, "findAndModify jobs": 1}},
		{"extend", func(ctx context.Context) error { return s.Extend(ctx, claimed[0], time.Minute) }, budget{"update jobs": 1}},
		{"finish", func(ctx context.Context) error { return s.Finish(ctx, claimed[0], queue.Disposition{}) }, budget{"delete jobs": 1}},
		{"claim two jobs", func(ctx context.Context) (err error) { claimed, err = s.Claim(ctx, wanted(2)); return err }, budget{"find jobs": 3, "findAndModify jobs": 2}},
		{"claim, nothing is due", func(ctx context.Context) error { _, err := s.Claim(ctx, wanted(1)); return err }, budget{"find jobs": 3}},
		{"enqueue", func(ctx context.Context) error {
			return s.Enqueue(ctx, queue.Job{Kind: "deliver", Key: "a", RunAt: noon}, queue.Job{Kind: "deliver", Key: "b", RunAt: noon})
		}, budget{"insert jobs": 1}},
		{"take a lease", func(ctx context.Context) error { _, err := s.TakeLease(ctx, "x", "me", time.Minute); return err }, budget{"update leases": 1}},
	} {
		c.take()
		must(t, tc.do(t.Context()))
		if diff := cmp.Diff(map[string]int(tc.want), c.take()); diff != "" {
			t.Errorf("%s sends other commands (-want +got):\n%s", tc.name, diff)
		}
	}
}

// and is both.
func (b budget) and(other budget) budget {
	sum := maps.Clone(b)
	for command, n := range other {
		sum[command] += n
	}
	return sum
}

func wanted(n int) queue.Wanted {
	return queue.Wanted{Kinds: []string{"deliver"}, N: n, Lease: time.Minute}
}

var errUntouched = errors.New("the delivery is another")

func touch(ctx context.Context, s store.Store, id string) error {
	_, err := s.UpdateDelivery(ctx, id, func(d *core.Delivery) error {
		if d.ID != id {
			return errUntouched
		}
		d.UpdatedAt = d.UpdatedAt.Add(time.Second)
		return nil
	})
	return err
}
