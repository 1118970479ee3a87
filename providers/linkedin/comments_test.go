package linkedin_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/providers/linkedin/linkedintest"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
	"github.com/crier-social/crier/providers/providertest"
)

// janeWithFeeds is Jane with a token of a Community Management app.
func janeWithFeeds() providertest.Author { return author(sandbox.JaneURN, sandbox.PageToken) }
func john() providertest.Author          { return author(sandbox.JohnURN, sandbox.OtherToken) }

// written publishes a text and returns its URN.
func (f *fixture) written(as providertest.Author, text string) string {
	f.t.Helper()
	receipt, err := f.plan(as, core.Draft{Text: text}).Commit(f.t.Context(), f.session(as))
	if err != nil {
		f.t.Fatal(err)
	}
	return receipt.RemoteID
}

// remark writes a comment that is no subject of the test.
func (f *fixture) remark(as providertest.Author, d core.CommentDraft) core.Comment {
	f.t.Helper()
	c, err := f.provider.AddComment(f.t.Context(), f.session(as), d)
	if err != nil {
		f.t.Fatal(err)
	}
	return c
}

// noNotes checks that the client leaves nothing to mend that LinkedIn would bear.
func (f *fixture) noNotes() {
	f.t.Helper()
	for _, r := range f.Sandbox.Requests() {
		if len(r.Notes) > 0 {
			f.t.Errorf("%s %s: %v", r.Method, r.Path, r.Notes)
		}
	}
}

// Comments are plain text (quirk 5): what is markup in a post is shown as it was written,
// and mentions are ranges beside it.
func TestAddComment(t *testing.T) {
	t.Parallel()
	picture := coretest.Picture("https://m.example/1.png", 3, 4)
	for _, tc := range []struct {
		name, text, shown string
		as                providertest.Author
		media             []core.MediaRef
		mentions          []string
	}{
		{"reserved characters", everyReserved, everyReserved, pageDemo(), nil, []string{}},
		{"backslashes", `a\b \(c\) {hashtag|\#|x}`, `a\b \(c\) {hashtag|\#|x}`, janeWithFeeds(), nil, []string{}},
		{"mentions behind an emoji", "👋 @[Crier Corner (Beta)](urn:li:organization:18931420) & @[John Roe](" + sandbox.JohnURN + ")", "👋 Crier Corner (Beta) & John Roe", pageDemo(), nil, []string{sandbox.SmallPageURN, sandbox.JohnURN}},
		{"a handle", "by @crier-corner!", "by Crier Corner (Beta)!", pageDemo(), nil, []string{sandbox.SmallPageURN}},
		{"image alone", "", "", pageDemo(), coretest.MediaRefs(picture.URL), []string{}},
		{"image and text", "look", "look", janeWithFeeds(), coretest.MediaRefs(picture.URL), []string{}},
		{"longest", strings.Repeat("ü", 1248) + "👋", strings.Repeat("ü", 1248) + "👋", pageDemo(), nil, []string{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, linkedintest.WithProcessingPolls(2))
			post := f.written(pageDemo(), "x")
			got, err := f.provider.AddComment(t.Context(), f.session(tc.as, picture), core.CommentDraft{PostID: post, Text: tc.text, Media: tc.media})
			if err != nil {
				t.Fatal(err)
			}
			p, _ := f.Sandbox.Post(post)
			shown := f.Sandbox.Comments(post)[0]
			want := core.Comment{
				ID: shown.URN, PostID: post, Text: tc.shown, CreatedAt: f.clock.Now().UTC(), Own: true,
				From:  core.Commenter{ID: tc.as.Account.RemoteID, Name: tc.as.Account.DisplayName, Username: tc.as.Account.Username},
				Extra: map[string]any{"commentUrn": "urn:li:comment:(" + p.Activity + "," + shown.ID + ")"},
			}
			if shown.Image != nil {
				want.Extra["mediaUrls"] = []string{shown.Image.ID}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("comment (-want +got):\n%s", diff)
			}
			if shown.Text != tc.shown || shown.Actor != tc.as.Account.RemoteID || (shown.Image != nil) != (tc.media != nil) {
				t.Errorf("readers see %+v", shown)
			}
			if diff := cmp.Diff(tc.mentions, shown.Mentions); diff != "" {
				t.Errorf("mentions: %s", diff)
			}
			f.noNotes()
		})
	}
}

