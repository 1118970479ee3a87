package mongo

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/mongo/mongotest"
)

const (
	faultProfile = "profile"
	faultJob     = "deliver"
	faultHeader  = "header"
	faultKey     = "key"
	faultTitle   = "slots"
)

// later is when nothing is young any more that a process began at noon.
var later = noon.Add(claimYoung + time.Second)

// slotTime is when the posts of these tests are due.
var slotTime = noon.Add(time.Hour)

// everything is a post with all that a post can have: a request, a key, a slot, contents
// that may be there once, and other posts, which have keys of their own.
func everything(id string) store.NewPost {
	n := faultPost(id, faultKey, "content-b", "content-a")
	n.Post.Request.AutoSchedule = faultTitle
	n.Request = &store.Request{ProfileID: faultProfile, Key: faultHeader, BodyHash: []byte("hash"), PostID: id, CreatedAt: noon}
	n.Also = []store.NewPost{faultPost(id+"x", "other key", "content-c"), faultPost(id+"y", "")}
	return n
}

func faultPost(id, key string, contents ...string) store.NewPost {
	n := store.NewPost{DuplicateWindow: time.Hour, Post: core.Post{
		ID: id, ProfileID: faultProfile, Status: core.PostOpen, CreatedAt: noon, SeriesID: "series", Outbox: []core.Notice{{ID: "n" + id}},
		Request: core.PostRequest{IdempotencyKey: key, ScheduleAt: slotTime, Platforms: []string{"example"}},
	}}
	for i, content := range append(contents, "") {
		d := core.Delivery{
			ID: fmt.Sprintf("%s-%d", id, i), PostID: id, ProfileID: faultProfile, AccountID: fmt.Sprint("account", i), Platform: "example",
			State: core.DeliveryAccepted, DueAt: slotTime, Content: content, CreatedAt: noon, UpdatedAt: noon,
		}
		n.Deliveries = append(n.Deliveries, d)
		n.Jobs = append(n.Jobs, queue.Job{Kind: faultJob, Key: d.ID, RunAt: d.DueAt, Tenant: faultProfile})
	}
	return n
}

// whole returns the ids of a post and of those that are stored with it.
func whole(n store.NewPost) []string {
	ids := []string{n.Post.ID}
	for _, other := range n.Also {
		ids = append(ids, other.Post.ID)
	}
	return ids
}

// TestInsertPostDies lets a process come to harm at every one of the writes of InsertPost,
// and looks at what others find: all of the post, or nothing that keeps the same request
// from being accepted.
func TestInsertPostDies(t *testing.T) {
	t.Parallel()
	mongotest.NewURL(t) // or all of it is skipped
	ends := map[string]end{"before": diesBefore, "after": diesAfter, "answer lost": losesReply}
	looks := map[string]func(*testing.T, *Store, error){
		"read": lookByReading, "listed": lookByListing, "swept": lookBySweeping, "repeated": lookByRepeating, "sent again": lookBySendingAgain,
	}
	for endName, e := range ends {
		for lookName, look := range looks {
			if e == losesReply && lookName != "read" && lookName != "repeated" {
				continue // what others find is what they find of one that died after it
			}
			t.Run(endName+"/"+lookName, func(t *testing.T) {
				t.Parallel()
				const fewest, most = 10, 30
				n, survived := 0, false
				for ; !survived && n <= most; n++ {
					t.Run(fmt.Sprint("write ", n), func(t *testing.T) { survived = dieAt(t, e, n, look) })
				}
				if n <= fewest || n > most {
					t.Errorf("InsertPost took %d writes, want %d to %d", n-1, fewest, most)
				}
			})
		}
	}
}

// dieAt has a post stored by a process that comes to harm, and looks at the result. It tells
// whether the process was through before.
func dieAt(t *testing.T, e end, n int, look func(*testing.T, *Store, error)) (survived bool) {
	url := mongotest.NewURL(t)
	survivor := process(t, url, later, nil)
	must(t, survivor.Migrate(t.Context()))
	m := newMortal(e, n)
	err := process(t, url, noon, m).InsertPost(t.Context(), everything("p"))
	if !m.harmed() {
		must(t, err)
	}
	if err == nil {
		wantWhole(t, survivor, "p")
	} else {
		look(t, survivor, err)
	}
	wantClean(t, survivor)
	return !m.harmed()
}

// lookByReading finds the post by its id, if it is there.
func lookByReading(t *testing.T, s *Store, _ error) {
	_, err := s.GetPost(t.Context(), faultProfile, "px")
	lookFurther(t, s, err)
}

// lookByListing finds it in a list.
func lookByListing(t *testing.T, s *Store, _ error) {
	list, err := s.ListPosts(t.Context(), store.PostQuery{ProfileID: faultProfile, Series: "series"})
	must(t, err)
	if len(list) == 0 {
		err = store.ErrNotFound
	}
	lookFurther(t, s, err)
}

