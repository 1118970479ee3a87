package publish

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

// Batch is a list of posts that are accepted together.
type Batch struct {
	ProfileID string
	// ID is what the ids of the posts are derived from; it begins like one of core.NewID.
	ID string
	// At is when the batch was submitted.
	At time.Time
	// Requests are the posts, in the order in which immediate ones go out. They take no
	// automatic schedule and no key of their own.
	Requests []core.PostRequest
	// Names is what the author calls the posts in his list, such as "row 7".
	Names []string
	// Idempotency, if set, is claimed together with the posts.
	Idempotency *store.Request
}

// PostID is the id of the post at a place of the list.
//
// The ids sort by place, since posts of one time go out in the order of their ids.
func (b Batch) PostID(place int) string { return core.PlacedID(b.ID, place, "batch") }

// batchChecks is how many posts of a batch are checked at a time: a check may ask the
// network and fetch media.
const batchChecks = 8

// batchHeadStart is how long after its submission the posts of a batch that have no time
// begin to go out. They are prepared side by side; ready before the first is due, they go
// out in their order.
const batchHeadStart = 2 * time.Second

// AcceptAll checks every post of a batch and stores them, all or none. If anything is wrong
// with any, also that its duplicate was stored meanwhile, it returns the problems by the
// place of the post, and nothing is stored. store.ErrKeyUsed means that the key of
// Idempotency was used before.
func (p *Publisher) AcceptAll(ctx context.Context, b Batch) ([]Outcome, []core.Errors, error) {
	w := &batchWork{Publisher: p, Batch: b, items: make([]batchItem, len(b.Requests))}
	if err := w.each(ctx, w.check); err != nil {
		return nil, nil, err
	}
	w.compare()
	if problems := w.problems(); problems != nil || len(w.items) == 0 {
		return nil, problems, nil
	}
	err := w.put(ctx)
	if errors.Is(err, store.ErrDuplicate) {
		problems, err := w.duplicates(ctx)
		return nil, problems, err
	}
	if err != nil {
		return nil, nil, err
	}
	out := make([]Outcome, len(w.items))
	for i, item := range w.items {
		out[i] = Outcome{Post: item.post.Post, Deliveries: item.post.Deliveries}
	}
	return out, nil, nil
}

// batchWork is a batch on its way.
type batchWork struct {
	*Publisher
	Batch
	items []batchItem
}

// batchItem is one post of a batch.
type batchItem struct {
	targets  []target
	post     store.NewPost
	problems core.Errors
}

// each calls do for every item, some at a time, and returns the first error.
func (w *batchWork) each(ctx context.Context, do func(ctx context.Context, i int) error) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var wg sync.WaitGroup
	next := make(chan int)
	for range min(batchChecks, len(w.items)) {
		wg.Go(func() {
			for i := range next {
				if err := do(ctx, i); err != nil {
					stop(err)
				}
			}
		})
	}
	for i := range w.items {
		if ctx.Err() != nil {
			break
		}
		next <- i
	}
	close(next)
	wg.Wait()
	return context.Cause(ctx)
}

// check finds out what is wrong with one post, and puts together what is to be stored.
func (w *batchWork) check(ctx context.Context, i int) error {
	item := &w.items[i]
	// A microsecond apart, so that immediate posts go out in their order.
	at := w.At.Add(time.Duration(i) * time.Microsecond)
	post := core.Post{
		ID: w.PostID(i), ProfileID: w.ProfileID,
		Request: withoutPast(w.Requests[i], w.At), Status: core.PostOpen, CreatedAt: at,
	}
	targets, problems, err := w.targets(ctx, w.ProfileID, post.Request)
	if err != nil {
		return err
	}
	problems, told, err := w.validate(ctx, targets, post.Request, problems)
	if err != nil {
		return err
	}
	duplicates, err := w.duplicatesOf(ctx, targets, post.Request)
	if err != nil {
		return err
	}
	item.targets, item.problems = targets, append(problems, duplicates...)
	if post.AwaitsApproval() {
		post.Status = core.PostAwaitingApproval
	}
	deliveries := w.newDeliveries(post, targets, told)
	if !post.Scheduled() {
		for i := range deliveries {
			deliveries[i].DueAt = deliveries[i].DueAt.Add(batchHeadStart)
		}
	}
	item.post = w.newPost(post, deliveries)
	return nil
}

// compare finds posts of the batch that are duplicates of an earlier one in it.
func (w *batchWork) compare() {
	type due struct {
		place int
		at    time.Time
	}
	seen := map[string][]due{}
	for i := range w.items {
		item := &w.items[i]
		if !w.checksDuplicates(w.Requests[i]) {
			continue
		}
		for _, d := range item.post.Deliveries {
			for _, other := range seen[d.Content] {
				if d.DueAt.Sub(other.at).Abs() < duplicateWindow {
					item.problems = append(item.problems, duplicateInBatch(d.Platform, w.Names[other.place]))
					break
				}
			}
			seen[d.Content] = append(seen[d.Content], due{i, d.DueAt})
		}
	}
}

// duplicateInBatch refuses a post that has the content of an earlier one of its batch.
func duplicateInBatch(platform, other string) *core.Error {
	return &core.Error{
		Kind: core.KindDuplicate, Code: core.CodeDuplicate, Field: "post", Platform: platform,
		Message: fmt.Sprintf("%s has the same content for the same account, less than %d hours away", other, int(duplicateWindow.Hours())),
		Help:    "Change one of the two, put them at least a day apart, or send the list with allowDuplicate.",
	}
}

// problems lists the problems by the place of the post; nil when there are none.
func (w *batchWork) problems() []core.Errors {
	list, found := make([]core.Errors, len(w.items)), false
	for i := range w.items {
		list[i] = w.items[i].problems
		found = found || len(list[i]) > 0
	}
	if !found {
		return nil
	}
	return list
}

// put stores the posts.
func (w *batchWork) put(ctx context.Context) error {
	n := w.items[0].post
	n.Request = w.Idempotency
	for _, item := range w.items[1:] {
		n.Also = append(n.Also, item.post)
	}
	_, err := w.storePost(ctx, n)
	return err
}

// duplicates tells which posts have a duplicate that was stored since they were checked.
func (w *batchWork) duplicates(ctx context.Context) ([]core.Errors, error) {
	err := w.each(ctx, func(ctx context.Context, i int) (err error) {
		item := &w.items[i]
		item.problems, err = w.duplicatesOf(ctx, item.targets, item.post.Post.Request)
		return err
	})
	if err != nil {
		return nil, err
	}
	if problems := w.problems(); problems != nil {
		return problems, nil
	}
	return nil, vanishedDuplicate()
}

// duplicatesOf is duplicateProblems for a post of a batch.
func (w *batchWork) duplicatesOf(ctx context.Context, targets []target, r core.PostRequest) (core.Errors, error) {
	return w.duplicateProblems(ctx, accountsOf(targets), r, r.ScheduleAt, "")
}
