package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

// webhookCall is what an endpoint received.
type webhookCall struct {
	header http.Header
	raw    []byte
	body   struct {
		Action, HookID, RefID, Status, ID, Type, Source, Platform, Title, URL string
		Code                                                                  int
		Errors                                                                []struct {
			Platform string
			Code     int
		}
		PostIDs []struct{ Status, Platform, PostURL string }
	}
}

// webhookEndpoint takes calls, and hands them to a test.
type webhookEndpoint struct {
	*httptest.Server
	t     *testing.T
	calls chan webhookCall
	hang  atomic.Bool // calls are not answered

	refuse  atomic.Bool // calls are answered with 503, and told by refused alone
	refused chan webhookCall
}

func newWebhookEndpoint(t *testing.T) *webhookEndpoint {
	t.Helper()
	e := &webhookEndpoint{t: t, calls: make(chan webhookCall, 100), refused: make(chan webhookCall, 100)}
	e.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(r.Body)
		call := webhookCall{header: r.Header, raw: raw}
		if err := errors.Join(err, json.Unmarshal(raw, &call.body)); err != nil {
			t.Errorf("%v in %s", err, raw)
		}
		if e.refuse.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
			e.refused <- call
			return
		}
		e.calls <- call
		if e.hang.Load() {
			<-r.Context().Done()
		}
	}))
	t.Cleanup(e.Close)
	return e
}

// next waits for a call, and holds that receivers with any of the secrets take it.
func (e *webhookEndpoint) next(secrets ...string) webhookCall {
	e.t.Helper()
	select {
	case call := <-e.calls:
		for _, secret := range secrets {
			wh, err := standardwebhooks.NewWebhook(secret)
			if err != nil {
				e.t.Fatal(err)
			}
			if err := wh.Verify(call.raw, call.header); err != nil {
				e.t.Errorf("a receiver with the secret %s: %v", secret, err)
			}
		}
		return call
	case <-time.After(patience):
		e.t.Fatal("the webhook was not called")
		return webhookCall{}
	}
}

// register has the server call the endpoint, and returns the secret.
func (s *serverProcess) register(e *webhookEndpoint, action string) (secret string) {
	s.t.Helper()
	var answer struct{ Message, Secret string }
	for _, request := range []struct {
		path string
		body map[string]string
	}{
		{"/hook/webhook", map[string]string{"action": action, "url": e.URL + "/" + action}},
		{"/hook/webhook/secret", map[string]string{"action": action}},
	} {
		if status, err := s.call(http.MethodPost, request.path, "", request.body, &answer); err != nil || status != http.StatusOK {
			s.t.Fatalf("%s: %d %v %s", request.path, status, err, answer.Message)
		}
	}
	return answer.Secret
}

