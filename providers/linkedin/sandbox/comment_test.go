package sandbox_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

// activityOf returns the activity of a post.
func activityOf(b *box, urn string) string {
	b.t.Helper()
	p, known := b.Post(urn)
	if !known || !strings.HasPrefix(p.Activity, "urn:li:activity:") || strings.HasSuffix(p.Activity, strings.TrimPrefix(urn, "urn:li:share:")) {
		b.t.Fatalf("post %s has the activity %q", urn, p.Activity)
	}
	return p.Activity
}

func commentsPath(urn string) string { return "/rest/socialActions/" + enc(urn) + "/comments" }

// said is the body of a comment by the page, changed.
func said(object, words string, changes m) string {
	v := m{"actor": sandbox.PageURN, "object": object, "message": m{"text": words}}
	maps.Copy(v, changes)
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(raw)
}

type commentAnswer struct {
	ID     string
	URN    string `json:"commentUrn"`
	Object string
	Actor  string
	Parent string `json:"parentComment"`
}

func (b *box) comment(on, object, words string, changes m, edits ...edit) commentAnswer {
	b.t.Helper()
	a := b.want(http.StatusCreated, "POST", commentsPath(on), said(object, words, changes), edits...)
	var v commentAnswer
	a.decode(b.t, &v)
	if a.header.Get("X-Restli-Id") != v.ID || v.ID == "" {
		b.t.Fatalf("x-restli-id %q, id %q", a.header.Get("X-Restli-Id"), v.ID)
	}
	return v
}

func TestCommentOnPosts(t *testing.T) {
	t.Parallel()
	b := start(t)
	urn := b.post(nil)
	activity := activityOf(b, urn)
	image := b.image(sandbox.PageURN, pngOf(t, 3, 2))
	words := `Plain \(text\) 👋 with Crier Corner (Beta) and jane Doe`
	first := b.comment(urn, urn, words, m{"content": []any{m{"entity": m{"image": image}}}, "message": m{"text": words, "attributes": []any{
		m{"start": 23, "length": 19, "value": m{"com.linkedin.common.CompanyAttributedEntity": m{"company": sandbox.SmallPageURN}}},
		m{"start": 47, "length": 8, "value": m{"com.linkedin.common.MemberAttributedEntity": m{"member": sandbox.JaneURN}}},
	}}})
	want := commentAnswer{ID: first.ID, URN: "urn:li:comment:(" + activity + "," + first.ID + ")", Object: activity, Actor: sandbox.PageURN}
	if diff := cmp.Diff(want, first); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
	reply := b.comment(first.URN, activity, "A reply", m{"parentComment": first.URN, "actor": sandbox.JohnURN}, token(sandbox.OtherToken))
	deeper := b.comment(urn, activity, "A reply to the reply", m{"parentComment": reply.URN})
	if reply.Parent != first.URN || deeper.Parent != first.URN {
		t.Errorf("parents %q and %q, want the comment at the top %q", reply.Parent, deeper.Parent, first.URN)
	}
	got := b.Comments(urn)
	for i := range got {
		got[i].Spans = nil
	}
	picture := got[0].Image
	if picture == nil || picture.ID != image || picture.Width != 3 {
		t.Errorf("image %+v", picture)
	}
	now := b.clock.Now()
	wantShown := []sandbox.Comment{
		{URN: first.URN, ID: first.ID, Post: urn, Actor: sandbox.PageURN, ActorName: "Crier Demo", Text: words, Mentions: []string{sandbox.SmallPageURN}, Image: picture, CreatedAt: now},
		{URN: reply.URN, ID: reply.ID, Post: urn, Parent: first.URN, Actor: sandbox.JohnURN, ActorName: "John Roe", Text: "A reply", Mentions: []string{}, CreatedAt: now},
		{URN: deeper.URN, ID: deeper.ID, Post: urn, Parent: first.URN, Actor: sandbox.PageURN, ActorName: "Crier Demo", Text: "A reply to the reply", Mentions: []string{}, CreatedAt: now},
	}
	if diff := cmp.Diff(wantShown, got); diff != "" {
		t.Errorf("comments (-want +got):\n%s", diff)
	}
	if p, _ := b.Post(urn); p.Comments != 3 {
		t.Errorf("the post counts %d comments", p.Comments)
	}
}

