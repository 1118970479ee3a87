package sandbox_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

// reader is a token that LinkedIn hardly ever grants: it reads a member's own posts.
func (b *box) reader() edit {
	b.t.Helper()
	err := b.AddToken(sandbox.Token{Name: "reader", Value: "reader", Person: sandbox.JaneID, Scopes: []string{"w_member_social", "r_member_social"}})
	if err != nil {
		b.t.Fatal(err)
	}
	return token("reader")
}

func TestReadAPost(t *testing.T) {
	t.Parallel()
	b := start(t)
	id := b.image(sandbox.PageURN, pngOf(t, 2, 2))
	urn := b.post(m{"commentary": `Hi \(you\) #Go_now & @[Crier Demo](urn:li:organization:5515715) cut ( here`, "content": m{"media": m{"id": id, "altText": "alt"}}})
	now := b.clock.Now().UnixMilli()
	var got any
	b.want(http.StatusOK, "GET", "/rest/posts/"+enc(urn)+"?viewContext=AUTHOR", "").decode(t, &got)
	want := m{
		"id": urn, "author": sandbox.PageURN,
		"commentary": `Hi \(you\) {hashtag|\#|Go\_now} & @[Crier Demo](urn:li:organization:5515715) cut ( here`,
		"visibility": "PUBLIC", "distribution": m{"feedDistribution": "MAIN_FEED"}, "lifecycleState": "PUBLISHED",
		"lifecycleStateInfo":        m{"reviewStatus": "PUBLISHED", "isEditedByAuthor": false},
		"isReshareDisabledByAuthor": false, "content": m{"media": m{"id": id, "altText": "alt"}},
		"createdAt": float64(now), "publishedAt": float64(now), "lastModifiedAt": float64(now),
	}
	if diff := cmp.Diff(any(want), got); diff != "" {
		t.Errorf("post (-want +got):\n%s", diff)
	}
	post, _ := b.Post(urn)
	if want := "Hi (you) #Go_now & Crier Demo cut "; post.DisplayText != want || !post.Cut {
		t.Errorf("readers see %q (cut %v), want %q", post.DisplayText, post.Cut, want)
	}
}

func TestReadRules(t *testing.T) {
	t.Parallel()
	b := start(t)
	member, other, reader := token(sandbox.MemberToken), token(sandbox.OtherToken), b.reader()
	page := b.post(nil)
	jane := b.post(m{"author": sandbox.JaneURN})
	byAuthor := func(author string) string { return "/rest/posts?q=author&author=" + enc(author) }
	for _, tt := range []struct {
		name, target string
		edits        []edit
		status       int
		message      string
	}{
		{"page post", "/rest/posts/" + enc(page), nil, 200, page},
		{"page post, self-serve", "/rest/posts/" + enc(page), []edit{member}, 403, "Not enough permissions to access: posts.GET"},
		{"own post, self-serve", "/rest/posts/" + enc(jane), []edit{member}, 403, "Not enough permissions to access: posts.GET"},
		{"own post, page token", "/rest/posts/" + enc(jane), nil, 400, "Member permissions must be used when using member as author"},
		{"own post, reader", "/rest/posts/" + enc(jane), []edit{reader}, 200, jane},
		{"page post, reader", "/rest/posts/" + enc(page), []edit{reader}, 400, "Organization permissions must be used"},
		{"page post without a role", "/rest/posts/" + enc(page), []edit{other}, 403, "role"},
		{"unknown post", "/rest/posts/" + enc("urn:li:share:1"), nil, 404, "NOT_FOUND"},
		{"not a post", "/rest/posts/" + enc(sandbox.PageURN), nil, 400, "INVALID_URN_TYPE"},
		{"unknown view", "/rest/posts/" + enc(page) + "?viewContext=ADMIN", nil, 400, "PARAM_INVALID"},
		{"finder", byAuthor(sandbox.PageURN), nil, 200, page},
		{"finder, self-serve", byAuthor(sandbox.JaneURN), []edit{member}, 403, "Not enough permissions to access: posts.FINDER"},
		{"finder of a member, page token", byAuthor(sandbox.JaneURN), nil, 400, "Member permissions must be used"},
		{"finder of a member, reader", byAuthor(sandbox.JaneURN), []edit{reader}, 200, jane},
		{"finder of another member", byAuthor(sandbox.JohnURN), []edit{reader}, 403, "not readable"},
		{"finder without an author", "/rest/posts?q=author", nil, 400, "required"},
		{"finder of one post", "/rest/posts/" + enc(page) + "?q=author&author=" + enc(sandbox.PageURN), nil, 400, "FINDER belongs to the collection posts"},
		{"finder, count of 101", byAuthor(sandbox.PageURN) + "&count=101", nil, 400, "1 to 100"},
		{"finder, negative start", byAuthor(sandbox.PageURN) + "&start=-1", nil, 400, "start"},
		{"finder, unknown order", byAuthor(sandbox.PageURN) + "&sortBy=NAME", nil, 400, "PARAM_INVALID"},
		{"batch, self-serve", "/rest/posts?ids=List(" + enc(page) + ")", []edit{member}, 403, "posts.BATCH_GET"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := b.do("GET", tt.target, "", tt.edits...)
			if a.status != tt.status || !strings.Contains(a.body, tt.message) {
				t.Errorf("status %d, body %s; want %d with %q", a.status, a.body, tt.status, tt.message)
			}
		})
	}
}

