package notify_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/notify"
	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store"
)

// TestWhoIsCalled: a user profile's own webhook, or else the primary profile's, and never two.
func TestWhoIsCalled(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		primary, own string // the action that each has a webhook of
		primaryGets  []string
		customerGets []string
	}{
		"nobody":       {},
		"the primary":  {primary: scheduled, primaryGets: []string{"/primary"}, customerGets: []string{"/primary"}},
		"its own":      {own: scheduled, customerGets: []string{"/own"}},
		"both":         {primary: scheduled, own: scheduled, primaryGets: []string{"/primary"}, customerGets: []string{"/own"}},
		"other action": {primary: social, own: "feed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			if tc.primary != "" {
				f.register(f.primary, tc.primary, "/primary")
			}
			if tc.own != "" {
				f.register(f.customer, tc.own, "/own")
			}
			for _, profile := range []struct {
				core.Profile
				want []string
			}{{f.primary, tc.primaryGets}, {f.customer, tc.customerGets}} {
				wants, err := f.Wants(t.Context(), profile.ID, core.NoticeScheduled)
				if err != nil || wants != (profile.want != nil) {
					t.Errorf("%s: wants %v, %v", profile.Title, wants, err)
				}
				f.tell(profile.Profile, "post1")
				f.work()
				var got []string
				for _, call := range f.endpoint.take() {
					got = append(got, call.path)
					if call.text(t, "refId") != profile.RefID {
						t.Errorf("%s: refId %s", profile.Title, call.text(t, "refId"))
					}
				}
				if diff := cmp.Diff(profile.want, got); diff != "" {
					t.Errorf("%s (-want +got):\n%s", profile.Title, diff)
				}
			}
		})
	}
}

// TestToldOnce: telling a notice again, also after it was sent, changes nothing.
func TestToldOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.register(f.customer, scheduled, "/hook")
	n := postNotice(f.clock.Now(), "post1")
	for range 3 {
		if err := f.Tell(t.Context(), f.customer.ID, n, n); err != nil {
			t.Fatal(err)
		}
	}
	f.work()
	f.endpoint.only(t)
	if err := f.Tell(t.Context(), f.customer.ID, n); err != nil {
		t.Fatal(err)
	}
	f.work()
	if calls := f.endpoint.take(); len(calls) > 0 {
		t.Errorf("called again: %d times", len(calls))
	}
}

// TestNothingToTell: of what is gone, nobody is told, and nothing fails.
func TestNothingToTell(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.register(f.primary, scheduled, "/hook")
	f.tell(f.customer, "gone")
	f.deleteCustomer()
	f.tell(f.customer, "post1")
	if wants, err := f.Wants(t.Context(), f.customer.ID, core.NoticeScheduled); wants || err != nil {
		t.Errorf("wants %v, %v", wants, err)
	}
	if ran := f.work(); ran > 0 {
		t.Errorf("%d jobs", ran)
	}
}

// TestAtLeastOnce: a server that dies between the call and its note makes the same call
// again after the next start.
func TestAtLeastOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.register(f.customer, scheduled, "/hook", rawSecret)
	first, second := f.tell(f.customer, "post1"), f.tell(f.customer, "post2")
	j, ok := f.claim()
	if !ok {
		t.Fatal("there is no job")
	}
	// What the store has at that moment is what it has before the handler ran.
	before := f.message(first)
	if err := f.Handlers()[notify.WebhookJob](t.Context(), j); err != nil {
		t.Fatal(err)
	}
	_, err := f.store.UpdateMessage(t.Context(), first, func(m *store.Message) error {
		m.State, m.Attempts, m.Tries, m.EndedAt, m.NextAt = before.State, before.Attempts, before.Tries, before.EndedAt, before.NextAt
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	lost := f.endpoint.only(t)

	f.restart()
	if ran := f.work(); ran > 0 {
		t.Fatalf("%d jobs ran while the lease of the dead server lasts", ran)
	}
	f.clock.Advance(time.Minute) // the lease
	f.work()
	calls := f.endpoint.take()
	if diff := cmp.Diff([]string{first, second}, hookIDs(t, calls)); diff != "" {
		t.Fatalf("called (-want +got):\n%s", diff)
	}
	if string(calls[0].body) != string(lost.body) {
		t.Errorf("the call is another one:\n%s\n%s", lost.body, calls[0].body)
	}
	checkSigned(t, f.clock.Now(), calls[0], rawSecret)
}

// TestSweep: a message whose job was lost is sent all the same, and what ended long ago is
// forgotten.
func TestSweep(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.register(f.customer, scheduled, "/hook")
	id := f.tell(f.customer, "post1")
	if there, err := f.store.Cancel(t.Context(), notify.WebhookJob, id); !there || err != nil {
		t.Fatal(there, err)
	}
	sweep := func(want int) {
		t.Helper()
		if n, err := f.Sweep(t.Context()); n != want || err != nil {
			t.Errorf("the sweep took up %d, %v; want %d", n, err, want)
		}
	}
	sweep(0) // the job may still be on its way into the store
	f.clock.Advance(2 * time.Minute)
	sweep(1)
	sweep(0)
	f.work()
	f.endpoint.only(t)

	f.clock.Advance(30*24*time.Hour - time.Second)
	sweep(0)
	f.message(id)
	f.clock.Advance(2 * time.Second)
	sweep(0)
	if _, err := f.store.GetMessage(t.Context(), id); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the message is there after 30 days: %v", err)
	}
}

