package storetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store"
)

func messageListChecks() []check {
	return []check{
		{"Query", checkListMessages},
		{"Pages", checkMessagePages},
		{"FirstPending", checkFirstPending},
		{"Stranded", checkStrandedMessages},
		{"DeleteOld", checkDeleteMessages},
		{"CountPending", checkCountPending},
	}
}

func checkListMessages(t *testing.T, f *fixture) {
	for _, m := range []struct {
		id, profile string // all are owned by profile B but m2
		channel     store.Channel
		action      core.NoticeAction
		state       store.MessageState
	}{
		{"m3", profileA, store.ChannelMail, core.NoticeSocial, store.MessageDelivered},
		{"m1", profileA, store.ChannelWebhook, core.NoticeScheduled, store.MessagePending},
		{"m5", profileA, store.ChannelWebhook, core.NoticeSocial, store.MessageFailed},
		{"m2", profileA, store.ChannelWebhook, core.NoticeSocial, store.MessageDelivered},
		{"m4", profileB, store.ChannelWebhook, core.NoticeSocial, store.MessagePending},
	} {
		insertMessages(t, f, newMessage(m.id, func(n *store.Message) {
			n.ProfileID, n.Channel, n.Action, n.State = m.profile, m.channel, m.action, m.state
			if m.id == "m2" {
				n.OwnerID = profileA
			}
		}))
	}
	for name, tc := range map[string]struct {
		query store.MessageQuery
		want  []string
	}{
		"all":              {store.MessageQuery{}, []string{"m5", "m3", "m2", "m1"}},
		"channel":          {store.MessageQuery{Channel: store.ChannelWebhook}, []string{"m5", "m2", "m1"}},
		"action":           {store.MessageQuery{Action: core.NoticeSocial}, []string{"m5", "m3", "m2"}},
		"state":            {store.MessageQuery{State: store.MessageDelivered}, []string{"m3", "m2"}},
		"state of another": {store.MessageQuery{State: store.MessageDropped}, nil},
		"several":          {store.MessageQuery{Channel: store.ChannelWebhook, Action: core.NoticeSocial, State: store.MessageDelivered}, []string{"m2"}},
		"limit":            {store.MessageQuery{Limit: 2}, []string{"m5", "m3"}},
		"before":           {store.MessageQuery{Before: "m3"}, []string{"m2", "m1"}},
		"before, of some":  {store.MessageQuery{Before: "m5", State: store.MessageDelivered, Limit: 1}, []string{"m3"}},
		"before another's": {store.MessageQuery{Before: "m4"}, nil},
		"before nothing":   {store.MessageQuery{Before: "m9"}, nil},
		"another profile":  {store.MessageQuery{ProfileID: profileB}, []string{"m4"}},
		"owner":            {store.MessageQuery{OwnerID: profileB}, []string{"m5", "m4", "m3", "m1"}},
		"owner, action":    {store.MessageQuery{OwnerID: profileB, Action: core.NoticeSocial, Channel: store.ChannelWebhook, Limit: 9}, []string{"m5", "m4"}},
		"owner, before":    {store.MessageQuery{OwnerID: profileB, Before: "m4", Limit: 1}, []string{"m3"}},
		"owner, not his":   {store.MessageQuery{OwnerID: profileB, Before: "m2"}, nil},
	} {
		if tc.query.ProfileID == "" {
			tc.query.ProfileID = profileA
		}
		list, err := f.ListMessages(t.Context(), tc.query)
		must(t, err)
		if got := ids(list, messageID); !slices.Equal(got, tc.want) {
			t.Errorf("%s: got %v, want %v", name, got, tc.want)
		}
	}
	_, err := f.UpdateMessage(t.Context(), "m1", func(m *store.Message) error {
		m.State, m.Action = store.MessageDropped, core.NoticeBatch
		return nil
	})
	must(t, err)
	list, err := f.ListMessages(t.Context(), store.MessageQuery{ProfileID: profileA, State: store.MessageDropped, Action: core.NoticeBatch})
	must(t, err)
	equal(t, []string{"m1"}, ids(list, messageID))
}

func checkMessagePages(t *testing.T, f *fixture) {
	var want []string
	messages := make([]store.Message, 105)
	for i := range messages {
		messages[i] = newMessage(fmt.Sprint("m", 900-i))
		want = append(want, messages[i].ID)
	}
	insertMessages(t, f, messages...)
	list, err := f.ListMessages(t.Context(), store.MessageQuery{ProfileID: profileA})
	must(t, err)
	equal(t, want[:100], ids(list, messageID))
	var got []string
	for q := (store.MessageQuery{ProfileID: profileA, Limit: 7}); ; q.Before = got[len(got)-1] {
		list, err := f.ListMessages(t.Context(), q)
		must(t, err)
		if len(list) == 0 {
			break
		}
		got = append(got, ids(list, messageID)...)
	}
	equal(t, want, got)
}

