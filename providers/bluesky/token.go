package bluesky

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"

	"github.com/crier-social/crier/core"
)

// claims are what a token says of itself. Whether that is true its server decides; here it
// tells what to ask for, and whom. https://www.rfc-editor.org/rfc/rfc7519#section-4.1
type claims struct {
	Subject string  `json:"sub"`
	Scope   string  `json:"scope"`
	Expires float64 `json:"exp"` // seconds since 1970
	// Bound is there in tokens of OAuth. https://www.rfc-editor.org/rfc/rfc7800#section-3.1
	Bound *struct{} `json:"cnf"`
}

// The scopes of the tokens of a session. https://atproto.com/specs/xrpc#app-passwords
const (
	scopeMain    = "com.atproto.access"  // of the account's own password
	scopeRefresh = "com.atproto.refresh" // of what renews them
)

// readClaims reads what a token says, by whichever algorithm it is signed: servers have keys
// of their own. false: it says nothing.
func readClaims(token core.Secret) (claims, bool) {
	parts := strings.Split(token.Reveal(), ".")
	if len(parts) != 3 {
		return claims{}, false
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return claims{}, false
	}
	var c claims
	if json.Unmarshal(payload, &c) != nil {
		return claims{}, false
	}
	return c, true
}

// ends is when a token says that it ends; zero: it does not say.
func (c claims) ends() time.Time {
	const most = 1 << 40 // seconds: times beyond cannot be written as RFC 3339
	if c.Expires <= 0 || c.Expires > most {
		return time.Time{}
	}
	t := time.Unix(int64(c.Expires), 0).UTC()
	if t.Year() > 9999 {
		return time.Time{}
	}
	return t
}

// scopes are those that a token has; nil: it does not say.
func (c claims) scopes() []string { return strings.Fields(c.Scope) }
