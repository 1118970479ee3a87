package bluesky

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"
	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/providers/internal/rest"
)

func provider(t *testing.T) *Provider {
	t.Helper()
	p, err := New(Config{}, Deps{Clock: coretest.NewClock(coretest.Epoch())})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// The names of errors tell more than their status, and only a status in 4xx proves that nothing
// was done.
func TestErrorsAreOfTheRightKind(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		status int
		body   string
		kind   core.Kind
		code   core.Code
		says   string
	}{
		{"expired", 400, `{"error":"ExpiredToken","message":"Token has expired"}`, core.KindAuth, 0, "has expired"},
		{"invalid token", 400, `{"error":"InvalidToken","message":"Token could not be verified"}`, core.KindAuth, 0, "could not be verified"},
		{"no token", 401, `{"error":"AuthMissing","message":"Authentication Required"}`, core.KindAuth, 0, "wants an access token"},
		{"token of OAuth", 401, `{"error":"invalid_token","error_description":"revoked"}`, core.KindAuth, 0, `"revoked"`},
		{"unnamed 401", 401, ``, core.KindAuth, 0, "does not accept"},
		{"taken down", 401, `{"error":"AccountTakedown","message":"Account has been taken down"}`, core.KindForbidden, 0, "taken down"},
		{"suspended", 400, `{"error":"AccountSuspended"}`, core.KindForbidden, 0, "taken down"},
		{"deactivated", 401, `{"error":"AccountDeactivated"}`, core.KindForbidden, 0, "deactivated"},
		{"scope", 403, `{"error":"ScopeMissingError","message":"Missing required scope \"x\""}`, core.KindForbidden, 0, "Missing required scope"},
		{"no record", 400, `{"error":"RecordNotFound","message":"Could not locate record"}`, core.KindNotFound, 0, "does not know"},
		{"no repository", 400, `{"error":"RepoNotFound"}`, core.KindNotFound, 0, "does not know"},
		{"no blob", 400, `{"error":"BlobNotFound","message":"Could not find blob"}`, core.KindTemporary, 0, "sent again"},
		{"type of a blob", 400, `{"error":"InvalidMimeType","message":"Wrong mimetype"}`, core.KindMedia, core.CodeMediaType, "this type"},
		{"size of a blob", 400, `{"error":"BlobTooLarge"}`, core.KindMedia, core.CodeMediaTooLarge, "this size"},
		{"size of a request", 413, `{"error":"PayloadTooLarge","message":"request entity too large"}`, core.KindMedia, core.CodeMediaTooLarge, "this size"},
		{"limit of calls", 429, `{"error":"RateLimitExceeded"}`, core.KindRateLimited, 0, "used up"},
		{"content", 400, `{"error":"InvalidRequest","message":"Invalid app.bsky.feed.post record"}`, core.KindInvalid, core.CodeUpstreamInvalid, "Invalid app.bsky.feed.post"},
		{"allowed to nobody", 403, `{"error":"Forbidden"}`, core.KindForbidden, 0, "does not allow"},
		{"gateway", 403, `<html>blocked</html>`, core.KindTemporary, 0, "gateway"},
		{"gateway without a server", 404, `404 page not found`, core.KindTemporary, 0, "gateway"},
		{"time", 408, ``, core.KindTemporary, 0, "gave up"},
		{"no such method", 501, `{"error":"MethodNotImplemented","message":"Method Not Implemented"}`, core.KindUnsupported, 0, "does not offer"},
		{"its own trouble", 500, `{"error":"InternalServerError","message":"Internal Server Error"}`, core.KindTemporary, 0, "problem of its own"},
		{"a redirect", 302, ``, core.KindTemporary, 0, "problem of its own"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			e := provider(t).errorsOf(accountServer)("bluesky.putRecord", &rest.Response{Status: tc.status, Header: http.Header{"Cf-Ray": {"ray"}}, Body: []byte(tc.body)})
			if e.Kind != tc.kind || e.Code != tc.code || !strings.Contains(e.Message, tc.says) || strings.Contains(e.Message, "<") {
				t.Errorf("%+v", e)
			}
			if e.Status != tc.status || e.Op != "bluesky.putRecord" || e.Platform != name || e.RequestID != "ray" {
				t.Errorf("%+v", e)
			}
		})
	}
}

// What answers 404 at an address of the settings is no such service.
func TestUnknownAddressOfAService(t *testing.T) {
	t.Parallel()
	e := provider(t).errorsOf(ownService)("bluesky.getPosts", &rest.Response{Status: http.StatusNotFound, Body: []byte(`<html>`)})
	if e.Kind != core.KindNotFound || !strings.Contains(e.Message, "does not offer") {
		t.Errorf("%+v", e)
	}
}

