package sandbox_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

func TestRefusesRequestsThatTheRealAPIRefuses(t *testing.T) {
	t.Parallel()
	b := start(t)
	urn := b.post(nil)
	finder := "/rest/posts?q=author&author=" + enc(sandbox.PageURN)
	for _, tt := range []struct {
		name           string
		method, target string
		body           string
		edits          []edit
		status         int
		code           string
		service        int
		message        string // part of it
	}{
		{"no token", "GET", finder, "", []edit{without("Authorization")}, 401, "EMPTY_ACCESS_TOKEN", 401, "Empty"},
		{"empty token", "GET", finder, "", []edit{with("Authorization", "Bearer ")}, 401, "EMPTY_ACCESS_TOKEN", 401, ""},
		{"basic scheme", "GET", finder, "", []edit{with("Authorization", "Basic eDp5")}, 401, "", 0, "authentication scheme"},
		{"unknown token", "GET", finder, "", []edit{token("nonsense")}, 401, "INVALID_ACCESS_TOKEN", 65600, "Invalid access token"},
		{"revoked token", "GET", finder, "", []edit{token(sandbox.RevokedToken)}, 401, "REVOKED_ACCESS_TOKEN", 65601, "revoked"},
		{"expired token", "GET", finder, "", []edit{token(sandbox.ExpiredToken)}, 401, "EXPIRED_ACCESS_TOKEN", 65602, "expired"},
		{"version missing", "GET", finder, "", []edit{without("LinkedIn-Version")}, 400, "VERSION_MISSING", 0, "version"},
		{"version sunset", "GET", finder, "", []edit{with("LinkedIn-Version", "202504")}, 426, "NONEXISTENT_VERSION", 0, "Requested version 20250401 is not active"},
		{"version sunset this week", "GET", finder, "", []edit{with("LinkedIn-Version", "202511")}, 426, "NONEXISTENT_VERSION", 0, "20251101"},
		{"version never released", "GET", finder, "", []edit{with("LinkedIn-Version", "202512")}, 426, "NONEXISTENT_VERSION", 0, "20251201"},
		{"version of the future", "GET", finder, "", []edit{with("LinkedIn-Version", "202701")}, 426, "NONEXISTENT_VERSION", 0, "20270101"},
		{"version with an unknown revision", "GET", finder, "", []edit{with("LinkedIn-Version", "202504.07")}, 426, "NONEXISTENT_VERSION", 0, "20250407"},
		{"version of another form", "GET", finder, "", []edit{with("LinkedIn-Version", "v2")}, 426, "NONEXISTENT_VERSION", 0, "v2"},
		{"protocol unknown", "GET", finder, "", []edit{with("X-Restli-Protocol-Version", "9")}, 400, "ILLEGAL_ARGUMENT", 0, "protocol"},
		{"list without the protocol header", "GET", "/rest/posts?ids=List(" + enc(urn) + ")", "", []edit{without("X-Restli-Protocol-Version")}, 400, "ILLEGAL_ARGUMENT", 0, "Invalid param"},
		{"list encoded as a whole", "GET", "/rest/posts?ids=" + enc("List("+enc(urn)+")"), "", nil, 400, "ILLEGAL_ARGUMENT", 0, "Invalid param"},
		{"raw URN in a list", "GET", "/rest/posts?ids=List(" + urn + ")", "", nil, 400, "ILLEGAL_ARGUMENT", 0, "Invalid param"},
		{"raw URN in a parameter", "GET", "/rest/posts?q=author&author=" + sandbox.PageURN, "", nil, 400, "ILLEGAL_ARGUMENT", 0, "Invalid param"},
		{"raw URN in a path", "GET", "/rest/posts/" + urn, "", nil, 400, "", 0, "Syntax exception in path variables"},
		{"bad percent sequence", "GET", "/rest/posts?q=author&author=List(%", "", nil, 400, "ILLEGAL_ARGUMENT", 0, ""},
		{"unknown parameter", "GET", finder + "&page=2", "", nil, 400, "QUERY_PARAM_NOT_ALLOWED", 0, "page"},
		{"parameter twice", "GET", finder + "&count=1&count=2", "", nil, 400, "ILLEGAL_ARGUMENT", 0, "twice"},
		{"unknown finder", "GET", "/rest/posts?q=everything", "", nil, 400, "ILLEGAL_ARGUMENT", 0, "everything"},
		{"finder under another method name", "GET", finder, "", []edit{with("X-RestLi-Method", "BATCH_GET")}, 400, "ILLEGAL_ARGUMENT", 0, "FINDER"},
		{"unknown action", "POST", "/rest/images?action=explode", "{}", nil, 400, "ILLEGAL_ARGUMENT", 0, "explode"},
		{"all posts", "GET", "/rest/posts", "", nil, 405, "METHOD_NOT_ALLOWED", 0, "GET_ALL"},
		{"PUT to a post", "PUT", "/rest/posts/" + enc(urn), "{}", nil, 405, "METHOD_NOT_ALLOWED", 0, "UPDATE"},
		{"DELETE without a key", "DELETE", "/rest/posts", "", nil, 400, "ILLEGAL_ARGUMENT", 0, "key"},
		{"HTTP method unknown", "PATCH", "/rest/posts/" + enc(urn), "{}", nil, 405, "METHOD_NOT_ALLOWED", 0, "PATCH"},
		{"POST to an entity", "POST", "/rest/posts/" + enc(urn), `{"patch":{"$set":{"commentary":"x"}}}`, nil, 400, "ILLEGAL_ARGUMENT", 0, "PARTIAL_UPDATE"},
		{"unknown resource", "GET", "/rest/nothing", "", nil, 404, "RESOURCE_NOT_FOUND", 0, "No virtual resource found"},
		{"sub-resource", "GET", "/rest/posts/" + enc(urn) + "/comments", "", nil, 404, "RESOURCE_NOT_FOUND", 0, ""},
		{"unknown /v2 path", "GET", "/v2/ugcPosts", "", nil, 404, "RESOURCE_NOT_FOUND", 0, ""},
		{"not JSON", "POST", "/rest/posts", "author=x", []edit{with("Content-Type", "application/x-www-form-urlencoded")}, 415, "UNSUPPORTED_MEDIA_TYPE", 0, ""},
		{"malformed JSON", "POST", "/rest/posts", `{"author":`, nil, 400, "ILLEGAL_ARGUMENT", 0, "data map"},
		{"two JSON values", "POST", "/rest/posts", body(nil) + "{}", nil, 400, "ILLEGAL_ARGUMENT", 0, "data map"},
		{"JSON null", "POST", "/rest/posts", "null", nil, 400, "ILLEGAL_ARGUMENT", 0, "data map"},
		{"huge body", "POST", "/rest/posts", strings.Repeat(" ", 1<<20+1), nil, 413, "", 0, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := b.do(tt.method, tt.target, tt.body, tt.edits...)
			if a.status != tt.status {
				t.Fatalf("status %d, want %d: %s", a.status, tt.status, a.body)
			}
			e := a.problem(t)
			if e.Code != tt.code || e.ServiceCode != tt.service {
				if len(e.Details.InputErrors) == 0 || e.Details.InputErrors[0].Code != tt.code {
					t.Errorf("code %q, serviceErrorCode %d; want %q, %d: %s", e.Code, e.ServiceCode, tt.code, tt.service, a.body)
				}
			}
			if !strings.Contains(e.Message+a.body, tt.message) {
				t.Errorf("body %s does not contain %q", a.body, tt.message)
			}
			for _, name := range []string{"x-li-uuid", "x-li-request-id", "x-li-fabric"} {
				if a.header.Get(name) == "" {
					t.Errorf("header %s is missing", name)
				}
			}
		})
	}
}

