package sandbox_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

type m = map[string]any

func TestCreateAnswersWithTheHeaderAlone(t *testing.T) {
	t.Parallel()
	b := start(t)
	a := b.want(http.StatusCreated, "POST", "/rest/posts", body(nil))
	if a.body != "" {
		t.Errorf("body %q, want none", a.body)
	}
	if got := a.header.Get("x-restli-id"); !strings.HasPrefix(got, "urn:li:share:") {
		t.Errorf("x-restli-id %q, want a share", got)
	}
	for _, name := range []string{"Location", "x-linkedin-id"} {
		if got := a.header.Get(name); got != "" {
			t.Errorf("%s: %q, want none", name, got)
		}
	}
}

func TestCreateRules(t *testing.T) {
	t.Parallel()
	b := start(t)
	mine := b.image(sandbox.PageURN, pngOf(t, 4, 3))
	janes := b.image(sandbox.JaneURN, pngOf(t, 5, 3))
	waiting := b.initialize(sandbox.PageURN).Image
	broken := b.image(sandbox.PageURN, []byte("RIFF\x00\x00\x00\x00WEBPVP8 nothing"))
	fixed := b.post(m{"commentary": "no resharing", "isReshareDisabledByAuthor": true})
	hidden := b.post(m{"commentary": "not public", "visibility": "LOGGED_IN"})
	media := func(id string) m { return m{"media": m{"id": id}} }
	many := func(n int) m {
		images := make([]m, n)
		for i := range images {
			images[i] = m{"id": mine}
		}
		return m{"multiImage": m{"images": images}}
	}
	member := token(sandbox.MemberToken)
	for _, tt := range []struct {
		name    string
		change  m
		edits   []edit
		status  int
		code    string
		message string
	}{
		{"author missing", m{"author": nil}, nil, 422, "UNPROCESSABLE_ENTITY", "ERROR :: /author :: field is required but not found and has no default value"},
		{"two fields missing, two lines", m{"author": nil, "visibility": nil}, nil, 422, "UNPROCESSABLE_ENTITY", "default value\nERROR :: /visibility :: field is required"},
		{"feed missing", m{"distribution": m{}}, nil, 422, "UNPROCESSABLE_ENTITY", "ERROR :: /distribution/feedDistribution :: field is required"},
		{"unknown field", m{"x": 1}, nil, 422, "UNPROCESSABLE_ENTITY", "ERROR :: /x :: unrecognized field found but not allowed"},
		{"unknown inner field", m{"content": m{"media": m{"id": mine, "alt": ""}}}, nil, 422, "UNPROCESSABLE_ENTITY", "ERROR :: /content/media/alt :: unrecognized field"},
		{"unknown content", m{"content": m{"gallery": m{}}}, nil, 422, "UNPROCESSABLE_ENTITY", "ERROR :: /content/gallery :: unrecognized field"},
		{"wrong type", m{"commentary": 5}, nil, 422, "UNPROCESSABLE_ENTITY", "ERROR :: /commentary :: 5 cannot be coerced to String"},
		{"unknown symbol", m{"visibility": "EVERYBODY"}, nil, 422, "UNPROCESSABLE_ENTITY", "ERROR :: /visibility :: \"EVERYBODY\" is not an enum symbol"},
		{"read-only field", m{"id": "urn:li:share:1"}, nil, 422, "UNPROCESSABLE_ENTITY", "ERROR :: /id :: ReadOnly field present in a create request"},
		{"two contents", m{"content": m{"media": m{"id": mine}, "article": m{"source": "https://example.com"}}}, nil, 422, "UNPROCESSABLE_ENTITY", "exactly one entry for a union"},
		{"no content in content", m{"content": m{}}, nil, 422, "UNPROCESSABLE_ENTITY", "exactly one entry for a union"},

		{"author is a company", m{"author": "urn:li:company:1"}, nil, 400, "INVALID_URN_TYPE", "author"},
		{"author is a bare id", m{"author": "5515715"}, nil, 400, "INVALID_URN_TYPE", "author"},
		{"author prefixed twice", m{"author": "urn:li:organization:" + sandbox.PageURN}, nil, 400, "INVALID_URN_ID", "author"},
		{"author is somebody else", m{"author": sandbox.JohnURN}, nil, 403, "", "Data Processing Exception while processing fields [/author]"},
		{"author is an unknown page", m{"author": "urn:li:organization:1"}, nil, 403, "", "[/author]"},
		{"page without a role", nil, []edit{token(sandbox.OtherToken)}, 403, "ACCESS_DENIED", "role"},
		{"page with a member token", nil, []edit{member}, 400, "ILLEGAL_ARGUMENT", "Organization permissions must be used when using organization as author"},
		{"token without any posting scope", m{"author": sandbox.JaneURN}, []edit{token(sandbox.LoginToken)}, 403, "", "Not enough permissions to access: posts.CREATE"},

		{"draft", m{"lifecycleState": "DRAFT"}, nil, 400, "INVALID_VALUE_FOR_FIELD", "lifecycleState can't be set to DRAFT"},
		{"page to its connections", m{"visibility": "CONNECTIONS"}, nil, 400, "INVALID_VALUE_FOR_FIELD", "visibility"},
		{"container missing", m{"visibility": "CONTAINER"}, nil, 400, "MISSING_FIELD", "container"},
		{"container", m{"visibility": "CONTAINER", "container": "urn:li:group:1"}, nil, 403, "ACCESS_DENIED", "container"},
		{"container in public", m{"container": "urn:li:group:1"}, nil, 400, "INVALID_VALUE_FOR_FIELD", "container"},
		{"blank", m{"commentary": ""}, nil, 400, "INVALID_VALUE_BLANK_FIELD", "commentary can't be blank"},
		{"too long", m{"commentary": strings.Repeat("x", 3001)}, nil, 400, "FIELD_LENGTH_TOO_LONG", "commentary length 3001 exceeds maximum 3000"},
		{"too long in UTF-16", m{"commentary": strings.Repeat("👋", 1501)}, nil, 400, "FIELD_LENGTH_TOO_LONG", "length 3002"},
		{"too long behind the cut", m{"commentary": "(" + strings.Repeat("x", 3000)}, nil, 400, "FIELD_LENGTH_TOO_LONG", "length 3001"},
		{"member targets", m{"author": sandbox.JaneURN, "distribution": m{"feedDistribution": "MAIN_FEED", "targetEntities": []m{{}}}}, nil, 400, "INVALID_VALUE_FOR_FIELD", "targetEntities"},
		{"member posts dark", m{"author": sandbox.JaneURN, "distribution": m{"feedDistribution": "NONE"}}, nil, 400, "INVALID_VALUE_FOR_FIELD", "feedDistribution"},
		{"target of another kind", m{"distribution": m{"feedDistribution": "MAIN_FEED", "targetEntities": []m{{"geoLocations": []string{"urn:li:country:us"}}}}}, nil, 400, "INVALID_URN_TYPE", "geoLocations"},
		{"target audience too small", m{"author": sandbox.SmallPageURN, "distribution": m{"feedDistribution": "MAIN_FEED", "targetEntities": []m{{"seniorities": []string{"urn:li:seniority:5"}}}}}, nil, 400, "AUDIENCE_SIZE_TOO_SMALL", "minimum audience size of 300"},
		{"call to action", m{"contentCallToActionLabel": "CLICK_HERE"}, nil, 400, "INVALID_CALL_TO_ACTION", "label"},
		{"landing page", m{"contentLandingPage": "javascript:alert(1)"}, nil, 400, "INVALID_URL", "contentLandingPage"},

		{"media of no kind", m{"content": media("urn:li:digitalmediaAsset:C4")}, nil, 400, "INVALID_URN_TYPE", "id"},
		{"media unknown", m{"content": media("urn:li:image:C4E22AQnothing")}, nil, 400, "INVALID_IMAGE_ID", "not valid or not owned"},
		{"media of another owner", m{"content": media(janes)}, nil, 400, "INVALID_IMAGE_ID", "not valid or not owned"},
		{"media not uploaded", m{"content": media(waiting)}, nil, 400, "MEDIA_ASSET_WAITING_UPLOAD", waiting},
		{"media broken", m{"content": media(broken)}, nil, 400, "MEDIA_ASSET_PROCESSING_FAILED", broken},
		{"video unknown", m{"content": media("urn:li:video:C5F")}, nil, 400, "INVALID_VIDEO_ID", "video"},
		{"document unknown", m{"content": m{"media": m{"id": "urn:li:document:D5F", "title": "t"}}}, nil, 400, "INVALID_URN_ID", "Document id"},
		{"document without a title", m{"content": media("urn:li:document:D5F")}, nil, 400, "MISSING_FIELD", "title"},
		{"document with a blank title", m{"content": m{"media": m{"id": "urn:li:document:D5F", "title": " "}}}, nil, 400, "MISSING_FIELD", "title"},
		{"document with altText", m{"content": m{"media": m{"id": "urn:li:document:D5F", "title": "t", "altText": "a"}}}, nil, 400, "INVALID_VALUE_FOR_FIELD", "altText"},
		{"video with altText", m{"content": m{"media": m{"id": "urn:li:video:C5F", "altText": "a"}}}, nil, 400, "INVALID_VALUE_FOR_FIELD", "altText"},
		{"video among images", m{"content": m{"multiImage": m{"images": []m{{"id": "urn:li:video:C5F"}, {"id": "urn:li:video:C5G"}}}}}, nil, 400, "INVALID_URN_TYPE", "image URN"},
		{"alt text too long", m{"content": m{"media": m{"id": mine, "altText": strings.Repeat("a", 4087)}}}, nil, 400, "FIELD_LENGTH_TOO_LONG", "altText length 4087 exceeds maximum 4086"},
		{"one of many images", m{"content": many(1)}, nil, 400, "INVALID_VALUE_FOR_FIELD", "2 to 20"},
		{"21 images", m{"content": many(21)}, nil, 400, "INVALID_VALUE_FOR_FIELD", "2 to 20"},
		{"many with a video", m{"content": m{"multiImage": m{"images": []m{{"id": mine}, {"id": "urn:li:video:C5F"}}}}}, nil, 400, "INVALID_URN_TYPE", "id"},
		{"many with a broken one", m{"content": m{"multiImage": m{"images": []m{{"id": mine}, {"id": broken}}}}}, nil, 400, "MEDIA_ASSET_PROCESSING_FAILED", broken},
		{"carousel", m{"content": m{"carousel": m{}}}, nil, 400, "INVALID_VALUE_FOR_FIELD", "carousel"},

		{"repost with content", m{"content": media(mine), "reshareContext": m{"parent": fixed}}, nil, 400, "INVALID_VALUE_FOR_FIELD", "content"},
		{"repost of nothing", m{"reshareContext": m{"parent": "urn:li:share:1"}}, nil, 400, "INVALID_URN_ID", "parent"},
		{"repost of a page", m{"reshareContext": m{"parent": sandbox.PageURN}}, nil, 400, "INVALID_URN_TYPE", "parent"},
		{"repost of what is not public", m{"reshareContext": m{"parent": hidden}}, nil, 403, "ACCESS_DENIED", "reshared"},
		{"repost where it is off", m{"reshareContext": m{"parent": fixed}}, nil, 403, "ACCESS_DENIED", "reshared"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := b.do("POST", "/rest/posts", body(tt.change), tt.edits...)
			if a.status != tt.status {
				t.Fatalf("status %d, want %d: %s", a.status, tt.status, a.body)
			}
			if a.header.Get("x-restli-id") != "" {
				t.Error("a refused post has an id")
			}
			e := a.problem(t)
			if e.Code != tt.code {
				t.Errorf("code %q, want %q", e.Code, tt.code)
			}
			if !strings.Contains(e.Message, tt.message) {
				t.Errorf("message %q does not contain %q", e.Message, tt.message)
			}
		})
	}
}

