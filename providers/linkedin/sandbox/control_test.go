package sandbox_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

func TestControlShowsPosts(t *testing.T) {
	t.Parallel()
	b := start(t)
	id := b.image(sandbox.PageURN, pngOf(t, 6, 4))
	urn := b.post(m{"commentary": `Hi \#1 (cut`, "content": m{"media": m{"id": id, "altText": "<alt>", "title": "t"}}})
	gone := b.post(m{"author": sandbox.JaneURN})
	b.want(http.StatusNoContent, "DELETE", "/rest/posts/"+enc(gone), "")
	var posts []sandbox.Post
	b.want(http.StatusOK, "GET", "/sandbox/posts", "", without("Authorization")).decode(t, &posts)
	image := b.Images()[0]
	want := []sandbox.Post{{
		URN: urn, Author: sandbox.PageURN, AuthorName: "Crier Demo", Commentary: `Hi \#1 (cut`, DisplayText: "Hi #1 ", Cut: true,
		Visibility: "PUBLIC", Lifecycle: "PUBLISHED", CommentsState: "OPEN", Activity: activityOf(b, urn), CreatedAt: b.clock.Now(), URL: b.url + "/feed/update/" + urn + "/",
		Media: []sandbox.Media{{
			ID: id, Kind: "image", AltText: "<alt>", Title: "t", ContentType: "image/png", Width: 6, Height: 4, Size: image.Size, SHA256: image.SHA256,
			DownloadURL: b.url + "/dms/image/" + strings.TrimPrefix(id, "urn:li:image:"),
		}},
	}}
	if diff := cmp.Diff(want, posts); diff != "" {
		t.Errorf("posts (-want +got):\n%s", diff)
	}
	b.want(http.StatusOK, "GET", posts[0].Media[0].DownloadURL, "", without("Authorization"))
	b.want(http.StatusOK, "GET", posts[0].URL, "", without("Authorization"))
	for target, n := range map[string]int{
		"/sandbox/posts?deleted=true":              2,
		"/sandbox/posts?author=" + sandbox.JaneURN: 0,
		"/sandbox/posts?author=" + sandbox.PageURN: 1,
	} {
		var list []sandbox.Post
		b.want(http.StatusOK, "GET", target, "").decode(t, &list)
		if len(list) != n {
			t.Errorf("%s: %d posts, want %d", target, len(list), n)
		}
	}
	var one sandbox.Post
	b.want(http.StatusOK, "GET", "/sandbox/posts/"+urn, "").decode(t, &one)
	if diff := cmp.Diff(want[0], one); diff != "" {
		t.Errorf("one post (-want +got):\n%s", diff)
	}
	b.want(http.StatusNotFound, "GET", "/sandbox/posts/urn:li:share:1", "")
}

func TestControlAddsAndResets(t *testing.T) {
	t.Parallel()
	b := start(t)
	created := func(path, body string) { t.Helper(); b.want(http.StatusCreated, "POST", path, body) }
	created("/sandbox/people", `{"id":"ann","firstName":"Ann","lastName":"Bee"}`)
	created("/sandbox/organizations", `{"id":77,"name":"Bees","followers":300,"roles":[{"person":"ann","role":"CONTENT_ADMIN"}]}`)
	created("/sandbox/tokens", `{"value":"ann-token","person":"ann","scopes":["w_organization_social","openid"],"expiresAt":"2026-11-20T10:00:00Z"}`)
	b.post(m{"author": "urn:li:organization:77"}, token("ann-token"))
	if got := b.Requests()[0].Token; got != "token of ann" {
		t.Errorf("the journal calls the token %q", got)
	}
	b.clock.Set(time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC))
	b.want(http.StatusUnauthorized, "GET", "/v2/userinfo", "", token("ann-token"))
	for path, n := range map[string]int{"/sandbox/people": 3, "/sandbox/organizations": 3, "/sandbox/tokens": 7, "/sandbox/images": 0, "/sandbox/faults": 0} {
		var list []any
		b.want(http.StatusOK, "GET", path, "").decode(t, &list)
		if len(list) != n || list == nil {
			t.Errorf("%s: %v, want %d", path, list, n)
		}
	}
	b.image(sandbox.PageURN, pngOf(t, 2, 2))
	b.want(http.StatusNoContent, "DELETE", "/rest/posts/"+enc(b.post(nil)), "")
	b.next("PUT *", sandbox.CutBefore())
	if got := b.Counts(); got.Posts != 1 || got.Deleted != 1 || got.Images != 1 || got.Faults != 1 {
		t.Errorf("before the reset: %+v", got)
	}
	b.want(http.StatusNoContent, "POST", "/sandbox/reset", "")
	if diff := cmp.Diff(sandbox.Counts{Calls: map[string]int{}}, b.Counts()); diff != "" {
		t.Errorf("after the reset:\n%s", diff)
	}
	b.want(http.StatusUnauthorized, "GET", "/v2/userinfo", "", token("ann-token"))
	b.post(nil)
}

