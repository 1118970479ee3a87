package sandbox_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

// An id token is a JWT that whoever knows the secret of the app can check, and tells what the
// scopes allow.
func TestIDToken(t *testing.T) {
	t.Parallel()
	b := start(t)
	now := float64(b.clock.Now().Unix())
	base := map[string]any{"iss": "https://www.linkedin.com/oauth", "aud": sandbox.ShareClientID, "iat": now, "exp": now + 3600, "sub": sandbox.JaneID}
	for _, tt := range []struct {
		name   string
		scopes []string
		more   map[string]any
	}{
		{"openid", []string{"openid"}, nil},
		{"profile", []string{"openid", "profile"}, map[string]any{"name": "Jane Doe", "given_name": "Jane", "family_name": "Doe"}},
		{"email", []string{"openid", "email"}, map[string]any{"email": "jane@example.com"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tokens, err := b.Authorize(sandbox.ShareClientID, sandbox.JaneID, tt.scopes...)
			if err != nil {
				t.Fatal(err)
			}
			signed, signature, _ := cutLast(tokens.IDToken, ".")
			mac := hmac.New(sha256.New, []byte(sandbox.ShareClientSecret))
			mac.Write([]byte(signed))
			if want := base64.RawURLEncoding.EncodeToString(mac.Sum(nil)); signature != want {
				t.Errorf("signature %q, want %q", signature, want)
			}
			header, claims, _ := strings.Cut(signed, ".")
			if got := decodePart(t, header); !cmp.Equal(got, map[string]any{"alg": "HS256", "typ": "JWT"}) {
				t.Errorf("header %v", got)
			}
			want := maps.Clone(base)
			maps.Copy(want, tt.more)
			if diff := cmp.Diff(want, decodePart(t, claims)); diff != "" {
				t.Errorf("claims (-want +got):\n%s", diff)
			}
		})
	}
	without, err := b.Authorize(sandbox.ShareClientID, sandbox.JohnID, "w_member_social")
	if err != nil || without.IDToken != "" {
		t.Errorf("without openid: %q, %v", without.IDToken, err)
	}
}

func cutLast(s, separator string) (before, after string, found bool) {
	at := strings.LastIndex(s, separator)
	if at < 0 {
		return s, "", false
	}
	return s[:at], s[at+len(separator):], true
}

func decodePart(t *testing.T, part string) map[string]any {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		t.Fatal(err)
	}
	var v map[string]any
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	return v
}