// An image that LinkedIn has already is used as it is.
func TestCommentWithAnAssetThatIsThere(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	picture := coretest.Picture("https://m.example/1.png", 3, 4)
	pub := f.plan(pageDemo(), core.Draft{Text: "x", Media: coretest.MediaRefs(picture.URL)})
	if err := f.prepare(pub, f.session(pageDemo(), picture)); err != nil {
		t.Fatal(err)
	}
	urn := f.Sandbox.Images()[0].URN
	post := f.written(pageDemo(), "x")
	f.remark(pageDemo(), core.CommentDraft{PostID: post, Media: coretest.MediaRefs(urn)})
	if c := f.Sandbox.Comments(post)[0]; c.Image == nil || c.Image.ID != urn {
		t.Errorf("comment %+v", c)
	}
	if n := f.count(http.MethodPut, "/dms-uploads/"); n != 1 {
		t.Errorf("%d uploads, want 1", n)
	}
}

// LinkedIn nests one level deep: a reply to a reply is one to the comment above both.
func TestReply(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	post := f.written(pageDemo(), "x")
	top := f.remark(john(), core.CommentDraft{PostID: post, Text: "top"})
	reply := f.remark(pageDemo(), core.CommentDraft{PostID: post, ParentID: top.ID, Text: "reply"})
	deeper := f.remark(john(), core.CommentDraft{ParentID: reply.ID, Text: "deeper"})
	if reply.ParentID != top.ID || deeper.ParentID != top.ID {
		t.Errorf("parents %q and %q, want %q", reply.ParentID, deeper.ParentID, top.ID)
	}
}

func TestCheckComment(t *testing.T) {
	t.Parallel()
	const post, comment = "urn:li:share:1", "urn:li:comment:(urn:li:activity:1,2)"
	image, video := "urn:li:image:C4", "urn:li:video:C5"
	for _, tc := range []struct {
		name  string
		draft core.CommentDraft
		field string
		code  core.Code
	}{
		{"text", core.CommentDraft{PostID: post, Text: "x"}, "", 0},
		{"image", core.CommentDraft{PostID: "urn:li:ugcPost:1", Media: coretest.MediaRefs(image)}, "", 0},
		{"reply", core.CommentDraft{PostID: post, ParentID: comment, Text: "x"}, "", 0},
		{"on an activity", core.CommentDraft{PostID: "urn:li:activity:1", Text: "x"}, "", 0},
		{"nothing", core.CommentDraft{PostID: post, Text: " \n"}, "comment", core.CodeParameters},
		{"too long", core.CommentDraft{PostID: post, Text: strings.Repeat("a", 1249) + "👋"}, "comment", core.CodeTextTooLong},
		{"two images", core.CommentDraft{PostID: post, Media: coretest.MediaRefs(image, image)}, "mediaUrls[1]", core.CodeUnsupported},
		{"video", core.CommentDraft{PostID: post, Media: coretest.MediaRefs(video)}, "mediaUrls[0]", core.CodeUnsupported},
		{"said to be a video", core.CommentDraft{PostID: post, Media: []core.MediaRef{{URL: "https://m.example/1", Video: true}}}, "mediaUrls[0]", core.CodeUnsupported},
		{"empty address", core.CommentDraft{PostID: post, Media: coretest.MediaRefs("")}, "mediaUrls[0]", core.CodeParameters},
		{"another URN", core.CommentDraft{PostID: post, Media: coretest.MediaRefs("urn:li:person:a")}, "mediaUrls[0]", core.CodeParameters},
		{"no post", core.CommentDraft{PostID: "1", Text: "x"}, "id", core.CodeParameters},
		{"no comment", core.CommentDraft{PostID: post, ParentID: post, Text: "x"}, "commentId", core.CodeParameters},
		{"placeholder without an entry", core.CommentDraft{PostID: post, Text: "{{1}}", Mentions: []core.MentionRef{{ID: sandbox.PageURN, Name: "a", Field: "mentions[0]"}}}, "comment", core.CodeMention},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			p := newFixture(t).provider
			err := p.CheckComment(pageDemo().Account, tc.draft)
			if tc.field == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			e := core.AsError(err)
			if err == nil || e.Field != tc.field || e.Code != tc.code || e.Message == "" {
				t.Errorf("%+v", e)
			}
		})
	}
}