func TestCreateTakes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		change func(b *box) m
		edits  []edit
		kind   string
	}{
		{"person with a member token", func(*box) m { return m{"author": sandbox.JaneURN, "visibility": "CONNECTIONS"} }, []edit{token(sandbox.MemberToken)}, "share"},
		{"person with a page token", func(*box) m { return m{"author": sandbox.JaneURN} }, nil, "share"},
		{"logged-in readers only", func(*box) m { return m{"visibility": "LOGGED_IN"} }, nil, "share"},
		{"3000 characters", func(*box) m { return m{"commentary": strings.Repeat("x", 3000)} }, nil, "share"},
		{"escapes beyond the limit", func(*box) m { return m{"commentary": strings.Repeat(`\(`, 3000)} }, nil, "share"},
		{"all optional fields", func(*box) m {
			return m{
				"isReshareDisabledByAuthor": true, "contentLandingPage": "https://example.com/", "contentCallToActionLabel": "LEARN_MORE",
				"distribution": m{"feedDistribution": "MAIN_FEED", "thirdPartyDistributionChannels": []string{}, "targetEntities": []m{{
					"geoLocations": []string{"urn:li:geo:103644278"}, "staffCountRanges": []string{"SIZE_51_TO_200"}, "interfaceLocales": []m{{"language": "en", "country": "US"}},
				}}},
			}
		}, nil, "share"},
		{"target of the smallest audience", func(b *box) m {
			o := sandbox.Organization{ID: 300, Name: "Three hundred", Followers: 300, Audience: []sandbox.FollowerGroup{
				{Count: 300, Facets: map[string][]string{"seniorities": {"urn:li:seniority:5"}}},
			}, Roles: []sandbox.RoleAssignment{{Person: sandbox.JaneID, Role: "ADMINISTRATOR"}}}
			if err := b.AddOrganization(o); err != nil {
				b.t.Fatal(err)
			}
			return m{"author": o.URN(), "distribution": m{"feedDistribution": "MAIN_FEED", "targetEntities": []m{{"seniorities": []string{"urn:li:seniority:5"}}}}}
		}, nil, "share"},
		{"one image without text", func(b *box) m {
			return m{"commentary": "", "content": m{"media": m{"id": b.image(sandbox.PageURN, pngOf(b.t, 2, 2)), "altText": "a", "title": "b"}}}
		}, nil, "share"},
		{"20 images", func(b *box) m {
			id := b.image(sandbox.PageURN, pngOf(b.t, 2, 2))
			images := make([]m, 20)
			for i := range images {
				images[i] = m{"id": id, "altText": strconv.Itoa(i)}
			}
			return m{"content": m{"multiImage": m{"images": images}}}
		}, nil, "ugcPost"},
		{"repost", func(b *box) m {
			return m{"commentary": "", "reshareContext": m{"parent": b.post(m{"commentary": "parent"})}}
		}, nil, "share"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := start(t)
			urn := b.post(tt.change(b), tt.edits...)
			if !strings.HasPrefix(urn, "urn:li:"+tt.kind+":") {
				t.Errorf("URN %q, want a %s", urn, tt.kind)
			}
			if _, found := b.Post(urn); !found {
				t.Error("the post is not there")
			}
		})
	}
}