// TestNotices: what happens is told, a failure as surely as a success, in its order and with
// signatures that receivers take, also while the secret is exchanged.
func TestNotices(t *testing.T) {
	t.Parallel()
	s := newServerProcess(t, sandbox.Options{})
	e := newWebhookEndpoint(t)
	scheduledSecret, socialSecret := s.register(e, "scheduled"), s.register(e, "social")

	soon := func(text string) string {
		t.Helper()
		id, status := s.scheduleAt(text, time.Now().Add(2*time.Second))
		if status != http.StatusOK {
			t.Fatalf("scheduling %q: %d", text, status)
		}
		return id
	}
	good := soon("This one goes out")
	told := e.next(scheduledSecret)
	if b := told.body; b.Action != "scheduled" || b.Status != "success" || b.Code != 200 || b.ID != good || b.URL != e.URL+"/scheduled" ||
		len(b.PostIDs) != 1 || b.PostIDs[0].PostURL == "" || len(b.Errors) != 0 || len(b.RefID) != 40 {
		t.Errorf("told of success: %s", told.raw)
	}

	if err := s.network.Next(createPost, answering(http.StatusUnprocessableEntity, `{"status":422,"message":"no"}`)); err != nil {
		t.Fatal(err)
	}
	bad := soon("This one does not")
	failed := e.next(scheduledSecret)
	if b := failed.body; b.Action != "scheduled" || b.Status != "error" || b.ID != bad || len(b.Errors) != 1 || b.Errors[0].Platform != "linkedin" || len(b.PostIDs) != 0 {
		t.Errorf("told of failure: %s", failed.raw)
	}

	var rotated struct{ Secret string }
	if status, err := s.call(http.MethodPost, "/hook/webhook/secret", "", map[string]string{"action": "scheduled"}, &rotated); err != nil || status != http.StatusOK {
		t.Fatalf("rotating: %d %v", status, err)
	}
	soon("With two signatures")
	rotation := e.next(rotated.Secret, scheduledSecret)

	if status, err := s.call(http.MethodDelete, "/profiles/social", "", map[string]string{"platform": "linkedin"}, nil); err != nil || status != http.StatusOK {
		t.Fatalf("unlinking: %d %v", status, err)
	}
	unlinked := e.next(socialSecret)
	s.link()
	linked := e.next(socialSecret)
	got := [][]string{}
	for _, c := range []webhookCall{unlinked, linked} {
		got = append(got, []string{c.body.Action, c.body.Type, c.body.Source, c.body.Status, c.body.Platform, c.body.URL})
	}
	want := [][]string{
		{"social", "unlink", "user", "success", "linkedin", e.URL + "/social"},
		{"social", "link", "user", "success", "linkedin", e.URL + "/social"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("told of the account (-want +got):\n%s", diff)
	}
	order := []string{told.body.HookID, failed.body.HookID, rotation.body.HookID, unlinked.body.HookID, linked.body.HookID}
	if !slices.IsSorted(order) {
		t.Errorf("the ids are not in their order: %v", order)
	}
	if n := len(e.calls); n > 0 {
		t.Errorf("%d more calls", n)
	}
}

// TestImmediatePostsAreNotTold: whoever sent a post has its outcome in the answer.
func TestImmediatePostsAreNotTold(t *testing.T) {
	t.Parallel()
	s := newServerProcess(t, sandbox.Options{})
	e := newWebhookEndpoint(t)
	secret := s.register(e, "scheduled")
	var answer struct{ ID string }
	if status, err := s.call(http.MethodPost, "/post", "", map[string]any{"post": "Now", "platforms": []string{"linkedin"}}, &answer); err != nil || status != http.StatusOK {
		t.Fatalf("posting: %d %v", status, err)
	}
	later, status := s.scheduleAt("And soon", time.Now().Add(2*time.Second))
	if status != http.StatusOK {
		t.Fatal(status)
	}
	if call := e.next(secret); call.body.ID != later {
		t.Errorf("told of %s, want the scheduled %s (not the immediate %s)", call.body.ID, later, answer.ID)
	}
}

// TestKilledDuringAWebhookCall cuts the server's power while it tells an outcome: the next
// start tells it again.
func TestKilledDuringAWebhookCall(t *testing.T) {
	t.Parallel()
	s := newServerProcess(t, sandbox.Options{})
	e := newWebhookEndpoint(t)
	e.hang.Store(true)
	secret := s.register(e, "scheduled")
	id, status := s.scheduleAt("Told twice", time.Now().Add(2*time.Second))
	if status != http.StatusOK {
		t.Fatal(status)
	}
	first := e.next(secret)
	s.kill()
	e.hang.Store(false)
	s.start()
	again := e.next(secret)
	if diff := cmp.Diff([]string{id, first.body.HookID, string(first.raw)}, []string{again.body.ID, again.body.HookID, string(again.raw)}); diff != "" {
		t.Errorf("the calls differ (-first +second):\n%s", diff)
	}
	s.checkDelivered(first.body.HookID)
}

// checkDelivered waits until the log shows that a call has arrived.
func (s *serverProcess) checkDelivered(id string) {
	s.t.Helper()
	var answer struct{ State string }
	s.until("the call "+id+" has arrived", func() bool {
		status, err := s.call(http.MethodGet, "/hook/deliveries/"+id, "", nil, &answer)
		if err != nil || status != http.StatusOK {
			s.t.Fatalf("the log: %d %v", status, err)
		}
		return answer.State == string(store.MessageDelivered)
	})
}

// fakePending is an outbox.
type fakePending struct {
	n      int
	oldest time.Time
	err    error
}

func (f fakePending) CountPending(_ context.Context, channel store.Channel) (int, time.Time, error) {
	if channel == store.ChannelMail {
		return 0, time.Time{}, nil
	}
	return f.n, f.oldest, f.err
}

func TestGaugesOfNotices(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, time.November, 20, 9, 0, 0, 0, time.UTC)
	for name, tc := range map[string]struct {
		source fakePending
		want   map[string]float64
	}{
		"some": {fakePending{n: 3, oldest: now.Add(-time.Minute)}, map[string]float64{
			"crier_notices_pending webhook": 3, "crier_notices_pending_seconds webhook": 60,
			"crier_notices_pending mail": 0, "crier_notices_pending_seconds mail": 0,
		}},
		"the store does not answer": {fakePending{err: errors.New("no")}, map[string]float64{
			"crier_notices_pending mail": 0, "crier_notices_pending_seconds mail": 0,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			registry := prometheus.NewPedanticRegistry()
			registry.MustRegister(newNoticeCollector(tc.source, func() time.Time { return now }, slog.New(slog.DiscardHandler)))
			families, err := registry.Gather()
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]float64{}
			for _, f := range families {
				for _, m := range f.GetMetric() {
					got[f.GetName()+" "+m.GetLabel()[0].GetValue()] = m.GetGauge().GetValue()
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
