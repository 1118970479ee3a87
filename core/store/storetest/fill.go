package storetest

import (
	"context"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store"
)

// Filling is what Fill stores: scheduled posts of one profile, each with a delivery and
// its job, as the publisher stores them. Every other job waits in the lane of its account.
type Filling struct {
	ProfileID  string
	Platform   string
	AccountIDs []string // the deliveries take turns
	JobKind    string
	Posts      int
	// Rare is how many immediate posts of each state there are besides, and how many of
	// these are for RarePlatform. They are older than all the rest, so that whoever looks
	// for them has to find them behind it.
	Rare         int
	RarePlatform string
	// Until is when the last post was created; they are spread over CreatedWithin before it.
	// Their due times are spread over DueWithin after DueFrom, in no order.
	Until         time.Time
	CreatedWithin time.Duration
	DueFrom       time.Time
	DueWithin     time.Duration
}

// fillers is how many posts wait for the disk together; a store may commit them as one.
const fillers = 512

// Fill stores many posts as fast as the store takes them.
func Fill(ctx context.Context, s store.Posts, f Filling) error {
	group, ctx := errgroup.WithContext(ctx)
	var next atomic.Int64
	total := int64(f.Posts + f.Rare*len(rareStates()))
	for range fillers {
		group.Go(func() error {
			for i := next.Add(1) - 1; i < total; i = next.Add(1) - 1 {
				if err := s.InsertPost(ctx, f.post(int(i), int(total))); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}

// rareStates are the states in which few posts are.
func rareStates() []core.PostStatus {
	return []core.PostStatus{core.PostOpen, core.PostSuccess, core.PostError, core.PostDeleted, core.PostPaused, core.PostAwaitingApproval}
}

// post is the i-th of all posts, oldest first.
func (f Filling) post(i, total int) store.NewPost {
	created := f.Until.Add(-f.CreatedWithin / time.Duration(total) * time.Duration(total-i))
	p := core.Post{
		ID: core.NewID(created), ProfileID: f.ProfileID, Status: core.PostOpen, CreatedAt: created,
		Request: core.PostRequest{
			Text: core.PerPlatform[string]{Default: strings.Repeat("Half a post of text. ", 15)},
		},
	}
	platform := f.Platform
	if i < f.Rare*len(rareStates()) {
		p.Status = rareStates()[i/f.Rare]
		if i < f.Rare {
			platform = f.RarePlatform
		}
	} else {
		const stride = 7919 // a prime, so that neighbours are due far from each other
		p.Request.ScheduleAt = f.DueFrom.Add(f.DueWithin / time.Duration(total) * time.Duration(i*stride%total))
	}
	p.Request.Platforms = []string{platform}
	account := f.AccountIDs[i%len(f.AccountIDs)]
	d := core.Delivery{
		ID: core.ChildID(p.ID, account), PostID: p.ID, ProfileID: p.ProfileID, AccountID: account, Platform: platform,
		State: deliveryStateOf(p.Status), DueAt: p.Request.ScheduleAt, Settled: true, Held: p.Held(), CreatedAt: created, UpdatedAt: created,
	}
	n := store.NewPost{Post: p, Deliveries: []core.Delivery{d}}
	if p.Scheduled() {
		j := queue.Job{Kind: f.JobKind, Key: d.ID, RunAt: d.DueAt, Tenant: p.ProfileID, Order: p.ID}
		if i%2 == 0 {
			j.Lane = account
		}
		n.Jobs = []queue.Job{j}
	}
	return n
}

// deliveryStateOf is the state of the only delivery of a post. An open one that is not
// scheduled is looked into, and has no job.
func deliveryStateOf(s core.PostStatus) core.DeliveryState {
	switch s {
	case core.PostSuccess:
		return core.DeliveryPublished
	case core.PostError:
		return core.DeliveryFailed
	case core.PostDeleted:
		return core.DeliveryCancelled
	case core.PostOpen, core.PostPaused, core.PostAwaitingApproval:
	}
	return core.DeliveryAccepted
}