func TestCountMarkup(t *testing.T) {
	t.Parallel()
	b := start(t, func(o *sandbox.Options) { o.CountMarkup = true })
	b.want(http.StatusBadRequest, "POST", "/rest/posts", body(m{"commentary": strings.Repeat(`\(`, 1501)}))
	b.post(m{"commentary": strings.Repeat(`\(`, 1500)})
}

func TestDuplicates(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		wait   time.Duration
		change func(b *box) m
		edits  []edit
		status int
	}{
		{"same text", 0, func(*box) m { return m{"commentary": "one two"} }, nil, 422},
		{"just before the window ends", 10*time.Minute - time.Second, func(*box) m { return m{"commentary": "one two"} }, nil, 422},
		{"after the window", 10 * time.Minute, func(*box) m { return m{"commentary": "one two"} }, nil, 201},
		{"other white space", 0, func(*box) m { return m{"commentary": "  one\n\ntwo\u00a0"} }, nil, 422},
		{"with an image", 0, func(b *box) m {
			return m{"commentary": "one two", "content": m{"media": m{"id": b.image(sandbox.PageURN, pngOf(b.t, 2, 2))}}}
		}, nil, 422},
		{"other visibility", 0, func(*box) m { return m{"commentary": "one two", "visibility": "LOGGED_IN"} }, nil, 422},
		{"other text", 0, func(*box) m { return m{"commentary": "one three"} }, nil, 201},
		{"other author", 0, func(*box) m { return m{"commentary": "one two", "author": sandbox.JaneURN} }, nil, 201},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := start(t)
			first := b.post(m{"commentary": "one two"})
			b.clock.Advance(tt.wait)
			a := b.want(tt.status, "POST", "/rest/posts", body(tt.change(b)), tt.edits...)
			if tt.status != http.StatusUnprocessableEntity {
				return
			}
			want := `{"errorDetailType":"com.linkedin.common.error.BadRequest",` +
				`"message":"com.linkedin.content.common.exception.BadRequestResponseException: Content is a duplicate of ` + first + `",` +
				`"errorDetails":{"inputErrors":[{"description":"Duplicate post is detected","input":{},"code":"DUPLICATE_POST"}]},"status":422}`
			if diff := cmp.Diff(want, a.body); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
			if n := len(b.Posts()); n != 1 {
				t.Errorf("%d posts, want 1", n)
			}
		})
	}
}

