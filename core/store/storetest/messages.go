package storetest

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store"
)

func messageChecks() []check {
	return []check{
		{"InsertAndGet", checkInsertMessage},
		{"Empty", checkEmptyMessage},
		{"InsertAgain", checkInsertMessagesAgain},
		{"InsertTwice", checkInsertMessageTwice},
		{"InsertRace", checkInsertMessagesRace},
		{"NotFound", checkMessageNotFound},
		{"Update", checkUpdateMessage},
		{"UpdateRace", checkMessageRace},
		{"SentByOne", checkMessageSentByOne},
	}
}

// fullMessage has every field set, although no message has: it is pending and has ended.
func fullMessage(id string, changes ...func(*store.Message)) store.Message {
	m := store.Message{
		ID: id, ProfileID: profileA, Channel: store.ChannelWebhook, Action: core.NoticeScheduled, OwnerID: profileB, Lane: "lane of " + profileA,
		To: []string{"https://example.com/hook?a=b&c=<d>", "two"}, Body: []byte(`{"a":"<b>",` + "\n" + `"n":1.50}`), State: store.MessagePending, Waits: odd(),
		Attempts: 3, Sends: 5, CreatedAt: start(), PendingAt: start().Add(time.Second), NextAt: start().Add(time.Minute), EndedAt: start().Add(time.Hour),
		Tries: []store.Try{{
			Number: 5, At: start().Add(2 * time.Second), Took: 1234567, URL: "https://example.com/hook", Status: 500, Answer: odd(), Error: odd(),
		}},
	}
	for _, change := range changes {
		change(&m)
	}
	return m
}

// newMessage is a message of profile A that is on its way.
func newMessage(id string, changes ...func(*store.Message)) store.Message {
	return fullMessage(id, append([]func(*store.Message){func(m *store.Message) { m.EndedAt = time.Time{} }}, changes...)...)
}

func messageID(m store.Message) string { return m.ID }

func insertMessages(t *testing.T, f *fixture, messages ...store.Message) {
	t.Helper()
	must(t, f.InsertMessages(t.Context(), messages, nil))
}

func checkInsertMessage(t *testing.T, f *fixture) {
	want, other := fullMessage("m1", func(m *store.Message) { m.Tries[0].Answer = awkward() }), newMessage("m2", func(m *store.Message) { m.ProfileID, m.Channel = profileB, store.ChannelMail })
	must(t, f.InsertMessages(t.Context(), []store.Message{want, other}, []queue.Job{job("m2", 0), job("m1", time.Hour)}))
	for _, want := range []store.Message{want, other} {
		got, err := f.GetMessage(t.Context(), want.ID)
		must(t, err)
		equal(t, want, got)
		wantKept(t, "CreatedAt", want.CreatedAt, got.CreatedAt)
		wantKept(t, "PendingAt", want.PendingAt, got.PendingAt)
		wantKept(t, "NextAt", want.NextAt, got.NextAt)
		wantKept(t, "At", want.Tries[0].At, got.Tries[0].At)
	}
	got, err := f.GetMessage(t.Context(), "m1")
	must(t, err)
	wantKept(t, "EndedAt", want.EndedAt, got.EndedAt)
	f.claimOne(t, "m2")
	equal(t, 0, len(f.claim(t, 9)))
	f.clock.Advance(time.Hour)
	equal(t, []string{"m2", "m1"}, ids(f.claim(t, 9), jobKey))
}

func checkEmptyMessage(t *testing.T, f *fixture) {
	want := store.Message{ID: "m1", ProfileID: profileA, Channel: store.ChannelMail, Action: core.NoticeBatch, State: store.MessagePending, CreatedAt: start()}
	insertMessages(t, f, want)
	got, err := f.GetMessage(t.Context(), "m1")
	must(t, err)
	equal(t, want, got)
	if !got.EndedAt.IsZero() || !got.NextAt.IsZero() || !got.PendingAt.IsZero() {
		t.Errorf("zero times became %v, %v and %v", got.EndedAt, got.NextAt, got.PendingAt)
	}
}

