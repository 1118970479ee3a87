package storetest

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store"
)

// answers asks the store everything that it can be asked, and returns what it answers by the
// question. Each question has an answer in a store with everything.
func answers(t *testing.T, s store.Store) map[string]any {
	t.Helper()
	a := map[string]any{}
	askProfiles(t, s, a)
	askPosts(t, s, a)
	askDeliveries(t, s, a)
	askOthers(t, s, a)
	return a
}

// say keeps an answer.
func say[T any](t *testing.T, a map[string]any, question string, answer T, err error) {
	t.Helper()
	if err != nil {
		t.Errorf("%s: %v", question, err)
	}
	if reflect.ValueOf(answer).IsZero() {
		t.Errorf("%s: there is no answer", question)
	}
	a[question] = answer
}

func askProfiles(t *testing.T, s store.Store, a map[string]any) {
	ctx := t.Context()
	for question, ask := range map[string]func() (core.Profile, error){
		"profile":           func() (core.Profile, error) { return s.GetProfile(ctx, profileA) },
		"profile by key":    func() (core.Profile, error) { return s.ProfileByKey(ctx, []byte{0, 0xff}) },
		"profile by title":  func() (core.Profile, error) { return s.ProfileByTitle(ctx, "B") },
		"profile by ref":    func() (core.Profile, error) { return s.ProfileByRef(ctx, "ref b") },
		"primary profile":   func() (core.Profile, error) { return s.PrimaryProfile(ctx) },
		"the other profile": func() (core.Profile, error) { return s.GetProfile(ctx, profileB) },
	} {
		p, err := ask()
		say(t, a, question, p, err)
	}
	profiles, err := s.ListProfiles(ctx, store.ProfileQuery{Platforms: []string{network}})
	say(t, a, "profiles", profiles, err)
	deleted, err := s.DeletedProfiles(ctx, 10)
	say(t, a, "deleted profiles", deleted, err)
	account, err := s.GetAccount(ctx, "a1")
	say(t, a, "account", account, err)
	account, err = s.FindAccount(ctx, profileB, network, "r2")
	say(t, a, "account by remote id", account, err)
	accounts, err := s.AccountsOf(ctx, profileA, profileB)
	say(t, a, "accounts", accounts, err)
	accounts, err = s.DueAccounts(ctx, start().Add(time.Hour), 10)
	say(t, a, "due accounts", accounts, err)
	accounts, err = s.UntoldAccounts(ctx, 10)
	say(t, a, "untold accounts", accounts, err)
	counts, err := s.CountAccounts(ctx)
	say(t, a, "account counts", counts, err)
	credentials, err := s.GetCredentials(ctx, "a1")
	say(t, a, "credentials", credentials, err)
}

func askPosts(t *testing.T, s store.Store, a map[string]any) {
	ctx := t.Context()
	for _, id := range []string{"p1", "p2", "p3", "p5", "p6"} {
		p, err := s.GetPost(ctx, profileA, id)
		say(t, a, "post "+id, p, err)
	}
	p, err := s.FindPost(ctx, profileA, "key of p3")
	say(t, a, "post by key", p, err)
	for question, q := range map[string]store.PostQuery{
		"all":         {Statuses: []core.PostStatus{core.PostOpen, core.PostError, core.PostPaused, core.PostDeleted}},
		"of a series": {Series: "series"},
		"of networks": {Platforms: []string{"second"}},
		"due":         {DueAfter: start(), DueBy: start().Add(time.Hour)},
		"created":     {Since: start(), Until: start()},
	} {
		q.ProfileID = profileA
		posts, err := s.ListPosts(ctx, q)
		slices.SortFunc(posts, func(a, b core.Post) int { return strings.Compare(a.ID, b.ID) }) // some are of the same moment
		say(t, a, "posts "+question, posts, err)
	}
	posts, err := s.UntoldPosts(ctx, 10)
	slices.SortFunc(posts, func(a, b core.Post) int { return strings.Compare(a.ID, b.ID) })
	say(t, a, "untold posts", posts, err)
	taken, err := s.TakenSlots(ctx, profileA, "default", start(), 10)
	say(t, a, "taken slots", taken, err)
	last, err := s.LastSlot(ctx, profileA, "default")
	say(t, a, "last slot", last, err)
	schedules, err := s.ListSchedules(ctx, profileA)
	say(t, a, "schedules", schedules, err)
	bare, err := s.GetSchedule(ctx, profileB, "bare")
	say(t, a, "bare schedule", bare, err)
}