// TestResend: what has ended, in whatever way, is sent once more with the same id and body,
// and tried as often as a new one; its sends are counted on.
func TestResend(t *testing.T) {
	t.Parallel()
	for name, status := range map[string]int{"delivered": http.StatusOK, "failed": http.StatusBadRequest, "pending": http.StatusBadGateway} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.register(f.customer, scheduled, "/hook")
			f.endpoint.status("/hook", status)
			id := f.tell(f.customer, "post1")
			f.work()
			before := f.endpoint.only(t)
			f.endpoint.answer("/hook", nil)
			m, err := f.Resend(t.Context(), f.customer.ID, id)
			if err != nil || m.State != store.MessagePending || m.Attempts != 0 || !m.EndedAt.IsZero() {
				t.Fatalf("the message is %+v, %v", m, err)
			}
			f.work()
			after := f.endpoint.only(t)
			if string(before.body) != string(after.body) || after.header.Get("X-Ayrshare-Delivery-Attempt") != "2" {
				t.Errorf("the calls were\n%s\n%s\nattempt %s", before.body, after.body, after.header.Get("X-Ayrshare-Delivery-Attempt"))
			}
			if m := f.message(id); m.State != store.MessageDelivered || len(m.Tries) != 2 || m.Sends != 2 || m.Attempts != 1 {
				t.Errorf("the message is %+v", m)
			}
		})
	}
}

func TestResendRefused(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.register(f.customer, scheduled, "/hook")
	id := f.tell(f.customer, "post1")
	f.work()
	code := func(profileID, id string) core.Code {
		t.Helper()
		_, err := f.Resend(t.Context(), profileID, id)
		if err == nil {
			return 0
		}
		return core.CodeOf(core.AsError(err))
	}
	f.unregister(f.customer)
	got := []core.Code{code(f.primary.ID, id), code(f.customer.ID, "none"), code(f.customer.ID, id)}
	if diff := cmp.Diff([]core.Code{core.CodeMessageNotFound, core.CodeMessageNotFound, core.CodeWebhookNotFound}, got); diff != "" {
		t.Errorf("codes (-want +got):\n%s", diff)
	}
	if m := f.message(id); m.State != store.MessageDelivered {
		t.Errorf("the message is %+v", m)
	}
}

// TestResendDuringACall: sending by hand while the call is under way neither loses nor
// forgets the second one.
func TestResendDuringACall(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.register(f.customer, scheduled, "/hook")
	id := f.tell(f.customer, "post1")
	f.endpoint.answer("/hook", func(http.ResponseWriter, *http.Request) {
		f.clock.Advance(time.Second)
		if _, err := f.Resend(t.Context(), f.customer.ID, id); err != nil {
			t.Error(err)
		}
	})
	j, _ := f.claim()
	err := f.Handlers()[notify.WebhookJob](t.Context(), j)
	if d := queue.Conclude(err, j, f.clock.Now(), queue.Backoff{}); d.Outcome != queue.Snoozed {
		t.Errorf("the job ends as %+v (%v)", d, err)
	}
	f.endpoint.answer("/hook", nil)
	f.endpoint.take()
	f.work()
	f.endpoint.only(t)
	if m := f.message(id); m.State != store.MessageDelivered || len(m.Tries) != 2 {
		t.Errorf("the message is %+v", m)
	}
}

