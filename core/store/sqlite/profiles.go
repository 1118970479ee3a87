package sqlite

import (
	"context"
	"database/sql/driver"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/record"
)

// CreateProfile implements store.Profiles.
func (s *Store) CreateProfile(ctx context.Context, p core.Profile, keyHash []byte) error {
	body, err := s.encoders.Encode(p)
	if err != nil {
		return err
	}
	return wrap("create profile", s.writer.do(ctx, func(c *conn) error {
		n, err := c.exec(
			`INSERT INTO profiles (id, title, ref_id, key_hash, is_primary, created_at, body)
			 SELECT ?1, ?, ?, ?, ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM deleted_profiles WHERE id = ?1) ON CONFLICT DO NOTHING`,
			p.ID, p.Title, p.RefID, notNil(keyHash), flag(p.Primary), record.Micros(p.CreatedAt), body,
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

// UpdateProfile implements store.Profiles.
func (s *Store) UpdateProfile(ctx context.Context, id string, fn func(*core.Profile) error) (core.Profile, error) {
	read := func(ctx context.Context) (core.Profile, int64, error) { return s.versionedProfile(ctx, "id = ?", id) }
	return record.CompareAndSwap(ctx, read, record.ChangeProfile(fn), s.swapProfile)
}

func (s *Store) swapProfile(ctx context.Context, p core.Profile, version int64) (swapped bool, err error) {
	body, err := s.encoders.Encode(p)
	if err != nil {
		return false, err
	}
	err = s.writer.do(ctx, func(c *conn) error {
		// OR IGNORE: a title that another profile has leaves the row as it is.
		n, err := c.exec(
			"UPDATE OR IGNORE profiles SET version = version + 1, title = ?, body = ? WHERE id = ? AND version = ?",
			p.Title, body, p.ID, version,
		)
		if swapped = n > 0; swapped || err != nil {
			return err
		}
		taken, err := c.exists("SELECT 1 FROM profiles WHERE title = ? AND id <> ?", p.Title, p.ID)
		if err == nil && taken {
			return store.ErrExists
		}
		return err
	})
	return swapped, wrap("update profile", err)
}

// ProfileByKey implements store.Profiles.
func (s *Store) ProfileByKey(ctx context.Context, keyHash []byte) (core.Profile, error) {
	return s.profile(ctx, "key_hash = ?", notNil(keyHash))
}

// ProfileByTitle implements store.Profiles.
func (s *Store) ProfileByTitle(ctx context.Context, title string) (core.Profile, error) {
	return s.profile(ctx, "title = ?", title)
}

// ProfileByRef implements store.Profiles.
func (s *Store) ProfileByRef(ctx context.Context, refID string) (core.Profile, error) {
	return s.profile(ctx, "ref_id = ? ORDER BY created_at, id LIMIT 1", refID)
}

// PrimaryProfile implements store.Profiles.
func (s *Store) PrimaryProfile(ctx context.Context) (core.Profile, error) {
	return s.profile(ctx, "is_primary = 1")
}

// GetProfile implements store.Profiles.
func (s *Store) GetProfile(ctx context.Context, id string) (core.Profile, error) {
	return s.profile(ctx, "id = ?", id)
}

func (s *Store) profile(ctx context.Context, condition string, args ...driver.Value) (core.Profile, error) {
	p, _, err := s.versionedProfile(ctx, condition, args...)
	return p, err
}

const selectProfiles = "SELECT id, title, ref_id, is_primary, created_at, body, version FROM profiles AS p WHERE "

// versionedProfile reads the one profile that the condition, a constant, selects, and its
// version.
func (s *Store) versionedProfile(ctx context.Context, condition string, args ...driver.Value) (p core.Profile, version int64, err error) {
	err = s.get(ctx, "get profile", func(r row) error {
		version = r.integer(6)
		return scanProfile(r, &p)
	}, selectProfiles+condition, args...)
	return p, version, err
}

// scanProfile reads a profile from a row of selectProfiles. The body lacks what has a
// column.
func scanProfile(r row, p *core.Profile) error {
	if err := record.Decode(r.text(5), p); err != nil {
		return err
	}
	p.ID, p.Title, p.RefID = r.text(0), r.text(1), r.text(2)
	p.Primary, p.CreatedAt = r.integer(3) == 1, r.time(4)
	return nil
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