// provesRefusal tells whether an error says that the request did nothing: it never left, or
// LinkedIn has refused it.
func provesRefusal(e *core.Error) bool {
	return e.Unsent || (e.Status >= 400 && e.Status < 500 && e.Status != http.StatusRequestTimeout)
}

func TestAddCommentErrors(t *testing.T) {
	t.Parallel()
	const create = "POST /rest/socialActions/*"
	forbidden := sandbox.Respond(http.StatusForbidden, `{"message":"Accessing this image resource is forbidden. Please check your permissions for this resource","status":403}`)
	for _, tc := range []struct {
		name    string
		as      providertest.Author
		draft   core.CommentDraft // its post is filled in
		fault   *sandbox.Fault
		kind    core.Kind
		refused bool // it is proven that nothing was done
		message string
	}{
		{"self-serve app", jane(), core.CommentDraft{Text: "x"}, nil, core.KindForbidden, true, "w_member_social_feed"},
		{"somebody else's page", author(sandbox.PageURN, sandbox.OtherToken), core.CommentDraft{Text: "x"}, nil, core.KindForbidden, true, "role"},
		{"expired token", author(sandbox.PageURN, sandbox.ExpiredToken), core.CommentDraft{Text: "x"}, nil, core.KindAuth, true, "expired"},
		{"unknown post", pageDemo(), core.CommentDraft{PostID: "urn:li:share:1", Text: "x"}, nil, core.KindNotFound, true, "does not know"},
		{"unknown comment", pageDemo(), core.CommentDraft{ParentID: "urn:li:comment:(urn:li:activity:1,2)", Text: "x"}, nil, core.KindNotFound, true, "does not know"},
		{"new post", pageDemo(), core.CommentDraft{Text: "x"}, new(sandbox.Respond(http.StatusBadRequest, `{"message":"Unable to obtain activity","status":400}`)), core.KindTemporary, true, "new post"},
		{"image not yet there", pageDemo(), core.CommentDraft{Text: "x"}, &forbidden, core.KindTemporary, true, "not done"},
		{"limit", pageDemo(), core.CommentDraft{Text: "x"}, new(sandbox.RateLimit()), core.KindRateLimited, true, "limit"},
		{"lost answer", pageDemo(), core.CommentDraft{Text: "x"}, new(sandbox.CutAfter()), core.KindTemporary, false, "broke"},
		{"sign-in page", pageDemo(), core.CommentDraft{Text: "x"}, new(sandbox.Respond(http.StatusOK, "<html>login</html>")), core.KindTemporary, false, "web page"},
		{"no name", pageDemo(), core.CommentDraft{Text: "x"}, new(sandbox.Respond(http.StatusCreated, "")), core.KindTemporary, false, "does not name the comment"},
		{"not created", pageDemo(), core.CommentDraft{Text: "x"}, new(sandbox.Respond(http.StatusOK, `{"id":"1"}`)), core.KindTemporary, false, "HTTP 200"},
		{"trouble", pageDemo(), core.CommentDraft{Text: "x"}, new(sandbox.Respond(http.StatusInternalServerError, "")), core.KindTemporary, false, "problem of its own"},
		{"too long for LinkedIn", pageDemo(), core.CommentDraft{Text: "x"}, new(sandbox.Respond(http.StatusBadRequest, `{"message":"message length 9 exceeds maximum 8","code":"FIELD_LENGTH_TOO_LONG","status":400}`)), core.KindInvalid, true, "exceeds"},
		{"file that is none", pageDemo(), core.CommentDraft{Media: coretest.MediaRefs("https://m.example/none")}, nil, core.KindMedia, true, "file"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			d := tc.draft
			if d.PostID == "" {
				d.PostID = f.written(pageDemo(), "x")
			}
			if tc.fault != nil {
				f.Next(t, create, *tc.fault)
			}
			before := f.count(http.MethodPost, "/rest/socialActions/")
			_, err := f.provider.AddComment(t.Context(), f.session(tc.as), d)
			e := core.AsError(err)
			if err == nil || e.Kind != tc.kind || provesRefusal(e) != tc.refused || !strings.Contains(e.Message, tc.message) {
				t.Errorf("%+v", e)
			}
			if n := f.count(http.MethodPost, "/rest/socialActions/") - before; n > 1 {
				t.Errorf("%d requests to create the comment, want at most 1", n)
			}
			if e.Kind == core.KindInvalid && e.Field != "comment" {
				t.Errorf("field %q", e.Field)
			}
		})
	}
}

