package notify_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/netguard"
	"github.com/crier-social/crier/core/notify"
	"github.com/crier-social/crier/core/store"
)

// TestAnswers: what an endpoint answers decides whether it is called again.
func TestAnswers(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		status int
		state  store.MessageState
		says   string
	}{
		"200": {200, store.MessageDelivered, ""},
		"201": {201, store.MessageDelivered, ""},
		"204": {204, store.MessageDelivered, ""},
		"301": {301, store.MessageFailed, "redirects (301), which is not followed"},
		"307": {307, store.MessageFailed, "redirects (307), which is not followed"},
		"400": {400, store.MessageFailed, "the endpoint answered 400 Bad Request"},
		"401": {401, store.MessageFailed, "401"},
		"404": {404, store.MessageFailed, "404"},
		"410": {410, store.MessageFailed, "410"},
		"408": {408, store.MessagePending, "408"},
		"425": {425, store.MessagePending, "425"},
		"429": {429, store.MessagePending, "429"},
		"500": {500, store.MessagePending, "500 Internal Server Error"},
		"503": {503, store.MessagePending, "503"},
		"599": {599, store.MessagePending, "the endpoint answered 599"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.register(f.customer, scheduled, "/hook")
			f.endpoint.answer("/hook", func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", f.endpoint.URL+"/elsewhere")
				w.WriteHeader(tc.status)
			})
			id := f.tell(f.customer, "post1")
			f.work()
			f.endpoint.only(t) // nor was /elsewhere called
			m := f.message(id)
			if m.State != tc.state || m.Attempts != 1 || len(m.Tries) != 1 {
				t.Fatalf("the message is %+v", m)
			}
			if try := m.Tries[0]; try.Status != tc.status || !strings.Contains(try.Error, tc.says) || (try.Error == "") != (tc.says == "") {
				t.Errorf("the try is %+v; want the error to say %q", try, tc.says)
			}
			if pending := tc.state == store.MessagePending; m.EndedAt.IsZero() != pending || m.NextAt.IsZero() == pending {
				t.Errorf("ended at %v, next at %v", m.EndedAt, m.NextAt)
			}
		})
	}
}

// TestBackoff: an endpoint that stays away is called nine times within about an hour, ever
// more seldom, each time with the same body and a signature of its own.
func TestBackoff(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.register(f.customer, scheduled, "/hook", rawSecret)
	f.endpoint.status("/hook", 503)
	begin := f.clock.Now()
	id := f.tell(f.customer, "post1")
	var times []time.Duration
	var bodies []string
	for f.next() {
		f.work()
		for _, call := range f.endpoint.take() {
			times = append(times, f.clock.Now().Sub(begin))
			bodies = append(bodies, string(call.body))
			checkSigned(t, f.clock.Now(), call, rawSecret)
			if got := call.header.Get("X-Ayrshare-Delivery-Attempt"); got != strconv.Itoa(len(times)) {
				t.Errorf("call %d says attempt %s", len(times), got)
			}
		}
	}
	if len(times) != 9 {
		t.Fatalf("%d calls, want 9: %v", len(times), times)
	}
	if last := times[8]; last < 50*time.Minute || last > 75*time.Minute {
		t.Errorf("the last call was after %v, want about an hour", last)
	}
	for i := 2; i < len(times); i++ {
		if times[i]-times[i-1] <= times[i-1]-times[i-2] {
			t.Errorf("the pauses do not grow: %v", times)
		}
	}
	if slices.Sort(bodies); len(slices.Compact(bodies)) != 1 {
		t.Error("the bodies differ")
	}
	m := f.message(id)
	if m.State != store.MessageFailed || len(m.Tries) != 9 || m.Tries[8].Answer != "no luck" {
		t.Errorf("the message is %+v", m)
	}
	if diff := cmp.Diff(map[notify.Result]int{notify.ResultRetried: 8, notify.ResultFailed: 1}, f.results.all()); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
}

