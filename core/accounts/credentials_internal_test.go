package accounts

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/vault"
)

// What is in databases has to stay readable: all members, by their names.
func TestStoredCredentials(t *testing.T) {
	t.Parallel()
	ring, err := vault.New(vault.NewKey())
	if err != nil {
		t.Fatal(err)
	}
	m := &Manager{vault: ring}
	at := func(day int) time.Time { return time.Date(2026, time.November, day, 9, 0, 0, 0, time.UTC) }
	for name, tc := range map[string]struct {
		stored string
		want   credentials
	}{
		"all": {
			`{"accessToken":"a","refreshToken":"r","expiresAt":"2026-11-01T09:00:00Z","refreshExpiresAt":"2026-11-02T09:00:00Z",` +
				`"scopes":["s"],"app":"app","issuedAt":"2026-11-03T09:00:00Z","storedAt":"2026-11-04T09:00:00Z",` +
				`"refusedAt":"2026-11-05T09:00:00Z","renewed":"aGFzaA==","fixed":true}`,
			credentials{
				Credentials: core.Credentials{
					AccessToken: "a", RefreshToken: "r", ExpiresAt: at(1), RefreshExpiresAt: at(2), Scopes: []string{"s"}, App: "app", IssuedAt: at(3),
				},
				storedAt: at(4), refusedAt: at(5), renewed: []byte("hash"), fixed: true,
			},
		},
		"few": {`{"accessToken":"a"}`, credentials{Credentials: core.Credentials{AccessToken: "a"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sealed, err := ring.Seal([]byte(tc.stored), []byte("account"))
			if err != nil {
				t.Fatal(err)
			}
			got, err := m.unseal("account", store.Credentials{Sealed: sealed})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got, cmp.AllowUnexported(credentials{})); diff != "" {
				t.Errorf("read (-want +got):\n%s", diff)
			}
			written, err := m.seal("account", tc.want)
			if err != nil {
				t.Fatal(err)
			}
			plain, err := ring.Open(written, []byte("account"))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.stored, string(plain)); diff != "" {
				t.Errorf("written (-want +got):\n%s", diff)
			}
		})
	}
}