func TestReadComments(t *testing.T) {
	t.Parallel()
	b := start(t)
	urn := b.post(nil)
	list := func(on, query string) (ids []string, more bool) {
		var page struct {
			Elements []struct {
				ID       string
				Comments *struct {
					Total int `json:"totalFirstLevelComments"`
				} `json:"commentsSummary"`
			}
			Paging struct{ Links []struct{ Rel string } }
		}
		b.want(http.StatusOK, "GET", commentsPath(on)+query, "").decode(t, &page)
		for _, e := range page.Elements {
			replies := -1
			if e.Comments != nil {
				replies = e.Comments.Total
			}
			ids = append(ids, fmt.Sprintf("%s:%d", e.ID, replies))
		}
		for _, l := range page.Paging.Links {
			more = more || l.Rel == "next"
		}
		return ids, more
	}
	b.want(http.StatusNotFound, "GET", commentsPath(urn), "")
	one := b.comment(urn, urn, "one", nil)
	two := b.comment(urn, urn, "two", nil)
	three := b.comment(urn, urn, "three", nil)
	reply := b.comment(urn, urn, "reply", m{"parentComment": one.URN})
	b.want(http.StatusNoContent, "DELETE", commentsPath(urn)+"/"+two.ID+"?actor="+enc(sandbox.PageURN), "")
	ids, more := list(urn, "?start=0&count=2")
	if diff := cmp.Diff([]string{one.ID + ":1"}, ids); diff != "" || !more {
		t.Errorf("first page, more %v: %s", more, diff)
	}
	ids, more = list(activityOf(b, urn), "?start=2&count=2")
	if diff := cmp.Diff([]string{three.ID + ":0"}, ids); diff != "" || more {
		t.Errorf("second page, more %v: %s", more, diff)
	}
	ids, _ = list(one.URN, "")
	if diff := cmp.Diff([]string{reply.ID + ":-1"}, ids); diff != "" {
		t.Errorf("replies: %s", diff)
	}
	var got commentAnswer
	b.want(http.StatusOK, "GET", commentsPath(urn)+"/"+reply.ID, "").decode(t, &got)
	if diff := cmp.Diff(reply, got); diff != "" {
		t.Errorf("get: %s", diff)
	}
}

