package mongo

import (
	"testing"
	"time"

	"github.com/crier-social/crier/core/store/mongo/mongotest"
)

// TestInsertPostFindsItsOwn: where the answer to the write of a post is lost, its process
// tells by what it finds whether the post was stored, also after others have completed it,
// and does not take another process's post of the same id for its own.
func TestInsertPostFindsItsOwn(t *testing.T) {
	t.Parallel()
	url := mongotest.NewURL(t)
	reader := openedAt(t, url)
	begun := func(at time.Time) *insertion {
		i, err := process(t, url, at, nil).newInsertion(everything("p"))
		must(t, err)
		i.begin()
		return i
	}
	i, other := begun(noon), begun(noon.Add(time.Microsecond))
	wantFound := func(what string, want, wantOther bool) {
		t.Helper()
		if got, gotOther := i.found(t.Context()), other.found(t.Context()); got != want || gotOther != wantOther {
			t.Errorf("%s: found %v, and the other process %v; want %v and %v", what, got, gotOther, want, wantOther)
		}
	}
	wantFound("nothing is stored", false, false)
	must(t, reader.bury(t.Context(), faultProfile, "p"))
	wantFound("the post was given up", false, false)
	_, err := reader.db.Collection(posts).DeleteOne(t.Context(), byID("p"))
	must(t, err)

	_, err = i.putHead(t.Context())
	must(t, err)
	wantFound("stored", true, false)
	_, err = reader.GetPost(t.Context(), faultProfile, "p")
	must(t, err)
	wantFound("completed by a reader", true, false)
}