func TestAddCommentToAClosedThread(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	post := f.written(pageDemo(), "x")
	if err := f.provider.SetComments(t.Context(), f.session(pageDemo()), post, false); err != nil {
		t.Fatal(err)
	}
	_, err := f.provider.AddComment(t.Context(), f.session(pageDemo()), core.CommentDraft{PostID: post, Text: "x"})
	if e := core.AsError(err); e.Kind != core.KindForbidden || !strings.Contains(e.Message, "closed") || !strings.Contains(e.Help, "disableComments") {
		t.Errorf("%+v", e)
	}
}

// An image whose processing takes long keeps the comment from being sent at all.
func TestCommentWithASlowImage(t *testing.T) {
	t.Parallel()
	f := newFixture(t, linkedintest.WithProcessingPolls(1000))
	post := f.written(pageDemo(), "x")
	picture := coretest.Picture("https://m.example/1.png", 3, 4)
	_, err := f.provider.AddComment(t.Context(), f.session(pageDemo(), picture), core.CommentDraft{PostID: post, Media: coretest.MediaRefs(picture.URL)})
	if e := core.AsError(err); e.Kind != core.KindTemporary || !e.Unsent || e.RetryAfter <= 0 {
		t.Errorf("%+v", e)
	}
	if n := len(f.Sandbox.Comments(post)); n != 0 {
		t.Errorf("%d comments", n)
	}
}

// endingClock ends a context when somebody begins to wait.
type endingClock struct {
	core.Clock
	end func()
}

func (c endingClock) After(time.Duration) <-chan time.Time {
	c.end()
	return nil
}

// A comment that is given up while LinkedIn processes its image was not sent, and that is
// no defect.
func TestCommentThatIsGivenUp(t *testing.T) {
	t.Parallel()
	f := newFixture(t, linkedintest.WithProcessingPolls(1000))
	post := f.written(pageDemo(), "x")
	picture := coretest.Picture("https://m.example/1.png", 3, 4)
	ctx, end := context.WithCancel(t.Context())
	defer end()
	s := f.session(pageDemo(), picture)
	s.Clock = endingClock{Clock: f.clock, end: end}
	_, err := f.provider.AddComment(ctx, s, core.CommentDraft{PostID: post, Media: coretest.MediaRefs(picture.URL)})
	if e := core.AsError(err); e.Kind != core.KindTemporary || !e.Unsent || !errors.Is(err, context.Canceled) {
		t.Errorf("%+v", e)
	}
	if n := len(f.Sandbox.Comments(post)); n != 0 {
		t.Errorf("%d comments", n)
	}
}

