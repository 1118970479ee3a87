package api_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/netguard"
	"github.com/crier-social/crier/core/notify"
	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/vault"
)

func (s *server) newNotifier(ring *vault.Ring, log *slog.Logger) *notify.Notifier {
	s.t.Helper()
	n, err := notify.New(notify.Config{
		Store: s.store, Guard: netguard.New([]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}), Vault: ring, Clock: s.clock, Log: log,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.notifier = n
	return n
}

// notify tells the profile something and makes the webhook call of it.
func (s *server) notify(profileID string) string {
	s.t.Helper()
	s.clock.Advance(time.Millisecond) // ids sort by time
	now := s.clock.Now()
	notice := core.Notice{ID: core.NewID(now), Action: core.NoticeBatch, CreatedAt: now, Data: []byte(`{"count":1}`)}
	if err := s.notifier.Tell(s.t.Context(), profileID, notice); err != nil {
		s.t.Fatal(err)
	}
	s.callWebhooks()
	return notice.ID
}

// callWebhooks makes the calls that are due.
func (s *server) callWebhooks() {
	s.t.Helper()
	for {
		jobs, err := s.store.Claim(s.t.Context(), queue.Wanted{Kinds: []string{notify.WebhookJob}, N: 1, Lease: time.Minute})
		if err != nil {
			s.t.Fatal(err)
		}
		if len(jobs) == 0 {
			return
		}
		err = s.notifier.Handlers()[notify.WebhookJob](s.t.Context(), jobs[0])
		if err := s.store.Finish(s.t.Context(), jobs[0], queue.Conclude(err, jobs[0], s.clock.Now(), queue.Backoff{})); err != nil {
			s.t.Fatal(err)
		}
	}
}

func TestHooksAreRegisteredListedAndDeleted(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/hook/webhook", "/hook"} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			equal(t, 0, len(s.call(http.MethodGet, path, nil).want(http.StatusOK).object()["webhooks"].([]any)))

			set := s.call(http.MethodPost, path, `{"action":"scheduled","url":" https://app.example.net/hook ","secret":"correct horse","source":"sdk"}`).want(http.StatusOK)
			equal(t, "scheduled", set.text("action"))
			equal(t, "https://app.example.net/hook", set.text("url"))
			equal(t, s.profile.RefID, set.text("refId"))
			equal(t, true, set.object()["signed"].(bool))
			equal(t, 0, len(set.warnings()))
			if strings.Contains(string(set.body), "correct horse") {
				t.Errorf("the answer shows the secret: %s", set.body)
			}
			s.clock.Advance(time.Minute)
			s.call(http.MethodPost, path, `{"action":"social","url":"https://app.example.net/social"}`).want(http.StatusOK)

			list := s.call(http.MethodGet, path+"?source=sdk", nil).want(http.StatusOK)
			equal(t, "https://app.example.net/hook", list.text("scheduled"))
			equal(t, "2026-11-20T09:00:00.000Z", list.text("scheduledUpdated"))
			equal(t, "https://app.example.net/social", list.text("social"))
			equal(t, "2026-11-20T09:01:00.000Z", list.text("updated"))
			equal(t, 2, len(list.object()["webhooks"].([]any)))
			if strings.Contains(string(list.body), "correct horse") {
				t.Errorf("the list shows the secret: %s", list.body)
			}

			equal(t, "scheduled", s.call(http.MethodDelete, path, `{"action":"scheduled"}`).want(http.StatusOK).text("action"))
			equal(t, core.CodeWebhookNotFound, s.call(http.MethodDelete, path, `{"action":"scheduled"}`).want(http.StatusNotFound).problems()[0].Code)
			s.call(http.MethodDelete, path+"?action=social", nil).want(http.StatusOK)
			equal(t, 0, len(s.call(http.MethodGet, path, nil).want(http.StatusOK).object()["webhooks"].([]any)))
		})
	}
}

