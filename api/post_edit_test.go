package api_test

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
)

func TestEditPost(t *testing.T) {
	t.Parallel()
	for _, method := range []string{http.MethodPatch, http.MethodPut} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			s, forum := newForum(t)
			id, remoteID := s.publish("Hello")
			for range 2 {
				r := s.call(method, "/post", jsonMap{"id": id, "post": "Hello again", "notes": "n", "disableComments": true, "source": "npm"}).want(http.StatusOK)
				equal(t, jsonMap{"action": "update", "status": "success", "accountId": s.account.ID, "platform": "scripted", "id": remoteID, "edited": true, "disableComments": true}, r.part())
				equal(t, []any{"success", id, s.profile.RefID}, []any{r.object()["status"], r.object()["id"], r.object()["refId"]})
			}
			equal(t, []string{"Hello again"}, s.timeline())
			equal(t, true, forum.Closed(remoteID))
			view := s.call(http.MethodGet, "/history/"+id, nil).want(http.StatusOK).object()
			equal(t, []any{"Hello again", "n"}, []any{view["post"], view["notes"]})
			equal(t, any(coretest.Epoch().Format("2006-01-02")), any(view["postIds"].([]any)[0].(jsonMap)["edited"].(string)[:10]))
			s.call(method, "/post", jsonMap{"id": id, "disableComments": false}).want(http.StatusOK)
			equal(t, false, forum.Closed(remoteID))
		})
	}
}

