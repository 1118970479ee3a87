package api_test

import (
	"encoding/json"
	"net/http"
	"strconv"
	"testing"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
)

// What a network warns of while something is done below a post, or to it, is told with the
// account that it concerns.
func TestWarningsOfNetworks(t *testing.T) {
	t.Parallel()
	s, _ := newForum(t)
	id, _ := s.publish("Hello")
	comment := s.call(http.MethodPost, "/comments", jsonMap{"id": id, "comment": "More"}).want(http.StatusOK).text("commentId")
	nobody := []any{jsonMap{"name": "Ann"}, jsonMap{"name": coretest.Nobody}}
	want := []any{jsonMap{
		"code": float64(core.CodeMention), "platform": "scripted", "accountId": s.account.ID,
		"field": "mentions[1]", "message": "this network cannot mention Nobody",
	}}
	for name, ask := range map[string]func(*server) *response{
		"comment": func(s *server) *response {
			return s.call(http.MethodPost, "/comments", jsonMap{"id": id, "comment": "{{0}} {{1}}", "mentions": nobody})
		},
		"reply": func(s *server) *response {
			return s.call(http.MethodPost, "/comments/reply", jsonMap{"commentId": comment, "comment": "{{0}} {{1}}", "mentions": nobody})
		},
		"change": func(s *server) *response {
			return s.call(http.MethodPatch, "/post", jsonMap{"id": id, "post": "{{0}} {{1}}", "mentions": nobody})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			equal(t, any(want), ask(s.with(t)).want(http.StatusOK).object()["warnings"])
		})
	}
}

// Of what fails in the end, the warnings are told, too.
func TestWarningsOfWhatFails(t *testing.T) {
	t.Parallel()
	s, _ := newForum(t)
	id, _ := s.publish("Hello")
	s.network.Next(coretest.OpEdit, coretest.Answer(403, 0))
	failed := s.call(http.MethodPatch, "/post", jsonMap{
		"id": id, "post": "{{0}}", "mentions": []any{jsonMap{"name": coretest.Nobody}},
	}).want(http.StatusBadRequest)
	equal(t, map[string]string{"mentions[0]": "this network cannot mention Nobody"}, failed.warnings())
}

// A list that is not all there is says so, also when it is kept.
func TestWarningsOfAKeptList(t *testing.T) {
	t.Parallel()
	s, forum := newForum(t)
	id, remoteID := s.publish("Hello")
	for i := range coretest.MaxComments + 1 {
		forum.Overhear(remoteID, "bob", strconv.Itoa(i))
	}
	for range 2 {
		list := s.call(http.MethodGet, "/comments/"+id, nil).want(http.StatusOK)
		equal(t, any([]any{jsonMap{"platform": "scripted", "accountId": s.account.ID, "message": "some comments are missing"}}), list.object()["warnings"])
	}
	equal(t, 1, len(s.network.Calls(coretest.OpComments)))
}

// said returns what the answer's first error tells people.
func (r *response) said() (message, help string) {
	r.t.Helper()
	var body struct {
		Message, Help string
		Errors        []struct{ Message, Help string }
	}
	if err := json.Unmarshal(r.body, &body); err != nil {
		r.t.Fatalf("%s: %v\n%s", r, err, r.body)
	}
	if len(body.Errors) > 0 {
		return body.Errors[0].Message, body.Errors[0].Help
	}
	return body.Message, body.Help
}