func TestBatchGetIsAnsweredKeyByKey(t *testing.T) {
	t.Parallel()
	b := start(t)
	urn := b.post(nil)
	var got struct {
		Results  map[string]struct{ ID string }
		Statuses map[string]int
		Errors   map[string]errorBody
	}
	b.want(http.StatusOK, "GET", "/rest/posts?ids=List("+enc(urn)+","+enc("urn:li:share:1")+")", "", with("X-RestLi-Method", "BATCH_GET")).decode(t, &got)
	if diff := cmp.Diff(map[string]int{urn: 200, "urn:li:share:1": 404}, got.Statuses); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
	if got.Results[urn].ID != urn || got.Errors["urn:li:share:1"].Code != "NOT_FOUND" {
		t.Errorf("got %+v", got)
	}
	err := b.AddToken(sandbox.Token{Value: "dev", Person: sandbox.JaneID, Scopes: []string{"r_organization_social"}, DevelopmentTier: true})
	if err != nil {
		t.Fatal(err)
	}
	b.want(http.StatusForbidden, "GET", "/rest/posts?ids=List("+enc(urn)+")", "", token("dev"))
}

type feedPage struct {
	Elements []struct{ ID string }
	Paging   struct {
		Start, Count int
		Links        []struct{ Rel, Href, Type string }
	}
}

func (p feedPage) link(rel string) string {
	for _, l := range p.Paging.Links {
		if l.Rel == rel {
			return l.Href
		}
	}
	return ""
}

func TestPagesKeepThePlacesOfDeletedPosts(t *testing.T) {
	t.Parallel()
	b := start(t)
	var urns []string
	for i := range 7 {
		b.clock.Advance(time.Second)
		urns = append(urns, b.post(m{"commentary": fmt.Sprint("post ", i)}))
	}
	for _, i := range []int{6, 4, 3} {
		b.want(http.StatusNoContent, "DELETE", "/rest/posts/"+enc(urns[i]), "")
	}
	var pages [][]string
	next := "/rest/posts?q=author&author=" + enc(sandbox.PageURN) + "&count=2"
	for next != "" {
		var p feedPage
		b.want(http.StatusOK, "GET", next, "", with("X-RestLi-Method", "FINDER")).decode(t, &p)
		ids := []string{}
		for _, e := range p.Elements {
			ids = append(ids, e.ID)
		}
		pages = append(pages, ids)
		if (len(pages) > 1) != (p.link("prev") != "") {
			t.Errorf("page %d: prev link %q", len(pages), p.link("prev"))
		}
		next = p.link("next")
	}
	want := [][]string{{urns[5]}, {}, {urns[2], urns[1]}, {urns[0]}}
	if diff := cmp.Diff(want, pages); diff != "" {
		t.Errorf("pages (-want +got):\n%s", diff)
	}
}

