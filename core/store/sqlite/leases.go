package sqlite

import (
	"context"
	"time"

	"github.com/crier-social/crier/core/store/record"
)

// TakeLease implements store.Leases. The lease of a process that has died is ended by
// ReleaseDead.
func (s *Store) TakeLease(ctx context.Context, name, holder string, d time.Duration) (bool, error) {
	s.appear(ctx)
	now := s.clock.Now()
	return s.swap(ctx, "take lease",
		`INSERT INTO leases (name, holder, lease_until, owner) VALUES (?1, ?2, ?3, ?5)
		 ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, lease_until = excluded.lease_until, owner = excluded.owner
		 WHERE holder = excluded.holder OR lease_until <= ?4`,
		name, holder, record.Micros(now.Add(d)), record.Micros(now), s.owner.id,
	)
}

// ReleaseLease implements store.Leases.
func (s *Store) ReleaseLease(ctx context.Context, name, holder string) error {
	return s.change(ctx, "release lease", nil, "DELETE FROM leases WHERE name = ? AND holder = ?", name, holder)
}