func TestCommentRules(t *testing.T) {
	t.Parallel()
	b := start(t)
	urn, other := b.post(nil), b.post(m{"commentary": "Another"})
	parent := b.comment(urn, urn, "parent", nil)
	foreign := b.image(sandbox.JaneURN, pngOf(t, 2, 2))
	mention := func(start, length int) m {
		return m{"message": m{"text": "a👋 Crier Demo", "attributes": []any{
			m{"start": start, "length": length, "value": m{"com.linkedin.common.CompanyAttributedEntity": m{"company": sandbox.PageURN}}},
		}}}
	}
	image := func(urns ...string) m {
		var items []any
		for _, one := range urns {
			items = append(items, m{"entity": m{"image": one}})
		}
		return m{"content": items}
	}
	role := func(name string) edit {
		if err := b.AddPerson(sandbox.Person{ID: name, FirstName: name}); err != nil {
			t.Fatal(err)
		}
		if err := b.AddToken(sandbox.Token{Value: name, Person: name, Scopes: scopesOf(t, sandbox.PageToken)}); err != nil {
			t.Fatal(err)
		}
		return token(name)
	}
	recruiter, editor := role("RECRUITING_POSTER"), role("CONTENT_ADMIN")
	err := b.AddOrganization(sandbox.Organization{ID: 77, Name: "Staffed", Roles: []sandbox.RoleAssignment{
		{Person: "RECRUITING_POSTER", Role: "RECRUITING_POSTER"}, {Person: "CONTENT_ADMIN", Role: "CONTENT_ADMIN"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	as77 := m{"actor": "urn:li:organization:77"}
	asJane := m{"actor": sandbox.JaneURN}
	for _, tt := range []struct {
		name    string
		on      string
		changes m
		edits   []edit
		status  int
		message string
	}{
		{"just fits", urn, m{"message": m{"text": strings.Repeat("ü", 1248) + "👋"}}, nil, 201, ""},
		{"too long", urn, m{"message": m{"text": strings.Repeat("ü", 1249) + "👋"}}, nil, 400, "length 1251 exceeds maximum 1250"},
		{"empty", urn, m{"message": m{"text": " "}}, nil, 400, "blank"},
		{"mention", urn, mention(4, 10), nil, 201, ""},
		{"mention beyond 32 bits", urn, mention(1<<31, 10), nil, 422, "2147483648 cannot be coerced to Integer"},
		{"mention beyond the end", urn, mention(4, 11), nil, 400, "attributes"},
		{"mention in half a character", urn, mention(2, 3), nil, 400, "attributes"},
		{"mention of nothing", urn, mention(4, 0), nil, 400, "attributes"},
		{"mention before the text", urn, mention(-1, 3), nil, 400, "attributes"},
		{"markup of posts", urn, m{"commentary": "x"}, nil, 422, "unrecognized field"},
		{"foreign image", urn, image(foreign), nil, 400, "image"},
		{"two images", urn, image(foreign, foreign), nil, 400, "2 items"},
		{"no image", urn, image("urn:li:video:C5"), nil, 400, "image"},
		{"object of another thread", urn, m{"object": other}, nil, 400, "another thread"},
		{"parent of another thread", other, m{"object": other, "parentComment": parent.URN}, nil, 400, "another thread"},
		{"parent that is a post", urn, m{"parentComment": urn}, nil, 400, "comment URN"},
		{"unknown parent", urn, m{"parentComment": strings.Replace(parent.URN, parent.ID, "1", 1)}, nil, 404, "find"},
		{"unknown post", "urn:li:share:1", nil, nil, 404, "find"},
		{"no post", sandbox.PageURN, nil, nil, 400, "URN"},
		{"a broken comment", "urn:li:comment:(x)", nil, nil, 400, "URN"},
		{"bare actor", urn, m{"actor": "5515715"}, nil, 400, "actor"},
		{"member", urn, asJane, nil, 201, ""},
		{"somebody else", urn, m{"actor": sandbox.JohnURN}, nil, 403, "[/actor]"},
		{"member of a self-serve app", urn, asJane, []edit{token(sandbox.MemberToken)}, 403, "Not enough permissions to access: partnerApiSocialActions.CREATE"},
		{"page with a self-serve app", urn, nil, []edit{token(sandbox.MemberToken)}, 403, "Not enough permissions"},
		{"page of others", urn, nil, []edit{token(sandbox.OtherToken)}, 403, "role"},
		{"unknown page", urn, m{"actor": "urn:li:organization:1"}, nil, 403, "[/actor]"},
		{"recruiter", urn, as77, []edit{recruiter}, 201, ""},
		{"content administrator", urn, as77, []edit{editor}, 403, "role"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := b.want(tt.status, "POST", commentsPath(tt.on), said(urn, "words", tt.changes), tt.edits...)
			if tt.status >= 400 && !strings.Contains(a.problem(t).Message, tt.message) {
				t.Errorf("message %q", a.body)
			}
		})
	}
}

func TestChangeComments(t *testing.T) {
	t.Parallel()
	b := start(t)
	urn := b.post(nil)
	mine := b.comment(urn, urn, "mine", nil)
	reply := b.comment(urn, urn, "reply", m{"parentComment": mine.URN})
	john := b.comment(urn, urn, "his", m{"actor": sandbox.JohnURN}, token(sandbox.OtherToken))
	patch, as := with("X-RestLi-Method", "PARTIAL_UPDATE"), "?actor="+enc(sandbox.PageURN)
	const better = `{"patch":{"message":{"$set":{"text":"better"}}}}`
	one := commentsPath(urn) + "/"
	b.want(http.StatusBadRequest, "POST", one+mine.ID+as, better)
	b.want(http.StatusForbidden, "POST", one+mine.ID, better, patch) // as the member, who did not write it
	b.want(http.StatusForbidden, "POST", one+john.ID+as, better, patch)
	b.want(http.StatusUnprocessableEntity, "POST", one+mine.ID+as, `{"patch":{"$set":{"text":"better"}}}`, patch)
	b.want(http.StatusBadRequest, "POST", one+mine.ID+as, `{"patch":{"message":{"$set":{"text":""}}}}`, patch)
	b.want(http.StatusNotFound, "POST", one+"1"+as, better, patch)
	b.clock.Advance(time.Second)
	b.want(http.StatusNoContent, "POST", one+mine.ID+as, better, patch)
	if got := b.Comments(urn)[0]; got.Text != "better" || got.EditedAt.IsZero() {
		t.Errorf("edited: %+v", got)
	}
	b.want(http.StatusForbidden, "DELETE", one+mine.ID, "")
	b.want(http.StatusForbidden, "DELETE", one+john.ID+as, "")
	b.want(http.StatusBadRequest, "DELETE", one+"words"+as, "")
	b.want(http.StatusNoContent, "DELETE", one+john.ID, "", token(sandbox.OtherToken))
	b.want(http.StatusNoContent, "DELETE", one+mine.ID+as, "")
	b.want(http.StatusNotFound, "DELETE", one+mine.ID+as, "")
	b.want(http.StatusNotFound, "GET", one+reply.ID, "")
	if got := b.Comments(""); len(got) != 0 {
		t.Errorf("left: %+v", got)
	}
}

// A new post is not known to the comments at once, and LinkedIn says so.
func TestActivityNotYetThere(t *testing.T) {
	t.Parallel()
	b := start(t, func(o *sandbox.Options) { o.ActivityAttempts, o.PublishTime = 2, time.Minute })
	urn := b.post(nil)
	for i, status := range []int{400, 400, 400, 201} {
		if i == 2 {
			if p, _ := b.Post(urn); p.Lifecycle != "PUBLISH_REQUESTED" {
				t.Errorf("state %q", p.Lifecycle)
			}
		}
		if i == 3 {
			b.clock.Advance(time.Minute)
		}
		a := b.want(status, "POST", commentsPath(urn), said(urn, "x", nil))
		if status == 400 && !strings.Contains(a.body, "Unable to obtain activity") {
			t.Errorf("answer %s", a.body)
		}
	}
}

func TestCommentsOnThePageAndInTheControlAPI(t *testing.T) {
	t.Parallel()
	b := start(t)
	urn := b.post(nil)
	image := b.image(sandbox.PageURN, pngOf(t, 3, 2))
	b.comment(urn, urn, `<b>bold</b> \(x\)`, m{"content": []any{m{"entity": m{"image": image}}}})
	page := b.want(http.StatusOK, "GET", "/feed/update/"+activityOf(b, urn)+"/", "").body
	for _, want := range []string{`&lt;b&gt;bold&lt;/b&gt; \(x\)`, "1 comment<", "Picture of the comment"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q:\n%s", want, page)
		}
	}
	var got []sandbox.Comment
	b.want(http.StatusOK, "GET", "/sandbox/comments?post="+enc(urn), "").decode(t, &got)
	if len(got) != 1 || got[0].Image == nil || !strings.HasPrefix(got[0].Image.DownloadURL, b.url) {
		t.Errorf("control API: %+v", got)
	}
}
