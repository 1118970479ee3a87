package linkedin_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
	"github.com/crier-social/crier/providers/providertest"
)

const (
	initialize = "POST /rest/videos?action=initializeUpload"
	finalize   = "POST /rest/videos?action=finalizeUpload"
	aPart      = "PUT /dms-uploads/*"
)

func respond(status, times int) sandbox.Fault {
	return sandbox.Fault{Action: sandbox.ActionRespond, Status: status, Body: `{"message":"refused"}`, Times: times}
}

// What one attempt cannot do, a later one does, without sending again what is there.
func TestVideoFaultsThatPass(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, pattern string
		fault         sandbox.Fault
		attempts      int // that end with an error first
		videos        int
	}{
		{"initialize in trouble", initialize, respond(503, 3), 1, 1},
		{"initialize cut", initialize, sandbox.CutBefore(), 0, 1},
		{"a part in trouble once", aPart, respond(500, 1), 0, 1},
		{"a part in trouble for long", "PUT /dms-uploads/*/uploaded-video/5", respond(500, 3), 1, 1},
		{"a part cut in the middle", aPart, sandbox.CutDuring(4000), 0, 1},
		{"a part whose answer is lost", aPart, sandbox.CutAfter(), 0, 1},
		{"a part without an ETag", aPart, respond(200, 1), 1, 1},
		{"a part that is turned away", aPart, respond(401, 1), 0, 2},
		{"a part whose address ended", aPart, sandbox.ExpireUpload(), 0, 2},
		{"too many calls", aPart, sandbox.RateLimit(), 1, 1},
		{"finalize in trouble", finalize, respond(500, 1), 1, 1},
		{"finalize lost", finalize, sandbox.CutBefore(), 1, 1},
		{"finalize answered into the void", finalize, sandbox.CutAfter(), 1, 1},
		{"finalize answered by a web page", finalize, sandbox.Respond(200, "<html>login</html>"), 1, 1},
		{"a part answered by a web page", aPart, sandbox.Respond(200, "<html>login</html>"), 0, 1},
		{"finalize refused", finalize, respond(400, 1), 0, 2},
		{"finalize refused twice", finalize, respond(404, 2), 0, 3},
		{"a look in trouble", "GET /rest/videos/*", respond(500, 3), 1, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newVideoFixture(t)
			file := film(75_000)
			f.Next(t, tc.pattern, tc.fault)
			pub, c := f.plan(jane(), filmDraft("")), coretest.NewCheckpoint()
			failures := 0
			for ; failures <= tc.attempts; failures++ {
				s := f.session(jane(), file)
				s.Checkpoint = c
				err := f.prepare(pub, s)
				if err == nil {
					break
				}
				if e := core.AsError(err); e.Kind != core.KindTemporary && e.Kind != core.KindRateLimited {
					t.Fatalf("%+v", e)
				}
			}
			f.Sandbox.ClearFaults()
			s := f.session(jane(), file)
			s.Checkpoint = c
			f.publish(pub, s)
			videos := f.Sandbox.Videos()
			if failures != tc.attempts || len(videos) != tc.videos {
				t.Errorf("%d failed attempts and %d videos, want %d and %d", failures, len(videos), tc.attempts, tc.videos)
			}
			if videos[len(videos)-1].SHA256 != sum(file.Data) {
				t.Error("what arrived is not the file")
			}
		})
	}
}