func TestOrderOfTheFinder(t *testing.T) {
	t.Parallel()
	b := start(t)
	first := b.post(m{"commentary": "first"})
	b.clock.Advance(time.Second)
	second := b.post(m{"commentary": "second"})
	b.clock.Advance(time.Second)
	b.want(http.StatusNoContent, "POST", "/rest/posts/"+enc(first), `{"patch":{"$set":{"commentary":"edited"}}}`, with("X-RestLi-Method", "PARTIAL_UPDATE"))
	for order, want := range map[string]string{"": first, "&sortBy=LAST_MODIFIED": first, "&sortBy=CREATED": second} {
		var p feedPage
		b.want(http.StatusOK, "GET", "/rest/posts?q=author&author="+enc(sandbox.PageURN)+order, "").decode(t, &p)
		if p.Elements[0].ID != want {
			t.Errorf("%q begins with %s, want %s", order, p.Elements[0].ID, want)
		}
	}
}

func TestEdit(t *testing.T) {
	t.Parallel()
	patch := with("X-RestLi-Method", "PARTIAL_UPDATE")
	for _, tt := range []struct {
		name, body string
		edits      []edit
		status     int
		message    string
		text       string // afterwards
	}{
		{"commentary", `{"patch":{"$set":{"commentary":"new \\(text\\)"}}}`, nil, 204, "", "new (text)"},
		{"label and page", `{"patch":{"$set":{"contentCallToActionLabel":"SIGN_UP","contentLandingPage":"https://example.com"}}}`, nil, 204, "", "Hello"},
		{"same state", `{"patch":{"$set":{"lifecycleState":"PUBLISHED"}}}`, nil, 204, "", "Hello"},
		{"ad context", `{"patch":{"adContext":{"$set":{"dscName":"x"}}}}`, nil, 204, "", "Hello"},
		{"visibility", `{"patch":{"$set":{"visibility":"LOGGED_IN"}}}`, nil, 422, "ReadOnly field present in a partial_update request", "Hello"},
		{"unknown field", `{"patch":{"$set":{"text":"x"}}}`, nil, 422, "/patch/$set/text :: unrecognized field", "Hello"},
		{"no patch", `{"commentary":"x"}`, nil, 422, "/patch :: field is required", "Hello"},
		{"empty patch", `{"patch":{}}`, nil, 400, "changes nothing", "Hello"},
		{"blank", `{"patch":{"$set":{"commentary":""}}}`, nil, 400, "INVALID_VALUE_BLANK_FIELD", "Hello"},
		{"too long", `{"patch":{"$set":{"commentary":"` + strings.Repeat("x", 3001) + `"}}}`, nil, 400, "FIELD_LENGTH_TOO_LONG", "Hello"},
		{"another state", `{"patch":{"$set":{"lifecycleState":"DRAFT","commentary":"x"}}}`, nil, 400, "INVALID_VALUE_FOR_FIELD", "Hello"},
		{"bad label beside a good text", `{"patch":{"$set":{"commentary":"x","contentCallToActionLabel":"NO"}}}`, nil, 400, "INVALID_CALL_TO_ACTION", "Hello"},
		{"member token", `{"patch":{"$set":{"commentary":"x"}}}`, []edit{token(sandbox.MemberToken)}, 400, "Organization permissions must be used", "Hello"},
		{"no role", `{"patch":{"$set":{"commentary":"x"}}}`, []edit{token(sandbox.OtherToken)}, 403, "ACCESS_DENIED", "Hello"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := start(t)
			urn := b.post(nil)
			a := b.do("POST", "/rest/posts/"+enc(urn), tt.body, append(tt.edits, patch)...)
			if a.status != tt.status || !strings.Contains(a.body, tt.message) {
				t.Fatalf("status %d, body %s; want %d with %q", a.status, a.body, tt.status, tt.message)
			}
			post, _ := b.Post(urn)
			if post.DisplayText != tt.text {
				t.Errorf("text %q, want %q", post.DisplayText, tt.text)
			}
			if edited := !post.EditedAt.IsZero(); edited != (tt.status == 204) {
				t.Errorf("edited: %v", edited)
			}
		})
	}
}

