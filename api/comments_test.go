package api_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/api"
	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/store"
)

// newForum is a server in front of a network with everything that surrounds a post.
func newForum(t *testing.T, change ...func(*options)) (*server, *coretest.Forum) {
	t.Helper()
	var forum *coretest.Forum
	s := newServer(t, append(change, func(o *options) {
		o.provider = func(p *coretest.Provider) core.Provider {
			forum = coretest.ForumOf(p)
			return forum
		}
	})...)
	return s, forum
}

// publish publishes a post and returns our id and the network's.
func (s *server) publish(text string) (id, remoteID string) {
	s.t.Helper()
	r := s.call(http.MethodPost, "/post", jsonMap{"post": text, "platforms": "scripted"}).want(http.StatusOK)
	return r.text("id"), r.object()["postIds"].([]any)[0].(jsonMap)["id"].(string)
}

// part returns what an answer has of the network.
func (r *response) part() jsonMap {
	r.t.Helper()
	part, ok := r.object()["scripted"].(jsonMap)
	if !ok {
		r.t.Fatalf("%s: no part of the network: %s", r, r.body)
	}
	return part
}

// comments returns the network's list of comments of an answer.
func (r *response) comments() []jsonMap {
	r.t.Helper()
	list, ok := r.object()["scripted"].([]any)
	if !ok {
		r.t.Fatalf("%s: no list of the network: %s", r, r.body)
	}
	out := make([]jsonMap, len(list))
	for i, one := range list {
		out[i] = one.(jsonMap)
	}
	return out
}

func TestComments(t *testing.T) {
	t.Parallel()
	s, forum := newForum(t)
	id, remoteID := s.publish("Hello")
	other := forum.Overhear(remoteID, "bob", "Nice")

	written := s.call(http.MethodPost, "/comments", jsonMap{"id": id, "comment": "More", "platforms": []string{"scripted"}, "source": "npm"}).want(http.StatusOK)
	part := written.part()
	remote := forum.Written()[1].ID
	equal(t, []any{id, "success"}, []any{written.text("id"), written.object()["status"]})
	equal(t, []any{"success", remote, "More", "scripted", s.account.ID, "urn:3"},
		[]any{part["status"], part["commentId"], part["comment"], part["platform"], part["accountId"], part["commentUrn"]})
	ours := written.text("commentId")
	equal(t, false, ours == remote)

	reply := s.call(http.MethodPost, "/comments/reply", jsonMap{"commentId": ours, "comment": "Reply"}).want(http.StatusOK)
	equal(t, []any{id, ours}, []any{reply.text("id"), reply.part()["sourceCommentId"]})
	native := s.call(http.MethodPost, "/comments/reply/"+other, jsonMap{
		"comment": "Thanks", "platforms": "scripted", "searchPlatformId": true, "postId": remoteID, "objResponse": true,
	}).want(http.StatusOK)
	equal(t, []any{id, 1}, []any{native.object()["id"], len(native.object()["warnings"].([]any))})
	equal(t, other, forum.Written()[3].ParentID)

	for _, path := range []string{"/comments/" + id, "/comments?id=" + id, query("/comments/"+remoteID, "searchPlatformId", "true", "platform", "scripted")} {
		list := s.call(http.MethodGet, path, nil).want(http.StatusOK)
		got := list.comments()
		equal(t, 2, len(got))
		equal(t, []any{"Nice", other, jsonMap{"id": "bob", "name": "Name of bob", "username": "bob"}, "bob", false, 0.0, "scripted", remoteID},
			[]any{got[0]["comment"], got[0]["commentId"], got[0]["from"], got[0]["username"], got[0]["hidden"], got[0]["likeCount"], got[0]["platform"], got[0]["postId"]})
		equal(t, []any{remote, ours, true, nil}, []any{got[1]["commentId"], got[1]["id"], got[1]["own"], got[0]["id"]})
		equal(t, any("Reply"), got[1]["replies"].([]any)[0].(jsonMap)["comment"])
		equal(t, any("Thanks"), got[0]["replies"].([]any)[0].(jsonMap)["comment"])
	}
	equal(t, 1, len(s.network.Calls(coretest.OpComments)))

	for _, path := range []string{query("/comments/"+id, "commentId", ours), query("/comments/"+ours, "commentId", "true"), query("/comments/"+id, "commentId", remote)} {
		one := s.call(http.MethodGet, path, nil).want(http.StatusOK).comments()
		equal(t, []any{1, any("More")}, []any{len(one), one[0]["comment"]})
	}

	gone := s.call(http.MethodDelete, "/comments/"+ours, jsonMap{}).want(http.StatusOK).part()
	equal(t, []any{[]any{remote}, 1.0}, []any{gone["commentIds"], gone["count"]})
	s.call(http.MethodDelete, "/comments/"+ours, nil).want(http.StatusOK)
	equal(t, 2, len(s.network.Calls(coretest.OpDeleteComment))) // a late request may have brought it back
	all := s.call(http.MethodDelete, "/comments/"+id, nil).want(http.StatusOK).part()
	equal(t, any(2.0), all["count"]) // the reply to the first, which went with it, is gone as well
	left := s.call(http.MethodGet, "/comments/"+id, nil).want(http.StatusOK).comments()
	equal(t, []any{1, []any{}}, []any{len(left), left[0]["replies"]})
	s.call(http.MethodDelete, "/comments/"+other, jsonMap{"searchPlatformId": true, "platform": "scripted"}).want(http.StatusBadRequest)
}