func TestComments(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	post := f.written(pageDemo(), "x")
	s := f.session(pageDemo())
	if got, err := f.provider.Comments(t.Context(), s, post); err != nil || len(got) != 0 {
		t.Fatalf("a post without comments, which LinkedIn answers with 404: %v, %v", got, err)
	}
	var want []core.Comment
	add := func(as providertest.Author, parent, text string, from core.Commenter) core.Comment {
		f.clock.Advance(time.Second)
		c := f.remark(as, core.CommentDraft{PostID: post, ParentID: parent, Text: text})
		c.From, c.Own = from, as.Account.RemoteID == sandbox.PageURN
		return c
	}
	own := core.Commenter{ID: sandbox.PageURN, Name: s.Account.DisplayName, Username: s.Account.Username}
	small := core.Commenter{ID: sandbox.SmallPageURN, Name: "Crier Corner (Beta)", Username: "crier-corner"}
	person := core.Commenter{ID: sandbox.JohnURN}
	for i := range 52 { // more than one page
		want = append(want, add(pageDemo(), "", strconv.Itoa(i), own))
	}
	corner := author(sandbox.SmallPageURN, sandbox.PageToken)
	want[0].Replies = []core.Comment{add(john(), want[0].ID, "reply", person), add(corner, want[0].ID, "second reply", small)}
	want = append(want, add(john(), "", "his", person))
	gone := add(pageDemo(), "", "gone", own)
	if err := f.provider.DeleteComment(t.Context(), s, post, gone.ID); err != nil {
		t.Fatal(err)
	}
	got, err := f.provider.Comments(t.Context(), s, post)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("comments (-want +got):\n%s", diff)
	}
	f.noNotes()
}

func TestCommentsErrors(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	post := f.written(pageDemo(), "x")
	f.remark(pageDemo(), core.CommentDraft{PostID: post, Text: "x"})
	if _, err := f.provider.Comments(t.Context(), f.session(pageDemo()), "words"); core.KindOf(err) != core.KindInvalid {
		t.Error(err)
	}
	if _, err := f.provider.Comments(t.Context(), f.session(jane()), post); core.KindOf(err) != core.KindForbidden {
		t.Error(err)
	}
	// An app without the product is answered with 404 too, which is no empty list.
	f.Next(t, "GET /rest/socialActions/*", sandbox.Respond(http.StatusNotFound, `{"status":404,"code":"RESOURCE_NOT_FOUND","message":"No virtual resource found"}`))
	_, err := f.provider.Comments(t.Context(), f.session(pageDemo()), post)
	if e := core.AsError(err); e.Kind != core.KindForbidden || e.Help == "" {
		t.Errorf("%+v", e)
	}
}