func TestVersionsLiveFromTheirMonthToTheirSunset(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, version string
		now           time.Time
		every         bool
		status        int
	}{
		{"last moment", "202511", time.Date(2026, 11, 15, 23, 59, 59, 0, time.UTC), false, 200},
		{"sunset", "202511", time.Date(2026, 11, 16, 0, 0, 0, 0, time.UTC), false, 426},
		{"before its month", "202609", time.Date(2026, 8, 31, 23, 59, 59, 0, time.UTC), false, 426},
		{"first moment", "202609", time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC), false, 200},
		{"no sunset announced", "202609", time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC), false, 200},
		{"with revision", "202609.01", time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC), false, 200},
		{"every version", "202504", time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC), true, 200},
		{"every version of the table only", "209901", time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC), true, 426},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := start(t, func(o *sandbox.Options) { o.EveryVersion = tt.every })
			b.clock.Set(tt.now)
			b.want(tt.status, "GET", "/rest/organizationAcls?q=roleAssignee", "", with("LinkedIn-Version", tt.version))
		})
	}
}

func TestPostWithoutLengthIsRefused(t *testing.T) {
	t.Parallel()
	b := start(t)
	raw := "POST /rest/posts HTTP/1.1\r\nHost: sandbox\r\nAuthorization: Bearer " + sandbox.PageToken +
		"\r\nLinkedIn-Version: 202606\r\nX-Restli-Protocol-Version: 2.0.0\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
	if got := exchange(t, b.url, raw); !strings.HasPrefix(got, "HTTP/1.1 411 ") {
		t.Errorf("got %q, want 411", got)
	}
	withLength := strings.Replace(raw, "Connection:", "Content-Length: 0\r\nConnection:", 1)
	if got := exchange(t, b.url, withLength); !strings.HasPrefix(got, "HTTP/1.1 400 ") {
		t.Errorf("got %q, want 400 for the empty body", got)
	}
}

