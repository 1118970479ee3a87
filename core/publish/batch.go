package publish

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

// Batch is a list of posts that are accepted together.
type Batch struct {
	ProfileID string
	// ID is what the ids of the posts are derived from; it begins like one of core.NewID.
	// A batch that is submitted again under the same ID stores what is still missing.
	ID string
	// At is when the batch was submitted for the first time.
	At time.Time
	// Again tells that the batch was submitted before, so that some of it may be there.
	Again bool
	// Requests are the posts, in the order in which immediate ones go out. They take no
	// automatic schedule and no key of their own.
	Requests []core.PostRequest
	// Names is what the author calls the posts in his list, such as "row 7".
	Names []string
	// Begin, if set, is called once everything was found good, before anything is stored;
	// its error ends the batch.
	Begin func(context.Context) error
}

// IncompleteError means that the store failed when some posts of a batch were stored.
type IncompleteError struct {
	Stored, Total int
	Err           error
}

// Error implements error.
func (e *IncompleteError) Error() string {
	return fmt.Sprintf("publish: %d of %d posts were stored: %v", e.Stored, e.Total, e.Err)
}

// Unwrap returns what kept the rest from being stored.
func (e *IncompleteError) Unwrap() error { return e.Err }

const (
	// batchChecks is how many posts of a batch are checked at a time: a check may ask the
	// network and fetch media.
	batchChecks = 8
	// batchWrites is how many are stored at a time, so that they share the waits for the
	// disk.
	batchWrites = 32
	// batchTimeout bounds the storing of a batch.
	batchTimeout = time.Minute
)

// AcceptAll checks every post of a batch and stores them if nothing is wrong with any;
// otherwise it returns the problems by the place of the post, and nothing is stored. An
// IncompleteError means that some are stored; submitting the same batch again stores the
// rest. Once it has begun to store, it goes on although the client has hung up.
func (p *Publisher) AcceptAll(ctx context.Context, b Batch) ([]Outcome, []core.Errors, error) {
	w := &batchWork{Publisher: p, Batch: b, items: make([]batchItem, len(b.Requests))}
	if err := w.each(ctx, batchChecks, w.check); err != nil {
		return nil, nil, err
	}
	w.compare()
	if problems := w.problems(); problems != nil {
		return nil, problems, nil
	}
	if b.Begin != nil {
		if err := b.Begin(ctx); err != nil {
			return nil, nil, err
		}
	}
	ctx, cancel := detached(ctx, batchTimeout)
	defer cancel()
	if err := w.each(ctx, batchWrites, w.put); err != nil {
		return nil, nil, &IncompleteError{Stored: int(w.stored.Load()), Total: len(w.items), Err: err}
	}
	out := make([]Outcome, len(w.items))
	for i := range w.items {
		out[i] = w.items[i].outcome
	}
	return out, nil, nil
}

// batchWork is a batch on its way.
type batchWork struct {
	*Publisher
	Batch
	items  []batchItem
	stored atomic.Int32
}

// batchItem is one post of a batch.
type batchItem struct {
	there    bool // since the batch was submitted before
	post     store.NewPost
	problems core.Errors
	outcome  Outcome
}

// each calls do for every item, some at a time, and returns the first error.
func (w *batchWork) each(ctx context.Context, atOnce int, do func(ctx context.Context, i int) error) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var wg sync.WaitGroup
	next := make(chan int)
	for range min(atOnce, len(w.items)) {
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
		ID: core.ChildID(w.ID, "batch", strconv.Itoa(i)), ProfileID: w.ProfileID,
		Request: withoutPast(w.Requests[i], w.At), Status: core.PostOpen, CreatedAt: at,
	}
	if w.Again {
		o, err := w.Get(ctx, w.ProfileID, post.ID)
		if err == nil {
			item.there, item.outcome = true, o
			return nil
		}
		if !errors.Is(err, store.ErrNotFound) {
			return err
		}
	}
	targets, problems, err := w.targets(ctx, w.ProfileID, post.Request)
	if err != nil {
		return err
	}
	problems, told, err := w.validate(ctx, targets, post.Request, problems)
	if err != nil {
		return err
	}
	duplicates, err := w.duplicateProblems(ctx, accountsOf(targets), post.Request, post.Request.ScheduleAt, "")
	if err != nil {
		return err
	}
	item.problems = append(problems, duplicates...)
	if post.AwaitsApproval() {
		post.Status = core.PostAwaitingApproval
	}
	item.post = w.newPost(post, newDeliveries(post, targets, told))
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
		if item.there || !w.checksDuplicates(w.Requests[i]) {
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

// put stores one post, unless it is there.
func (w *batchWork) put(ctx context.Context, i int) error {
	item := &w.items[i]
	if item.there {
		w.stored.Add(1)
		return nil
	}
	o, err := w.storePost(ctx, item.post)
	if errors.Is(err, store.ErrExists) { // another request with the same batch was faster
		o, err = w.Get(ctx, w.ProfileID, item.post.Post.ID)
	}
	if err != nil {
		return err
	}
	w.stored.Add(1)
	item.outcome = o
	return nil
}
