package api_test

import (
	"maps"
	"net/http"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
)

// inAnHour schedules a post in an hour.
func (s *server) inAnHour(body jsonMap) string {
	s.t.Helper()
	full := jsonMap{"post": "Later", "platforms": "scripted", "scheduleDate": s.clock.Now().Add(time.Hour)}
	maps.Copy(full, body)
	return s.call(http.MethodPost, "/post", full).want(http.StatusOK).text("id")
}

// patch changes a post, and returns what it is then: its state, its time, and whether it is
// paused.
func (s *server) patch(method, id string, change jsonMap) []any {
	s.t.Helper()
	change["id"] = id
	o := s.call(method, "/post", change).want(http.StatusOK).object()
	if o["status"] != "success" || o["id"] != id {
		s.t.Errorf("the answer is %v", o)
	}
	return []any{o["postStatus"], o["scheduleDate"], o["scheduledPaused"]}
}

func (s *server) view(id string) jsonMap {
	s.t.Helper()
	return s.call(http.MethodGet, "/post/"+id, nil).want(http.StatusOK).object()
}

// listed counts the posts of a state.
func (s *server) listed(status string) int {
	s.t.Helper()
	return len(s.call(http.MethodGet, "/history?status="+status, nil).want(http.StatusOK).object()["history"].([]any))
}

func TestScheduledPostIsPausedMovedAndResumed(t *testing.T) {
	t.Parallel()
	for _, method := range []string{http.MethodPatch, http.MethodPut} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			s, forum := newForum(t)
			s.assets.Add(coretest.Picture("https://media.example/a.png", 8, 8))
			id := s.inAnHour(nil)
			first, second := s.clock.Now().Add(time.Hour).Format(time.RFC3339), s.clock.Now().Add(3*time.Hour).Format(time.RFC3339)
			for range 2 { // clients repeat it
				equal(t, []any{"paused", first, true}, s.patch(method, id, jsonMap{"scheduledPause": true}))
			}
			equal(t, []any{"paused", true}, []any{s.view(id)["status"], s.view(id)["scheduledPaused"]})
			equal(t, []int{1, 0}, []int{s.listed("paused"), s.listed("pending")})
			equal(t, []any{"paused", second, true}, s.patch(method, id, jsonMap{"scheduleDate": second}))
			equal(t, []any{"pending", second, false}, s.patch(method, id, jsonMap{"scheduledPause": false}))
			equal(t, []int{0, 1}, []int{s.listed("paused"), s.listed("pending")})
			equal(t, []any{"pending", second, false}, s.patch(method, id, jsonMap{
				"post": "Changed", "mediaUrls": []string{"https://media.example/a.png"}, "scriptedOptions": jsonMap{"altText": []string{"A picture"}},
			}))
			s.clock.Advance(4 * time.Hour)
			s.settle(id)
			posts := forum.Timeline()
			if len(posts) != 1 || posts[0].Text != "Changed" || len(posts[0].Media) != 1 || posts[0].Media[0].AltText != "A picture" {
				t.Errorf("published %+v", posts)
			}
			if late, _ := s.entry(id)["lateSeconds"].(float64); late < 3600 || late > 2*3600 {
				t.Errorf("late by %v s, want about an hour", late)
			}
		})
	}
}

// A time that has passed sends the post now, and so does resuming it too late; it is not late
// then, for it was held on purpose.
func TestReleasedAtOnce(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]jsonMap{
		"moved":   {"scheduledPause": false, "scheduleDate": coretest.Epoch()},
		"resumed": {"scheduledPause": false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, forum := newForum(t)
			id := s.inAnHour(nil)
			s.patch(http.MethodPatch, id, jsonMap{"scheduledPause": true})
			s.clock.Advance(2 * time.Hour)
			s.patch(http.MethodPatch, id, change)
			s.settle(id)
			equal(t, 1, len(forum.Timeline()))
			if late, _ := s.entry(id)["lateSeconds"].(float64); late >= 3600 { // the clock runs while the post is awaited
				t.Errorf("late by %v s", late)
			}
			equal(t, any("success"), s.patch(http.MethodPatch, id, change)[0]) // repeated
		})
	}
}