func TestDuplicatesOfPostsWithoutText(t *testing.T) {
	t.Parallel()
	b := start(t)
	publish := func(status int, content []byte) {
		t.Helper()
		b.want(status, "POST", "/rest/posts", body(m{"commentary": "", "content": m{"media": m{"id": b.image(sandbox.PageURN, content)}}}))
	}
	publish(201, pngOf(t, 2, 2))
	publish(201, pngOf(t, 3, 3))
	publish(422, pngOf(t, 2, 2))
}

func TestDuplicatesOfRepostsWithoutText(t *testing.T) {
	t.Parallel()
	b := start(t)
	first, second := b.post(m{"commentary": "first"}), b.post(m{"commentary": "second"})
	repost := func(status int, parent string) {
		t.Helper()
		b.want(status, "POST", "/rest/posts", body(m{"commentary": "", "reshareContext": m{"parent": parent}}))
	}
	repost(201, first)
	repost(201, second)
	repost(422, first)
}

// A duplicate is one of a post that is still kept, and the latest of its text.
func TestDuplicatesOfForgottenPosts(t *testing.T) {
	t.Parallel()
	b := start(t, func(o *sandbox.Options) { o.MaxPosts = 2 })
	b.post(m{"commentary": "one"})
	b.clock.Advance(10 * time.Minute)
	latest := b.post(m{"commentary": "one"})
	b.post(m{"commentary": "two"}) // drops the first
	e := b.want(422, "POST", "/rest/posts", body(m{"commentary": "one"})).problem(t)
	if !strings.HasSuffix(e.Message, "duplicate of "+latest) {
		t.Errorf("message %q does not name %s", e.Message, latest)
	}
	b.post(m{"commentary": "three"}) // drops the latest
	b.post(m{"commentary": "one"})
}