func TestHookRefusals(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for name, tc := range map[string]struct {
		body   string
		fields []string
		says   string
	}{
		"nothing":         {`{}`, []string{"action"}, "scheduled, social, batch"},
		"unknown action":  {`{"action":"schedule","url":"https://example.com"}`, []string{"action"}, "scheduled, social, batch"},
		"action no text":  {`{"action":7,"url":"https://example.com"}`, []string{"action"}, "string"},
		"no url":          {`{"action":"social"}`, []string{"url"}, "missing"},
		"private":         {`{"action":"social","url":"https://192.168.0.1/"}`, []string{"url"}, "public internet"},
		"weak secret":     {`{"action":"social","url":"https://example.com","secret":"abc"}`, []string{"secret"}, "8 to 256"},
		"several at once": {`{"action":"social","url":"x","secret":"abc"}`, []string{"secret", "url"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := s.with(t).call(http.MethodPost, "/hook/webhook", tc.body).want(http.StatusBadRequest)
			equal(t, strings.Join(tc.fields, ","), strings.Join(r.fields(), ","))
			if message, _ := r.said(); !strings.Contains(message, tc.says) {
				t.Errorf("%q does not say %q", message, tc.says)
			}
		})
	}
	r := s.call(http.MethodPost, "/hook/webhook", `{"action":"schedule","url":"https://example.com"}`).want(http.StatusBadRequest)
	equal(t, "Did you mean scheduled?", r.text("help"))
}

// TestSilentActions: an action that there are no notices of is taken, and said to be silent.
func TestSilentActions(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for _, a := range notify.Actions() {
		r := s.call(http.MethodPost, "/hook/webhook", map[string]string{"action": string(a.Name), "url": "https://example.com/"}).want(http.StatusOK)
		if silent := r.warnings()["action"] != ""; silent != (a.Silent != "") {
			t.Errorf("%s: %s", a.Name, r.body)
		}
	}
	equal(t, len(notify.Actions()), len(s.call(http.MethodGet, "/hook/webhook", nil).want(http.StatusOK).object()["webhooks"].([]any)))
}

func TestHookSecretIsRotated(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.call(http.MethodPost, "/hook/webhook", `{"action":"batch","url":"https://example.com/","secret":"correct horse"}`).want(http.StatusOK)
	made := s.call(http.MethodPost, "/hook/webhook/secret", `{"action":"batch"}`).want(http.StatusOK)
	if secret := made.text("secret"); !strings.HasPrefix(secret, "whsec_") {
		t.Errorf("the secret is %q", secret)
	}
	equal(t, "2026-11-21T09:00:00.000Z", made.text("formerSecretUntil"))
	own := s.call(http.MethodPost, "/hook/webhook/secret", `{"action":"batch","secret":"battery staple"}`).want(http.StatusOK)
	if own.object()["secret"] != nil {
		t.Errorf("the answer shows a secret that the client has: %s", own.body)
	}
	equal(t, "secret", s.call(http.MethodPost, "/hook/webhook/secret", `{"action":"batch","secret":"x"}`).want(http.StatusBadRequest).problems()[0].Field)
	equal(t, core.CodeWebhookNotFound, s.call(http.MethodPost, "/hook/webhook/secret", `{"action":"social"}`).want(http.StatusNotFound).problems()[0].Code)
	for _, secret := range []string{"correct horse", "battery staple", made.text("secret")} {
		if strings.Contains(s.log.String(), secret) {
			t.Errorf("the log has the secret %q", secret)
		}
	}
}

