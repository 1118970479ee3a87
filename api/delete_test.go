package api_test

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/api"
	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/publish"
)

func (s *server) post(text string, more jsonMap) string {
	s.t.Helper()
	body := jsonMap{"post": text, "platforms": []string{"scripted"}}
	maps.Copy(body, more)
	return s.call(http.MethodPost, "/post", body).want(http.StatusOK).text("id")
}

func (s *server) later(text string) string {
	s.t.Helper()
	return s.post(text, jsonMap{"scheduleDate": s.clock.Now().Add(time.Hour).Format(time.RFC3339)})
}

func TestDeletePublished(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/post", "/delete", "/api/post", "/api/delete"} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			id := s.post("a", nil)
			remote := s.network.Timeline()[0].RemoteID
			r := s.call(http.MethodDelete, path, jsonMap{"id": id, "source": "npm"}).want(http.StatusOK)
			equal(t, jsonMap{
				"scripted": jsonMap{"action": "delete", "status": "success", "id": remote, "accountId": s.account.ID},
				"status":   "success", "id": id, "code": 200.0,
			}, r.object())
			equal(t, 0, len(s.timeline()))
			deleted := s.call(http.MethodGet, "/post/"+id, nil).want(http.StatusOK)
			equal(t, "deleted", deleted.text("status"))

			again := s.call(http.MethodDelete, path, jsonMap{"id": id}).want(http.StatusBadRequest)
			equal(t, core.CodeAlreadyDeleted, again.problems()[0].Code)
		})
	}
}

func TestDeleteOnSeveralAccounts(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	page := s.linkPage()
	id := s.post("a", jsonMap{"accountIds": []string{page.ID}})
	s.network.Next(coretest.OpDelete, coretest.Answer(http.StatusForbidden, 0))
	r := s.call(http.MethodDelete, "/post", jsonMap{"id": id}).want(http.StatusBadRequest)
	parts := r.object()["scripted"].([]any)
	statuses := map[string]int{}
	for _, p := range parts {
		statuses[p.(jsonMap)["status"].(string)]++
	}
	equal(t, map[string]int{"success": 1, "error": 1}, statuses)
	equal(t, core.CodeForbidden, r.problems()[0].Code)
	s.call(http.MethodDelete, "/post", jsonMap{"id": id}).want(http.StatusOK) // the rest, this time
	equal(t, 0, len(s.timeline()))
}

func TestDeleteScheduled(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	now := s.post("now", nil)
	first, second, third := s.later("1"), s.later("2"), s.later("3")

	r := s.call(http.MethodDelete, "/post", jsonMap{"id": first}).want(http.StatusOK)
	equal(t, any("success"), r.object()["status"])

	for _, body := range []jsonMap{{"id": second}, {"bulk": []string{second}}, {"id": now, "bulk": []string{third}}} {
		body["deleteAllScheduled"] = true // whoever names a post does not mean them all
		s.call(http.MethodDelete, "/post", body).want(http.StatusBadRequest)
	}
	for _, id := range []string{second, third} {
		equal(t, "pending", s.call(http.MethodGet, "/post/"+id, nil).text("status"))
	}
	r = s.call(http.MethodDelete, "/post", jsonMap{"deleteAllScheduled": true, "id": "", "bulk": []string{}}).want(http.StatusOK)
	equal(t, any(2.0), r.object()["count"])
	for _, id := range []string{first, second, third} {
		equal(t, "deleted", s.call(http.MethodGet, "/post/"+id, nil).text("status"))
	}
	equal(t, "success", s.call(http.MethodGet, "/post/"+now, nil).text("status"))
	s.clock.Advance(2 * time.Hour)
	s.post("after", nil)
	equal(t, []string{"now", "after"}, s.timeline())
	equal(t, any(0.0), s.call(http.MethodDelete, "/post", jsonMap{"deleteAllScheduled": true}).want(http.StatusOK).object()["count"])
}

func TestDeleteBulk(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	a, b := s.post("a", nil), s.later("b")
	r := s.call(http.MethodDelete, "/post", jsonMap{"bulk": []string{a, b}}).want(http.StatusOK)
	var results []jsonMap
	if err := jsonUnmarshal(r.body, &results); err != nil {
		t.Fatal(err)
	}
	equal(t, []any{a, b}, []any{results[0]["id"], results[1]["id"]})

	r = s.call(http.MethodDelete, "/post", jsonMap{"bulk": []string{a, "nope"}}).want(http.StatusBadRequest)
	if err := jsonUnmarshal(r.body, &results); err != nil {
		t.Fatal(err)
	}
	equal(t, []any{383.0, 114.0}, []any{results[0]["code"], results[1]["code"]})
	s.call(http.MethodDelete, "/post", jsonMap{"bulk": []string{"nope"}}, header{"Accept", "application/problem+json"}).want(http.StatusBadRequest)
}

// busy is a publisher that cannot reach its store.
type busy struct{ api.Publisher }

func (busy) Delete(_ context.Context, _, id string, _ bool) publish.Deletion {
	return publish.Deletion{PostID: id, Err: errors.New("the disk is full")}
}

func (b busy) DeleteScheduled(ctx context.Context, profileID string) ([]publish.Deletion, error) {
	return []publish.Deletion{{PostID: "a"}, b.Delete(ctx, profileID, "b", false)}, nil
}

