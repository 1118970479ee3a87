package linkedin_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/providers/linkedin/linkedintest"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
	"github.com/crier-social/crier/providers/providertest"
)

// finished publishes a draft with one session and returns what its follow-ups take.
func (f *fixture) finished(as providertest.Author, d core.Draft, files ...coretest.File) (core.Finisher, *core.Session, core.Receipt) {
	f.t.Helper()
	s := f.session(as, files...)
	pub := f.plan(as, d)
	if err := f.prepare(pub, s); err != nil {
		f.t.Fatal(err)
	}
	receipt, err := pub.Commit(f.t.Context(), s)
	if err != nil {
		f.t.Fatal(err)
	}
	// Another process goes on with the checkpoint alone.
	again := f.session(as)
	again.Checkpoint = s.Checkpoint
	finisher, ok := f.plan(as, d).(core.Finisher)
	if !ok {
		f.t.Fatal("no Finisher")
	}
	return finisher, again, receipt
}

func TestFirstComment(t *testing.T) {
	t.Parallel()
	film, picture := film(75_000), coretest.Picture("https://m.example/1.png", 3, 4)
	said := &core.FirstComment{Text: `More \(here\): {{0}} & @crier-demo`, Media: coretest.MediaRefs(picture.URL)}
	said.Media[0].Field = "firstComment.mediaUrls[0]"
	company := true
	draft := core.Draft{
		Text: "Watch", Media: coretest.MediaRefs(film.URL), FirstComment: said,
		Mentions: []core.MentionRef{{Name: "Crier Corner (Beta)", ID: "18931420", Company: &company, Field: "mentions[0]"}},
	}
	for _, as := range []providertest.Author{pageDemo(), janeWithFeeds()} {
		t.Run(kindOf(as), func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, linkedintest.WithProcessingPolls(1))
			pub, s, receipt := f.finished(as, draft, film, picture)
			if diff := cmp.Diff([]core.FollowUpName{core.FollowUpComment}, pub.FollowUps()); diff != "" {
				t.Fatal(diff)
			}
			result, err := pub.FollowUp(t.Context(), s, core.FollowUpComment, receipt)
			if err != nil {
				t.Fatal(err)
			}
			comments := f.Sandbox.Comments(receipt.RemoteID)
			if len(comments) != 1 {
				t.Fatalf("%d comments", len(comments))
			}
			c := comments[0]
			if diff := cmp.Diff(map[string]any{"commentId": c.URN, "commentUrn": c.URN}, result); diff != "" {
				t.Error(diff)
			}
			if c.Actor != as.Account.RemoteID || c.Text != `More \(here\): Crier Corner (Beta) & Crier Demo` || c.Image == nil || c.Image.Width != 3 {
				t.Errorf("comment %+v", c)
			}
			if diff := cmp.Diff([]string{sandbox.SmallPageURN, sandbox.PageURN}, c.Mentions); diff != "" {
				t.Error(diff)
			}
			if post, _ := f.Sandbox.Post(receipt.RemoteID); len(post.Media) != 1 || post.Media[0].Kind != "video" {
				t.Errorf("post %+v", post)
			}
			f.noNotes()
		})
	}
}

