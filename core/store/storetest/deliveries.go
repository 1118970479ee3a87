package storetest

import (
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store"
)

func deliveryChecks() []check {
	return []check{
		{"Get", checkGetDelivery},
		{"ListInOrder", checkListDeliveries},
		{"Update", checkUpdateDelivery},
		{"Find", checkFindDelivery},
		{"CountPublished", checkCountPublished},
		{"Stranded", checkStranded},
	}
}

func deliveryID(d core.Delivery) string { return d.ID }

func checkGetDelivery(t *testing.T, f *fixture) {
	d := fullDelivery("d1")
	must(t, f.InsertPost(t.Context(), store.NewPost{Post: fullPost("p1"), Deliveries: []core.Delivery{d}}))
	got, err := f.GetDelivery(t.Context(), "d1")
	must(t, err)
	equal(t, d, got)
	_, err = f.GetDelivery(t.Context(), "d2")
	wantErr(t, err, store.ErrNotFound)
	_, err = f.UpdateDelivery(t.Context(), "d2", func(*core.Delivery) error { t.Error("called for no delivery"); return nil })
	wantErr(t, err, store.ErrNotFound)
}

func checkListDeliveries(t *testing.T, f *fixture) {
	for _, id := range []string{"p1", "p2", "p3"} {
		n := newPost(id)
		second := newDelivery(n.Post, network)
		second.ID = "0/" + second.ID
		n.Deliveries = append(n.Deliveries, newDelivery(n.Post, "another"), second)
		must(t, f.InsertPost(t.Context(), n))
	}
	list, err := f.ListDeliveries(t.Context(), "p3", "p1", "p4")
	must(t, err)
	equal(t, []string{
		"p1/another", "0/p1/example", "p1/example",
		"p3/another", "0/p3/example", "p3/example",
	}, ids(list, deliveryID))
	list, err = f.ListDeliveries(t.Context())
	must(t, err)
	equal(t, 0, len(list))
}

func checkUpdateDelivery(t *testing.T, f *fixture) {
	n := newPost("p1")
	n.Deliveries[0].ID = "d1"
	n.Deliveries[0].AccountID = "account-1"
	must(t, f.InsertPost(t.Context(), n))
	before, err := f.GetDelivery(t.Context(), "d1")
	must(t, err)
	want := fullDelivery("d1")
	updated, err := f.UpdateDelivery(t.Context(), "d1", func(d *core.Delivery) error {
		equal(t, n.Deliveries[0], *d)
		*d = want
		return nil
	})
	must(t, err)
	equal(t, want, updated)
	wantKept(t, "CommittedAt", want.CommittedAt, updated.CommittedAt)
	got, err := f.GetDelivery(t.Context(), "d1")
	must(t, err)
	equal(t, want, got)
	if got.Version != before.Version+1 || updated.Version != got.Version {
		t.Errorf("versions: before %d, updated %d, read %d", before.Version, updated.Version, got.Version)
	}
	_, err = f.UpdateDelivery(t.Context(), "d1", func(d *core.Delivery) error { d.Fence = "other"; return errStop })
	wantErr(t, err, errStop)
	got, err = f.GetDelivery(t.Context(), "d1")
	must(t, err)
	equal(t, want, got)
}

func checkFindDelivery(t *testing.T, f *fixture) {
	must(t, f.InsertPost(t.Context(), newPost("p1")))
	must(t, f.InsertPost(t.Context(), newPost("p2")))
	_, err := f.FindDelivery(t.Context(), "account-example", "remote")
	wantErr(t, err, store.ErrNotFound)
	_, err = f.FindDelivery(t.Context(), "account-example", "")
	wantErr(t, err, store.ErrNotFound)
	_, err = f.UpdateDelivery(t.Context(), "p2/example", func(d *core.Delivery) error {
		d.State, d.Receipt.RemoteID = core.DeliveryPublished, "remote"
		return nil
	})
	must(t, err)
	got, err := f.FindDelivery(t.Context(), "account-example", "remote")
	must(t, err)
	equal(t, "p2/example", got.ID)
	_, err = f.FindDelivery(t.Context(), "account-other", "remote")
	wantErr(t, err, store.ErrNotFound)
}

