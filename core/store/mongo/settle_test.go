package mongo

import (
	"testing"

	"github.com/crier-social/crier/core/store"
)

// TestBuryStored: a post that was stored while others took it for given up is not.
func TestBuryStored(t *testing.T) {
	t.Parallel()
	s := opened(t)
	must(t, s.InsertPost(t.Context(), everything("p")))
	wantIs(t, s.bury(t.Context(), faultProfile, "p"), errUnderWay)
	wantWhole(t, s, "p")
}

// TestProvisionalOfAnotherAttempt: what is left of an attempt that came to nothing goes, also
// where the post itself was stored by another attempt.
func TestProvisionalOfAnotherAttempt(t *testing.T) {
	t.Parallel()
	s := opened(t)
	must(t, s.InsertPost(t.Context(), everything("p")))
	n := faultPost("p", "")
	n.Also = []store.NewPost{faultPost("late", "late key")}
	i, err := s.newInsertion(n)
	must(t, err)
	i.begin()
	_, err = s.db.Collection(posts).InsertMany(t.Context(), i.docs[1:])
	must(t, err)
	wantWhole(t, s, "p") // nobody sees the other one
	must(t, s.InsertPost(t.Context(), faultPost("q", "late key")))
	if left := count(t, s, posts, "_id", "late"); left > 0 {
		t.Errorf("%d provisional posts are left", left)
	}
}