// TestRetryAfter: an endpoint is called when it asked to be, though within an hour.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		header   func(now time.Time) string
		min, max time.Duration
	}{
		"seconds":     {func(time.Time) string { return "120" }, 2 * time.Minute, 2 * time.Minute},
		"a date":      {func(now time.Time) string { return now.Add(10 * time.Minute).Format(http.TimeFormat) }, 10*time.Minute - time.Second, 10 * time.Minute},
		"too soon":    {func(time.Time) string { return "1" }, 5 * time.Second, 6 * time.Second},
		"in the past": {func(now time.Time) string { return now.Add(-time.Hour).Format(http.TimeFormat) }, 5 * time.Second, 6 * time.Second},
		"too late":    {func(time.Time) string { return "864000" }, time.Hour, time.Hour},
		"nonsense":    {func(time.Time) string { return "soon" }, 5 * time.Second, 6 * time.Second},
		"negative":    {func(time.Time) string { return "-5" }, 5 * time.Second, 6 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.register(f.customer, scheduled, "/hook")
			f.endpoint.answer("/hook", func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Retry-After", tc.header(f.clock.Now()))
				w.WriteHeader(http.StatusTooManyRequests)
			})
			id := f.tell(f.customer, "post1")
			f.work()
			if wait := f.message(id).NextAt.Sub(f.clock.Now()); wait < tc.min || wait > tc.max {
				t.Errorf("called again after %v, want %v to %v", wait, tc.min, tc.max)
			}
		})
	}
}

// TestNoAnswer: what keeps a call from its answer is told in plain words.
func TestNoAnswer(t *testing.T) {
	t.Parallel()
	untrusted := httptest.NewUnstartedServer(http.NotFoundHandler())
	untrusted.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	untrusted.StartTLS()
	t.Cleanup(untrusted.Close)
	hang := make(chan struct{})
	t.Cleanup(func() { close(hang) })
	silent := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		select {
		case <-hang:
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(silent.Close)
	rude := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	t.Cleanup(rude.Close)
	for name, tc := range map[string]struct {
		url     string
		state   store.MessageState
		says    string
		timeout time.Duration // 0: none that matters
	}{
		"unknown authority": {url: untrusted.URL, state: store.MessagePending, says: "not signed by an authority that is known"},
		"no TLS":            {url: strings.Replace(silent.URL, "http:", "https:", 1), state: store.MessagePending, says: "does not speak TLS"},
		"nobody listens":    {url: "http://127.0.0.1:1/", state: store.MessagePending, says: "the connection was refused"},
		"silent":            {url: silent.URL, state: store.MessagePending, says: "no answer within 300ms", timeout: 300 * time.Millisecond},
		"hangs up":          {url: rude.URL, state: store.MessagePending, says: "closed without an answer"},
		"private":           {url: "https://10.255.0.1/", state: store.MessageFailed, says: `the host "10.255.0.1" is not on the public internet; the operator of this server can allow its network with CRIER_MEDIA_ALLOW`},
		"private name":      {url: "http://[::1]:1/", state: store.MessageFailed, says: "is not on the public internet"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, func(c *notify.Config) {
				if tc.timeout > 0 {
					c.Timeout = tc.timeout
				}
			})
			f.put(f.customer, tc.url) // the check at registration would refuse some
			id := f.tell(f.customer, "post1")
			f.work()
			m := f.message(id)
			if m.State != tc.state || len(m.Tries) != 1 || m.Tries[0].Status != 0 || !strings.Contains(m.Tries[0].Error, tc.says) {
				t.Errorf("the message is %+v; want %s and the error to say %q", m, tc.state, tc.says)
			}
		})
	}
}

// put stores a webhook as it may be in the store.
func (f *fixture) put(p core.Profile, address string) {
	f.t.Helper()
	_, err := f.store.UpdateWebhook(f.t.Context(), p.ID, scheduled, func(w *store.Webhook) error {
		w.URL, w.CreatedAt, w.UpdatedAt = address, f.clock.Now(), f.clock.Now()
		return nil
	})
	if err != nil {
		f.t.Fatal(err)
	}
}