func askDeliveries(t *testing.T, s store.Store, a map[string]any) {
	ctx := t.Context()
	deliveries, err := s.ListDeliveries(ctx, "p1", "p2", "p3", "p4", "p5", "p6")
	say(t, a, "deliveries", deliveries, err)
	d, err := s.FindDelivery(ctx, "account-"+network, "urn:x:post:p2")
	say(t, a, "delivery by remote id", d, err)
	count, err := s.CountPublished(ctx, "account-"+network, start())
	say(t, a, "published", count, err)
	deliveries, err = s.StrandedDeliveries(ctx, "another kind", start().Add(24*time.Hour), 10)
	say(t, a, "stranded deliveries", deliveries, err)
	deliveries, err = s.UnsentDeliveries(ctx, "account-"+network, start().Add(24*time.Hour), 10)
	say(t, a, "unsent deliveries", deliveries, err)
	d, err = s.FindDuplicate(ctx, store.DuplicateQuery{Content: "other content", Due: start(), Window: time.Hour})
	say(t, a, "duplicate", d, err)
	open, err := s.OpenDeliveries(ctx, start().Add(24*time.Hour))
	say(t, a, "open deliveries", open, err)
	n, oldest, err := s.NotStarted(ctx, jobKind, start().Add(24*time.Hour))
	say(t, a, "not started", fmt.Sprint(n, oldest), err)
	n, oldest, err = s.Overdue(ctx, start().Add(24*time.Hour))
	say(t, a, "overdue", fmt.Sprint(n, oldest), err)
	next, err := s.NextRunAt(ctx, []string{jobKind}, queue.Everything)
	say(t, a, "next run", next, err)
	backlog, err := s.Backlog(ctx, []string{jobKind})
	say(t, a, "backlog", backlog, err)
}

func askOthers(t *testing.T, s store.Store, a map[string]any) {
	ctx := t.Context()
	for _, key := range []string{"rk", "other/rk"} {
		request, err := s.GetRequest(ctx, profileA, key)
		say(t, a, "request "+key, request, err)
	}
	upload, err := s.GetUpload(ctx, "u1")
	say(t, a, "upload", upload, err)
	uploads, err := s.ListUploads(ctx, store.UploadQuery{ProfileID: profileA, Live: start()})
	say(t, a, "uploads", uploads, err)
	bytes, err := s.UploadUsage(ctx, profileA)
	say(t, a, "usage", bytes, err)
	expired, err := s.ExpiredUploads(ctx, start().Add(100*time.Hour), 10)
	say(t, a, "expired uploads", expired, err)
	comments, err := s.GetComment(ctx, profileA, "c1")
	say(t, a, "comment", comments, err)
	comment, err := s.FindComment(ctx, "account-2", "urn:x:comment:c1")
	say(t, a, "comment by remote id", comment, err)
	comments, err = s.ListComments(ctx, "account-1", "urn:x:post:1")
	say(t, a, "comments", comments, err)
	session, err := s.LinkSessionByToken(ctx, []byte("s1"))
	say(t, a, "link session by token", session, err)
	session, err = s.GetLinkSession(ctx, "s2")
	say(t, a, "link session", session, err)
	for _, id := range []string{"g1", "g2"} {
		grant, err := s.GetPendingGrant(ctx, id)
		say(t, a, "grant "+id, grant, err)
	}
	webhooks, err := s.ListWebhooks(ctx, profileA)
	say(t, a, "webhooks", webhooks, err)
	for _, id := range []string{"m1", "m2", "m3"} {
		m, err := s.GetMessage(ctx, id)
		say(t, a, "message "+id, m, err)
	}
	messages, err := s.ListMessages(ctx, store.MessageQuery{OwnerID: profileB})
	say(t, a, "messages", messages, err)
	first, err := s.FirstPending(ctx, "lane of "+profileA)
	say(t, a, "first pending", first, err)
	n, oldest, err := s.CountPending(ctx, store.ChannelMail)
	say(t, a, "pending", fmt.Sprint(n, oldest), err)
}