func TestControlFaults(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.want(http.StatusCreated, "POST", "/sandbox/faults", `{"match":"POST /rest/posts","action":"respond","status":503,"body":{"status":503},"header":{"Retry-After":"9","x-li-uuid":"mine"},"times":1}`)
	b.want(http.StatusCreated, "POST", "/sandbox/faults", `{"match":"POST /rest/posts","action":"respond","status":500,"body":"broken"}`)
	b.want(http.StatusCreated, "POST", "/sandbox/faults", `{"match":"GET *","action":"delay","delay":"90s","times":-1}`)
	var armed []struct {
		Match, Action, Delay string
		Times                int
	}
	b.want(http.StatusOK, "GET", "/sandbox/faults", "").decode(t, &armed)
	if len(armed) != 3 || armed[2].Delay != "1m30s" || armed[2].Times != -1 || armed[1].Times != 1 {
		t.Errorf("armed %+v", armed)
	}
	a := b.want(http.StatusServiceUnavailable, "POST", "/rest/posts", body(nil))
	if a.body != `{"status":503}` || a.header.Get("Retry-After") != "9" || a.header.Get("X-Li-Uuid") != "mine" || a.header.Get("Content-Type") != "application/json" {
		t.Errorf("answer %+v", a)
	}
	if a := b.want(http.StatusInternalServerError, "POST", "/rest/posts", body(nil)); a.body != "broken" {
		t.Errorf("answer %+v", a)
	}
	b.want(http.StatusNoContent, "DELETE", "/sandbox/faults", "")
	b.want(http.StatusOK, "GET", "/v2/userinfo", "")
}

func TestControlRequests(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.post(nil)
	b.want(422, "POST", "/rest/posts", body(nil))
	b.want(200, "GET", "/v2/userinfo", "")
	for query, want := range map[string][]int{
		"":                    {1, 2, 3},
		"?method=post":        {1, 2},
		"?path=/v2/":          {3},
		"?status=422":         {2},
		"?writes=true":        {1, 2},
		"?limit=1":            {3},
		"?limit=0":            {},
		"?status=201&limit=5": {1},
	} {
		var list []sandbox.Request
		b.want(http.StatusOK, "GET", "/sandbox/requests"+query, "").decode(t, &list)
		got := []int{}
		for _, r := range list {
			got = append(got, r.Seq)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", query, diff)
		}
	}
	b.want(http.StatusBadRequest, "GET", "/sandbox/requests?limit=x", "")
	b.want(http.StatusBadRequest, "GET", "/sandbox/requests?status=x", "")
}