// TestRefusedWithoutAllowance: a server without CRIER_MEDIA_ALLOW calls nothing that is not
// public, whatever the store says.
func TestRefusedWithoutAllowance(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(c *notify.Config) { c.Guard = netguard.New(nil) })
	f.put(f.customer, strings.Replace(f.endpoint.URL, "http:", "https:", 1))
	id := f.tell(f.customer, "post1")
	f.work()
	if m := f.message(id); m.State != store.MessageFailed || !strings.Contains(m.Tries[0].Error, "public internet") {
		t.Errorf("the message is %+v", m)
	}
	if calls := f.endpoint.take(); len(calls) != 0 {
		t.Errorf("%d calls were made", len(calls))
	}
}

// TestAnswerIsKept: the log has the beginning of an answer, fit to be shown.
func TestAnswerIsKept(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.register(f.customer, scheduled, "/hook")
	f.endpoint.answer("/hook", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusTeapot)
		_, _ = io.WriteString(w, "\x1b[31mno\x00 \xff\r\nline two\t."+strings.Repeat("x", 1<<20))
	})
	id := f.tell(f.customer, "post1")
	f.work()
	answer := f.message(id).Tries[0].Answer
	if want := "\uFFFD[31mno\uFFFD \uFFFD\nline two .xxx"; !strings.HasPrefix(answer, want) {
		t.Errorf("the answer begins with %q, want %q", answer[:40], want)
	}
	if n := len(answer); n < 900 || n > 1100 {
		t.Errorf("%d bytes are kept, want about 1024", n)
	}
}

// TestOrder: the calls for a profile to an endpoint are made in the order of the notices,
// each after the one before has arrived, and those behind a failed one follow it at once.
func TestOrder(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.register(f.customer, scheduled, "/hook")
	f.register(f.primary, scheduled, "/hook")
	f.endpoint.status("/hook", 503)
	var ids []string
	for i := range 4 {
		ids = append(ids, f.tell(f.customer, "post"+strconv.Itoa(i)))
	}
	f.work()
	for range 3 { // the first one alone is tried again
		if got := hookIDs(t, f.endpoint.take()); !slices.Equal(got, ids[:1]) {
			t.Fatalf("called for %v, want %v", got, ids[:1])
		}
		f.next()
		f.work()
	}
	f.endpoint.take()

	f.endpoint.answer("/hook", nil)
	other := f.tell(f.primary, "other") // another profile does not wait
	f.work()
	if got := hookIDs(t, f.endpoint.take()); !slices.Equal(got, []string{other}) {
		t.Fatalf("called for %v, want %v", got, other)
	}
	ids = append(ids, f.tell(f.customer, "late"))
	f.work()
	if calls := f.endpoint.take(); len(calls) > 0 {
		t.Fatalf("the last one has overtaken: %v", hookIDs(t, calls))
	}
	f.next()
	due := f.clock.Now()
	f.work()
	if got := hookIDs(t, f.endpoint.take()); !slices.Equal(got, ids) {
		t.Errorf("called for %v, want %v", got, ids)
	}
	if !f.clock.Now().Equal(due) {
		t.Error("time has passed")
	}
}

// TestOrderAfterResend: those that sleep behind a message are woken when it arrives early,
// because somebody sent it again by hand.
func TestOrderAfterResend(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.register(f.customer, scheduled, "/hook")
	f.endpoint.status("/hook", 503)
	ids := []string{f.tell(f.customer, "post1"), f.tell(f.customer, "post2"), f.tell(f.customer, "post3")}
	for range 6 {
		f.next()
		f.work()
	}
	f.endpoint.take()
	f.endpoint.answer("/hook", nil)
	now := f.clock.Now()
	if _, err := f.Resend(t.Context(), f.customer.ID, ids[0]); err != nil {
		t.Fatal(err)
	}
	f.work()
	if got := hookIDs(t, f.endpoint.take()); !slices.Equal(got, ids) || !f.clock.Now().Equal(now) {
		t.Errorf("called for %v, want %v at once", got, ids)
	}
}