func TestFindComment(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	post := f.written(pageDemo(), "x")
	s := f.session(pageDemo())
	since := f.clock.Now()
	lost := core.CommentDraft{PostID: post, Text: "lost @crier-corner"}
	f.Next(t, "POST /rest/socialActions/*", sandbox.CutAfter())
	if _, err := f.provider.AddComment(t.Context(), s, lost); core.KindOf(err) != core.KindTemporary || core.AsError(err).Unsent {
		t.Fatal(err)
	}
	top := f.remark(john(), core.CommentDraft{PostID: post, Text: "never"})
	for _, tc := range []struct {
		name  string
		draft core.CommentDraft
		after time.Duration
		found bool
		kind  core.Kind
	}{
		{"there", lost, 0, true, ""},
		{"somebody else's", core.CommentDraft{PostID: post, Text: "never"}, 0, false, core.KindTemporary},
		{"not there, later", core.CommentDraft{PostID: post, Text: "never"}, time.Minute, false, ""},
		{"reply not there, later", core.CommentDraft{PostID: post, ParentID: top.ID, Text: "never"}, time.Minute, false, ""},
		{"with an image", core.CommentDraft{PostID: post, Text: "lost @crier-corner", Media: coretest.MediaRefs("urn:li:image:C1")}, time.Minute, false, ""},
	} {
		if tc.after > 0 && f.clock.Now().Sub(since) < tc.after {
			f.clock.Advance(tc.after)
		}
		c, found, err := f.provider.FindComment(t.Context(), s, tc.draft, since)
		if found != tc.found || core.KindOf(err) != tc.kind {
			t.Errorf("%s: %v, %v", tc.name, found, err)
		}
		if found && (c.ID != f.Sandbox.Comments(post)[0].URN || !c.Own || c.PostID != post) {
			t.Errorf("%s: %+v", tc.name, c)
		}
		if tc.kind == core.KindTemporary && core.AsError(err).RetryAfter <= 0 {
			t.Errorf("%s: %+v", tc.name, err)
		}
	}
	// An earlier comment with the same words is another one.
	if _, found, err := f.provider.FindComment(t.Context(), s, lost, f.clock.Now().Add(2*time.Minute)); found || err == nil {
		t.Errorf("found an earlier one: %v, %v", found, err)
	}
	// Who may not read comments cannot find one.
	if _, _, err := f.provider.FindComment(t.Context(), f.session(jane()), lost, since); core.KindOf(err) != core.KindForbidden {
		t.Error(err)
	}
}

// The same words below another comment are another reply, and a reply to a reply stands
// below the comment above both.
func TestFindReply(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	post, s := f.written(pageDemo(), "x"), f.session(pageDemo())
	since := f.clock.Now()
	first := f.remark(john(), core.CommentDraft{PostID: post, Text: "first"})
	second := f.remark(john(), core.CommentDraft{PostID: post, Text: "second"})
	deeper := f.remark(john(), core.CommentDraft{PostID: post, ParentID: second.ID, Text: "deeper"})
	thanks := f.remark(pageDemo(), core.CommentDraft{PostID: post, ParentID: first.ID, Text: "Thanks!"})
	f.clock.Advance(time.Minute)
	for _, tc := range []struct {
		name, parent string
		found        bool
	}{
		{"the reply", first.ID, true},
		{"to another comment", second.ID, false},
		{"to a reply to another", deeper.ID, false},
		{"no reply", "", false},
	} {
		c, found, err := f.provider.FindComment(t.Context(), s, core.CommentDraft{PostID: post, ParentID: tc.parent, Text: "Thanks!"}, since)
		if err != nil || found != tc.found || (found && c.ID != thanks.ID) {
			t.Errorf("%s: %+v, %v, %v", tc.name, c, found, err)
		}
	}
	f.Next(t, "POST /rest/socialActions/*", sandbox.CutAfter())
	lost := core.CommentDraft{PostID: post, ParentID: deeper.ID, Text: "Thanks!"}
	if _, err := f.provider.AddComment(t.Context(), s, lost); core.KindOf(err) != core.KindTemporary {
		t.Fatal(err)
	}
	if c, found, err := f.provider.FindComment(t.Context(), s, lost, f.clock.Now()); err != nil || !found || c.ParentID != second.ID {
		t.Errorf("to a reply: %+v, %v, %v", c, found, err)
	}
}

