package api_test

import (
	"encoding/base64"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/api"
	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/netguard"
	"github.com/crier-social/crier/media"
)

// The keys of the profiles of the isolation tests.
const (
	victimKey  = "VICTIM2-VICTIM2-VICTIM2-VICTIM2"
	strangeKey = "STRANGE-STRANGE-STRANGE-STRANGE" // changes and creates
	readerKey  = "READER2-READER2-READER2-READER2" // reads and deletes: what it has is its own
	deletedKey = "DELETED-DELETED-DELETED-DELETED"
	unknownKey = "UNKNOWN-UNKNOWN-UNKNOWN-UNKNOWN"
)

// victim is a profile that has something of everything, beside strangers who are linked to
// the same person on the network.
type victim struct {
	*server
	profile           core.Profile
	account           string
	post, remotePost  string // published
	scheduled, failed string
	series            string
	comment           string
	remoteComment     string
	upload, address   string
	ticket            string // path to send a file to
	message           string // to the victim's webhook
	link, linkURL     string // a link session, and its address
	strangerScheduled string
}

// What the victim has written, and only Crier knows.
const (
	victimTitle     = "Vandelay Industries"
	victimEmail     = "latex@vandelay.example"
	victimNotes     = "importing and exporting"
	victimText      = "Vandelay goes public"
	victimScheduled = "Vandelay will be sold"
	victimSchedule  = "VandelayEvenings"
	victimFile      = "vandelay-draft.png"
	victimComment   = "Vandelay replies"
	victimWebhook   = "https://vandelay.example/hook"
	victimSecret    = "vandelay's own secret"
)

func newVictim(t *testing.T) *victim {
	t.Helper()
	s, _ := newForum(t, func(o *options) { o.unique, o.api = true, realMediaFor(t) })
	v := &victim{server: s}
	v.profile = s.addProfile(victimTitle, victimKey)
	for title, key := range map[string]core.Secret{"Stranger": strangeKey, "Reader": readerKey, "Deleted": deletedKey} {
		s.addProfile(title, key)
	}
	s.call(http.MethodDelete, "/profiles", jsonMap{"title": "Deleted"}).want(http.StatusOK)
	v.settleIn()
	for _, key := range []string{strangeKey, readerKey} {
		v.as(key, http.MethodPost, "/profiles/social", jsonMap{"platform": "scripted", "accessToken": string(coretest.MemberToken)}).want(http.StatusOK)
	}
	v.strangerScheduled = v.as(strangeKey, http.MethodPost, "/post", v.inADay("mine")).want(http.StatusOK).text("id")
	return v
}

// realMediaFor makes the API look at files as a server does.
func realMediaFor(t *testing.T) func(*api.Config) {
	return func(c *api.Config) {
		u, _ := c.Uploads.(*uploads)
		m, err := media.New(media.Config{Dir: t.TempDir(), Guard: netguard.New(nil), Gallery: u.Gallery, OwnUpload: api.OwnUpload("https://crier.example")})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := m.Close(); err != nil {
				t.Error(err)
			}
		})
		c.Media = realMedia{m}
		c.Notices, _ = c.Webhooks.(api.Notices)
	}
}

// as sends a request for a profile.
func (v *victim) as(key, method, path string, body any, headers ...header) *response {
	v.t.Helper()
	return v.call(method, path, body, append([]header{{"Profile-Key", key}}, headers...)...)
}

func (v *victim) inADay(text string) jsonMap {
	return jsonMap{"post": text, "platforms": []string{"scripted"}, "scheduleDate": v.clock.Now().Add(24 * time.Hour).Format(time.RFC3339)}
}