// What does not pass is told: whose fault it is, where, and the way out.
func TestVideoFaultsThatStay(t *testing.T) {
	t.Parallel()
	cover := coretest.Picture("https://media.example/cover.png", 16, 9)
	for _, tc := range []struct {
		name, pattern string
		fault         sandbox.Fault
		as            providertest.Author
		kind          core.Kind
		field         string
		message       string
		help          string
		videos        int
	}{
		{"parts are turned away", aPart, respond(403, -1), jane(), core.KindMedia, "mediaUrls[0]", `refused a part of the video, with status 403. LinkedIn refused the request: "refused"`, "another video", 3},
		{"finalize is refused", finalize, respond(400, -1), jane(), core.KindMedia, "mediaUrls[0]", "put the video together", "H.264", 3},
		{"initialize is refused", initialize, respond(400, -1), jane(), core.KindMedia, "mediaUrls[0]", `"refused"`, "", 0},
		{"a token that ended", initialize, sandbox.ExpireToken(), jane(), core.KindAuth, "mediaUrls[0]", "expired", "", 0},
		{"no permission", initialize, sandbox.Respond(403, `{"serviceErrorCode":100,"message":"Not enough permissions to access: videos.ACTION"}`), pageDemo(), core.KindForbidden, "mediaUrls[0]", "Not enough permissions", "w_organization_social", 0},
		{"no permission, in more words", initialize, sandbox.Respond(403, `{"serviceErrorCode":100,"code":"ACCESS_DENIED","message":"Not enough permissions to access: videos.ACTION"}`), pageDemo(), core.KindForbidden, "mediaUrls[0]", "Not enough permissions", "w_organization_social", 0},
		{"a thumbnail that is refused", "PUT /dms-uploads/*/uploaded-thumbnail/*", respond(400, -1), jane(), core.KindMedia, "linkedInOptions.thumbNail", `"refused"`, "", 1},
		{"captions that are refused", "POST /dms-uploads/*", respond(400, -1), jane(), core.KindMedia, "linkedInOptions.captions", `"refused"`, "", 1},
		{"captions without permission", "POST /dms-uploads/*", respond(403, -1), pageDemo(), core.KindForbidden, "linkedInOptions.captions", "ADMINISTRATOR", "administrator of the page", 1},
		{"an address of captions that ended", "POST /dms-uploads/*", sandbox.Fault{Action: sandbox.ActionRespond, Status: 400, Body: `{"code":"EXPIRED_UPLOAD_URL","message":"late"}`, Times: -1}, jane(), core.KindMedia, "linkedInOptions.captions", "goes with the video", "leave out linkedInOptions.captions", 3},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newVideoFixture(t)
			f.Next(t, tc.pattern, tc.fault)
			pub := f.plan(tc.as, filmDraft(withCompanions(cover.URL)))
			e := core.AsError(f.prepare(pub, f.session(tc.as, film(75_000), cover, subtitles())))
			if e.Kind != tc.kind || e.Field != tc.field || !strings.Contains(e.Message, tc.message) || !strings.Contains(e.Help, tc.help) || e.Status == 0 {
				t.Errorf("%+v", e)
			}
			if n := len(f.Sandbox.Videos()); n != tc.videos {
				t.Errorf("%d videos, want %d", n, tc.videos)
			}
			if n := f.count(http.MethodPost, "/rest/posts"); n != 0 {
				t.Error("it was posted all the same")
			}
		})
	}
}

// A member whose role on the page allows posts but no videos learns which role he
// needs.
func TestVideoNeedsARole(t *testing.T) {
	t.Parallel()
	f := newVideoFixture(t)
	const contentPage = "urn:li:organization:777"
	if err := f.Sandbox.AddOrganization(sandbox.Organization{ID: 777, Name: "Content", Roles: []sandbox.RoleAssignment{{Person: sandbox.JaneID, Role: "CONTENT_ADMINISTRATOR"}}}); err != nil {
		t.Fatal(err)
	}
	as := author(contentPage, sandbox.PageToken)
	e := core.AsError(f.prepare(f.plan(as, filmDraft("")), f.session(as, film(75_000))))
	want := `LinkedIn refused the video: to publish one on the page, the member needs the role ADMINISTRATOR or DIRECT_SPONSORED_CONTENT_POSTER there: ` +
		`"Accessing this video resource is forbidden. Please check your permissions for this resource"`
	if e.Kind != core.KindForbidden || e.Field != "mediaUrls[0]" || e.Message != want || !strings.Contains(e.Help, "administrator of the page") || e.Status != 403 {
		t.Errorf("%+v", e)
	}
	f.Next(t, initialize, sandbox.Respond(http.StatusForbidden, `{"serviceErrorCode":100,"message":"Not enough permissions to access: videos.ACTION"}`))
	e = core.AsError(f.prepare(f.plan(pageDemo(), filmDraft("")), f.session(pageDemo(), film(75_000))))
	if e.Kind != core.KindForbidden || strings.Contains(e.Message, "ADMINISTRATOR") || !strings.Contains(e.Help, "w_organization_social") {
		t.Errorf("a token without the permission: %+v", e)
	}
	f.Next(t, initialize, sandbox.Respond(http.StatusBadRequest, `{"message":"Organization permissions must be used when using organization as owner"}`))
	e = core.AsError(f.prepare(f.plan(pageDemo(), filmDraft("")), f.session(pageDemo(), film(75_000))))
	if e.Kind != core.KindForbidden || strings.Contains(e.Message, "ADMINISTRATOR") || !strings.Contains(e.Help, "w_organization_social") {
		t.Errorf("a token for people: %+v", e)
	}
	f.Next(t, initialize, respond(http.StatusForbidden, 1))
	e = core.AsError(f.prepare(f.plan(jane(), filmDraft("")), f.session(jane(), film(75_000))))
	if e.Kind != core.KindForbidden || strings.Contains(e.Message, "ADMINISTRATOR") {
		t.Errorf("a person: %+v", e)
	}
	picture := coretest.Picture(filmURL, 3, 4)
	if err := f.prepare(f.plan(as, filmDraft("")), f.session(as, picture)); err != nil {
		t.Errorf("a picture: %v", err)
	}
}