// The ways in which clients name a comment and its text.
func TestWaysToComment(t *testing.T) {
	t.Parallel()
	s, forum := newForum(t)
	id, remoteID := s.publish("Hello")
	s.call(http.MethodPost, "/comments", jsonMap{"id": id, "randomComment": true}).want(http.StatusOK)
	first := forum.Written()[0]
	equal(t, true, first.Text != "")
	s.call(http.MethodPost, "/comments/reply", jsonMap{
		"commentUrn": first.ID, "comment": "a", "platforms": "scripted", "postId": remoteID,
	}).want(http.StatusOK)
	equal(t, first.ID, forum.Written()[1].ParentID)
	s.call(http.MethodPost, "/comments/reply", jsonMap{
		"commentId": "ours", "commentUrn": first.ID, "searchPlatformId": true, "comment": "b", "platforms": "scripted", "postId": remoteID,
	}).want(http.StatusOK)
	equal(t, first.ID, forum.Written()[2].ParentID)
	stranger := s.call(http.MethodPost, "/comments", jsonMap{"id": id, "comment": "c", "mediaUrls": []string{"upload:none"}}).want(http.StatusBadRequest)
	equal(t, "mediaUrls[0] names no upload of this profile; it may have expired", stranger.text("message"))
	equal(t, 1, len(s.call(http.MethodGet, query("/comments/"+id, "commentId", "false"), nil).want(http.StatusOK).comments()))
}

// The age of an answer is that of its oldest part.
func TestAgeOfComments(t *testing.T) {
	t.Parallel()
	s, _ := newForum(t)
	page := s.linkPage()
	id := s.call(http.MethodPost, "/post", jsonMap{"post": "a", "platforms": "scripted", "accountIds": []string{page.ID}}).want(http.StatusOK).text("id")
	first := s.call(http.MethodGet, query("/comments/"+id, "accountIds", page.ID), nil).want(http.StatusOK)
	s.clock.Advance(30 * time.Second)
	both := s.call(http.MethodGet, "/comments/"+id, nil).want(http.StatusOK)
	equal(t, []string{first.text("lastUpdated"), first.text("nextUpdate")}, []string{both.text("lastUpdated"), both.text("nextUpdate")})
}

// Every comment that could not be deleted is told, not the first alone.
func TestCommentsThatStay(t *testing.T) {
	t.Parallel()
	s, _ := newForum(t)
	id, _ := s.publish("Hello")
	for _, text := range []string{"One", "Two", "Three"} {
		s.call(http.MethodPost, "/comments", jsonMap{"id": id, "comment": text}).want(http.StatusOK)
	}
	s.network.Next(coretest.OpDeleteComment, coretest.Answer(403, 0), coretest.Succeed, coretest.Answer(429, 0))
	r := s.call(http.MethodDelete, "/comments/"+id, nil).want(http.StatusBadRequest)
	var codes []core.Code
	for _, e := range r.problems() {
		codes = append(codes, e.Code)
	}
	equal(t, []core.Code{core.CodeForbidden, core.CodeUpstreamRateLimit}, codes)
	equal(t, any(2.0), s.call(http.MethodDelete, "/comments/"+id, nil).want(http.StatusOK).part()["count"])
}