// settleIn makes all that the victim has.
func (v *victim) settleIn() {
	v.t.Helper()
	do := func(method, path string, body any, headers ...header) *response {
		v.t.Helper()
		return v.as(victimKey, method, path, body, headers...).want(http.StatusOK)
	}
	do(http.MethodPatch, "/profiles", jsonMap{"email": victimEmail})
	v.account = do(http.MethodPost, "/profiles/social", jsonMap{"platform": "scripted", "accessToken": string(coretest.MemberToken)}).object()["account"].(jsonMap)["id"].(string)
	published := do(http.MethodPost, "/post", jsonMap{"post": victimText, "platforms": []string{"scripted"}, "notes": victimNotes}, header{"Idempotency-Key", "shared-key"})
	v.post, v.remotePost = published.text("id"), published.object()["postIds"].([]any)[0].(jsonMap)["id"].(string)
	v.network.Next(coretest.OpCommit, coretest.Answer(400, 0))
	v.failed = v.as(victimKey, http.MethodPost, "/post", jsonMap{"post": "refused", "platforms": []string{"scripted"}}).want(http.StatusBadRequest).text("id")
	v.scheduled = do(http.MethodPost, "/post", v.inADay(victimScheduled)).text("id")
	v.series = do(http.MethodPost, "/post", jsonMap{
		"post": "again", "platforms": []string{"scripted"}, "autoRepost": jsonMap{"repeat": 2, "days": 2}, "idempotencyKey": "field-key",
	}).text("autoRepostId")
	comment := do(http.MethodPost, "/comments", jsonMap{"id": v.post, "comment": victimComment})
	v.comment, v.remoteComment = comment.text("commentId"), comment.part()["commentId"].(string)
	do(http.MethodGet, "/comments/"+v.post, nil) // its list is kept for a while
	do(http.MethodPost, "/auto-schedule", jsonMap{"title": victimSchedule, "schedule": []string{"13:05Z"}})
	upload := do(http.MethodPost, "/media/upload", jsonMap{"file": base64.StdEncoding.EncodeToString(picture()), "fileName": victimFile})
	v.upload, v.address = upload.text("id"), upload.text("url")
	ticket := do(http.MethodGet, query("/media/uploadUrl", "fileName", "b.png"), nil)
	do(http.MethodPost, "/hook/webhook", jsonMap{"action": "batch", "url": victimWebhook, "secret": victimSecret})
	do(http.MethodGet, "/user/batch", nil)
	v.message = do(http.MethodGet, "/hook/deliveries", nil).object()["deliveries"].([]any)[0].(jsonMap)["id"].(string)
	session := do(http.MethodPost, "/profiles/link-sessions", jsonMap{"redirect": victimWebhook})
	v.link, v.linkURL = session.text("sessionId"), session.text("url")
	v.ticket = strings.TrimPrefix(ticket.text("uploadUrl"), "https://crier.example")
}

// secrets lists what must not be in an answer to anybody else, by what it is. What the
// network shows to everybody is left out where the network was asked.
func (v *victim) secrets(native bool) map[string]string {
	all := map[string]string{
		"key": victimKey, "API key": apiKey, "profile": v.profile.ID, "reference": v.profile.RefID, "title": victimTitle, "mail": victimEmail,
		"account": v.account, "notes": victimNotes, "post": v.post, "scheduled post": v.scheduled, "failed post": v.failed, "series": v.series,
		"scheduled text": victimScheduled, "schedule": victimSchedule, "comment": v.comment, "upload": v.upload, "file": victimFile, "ticket": v.ticket,
		"webhook": victimWebhook, "webhook's secret": victimSecret, "message": v.message, "link session": v.link, "link": v.linkURL,
	}
	if !native {
		maps.Copy(all, map[string]string{"text": victimText, "comment's text": victimComment, "remote post": v.remotePost, "remote comment": v.remoteComment})
	}
	return all
}

// checkLeaks fails the test if an answer has something of the victim's that its request
// did not have.
func (v *victim) checkLeaks(r *response, native bool) {
	v.t.Helper()
	asked := r.request.URL.String() + " " + r.request.URL.Path + " " + r.request.URL.RawQuery + " " + string(r.requestBody)
	if decoded, err := urlUnescape(r.request.URL.RawQuery); err == nil {
		asked += decoded
	}
	for _, what := range slices.Sorted(maps.Keys(v.secrets(native))) {
		secret := v.secrets(native)[what]
		if secret == "" {
			v.t.Fatalf("the victim has no %s", what)
		}
		if strings.Contains(asked, secret) {
			continue
		}
		if strings.Contains(string(r.body), secret) {
			v.t.Errorf("%s: the answer has the %s of another profile:\n%s", r, what, r.body)
		}
		for name, values := range r.header {
			if strings.Contains(strings.Join(values, " "), secret) {
				v.t.Errorf("%s: the header %s has the %s of another profile", r, name, what)
			}
		}
	}
}

// snapshot returns all that the victim can see of its own.
func (v *victim) snapshot() string {
	v.t.Helper()
	var all strings.Builder
	for _, path := range []string{
		"/user", "/accounts", "/history?limit=1000", "/history/" + v.post, "/history/" + v.scheduled, "/history/" + v.failed,
		"/auto-schedule", "/media", "/comments/" + v.post, "/profiles",
		"/profiles/link-sessions/" + v.link, "/hook/webhook", "/hook/deliveries", "/hook/deliveries/" + v.message,
	} {
		r := v.as(victimKey, http.MethodGet, path, nil).want(http.StatusOK)
		all.WriteString(path + "\n" + string(r.body) + "\n")
	}
	return all.String()
}