// Addresses that ended while the post waited are replaced.
func TestVideoAddressesEnd(t *testing.T) {
	t.Parallel()
	f := newVideoFixture(t)
	pub, c := f.plan(jane(), filmDraft("")), coretest.NewCheckpoint()
	s := f.session(jane(), film(75_000))
	s.Checkpoint = c
	f.Next(t, "PUT /dms-uploads/*/uploaded-video/7", respond(503, -1))
	if err := f.prepare(pub, s); core.KindOf(err) != core.KindTemporary {
		t.Fatalf("%v", err)
	}
	f.Sandbox.ClearFaults()
	before := len(f.Sandbox.Requests())
	f.clock.Advance(31 * 24 * time.Hour)
	f.publish(pub, s)
	if n := len(f.Sandbox.Videos()); n != 2 {
		t.Errorf("%d videos, want 2", n)
	}
	for _, r := range f.Sandbox.Requests()[before:] {
		if r.Status >= 400 {
			t.Errorf("%s %s: %d: the old address was tried", r.Method, r.Path, r.Status)
		}
	}
}

// Whether a video was put together need not be known: it is asked for again.
func TestVideoIsPutTogetherAgain(t *testing.T) {
	t.Parallel()
	for _, look := range []int{http.StatusForbidden, http.StatusNotFound} {
		t.Run(http.StatusText(look), func(t *testing.T) {
			t.Parallel()
			f := newVideoFixture(t)
			pub, s := f.plan(jane(), filmDraft("")), f.session(jane(), film(75_000))
			f.Next(t, finalize, respond(http.StatusInternalServerError, 1))
			if err := f.prepare(pub, s); core.KindOf(err) != core.KindTemporary {
				t.Fatalf("%v", err)
			}
			f.Next(t, "GET /rest/videos/*", respond(look, 1))
			f.publish(pub, s)
			if n := f.count(http.MethodPut, "/dms-uploads/"); n != 10 || f.video().Status != "AVAILABLE" {
				t.Errorf("%d parts were sent, want 10, once each", n)
			}
		})
	}
}

// When a part fails, at most the one that is next sets out after it, and none is waited
// for any longer.
func TestVideoEndsWithAPartThatFails(t *testing.T) {
	t.Parallel()
	for name, there := range map[string]int64{"all is there": 75_000, "the rest does not come": 8 << 10} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newVideoFixture(t)
			file := film(75_000)
			file.Arrival = coretest.NewArrival()
			file.Arrival.Upto(there)
			f.Next(t, aPart, sandbox.Fault{Action: sandbox.ActionRateLimit, Times: -1})
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			_, err := f.plan(jane(), filmDraft("")).Prepare(ctx, f.session(jane(), file))
			if e := core.AsError(err); e.Kind != core.KindRateLimited || e.RetryAfter != time.Minute {
				t.Errorf("%+v", err)
			}
			if n := f.count(http.MethodPut, "/dms-uploads/"); n > 5 {
				t.Errorf("%d parts were sent, want 4 at a time and the next", n)
			}
		})
	}
}

// An account that is linked again while parts are sent is not asked for by its former
// token.
func TestVideoTakesTheTokenOfTheMoment(t *testing.T) {
	t.Parallel()
	f := newVideoFixture(t)
	const second = "SECOND_TOKEN"
	if err := f.Sandbox.AddToken(sandbox.Token{Name: second, Value: second, Person: sandbox.JaneID, Scopes: []string{"w_member_social"}}); err != nil {
		t.Fatal(err)
	}
	s := f.session(jane(), film(75_000))
	s.Token = func(context.Context) (core.Secret, error) {
		if f.count(http.MethodPut, "/dms-uploads/") > 0 {
			return second, nil
		}
		return sandbox.MemberToken, nil
	}
	f.publish(f.plan(jane(), filmDraft("")), s)
	sent := false
	for _, r := range f.Sandbox.Requests() {
		sent = sent || r.Method == http.MethodPut
		if want := map[bool]string{false: sandbox.MemberToken, true: second}[sent]; r.Token != "" && r.Token != want {
			t.Errorf("%s %s with %s, want %s", r.Method, r.Path, r.Token, want)
		}
	}
}