func TestQueryTunnelling(t *testing.T) {
	t.Parallel()
	b := start(t)
	urn := b.post(nil)
	query := "ids=List(" + enc(urn) + ")"
	plain := b.want(http.StatusOK, "GET", "/rest/posts?"+query, "").body
	tunnelled := b.want(http.StatusOK, "POST", "/rest/posts", query, with("Content-Type", "application/x-www-form-urlencoded"),
		with("X-HTTP-Method-Override", "GET"), with("X-RestLi-Method", "batch_get")).body
	if diff := cmp.Diff(plain, tunnelled); diff != "" {
		t.Errorf("tunnelled answer differs (-plain +tunnelled):\n%s", diff)
	}
	b.post(m{"commentary": "second"})
	finder := "q=author&author=" + enc(sandbox.PageURN) + "&count=1"
	var first, second feedPage
	b.want(http.StatusOK, "POST", "/rest/posts", finder, with("Content-Type", "application/x-www-form-urlencoded"),
		with("X-HTTP-Method-Override", "GET")).decode(t, &first)
	b.want(http.StatusOK, "GET", first.link("next"), "").decode(t, &second)
	if len(second.Elements) != 1 || second.Elements[0].ID != urn {
		t.Errorf("the page after a tunnelled one: %+v", second)
	}
	b.want(http.StatusBadRequest, "POST", "/rest/posts?"+query, query, with("Content-Type", "application/x-www-form-urlencoded"),
		with("X-HTTP-Method-Override", "GET"))
	parts := "--bb\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\naction=initializeUpload\r\n" +
		"--bb\r\nContent-Type: application/json\r\n\r\n" + `{"initializeUploadRequest":{"owner":"` + sandbox.PageURN + `"}}` + "\r\n--bb--"
	b.want(http.StatusOK, "POST", "/rest/images", parts, with("Content-Type", "multipart/mixed; boundary=bb"), with("X-HTTP-Method-Override", "POST"))
	b.want(http.StatusBadRequest, "POST", "/rest/images", parts, with("Content-Type", "multipart/mixed"), with("X-HTTP-Method-Override", "POST"))
	b.want(http.StatusUnsupportedMediaType, "POST", "/rest/posts", query, with("X-HTTP-Method-Override", "GET"))
}

func TestFieldProjection(t *testing.T) {
	t.Parallel()
	b := start(t)
	urn := b.post(nil)
	for name, tt := range map[string]struct{ target, want string }{
		"entity": {"/rest/posts/" + enc(urn) + "?fields=author,visibility", `{"author":"` + sandbox.PageURN + `","visibility":"PUBLIC"}`},
		"batch":  {"/rest/posts?ids=List(" + enc(urn) + ")&fields=visibility", `{"errors":{},"results":{"` + urn + `":{"visibility":"PUBLIC"}},"statuses":{"` + urn + `":200}}`},
		"finder": {"/rest/posts?q=author&author=" + enc(sandbox.PageURN) + "&fields=visibility", `{"elements":[{"visibility":"PUBLIC"}],"paging":{"start":0,"count":10,"links":[]}}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, b.want(http.StatusOK, "GET", tt.target, "").body); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	b.want(http.StatusBadRequest, "GET", "/rest/posts/"+enc(urn)+"?fields=content(media)", "")
}

func TestDailyLimit(t *testing.T) {
	t.Parallel()
	b := start(t, func(o *sandbox.Options) { o.DailyLimit = 2 })
	const target = "/rest/organizationAcls?q=roleAssignee"
	for range 2 {
		b.want(http.StatusOK, "GET", target, "")
	}
	a := b.want(http.StatusTooManyRequests, "GET", target, "")
	want := `{"message":"Resource level throttle limit for calls to this resource is reached.","serviceErrorCode":101,"status":429}`
	if diff := cmp.Diff(want, a.body); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
	if got := a.header.Get("Retry-After"); got != "" {
		t.Errorf("Retry-After: %q, want none", got)
	}
	b.want(http.StatusOK, "GET", target, "", token(sandbox.OtherToken))
	b.want(http.StatusOK, "GET", "/v2/userinfo", "")
	b.clock.Set(time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC))
	b.want(http.StatusOK, "GET", target, "")
}