// A text for one network leaves those of the others alone.
func TestEditOneNetwork(t *testing.T) {
	t.Parallel()
	s, _ := newForum(t)
	page := s.linkPage()
	r := s.call(http.MethodPost, "/post", jsonMap{"post": jsonMap{"default": "a", "other": "b"}, "platforms": "scripted", "accountIds": []string{page.ID}}).want(http.StatusOK)
	s.call(http.MethodPatch, "/post", jsonMap{"id": r.text("id"), "post": jsonMap{"other": "c"}}).want(http.StatusBadRequest)
	s.network.Next(coretest.OpEdit, coretest.Answer(403, 0))
	partial := s.call(http.MethodPatch, "/post", jsonMap{"id": r.text("id"), "post": jsonMap{"scripted": "c", "other": "d"}}).want(http.StatusBadRequest)
	equal(t, []any{"error", float64(core.CodeForbidden), 2}, []any{partial.object()["status"], partial.object()["code"], len(partial.comments())})
	equal(t, 1, strings.Count(string(partial.body), `"edited":true`))
	view := s.call(http.MethodGet, "/post/"+r.text("id"), nil).object()
	equal(t, any(jsonMap{"default": "a", "other": "b"}), view["post"])
	var texts []any
	for _, entry := range view["postIds"].([]any) {
		texts = append(texts, entry.(jsonMap)["post"])
	}
	slices.SortFunc(texts, func(a, b any) int { return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	equal(t, []any{nil, "c"}, texts)
	s.call(http.MethodPatch, "/post", jsonMap{"id": r.text("id"), "post": jsonMap{"scripted": "c"}}).want(http.StatusOK)
	equal(t, []string{"c", "c"}, s.timeline())
	equal(t, any("c"), s.call(http.MethodGet, "/post/"+r.text("id"), nil).object()["post"])
}

// A post that is still to go out takes the switch, and nothing is sent for it now.
func TestEditScheduledPost(t *testing.T) {
	t.Parallel()
	s, forum := newForum(t)
	id := s.call(http.MethodPost, "/post", jsonMap{
		"post": "Later", "platforms": "scripted", "scheduleDate": s.clock.Now().AddDate(0, 0, 1),
	}).want(http.StatusOK).text("id")
	r := s.call(http.MethodPatch, "/post", jsonMap{"id": id, "disableComments": true, "notes": "n"}).want(http.StatusOK)
	equal(t, any("the post has not gone out to scripted yet; it will as it is wanted now"), r.part()["message"])
	equal(t, 0, len(s.network.Calls(coretest.OpSetComments)))
	stored, err := s.store.GetPost(t.Context(), s.profile.ID, id)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, []any{true, "n"}, []any{stored.Request.DisableComments, stored.Request.Notes})
	equal(t, 0, len(forum.Timeline()))
}

func TestEditProblems(t *testing.T) {
	t.Parallel()
	s, _ := newForum(t)
	id, _ := s.publish("Hello")
	gone, _ := s.publish("Gone")
	s.call(http.MethodDelete, "/post", jsonMap{"id": gone}).want(http.StatusOK)
	refused := s.call(http.MethodPost, "/post", jsonMap{"post": strings.Repeat("a", 300), "platforms": "scripted"}).want(http.StatusBadRequest).text("id")
	tests := map[string]struct {
		body   jsonMap
		status int
		code   core.Code
		fields []string
	}{
		"no id":            {jsonMap{"post": "a"}, 400, core.CodeParameters, []string{"id"}},
		"nothing":          {jsonMap{"id": id}, 400, core.CodeParameters, []string{"post"}},
		"unknown":          {jsonMap{"id": "nope", "post": "a"}, 404, core.CodeHistoryNotFound, []string{"id"}},
		"deleted":          {jsonMap{"id": gone, "post": "a"}, 400, core.CodeAlreadyDeleted, []string{"id"}},
		"refused":          {jsonMap{"id": refused, "post": "a"}, 400, core.CodeParameters, []string{"id"}},
		"wrong types":      {jsonMap{"id": id, "post": 1, "disableComments": "x", "notes": 1}, 400, core.CodeParameters, []string{"disableComments", "notes", "post"}},
		"long notes":       {jsonMap{"id": id, "notes": strings.Repeat("ä", 10001)}, 400, core.CodeParameters, []string{"notes"}},
		"too long here":    {jsonMap{"id": id, "post": strings.Repeat("a", 300)}, 400, core.CodeTextTooLong, []string{"post"}},
		"empty here":       {jsonMap{"id": id, "post": ""}, 400, core.CodeParameters, []string{"post"}},
		"mentions of none": {jsonMap{"id": id, "mentions": []any{jsonMap{"id": "1"}}, "notes": "a"}, 400, core.CodeParameters, []string{"mentions"}},
		"wrong course": {
			jsonMap{"id": id, "scheduleDate": "", "approved": "yes", "scheduledPause": 1, "firstComment": "x", "scriptedOption": jsonMap{"altText": []string{"a"}}, "mediaUrls": []string{"x"}},
			400, core.CodeParameters,
			[]string{"approved", "firstComment", "mediaUrls[0]", "scheduleDate", "scheduledPause", "scriptedOption"},
		},
		"elsewhere":   {jsonMap{"id": id, "platforms": []string{"scripted"}, "accountIds": []string{"x"}}, 409, core.CodeNotChangeable, []string{"accountIds", "platforms"}},
		"far ahead":   {jsonMap{"id": id, "scheduleDate": "2099-01-01T00:00:00Z"}, 400, core.CodeParameters, []string{"scheduleDate"}},
		"too late":    {jsonMap{"id": id, "scheduleDate": "2027-06-01T00:00:00Z"}, 409, core.CodeNotChangeable, []string{"scheduleDate"}},
		"no approval": {jsonMap{"id": id, "approved": true}, 409, core.CodeNotChangeable, []string{"approved"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := s.with(t).call(http.MethodPatch, "/post", tt.body).want(tt.status)
			equal(t, tt.fields, r.fields())
			equal(t, tt.code, r.problems()[0].Code)
		})
	}
}

// entry returns what a post shows of its only account.
func (s *server) entry(id string) jsonMap {
	s.t.Helper()
	return s.call(http.MethodGet, "/post/"+id, nil).want(http.StatusOK).object()["postIds"].([]any)[0].(jsonMap)
}

// Whether the comments are closed, a post shows as the last change left it.
func TestCommentsClosedAndOpened(t *testing.T) {
	t.Parallel()
	s, forum := newForum(t)
	id, remoteID := s.publish("Hello")
	s.call(http.MethodPatch, "/post", jsonMap{"id": id, "disableComments": false}).want(http.StatusOK)
	equal(t, any(nil), s.entry(id)["disableComments"])
	for _, closed := range []bool{true, false, true} {
		s.call(http.MethodPatch, "/post", jsonMap{"id": id, "disableComments": closed}).want(http.StatusOK)
		want := map[bool]string{true: "success", false: "skipped"}[closed]
		equal(t, any(jsonMap{"status": want}), s.entry(id)["disableComments"])
		equal(t, []any{closed, closed}, []any{forum.Closed(remoteID), s.call(http.MethodGet, "/post/"+id, nil).object()["disableComments"]})
	}
}

// A change of which the first half is carried out says so, and names the other half.
func TestHalfOfAChange(t *testing.T) {
	t.Parallel()
	s, _ := newForum(t)
	id, _ := s.publish("Hello")
	change := jsonMap{"id": id, "post": "Hello again", "disableComments": true, "notes": "n"}
	s.network.Next(coretest.OpSetComments, coretest.Answer(400, 0))
	r := s.call(http.MethodPatch, "/post", change).want(http.StatusBadRequest)
	equal(t, []string{"disableComments"}, r.fields())
	message, help := r.said()
	for _, part := range []string{"the text is changed", "the notes are saved"} {
		if !strings.Contains(message, part) {
			t.Errorf("the message is %q, want it to say that %s", message, part)
		}
	}
	if !strings.Contains(help, "send the change again") {
		t.Errorf("the help is %q", help)
	}
	view := s.call(http.MethodGet, "/post/"+id, nil).object()
	equal(t, []any{"Hello again", "n", false}, []any{view["post"], view["notes"], view["disableComments"]})
	equal(t, any(nil), s.entry(id)["disableComments"])
	s.call(http.MethodPatch, "/post", change).want(http.StatusOK)
}

// What is gone from its network is named.
func TestChangingWhatIsGone(t *testing.T) {
	t.Parallel()
	s, _ := newForum(t)
	id, remoteID := s.publish("Hello")
	s.network.Next(coretest.OpEdit, coretest.Answer(404, 0))
	r := s.call(http.MethodPatch, "/post", jsonMap{"id": id, "post": "b"}).want(http.StatusBadRequest)
	equal(t, []string{"id"}, r.fields())
	if message, _ := r.said(); !strings.Contains(message, "scripted does not have the post "+remoteID) {
		t.Errorf("the message is %q", message)
	}
}

func TestChangingWhatFailed(t *testing.T) {
	t.Parallel()
	s, _ := newForum(t)
	s.network.Next(coretest.OpCommit, coretest.Answer(400, 0))
	id := s.call(http.MethodPost, "/post", jsonMap{"post": "a", "platforms": "scripted"}).want(http.StatusBadRequest).text("id")
	for _, change := range []jsonMap{{"id": id, "post": "b"}, {"id": id, "disableComments": true}} {
		message, help := s.call(http.MethodPatch, "/post", change).want(http.StatusConflict).said()
		equal(t, "the post has failed, and nothing of it is to go out any more", message)
		if !strings.Contains(help, "POST /post/copy creates it anew") {
			t.Errorf("the help is %q", help)
		}
	}
}

// A change that makes a post the duplicate of another is refused, unless that is wanted.
func TestChangeToADuplicate(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(o *options) { o.unique = true })
	var id string
	for _, text := range []string{"One", "Two"} {
		id = s.call(http.MethodPost, "/post", jsonMap{
			"post": text, "platforms": "scripted", "scheduleDate": s.clock.Now().AddDate(0, 0, 1),
		}).want(http.StatusOK).text("id")
	}
	change := func(more jsonMap) *response {
		body := jsonMap{"id": id, "post": "One"}
		maps.Copy(body, more)
		return s.call(http.MethodPatch, "/post", body)
	}
	equal(t, core.CodeDuplicate, change(nil).want(http.StatusBadRequest).problems()[0].Code)
	equal(t, core.CodeDuplicate, change(jsonMap{"allowDuplicate": false}).want(http.StatusBadRequest).problems()[0].Code)
	equal(t, 0, len(change(jsonMap{"allowDuplicate": true}).want(http.StatusOK).warnings()))
	equal(t, "One", s.call(http.MethodGet, "/post/"+id, nil).want(http.StatusOK).text("post"))
	s.call(http.MethodPatch, "/post", jsonMap{"id": id, "allowDuplicate": true}).want(http.StatusBadRequest)
}
