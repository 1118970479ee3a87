package linkedin_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
	"github.com/crier-social/crier/providers/providertest"
)

// addPage adds a page on which Jane has the roles.
func (f *fixture) addPage(id int64, roles ...string) providertest.Author {
	f.t.Helper()
	page := sandbox.Organization{ID: id, Name: "A page"}
	for _, role := range roles {
		page.Roles = append(page.Roles, sandbox.RoleAssignment{Person: sandbox.JaneID, Role: role})
	}
	if err := f.Sandbox.AddOrganization(page); err != nil {
		f.t.Fatal(err)
	}
	return author(fmt.Sprintf("urn:li:organization:%d", id), sandbox.PageToken)
}

// preflight runs the early look, and returns what it warned of.
func (f *fixture) preflight(pub core.Publication, s *core.Session) (warnings []core.Warning, err error) {
	s.OnWarning = func(w core.Warning) { warnings = append(warnings, w) }
	err = pub.(core.Preflighter).Preflight(f.t.Context(), s)
	return warnings, err
}

func TestPreflightRoles(t *testing.T) {
	t.Parallel()
	const suffices = "; only ADMINISTRATOR or DIRECT_SPONSORED_CONTENT_POSTER is known to suffice for a video, so LinkedIn may refuse it."
	for _, tc := range []struct {
		name    string
		roles   []string
		warning string
		problem string
	}{
		{name: "administrator", roles: []string{"ADMINISTRATOR"}},
		{name: "sponsor", roles: []string{"DIRECT_SPONSORED_CONTENT_POSTER"}},
		{name: "content and administrator", roles: []string{"CONTENT_ADMIN", "ADMINISTRATOR"}},
		{name: "content", roles: []string{"CONTENT_ADMIN"}, warning: "The member's role on the page is CONTENT_ADMIN" + suffices},
		{name: "content by its other name", roles: []string{"ANALYST", "CONTENT_ADMINISTRATOR"}, warning: "The member's role on the page is ANALYST, CONTENT_ADMINISTRATOR" + suffices},
		{name: "reader", roles: []string{"ANALYST"}, problem: "The member's role on the page is ANALYST; to publish a video, LinkedIn wants ADMINISTRATOR or DIRECT_SPONSORED_CONTENT_POSTER."},
		{name: "none", problem: "The member has no role on the page any more; to publish a video, LinkedIn wants ADMINISTRATOR or DIRECT_SPONSORED_CONTENT_POSTER."},
	} {
		for _, isVideo := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, isVideo %v", tc.name, isVideo), func(t *testing.T) {
				t.Parallel()
				f := newVideoFixture(t)
				as, draft := f.addPage(777, tc.roles...), filmDraft("")
				draft.Media[0].Video = isVideo
				warnings, err := f.preflight(f.plan(as, draft), f.session(as, film(75_000)))
				var want []core.Warning
				if tc.warning != "" {
					want = []core.Warning{{Field: "mediaUrls[0]", Message: tc.warning}}
				}
				if diff := cmp.Diff(want, warnings); diff != "" {
					t.Error(diff)
				}
				if tc.problem == "" {
					if err != nil {
						t.Error(err)
					}
				} else if e := core.AsError(err); e.Kind != core.KindForbidden || e.Field != "mediaUrls[0]" || e.Message != tc.problem || e.Help == "" {
					t.Errorf("%+v", e)
				}
				if n := f.count(http.MethodGet, "/rest/organizationAcls"); n != 1 {
					t.Errorf("the roles were read %d times, want once", n)
				}
			})
		}
	}
}