func TestControlRefuses(t *testing.T) {
	t.Parallel()
	b := start(t)
	for _, tt := range []struct {
		name, method, target, body string
		edits                      []edit
		status                     int
		message                    string
	}{
		{"unknown key", "POST", "/sandbox/tokens", `{"val":"x"}`, nil, 400, `body: unknown field \"val\"`},
		{"half a JSON", "POST", "/sandbox/tokens", `{`, nil, 400, "body: the JSON is not complete"},
		{"no JSON", "POST", "/sandbox/tokens", `{]`, nil, 400, "body: no valid JSON at byte 2"},
		{"no body", "POST", "/sandbox/tokens", ``, []edit{with("Content-Type", "application/json")}, 400, "body: it is empty"},
		{"a list", "POST", "/sandbox/tokens", `[]`, nil, 400, "body: want an object, not array"},
		{"a string for a list", "POST", "/sandbox/tokens", `{"scopes":"openid"}`, nil, 400, "body: scopes: want a list, not string"},
		{"a number for a string", "POST", "/sandbox/tokens", `{"value":1.5}`, nil, 400, "body: value: want a string, not number"},
		{"a string for a truth", "POST", "/sandbox/tokens", `{"revoked":"yes"}`, nil, 400, "body: revoked: want true or false, not string"},
		{"a string for a number", "POST", "/sandbox/organizations", `{"id":"77"}`, nil, 400, "body: id: want a whole number, not string"},
		{"a role of another form", "POST", "/sandbox/organizations", `{"roles":[{"person":1}]}`, nil, 400, "person: want a string, not number"},
		{"a bad time", "POST", "/sandbox/tokens", `{"expiresAt":"soon"}`, nil, 400, "body: want times of the form"},
		{"a number for a time", "POST", "/sandbox/tokens", `{"expiresAt":17}`, nil, 400, "body: want times of the form"},
		{"too much", "POST", "/sandbox/tokens", `"` + strings.Repeat("x", 1<<20) + `"`, nil, 413, "body: more than 1048576 bytes"},
		{"two values", "POST", "/sandbox/tokens", `{"value":"x","person":"` + sandbox.JaneID + `"}{}`, nil, 400, "more than one"},
		{"form", "POST", "/sandbox/tokens", `a=b`, []edit{with("Content-Type", "text/plain")}, 415, "application/json"},
		{"token of nobody", "POST", "/sandbox/tokens", `{"value":"x","person":"y"}`, nil, 400, "add the person first"},
		{"fault without an action", "POST", "/sandbox/faults", `{"match":"* *"}`, nil, 400, "action"},
		{"fault with a bad delay", "POST", "/sandbox/faults", `{"match":"* *","action":"delay","delay":"soon"}`, nil, 400, "duration"},
		{"delay without a delay", "POST", "/sandbox/faults", `{"match":"* *","action":"delay"}`, nil, 400, "want a delay"},
		{"another method that is not taken", "PATCH", "/sandbox/faults", ``, nil, 405, "This path takes GET, HEAD, POST, DELETE"},
		{"page of another origin", "POST", "/sandbox/reset", ``, []edit{with("Sec-Fetch-Site", "cross-site")}, 403, "cross-origin"},
		{"unknown path", "GET", "/sandbox/nothing", ``, nil, 404, "No virtual resource found for /sandbox/nothing"},
		{"unknown path elsewhere", "POST", "/nothing/else", `{}`, nil, 404, "RESOURCE_NOT_FOUND"},
		{"unknown picture", "GET", "/dms/image/nothing", ``, nil, 404, "RESOURCE_NOT_FOUND"},
		{"method that is not taken", "PUT", "/sandbox/posts", ``, nil, 405, "This path takes GET, HEAD\""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := b.do(tt.method, tt.target, tt.body, tt.edits...)
			if a.status != tt.status || !strings.Contains(a.body, tt.message) {
				t.Errorf("status %d, body %s; want %d with %q", a.status, a.body, tt.status, tt.message)
			}
			if strings.Contains(a.body, "Go ") || strings.Contains(a.body, "2006") || strings.Contains(a.body, "time.Time") {
				t.Errorf("the answer speaks of Go: %s", a.body)
			}
			if got := a.header.Get("Content-Type"); got != "application/json" {
				t.Errorf("answered as %s", got)
			}
		})
	}
}