func TestFailedDeletionsTellTheWayOut(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(o *options) { o.api = func(c *api.Config) { c.Publisher = busy{c.Publisher} } })
	for name, body := range map[string]jsonMap{
		"one": {"id": "a"}, "several": {"bulk": []string{"a", "b"}}, "all": {"deleteAllScheduled": true},
	} {
		r := s.call(http.MethodDelete, "/post", body).want(http.StatusServiceUnavailable)
		equal(t, "1", r.header.Get("Retry-After"))
		if name != "several" {
			equal(t, core.CodeStoreUnavailable.Info().Help, r.text("help"))
		}
	}
}

// several is a publisher whose deletions fail in different ways.
type several struct {
	api.Publisher
	errs []error
}

func (p several) DeleteScheduled(context.Context, string) ([]publish.Deletion, error) {
	out := make([]publish.Deletion, len(p.errs))
	for i, err := range p.errs {
		out[i] = publish.Deletion{PostID: string(rune('a' + i)), Err: err}
	}
	return out, nil
}

// TestDeleteScheduledNamesOneFailure: number and status of the answer are those of the
// same one.
func TestDeleteScheduledNamesOneFailure(t *testing.T) {
	t.Parallel()
	busy := &core.Error{Kind: core.KindInvalid, Code: core.CodeProcessing, Message: "busy"}
	manual := &core.Error{Kind: core.KindUnsupported, Code: core.CodeCannotDelete, Message: "by hand"}
	tests := map[string]struct {
		errs []error
		code core.Code
	}{
		"one":                    {[]error{nil, busy}, core.CodeProcessing},
		"the first":              {[]error{manual, nil, busy}, core.CodeCannotDelete},
		"trouble of the server":  {[]error{busy, errors.New("the disk is full"), manual}, core.CodeStoreUnavailable},
		"trouble of the network": {[]error{manual, &core.Error{Kind: core.KindTemporary, Message: "down"}}, core.CodeUpstreamUnavailable},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, func(o *options) { o.api = func(c *api.Config) { c.Publisher = several{c.Publisher, tt.errs} } })
			r := s.call(http.MethodDelete, "/post", jsonMap{"deleteAllScheduled": true}).want(tt.code.Info().Status)
			equal(t, any(float64(tt.code)), r.object()["code"])
			equal(t, len(tt.errs), len(r.object()["posts"].([]any)))
		})
	}
}

func TestDeleteByHand(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	id := s.post("a", nil)
	s.call(http.MethodDelete, "/post", jsonMap{"id": id, "markManualDeleted": true}).want(http.StatusOK)
	equal(t, "deleted", s.call(http.MethodGet, "/post/"+id, nil).text("status"))
	equal(t, 0, len(s.network.Calls(coretest.OpDelete)))
}

func TestDeleteProblems(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	tests := map[string]struct {
		body   any
		status int
		code   core.Code
	}{
		"unknown":     {jsonMap{"id": "nope"}, http.StatusNotFound, core.CodeDeleteNotFound},
		"nothing":     {jsonMap{}, http.StatusBadRequest, core.CodeParameters},
		"no body":     {nil, http.StatusBadRequest, core.CodeParameters},
		"id and bulk": {jsonMap{"id": "a", "bulk": []string{"b"}}, http.StatusBadRequest, core.CodeParameters},
		"wrong type":  {jsonMap{"bulk": []int{1}}, http.StatusBadRequest, core.CodeParameters},
		"other":       {jsonMap{"id": "a", "profileKey": "ABC"}, http.StatusBadRequest, core.CodeUnsupported},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			equal(t, tt.code, s.with(t).call(http.MethodDelete, "/post", tt.body).want(tt.status).problems()[0].Code)
		})
	}
}

func TestDeleteWhileBeingSent(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	gate := coretest.NewGate()
	s.network.Next(coretest.OpCommit, gate.Before)
	id := s.call(http.MethodPost, "/post", jsonMap{"post": "a", "platforms": []string{"scripted"}}, header{"Prefer", "respond-async"}).want(http.StatusAccepted).text("id")
	gate.Await(t)
	equal(t, core.CodeProcessing, s.call(http.MethodDelete, "/post", jsonMap{"id": id}).want(http.StatusConflict).problems()[0].Code)
	gate.Open()
	equal(t, "success", s.settle(id).text("status"))
}

// TestDeleteByAnotherName: who names a post by the network's id is told which id is meant.
func TestDeleteByAnotherName(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	const native = "at://did:plc:visvks4grdo72puawy7ekafe/app.bsky.feed.post/3l3qo2vutsw2b"
	for field, body := range map[string]any{"id": jsonMap{"id": native}, "bulk[0]": jsonMap{"bulk": []string{native}}} {
		r := s.call(http.MethodDelete, "/post", body).want(http.StatusBadRequest)
		if r.problems()[0].Field != field || !strings.Contains(string(r.body), field+" is longer than 64 characters, and none of this server's: send the id that the answer to POST /post has") {
			t.Errorf("%s: %s", field, r.body)
		}
	}
}

// TestDeletedWhileWaiting answers a request whose post was deleted meanwhile.
func TestDeletedWhileWaiting(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(o *options) { o.idle = true })
	looks := s.clock.Follow(coretest.Below(time.Second)) // of who waits
	answered := s.begin(http.MethodPost, "/post", jsonMap{"post": "a", "platforms": []string{"scripted"}})
	var history []any
	coretest.Await(t, "the post", func() bool {
		history, _ = s.call(http.MethodGet, "/history", nil).want(http.StatusOK).object()["history"].([]any)
		return len(history) > 0
	})
	s.call(http.MethodDelete, "/post", jsonMap{"id": history[0].(jsonMap)["id"]}).want(http.StatusOK)
	looks.Pass(t, "the answer", func() bool { return len(answered) > 0 })
	equal(t, core.CodeCancelled, s.answer(answered).want(http.StatusConflict).problems()[0].Code)
}
