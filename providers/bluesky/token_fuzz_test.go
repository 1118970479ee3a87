package bluesky

import (
	"testing"
	"time"

	"github.com/crier-social/crier/core"
)

// Whatever a token says of itself, its end can be stored and its owner be asked about.
func FuzzReadClaims(f *testing.F) {
	for _, s := range []string{"e30.eyJzdWIiOiJkaWQ6cGxjOmFiYyIsImV4cCI6MTc5NTM4MDEwN30.e30", "e30.eyJleHAiOjFlMzB9.x", "..", "e30.W10.", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, token string) {
		c, ok := readClaims(core.Secret(token))
		if !ok && (c.Subject != "" || c.Expires != 0 || c.Scope != "") {
			t.Errorf("a token that says nothing says %+v", c)
		}
		if at := c.ends(); !at.IsZero() {
			if _, err := time.Parse(time.RFC3339, at.Format(time.RFC3339)); err != nil {
				t.Error(err)
			}
		}
	})
}

// Whatever was kept, it is read as something, and what is written is read as it was.
func FuzzReadBinding(f *testing.F) {
	f.Add(`{"pds":"https://pds.example","key":"k"}`)
	f.Add(`{"pds":1}`)
	f.Add(``)
	f.Fuzz(func(t *testing.T, kept string) {
		b := readBinding(core.Secret(kept))
		text, err := b.text()
		if err != nil || readBinding(text) != b {
			t.Errorf("%+v is written as %s, %v", b, text.Reveal(), err)
		}
	})
}
