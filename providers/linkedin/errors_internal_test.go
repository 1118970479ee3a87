package linkedin

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/internal/rest"
)

func newProvider(t testing.TB, c Config) *Provider {
	t.Helper()
	p, err := New(c, Deps{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

const (
	duplicateBody = `{"errorDetailType":"com.linkedin.common.error.BadRequest",
		"message":"com.linkedin.content.common.exception.BadRequestResponseException: Content is a duplicate of urn:li:share:7141",
		"errorDetails":{"inputErrors":[{"description":"Duplicate post is detected","input":{},"code":"DUPLICATE_POST"}]},"status":422}`
	throttleBody = `{"serviceErrorCode":101,"message":"Resource level throttle limit for calls to this resource is reached.","status":429}`
)

// input is the newer form of an error about one field.
func input(code, description, path string) string {
	return `{"status":400,"message":"Invalid","errorDetails":{"inputErrors":[{"code":"` + code + `","description":"` + description +
		`","input":{"inputPath":{"fieldPath":"` + path + `"}}}]}}`
}

func TestMapError(t *testing.T) {
	t.Parallel()
	p := newProvider(t, Config{})
	for _, tc := range []struct {
		name, op string
		status   int
		body     string
		header   http.Header
		want     core.Error // Kind, Code, Field, Upstream, RemoteID and RetryAfter are compared
		// unexplained: the answer does not say which permission is missing.
		unexplained bool
	}{
		{
			name: "sunset version", status: 426, body: `{"status":426,"code":"NONEXISTENT_VERSION","message":"Requested version 20250401 is not active"}`,
			want: core.Error{Kind: core.KindUnsupported, Code: core.CodeUpstreamVersion, Upstream: "NONEXISTENT_VERSION"},
		},
		{name: "426 of a gateway", status: 426, want: core.Error{Kind: core.KindUnsupported, Code: core.CodeUpstreamVersion}},
		{
			name: "missing version", status: 400, body: `{"code":"VERSION_MISSING","message":"A version must be present"}`,
			want: core.Error{Kind: core.KindUnsupported, Code: core.CodeUpstreamVersion, Upstream: "VERSION_MISSING"},
		},
		{
			name: "expired token", status: 401, body: `{"status":401,"serviceErrorCode":65602,"code":"EXPIRED_ACCESS_TOKEN","message":"The token used in the request has expired"}`,
			want: core.Error{Kind: core.KindAuth, Upstream: "EXPIRED_ACCESS_TOKEN"},
		},
		{
			name: "revoked token", status: 401, body: `{"status":401,"serviceErrorCode":65601,"message":"revoked by the user"}`,
			want: core.Error{Kind: core.KindAuth, Upstream: "65601"},
		},
		{name: "401 without a body", status: 401, want: core.Error{Kind: core.KindAuth}},
		{
			name: "missing scope", status: 403, body: `{"status":403,"serviceErrorCode":100,"message":"Not enough permissions to access: posts.CREATE"}`,
			want: core.Error{Kind: core.KindForbidden, Upstream: "100"},
		},
		{
			name: "missing scope, in more words", status: 403,
			body: `{"status":403,"serviceErrorCode":100,"code":"ACCESS_DENIED","message":"Not enough permissions to access: posts.CREATE.20260701"}`,
			want: core.Error{Kind: core.KindForbidden, Upstream: "100"},
		},
		{name: "part of a video, 401", op: "putVideoPart", status: 401, want: core.Error{Kind: core.KindInvalid, Code: core.CodeUpstreamInvalid}},
		{name: "part of a video, 403", op: "putVideoPart", status: 403, want: core.Error{Kind: core.KindInvalid, Code: core.CodeUpstreamInvalid}},
		{name: "thumbnail of a video, 403", op: "putVideoThumbnail", status: 403, want: core.Error{Kind: core.KindInvalid, Code: core.CodeUpstreamInvalid}},
		{name: "captions of a video, 403", op: "postVideoCaptions", status: 403, want: core.Error{Kind: core.KindForbidden}, unexplained: true},
		{name: "403 without a body", status: 403, want: core.Error{Kind: core.KindForbidden}, unexplained: true},
		{
			name: "foreign author", status: 403, body: `{"status":403,"message":"Field Value validation failed in REQUEST_BODY: Data Processing Exception while processing fields [/author]"}`,
			want: core.Error{Kind: core.KindForbidden},
		},
		{
			name: "member token, organization author", status: 400, body: `{"status":400,"message":"Organization permissions must be used when using organization as author"}`,
			want: core.Error{Kind: core.KindForbidden},
		},
		{
			name: "organization token, member author", status: 400, body: `{"status":400,"message":"Member permissions must be used when using member as author"}`,
			want: core.Error{Kind: core.KindForbidden},
		},
		{name: "throttled", status: 429, body: throttleBody, want: core.Error{Kind: core.KindRateLimited, Upstream: "101"}},
		{
			name: "throttled with a time", status: 429, header: http.Header{"Retry-After": {"300"}},
			want: core.Error{Kind: core.KindRateLimited, RetryAfter: 5 * time.Minute},
		},
		{
			name: "duplicate", status: 422, body: duplicateBody,
			want: core.Error{Kind: core.KindDuplicate, Upstream: "DUPLICATE_POST", RemoteID: "urn:li:share:7141"},
		},
		{name: "duplicate of old", status: 409, body: `{"status":409,"message":"Duplicate content"}`, want: core.Error{Kind: core.KindDuplicate}},
		{
			name: "duplicate in words alone", status: 422, body: `{"status":422,"message":"Duplicate post is detected"}`,
			want: core.Error{Kind: core.KindDuplicate},
		},
		{
			name: "duplicate of another kind of thing", op: "initializeUpload", status: 422, body: `{"status":422,"message":"duplicate field"}`,
			want: core.Error{Kind: core.KindInvalid, Code: core.CodeUpstreamInvalid},
		},
		{
			name: "duplicate in the message alone", status: 400, body: `{"message":"Content is a duplicate of urn:li:ugcPost:9"}`,
			want: core.Error{Kind: core.KindDuplicate, RemoteID: "urn:li:ugcPost:9"},
		},
		{
			name: "conflict", status: 409, body: `{"status":409,"code":"CONFLICT"}`,
			want: core.Error{Kind: core.KindTemporary, Upstream: "CONFLICT", RetryAfter: conflictWait},
		},
		{
			name: "image not ready", status: 400, body: input("MEDIA_ASSET_WAITING_UPLOAD", "not yet", "content"),
			want: core.Error{Kind: core.KindTemporary, Upstream: "MEDIA_ASSET_WAITING_UPLOAD", RetryAfter: notReadyWait},
		},
		{
			name: "image just uploaded", status: 403, body: `{"message":"Accessing this image resource is forbidden. Please check your permissions for this resource"}`,
			want: core.Error{Kind: core.KindTemporary, RetryAfter: notReadyWait},
		},
		{
			name: "image state is hidden", op: "getImage", status: 403, body: `{"message":"Accessing this image resource is forbidden. Please check your permissions for this resource"}`,
			want:        core.Error{Kind: core.KindForbidden},
			unexplained: true,
		},
		{
			name: "image rejected", status: 400, body: `{"code":"MEDIA_ASSET_PROCESSING_FAILED"}`,
			want: core.Error{Kind: core.KindMedia, Code: core.CodeMediaLimits, Upstream: "MEDIA_ASSET_PROCESSING_FAILED"},
		},
		{
			name: "image of another", status: 400, body: input("INVALID_IMAGE_ID", "no", "content"),
			want: core.Error{Kind: core.KindMedia, Code: core.CodeUpstreamInvalid, Upstream: "INVALID_IMAGE_ID"},
		},
		{
			name: "upload expired", status: 400, body: `{"code":"EXPIRED_UPLOAD_URL"}`,
			want: core.Error{Kind: core.KindMedia, Code: core.CodeUpstreamInvalid, Upstream: "EXPIRED_UPLOAD_URL"},
		},
		{
			name: "audience", status: 400, body: `{"message":"The audience is too small"}`,
			want: core.Error{Kind: core.KindInvalid, Code: core.CodeAudienceTooSmall, Field: "linkedInOptions.targeting"},
		},
		{
			name: "audience by its code", status: 422, body: `{"code":"AUDIENCE_SIZE_TOO_SMALL"}`,
			want: core.Error{Kind: core.KindInvalid, Code: core.CodeAudienceTooSmall, Field: "linkedInOptions.targeting", Upstream: "AUDIENCE_SIZE_TOO_SMALL"},
		},
		{
			name: "audience, forbidden", status: 403, body: `{"message":"Targeting is not available for this audience"}`,
			want: core.Error{Kind: core.KindInvalid, Code: core.CodeAudienceTooSmall, Field: "linkedInOptions.targeting"},
		},
		{
			name: "a value of the audience, without a code", status: 422, body: `{"message":"targetEntities has a value that does not exist"}`,
			want: core.Error{Kind: core.KindInvalid, Code: core.CodeUnknownTarget, Field: "linkedInOptions.targeting"},
		},
		{
			name: "a value of the audience", status: 400, body: `{"code":"INVALID_URN_TYPE","message":"targetEntities value must be a geo URN"}`,
			want: core.Error{Kind: core.KindInvalid, Code: core.CodeUnknownTarget, Field: "linkedInOptions.targeting", Upstream: "INVALID_URN_TYPE"},
		},
		{
			name: "text too long", status: 400, body: input("FIELD_LENGTH_TOO_LONG", "commentary length 3001 exceeds maximum 3000", "commentary"),
			want: core.Error{Kind: core.KindInvalid, Code: core.CodeTextTooLong, Field: "post", Upstream: "FIELD_LENGTH_TOO_LONG"},
		},
		{
			name: "alt text too long", status: 400, body: input("FIELD_LENGTH_TOO_LONG", "too long", "content/media/altText"),
			want: core.Error{Kind: core.KindInvalid, Code: core.CodeUpstreamInvalid, Field: "linkedInOptions.altText", Upstream: "FIELD_LENGTH_TOO_LONG"},
		},
		{
			name: "schema", status: 422, body: `{"status":422,"code":"UNPROCESSABLE_ENTITY","message":"ERROR :: /visibility :: bad\nERROR :: /x :: unrecognized field found but not allowed"}`,
			want: core.Error{Kind: core.KindInvalid, Code: core.CodeUpstreamInvalid, Field: "linkedInOptions.visibility", Upstream: "UNPROCESSABLE_ENTITY"},
		},
		{name: "400 without a body", status: 400, want: core.Error{Kind: core.KindInvalid, Code: core.CodeUpstreamInvalid}},
		{name: "404", status: 404, body: `{"code":"NOT_FOUND"}`, want: core.Error{Kind: core.KindNotFound, Upstream: "NOT_FOUND"}},
		{name: "408", status: 408, want: core.Error{Kind: core.KindTemporary}},
		{name: "500", status: 500, body: `{"status":500,"code":"INTERNAL_SERVER_ERROR"}`, want: core.Error{Kind: core.KindTemporary, Upstream: "INTERNAL_SERVER_ERROR"}},
		{
			name: "503 in HTML", status: 503, body: "<html>down</html>", header: http.Header{"Retry-After": {"7"}},
			want: core.Error{Kind: core.KindTemporary, RetryAfter: 7 * time.Second},
		},
		{name: "400 of a gateway", status: 400, body: "<!doctype html>", want: core.Error{Kind: core.KindTemporary}},
		{name: "redirect", status: 302, want: core.Error{Kind: core.KindTemporary}},
		{
			name: "body of an unexpected shape", status: 400, body: `{"message":{"x":1},"code":7,"serviceErrorCode":"a","errorDetails":[]}`,
			want: core.Error{Kind: core.KindInvalid, Code: core.CodeUpstreamInvalid},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			op := "linkedin.createPost"
			if tc.op != "" {
				op = "linkedin." + tc.op
			}
			header := tc.header.Clone()
			if header == nil {
				header = http.Header{}
			}
			header.Set("X-Li-Uuid", "uuid-1")
			got := p.mapError(op, &rest.Response{Status: tc.status, Header: header, Body: []byte(tc.body)})
			if got.Message == "" || got.Op != op || got.Platform != "linkedin" || got.Status != tc.status || got.RequestID != "uuid-1" || got.Unsent {
				t.Errorf("incomplete: %+v", got)
			}
			ignored := cmpopts.IgnoreFields(core.Error{}, "Op", "Platform", "Message", "Help", "Status", "RequestID", "Err")
			if diff := cmp.Diff(&tc.want, got, ignored); diff != "" {
				t.Error(diff)
			}
			if _, ok := errors.AsType[unexplained](got.Err); ok != tc.unexplained {
				t.Errorf("unexplained: %v, want %v", ok, tc.unexplained)
			}
		})
	}
}

func TestMapErrorQuotesSafely(t *testing.T) {
	t.Parallel()
	p := newProvider(t, Config{})
	body := `{"message":"line one\nline\ttwo ` + strings.Repeat("x", 2000) + `"}`
	got := p.mapError("linkedin.createPost", &rest.Response{Status: 400, Header: http.Header{}, Body: []byte(body)})
	if !strings.Contains(got.Message, `"line one line two xxx`) || len(got.Message) > rest.MaxQuote+100 {
		t.Errorf("message %q", got.Message)
	}
}

// Whatever a network answers, the error is complete.
func FuzzMapError(f *testing.F) {
	f.Add(422, []byte(duplicateBody))
	f.Add(400, []byte(`{"errorDetails":{"inputErrors":[null,{}]},"message":"\u0000"}`))
	f.Add(200, []byte("<"))
	p := newProvider(f, Config{})
	kinds := map[core.Kind]bool{}
	for _, k := range core.Kinds() {
		kinds[k] = true
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		e := p.mapError("linkedin.createPost", &rest.Response{Status: status, Header: http.Header{}, Body: body})
		if !kinds[e.Kind] || e.Message == "" || e.Unsent || len(e.Message) > 10*rest.MaxQuote {
			t.Fatalf("%+v", e)
		}
		// What is no definite refusal must not look like one.
		if (status >= 500 || status < 400) && e.Kind != core.KindTemporary {
			t.Fatalf("status %d: %+v", status, e)
		}
	})
}

// What is named as missing reads well wherever it stands in a sentence.
func TestPermissionErrorsReadWell(t *testing.T) {
	t.Parallel()
	for op, wantHelp := range map[string]string{
		"createPost":       "Grant the scope w_member_social (people) or w_organization_social (pages), or the member's role on the page, then link the account again.",
		"userInfo":         "Grant the scope openid or profile, then link the account again.",
		"organizationAcls": "Grant the scope r_organization_admin or rw_organization_admin, then link the account again.",
		"postsByAuthor":    "Grant the scope r_organization_social (pages) or r_member_social (people), then link the account again.",
	} {
		e := newProvider(t, Config{}).mapError("linkedin."+op, &rest.Response{Status: http.StatusForbidden, Header: http.Header{}})
		if diff := cmp.Diff(wantHelp, e.Help); diff != "" {
			t.Errorf("%s: %s", op, diff)
		}
		if strings.Contains(e.Message, ", is") || !strings.HasSuffix(e.Message, " is missing.") {
			t.Errorf("%s: message %q", op, e.Message)
		}
	}
}

func TestUploadHost(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		api, address string
		want         bool
	}{
		{"", "https://www.linkedin.com/dms-uploads/x?sig=1", true},
		{"", "https://api.linkedin.com/x", true},
		{"", "https://LinkedIn.com/x", true},
		{"", "https://media.licdn.com/x", true},
		{"", "http://www.linkedin.com/x", false},
		{"", "https://www.linkedin.com.evil.example/x", false},
		{"", "https://evillinkedin.com/x", false},
		{"", "https://www.linkedin.com:8443/x", false},
		{"", "https://user@www.linkedin.com/x", false},
		{"", "https://127.0.0.1/x", false},
		{"", "://", false},
		{"", "", false},
		{"http://127.0.0.1:8082", "http://127.0.0.1:8082/dms-uploads/x", true},
		{"http://127.0.0.1:8082", "http://127.0.0.1:8083/dms-uploads/x", false},
		{"https://proxy.example", "http://proxy.example/x", false},
	} {
		if got := newProvider(t, Config{APIURL: tc.api}).uploadHost(tc.address); got != tc.want {
			t.Errorf("API %q: %q is %v, want %v", tc.api, tc.address, got, tc.want)
		}
	}
}

func TestCreatedURN(t *testing.T) {
	t.Parallel()
	const share, ugc = "urn:li:share:1", "urn:li:ugcPost:2"
	for _, tc := range []struct {
		name   string
		header http.Header
		want   string
	}{
		{"restli", http.Header{"X-Restli-Id": {share}, "X-Linkedin-Id": {ugc}}, share},
		{"encoded", http.Header{"X-Restli-Id": {"urn%3Ali%3Ashare%3A1"}}, share},
		{"older header", http.Header{"X-Linkedin-Id": {ugc}, "Location": {"/rest/posts/" + share}}, ugc},
		{"address", http.Header{"Location": {"https://api.linkedin.com/rest/posts/urn%3Ali%3AugcPost%3A2"}}, ugc},
		{"nothing", http.Header{}, ""},
		{"no post", http.Header{"X-Restli-Id": {"17"}, "Location": {"/rest/posts/"}}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if got := createdURN(tc.header); got != tc.want {
				t.Errorf("%q, want %q", got, tc.want)
			}
		})
	}
}