func TestCommentsAreKeptForAMinute(t *testing.T) {
	t.Parallel()
	s, forum := newForum(t)
	id, remoteID := s.publish("Hello")
	first := s.call(http.MethodGet, "/comments/"+id, nil).want(http.StatusOK)
	at, err := time.Parse(time.RFC3339, first.text("lastUpdated"))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, at.Add(time.Minute).Format("2006-01-02T15:04:05.000Z"), first.text("nextUpdate"))
	forum.Overhear(remoteID, "bob", "Nice")
	equal(t, 0, len(s.call(http.MethodGet, "/comments/"+id, nil).want(http.StatusOK).comments()))
	s.clock.Advance(time.Minute)
	equal(t, 1, len(s.call(http.MethodGet, "/comments/"+id, nil).want(http.StatusOK).comments()))
}

func TestCommentProblems(t *testing.T) {
	t.Parallel()
	s, _ := newForum(t)
	id, _ := s.publish("Hello")
	tests := map[string]struct {
		method, path string
		body         any
		status       int
		code         core.Code
		fields       []string
	}{
		"no id":                {http.MethodPost, "/comments", jsonMap{"comment": "a"}, 400, core.CodeParameters, []string{"id"}},
		"no text":              {http.MethodPost, "/comments", jsonMap{"id": id}, 400, core.CodeParameters, []string{"comment"}},
		"text of a number":     {http.MethodPost, "/comments", jsonMap{"id": id, "comment": 1}, 400, core.CodeParameters, []string{"comment"}},
		"too long for all":     {http.MethodPost, "/comments", jsonMap{"id": id, "comment": strings.Repeat("ä", 65537)}, 400, core.CodeParameters, []string{"comment"}},
		"too long here":        {http.MethodPost, "/comments", jsonMap{"id": id, "comment": strings.Repeat("a", 101)}, 400, core.CodeParameters, []string{"comment"}},
		"two pictures":         {http.MethodPost, "/comments", jsonMap{"id": id, "comment": "a", "mediaUrls": []string{"https://a.example/1", "https://a.example/2"}}, 400, core.CodeParameters, []string{"mediaUrls[1]"}},
		"picture of another":   {http.MethodPost, "/comments", jsonMap{"id": id, "comment": "a", "mediaUrls": []string{"upload:none"}}, 400, core.CodeMediaURL, []string{"mediaUrls[0]"}},
		"unknown post":         {http.MethodPost, "/comments", jsonMap{"id": "nope", "comment": "a"}, 404, core.CodeHistoryNotFound, []string{"id"}},
		"not on that network":  {http.MethodPost, "/comments", jsonMap{"id": id, "comment": "a", "platforms": []string{"nowhere"}}, 400, core.CodeUnknownPlatform, []string{"platforms[0]"}},
		"native without place": {http.MethodPost, "/comments", jsonMap{"id": "post-1", "comment": "a", "searchPlatformId": true}, 400, core.CodeParameters, []string{"platforms"}},
		"native elsewhere":     {http.MethodPost, "/comments", jsonMap{"id": "post-1", "comment": "a", "searchPlatformId": true, "platforms": "nowhere"}, 400, core.CodeUnknownPlatform, []string{"platforms[0]"}},
		"native unknown":       {http.MethodPost, "/comments", jsonMap{"id": "post-99", "comment": "a", "searchPlatformId": true, "platforms": "scripted"}, 400, core.CodeUpstreamNotFound, []string{"id"}},
		"reply to nothing":     {http.MethodPost, "/comments/reply", jsonMap{"comment": "a"}, 400, core.CodeParameters, []string{"commentId"}},
		"reply to unknown":     {http.MethodPost, "/comments/reply", jsonMap{"commentId": "nope", "comment": "a"}, 404, core.CodeCommentNotFound, []string{"commentId"}},
		"two comments":         {http.MethodPost, "/comments/reply/a", jsonMap{"commentId": "b", "comment": "a"}, 400, core.CodeParameters, []string{"commentId"}},
		"list of nothing":      {http.MethodGet, "/comments", nil, 400, core.CodeParameters, []string{"id"}},
		"list of unknown":      {http.MethodGet, "/comments/nope", nil, 404, core.CodeHistoryNotFound, []string{"id"}},
		"no such comment":      {http.MethodGet, query("/comments/"+id, "commentId", "nope"), nil, 404, core.CodeCommentNotFound, []string{"commentId"}},
		"a wrong flag":         {http.MethodGet, query("/comments/"+id, "searchPlatformId", "yes"), nil, 400, core.CodeParameters, []string{"searchPlatformId"}},
		"delete unknown":       {http.MethodDelete, "/comments/nope", nil, 404, core.CodeCommentNotFound, []string{"id"}},
		"hide":                 {http.MethodDelete, "/comments/" + id, jsonMap{"hide": true}, 400, core.CodeUnsupported, []string{"hide"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := s.with(t).call(tt.method, tt.path, tt.body).want(tt.status)
			equal(t, tt.fields, r.fields())
			equal(t, tt.code, r.problems()[0].Code)
		})
	}
}

