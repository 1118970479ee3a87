package sqlite

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

// openAt returns a store whose schema has taken so many steps.
func openAt(t *testing.T, steps int) *Store {
	t.Helper()
	s := openEmpty(t)
	all, err := loadMigrations(migrationFiles)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.migrate(t.Context(), all[:steps]); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *Store) runScript(t *testing.T, sql string) {
	t.Helper()
	if err := s.writer.do(t.Context(), func(c *conn) error { return c.script(sql) }); err != nil {
		t.Fatal(err)
	}
}

// TestMigrationKeepsProfilesAndAccounts brings a database up to date that knows of no
// upkeep: its accounts need attention at once, and everything else is as it was.
func TestMigrationKeepsProfilesAndAccounts(t *testing.T) {
	t.Parallel()
	s := openAt(t, 8)
	s.runScript(t, `
INSERT INTO profiles (id, title, ref_id, key_hash, is_primary, created_at) VALUES
  ('p', 'Primary', 'ref', x'01', 1, 1000000), ('u', 'User', 'ref 2', x'02', 0, 2000000);
INSERT INTO accounts (id, profile_id, platform, remote_id, linked_at, version, body) VALUES
  ('a', 'p', 'example', 'r', 3000000, 4, '{"id":"a","platform":"example","remoteId":"r","linkedAt":"1970-01-01T00:00:03Z"}');
INSERT INTO credentials (account_id, version, sealed) VALUES ('a', 5, x'ff');
INSERT INTO posts (id, profile_id, created_at, status, platforms, deliveries, body) VALUES ('post', 'p', 1, 'open', '[]', '[]', '{"id":"post","profileId":"p"}')`)
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}

	profile, err := s.ProfileByKey(t.Context(), []byte{1})
	if err != nil {
		t.Fatal(err)
	}
	want := core.Profile{ID: "p", Title: "Primary", RefID: "ref", Primary: true, CreatedAt: time.Unix(1, 0).UTC()}
	if diff := cmp.Diff(want, profile); diff != "" {
		t.Errorf("profile (-want +got):\n%s", diff)
	}
	if _, err := s.UpdateProfile(t.Context(), "u", func(p *core.Profile) error { p.Email = "u@example.com"; return nil }); err != nil {
		t.Error(err)
	}

	due, err := s.DueAccounts(t.Context(), time.Now(), 9)
	if err != nil {
		t.Fatal(err)
	}
	epoch := time.Unix(0, 0).UTC()
	account := core.Account{ID: "a", ProfileID: "p", Platform: "example", RemoteID: "r", LinkedAt: time.Unix(3, 0).UTC(), Upkeep: core.Upkeep{NextAt: epoch}}
	if diff := cmp.Diff([]core.Account{account}, due); diff != "" {
		t.Errorf("due accounts (-want +got):\n%s", diff)
	}
	creds, err := s.GetCredentials(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(store.Credentials{Sealed: []byte{0xff}, Version: 5}, creds); diff != "" {
		t.Errorf("credentials (-want +got):\n%s", diff)
	}
	untold, err := s.UntoldPosts(t.Context(), 9)
	if err != nil || len(untold) != 0 {
		t.Errorf("untold posts: %v, %v; want none", untold, err)
	}
}

// TestMigrationFindsUnsentDeliveries looks for what waits for an account among deliveries
// of a schema whose index did not tell the account.
func TestMigrationFindsUnsentDeliveries(t *testing.T) {
	t.Parallel()
	s := openAt(t, 8)
	s.runScript(t, `
INSERT INTO deliveries (id, account_id, due_at, final, body) VALUES
  ('late', 'a', 2000000, 0, '{"id":"late","state":"preparing"}'), ('early', 'a', 1000000, 0, '{"id":"early","state":"accepted"}'),
  ('done', 'a', 1000000, 1, '{"id":"done","state":"published"}'), ('other', 'b', 1000000, 0, '{"id":"other","state":"accepted"}')`)
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	list, err := s.UnsentDeliveries(t.Context(), "a", time.Unix(2, 0), 9)
	if err != nil {
		t.Fatal(err)
	}
	want := []core.Delivery{{ID: "early", State: core.DeliveryAccepted}, {ID: "late", State: core.DeliveryPreparing}}
	if diff := cmp.Diff(want, list); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