// The picture of the comment says nothing about the video of the post, and an entry of
// mentions that only the comment uses is used.
func TestFirstCommentWarnings(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	film, picture := film(75_000), coretest.Picture("https://m.example/1.png", 3, 4)
	cover := coretest.Picture("https://m.example/cover.png", 16, 9)
	var warnings []core.Warning
	s := f.session(pageDemo(), film, picture, cover)
	s.OnWarning = func(w core.Warning) { warnings = append(warnings, w) }
	draft := core.Draft{
		Text: "{{0}}", Media: coretest.MediaRefs(film.URL), Options: json.RawMessage(`{"thumbNail":"` + cover.URL + `"}`),
		FirstComment: &core.FirstComment{Text: "{{1}}", Media: coretest.MediaRefs(picture.URL)},
		Mentions: []core.MentionRef{
			{Name: "Crier Demo", ID: sandbox.PageURN, Field: "mentions[0]"},
			{Name: "John", ID: sandbox.JohnURN, Field: "mentions[1]"},
			{Name: "Jane", ID: sandbox.JaneURN, Field: "mentions[2]"},
		},
	}
	pub := f.plan(pageDemo(), draft)
	if err := pub.(core.Preflighter).Preflight(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	if err := f.prepare(pub, s); err != nil {
		t.Fatal(err)
	}
	var fields []string
	for _, w := range warnings {
		if !slices.Contains(fields, w.Field) {
			fields = append(fields, w.Field)
		}
	}
	if diff := cmp.Diff([]string{"mentions[2]"}, fields); diff != "" {
		t.Errorf("fields of the warnings: %s\n%+v", diff, warnings)
	}
}

func TestPlanFirstComment(t *testing.T) {
	t.Parallel()
	said := func(text string, media ...string) *core.FirstComment {
		return &core.FirstComment{Text: text, Media: refs("firstComment.mediaUrls", media...)}
	}
	for _, tc := range []struct {
		name  string
		draft core.Draft
		field string
		code  core.Code
	}{
		{"text", core.Draft{FirstComment: said("x")}, "", 0},
		{"image", core.Draft{FirstComment: said("", "https://m.example/1.png")}, "", 0},
		{"closed", core.Draft{DisableComments: true}, "", 0},
		{"both", core.Draft{FirstComment: said("x"), DisableComments: true}, "disableComments", core.CodeParameters},
		{"nothing", core.Draft{FirstComment: said("")}, "firstComment.comment", core.CodeParameters},
		{"too long", core.Draft{FirstComment: said(strings.Repeat("a", 1251))}, "firstComment.comment", core.CodeTextTooLong},
		{"two images", core.Draft{FirstComment: said("", "https://m.example/1.png", "https://m.example/2.png")}, "firstComment.mediaUrls[1]", core.CodeUnsupported},
		{"document", core.Draft{FirstComment: said("", "urn:li:document:C1")}, "firstComment.mediaUrls[0]", core.CodeUnsupported},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			tc.draft.Text = "x"
			_, err := newFixture(t).provider.Plan(t.Context(), pageDemo().Account, tc.draft)
			if tc.field == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if all := core.AsErrors(err); len(all) != 1 || all[0].Field != tc.field || all[0].Code != tc.code {
				t.Errorf("%v", err)
			}
		})
	}
}

func refs(field string, urls ...string) []core.MediaRef {
	list := coretest.MediaRefs(urls...)
	for i := range list {
		list[i].Field = strings.Replace(list[i].Field, "mediaUrls", field, 1)
	}
	return list
}

// The picture of a comment is fetched and checked before the post goes out.
func TestFirstCommentsPictureIsNeeded(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	pub := f.plan(pageDemo(), core.Draft{Text: "x", FirstComment: &core.FirstComment{Media: refs("firstComment.mediaUrls", "https://m.example/none.png")}})
	if needs := pub.Needs(); len(needs) != 1 || needs[0].Field != "firstComment.mediaUrls[0]" {
		t.Errorf("needs %+v", needs)
	}
	_, err := pub.Prepare(t.Context(), f.session(pageDemo()))
	if e := core.AsError(err); e.Kind != core.KindMedia || e.Field != "firstComment.mediaUrls[0]" {
		t.Errorf("%+v", e)
	}
}

// A comment right after its post is refused at times since LinkedIn does not know the
// post's activity (quirk 20). Nothing was done then, and it is tried again.
func TestFirstCommentOnABrandNewPost(t *testing.T) {
	t.Parallel()
	f := newFixture(t, linkedintest.WithOptions(func(o *sandbox.Options) { o.ActivityAttempts = 2 }))
	pub, s, receipt := f.finished(pageDemo(), core.Draft{Text: "x", FirstComment: &core.FirstComment{Text: "first"}})
	for range 2 {
		_, err := pub.FollowUp(t.Context(), s, core.FollowUpComment, receipt)
		if e := core.AsError(err); e.Kind != core.KindTemporary || !e.Unsent || e.RetryAfter <= 0 || e.RetryAfter > time.Minute {
			t.Fatalf("%+v", e)
		}
	}
	if _, err := pub.FollowUp(t.Context(), s, core.FollowUpComment, receipt); err != nil {
		t.Fatal(err)
	}
	if got := f.Sandbox.Comments(receipt.RemoteID); len(got) != 1 || got[0].Text != "first" {
		t.Errorf("comments %+v", got)
	}
}