// Nothing is asked for posts that cannot fail by a role for video.
func TestPreflightAsksForVideosOfPagesAlone(t *testing.T) {
	t.Parallel()
	picture := coretest.Picture("https://m.example/1.png", 3, 4)
	draft := func(urls ...string) core.Draft { return core.Draft{Text: "x", Media: coretest.MediaRefs(urls...)} }
	for _, tc := range []struct {
		name    string
		person  bool
		draft   core.Draft
		fetched int
	}{
		{"text", false, draft(), 0},
		{"a picture", false, draft(picture.URL), 1},
		{"a document", false, draft(slides(3).URL), 1},
		{"several files", false, draft(picture.URL, filmURL), 0},
		{"a video on LinkedIn", false, draft("urn:li:video:C5"), 0},
		{"a file that cannot be had", false, draft("https://m.example/gone.mp4"), 1},
		{"a video of a person", true, draft(filmURL), 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newVideoFixture(t)
			as := f.addPage(777, "CONTENT_ADMIN")
			if tc.person {
				as = jane()
			}
			s, fetched := f.session(as, picture, film(75_000), slides(3)), 0
			fetch := s.Fetch
			s.Fetch = func(ctx context.Context, n core.Need) (*core.Asset, error) {
				fetched++
				return fetch(ctx, n)
			}
			warnings, err := f.preflight(f.plan(as, tc.draft), s)
			if err != nil || len(warnings) != 0 {
				t.Errorf("%v, %v", warnings, err)
			}
			if n := len(f.Sandbox.Requests()); n != 0 || fetched != tc.fetched {
				t.Errorf("%d calls and %d files fetched, want none and %d", n, fetched, tc.fetched)
			}
		})
	}
}

// endless is a list that has always one more page.
func endless() sandbox.Fault {
	const page = `{"elements":[],"paging":{"links":[{"rel":"next","href":"/"}]}}`
	return sandbox.Fault{Action: sandbox.ActionRespond, Status: http.StatusOK, Body: page, Times: -1}
}

// What is no clear answer keeps no post from being tried.
func TestPreflightWithoutAClearAnswer(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		fault sandbox.Fault
	}{
		{"a token that may not read roles", sandbox.Respond(http.StatusForbidden, `{"serviceErrorCode":100,"message":"Not enough permissions to access: organizationAcls.FINDER"}`)},
		{"an app without the resource", sandbox.Respond(http.StatusNotFound, `{"code":"RESOURCE_NOT_FOUND"}`)},
		{"a used-up quota", sandbox.Respond(http.StatusTooManyRequests, `{}`)},
		{"trouble of LinkedIn's", respond(http.StatusServiceUnavailable, -1)},
		{"no JSON", sandbox.Fault{Action: sandbox.ActionRespond, Status: http.StatusOK, Body: "<html>", Times: -1}},
		{"more roles than are read", endless()},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newVideoFixture(t)
			as := f.addPage(777, "ANALYST")
			f.Next(t, "GET /rest/organizationAcls", tc.fault)
			warnings, err := f.preflight(f.plan(as, filmDraft("")), f.session(as, film(75_000)))
			if err != nil || len(warnings) != 0 {
				t.Errorf("%v, %v", warnings, err)
			}
			if n := f.count(http.MethodGet, "/rest/organizationAcls"); n == 0 {
				t.Error("the roles were not asked for")
			}
		})
	}
}

// Without a token there is nothing to ask with, and no post.
func TestPreflightWithoutAToken(t *testing.T) {
	t.Parallel()
	f := newVideoFixture(t)
	s := f.session(pageDemo(), film(75_000))
	lost := &core.Error{Kind: core.KindAuth, Message: "lost"}
	s.Token = func(context.Context) (core.Secret, error) { return "", lost }
	draft := filmDraft("")
	draft.Text = "@crier-demo" // which would be looked up
	_, err := f.preflight(f.plan(pageDemo(), draft), s)
	if !errors.Is(err, lost) || len(core.AsErrors(err)) != 1 {
		t.Errorf("error %v, want %v alone", err, lost)
	}
}

// A video that LinkedIn takes from a content administrator goes out in spite of the doubt.
func TestPreflightDoubtIsNoRefusal(t *testing.T) {
	t.Parallel()
	f := newVideoFixture(t, func(o *sandbox.Options) { o.ContentAdminsUploadVideos = true })
	as := f.addPage(777, "CONTENT_ADMIN")
	pub, s := f.plan(as, filmDraft("")), f.session(as, film(75_000))
	warnings, err := f.preflight(pub, s)
	if err != nil || len(warnings) != 1 || !strings.Contains(warnings[0].Message, "may refuse") {
		t.Fatalf("%v, %v", warnings, err)
	}
	if post := f.publish(pub, s); len(post.Media) != 1 || post.Author != as.Account.RemoteID {
		t.Errorf("%+v", post)
	}
}