func TestCommentsOnANetworkWithout(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	id, _ := s.publish("Hello")
	for _, r := range []*response{
		s.call(http.MethodPost, "/comments", jsonMap{"id": id, "comment": "a"}),
		s.call(http.MethodGet, "/comments/"+id, nil),
		s.call(http.MethodDelete, "/comments/"+id, nil),
		s.call(http.MethodPatch, "/post", jsonMap{"id": id, "post": "b"}),
		s.call(http.MethodGet, "/history/scripted", nil),
		s.call(http.MethodGet, "/brand/search/scripted?search=a", nil),
		s.call(http.MethodGet, "/audience/scripted", nil),
	} {
		equal(t, core.CodeUnsupported, r.want(http.StatusBadRequest).problems()[0].Code)
	}
	equal(t, core.CodeAnalytics, s.call(http.MethodPost, "/analytics/post", jsonMap{"id": id}).want(http.StatusBadRequest).problems()[0].Code)
}

// whileTimePasses lets the time pass that is waited for before a lost comment is looked for.
func (s *server) whileTimePasses(work func() *response) *response {
	s.t.Helper()
	looks := s.clock.Follow(func(d time.Duration) bool { return d > runnerPoll && d < 30*time.Second })
	answered := make(chan *response, 1)
	go func() {
		var r *response
		defer func() { answered <- r }()
		r = work()
	}()
	looks.Pass(s.t, "an answer", func() bool { return len(answered) > 0 })
	return s.answer(answered)
}

func TestLostComments(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		comment, find coretest.Behaviour
		status        int
		code          core.Code
		written       int
	}{
		"answer lost, found":        {coretest.LoseAnswer, coretest.Succeed, 200, 0, 1},
		"request lost, proved":      {coretest.LoseRequest, coretest.Succeed, 502, core.CodeUpstreamUnavailable, 0},
		"answer lost, not readable": {coretest.LoseAnswer, coretest.Answer(403, 0), 502, core.CodeUncertain, 1},
		"never sent":                {coretest.Refuse, coretest.Succeed, 502, core.CodeUpstreamUnavailable, 0},
		"refused":                   {coretest.Answer(403, 0), coretest.Succeed, 400, core.CodeForbidden, 0},
		"limited":                   {coretest.Answer(429, time.Hour), coretest.Succeed, 429, core.CodeUpstreamRateLimit, 0},
		"panic":                     {coretest.Panic("broken"), coretest.Answer(403, 0), 502, core.CodeUncertain, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, forum := newForum(t)
			id, _ := s.publish("Hello")
			s.network.Next(coretest.OpComment, tt.comment)
			s.network.Always(coretest.OpFindComment, tt.find)
			key := header{"Idempotency-Key", "k"}
			ask := func() *response {
				return s.call(http.MethodPost, "/comments", jsonMap{"id": id, "comment": "a"}, key)
			}
			r := s.whileTimePasses(ask).want(tt.status)
			if tt.code != 0 {
				equal(t, tt.code, r.problems()[0].Code)
			}
			equal(t, tt.written, len(forum.Written()))
			again := s.whileTimePasses(ask).want(tt.status)
			equal(t, []string{string(r.body), "true"}, []string{string(again.body), again.header.Get("Idempotency-Replayed")})
			equal(t, 1, len(s.network.Calls(coretest.OpComment)))
		})
	}
}

