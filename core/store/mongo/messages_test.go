package mongo

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store"
)

// pendingMessages are so many that were created at noon or one of the next microseconds,
// several at the same, in the order of the index.
func pendingMessages(n int) []store.Message {
	list := make([]store.Message, n)
	for i := range list {
		list[i] = store.Message{
			ID: fmt.Sprintf("m%05d", i), ProfileID: "p1", Channel: store.ChannelMail, State: store.MessagePending,
			CreatedAt: noon.Add(time.Duration(i/7) * time.Microsecond),
		}
	}
	return list
}

func messageIDs(list []store.Message) (ids []string) {
	for _, m := range list {
		ids = append(ids, m.ID)
	}
	return ids
}

// TestStrandedMessagesInPages: the messages without a job are found wherever they are in the
// pages, and at most as many as are asked for.
func TestStrandedMessagesInPages(t *testing.T) {
	t.Parallel()
	s := opened(t)
	list := pendingMessages(2*strandedPage + 3)
	stranded := map[int]bool{0: true, strandedPage - 1: true, strandedPage: true, strandedPage + 1: true, 2*strandedPage + 2: true}
	var want []string
	var jobs []queue.Job
	for i, m := range list {
		if stranded[i] {
			want = append(want, m.ID)
		} else {
			jobs = append(jobs, queue.Job{Kind: "mail", Key: m.ID, RunAt: noon})
		}
	}
	must(t, s.InsertMessages(t.Context(), list, jobs))
	for _, limit := range []int{0, 2, len(want) + 1} {
		got, err := s.StrandedMessages(t.Context(), store.ChannelMail, "mail", noon.Add(time.Second), limit)
		must(t, err)
		if diff := cmp.Diff(append([]string(nil), want[:min(limit, len(want))]...), messageIDs(got)); diff != "" {
			t.Errorf("limit %d: (-want +got):\n%s", limit, diff)
		}
	}
}

// TestEndedMessageIsNotStranded: a message that ended after its page was read, and whose job
// is gone for that reason, is not taken for one that is stranded.
func TestEndedMessageIsNotStranded(t *testing.T) {
	t.Parallel()
	s := opened(t)
	must(t, s.InsertMessages(t.Context(), pendingMessages(3), nil))
	scan := pendingScan{store: s, channel: string(store.ChannelMail), before: noon.Add(time.Second).UnixMicro()}
	page, err := scan.next(t.Context(), 10)
	must(t, err)
	_, err = s.UpdateMessage(t.Context(), page[1], func(m *store.Message) error {
		m.State, m.EndedAt = store.MessageDelivered, noon
		return nil
	})
	must(t, err)
	jobless, err := s.withoutJob(t.Context(), "mail", page)
	must(t, err)
	list, err := s.stillPending(t.Context(), jobless)
	must(t, err)
	if diff := cmp.Diff([]string{page[0], page[2]}, messageIDs(list)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestSentAgainIsNotDeleted: a message that had ended and is pending again stays, and so does
// one that has no end although it is not pending.
func TestSentAgainIsNotDeleted(t *testing.T) {
	t.Parallel()
	s := opened(t)
	list := pendingMessages(2)
	list[0].State, list[0].EndedAt = store.MessageFailed, noon
	list[1].State = store.MessageDropped
	must(t, s.InsertMessages(t.Context(), list, nil))
	_, err := s.UpdateMessage(t.Context(), list[0].ID, func(m *store.Message) error {
		m.State, m.EndedAt = store.MessagePending, time.Time{}
		return nil
	})
	must(t, err)
	n, err := s.DeleteMessages(t.Context(), noon.Add(time.Hour), 9)
	must(t, err)
	if n != 0 {
		t.Errorf("%d messages were deleted", n)
	}
}
