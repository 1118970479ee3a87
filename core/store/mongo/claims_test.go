package mongo

import (
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/crier-social/crier/core/store/mongo/mongotest"
)

// TestClaimsOfOthersStay: a process that is held up for long while it completes a post, or
// settles a claim of it, takes no claim that another post has made of the same meanwhile.
func TestClaimsOfOthersStay(t *testing.T) {
	t.Parallel()
	url := mongotest.NewURL(t)
	slow := openedAt(t, url)
	must(t, slow.InsertPost(t.Context(), everything("p")))
	before, err := slow.newInsertion(everything("p"))
	must(t, err)
	before.begin() // as if it had stored the post

	next, err := process(t, url, noon.Add(time.Minute), nil).newInsertion(everything("q"))
	must(t, err)
	next.begin()
	next.patience = t.Context()
	_, err = slow.db.Collection(requests).DeleteMany(t.Context(), bson.D{}) // it was forgotten
	must(t, err)
	must(t, next.claimRequest(t.Context()))
	must(t, next.claimContents(t.Context()))
	wantClaims := func(after string) {
		t.Helper()
		for collection, want := range map[string]int64{requests: 1, contentClaims: int64(len(next.contents))} {
			if n := count(t, slow, collection, "since", next.since); n != want {
				t.Errorf("after %s: %d claims in %s, want %d", after, n, collection, want)
			}
		}
	}
	wantClaims("claiming")
	must(t, slow.releaseContents(t.Context(), *before.head()))
	wantClaims("completing")
	must(t, slow.dropClaim(t.Context(), requests, before.request.ID, before.since))
	must(t, slow.dropClaim(t.Context(), contentClaims, before.contents[0], before.since))
	wantClaims("settling")
	before.giveBack(t.Context())
	wantClaims("giving back")
	next.unsure = true // the post may come to be stored yet
	next.giveBack(t.Context())
	wantClaims("a write of which nothing is known")
}
