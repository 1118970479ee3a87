package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/crier-social/crier/api"
	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
)

// listener is somebody who listens to the batch action of some profiles.
type listener struct {
	to    []string // ids
	err   error    // of Tell
	asked []core.NoticeAction
	told  map[string][]core.Notice
}

func (l *listener) Wants(_ context.Context, profileID string, action core.NoticeAction) (bool, error) {
	l.asked = append(l.asked, action)
	return slices.Contains(l.to, profileID), nil
}

func (l *listener) Tell(_ context.Context, profileID string, notices ...core.Notice) error {
	if l.told == nil {
		l.told = map[string][]core.Notice{}
	}
	l.told[profileID] = append(l.told[profileID], notices...)
	return l.err
}

func listenedBy(l *listener) func(*options) {
	return func(o *options) { o.api = func(c *api.Config) { c.Notices = l } }
}

// batchOf is what a notice of a batch says.
type batchOf struct {
	BatchID            string
	Page, Pages, Count int
	Users              []jsonMap
	Status             string
}

func TestUserBatch(t *testing.T) {
	t.Parallel()
	l := &listener{to: []string{coretest.Profile().ID}}
	s := newServer(t, listenedBy(l))
	for i := range 105 {
		s.addProfile(fmt.Sprintf("Profile %03d", i), core.Secret(fmt.Sprintf("KEY-%03d", i)))
	}
	s.linkTo(s.addProfile("Linked", "KEY-LINKED"))
	r := s.call(http.MethodGet, "/user/batch?source=npm", nil).want(http.StatusOK)
	equal(t, []any{107.0, 2.0, s.profile.RefID}, []any{r.object()["count"], r.object()["pages"], r.object()["refId"]})
	notices := l.told[s.profile.ID]
	equal(t, 2, len(notices))
	equal(t, []core.NoticeAction{core.NoticeBatch}, l.asked)
	var users []jsonMap
	for i, n := range notices {
		var page batchOf
		if err := json.Unmarshal(n.Data, &page); err != nil {
			t.Fatal(err)
		}
		equal(t, batchOf{BatchID: r.text("batchId"), Page: i + 1, Pages: 2, Count: 107, Status: "success", Users: page.Users}, page)
		users = append(users, page.Users...)
	}
	if notices[0].ID >= notices[1].ID || notices[0].Action != core.NoticeBatch {
		t.Errorf("the notices are %s and %s, which does not order them", notices[0].ID, notices[1].ID)
	}
	equal(t, 107, len(users))
	own := s.call(http.MethodGet, "/user", nil).want(http.StatusOK).object()
	delete(own, "lastApiCall")
	equal(t, own, users[0])
	names := map[any]bool{}
	for _, u := range users {
		names[u["title"]] = true
		_, linked := u["displayNames"]
		equal(t, u["title"] == "Linked" || u["refId"] == s.profile.RefID, linked)
	}
	equal(t, 107, len(names))
}

func TestUserBatchOfOneProfile(t *testing.T) {
	t.Parallel()
	l := &listener{}
	s := newServer(t, listenedBy(l))
	acme := s.addProfile("Acme", "KEY-ACME")
	s.addProfile("Other", "KEY-OTHER")
	selected := header{"Profile-Key", "KEY-ACME"}
	equal(t, core.CodeWebhookNotFound, s.call(http.MethodGet, "/user/batch", nil, selected).want(http.StatusBadRequest).problems()[0].Code)
	l.to = []string{acme.ID}
	equal(t, 1.0, s.call(http.MethodGet, "/user/batch", nil, selected).want(http.StatusOK).object()["count"])
	var page batchOf
	if err := json.Unmarshal(l.told[acme.ID][0].Data, &page); err != nil {
		t.Fatal(err)
	}
	equal(t, acme.RefID, page.Users[0]["refId"])
	l.err = errors.New("the store is away")
	equal(t, core.CodeStoreUnavailable, s.call(http.MethodGet, "/user/batch", nil, selected).want(http.StatusServiceUnavailable).problems()[0].Code)
}

// Without anybody who could be told, there is nobody who listens.
func TestUserBatchWithoutNotices(t *testing.T) {
	t.Parallel()
	r := newServer(t).call(http.MethodGet, "/user/batch", nil).want(http.StatusBadRequest)
	equal(t, core.CodeWebhookNotFound, r.problems()[0].Code)
}
