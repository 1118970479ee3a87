package storetest

import (
	"sync"
	"testing"
	"time"

	"github.com/crier-social/crier/core/store"
)

func requestChecks() []check {
	return []check{
		{"Answer", checkAnswerRequest},
		{"AnswerUnclaimed", checkAnswerUnclaimed},
		{"AnswerOfAnotherBody", checkAnswerOther},
		{"Claim", checkClaimRequest},
		{"Tried", checkTriedRequest},
		{"Retry", checkRetryRequest},
		{"DeleteOld", checkDeleteRequests},
		{"NotFound", func(t *testing.T, f *fixture) {
			_, err := f.GetRequest(t.Context(), profileA, "key")
			wantErr(t, err, store.ErrNotFound)
		}},
	}
}

func newRequest(key string) store.Request {
	return store.Request{ProfileID: profileA, Key: key, BodyHash: []byte{0, 0xff, 1}, CreatedAt: start()}
}

func checkAnswerRequest(t *testing.T, f *fixture) {
	n, r := newPost("p1"), newRequest("key")
	r.PostID = "p1"
	n.Request = &r
	must(t, f.InsertPost(t.Context(), n))
	got, err := f.GetRequest(t.Context(), profileA, "key")
	must(t, err)
	equal(t, r, got)
	wantKept(t, "CreatedAt", r.CreatedAt, got.CreatedAt)

	answered := r
	answered.Status, answered.Answer = 201, []byte(awkward())
	unnamed := answered
	unnamed.PostID = "" // an answer without a post leaves the one that is known
	must(t, f.AnswerRequest(t.Context(), unnamed))
	got, err = f.GetRequest(t.Context(), profileA, "key")
	must(t, err)
	equal(t, answered, got)
	_, err = f.GetRequest(t.Context(), profileB, "key")
	wantErr(t, err, store.ErrNotFound)
}

func checkAnswerUnclaimed(t *testing.T, f *fixture) {
	r := newRequest("key")
	r.Status, r.Answer = 400, []byte("refused")
	must(t, f.AnswerRequest(t.Context(), r))
	got, err := f.GetRequest(t.Context(), profileA, "key")
	must(t, err)
	equal(t, r, got)

	r.PostID = "p0"
	must(t, f.AnswerRequest(t.Context(), r))
	got, err = f.GetRequest(t.Context(), profileA, "key")
	must(t, err)
	equal(t, r, got)

	n := newPost("p1")
	n.Request = &store.Request{ProfileID: profileA, Key: "key", PostID: "p1", CreatedAt: start()}
	wantErr(t, f.InsertPost(t.Context(), n), store.ErrKeyUsed)
	wantAbsent(t, f, n)
}

func checkAnswerOther(t *testing.T, f *fixture) {
	first := newRequest("key")
	first.Status, first.Answer = 201, []byte("first")
	must(t, f.AnswerRequest(t.Context(), first))
	second := first
	second.BodyHash, second.Answer = []byte("another"), []byte("second")
	wantErr(t, f.AnswerRequest(t.Context(), second), store.ErrKeyUsed)
	got, err := f.GetRequest(t.Context(), profileA, "key")
	must(t, err)
	equal(t, first, got)
}

func checkDeleteRequests(t *testing.T, f *fixture) {
	for i, key := range []string{"k0", "k1", "k2"} {
		r := newRequest(key)
		r.CreatedAt = start().Add(time.Duration(i) * time.Hour)
		must(t, f.AnswerRequest(t.Context(), r))
	}
	n, err := f.DeleteRequests(t.Context(), start().Add(2*time.Hour))
	must(t, err)
	equal(t, 2, n)
	_, err = f.GetRequest(t.Context(), profileA, "k1")
	wantErr(t, err, store.ErrNotFound)
	_, err = f.GetRequest(t.Context(), profileA, "k2")
	must(t, err)
	n, err = f.DeleteRequests(t.Context(), start())
	must(t, err)
	equal(t, 0, n)
}