func TestFindingsAreBounded(t *testing.T) {
	t.Parallel()
	b := start(t)
	fields := m{}
	for i := range 60 {
		fields["x"+strconv.Itoa(i)] = i
	}
	e := b.want(422, "POST", "/rest/posts", body(fields)).problem(t)
	if n := strings.Count(e.Message, "ERROR :: "); n != 50 {
		t.Errorf("%d findings, want 50", n)
	}
}

func TestDuplicatesSwitchedOff(t *testing.T) {
	t.Parallel()
	b := start(t, func(o *sandbox.Options) { o.DuplicateWindow = -1 })
	first, second := b.post(nil), b.post(nil)
	if first == second {
		t.Error("two posts have the same URN")
	}
}

func TestDuplicateAfterDeletion(t *testing.T) {
	t.Parallel()
	remove := func(b *box, urn string) { b.want(http.StatusNoContent, "DELETE", "/rest/posts/"+enc(urn), "") }
	t.Run("names the original", func(t *testing.T) {
		t.Parallel()
		b := start(t)
		first := b.post(nil)
		remove(b, first)
		b.clock.Advance(10*time.Minute - time.Second)
		if e := b.want(422, "POST", "/rest/posts", body(nil)).problem(t); !strings.HasSuffix(e.Message, "duplicate of "+first) {
			t.Errorf("%q does not name %s", e.Message, first)
		}
		b.want(http.StatusNotFound, "GET", "/rest/posts/"+enc(first), "")
		b.clock.Advance(time.Second)
		b.post(nil)
	})
	t.Run("names ghosts", func(t *testing.T) {
		t.Parallel()
		b := start(t, func(o *sandbox.Options) { o.GhostDuplicates = true })
		first := b.post(nil)
		remove(b, first)
		seen := map[string]bool{first: true}
		for range 3 {
			e := b.want(422, "POST", "/rest/posts", body(nil)).problem(t)
			_, urn, _ := strings.Cut(e.Message, "duplicate of ")
			if seen[urn] {
				t.Errorf("ghost %q was named before", urn)
			}
			seen[urn] = true
			b.want(http.StatusNotFound, "GET", "/rest/posts/"+enc(urn), "")
		}
		b.clock.Advance(24*time.Hour - time.Second)
		b.want(422, "POST", "/rest/posts", body(nil))
		b.clock.Advance(time.Second)
		b.post(nil)
	})
}