func TestCommentKeys(t *testing.T) {
	t.Parallel()
	s, forum := newForum(t)
	id, _ := s.publish("Hello")
	key := header{"Idempotency-Key", "k"}
	bad := jsonMap{"id": id, "comment": strings.Repeat("a", 101)}
	s.call(http.MethodPost, "/comments", bad, key).want(http.StatusBadRequest)
	good := jsonMap{"id": id, "comment": "a"}
	first := s.call(http.MethodPost, "/comments", good, key).want(http.StatusOK) // the key was not used up
	equal(t, string(first.body), string(s.call(http.MethodPost, "/api/comments", good, key).want(http.StatusOK).body))
	equal(t, 1, len(forum.Written()))
	equal(t, core.CodeKeyConflict, s.call(http.MethodPost, "/comments", bad, key).want(http.StatusUnprocessableEntity).problems()[0].Code)
	s.call(http.MethodPost, "/post", jsonMap{"post": "x", "platforms": "scripted"}, key).want(http.StatusUnprocessableEntity)
	s.call(http.MethodPost, "/comments", good, header{"Idempotency-Key", "ä"}).want(http.StatusBadRequest)
	s.call(http.MethodPost, "/comments", good).want(http.StatusOK)
	equal(t, 2, len(forum.Written()))
}

// answering is a store of requests in which storing an answer fails as it is told to.
type answering struct {
	store.Requests
	fail func(r store.Request) error
}

func (a answering) AnswerRequest(ctx context.Context, r store.Request) error {
	if err := a.fail(r); err != nil {
		return err
	}
	return a.Requests.AnswerRequest(ctx, r)
}

func (a answering) ClaimRequest(ctx context.Context, r store.Request) error {
	if err := a.fail(r); err != nil {
		return err
	}
	return a.Requests.ClaimRequest(ctx, r)
}

func withAnswers(fail func(r store.Request) error) func(*options) {
	return func(o *options) {
		o.api = func(c *api.Config) { c.Requests = answering{c.Requests, fail} }
	}
}

// elsewhere is a store of requests on which another server is faster: it claims a key right
// before this one does, for a request with a body of which the hash may be another.
type elsewhere struct {
	store.Requests
	hash []byte // nil: the same
}

func (e elsewhere) ClaimRequest(ctx context.Context, r store.Request) error {
	other := r
	if e.hash != nil {
		other.BodyHash = e.hash
	}
	if err := e.Requests.ClaimRequest(ctx, other); err != nil {
		return err
	}
	return e.Requests.ClaimRequest(ctx, r)
}

// TestCommentKeyThatAnotherProcessTook: of two servers that get requests with the same key at
// the same moment, one carries its request out.
func TestCommentKeyThatAnotherProcessTook(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		hash   []byte
		status int
		code   core.Code
	}{
		"same body":    {nil, http.StatusConflict, core.CodeKeyInProgress},
		"another body": {[]byte("another"), http.StatusUnprocessableEntity, core.CodeKeyConflict},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, forum := newForum(t, func(o *options) { o.api = func(c *api.Config) { c.Requests = elsewhere{c.Requests, tc.hash} } })
			id, _ := s.publish("Hello")
			r := s.call(http.MethodPost, "/comments", jsonMap{"id": id, "comment": "a"}, header{"Idempotency-Key", "k"})
			equal(t, tc.code, r.want(tc.status).problems()[0].Code)
			equal(t, 0, len(forum.Written()))
		})
	}
}