// LinkedIn's answers may leave out what was sent.
func TestCommentsOfFewWords(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	const urn = "urn:li:comment:(urn:li:activity:1,7)"
	draft := core.CommentDraft{PostID: "urn:li:share:1", Text: "words", Media: coretest.MediaRefs("urn:li:image:C1")}
	f.Next(t, "POST /rest/socialActions/*", sandbox.Respond(http.StatusCreated, `{"id":"7","commentUrn":"`+urn+`"}`))
	made, err := f.provider.AddComment(t.Context(), f.session(pageDemo()), draft)
	if err != nil || made.ID != urn || made.Text != "words" || !made.Own {
		t.Errorf("%+v, %v", made, err)
	}
	f.Next(t, "GET /rest/socialActions/*", sandbox.Respond(http.StatusOK, fmt.Sprintf(
		`{"elements":[{"commentUrn":%q,"actor":%q,"message":{"text":"words"},"content":[{"type":"IMAGE"}],"created":{"time":%d}}]}`,
		urn, sandbox.PageURN, f.clock.Now().UnixMilli())))
	found, ok, err := f.provider.FindComment(t.Context(), f.session(pageDemo()), draft, f.clock.Now())
	if err != nil || !ok || found.ID != urn {
		t.Errorf("%+v, %v, %v", found, ok, err)
	}
}

// What is no reply is not looked for among the replies.
func TestFindCommentReadsNoReplies(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	post, s := f.written(pageDemo(), "x"), f.session(pageDemo())
	his := f.remark(john(), core.CommentDraft{PostID: post, Text: "his"})
	f.remark(pageDemo(), core.CommentDraft{PostID: post, ParentID: his.ID, Text: "reply"})
	since := f.clock.Now()
	f.clock.Advance(time.Minute)
	for _, tc := range []struct {
		parent string
		reads  int
	}{{"", 1}, {his.ID, 2}} {
		before := f.count(http.MethodGet, "/rest/socialActions/")
		if _, found, err := f.provider.FindComment(t.Context(), s, core.CommentDraft{PostID: post, ParentID: tc.parent, Text: "y"}, since); found || err != nil {
			t.Errorf("%v, %v", found, err)
		}
		if n := f.count(http.MethodGet, "/rest/socialActions/") - before; n != tc.reads {
			t.Errorf("below %q: %d reads, want %d", tc.parent, n, tc.reads)
		}
	}
}

func TestDeleteComment(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	post := f.written(pageDemo(), "x")
	s := f.session(pageDemo())
	mine := f.remark(pageDemo(), core.CommentDraft{PostID: post, Text: "mine"})
	reply := f.remark(pageDemo(), core.CommentDraft{PostID: post, ParentID: mine.ID, Text: "reply"})
	his := f.remark(john(), core.CommentDraft{PostID: post, Text: "his"})
	for _, id := range []string{reply.ID, reply.ID, mine.ID, mine.ID} { // one that is gone counts as deleted
		if err := f.provider.DeleteComment(t.Context(), s, post, id); err != nil {
			t.Errorf("%s: %v", id, err)
		}
	}
	err := f.provider.DeleteComment(t.Context(), s, post, his.ID)
	if e := core.AsError(err); e.Kind != core.KindForbidden || e.Field != "id" || !strings.Contains(e.Message, sandbox.JohnURN+", and LinkedIn lets an account delete only its own") {
		t.Errorf("somebody else's: %+v", e)
	}
	if err := f.provider.DeleteComment(t.Context(), s, post, "1"); core.KindOf(err) != core.KindInvalid {
		t.Errorf("no URN: %v", err)
	}
	f.Next(t, "DELETE *", sandbox.Respond(http.StatusNotFound, `{"status":404,"code":"RESOURCE_NOT_FOUND","message":"No virtual resource found"}`))
	if err := f.provider.DeleteComment(t.Context(), s, post, his.ID); core.KindOf(err) != core.KindForbidden {
		t.Errorf("app without the product: %v", err)
	}
	left := f.Sandbox.Comments(post)
	if diff := cmp.Diff([]sandbox.Comment{{URN: his.ID}}, left, cmpopts.IgnoreFields(sandbox.Comment{}, "ID", "Post", "Actor", "ActorName", "Text", "Mentions", "CreatedAt", "Spans")); diff != "" {
		t.Errorf("left: %s", diff)
	}
}
