package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/store"
)

// What is done once a post is published says what its state means, and does not ask for
// what would do it twice.
func TestFollowUpsTellTheWayOut(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	trouble := &core.Error{Kind: core.KindTemporary, Message: "no answer"}
	const comment, closing, inspect = core.FollowUpComment, core.FollowUpNoComments, core.FollowUpInspect
	tests := map[string]struct {
		f            core.FollowUp
		status, help string
	}{
		"tried again":          {core.FollowUp{Name: comment, State: core.FollowUpPending, Error: trouble}, "pending", "Nothing is to be done"},
		"being found out":      {core.FollowUp{Name: comment, State: core.FollowUpSending, Error: trouble}, "sending", "Nothing is to be done"},
		"given up":             {core.FollowUp{Name: comment, State: core.FollowUpFailed, Error: trouble}, "error", "POST /comments"},
		"not closed":           {core.FollowUp{Name: closing, State: core.FollowUpFailed, Error: trouble}, "error", "PATCH /post"},
		"not known":            {core.FollowUp{Name: comment, State: core.FollowUpUncertain, Error: &core.Error{Kind: core.KindUncertain}}, "uncertain", "Look at the account"},
		"with its own way out": {core.FollowUp{Name: comment, State: core.FollowUpFailed, Error: &core.Error{Kind: core.KindForbidden, Help: "Open them."}}, "error", "Open them."},
		"shown":                {core.FollowUp{Name: inspect, State: core.FollowUpDone}, "success", ""},
		"gone":                 {core.FollowUp{Name: inspect, State: core.FollowUpDone, Result: map[string]any{"standing": "gone"}}, "gone", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at := s.clock.Now()
			tt.f.DueAt = at.Add(time.Minute)
			p := core.Post{ID: name, ProfileID: s.profile.ID, Status: core.PostSuccess, CreatedAt: at}
			d := core.Delivery{
				ID: "d " + name, PostID: name, ProfileID: s.profile.ID, AccountID: s.account.ID, Platform: "scripted",
				State: core.DeliveryPublished, Receipt: core.Receipt{RemoteID: "post-" + name}, FollowUps: []core.FollowUp{tt.f}, CreatedAt: at,
			}
			if err := s.store.InsertPost(t.Context(), store.NewPost{Post: p, Deliveries: []core.Delivery{d}}); err != nil {
				t.Fatal(err)
			}
			entry := s.with(t).entry(strings.ReplaceAll(name, " ", "%20"))[string(tt.f.Name)].(jsonMap)
			equal(t, any(tt.status), entry["status"])
			said, _ := entry["error"].(jsonMap)
			help, _ := said["help"].(string)
			if !strings.Contains(help, tt.help) || strings.Contains(help, "retry") || (help == "") != (tt.help == "") {
				t.Errorf("the help is %q, want it to say %q", help, tt.help)
			}
		})
	}
}

// Errors besides those of a post that is to go out do not speak of it.
func TestTheWayOutBesidesPosts(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		code core.Code
		kind core.Kind
		want string
	}{
		{core.CodeUpstreamRateLimit, core.KindRateLimited, "Wait until the network allows calls again, then send the request again."},
		{core.CodeUpstreamUnavailable, core.KindTemporary, "Send the request again later."},
		{core.CodeUpstreamInvalid, core.KindInvalid, "Correct what the message names and send the request again."},
	} {
		t.Run(tt.code.Info().Name, func(t *testing.T) {
			t.Parallel()
			s, forum := newForum(t)
			_, remoteID := s.publish("Hello")
			s.network.Always(coretest.OpComments, coretest.Fail(&core.Error{Kind: tt.kind, Code: tt.code, Message: "no"}))
			_, help := s.call(http.MethodGet, query("/comments/"+remoteID, "searchPlatformId", "true", "platform", forum.Info().Name), nil).said()
			equal(t, tt.want, help)
		})
	}
}

// What may be repeated takes no Idempotency-Key, and says so.
func TestAKeyWithoutUse(t *testing.T) {
	t.Parallel()
	s, _ := newForum(t)
	key := header{"Idempotency-Key", "k"}
	id, _ := s.publish("Hello")
	comment := s.call(http.MethodPost, "/comments", jsonMap{"id": id, "comment": "a"}, key).want(http.StatusOK)
	equal(t, map[string]string{}, comment.warnings())
	for _, r := range []*response{
		s.call(http.MethodPatch, "/post", jsonMap{"id": id, "post": "b"}, key),
		s.call(http.MethodDelete, "/comments/"+comment.text("commentId"), nil, key),
		s.call(http.MethodDelete, "/post", jsonMap{"id": id}, key),
	} {
		if said := r.want(http.StatusOK).warnings()["Idempotency-Key"]; !strings.Contains(said, "was ignored") {
			t.Errorf("%s warns %q", r, said)
		}
	}
}
