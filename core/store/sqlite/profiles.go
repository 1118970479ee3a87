package sqlite

import (
	"context"
	"database/sql/driver"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

// CreateProfile implements store.Profiles.
func (s *Store) CreateProfile(ctx context.Context, p core.Profile, keyHash []byte) error {
	return wrap("create profile", s.writer.do(ctx, func(c *conn) error {
		n, err := c.exec(
			`INSERT INTO profiles (id, title, ref_id, key_hash, is_primary, created_at)
			 VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
			p.ID, p.Title, p.RefID, notNil(keyHash), flag(p.Primary), micros(p.CreatedAt),
		)
		return orElse(n, err, store.ErrExists)
	}))
}

// SetProfileKey implements store.Profiles.
func (s *Store) SetProfileKey(ctx context.Context, profileID string, keyHash []byte) error {
	return wrap("set profile key", s.writer.do(ctx, func(c *conn) error {
		taken, err := c.exists("SELECT 1 FROM profiles WHERE key_hash = ? AND id <> ?", notNil(keyHash), profileID)
		if err != nil {
			return err
		}
		if taken {
			return store.ErrExists
		}
		n, err := c.exec("UPDATE profiles SET key_hash = ? WHERE id = ?", notNil(keyHash), profileID)
		return orElse(n, err, store.ErrNotFound)
	}))
}

// ProfileByKey implements store.Profiles.
func (s *Store) ProfileByKey(ctx context.Context, keyHash []byte) (core.Profile, error) {
	return s.profile(ctx, "key_hash = ?", notNil(keyHash))
}

// PrimaryProfile implements store.Profiles.
func (s *Store) PrimaryProfile(ctx context.Context) (core.Profile, error) {
	return s.profile(ctx, "is_primary = 1")
}

// GetProfile implements store.Profiles.
func (s *Store) GetProfile(ctx context.Context, id string) (core.Profile, error) {
	return s.profile(ctx, "id = ?", id)
}

// profile reads the one profile that the condition, a constant, selects.
func (s *Store) profile(ctx context.Context, condition string, args ...driver.Value) (p core.Profile, err error) {
	err = s.get(ctx, "get profile", func(r row) error {
		p = core.Profile{
			ID: r.text(0), Title: r.text(1), RefID: r.text(2),
			Primary: r.integer(3) == 1, CreatedAt: r.time(4),
		}
		return nil
	}, "SELECT id, title, ref_id, is_primary, created_at FROM profiles WHERE "+condition, args...)
	return p, err
}

// orElse returns the sentinel when a statement without an error changed nothing.
func orElse(changed int64, err, sentinel error) error {
	if err == nil && changed == 0 {
		return sentinel
	}
	return err
}

// notNil makes sure that an empty value is stored as one, and not as NULL.
func notNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// orNull stores an empty text as NULL, which unique and partial indexes leave out.
func orNull(text string) driver.Value {
	if text == "" {
		return nil
	}
	return text
}
