package notify_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/crier-social/crier/core"
)

const (
	rawSecret    = core.Secret("correct horse battery")
	prefixSecret = core.Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
)

// hash is Ayrshare's signature, by its documentation: of the raw body, by the secret as it is.
func hash(secret core.Secret, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret.Reveal()))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

// verifies tells whether a receiver with this secret takes the call, by the library of
// Standard Webhooks.
func verifies(t *testing.T, secret core.Secret, call received) bool {
	t.Helper()
	wh, err := standardwebhooks.NewWebhookRaw([]byte(secret.Reveal()))
	if strings.HasPrefix(secret.Reveal(), "whsec_") {
		wh, err = standardwebhooks.NewWebhook(secret.Reveal())
	}
	if err != nil {
		t.Fatal(err)
	}
	return wh.VerifyIgnoringTimestamp(call.body, call.header) == nil // the test's clock stands still
}

// checkSigned holds that a call is signed by these secrets, the first of which is the present
// one, and by no others.
func checkSigned(t *testing.T, now time.Time, call received, secrets ...core.Secret) {
	t.Helper()
	var v2 []string
	for _, s := range secrets {
		v2 = append(v2, "v1="+hash(s, call.body))
		if !verifies(t, s, call) {
			t.Errorf("a receiver with the secret %s does not take the call", s.Reveal())
		}
	}
	seconds := strconv.FormatInt(now.Unix(), 10)
	want := []string{hash(secrets[0], call.body), strings.Join(v2, ","), seconds, seconds, call.text(t, "hookId")}
	got := []string{
		call.header.Get("X-Authorization-Content-SHA256"), call.header.Get("X-Authorization-Content-SHA256-V2"),
		call.header.Get("X-Authorization-Timestamp"), call.header.Get("webhook-timestamp"), call.header.Get("webhook-id"),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("signature headers (-want +got):\n%s", diff)
	}
	if n := len(strings.Fields(call.header.Get("webhook-signature"))); n != len(secrets) {
		t.Errorf("webhook-signature has %d signatures, want %d", n, len(secrets))
	}
}

func TestSignatures(t *testing.T) {
	t.Parallel()
	for name, secret := range map[string]core.Secret{"raw": rawSecret, "Standard Webhooks": prefixSecret} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.register(f.customer, scheduled, "/hook", secret)
			f.tell(f.customer, "post1")
			f.work()
			call := f.endpoint.only(t)
			checkSigned(t, f.clock.Now(), call, secret)
			if verifies(t, "another secret of mine", call) {
				t.Error("a receiver with another secret takes the call")
			}
			call.body[0] ^= 1
			if verifies(t, secret, call) {
				t.Error("a changed body is taken")
			}
		})
	}
}

func TestUnsigned(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.register(f.customer, scheduled, "/hook")
	f.tell(f.customer, "post1")
	f.work()
	call := f.endpoint.only(t)
	for _, header := range []string{
		"X-Authorization-Timestamp", "X-Authorization-Content-SHA256", "X-Authorization-Content-SHA256-V2", "webhook-signature",
	} {
		if v := call.header.Get(header); v != "" {
			t.Errorf("%s: %s", header, v)
		}
	}
	if call.header.Get("webhook-id") == "" {
		t.Error("the call has no id")
	}
}

// TestRotation: for a day, receivers with either secret take the calls, also those that were
// under way at the rotation.
func TestRotation(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.register(f.customer, scheduled, "/hook", rawSecret)
	f.endpoint.status("/hook", 503)
	f.tell(f.customer, "post1")
	f.work()
	checkSigned(t, f.clock.Now(), f.endpoint.only(t), rawSecret)

	_, made, err := f.Rotate(t.Context(), f.customer.ID, scheduled, "")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(made.Reveal(), "whsec_") || len(made.Reveal()) < 40 {
		t.Fatalf("the secret that was made is %q", made.Reveal())
	}
	f.endpoint.answer("/hook", nil)
	f.next()
	f.work()
	checkSigned(t, f.clock.Now(), f.endpoint.only(t), made, rawSecret)

	f.clock.Advance(24*time.Hour - time.Minute)
	f.tell(f.customer, "post2")
	f.work()
	checkSigned(t, f.clock.Now(), f.endpoint.only(t), made, rawSecret)

	f.clock.Advance(time.Minute)
	f.tell(f.customer, "post3")
	f.work()
	checkSigned(t, f.clock.Now(), f.endpoint.only(t), made)
}

// TestSecretIsSealed: it is not in the store, and one that cannot be opened is no reason to
// call without a signature.
func TestSecretIsSealed(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	w := f.register(f.customer, scheduled, "/hook", rawSecret)
	if strings.Contains(string(w.Sealed), rawSecret.Reveal()) {
		t.Error("the store has the secret")
	}
	other := newFixture(t)
	f.config.Vault = other.config.Vault
	f.restart()
	id := f.tell(f.customer, "post1")
	f.work()
	if calls := f.endpoint.take(); len(calls) != 0 {
		t.Errorf("%d calls were made", len(calls))
	}
	m := f.message(id)
	if m.Attempts != 1 || !strings.Contains(m.Tries[0].Error, "POST /hook/webhook/secret") {
		t.Errorf("the message is %+v", m)
	}
	if _, _, err := f.Rotate(t.Context(), f.customer.ID, scheduled, prefixSecret); err != nil {
		t.Fatal(err)
	}
	f.next()
	f.work()
	checkSigned(t, f.clock.Now(), f.endpoint.only(t), prefixSecret)
}