// The place in the record that a server names is a field of the request.
func TestBlamed(t *testing.T) {
	t.Parallel()
	for message, want := range map[string]string{
		"Invalid app.bsky.feed.post record: grapheme too big (maximum 300, got 301) at $.record.text":                      "post",
		"Invalid app.bsky.feed.post record: blob too big (maximum 1000000, got 2000000) at $.record.embed.images[0].image": "mediaUrls",
		"Invalid app.bsky.feed.post record: grapheme too big at $.writes[0].record.embed.alt":                              "blueSkyOptions.altText",
		"Invalid app.bsky.feed.post record: Record/langs must not have more than 3 elements":                               "blueSkyOptions.languages",
		"Invalid app.bsky.feed.post record: Invalid URI at $.record.embed.external.uri":                                    "blueSkyOptions.link",
		"Invalid app.bsky.feed.post record: Record/embed/captions/0/file must be of a smaller size":                        "blueSkyOptions.captions",
		"Invalid app.bsky.feed.post record: at $.record.facets[0].features[0].uri":                                         "post",
		"Invalid app.bsky.feed.post record: at $.record.tags[3]":                                                           "blueSkyOptions.tags",
		"Invalid app.bsky.feed.post record: at $.record.labels":                                                            "blueSkyOptions.labels",
		"Invalid app.bsky.feed.post record: at $.record.reply.root":                                                        "blueSkyOptions.replyTo",
		"Invalid app.bsky.feed.post record: at $.record.createdAt":                                                         "",
		"text that is about no place": "",
	} {
		if got := blamed(message); got != want {
			t.Errorf("%s: %q, want %q", message, got, want)
		}
	}
}

func TestWebVTT(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ srt, want string }{
		"plain":             {"1\n00:00:00,500 --> 00:00:02,000\nHello, 1,500 times\n", "WEBVTT\n\n1\n00:00:00.500 --> 00:00:02.000\nHello, 1,500 times\n"},
		"of Windows":        {"\ufeff1\r\n00:00:00,000 --> 00:00:01,000 X1:1\r\na\r\n\r\n2\r\n00:00:01,000-->00:00:02,000\r\nb\r\n", "WEBVTT\n\n1\n00:00:00.000 --> 00:00:01.000 X1:1\na\n\n2\n00:00:01.000-->00:00:02.000\nb\n"},
		"times in the text": {"1\n00:00:00,000 --> 00:00:01,000\nat 00:00:00,000 sharp\n", "WEBVTT\n\n1\n00:00:00.000 --> 00:00:01.000\nat 00:00:00,000 sharp\n"},
		"not of UTF-8":      {"1\n00:00:00,000 --> 00:00:01,000\n\xe9\n", "WEBVTT\n\n1\n00:00:00.000 --> 00:00:01.000\n\ufffd\n"},
	} {
		if diff := cmp.Diff(tc.want, string(webVTT([]byte(tc.srt)))); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// Keys are in the order of time, and never the same, whatever the clock does.
func TestRecordKeys(t *testing.T) {
	t.Parallel()
	var keys recordKeys
	now, seen, last := coretest.Epoch(), map[string]bool{}, ""
	for i := range 5000 {
		key := keys.next(now)
		if seen[key] || key <= last || len(key) != 13 {
			t.Fatalf("key %d is %q after %q", i, key, last)
		}
		seen[key], last = true, key
		if i == 2500 {
			now = now.Add(-time.Hour)
		}
	}
	if later := keys.next(now.Add(24 * time.Hour)); later <= last {
		t.Errorf("%q a day later, after %q", later, last)
	}
}

// Processes that know nothing of each other make keys of one moment that differ in both parts.
func TestRecordKeysOfOneMoment(t *testing.T) {
	t.Parallel()
	times, clocks := map[time.Time]bool{}, map[uint]bool{}
	for range 30 {
		key, err := syntax.ParseTID((&recordKeys{}).next(coretest.Epoch()))
		if err != nil {
			t.Fatal(err)
		}
		if off := key.Time().Sub(coretest.Epoch()); off < 0 || off >= time.Millisecond {
			t.Errorf("%s is %v off", key, off)
		}
		times[key.Time()], clocks[key.ClockID()] = true, true
	}
	if len(times) < 10 || len(clocks) < 10 {
		t.Errorf("%d times and %d clocks in 30 keys", len(times), len(clocks))
	}
}