// checkInsertMessagesAgain: a notice that is told again, with others perhaps, changes nothing
// of what became of it since.
func checkInsertMessagesAgain(t *testing.T, f *fixture) {
	must(t, f.InsertMessages(t.Context(), []store.Message{newMessage("m1")}, []queue.Job{job("m1", 0)}))
	must(t, f.InsertMessages(t.Context(), []store.Message{newMessage("m1", func(m *store.Message) { m.To = nil })}, []queue.Job{job("m1", time.Hour)}))
	j := f.claimOne(t, "m1")
	sent, err := f.UpdateMessage(t.Context(), "m1", func(m *store.Message) error {
		m.State, m.EndedAt = store.MessageDelivered, start().Add(time.Minute)
		return nil
	})
	must(t, err)
	must(t, f.Finish(t.Context(), j, queue.Disposition{Outcome: queue.Done}))

	must(t, f.InsertMessages(t.Context(), []store.Message{newMessage("m1"), newMessage("m2")}, []queue.Job{job("m1", 0), job("m2", 0)}))
	f.claimOne(t, "m2")
	equal(t, 0, len(f.claim(t, 9)))
	got, err := f.GetMessage(t.Context(), "m1")
	must(t, err)
	equal(t, sent, got)
	equal(t, sent.Version, got.Version)
}

// checkInsertMessageTwice: one that is there twice in one call is stored once, with its job.
func checkInsertMessageTwice(t *testing.T, f *fixture) {
	first, second := newMessage("m1"), newMessage("m1", func(m *store.Message) { m.To = nil })
	must(t, f.InsertMessages(t.Context(), []store.Message{first, second}, []queue.Job{job("m1", 0), job("m1", time.Hour)}))
	f.claimOne(t, "m1")
	equal(t, 0, len(f.claim(t, 9)))
	got, err := f.GetMessage(t.Context(), "m1")
	must(t, err)
	equal(t, first, got)
}

func checkInsertMessagesRace(t *testing.T, f *fixture) {
	race(func(i int) {
		m := newMessage("m1", func(m *store.Message) { m.To = []string{strconv.Itoa(i)} })
		if err := f.InsertMessages(t.Context(), []store.Message{m, newMessage(fmt.Sprint("own", i))}, []queue.Job{job("m1", 0)}); err != nil {
			t.Error(err)
		}
	})
	f.claimOne(t, "m1")
	equal(t, 0, len(f.claim(t, 9)))
	list, err := f.ListMessages(t.Context(), store.MessageQuery{ProfileID: profileA})
	must(t, err)
	equal(t, racers+1, len(list))
}

func checkMessageNotFound(t *testing.T, f *fixture) {
	insertMessages(t, f, newMessage("m1"))
	_, err := f.GetMessage(t.Context(), "m2")
	wantErr(t, err, store.ErrNotFound)
	_, err = f.UpdateMessage(t.Context(), "m2", func(*store.Message) error { t.Error("called for no message"); return nil })
	wantErr(t, err, store.ErrNotFound)
}

func checkUpdateMessage(t *testing.T, f *fixture) {
	before := newMessage("m1")
	insertMessages(t, f, before)
	want := before
	want.Action, want.To, want.Body, want.State = core.NoticeSocial, []string{"other"}, []byte(odd()), store.MessageFailed
	want.Attempts, want.Tries, want.PendingAt, want.NextAt, want.EndedAt = 0, nil, start().Add(time.Hour), time.Time{}, start().Add(2*time.Hour)
	got, err := f.UpdateMessage(t.Context(), "m1", func(m *store.Message) error {
		equal(t, before, *m)
		*m = want
		m.ID, m.ProfileID, m.OwnerID, m.Channel, m.Lane, m.CreatedAt = "other", profileB, profileA, store.ChannelMail, "other", start().Add(time.Hour)
		return nil
	})
	must(t, err)
	equal(t, want, got)
	wantKept(t, "EndedAt", want.EndedAt, got.EndedAt)
	version := got.Version
	_, err = f.UpdateMessage(t.Context(), "m1", func(m *store.Message) error { m.Attempts = 7; return errStop })
	wantErr(t, err, errStop)
	got, err = f.GetMessage(t.Context(), "m1")
	must(t, err)
	equal(t, want, got)
	equal(t, version, got.Version)
}

func checkMessageRace(t *testing.T, f *fixture) {
	insertMessages(t, f, newMessage("m1", func(m *store.Message) { m.Attempts = 0 }))
	race(func(int) {
		if _, err := f.UpdateMessage(t.Context(), "m1", func(m *store.Message) error { m.Attempts++; return nil }); err != nil {
			t.Error(err)
		}
	})
	got, err := f.GetMessage(t.Context(), "m1")
	must(t, err)
	equal(t, racers, got.Attempts)
}

// checkMessageSentByOne: of many that want to end a message, one does.
func checkMessageSentByOne(t *testing.T, f *fixture) {
	insertMessages(t, f, newMessage("m1"))
	won := winners(t, errStop, func(int) error {
		_, err := f.UpdateMessage(t.Context(), "m1", func(m *store.Message) error {
			if m.State != store.MessagePending {
				return errStop
			}
			m.State, m.EndedAt = store.MessageDelivered, start()
			return nil
		})
		return err
	})
	equal(t, 1, len(won))
}