func TestEditOfAdContextKeepsTheRest(t *testing.T) {
	t.Parallel()
	b := start(t)
	urn := b.post(m{"adContext": m{"dscName": "old", "isDsc": true}})
	target, patch := "/rest/posts/"+enc(urn), with("X-RestLi-Method", "PARTIAL_UPDATE")
	b.want(http.StatusNoContent, "POST", target, `{"patch":{"adContext":{"$set":{"dscName":"new","dscStatus":"ACTIVE"}}}}`, patch)
	var got struct{ AdContext m }
	b.want(http.StatusOK, "GET", target, "").decode(t, &got)
	if diff := cmp.Diff(m{"dscName": "new", "dscStatus": "ACTIVE", "isDsc": true}, got.AdContext); diff != "" {
		t.Errorf("adContext (-want +got):\n%s", diff)
	}
}

func TestTheTextOfAPictureMayGo(t *testing.T) {
	t.Parallel()
	b := start(t)
	urn := b.post(m{"content": m{"media": m{"id": b.image(sandbox.PageURN, pngOf(t, 2, 2))}}})
	b.want(http.StatusNoContent, "POST", "/rest/posts/"+enc(urn), `{"patch":{"$set":{"commentary":""}}}`, with("X-RestLi-Method", "PARTIAL_UPDATE"))
	if post, _ := b.Post(urn); post.DisplayText != "" {
		t.Errorf("text %q, want none", post.DisplayText)
	}
}

func TestFirstPageIsNeverBeforeTheStart(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.post(nil)
	var p feedPage
	b.want(http.StatusOK, "GET", "/rest/posts?q=author&author="+enc(sandbox.PageURN)+"&start=1&count=2", "").decode(t, &p)
	if prev := p.link("prev"); !strings.HasSuffix(prev, "start=0&count=2") {
		t.Errorf("prev link %q", prev)
	}
}

func TestDelete(t *testing.T) {
	t.Parallel()
	b := start(t)
	urn := b.post(nil)
	target := "/rest/posts/" + enc(urn)
	b.want(http.StatusForbidden, "DELETE", target, "", token(sandbox.OtherToken))
	b.want(http.StatusForbidden, "DELETE", target, "", token(sandbox.LoginToken))
	for range 2 {
		if a := b.want(http.StatusNoContent, "DELETE", target, "", with("X-RestLi-Method", "DELETE")); a.body != "" {
			t.Errorf("body %q", a.body)
		}
	}
	b.want(http.StatusNotFound, "GET", target, "")
	b.want(http.StatusNotFound, "POST", target, `{"patch":{"$set":{"commentary":"x"}}}`, with("X-RestLi-Method", "PARTIAL_UPDATE"))
	b.want(http.StatusNotFound, "DELETE", "/rest/posts/"+enc("urn:li:share:1"), "")
	b.want(http.StatusForbidden, "DELETE", "/rest/posts/"+enc("urn:li:share:1"), "", token(sandbox.LoginToken))
	if got := b.Posts(); len(got) != 0 {
		t.Errorf("posts %+v, want none", got)
	}
	if got := b.AllPosts(); len(got) != 1 || got[0].DeletedAt.IsZero() {
		t.Errorf("all posts %+v, want the deleted one", got)
	}
}

func TestReshareNamesTheRoot(t *testing.T) {
	t.Parallel()
	b := start(t)
	root := b.post(m{"commentary": "root"})
	middle := b.post(m{"commentary": "middle", "reshareContext": m{"parent": root}})
	last := b.post(m{"commentary": "", "reshareContext": m{"parent": middle}})
	var v struct {
		Reshare struct{ Parent, Root string } `json:"reshareContext"`
	}
	b.want(http.StatusOK, "GET", "/rest/posts/"+enc(last), "").decode(t, &v)
	if v.Reshare.Parent != middle || v.Reshare.Root != root {
		t.Errorf("got %+v, want parent %s and root %s", v.Reshare, middle, root)
	}
}

func TestPostsAreBounded(t *testing.T) {
	t.Parallel()
	b := start(t, func(o *sandbox.Options) { o.MaxPosts = 2 })
	first := b.post(m{"commentary": "1"})
	b.post(m{"commentary": "2"})
	b.post(m{"commentary": "3"})
	if _, found := b.Post(first); found || len(b.Posts()) != 2 {
		t.Errorf("oldest found: %v, posts: %d", found, len(b.Posts()))
	}
}