// A comment whose answer was not kept, as when the server stops before it, is never written
// a second time: at first it counts as under way, and then as uncertain.
func TestCommentWithoutAKeptAnswer(t *testing.T) {
	t.Parallel()
	s, forum := newForum(t, withAnswers(func(r store.Request) error {
		if r.Status != 0 {
			return errors.New("the disk is full")
		}
		return nil
	}))
	id, _ := s.publish("Hello")
	ask := func() *response {
		return s.call(http.MethodPost, "/comments", jsonMap{"id": id, "comment": "a"}, header{"Idempotency-Key", "k"})
	}
	first := ask().want(http.StatusOK)
	s.clock.Advance(2*time.Minute - time.Second)
	equal(t, core.CodeKeyInProgress, ask().want(http.StatusConflict).problems()[0].Code)
	s.clock.Advance(time.Second)
	s.network.Next(coretest.OpFindComment, coretest.Answer(403, 0))
	equal(t, core.CodeUncertain, ask().want(http.StatusBadGateway).problems()[0].Code)
	equal(t, core.CodeKeyInProgress, ask().want(http.StatusConflict).problems()[0].Code) // as far as is stored
	s.clock.Advance(2 * time.Minute)
	equal(t, string(first.body), string(ask().want(http.StatusOK).body)) // found, and known from before
	equal(t, 1, len(forum.Written()))
}

// The same request is never sent again, but a minute later it looks again for a comment of
// which nothing was known; what it finds is the answer from then on.
func TestLookingAgainForALostComment(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		comment coretest.Behaviour
		status  int
		code    core.Code
	}{
		"written":     {coretest.LoseAnswer, 200, 0},
		"not written": {coretest.LoseRequest, 502, core.CodeUpstreamUnavailable},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, forum := newForum(t)
			id, _ := s.publish("Hello")
			s.network.Next(coretest.OpComment, tt.comment)
			s.network.Next(coretest.OpFindComment, coretest.Answer(403, 0), coretest.Answer(503, 0))
			ask := func() *response {
				return s.call(http.MethodPost, "/comments", jsonMap{"id": id, "comment": "a"}, header{"Idempotency-Key", "k"})
			}
			lost := s.whileTimePasses(ask).want(http.StatusBadGateway)
			equal(t, core.CodeUncertain, lost.problems()[0].Code)
			equal(t, "true", ask().want(http.StatusBadGateway).header.Get("Idempotency-Replayed"))
			s.clock.Advance(time.Minute)
			equal(t, core.CodeUncertain, ask().want(http.StatusBadGateway).problems()[0].Code) // the network does not answer
			equal(t, "true", ask().want(http.StatusBadGateway).header.Get("Idempotency-Replayed"))
			s.clock.Advance(time.Minute)
			now := ask().want(tt.status)
			if tt.code != 0 {
				equal(t, tt.code, now.problems()[0].Code)
			} else {
				s.call(http.MethodDelete, "/comments/"+now.text("commentId"), nil).want(http.StatusOK)
				equal(t, 0, len(forum.Written()))
			}
			again := ask().want(tt.status)
			equal(t, []string{string(now.body), "true"}, []string{string(again.body), again.header.Get("Idempotency-Replayed")})
			equal(t, []int{1, 3}, []int{len(s.network.Calls(coretest.OpComment)), len(s.network.Calls(coretest.OpFindComment))})
		})
	}
}

// Ids of some networks have slashes. In a path they are escaped.
func TestCommentsOfAnEscapedID(t *testing.T) {
	t.Parallel()
	s, forum := newForum(t)
	const native = "at://did:plc:a/b c+d%2F?e"
	path := "/comments/" + url.PathEscape(native)
	s.call(http.MethodGet, query("/api"+path, "searchPlatformId", "true", "platform", "scripted"), nil).want(http.StatusOK)
	s.call(http.MethodDelete, path, jsonMap{"searchPlatformId": true, "platform": "scripted", "postId": "p"}).want(http.StatusOK)
	for _, op := range []coretest.Op{coretest.OpComments, coretest.OpDeleteComment} {
		if calls := forum.Calls(op); len(calls) != 1 || calls[0].Item != native {
			t.Errorf("%s: %+v, want one of %s", op, calls, native)
		}
	}
	s.call(http.MethodGet, "/comments/a/b", nil).want(http.StatusNotFound)
}
