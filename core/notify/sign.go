package notify

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

// The headers of a call besides those of Standard Webhooks: Ayrshare's.
// https://www.ayrshare.com/docs/apis/webhooks/security
const (
	headerTimestamp   = "X-Authorization-Timestamp"
	headerSignature   = "X-Authorization-Content-Sha256"
	headerSignatureV2 = "X-Authorization-Content-Sha256-V2"
	headerDeliveryID  = "X-Ayrshare-Delivery-Id"
	headerAttempt     = "X-Ayrshare-Delivery-Attempt"
)

// keyPrefix marks a secret whose rest is a key in base64.
// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
const keyPrefix = "whsec_"

// newSecret makes a secret of 256 bits.
func newSecret() core.Secret {
	key := make([]byte, sha256.Size)
	_, _ = rand.Read(key) // never fails
	return core.Secret(keyPrefix + base64.StdEncoding.EncodeToString(key))
}

// keyOf returns the key by which a secret signs as Standard Webhooks has it: what is written
// after the prefix, or else the secret's own bytes.
func keyOf(secret core.Secret) ([]byte, error) {
	encoded, prefixed := strings.CutPrefix(secret.Reveal(), keyPrefix)
	if !prefixed {
		return []byte(secret.Reveal()), nil
	}
	return base64.StdEncoding.DecodeString(encoded)
}

// secrets returns what calls of a webhook are signed with: nothing, its secret, or during a
// rotation its secret and the one before.
func (n *Notifier) secrets(w store.Webhook) ([]core.Secret, error) {
	if len(w.Sealed) == 0 {
		return nil, nil
	}
	bound := boundTo(w.ProfileID, w.Action)
	present, err := n.vault.Open(w.Sealed, bound)
	if err != nil {
		return nil, fmt.Errorf("the secret of the webhook %s of profile %s: %w", w.Action, w.ProfileID, err)
	}
	opened := []core.Secret{core.Secret(present)}
	if len(w.Former) > 0 && n.clock.Now().Before(w.FormerUntil) {
		if former, err := n.vault.Open(w.Former, bound); err == nil { // otherwise the present one has to do
			opened = append(opened, core.Secret(former))
		}
	}
	return opened, nil
}

// boundTo is the associated data of a webhook's sealed secrets.
func boundTo(profileID, action string) []byte {
	return []byte("webhook\x00" + profileID + "\x00" + action)
}

// sign sets the headers of a call: who it is, when it was made and, if there are secrets, the
// signatures of both families, by the present secret first.
func sign(h http.Header, id string, at time.Time, body []byte, secrets []core.Secret) error {
	seconds := strconv.FormatInt(at.Unix(), 10)
	h.Set(standardwebhooks.HeaderWebhookID, id)
	h.Set(standardwebhooks.HeaderWebhookTimestamp, seconds)
	if len(secrets) == 0 {
		return nil
	}
	standard, hashes := make([]string, len(secrets)), make([]string, len(secrets))
	for i, secret := range secrets {
		key, err := keyOf(secret)
		if err != nil {
			return fmt.Errorf("decoding a webhook's secret: %w", err)
		}
		signer, err := standardwebhooks.NewWebhookRaw(key)
		if err != nil {
			return fmt.Errorf("signing a webhook call: %w", err)
		}
		if standard[i], err = signer.Sign(id, at, body); err != nil {
			return fmt.Errorf("signing a webhook call: %w", err)
		}
		hashes[i] = contentHash(secret, body)
	}
	h.Set(standardwebhooks.HeaderWebhookSignature, strings.Join(standard, " "))
	h.Set(headerTimestamp, seconds)
	h.Set(headerSignature, hashes[0])
	h.Set(headerSignatureV2, "v1="+strings.Join(hashes, ",v1="))
	return nil
}

// contentHash is Ayrshare's signature: of the body alone, by the secret as it is written.
func contentHash(secret core.Secret, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret.Reveal()))
	_, _ = mac.Write(body) // never fails
	return hex.EncodeToString(mac.Sum(nil))
}