func TestFindFollowUp(t *testing.T) {
	t.Parallel()
	picture := coretest.Picture("https://m.example/1.png", 3, 4)
	for _, tc := range []struct {
		name  string
		fault sandbox.Fault
		found bool
	}{
		{"took effect", sandbox.CutAfter(), true},
		{"had no effect", sandbox.CutBefore(), false},
		{"sign-in page", sandbox.Respond(http.StatusOK, "<html>login</html>"), false},
		{"an answer that names nothing", sandbox.Respond(http.StatusCreated, ""), false},
		{"trouble", sandbox.Respond(http.StatusBadGateway, "<html>"), false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			pub, s, receipt := f.finished(pageDemo(), core.Draft{Text: "x", FirstComment: &core.FirstComment{Text: "by @crier-corner", Media: coretest.MediaRefs(picture.URL)}}, picture)
			since := f.clock.Now()
			f.Next(t, "POST /rest/socialActions/*", tc.fault)
			_, err := pub.FollowUp(t.Context(), s, core.FollowUpComment, receipt)
			if e := core.AsError(err); e.Kind != core.KindTemporary || e.Unsent {
				t.Fatalf("%+v", e)
			}
			result, found, err := pub.FindFollowUp(t.Context(), s, core.FollowUpComment, receipt, since)
			if tc.found {
				if want := f.Sandbox.Comments(receipt.RemoteID)[0].URN; err != nil || !found || result["commentId"] != want {
					t.Errorf("%v, %v, %v", result, found, err)
				}
				return
			}
			if found || core.KindOf(err) != core.KindTemporary || core.AsError(err).RetryAfter <= 0 {
				t.Errorf("at once: %v, %v", found, err)
			}
			f.clock.Advance(time.Minute)
			if _, found, err = pub.FindFollowUp(t.Context(), s, core.FollowUpComment, receipt, since); found || err != nil {
				t.Errorf("later: %v, %v", found, err)
			}
		})
	}
}

func TestDisableComments(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	pub, s, receipt := f.finished(pageDemo(), core.Draft{Text: "x", DisableComments: true})
	if diff := cmp.Diff([]core.FollowUpName{core.FollowUpNoComments}, pub.FollowUps()); diff != "" {
		t.Fatal(diff)
	}
	f.Next(t, "POST /rest/socialMetadata/*", sandbox.Fault{Action: sandbox.ActionCutAfter, Times: 3})
	_, err := pub.FollowUp(t.Context(), s, core.FollowUpNoComments, receipt)
	if e := core.AsError(err); e.Kind != core.KindTemporary || !e.Unsent {
		t.Fatalf("what may be repeated does not say so: %+v", e)
	}
	if _, found, err := pub.FindFollowUp(t.Context(), s, core.FollowUpNoComments, receipt, f.clock.Now()); found || err != nil {
		t.Errorf("%v, %v", found, err)
	}
	if _, err := pub.FollowUp(t.Context(), s, core.FollowUpNoComments, receipt); err != nil {
		t.Fatal(err)
	}
	if post, _ := f.Sandbox.Post(receipt.RemoteID); post.CommentsState != "CLOSED" {
		t.Errorf("post %+v", post)
	}
}

func TestFollowUpOfAPostWithoutAnID(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, d := range []core.Draft{{Text: "x", DisableComments: true}, {Text: "x", FirstComment: &core.FirstComment{Text: "y"}}} {
		pub := f.plan(pageDemo(), d).(core.Finisher)
		if _, err := pub.FollowUp(t.Context(), f.session(pageDemo()), pub.FollowUps()[0], core.Receipt{}); core.KindOf(err) != core.KindNotFound {
			t.Error(err)
		}
	}
}