// checkClaimRequest: of those who claim a key at the same time one may carry the request out,
// whatever the body; a key that was used is nobody's any more.
func checkClaimRequest(t *testing.T, f *fixture) {
	const claimants = 8
	claimed := make([]error, claimants)
	var group sync.WaitGroup
	for i := range claimants {
		group.Go(func() { claimed[i] = f.ClaimRequest(t.Context(), newRequest("key")) })
	}
	group.Wait()
	won := 0
	for _, err := range claimed {
		if err == nil {
			won++
			continue
		}
		wantErr(t, err, store.ErrExists)
	}
	equal(t, 1, won)
	want := newRequest("key")
	got, err := f.GetRequest(t.Context(), profileA, "key")
	must(t, err)
	equal(t, want, got)
	want.Status, want.Answer = 200, []byte("done")
	must(t, f.AnswerRequest(t.Context(), want))
	wantErr(t, f.ClaimRequest(t.Context(), newRequest("key")), store.ErrExists)
	other := newRequest("key")
	other.BodyHash = []byte("another")
	wantErr(t, f.ClaimRequest(t.Context(), other), store.ErrExists)
	got, err = f.GetRequest(t.Context(), profileA, "key")
	must(t, err)
	equal(t, want, got)
	n := newPost("p1")
	r := newRequest("post")
	r.PostID, n.Request = "p1", &r
	must(t, f.InsertPost(t.Context(), n))
	wantErr(t, f.ClaimRequest(t.Context(), newRequest("post")), store.ErrExists)
}

// checkTriedRequest: the seed of a claimed request stays; an answer of a try before the last one
// is not kept.
func checkTriedRequest(t *testing.T, f *fixture) {
	want := newRequest("key")
	want.Seed = awkward()
	must(t, f.ClaimRequest(t.Context(), want))
	answer := newRequest("key") // knows no seed
	for i, tried := range []time.Time{{}, start().Add(time.Hour), {}, start().Add(2 * time.Hour), start().Add(time.Hour)} {
		answer.Status, answer.Answer, answer.TriedAt = 200+i, []byte{byte(i)}, tried
		err := f.AnswerRequest(t.Context(), answer)
		if tried.Before(want.TriedAt) {
			wantErr(t, err, store.ErrKeyUsed)
		} else {
			must(t, err)
			want.Status, want.Answer, want.TriedAt = answer.Status, answer.Answer, tried
		}
		got, err := f.GetRequest(t.Context(), profileA, "key")
		must(t, err)
		equal(t, want, got)
	}
}

// checkRetryRequest: of those who take up a request again as they have read it, one may carry it
// out.
func checkRetryRequest(t *testing.T, f *fixture) {
	want := newRequest("key")
	want.Seed = awkward()
	wantErr(t, f.RetryRequest(t.Context(), want, start()), store.ErrExists) // it is not there
	must(t, f.ClaimRequest(t.Context(), want))
	for i := range 2 {
		read, at := want, start().Add(time.Duration(i+1)*time.Hour+time.Microsecond)
		const takers = 8
		taken := make([]error, takers)
		var group sync.WaitGroup
		for i := range takers {
			group.Go(func() { taken[i] = f.RetryRequest(t.Context(), read, at) })
		}
		group.Wait()
		won := 0
		for _, err := range taken {
			if err == nil {
				won++
				continue
			}
			wantErr(t, err, store.ErrExists)
		}
		equal(t, 1, won)
		want.TriedAt = at
		got, err := f.GetRequest(t.Context(), profileA, "key")
		must(t, err)
		equal(t, want, got)
		answered := want
		answered.Status = 502
		wantErr(t, f.RetryRequest(t.Context(), answered, at.Add(time.Minute)), store.ErrExists)
		other := want
		other.BodyHash = []byte("another")
		wantErr(t, f.RetryRequest(t.Context(), other, at.Add(time.Minute)), store.ErrExists)
	}
}