func TestApproval(t *testing.T) {
	t.Parallel()
	s, forum := newForum(t)
	r := s.call(http.MethodPost, "/post", jsonMap{"post": "Please look", "platforms": "scripted", "requiresApproval": true}).want(http.StatusOK)
	id := r.text("id")
	equal(t, []any{"awaiting approval", "Please look", nil}, []any{r.object()["status"], r.object()["post"], r.object()["scheduleDate"]})
	equal(t, []int{1, 0}, []int{s.listed("awaiting+approval"), s.listed("pending")})
	before := s.view(id)
	equal(t, []any{"awaiting approval", true, nil, nil}, []any{before["status"], before["requiresApproval"], before["approved"], before["progress"]})
	s.patch(http.MethodPatch, id, jsonMap{"post": "Looked at"})
	equal(t, any("awaiting approval"), s.patch(http.MethodPatch, id, jsonMap{"approved": false})[0])
	s.patch(http.MethodPut, id, jsonMap{"approved": true})
	s.settle(id)
	s.patch(http.MethodPut, id, jsonMap{"approved": true})
	after := s.view(id)
	equal(t, []any{"success", true, true, "now"}, []any{after["status"], after["requiresApproval"], after["approved"], after["type"]})
	if posts := forum.Timeline(); len(posts) != 1 || posts[0].Text != "Looked at" {
		t.Errorf("published %+v", posts)
	}
}

// What waits for approval is checked at once, as a scheduled post is.
func TestApprovalIsAskedForGoodPosts(t *testing.T) {
	t.Parallel()
	s, _ := newForum(t)
	s.assets.Next("https://media.example/gone.png", coretest.Fail(&core.Error{Kind: core.KindMedia, Code: core.CodeMediaURL, Field: "mediaUrls[0]", Message: "not there"}))
	r := s.call(http.MethodPost, "/post", jsonMap{
		"post": "a", "platforms": "scripted", "requiresApproval": true, "mediaUrls": []string{"https://media.example/gone.png"},
	}).want(http.StatusBadRequest)
	equal(t, []string{"mediaUrls[0]"}, r.fields())
}

// A post whose time has come and that could not be sent tells how late it is by now.
func TestOverdue(t *testing.T) {
	t.Parallel()
	s, _ := newForum(t)
	s.network.Always(coretest.OpPreflight, coretest.Answer(429, time.Hour))
	id := s.inAnHour(jsonMap{"validateScheduled": false})
	late := func() float64 {
		progress := s.view(id)["progress"].([]any)
		seconds, _ := progress[0].(jsonMap)["lateSeconds"].(float64)
		return seconds
	}
	equal(t, 0.0, late())
	s.clock.Advance(time.Hour + 90*time.Second)
	equal(t, 90.0, late())
}

// The files of a held post stay for as long as it may be held, and are not removed by hand.
func TestUploadsOfHeldPosts(t *testing.T) {
	t.Parallel()
	s, _ := withVideos(t)
	held := map[string]func(id string){
		"paused": func(id string) { s.patch(http.MethodPatch, id, jsonMap{"scheduledPause": true}) }, "to be approved": func(string) {},
	}
	for name, hold := range held {
		u := s.keepFile(s.profile.ID, "a.png", string(picture()))
		hold(s.inAnHour(jsonMap{"requiresApproval": name == "to be approved", "mediaUrls": []string{"upload:" + u.ID}}))
		s.call(http.MethodDelete, "/media/"+u.ID, nil).want(http.StatusConflict)
		kept, err := s.store.GetUpload(t.Context(), u.ID)
		if err != nil || kept.ExpiresAt.Before(s.clock.Now().AddDate(1, 0, 0)) {
			t.Errorf("%s: kept until %v, %v; want for a year", name, kept.ExpiresAt, err)
		}
	}
	equal(t, 2, len(s.call(http.MethodDelete, "/post", jsonMap{"deleteAllScheduled": true}).want(http.StatusOK).object()["posts"].([]any)))
}

// The files of a new content are kept for it, and those of others are refused.
func TestUploadsOfAChange(t *testing.T) {
	t.Parallel()
	s, _ := withVideos(t)
	id := s.inAnHour(nil)
	u := s.keepFile(s.profile.ID, "a.png", string(picture()))
	s.patch(http.MethodPatch, id, jsonMap{"mediaUrls": []string{"upload:" + u.ID}, "scheduleDate": s.clock.Now().AddDate(0, 6, 0)})
	kept, err := s.store.GetUpload(t.Context(), u.ID)
	if err != nil || !kept.ExpiresAt.Equal(s.clock.Now().AddDate(0, 6, 7)) {
		t.Errorf("kept until %v, %v; want a week longer than the post needs it", kept.ExpiresAt, err)
	}
	s.patch(http.MethodPatch, id, jsonMap{"scheduleDate": s.clock.Now().AddDate(0, 8, 0)})
	if kept, err = s.store.GetUpload(t.Context(), u.ID); err != nil || !kept.ExpiresAt.Equal(s.clock.Now().AddDate(0, 8, 7)) {
		t.Errorf("kept until %v, %v; want as long as the post was moved", kept.ExpiresAt, err)
	}
	foreign := s.keepFile("another profile", "a.png", string(picture()))
	equal(t, []string{"mediaUrls[0]"}, s.call(http.MethodPatch, "/post", jsonMap{"id": id, "mediaUrls": []string{"upload:" + foreign.ID}}).want(http.StatusBadRequest).fields())
}
