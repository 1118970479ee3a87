package sqlite

import (
	"cmp"
	"context"
	"database/sql/driver"
	"encoding/hex"
	"strings"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

// profileFilter is the conditions of a query and what is bound to them, in order.
type profileFilter struct {
	conditions []string
	args       []driver.Value
}

func (f *profileFilter) add(condition string, args ...driver.Value) {
	f.conditions = append(f.conditions, condition)
	f.args = append(f.args, args...)
}

// The conditions that a listing of profiles may have.
const (
	isUserProfile = "is_primary = 0"
	// afterProfile finds the place of a profile that was deleted since, too.
	afterProfile = `(created_at, id) > (
  SELECT created_at, id FROM profiles WHERE id = ? AND is_primary = 0
  UNION ALL
  SELECT created_at, id FROM deleted_profiles WHERE id = ?)`
	titleIs        = "title = ?"
	refIs          = "ref_id = ?"
	keyHashIsAmong = "key_hash IN (SELECT unhex(value) FROM json_each(?))"
	hasAccounts    = "EXISTS (SELECT 1 FROM accounts WHERE profile_id = p.id)"
	hasNoAccounts  = "NOT " + hasAccounts
	// hasEachOf is true when none of the networks lacks an account.
	hasEachOf = `NOT EXISTS (SELECT 1 FROM json_each(?) AS wanted
  WHERE NOT EXISTS (SELECT 1 FROM accounts WHERE profile_id = p.id AND platform = wanted.value))`
	orderOfProfiles = " ORDER BY created_at, id LIMIT ?"
)

// ListProfiles implements store.Profiles.
func (s *Store) ListProfiles(ctx context.Context, q store.ProfileQuery) (list []core.Profile, err error) {
	query, args, err := s.listProfilesQuery(q)
	if err != nil {
		return nil, err
	}
	err = s.list(ctx, "list profiles", func(r row) error {
		var p core.Profile
		err := scanProfile(r, &p)
		list = append(list, p)
		return err
	}, query, args...)
	if err != nil {
		return nil, err
	}
	return list, nil
}

// listProfilesQuery names only the conditions that the query has, so that each is looked up
// in the index that fits.
func (s *Store) listProfilesQuery(q store.ProfileQuery) (string, []driver.Value, error) {
	var f profileFilter
	f.add(isUserProfile)
	if q.After != "" {
		f.add(afterProfile, q.After, q.After)
	}
	if q.Title != "" {
		f.add(titleIs, q.Title)
	}
	if q.RefID != "" {
		f.add(refIs, q.RefID)
	}
	if len(q.KeyHashes) > 0 {
		hashes := make([]string, len(q.KeyHashes))
		for i, hash := range q.KeyHashes {
			hashes[i] = hex.EncodeToString(hash)
		}
		list, err := s.encoders.Encode(hashes)
		if err != nil {
			return "", nil, err
		}
		f.add(keyHashIsAmong, list)
	}
	if q.HasAccounts != nil {
		f.add(map[bool]string{true: hasAccounts, false: hasNoAccounts}[*q.HasAccounts])
	}
	if len(q.Platforms) > 0 {
		list, err := s.encoders.Encode(q.Platforms)
		if err != nil {
			return "", nil, err
		}
		f.add(hasEachOf, list)
	}
	query := selectProfiles + strings.Join(f.conditions, " AND ") + orderOfProfiles
	return query, append(f.args, int64(cmp.Or(q.Limit, defaultLimit))), nil
}