func TestRegister(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	long := "https://example.com/" + strings.Repeat("x", 2048)
	secret := func(s string) *core.Secret { c := core.Secret(s); return &c }
	for name, tc := range map[string]struct {
		url    string
		secret *core.Secret
		fields []string
		says   string
	}{
		"plain":                {url: "https://example.com/hook"},
		"port and query":       {url: "https://example.com:8443/hook?tenant=7"},
		"allowed network":      {url: "http://127.0.0.1:8080/hook"},
		"raw secret":           {url: "https://example.com/", secret: secret("12345678")},
		"secret of the scheme": {url: "https://example.com/", secret: secret(prefixSecret.Reveal())},
		"no secret any more":   {url: "https://example.com/", secret: secret("")},
		"none":                 {fields: []string{"url"}, says: "missing"},
		"too long":             {url: long, fields: []string{"url"}, says: "at most 2048"},
		"no scheme":            {url: "example.com/hook", fields: []string{"url"}, says: "https://host/path"},
		"another scheme":       {url: "ftp://example.com/", fields: []string{"url"}, says: "https"},
		"no host":              {url: "https:///hook", fields: []string{"url"}, says: "host"},
		"space":                {url: "https://example.com/a b", fields: []string{"url"}, says: "percent-encoded"},
		"user":                 {url: "https://me:secret@example.com/", fields: []string{"url"}, says: "user name"},
		"no such port":         {url: "https://example.com:99999/", fields: []string{"url"}, says: "url has the port 99999, which does not exist"},
		"port 0":               {url: "https://example.com:0/", fields: []string{"url"}, says: "url has the port 0, which does not exist"},
		"port of another":      {url: "https://192.0.2.1:25/", fields: []string{"url"}, says: ""},
		"private":              {url: "https://10.0.0.1/", fields: []string{"url"}, says: "public internet"},
		"metadata":             {url: "https://169.254.169.254/", fields: []string{"url"}, says: "public internet"},
		"public by http":       {url: "http://93.184.215.14/", fields: []string{"url"}, says: "only https"},
		"short secret":         {url: "https://example.com/", secret: secret("1234567"), fields: []string{"secret"}, says: "8 to 256"},
		"long secret":          {url: "https://example.com/", secret: secret(strings.Repeat("x", 257)), fields: []string{"secret"}, says: "8 to 256"},
		"secret with newline":  {url: "https://example.com/", secret: secret("12345678\n"), fields: []string{"secret"}, says: "control character"},
		"secret not base64":    {url: "https://example.com/", secret: secret("whsec_not base64!"), fields: []string{"secret"}, says: "base64"},
		"secret too weak":      {url: "https://example.com/", secret: secret("whsec_MTIzNDU2Nzg="), fields: []string{"secret"}, says: "24 to 64"},
		"both wrong":           {url: "x", secret: secret("x"), fields: []string{"url", "secret"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			action := "feed-" + name // one webhook for each case
			_, err := f.Register(t.Context(), f.customer.ID, notify.Registration{Action: action, URL: tc.url, Secret: tc.secret})
			var fields []string
			for _, e := range core.AsErrors(err) {
				fields = append(fields, e.Field)
				if !strings.Contains(e.Message, tc.says) {
					t.Errorf("%q does not say %q", e.Message, tc.says)
				}
			}
			if diff := cmp.Diff(tc.fields, fields); diff != "" {
				t.Errorf("fields (-want +got):\n%s", diff)
			}
			_, gone := f.Webhook(t.Context(), f.customer.ID, action)
			if (gone == nil) != (err == nil) {
				t.Errorf("afterwards the webhook is there: %v", gone == nil)
			}
		})
	}
}

// TestRegisterAgain: the secret stays unless another is sent, and is removed by an empty one.
func TestRegisterAgain(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	begin := f.clock.Now()
	f.register(f.customer, scheduled, "/one", rawSecret)
	f.clock.Advance(time.Hour)
	if w := f.register(f.customer, scheduled, "/two"); !w.CreatedAt.Equal(begin) || !w.UpdatedAt.Equal(f.clock.Now()) || !strings.HasSuffix(w.URL, "/two") {
		t.Errorf("the webhook is %+v", w)
	}
	check := func(secrets ...core.Secret) {
		t.Helper()
		f.tell(f.customer, "post1")
		f.work()
		checkSigned(t, f.clock.Now(), f.endpoint.only(t), secrets...)
	}
	check(rawSecret)
	f.register(f.customer, scheduled, "/two", rawSecret) // the same again is no rotation
	check(rawSecret)
	f.register(f.customer, scheduled, "/two", prefixSecret)
	check(prefixSecret, rawSecret)
	f.register(f.customer, scheduled, "/two", "")
	f.tell(f.customer, "post1")
	f.work()
	if call := f.endpoint.only(t); call.header.Get("webhook-signature") != "" {
		t.Error("the call is signed")
	}
}

func TestRotateAndUnregisterWhatIsNotThere(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.register(f.primary, scheduled, "/hook", rawSecret)
	_, _, rotated := f.Rotate(t.Context(), f.customer.ID, scheduled, "")
	for what, err := range map[string]error{"rotate": rotated, "unregister": f.Unregister(t.Context(), f.customer.ID, scheduled)} {
		if e := core.AsError(err); core.CodeOf(e) != core.CodeWebhookNotFound || e.Field != "action" {
			t.Errorf("%s: %v", what, err)
		}
	}
	if list, err := f.Webhooks(t.Context(), f.customer.ID); len(list) != 0 || err != nil {
		t.Errorf("the profile has %v, %v", list, err)
	}
}

func TestInherited(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.register(f.primary, scheduled, "/a")
	f.register(f.primary, social, "/b")
	f.register(f.customer, social, "/c")
	actions := func(p core.Profile) []string {
		t.Helper()
		list, err := f.Inherited(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, w := range list {
			names = append(names, w.Action)
		}
		return names
	}
	if got := actions(f.customer); !slices.Equal(got, []string{scheduled}) {
		t.Errorf("the customer inherits %v", got)
	}
	if got := actions(f.primary); got != nil {
		t.Errorf("the primary profile inherits %v", got)
	}
}