// lookBySweeping has what is not complete completed first.
func lookBySweeping(t *testing.T, s *Store, _ error) {
	sweep(t, s)
	wantClean(t, s)
	_, err := s.GetPost(t.Context(), faultProfile, "p")
	lookFurther(t, s, err)
}

// lookByRepeating stores the same post again.
func lookByRepeating(t *testing.T, s *Store, _ error) {
	if err := s.InsertPost(t.Context(), everything("p")); err != nil && !errors.Is(err, store.ErrExists) {
		t.Fatal(err)
	}
	wantWhole(t, s, "p")
}

// lookBySendingAgain stores another post of the same request, as a client does that got no
// answer.
func lookBySendingAgain(t *testing.T, s *Store, _ error) {
	switch err := s.InsertPost(t.Context(), everything("q")); {
	case err == nil:
		wantNothing(t, s, "p")
		wantWhole(t, s, "q")
	case errors.Is(err, store.ErrSlotTaken):
		wantWhole(t, s, "p")
	default:
		t.Fatal(err)
	}
}

// lookFurther wants all of the post if it was found, and another one to be accepted if it
// was not.
func lookFurther(t *testing.T, s *Store, found error) {
	t.Helper()
	if found == nil {
		wantWhole(t, s, "p")
		return
	}
	wantIs(t, found, store.ErrNotFound)
	wantNothing(t, s, "p")
	must(t, s.InsertPost(t.Context(), everything("q")))
	wantNothing(t, s, "p")
	wantWhole(t, s, "q")
}

func wantIs(t *testing.T, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Fatalf("got error %v, want %v", got, want)
	}
}

// wantWhole wants the post of the id to be there with all that belongs to it, and to be the
// only one.
func wantWhole(t *testing.T, s *Store, id string) {
	t.Helper()
	n := everything(id)
	list, err := s.ListPosts(t.Context(), store.PostQuery{ProfileID: faultProfile})
	must(t, err)
	var listed []string
	for _, p := range list {
		listed = append(listed, p.ID)
	}
	slices.Sort(listed)
	if diff := cmp.Diff(whole(n), listed); diff != "" {
		t.Fatalf("posts (-want +got):\n%s", diff)
	}
	for _, one := range append([]store.NewPost{n}, n.Also...) {
		wantStored(t, s, one)
	}
	first, err := s.FindPost(t.Context(), faultProfile, faultKey)
	must(t, err)
	request, err := s.GetRequest(t.Context(), faultProfile, faultHeader)
	must(t, err)
	taken, err := s.TakenSlots(t.Context(), faultProfile, faultTitle, noon, 10)
	must(t, err)
	if diff := cmp.Diff([]any{id, *n.Request, []time.Time{slotTime}}, []any{first.ID, request, taken}, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("key, request and slots (-want +got):\n%s", diff)
	}
	wantIs(t, s.InsertPost(t.Context(), n), store.ErrExists)
	for name, c := range map[string]struct {
		change func(*store.NewPost)
		err    error
	}{
		"request": {func(n *store.NewPost) { n.Request = everything("r").Request }, store.ErrKeyUsed},
		"key":     {func(n *store.NewPost) { n.Post.Request.IdempotencyKey = faultKey }, store.ErrKeyUsed},
		"slot":    {func(n *store.NewPost) { n.Post.Request.AutoSchedule = faultTitle }, store.ErrSlotTaken},
		"content": {func(n *store.NewPost) { n.Deliveries[0].Content = "content-c" }, store.ErrDuplicate},
	} {
		other := faultPost("r", "")
		c.change(&other)
		if err := s.InsertPost(t.Context(), other); !errors.Is(err, c.err) {
			t.Errorf("another of the same %s: got error %v, want %v", name, err, c.err)
		}
	}
}

// wantStored wants one post with its deliveries and their jobs.
func wantStored(t *testing.T, s *Store, n store.NewPost) {
	t.Helper()
	p, err := s.GetPost(t.Context(), faultProfile, n.Post.ID)
	must(t, err)
	list, err := s.ListDeliveries(t.Context(), n.Post.ID)
	must(t, err)
	if diff := cmp.Diff([]any{n.Post, n.Deliveries}, []any{p, list}, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", n.Post.ID, diff)
	}
	for _, j := range n.Jobs {
		if live := count(t, s, jobs, "_id", jobID{Kind: j.Kind, Key: j.Key}); live != 1 {
			t.Errorf("%d jobs of the delivery %s", live, j.Key)
		}
	}
}

