package mongo

import (
	"testing"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/queue"
)

// TestPurgeFindsWhatIsAlone: what a request has stored, whose post was removed while it was
// being stored, is removed too, and so is each job of it.
func TestPurgeFindsWhatIsAlone(t *testing.T) {
	t.Parallel()
	s := opened(t)
	for _, id := range []string{"gone", "stays"} {
		must(t, s.CreateProfile(t.Context(), core.Profile{ID: id, Title: id}, []byte(id)))
		d := core.Delivery{ID: "delivery of " + id, PostID: "post of " + id, ProfileID: id, State: core.DeliveryAccepted, DueAt: noon}
		putDeliveries(t, s, d)
		must(t, s.Enqueue(t.Context(),
			queue.Job{Kind: "deliver", Key: d.ID, Tenant: id, Lane: "lane"},
			queue.Job{Kind: "change", Key: "change of " + id, Tenant: id},
			queue.Job{Kind: "unlink", Key: "unlinking of " + id, Tenant: id}))
	}
	must(t, s.DeleteProfile(t.Context(), "gone"))
	done, err := s.PurgeProfile(t.Context(), "gone", 10)
	must(t, err)
	if !done {
		t.Error("there is something left")
	}
	for id, want := range map[string]int64{"gone": 0, "stays": 1} {
		if n := count(t, s, deliveries, "profile", id); n != want {
			t.Errorf("the profile that is %s has %d deliveries, want %d", id, n, want)
		}
		if n := count(t, s, jobs, "tenant", id); n != 3*want {
			t.Errorf("the profile that is %s has %d jobs, want %d", id, n, 3*want)
		}
	}
}

// TestPurgeNothing: asked for no record, it removes none.
func TestPurgeNothing(t *testing.T) {
	t.Parallel()
	s := opened(t)
	must(t, s.CreateProfile(t.Context(), core.Profile{ID: "gone", Title: "one"}, []byte("hash")))
	must(t, s.CreateAccount(t.Context(), core.Account{ID: "a1", ProfileID: "gone", Platform: "example", RemoteID: "r1"}, nil))
	must(t, s.DeleteProfile(t.Context(), "gone"))
	done, err := s.PurgeProfile(t.Context(), "gone", 0)
	must(t, err)
	if _, err := s.GetAccount(t.Context(), "a1"); done || err != nil {
		t.Errorf("done is %v, and the account is there: %v", done, err)
	}
}