// TestOrderAfterACrash: those that sleep behind a message are woken also if the server dies
// as soon as it has noted that the message arrived.
func TestOrderAfterACrash(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.register(f.customer, scheduled, "/hook")
	f.endpoint.status("/hook", 503)
	first, second := f.tell(f.customer, "post1"), f.tell(f.customer, "post2")
	for range 6 {
		f.next()
		f.work()
	}
	f.endpoint.take()
	f.endpoint.answer("/hook", nil)
	if _, err := f.Resend(t.Context(), f.customer.ID, first); err != nil {
		t.Fatal(err)
	}
	_, err := f.store.UpdateMessage(t.Context(), first, func(m *store.Message) error {
		m.State, m.EndedAt, m.NextAt = store.MessageDelivered, f.clock.Now(), time.Time{}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	f.work()
	if got := hookIDs(t, f.endpoint.take()); !slices.Equal(got, []string{second}) {
		t.Errorf("called for %v, want %s at once", got, second)
	}
}

func hookIDs(t *testing.T, calls []received) []string {
	t.Helper()
	var ids []string
	for _, c := range calls {
		ids = append(ids, c.text(t, "hookId"))
	}
	return ids
}

// TestLongQueueBehindADeadEndpoint: what waited for more than an hour behind others is tried
// once, so that a dead endpoint's backlog comes to an end.
func TestLongQueueBehindADeadEndpoint(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.register(f.customer, scheduled, "/hook")
	f.endpoint.status("/hook", 503)
	begin := f.clock.Now()
	var ids []string
	for i := range 12 {
		ids = append(ids, f.tell(f.customer, strconv.Itoa(i)))
	}
	f.workAll()
	if took := f.clock.Now().Sub(begin); took > 80*time.Minute {
		t.Errorf("the backlog took %v", took)
	}
	for _, id := range ids {
		if m := f.message(id); m.State != store.MessageFailed || m.Attempts == 0 {
			t.Errorf("message %s: %s after %d tries", id, m.State, m.Attempts)
		}
	}
	if got := hookIDs(t, f.endpoint.take()); !slices.IsSorted(got) {
		t.Error("the calls were out of order")
	}
}

// TestWebhookChangesOnTheWay: calls go to where the webhook that they were made for leads when
// they are made.
func TestWebhookChangesOnTheWay(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change func(f *fixture)
		path   string // where the next call goes; empty: nowhere
	}{
		"another address":   {func(f *fixture) { f.register(f.primary, scheduled, "/new") }, "/new"},
		"one of its own":    {func(f *fixture) { f.register(f.customer, scheduled, "/own"); f.endpoint.answer("/old", nil) }, "/old"},
		"deleted":           {func(f *fixture) { f.unregister(f.primary) }, ""},
		"the profile's end": {func(f *fixture) { f.deleteCustomer() }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.register(f.primary, scheduled, "/old")
			f.endpoint.status("/old", 503)
			id := f.tell(f.customer, "post1")
			f.work()
			f.endpoint.take()
			tc.change(f)
			f.next()
			f.work()
			if tc.path == "" {
				if calls := f.endpoint.take(); len(calls) != 0 {
					t.Errorf("%d calls were made", len(calls))
				}
				if m := f.message(id); m.State != store.MessageDropped {
					t.Errorf("the message is %+v", m)
				}
				return
			}
			call := f.endpoint.only(t)
			m := f.message(id)
			if call.path != tc.path || call.text(t, "url") != f.endpoint.URL+tc.path || m.State != store.MessageDelivered {
				t.Errorf("called %s, which was told that it is %s; the message is %s", call.path, call.text(t, "url"), m.State)
			}
			var urls []string
			for _, try := range m.Tries {
				u, err := url.Parse(try.URL)
				if err != nil {
					t.Fatal(err)
				}
				urls = append(urls, u.Path)
			}
			if diff := cmp.Diff([]string{"/old", tc.path}, urls); diff != "" {
				t.Errorf("tries (-want +got):\n%s", diff)
			}
		})
	}
}

func (f *fixture) unregister(p core.Profile) {
	f.t.Helper()
	if err := f.Unregister(f.t.Context(), p.ID, scheduled); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) deleteCustomer() {
	f.t.Helper()
	if err := f.store.DeleteProfile(f.t.Context(), f.customer.ID); err != nil {
		f.t.Fatal(err)
	}
}