// checkFirstPending: the messages of a lane have their turn in the order of their ids, until
// they are not pending any more.
func checkFirstPending(t *testing.T, f *fixture) {
	for i, id := range []string{"m3", "m1", "m4", "m2"} {
		insertMessages(t, f, newMessage(id, func(m *store.Message) { m.Lane, m.CreatedAt = "l", start().Add(time.Duration(i)*time.Second) }))
	}
	insertMessages(t, f, newMessage("m0", func(m *store.Message) { m.Lane = "other" }), newMessage("m", func(m *store.Message) { m.Lane = "" }))
	first := func(want string) {
		t.Helper()
		got, err := f.FirstPending(t.Context(), "l")
		must(t, err)
		equal(t, want, got.ID)
	}
	set := func(id string, s store.MessageState) {
		t.Helper()
		_, err := f.UpdateMessage(t.Context(), id, func(m *store.Message) error { m.State = s; return nil })
		must(t, err)
	}
	first("m1")
	set("m2", store.MessageDropped)
	set("m1", store.MessageDelivered)
	first("m3")
	set("m3", store.MessageFailed)
	first("m4")
	set("m2", store.MessagePending)
	first("m2")
	set("m2", store.MessageDelivered)
	set("m4", store.MessageDelivered)
	for _, lane := range []string{"l", "nobody's", ""} {
		_, err := f.FirstPending(t.Context(), lane)
		wantErr(t, err, store.ErrNotFound)
	}
}

func checkStrandedMessages(t *testing.T, f *fixture) {
	for i, m := range []struct {
		id      string
		channel store.Channel
		state   store.MessageState
		after   time.Duration
		job     string // its kind
	}{
		{"second", store.ChannelWebhook, store.MessagePending, -time.Minute, ""},
		{"first", store.ChannelWebhook, store.MessagePending, -time.Hour, ""},
		{"has a job", store.ChannelWebhook, store.MessagePending, -time.Hour, jobKind},
		{"has another job", store.ChannelWebhook, store.MessagePending, -time.Second, "other"},
		{"young", store.ChannelWebhook, store.MessagePending, 0, ""},
		{"mail", store.ChannelMail, store.MessagePending, -time.Hour, ""},
		{"delivered", store.ChannelWebhook, store.MessageDelivered, -time.Hour, ""},
	} {
		message := newMessage(m.id, func(n *store.Message) {
			n.ProfileID, n.Channel, n.State, n.CreatedAt = []string{profileA, profileB}[i%2], m.channel, m.state, start().Add(m.after)
		})
		var jobs []queue.Job
		if m.job != "" {
			jobs = []queue.Job{{Kind: m.job, Key: m.id, RunAt: start()}}
		}
		must(t, f.InsertMessages(t.Context(), []store.Message{message}, jobs))
	}
	want := func(channel store.Channel, limit int, want ...string) {
		t.Helper()
		list, err := f.StrandedMessages(t.Context(), channel, jobKind, start(), limit)
		must(t, err)
		equal(t, want, ids(list, messageID))
	}
	want(store.ChannelWebhook, 9, "first", "second", "has another job")
	want(store.ChannelWebhook, 2, "first", "second")
	want(store.ChannelMail, 9, "mail")
	_, err := f.Cancel(t.Context(), jobKind, "has a job")
	must(t, err)
	must(t, f.Enqueue(t.Context(), job("first", 0)))
	want(store.ChannelWebhook, 9, "has a job", "second", "has another job")
}

func checkDeleteMessages(t *testing.T, f *fixture) {
	for i, id := range []string{"m1", "m2", "m3", "m4"} {
		insertMessages(t, f, fullMessage(id, func(m *store.Message) {
			m.ProfileID, m.State, m.EndedAt = []string{profileA, profileB}[i%2], store.MessageFailed, start().Add(time.Duration(i-3)*time.Hour)
		}))
	}
	insertMessages(t, f, newMessage("pending", func(m *store.Message) { m.CreatedAt = start().Add(-99 * time.Hour) }))
	none, err := f.DeleteMessages(t.Context(), start(), 0)
	must(t, err)
	equal(t, 0, none)
	for _, want := range []int{2, 1, 0} {
		n, err := f.DeleteMessages(t.Context(), start(), 2)
		must(t, err)
		equal(t, want, n)
	}
	for id, gone := range map[string]bool{"m1": true, "m2": true, "m3": true, "m4": false, "pending": false} {
		_, err := f.GetMessage(t.Context(), id)
		checkGone(t, id, err, gone)
	}
}

func checkCountPending(t *testing.T, f *fixture) {
	want := func(channel store.Channel, n int, oldest time.Time) {
		t.Helper()
		got, at, err := f.CountPending(t.Context(), channel)
		must(t, err)
		equal(t, n, got)
		if oldest.IsZero() {
			equal(t, true, at.IsZero())
			return
		}
		wantKept(t, "oldest", oldest, at)
	}
	want(store.ChannelWebhook, 0, time.Time{})
	for i, id := range []string{"m3", "m1", "m2"} {
		insertMessages(t, f, newMessage(id, func(m *store.Message) {
			m.ProfileID, m.PendingAt = []string{profileA, profileB}[i%2], start().Add(time.Duration(3-i)*time.Minute)
		}))
	}
	insertMessages(t, f, newMessage("ended", func(m *store.Message) { m.State = store.MessageDropped }))
	want(store.ChannelWebhook, 3, start().Add(time.Minute))
	want(store.ChannelMail, 0, time.Time{})
	for id, change := range map[string]func(*store.Message){
		"m2":    func(m *store.Message) { m.State = store.MessageDelivered },
		"ended": func(m *store.Message) { m.State, m.PendingAt = store.MessagePending, start().Add(time.Hour) },
	} {
		_, err := f.UpdateMessage(t.Context(), id, func(m *store.Message) error { change(m); return nil })
		must(t, err)
	}
	want(store.ChannelWebhook, 3, start().Add(2*time.Minute))
}
