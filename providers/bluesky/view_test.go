package bluesky_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/providers/bluesky"
)

const (
	aliceDID  = "did:plc:alicealicealicealicealic"
	bobDID    = "did:plc:bobbobbobbobbobbobbobbob"
	alicePost = "at://" + aliceDID + "/app.bsky.feed.post/3l3qo2vutsw2b"
)

// script is a server that gives fixed answers, for what no sandbox says: by the path below
// /xrpc/, a status and a body. What is not there is answered as a server does that does not
// know the method.
type script struct {
	*httptest.Server

	mu      sync.Mutex
	answers map[string]answer
	asked   []string
}

type answer struct {
	status int
	body   string
}

func newScript(t *testing.T) (*script, *bluesky.Provider) {
	t.Helper()
	s := &script{answers: map[string]answer{}}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	clock := coretest.NewClock(coretest.Epoch())
	clock.SkipWaits()
	p, err := bluesky.New(bluesky.Config{
		PLCURL: s.URL + "/plc", AppViewURL: s.URL, VideoURL: s.URL, WebURL: "https://bsky.app",
	}, bluesky.Deps{HTTP: s.Client(), Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	return s, p
}

func (s *script) says(method string, status int, body string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers[method] = answer{status, body}
}

// ServeHTTP answers.
func (s *script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	method := strings.TrimPrefix(r.URL.Path, "/xrpc/")
	s.asked = append(s.asked, method)
	a, ok := s.answers[method]
	if !ok {
		a = answer{http.StatusNotImplemented, `{"error":"MethodNotImplemented","message":"Method Not Implemented"}`}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(a.status)
	_, _ = w.Write([]byte(a.body)) // to a client in the same process
}

// session is alice's, on the script as her server.
func (s *script) session(t *testing.T, warnings *[]core.Warning) *core.Session {
	t.Helper()
	session := coretest.NewSession(t, core.Account{Platform: "bluesky", RemoteID: aliceDID, Username: "alice.test"},
		coretest.WithToken("token"), coretest.WithBinding(core.Secret(`{"pds":"`+s.URL+`"}`)))
	session.OnWarning = func(w core.Warning) {
		if warnings != nil {
			*warnings = append(*warnings, w)
		}
	}
	return session
}

func reply(rkey, did, parent, text string, likes int, below ...string) string {
	value, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return `{"$type":"app.bsky.feed.defs#threadViewPost","post":{"uri":"at://` + did + `/app.bsky.feed.post/` + rkey + `","cid":"cid-` + rkey + `",
		"author":{"did":"` + did + `","handle":"` + strings.TrimPrefix(did, "did:plc:")[:3] + `.test","displayName":"Name"},
		"record":{"$type":"app.bsky.feed.post","text":` + string(value) + `,"createdAt":"2026-01-01T00:00:` + rkey + `Z","reply":{"root":{"uri":"` + alicePost + `","cid":"c"},"parent":{"uri":"` + parent + `","cid":"c"}}},
		"likeCount":` + string(rune('0'+likes)) + `,"replyCount":` + string(rune('0'+len(below))) + `,"indexedAt":"2026-01-01T00:01:00Z"},"replies":[` + strings.Join(below, ",") + `]}`
}

func TestComments(t *testing.T) {
	t.Parallel()
	s, p := newScript(t)
	uri := func(did, rkey string) string { return "at://" + did + "/app.bsky.feed.post/" + rkey }
	const gone = `{"$type":"app.bsky.feed.defs#notFoundPost","uri":"at://x/y/z","notFound":true}`
	s.says("app.bsky.feed.getPostThread", 200, `{"thread":{"$type":"app.bsky.feed.defs#threadViewPost",
		"post":{"uri":"`+alicePost+`","cid":"c","author":{"did":"`+aliceDID+`"},"record":{},"replyCount":3},
		"replies":[`+strings.Join([]string{
		reply("30", bobDID, alicePost, "second", 2,
			reply("50", aliceDID, uri(bobDID, "30"), "answer", 0, reply("40", bobDID, uri(aliceDID, "50"), "deeper", 0))),
		reply("20", bobDID, alicePost, "first", 0), gone,
	}, ",")+`]},"threadgate":{"uri":"at://g","record":{"hiddenReplies":["`+uri(bobDID, "20")+`"]}}}`)

	var warnings []core.Warning
	got, err := p.Comments(t.Context(), s.session(t, &warnings), alicePost)
	if err != nil {
		t.Fatal(err)
	}
	at := func(second int) time.Time { return time.Date(2026, 1, 1, 0, 0, second, 0, time.UTC) }
	bob := core.Commenter{ID: bobDID, Name: "Name", Username: "bob.test"}
	extra := func(did, rkey string, replies int64) map[string]any {
		return map[string]any{"cid": "cid-" + rkey, "commentUrl": "https://bsky.app/profile/" + did + "/post/" + rkey, "replyCount": replies}
	}
	want := []core.Comment{
		{ID: uri(bobDID, "20"), PostID: alicePost, Text: "first", From: bob, CreatedAt: at(20), Hidden: true, Extra: extra(bobDID, "20", 0)},
		{ID: uri(bobDID, "30"), PostID: alicePost, Text: "second", From: bob, CreatedAt: at(30), Likes: 2, Extra: extra(bobDID, "30", 1), Replies: []core.Comment{
			{ID: uri(bobDID, "40"), PostID: alicePost, ParentID: uri(aliceDID, "50"), Text: "deeper", From: bob, CreatedAt: at(40), Extra: extra(bobDID, "40", 0)},
			{
				ID: uri(aliceDID, "50"), PostID: alicePost, ParentID: uri(bobDID, "30"), Text: "answer", Own: true, CreatedAt: at(50),
				From: core.Commenter{ID: aliceDID, Name: "Name", Username: "ali.test"}, Extra: extra(aliceDID, "50", 1),
			},
		}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if len(warnings) != 0 {
		t.Errorf("warnings: %v", warnings)
	}
}

// Replies that are not shown are told of; a post without any has an empty list.
func TestCommentsMissing(t *testing.T) {
	t.Parallel()
	s, p := newScript(t)
	for count, warned := range map[string]bool{"0": false, "4": true} {
		s.says("app.bsky.feed.getPostThread", 200, `{"thread":{"post":{"uri":"`+alicePost+`","replyCount":`+count+`},"replies":[]}}`)
		var warnings []core.Warning
		got, err := p.Comments(t.Context(), s.session(t, &warnings), alicePost)
		if err != nil || got == nil || len(got) != 0 || (len(warnings) == 1) != warned {
			t.Errorf("%s replies: %v, %v, warnings %v", count, got, err, warnings)
		}
	}
}

func TestCommentsErrors(t *testing.T) {
	t.Parallel()
	const unknown = `{"error":"NotFound","message":"Post not found"}`
	for _, tc := range []struct {
		name, post string
		thread     answer
		record     answer
		want       core.Kind
		message    string
	}{
		{"no post", "https://bsky.app/x", answer{}, answer{}, core.KindInvalid, "at://did:plc:"},
		{"a handle", "at://alice.test/app.bsky.feed.post/1", answer{}, answer{}, core.KindInvalid, "at://did:plc:"},
		{"no AppView", alicePost, answer{501, `{"error":"MethodNotImplemented"}`}, answer{}, core.KindUnsupported, "is no AppView"},
		{"another server", alicePost, answer{404, `<html>`}, answer{}, core.KindUnsupported, "is no AppView"},
		{"in trouble", alicePost, answer{503, ``}, answer{}, core.KindTemporary, "did not answer as it should"},
		{"limited", alicePost, answer{429, `{"error":"RateLimitExceeded"}`}, answer{}, core.KindRateLimited, "limit of calls of Bluesky's AppView"},
		{"only with an account", alicePost, answer{401, `{"error":"AuthMissing"}`}, answer{}, core.KindForbidden, "without an account"},
		{"gone", alicePost, answer{400, unknown}, answer{400, `{"error":"RecordNotFound"}`}, core.KindNotFound, "Post not found"},
		{"somebody else's, gone", "at://" + bobDID + "/app.bsky.feed.post/1", answer{400, unknown}, answer{}, core.KindNotFound, "Post not found"},
		{"not told of", alicePost, answer{400, unknown}, answer{200, `{"uri":"` + alicePost + `","cid":"c","value":{}}`}, core.KindUnsupported, "does not know it"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s, p := newScript(t)
			if tc.thread.status != 0 {
				s.says("app.bsky.feed.getPostThread", tc.thread.status, tc.thread.body)
			}
			if tc.record.status != 0 {
				s.says("com.atproto.repo.getRecord", tc.record.status, tc.record.body)
			}
			_, err := p.Comments(t.Context(), s.session(t, nil), tc.post)
			if e := core.AsError(err); core.KindOf(err) != tc.want || !strings.Contains(e.Message, tc.message) {
				t.Errorf("%s: %v", core.KindOf(err), err)
			}
		})
	}
}