func TestHookDeliveries(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	status := http.StatusOK
	endpoint := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "so it is", status) }))
	t.Cleanup(endpoint.Close)
	s.call(http.MethodPost, "/hook/webhook", map[string]string{"action": "batch", "url": endpoint.URL}).want(http.StatusOK)
	first := s.notify(s.profile.ID)
	status = http.StatusNotFound
	second := s.notify(s.profile.ID)
	status = http.StatusServiceUnavailable
	third := s.notify(s.profile.ID)

	ids := func(query string) string {
		t.Helper()
		r := s.call(http.MethodGet, "/hook/deliveries"+query, nil).want(http.StatusOK)
		var found []string
		for _, d := range r.object()["deliveries"].([]any) {
			found = append(found, d.(map[string]any)["id"].(string))
		}
		return strings.Join(found, " ")
	}
	join := func(ids ...string) string { return strings.Join(ids, " ") }
	equal(t, join(third, second, first), ids(""))
	equal(t, first, ids("?state=delivered"))
	equal(t, second, ids("?state=failed"))
	equal(t, third, ids("?state=pending"))
	equal(t, "", ids("?state=dropped"))
	equal(t, join(third, second, first), ids("?action=batch&channel=webhook"))
	equal(t, "", ids("?action=social"))
	equal(t, "", ids("?channel=mail"))
	equal(t, "", ids("?action=invitation"))
	page := s.call(http.MethodGet, "/hook/deliveries?limit=2", nil).want(http.StatusOK)
	pagination := page.object()["pagination"].(map[string]any)
	equal(t, true, pagination["hasMore"].(bool))
	equal(t, first, ids("?limit=2&cursor="+pagination["nextCursor"].(string)))
	for _, wrong := range []string{"state=lost", "action=post", "limit=0", "channel=fax"} {
		s.call(http.MethodGet, "/hook/deliveries?"+wrong, nil).want(http.StatusBadRequest)
	}

	one := s.call(http.MethodGet, "/hook/deliveries/"+second, nil).want(http.StatusOK)
	try := one.object()["tries"].([]any)[0].(map[string]any)
	equal(t, 404.0, try["status"].(float64))
	equal(t, "so it is", try["answer"].(string))
	equal(t, "the endpoint answered 404 Not Found", try["error"].(string))
	payload := one.object()["payload"].(map[string]any)
	equal(t, second, payload["hookId"].(string))
	equal(t, 1.0, payload["count"].(float64))

	status = http.StatusOK
	equal(t, "pending", s.call(http.MethodPost, "/hook/deliveries/"+second+"/resend", nil).want(http.StatusOK).text("state"))
	s.callWebhooks()
	equal(t, "delivered", s.call(http.MethodGet, "/hook/deliveries/"+second, nil).want(http.StatusOK).text("state"))
	for _, r := range []*response{
		s.call(http.MethodGet, "/hook/deliveries/nothing", nil), s.call(http.MethodPost, "/hook/deliveries/nothing/resend", nil),
	} {
		equal(t, core.CodeMessageNotFound, r.want(http.StatusNotFound).problems()[0].Code)
	}
	s.call(http.MethodDelete, "/hook/webhook", `{"action":"batch"}`).want(http.StatusOK)
	equal(t, core.CodeWebhookNotFound, s.call(http.MethodPost, "/hook/deliveries/"+second+"/resend", nil).want(http.StatusNotFound).problems()[0].Code)
}

// TestHooksOfProfiles: a user profile has webhooks and deliveries of its own, sees which of
// the primary profile's are called for it, and touches none of them.
func TestHooksOfProfiles(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	acme := s.newProfile("Acme", nil)
	as := acme.header()
	endpoint := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(endpoint.Close)
	s.call(http.MethodPost, "/hook/webhook", map[string]string{"action": "batch", "url": endpoint.URL}).want(http.StatusOK)
	id := s.notify(s.profile.ID)

	mine := s.call(http.MethodGet, "/hook/webhook?allWebhooks=true", nil, as).want(http.StatusOK).object()
	if mine["batch"] != nil {
		t.Errorf("the profile has %v", mine)
	}
	inherited := mine["webhooks"].([]any)[0].(map[string]any)
	equal(t, true, inherited["inherited"].(bool))
	equal(t, "batch", inherited["action"].(string))
	equal(t, 0, len(s.call(http.MethodGet, "/hook/webhook", nil, as).want(http.StatusOK).object()["webhooks"].([]any)))
	equal(t, 0, len(s.call(http.MethodGet, "/hook/deliveries", nil, as).want(http.StatusOK).object()["deliveries"].([]any)))
	equal(t, "cursor", s.call(http.MethodGet, "/hook/deliveries?cursor="+id, nil, as).want(http.StatusBadRequest).problems()[0].Field)
	for path, method := range map[string]string{"/hook/deliveries/" + id: http.MethodGet, "/hook/deliveries/" + id + "/resend": http.MethodPost} {
		s.call(method, path, nil, as).want(http.StatusNotFound)
	}
	s.call(http.MethodDelete, "/hook/webhook", `{"action":"batch"}`, as).want(http.StatusNotFound)
	s.call(http.MethodPost, "/hook/webhook/secret", `{"action":"batch"}`, as).want(http.StatusNotFound)

	s.call(http.MethodPost, "/hook/webhook", map[string]string{"action": "batch", "url": endpoint.URL + "/acme"}, as).want(http.StatusOK)
	equal(t, endpoint.URL, s.call(http.MethodGet, "/hook/webhook", nil).want(http.StatusOK).text("batch"))
	equal(t, 1, len(s.call(http.MethodGet, "/hook/webhook?allWebhooks=true", nil, as).want(http.StatusOK).object()["webhooks"].([]any)))
}
