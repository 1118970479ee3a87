package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

const (
	crashKills = 50
	crashLease = 2 * time.Second
	// crashLastLook is when the last look-up for a lost answer is: after the time at
	// which a post that is not there will not appear any more.
	crashLastLook = 62 * time.Second
	// crashPatience is how long a restarted server may take to bring everything to an
	// end.
	crashPatience = time.Minute
)

// TestKilledAtAnyMoment kills the program with SIGKILL at random moments of
// 50 publishes, starts it again each time, and holds what Crier says against what
// the network has: every post exactly once, and so every first comment.
func TestKilledAtAnyMoment(t *testing.T) {
	t.Parallel()
	const seed = 20261121
	random := rand.New(rand.NewPCG(seed, seed))
	s := newServerProcess(t, sandbox.Options{Latency: sandbox.Latency{Min: time.Millisecond, Max: 25 * time.Millisecond, Seed: seed}})
	var ids []string
	for i := range crashKills {
		answer := make(chan string, 1)
		go func() { answer <- s.post(i) }()
		// The moment lies anywhere between the arrival of the request and well
		// after the answer.
		s.wait(time.Duration(random.Int64N(int64(120 * time.Millisecond))))
		s.kill()
		s.start()
		id := <-answer
		if id == "" { // nothing was promised: the client asks again, with the same key
			id = s.post(i)
		}
		if id == "" {
			t.Fatalf("post %d: no answer from a running server", i)
		}
		ids = append(ids, id)
	}
	s.kill()
	s.startAfter(crashLastLook + crashLease)
	s.checkEach(ids)
	s.checkComments(ids)
	s.kill()
}

func crashText(i int) string {
	return fmt.Sprintf("Post number %d (of %d), come what may #crash", i, crashKills)
}

func crashComment(i int) string { return fmt.Sprintf("Comment on post %d", i) }

// hasComment tells whether the i-th post has a first comment.
func hasComment(i int) bool { return i%2 == 0 }

// post asks for the i-th post, every third with a picture, and returns its id, or
// "" when there was no answer.
func (s *serverProcess) post(i int) string {
	body := map[string]any{"post": crashText(i), "platforms": []string{"linkedin"}}
	if i%3 == 0 {
		body["randomMediaUrl"] = true
	}
	if hasComment(i) {
		body["firstComment"] = map[string]any{"comment": crashComment(i)}
	}
	var answer struct{ ID string }
	if _, err := s.call(http.MethodPost, "/post", fmt.Sprintf("crash-%d", i), body, &answer); err != nil {
		return ""
	}
	return answer.ID
}

// checkEach waits until every post has ended and compares it with the network.
func (s *serverProcess) checkEach(ids []string) {
	s.t.Helper()
	deadline := time.Now().Add(crashPatience)
	said := make([]string, len(ids)) // URN that Crier names for each post
	for i, id := range ids {
		for {
			var answer struct {
				Status  string
				PostIDs []struct{ ID string } `json:"postIds"`
				Errors  []any
			}
			status, err := s.call(http.MethodGet, "/post/"+id, "", nil, &answer)
			if status == http.StatusOK && answer.Status == "success" && len(answer.PostIDs) == 1 {
				said[i] = answer.PostIDs[0].ID
				break
			}
			if time.Now().After(deadline) {
				s.t.Fatalf("post %d (%s) ended as %+v, %v", i, id, answer, err)
			}
			s.wait(20 * time.Millisecond)
		}
	}
	has := map[string][]string{} // URNs on the network by text
	for _, p := range s.network.Posts() {
		has[p.DisplayText] = append(has[p.DisplayText], p.URN)
	}
	for i := range ids {
		switch urns := has[crashText(i)]; {
		case len(urns) == 0:
			s.t.Errorf("post %d is lost: Crier says %s", i, said[i])
		case len(urns) > 1:
			s.t.Errorf("post %d went out %d times: %s", i, len(urns), strings.Join(urns, ", "))
		case urns[0] != said[i]:
			s.t.Errorf("post %d is %s on the network, but Crier says %s", i, urns[0], said[i])
		}
	}
	if len(has) != len(ids) {
		s.t.Errorf("the network has %d different texts, want %d", len(has), len(ids))
	}
}

// checkComments waits until every first comment has ended and compares it with the
// network.
func (s *serverProcess) checkComments(ids []string) {
	s.t.Helper()
	deadline := time.Now().Add(crashPatience)
	said := map[string]string{} // URN that Crier names for each comment's text
	for i, id := range ids {
		for hasComment(i) {
			var answer struct {
				PostIDs []struct {
					FirstComment struct{ Status, CommentID string } `json:"firstComment"`
				} `json:"postIds"`
			}
			_, err := s.call(http.MethodGet, "/post/"+id, "", nil, &answer)
			if err == nil && len(answer.PostIDs) == 1 && answer.PostIDs[0].FirstComment.Status == "success" {
				said[crashComment(i)] = answer.PostIDs[0].FirstComment.CommentID
				break
			}
			if time.Now().After(deadline) {
				s.t.Fatalf("the comment on post %d (%s) ended as %+v, %v", i, id, answer, err)
			}
			s.wait(20 * time.Millisecond)
		}
	}
	has := map[string]string{}
	for _, c := range s.network.Comments("") {
		if _, twice := has[c.Text]; twice {
			s.t.Errorf("%q was written twice", c.Text)
		}
		has[c.Text] = c.URN
	}
	if diff := cmp.Diff(has, said); diff != "" {
		s.t.Errorf("comments on the network (-) and those that Crier names (+): %s", diff)
	}
}