// An account that may post may not always comment (quirk 50), which is told before the
// post is out.
func TestPreflightWarnsOfCommentsThatWillBeRefused(t *testing.T) {
	t.Parallel()
	page := []string{"w_organization_social", "rw_organization_admin"}
	for _, tc := range []struct {
		name    string
		as      providertest.Author
		scopes  []string
		role    string
		draft   core.Draft
		field   string
		message string
	}{
		{"person without the scope", jane(), []string{"w_member_social"}, "", core.Draft{FirstComment: &core.FirstComment{Text: "y"}}, "firstComment", "w_member_social_feed"},
		{"page without the scope", pageDemo(), page, "", core.Draft{DisableComments: true}, "disableComments", "w_organization_social_feed"},
		{"page with the scope", pageDemo(), append(page, "w_organization_social_feed"), "", core.Draft{DisableComments: true}, "", ""},
		{"person with the scope", janeWithFeeds(), []string{"w_member_social_feed"}, "", core.Draft{FirstComment: &core.FirstComment{Text: "y"}}, "", ""},
		{"scopes are not known", jane(), nil, "", core.Draft{FirstComment: &core.FirstComment{Text: "y"}}, "", ""},
		{"role without comments", pageDemo(), nil, "CONTENT_ADMIN", core.Draft{FirstComment: &core.FirstComment{Text: "y"}}, "firstComment", "CONTENT_ADMIN"},
		{"nothing to follow", jane(), []string{"w_member_social"}, "", core.Draft{}, "", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			if tc.role != "" {
				err := f.Sandbox.AddOrganization(sandbox.Organization{ID: sandbox.PageID, Name: "Crier Demo", Roles: []sandbox.RoleAssignment{{Person: sandbox.JaneID, Role: tc.role}}})
				if err != nil {
					t.Fatal(err)
				}
			}
			var warnings []core.Warning
			s := f.session(tc.as)
			s.Account.Scopes = tc.scopes
			s.OnWarning = func(w core.Warning) { warnings = append(warnings, w) }
			tc.draft.Text = "x"
			if err := f.plan(tc.as, tc.draft).(core.Preflighter).Preflight(t.Context(), s); err != nil {
				t.Fatal(err)
			}
			if tc.field == "" {
				if len(warnings) > 0 {
					t.Errorf("warnings %+v", warnings)
				}
				return
			}
			if len(warnings) != 1 || warnings[0].Field != tc.field || warnings[0].Code != core.CodeForbidden || !strings.Contains(warnings[0].Message, tc.message) {
				t.Errorf("warnings %+v", warnings)
			}
		})
	}
}

// A member who publishes for a page comments for it too, and can take that back.
func TestFirstCommentAsOrganization(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	picture := coretest.Picture("https://m.example/1.png", 3, 4)
	pub, s, receipt := f.finished(janeWithFeeds(), core.Draft{
		Text: "x", Options: json.RawMessage(`{"asOrganization":"` + sandbox.PageURN + `"}`),
		FirstComment: &core.FirstComment{Text: "first", Media: coretest.MediaRefs(picture.URL)},
	}, picture)
	result, err := pub.FollowUp(t.Context(), s, core.FollowUpComment, receipt)
	if err != nil {
		t.Fatal(err)
	}
	if c := f.Sandbox.Comments(receipt.RemoteID)[0]; c.Actor != sandbox.PageURN || c.Image == nil {
		t.Errorf("comment %+v", c)
	}
	id, _ := result["commentId"].(string)
	if err := f.provider.DeleteComment(t.Context(), s, receipt.RemoteID, id); err != nil {
		t.Error(err)
	}
	if left := f.Sandbox.Comments(receipt.RemoteID); len(left) != 0 {
		t.Errorf("left: %+v", left)
	}
}