// Instructions that cannot be followed are not.
func TestVideoRefusesIncoherentInstructions(t *testing.T) {
	t.Parallel()
	for name, parts := range map[string]string{
		"none":            ``,
		"a gap":           `{"firstByte":0,"lastByte":9999,"uploadUrl":"U"},{"firstByte":10001,"lastByte":74999,"uploadUrl":"U"}`,
		"an overlap":      `{"firstByte":0,"lastByte":9999,"uploadUrl":"U"},{"firstByte":9999,"lastByte":74999,"uploadUrl":"U"}`,
		"a late start":    `{"firstByte":1,"lastByte":74999,"uploadUrl":"U"}`,
		"an early end":    `{"firstByte":0,"lastByte":74998,"uploadUrl":"U"}`,
		"backwards":       `{"firstByte":0,"lastByte":-1,"uploadUrl":"U"},{"firstByte":0,"lastByte":74999,"uploadUrl":"U"}`,
		"beyond the end":  `{"firstByte":0,"lastByte":74999,"uploadUrl":"U"},{"firstByte":75000,"lastByte":80000,"uploadUrl":"U"}`,
		"a foreign place": `{"firstByte":0,"lastByte":74999,"uploadUrl":"https://evil.example/x"}`,
		"no place":        `{"firstByte":0,"lastByte":74999}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newVideoFixture(t)
			f.Next(t, initialize, sandbox.Respond(200, `{"value":{"video":"urn:li:video:C5","uploadToken":"","uploadInstructions":[`+
				strings.ReplaceAll(parts, `"U"`, `"`+f.URL+`/dms-uploads/x"`)+`]}}`))
			e := core.AsError(f.prepare(f.plan(jane(), filmDraft("")), f.session(jane(), film(75_000))))
			if e.Kind != core.KindTemporary || e.Field != "mediaUrls[0]" {
				t.Errorf("%+v", e)
			}
			if n := f.count(http.MethodPut, "/"); n != 0 {
				t.Errorf("%d uploads", n)
			}
		})
	}
}

// A place for the thumbnail that was asked for and is not named is not done without.
func TestVideoWantsAPlaceForEveryFile(t *testing.T) {
	t.Parallel()
	f := newVideoFixture(t)
	cover := coretest.Picture("https://media.example/cover.png", 16, 9)
	place := `{"value":{"video":"urn:li:video:C5","uploadInstructions":[{"firstByte":0,"lastByte":74999,"uploadUrl":"U"}],"KEY":"U"}}`
	place = strings.ReplaceAll(place, `"U"`, `"`+f.URL+`/dms-uploads/x"`)
	for missing, key := range map[string]string{"captions": "thumbnailUploadUrl", "a thumbnail": "captionsUploadUrl"} {
		f.Next(t, initialize, sandbox.Respond(200, strings.Replace(place, "KEY", key, 1)))
		e := core.AsError(f.prepare(f.plan(jane(), filmDraft(withCompanions(cover.URL))), f.session(jane(), film(75_000), cover, subtitles())))
		if e.Kind != core.KindTemporary || e.Field != "mediaUrls[0]" {
			t.Errorf("%s: %+v", missing, e)
		}
	}
	if n := f.count(http.MethodPut, "/"); n != 0 {
		t.Errorf("%d uploads", n)
	}
}

// A thumbnail that its source does not give is no refusal of LinkedIn's, after which
// the video would be sent anew.
func TestVideoWhoseThumbnailBreaks(t *testing.T) {
	t.Parallel()
	f := newVideoFixture(t)
	cover := coretest.Picture("https://media.example/cover.png", 16, 9)
	cover.Arrival = coretest.NewArrival()
	cover.Arrival.Break(&core.Error{Kind: core.KindTemporary, Code: core.CodeMediaURL, Message: "the download broke", Status: http.StatusNotFound})
	e := core.AsError(f.prepare(f.plan(jane(), filmDraft(withCompanions(cover.URL))), f.session(jane(), film(75_000), cover, subtitles())))
	if e.Kind != core.KindTemporary || e.Message != "the download broke" || e.Field != "linkedInOptions.thumbNail" {
		t.Errorf("%+v", e)
	}
	if n := len(f.Sandbox.Videos()); n != 1 {
		t.Errorf("%d videos, want 1", n)
	}
}