func checkStranded(t *testing.T, f *fixture) {
	states := []struct {
		id      string
		state   core.DeliveryState
		settled bool
		due     time.Duration
	}{
		{"accepted", core.DeliveryAccepted, false, 3 * time.Second},
		{"preparing", core.DeliveryPreparing, false, 2 * time.Second},
		{"committing", core.DeliveryCommitting, false, time.Second},
		{"uncertain", core.DeliveryUncertain, false, 0},
		{"settled", core.DeliveryUncertain, true, 0},
		{"published", core.DeliveryPublished, false, 0},
		{"failed", core.DeliveryFailed, false, 0},
		{"cancelled", core.DeliveryCancelled, false, 0},
		{"later", core.DeliveryAccepted, false, time.Minute},
	}
	for _, s := range states {
		n := newPost(s.id)
		d := &n.Deliveries[0]
		d.ID, d.State, d.Settled, d.DueAt = s.id, s.state, s.settled, start().Add(s.due)
		must(t, f.InsertPost(t.Context(), n))
	}
	const kind = "deliver"
	stranded := func(limit int) []string {
		got, err := f.StrandedDeliveries(t.Context(), kind, start().Add(time.Minute), limit)
		must(t, err)
		return ids(got, func(d core.Delivery) string { return d.ID })
	}
	equal(t, []string{"uncertain", "committing", "preparing", "accepted"}, stranded(100))
	equal(t, []string{"uncertain", "committing"}, stranded(2))
	must(t, f.Enqueue(t.Context(), queue.Job{Kind: kind, Key: "uncertain", RunAt: start().Add(time.Hour)},
		queue.Job{Kind: "another", Key: "committing", RunAt: start()}))
	equal(t, []string{"committing", "preparing", "accepted"}, stranded(100))
	_, err := f.Cancel(t.Context(), kind, "uncertain")
	must(t, err)

	for id, state := range map[string]core.DeliveryState{"committing": core.DeliveryPublished, "failed": core.DeliveryAccepted} {
		_, err := f.UpdateDelivery(t.Context(), id, func(d *core.Delivery) error { d.State = state; return nil })
		must(t, err)
	}
	_, err = f.UpdateDelivery(t.Context(), "later", func(d *core.Delivery) error { d.DueAt = start().Add(-time.Second); return nil })
	must(t, err)
	got := stranded(100)
	if len(got) == 0 || got[0] != "later" {
		t.Errorf("got %v, want the one that is due earlier now first", got)
	}
	equal(t, 5, len(got))
}

func checkCountPublished(t *testing.T, f *fixture) {
	noon := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	publish := func(id, account string, at time.Time) {
		n := newPost(id)
		n.Deliveries[0].ID, n.Deliveries[0].AccountID = id+"-delivery", account
		must(t, f.InsertPost(t.Context(), n))
		_, err := f.UpdateDelivery(t.Context(), id+"-delivery", func(d *core.Delivery) error {
			d.State, d.PublishedAt = core.DeliveryPublished, at
			return nil
		})
		must(t, err)
	}
	publish("early", "a", noon.Add(-time.Microsecond))
	publish("exact", "a", noon)
	publish("later", "a", noon.Add(time.Hour))
	publish("other", "b", noon.Add(time.Hour))
	_, err := f.UpdateDelivery(t.Context(), "later-delivery", func(d *core.Delivery) error {
		d.DeletedAt = noon.Add(2 * time.Hour)
		return nil
	})
	must(t, err)
	open := newPost("open")
	open.Deliveries[0].ID, open.Deliveries[0].AccountID = "open-delivery", "a"
	must(t, f.InsertPost(t.Context(), open))
	for account, want := range map[string]int{"a": 2, "b": 1, "c": 0} {
		got, err := f.CountPublished(t.Context(), account, noon)
		must(t, err)
		equal(t, want, got)
	}
}
