package sqlite

import (
	"context"
	"time"

	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/record"
)

// TakeLease implements store.Leases. The lease of a process that has died is ended by
// ReleaseDead.
func (s *Store) TakeLease(ctx context.Context, name, holder string, d time.Duration) (bool, error) {
	s.appear(ctx)
	now := s.clock.Now()
	return s.swap(ctx, "take lease",
		`INSERT INTO leases (name, holder, lease_until, owner) VALUES (?1, ?2, ?3, ?5)
		 ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, lease_until = excluded.lease_until, owner = excluded.owner,
		   note = iif(holder = excluded.holder, note, '')
		 WHERE holder = excluded.holder OR lease_until <= ?4`,
		name, holder, record.Micros(now.Add(d)), record.Micros(now), s.owner.id,
	)
}

// ReleaseLease implements store.Leases.
func (s *Store) ReleaseLease(ctx context.Context, name, holder string) error {
	return s.change(ctx, "release lease", nil, "DELETE FROM leases WHERE name = ? AND holder = ?", name, holder)
}

// NoteLease implements store.Leases.
func (s *Store) NoteLease(ctx context.Context, name, holder, note string) (bool, error) {
	return s.swap(ctx, "note lease", "UPDATE leases SET note = ?3 WHERE name = ?1 AND holder = ?2 AND lease_until > ?4",
		name, holder, note, record.Micros(s.clock.Now()))
}

// ListLeases implements store.Leases.
func (s *Store) ListLeases(ctx context.Context, prefix string) (found []store.Lease, err error) {
	err = s.list(ctx, "list leases", func(r row) error {
		found = append(found, store.Lease{Name: r.text(0), Holder: r.text(1), Until: r.time(2), Note: r.text(3)})
		return nil
	}, "SELECT name, holder, lease_until, note FROM leases WHERE substr(name, 1, length(?1)) = ?1 AND lease_until > ?2 ORDER BY name",
		prefix, record.Micros(s.clock.Now()))
	return found, err
}
