package crashtest

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
)

// blueskyCaller is somebody who writes records by way of a front.
type blueskyCaller struct {
	t     *testing.T
	front *front
	token string
}

// newBlueskyCaller starts a network with posts that meet no trouble, and signs its first member in.
func newBlueskyCaller(t *testing.T, posts int) *blueskyCaller {
	t.Helper()
	plan := make([]Post, posts)
	for i := range plan {
		plan[i] = Post{Number: i, Trouble: TroubleNone, CommentTrouble: TroubleNone}
	}
	f, err := newFront(Bluesky{}, Opening{Dir: t.TempDir(), Clock: core.SystemClock{}}, plan)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.close(); err != nil {
			t.Error(err)
		}
	})
	c := &blueskyCaller{t: t, front: f}
	member := f.Authors()[0]
	var session struct {
		AccessJWT string `json:"accessJwt"`
	}
	c.call("com.atproto.server.createSession", map[string]any{"identifier": member.ID, "password": member.Grant["appPassword"]}, http.StatusOK, &session)
	c.token = session.AccessJWT
	return c
}

// call makes a call that has to be answered so.
func (c *blueskyCaller) call(method string, body map[string]any, status int, answer any) {
	c.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		c.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(c.t.Context(), http.MethodPost, c.front.server.URL+"/xrpc/"+method, strings.NewReader(string(raw)))
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	res, err := c.front.server.Client().Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if raw, err = io.ReadAll(res.Body); err != nil || res.StatusCode != status {
		c.t.Fatalf("%s: %d %s %v, want %d", method, res.StatusCode, raw, err, status)
	}
	if answer != nil {
		if err := json.Unmarshal(raw, answer); err != nil {
			c.t.Fatal(err)
		}
	}
}

// put writes a post under a key and returns its address.
func (c *blueskyCaller) put(key, text string) string {
	c.t.Helper()
	var answer struct{ URI string }
	c.call("com.atproto.repo.putRecord", map[string]any{
		"repo": c.front.Authors()[0].ID, "collection": postCollection, "rkey": key,
		"record": map[string]any{"$type": postCollection, "text": text, "createdAt": "2026-11-21T00:00:00.000Z"},
	}, http.StatusOK, &answer)
	return answer.URI
}

// look reads the network, without the times of what is there.
func (c *blueskyCaller) look() View {
	c.t.Helper()
	v, err := c.front.Look(c.t.Context(), c.front.record.all())
	if err != nil {
		c.t.Fatal(err)
	}
	for i := range v.Posts {
		p := &v.Posts[i]
		if p.CreatedAt.IsZero() {
			c.t.Errorf("it is not known when this appeared: %+v", p)
		}
		*p = Seen{ID: p.ID, Author: p.Author, Text: p.Text, Shows: p.Shows}
	}
	return v
}

const (
	blueskyKey      = "3mabcdefghi2b"
	blueskyOtherKey = "3mabcdefghj2b"
)

// TestBlueskySameRecordAgain holds that a record that is sent again to its key is no repetition
// that matters, and that everything else is.
func TestBlueskySameRecordAgain(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, key, text string
		again           int
	}{
		{"the same record", blueskyKey, Post{}.Text(), 0},
		{"under another key", blueskyOtherKey, Post{}.Text(), 1},
		{"another record", blueskyKey, Post{}.NewText(), 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := newBlueskyCaller(t, 1)
			c.put(blueskyKey, Post{}.Text())
			c.put(tt.key, tt.text)
			if got := c.front.record.sentAgain(request{}); got != tt.again {
				t.Errorf("sent again: %d, want %d", got, tt.again)
			}
		})
	}
}

func TestBlueskyLook(t *testing.T) {
	t.Parallel()
	c := newBlueskyCaller(t, 2)
	gone := c.put(blueskyKey, Post{}.Text())
	c.call("com.atproto.repo.deleteRecord", map[string]any{"repo": c.front.Authors()[0].ID, "collection": postCollection, "rkey": blueskyKey}, http.StatusOK, nil)
	there := c.put(blueskyOtherKey, Post{Number: 1}.Text())
	comment := c.put("3mabcdefghk2b", Post{Number: 1}.CommentText())
	want := View{
		Posts:    []Seen{{ID: there, Author: c.front.Authors()[0].ID, Text: Post{Number: 1}.Text()}, {ID: gone, Text: Post{}.Text()}},
		Comments: []SeenComment{{ID: comment, Text: Post{Number: 1}.CommentText()}},
	}
	if diff := cmp.Diff(want, c.look()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestBlueskyKeyOfTwoPosts holds that a record key that was given to two posts is told of.
func TestBlueskyKeyOfTwoPosts(t *testing.T) {
	t.Parallel()
	c := newBlueskyCaller(t, 2)
	c.put(blueskyKey, Post{}.Text())
	c.put(blueskyKey, Post{Number: 1}.Text())
	if v := c.look(); len(v.Odd) != 1 {
		t.Errorf("%d oddities, want one: %q", len(v.Odd), v.Odd)
	}
}

// TestBlueskyRecordOfNobody holds that a record that no request has created is told of.
func TestBlueskyRecordOfNobody(t *testing.T) {
	t.Parallel()
	c := newBlueskyCaller(t, 1)
	c.put(blueskyKey, Post{}.Text())
	v, err := c.front.Look(t.Context(), nil)
	if err != nil || len(v.Odd) != 1 {
		t.Errorf("%q %v, want one oddity", v.Odd, err)
	}
}

// TestBlueskyServers holds that members are said to be where the troubles are.
func TestBlueskyServers(t *testing.T) {
	t.Parallel()
	serve := func(answer string) string {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, strings.ReplaceAll(answer, "PATH", r.URL.Path))
		}))
		t.Cleanup(s.Close)
		return s.URL
	}
	server := serve("the server's PATH")
	directory := serve(`PATH {"serviceEndpoint":"` + server + `"}`)
	h, err := BlueskyServers(server, directory, "http://front.test")
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"/xrpc/a":        "the server's /xrpc/a",
		"/plc/did:plc:a": `/did:plc:a {"serviceEndpoint":"http://front.test"}`,
	} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://front.test"+path, http.NoBody))
		if got := w.Body.String(); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}
