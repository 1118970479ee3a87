package mongo

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/queue"
)

// openDeliveries are so many that are due at noon or one of the next microseconds, several at
// the same, in the order of the index.
func openDeliveries(n int) []core.Delivery {
	list := make([]core.Delivery, n)
	for i := range list {
		list[i] = core.Delivery{ID: fmt.Sprintf("d%05d", i), PostID: "post", State: core.DeliveryAccepted, DueAt: noon.Add(time.Duration(i/7) * time.Microsecond)}
	}
	return list
}

// TestStrandedInPages: the deliveries without a job are found wherever they are in the pages,
// and at most as many as are asked for.
func TestStrandedInPages(t *testing.T) {
	t.Parallel()
	s := opened(t)
	list := openDeliveries(2*strandedPage + 3)
	putDeliveries(t, s, list...)
	stranded := map[int]bool{0: true, strandedPage - 1: true, strandedPage: true, strandedPage + 1: true, 2*strandedPage + 2: true}
	var want []string
	var live []queue.Job
	for i, d := range list {
		if stranded[i] {
			want = append(want, d.ID)
		} else {
			live = append(live, queue.Job{Kind: "deliver", Key: d.ID, RunAt: d.DueAt})
		}
	}
	must(t, s.Enqueue(t.Context(), live...))
	for limit := range len(want) + 2 {
		found, err := s.StrandedDeliveries(t.Context(), "deliver", noon.Add(time.Second), limit)
		must(t, err)
		var got []string
		for _, d := range found {
			got = append(got, d.ID)
		}
		if diff := cmp.Diff(append([]string(nil), want[:min(limit, len(want))]...), got); diff != "" {
			t.Errorf("limit %d: (-want +got):\n%s", limit, diff)
		}
	}
}

// TestEndedIsNotStranded: a delivery that ended after its page was read, and whose job is gone
// for that reason, is not taken for one that is stranded.
func TestEndedIsNotStranded(t *testing.T) {
	t.Parallel()
	s := opened(t)
	putDeliveries(t, s, openDeliveries(3)...)
	scan := openScan{store: s, before: noon.Add(time.Second).UnixMicro()}
	page, err := scan.next(t.Context(), 10)
	must(t, err)
	_, err = s.UpdateDelivery(t.Context(), page[1], func(d *core.Delivery) error { d.State = core.DeliveryPublished; return nil })
	must(t, err)
	jobless, err := s.withoutJob(t.Context(), "deliver", page)
	must(t, err)
	list, err := s.stillOpen(t.Context(), jobless, scan.before)
	must(t, err)
	if len(list) != 2 || list[0].ID != page[0] || list[1].ID != page[2] {
		t.Errorf("got %v, want the first and the last of %v", list, page)
	}
}