// wantNothing wants nothing of the post of the id to be seen.
func wantNothing(t *testing.T, s *Store, id string) {
	t.Helper()
	n := everything(id)
	for _, one := range append([]store.NewPost{n}, n.Also...) {
		_, err := s.GetPost(t.Context(), faultProfile, one.Post.ID)
		wantIs(t, err, store.ErrNotFound)
		list, err := s.ListDeliveries(t.Context(), one.Post.ID)
		must(t, err)
		if len(list) > 0 {
			t.Errorf("%s is not there, and has deliveries: %v", one.Post.ID, list)
		}
	}
	for _, key := range []string{faultKey, "other key"} {
		if p, err := s.FindPost(t.Context(), faultProfile, key); !errors.Is(err, store.ErrNotFound) && slices.Contains(whole(n), p.ID) {
			t.Errorf("the key finds %s, which is not there (%v)", p.ID, err)
		}
	}
	if r, err := s.GetRequest(t.Context(), faultProfile, faultHeader); !errors.Is(err, store.ErrNotFound) && r.PostID == id {
		t.Errorf("the request of a post that is not there is: %v, %v", r, err)
	}
	untold, err := s.UntoldPosts(t.Context(), 10)
	must(t, err)
	if slices.ContainsFunc(untold, func(p core.Post) bool { return slices.Contains(whole(n), p.ID) }) {
		t.Errorf("notices of a post that is not there: %v", untold)
	}
}

// wantClean wants nothing to be left that is not complete, once it was swept.
func wantClean(t *testing.T, s *Store) {
	t.Helper()
	sweep(t, s)
	there := bson.D{{Key: "$exists", Value: true}}
	for what, left := range map[string]int64{
		"posts that are not complete": count(t, s, posts, "rest", there),
		"claims of requests":          count(t, s, requests, "since", there),
		"claims of contents":          count(t, s, contentClaims, "_id", there),
	} {
		if left > 0 {
			t.Errorf("%d %s are left", left, what)
		}
	}
}

func sweep(t *testing.T, s *Store) {
	t.Helper()
	_, err := s.CompletePosts(t.Context(), s.clock.Now().Add(time.Second), 100)
	must(t, err)
}

// TestInsertPostsDie has many processes store posts of the same request, the same key, slot
// and contents at once, and die at it at random. Their clocks differ, so that some take what
// others do just now for what somebody left who died.
func TestInsertPostsDie(t *testing.T) {
	t.Parallel()
	const processes, writes = 20, 14
	url := mongotest.NewURL(t)
	survivor := process(t, url, later.Add(time.Hour), nil)
	must(t, survivor.Migrate(t.Context()))
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	accepted := make(chan string, processes+1)
	var running sync.WaitGroup
	for i := range processes {
		s := process(t, url, noon.Add(time.Duration(i)*claimYoung), newMortal(end(random.IntN(int(stalls))), random.IntN(writes)))
		running.Go(func() {
			id := fmt.Sprint("p", i)
			switch err := s.InsertPost(t.Context(), everything(id)); {
			case err == nil:
				accepted <- id
			case errors.Is(err, store.ErrExists), errors.Is(err, store.ErrNotFound):
				t.Errorf("%s: %v", id, err)
			}
		})
	}
	running.Wait()
	switch err := survivor.InsertPost(t.Context(), everything("last")); {
	case err == nil:
		accepted <- "last"
	case !errors.Is(err, store.ErrSlotTaken):
		t.Fatal(err)
	}
	close(accepted)
	found, err := survivor.FindPost(t.Context(), faultProfile, faultKey)
	must(t, err)
	for id := range accepted {
		if id != found.ID {
			t.Errorf("%s was accepted, and %s is there", id, found.ID)
		}
	}
	wantWhole(t, survivor, found.ID)
	wantClean(t, survivor)
}

// TestInsertPostWasGivenUp stalls a process at each of its writes until another one took it
// for dead and had its own post accepted. The first hears that its key was used, rather than
// store a second post; if its post was there, the other one hears that.
func TestInsertPostWasGivenUp(t *testing.T) {
	t.Parallel()
	for n := range 20 {
		t.Run(fmt.Sprint("write ", n), func(t *testing.T) {
			t.Parallel()
			url := mongotest.NewURL(t)
			survivor := process(t, url, later, nil)
			must(t, survivor.Migrate(t.Context()))
			m := newMortal(stalls, n)
			slow := process(t, url, noon, m)
			ended := make(chan error, 1)
			go func() { ended <- slow.InsertPost(t.Context(), everything("p")) }()
			var err error
			select {
			case err = <-ended: // it had fewer writes
				ended <- err
			case <-m.reached:
			}
			other := survivor.InsertPost(t.Context(), everything("q"))
			close(m.stalled)
			first := <-ended
			if other == nil {
				wantIs(t, first, store.ErrSlotTaken)
				wantNothing(t, survivor, "p")
				wantWhole(t, survivor, "q")
			} else {
				wantIs(t, other, store.ErrSlotTaken)
				must(t, first)
				wantNothing(t, survivor, "q")
				wantWhole(t, survivor, "p")
			}
			wantClean(t, survivor)
		})
	}
}
