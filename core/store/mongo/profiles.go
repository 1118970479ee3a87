package mongo

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/record"
)

// CreateProfile implements store.Profiles.
func (s *Store) CreateProfile(ctx context.Context, p core.Profile, keyHash []byte) error {
	doc, err := s.encodeProfile(p)
	if err != nil {
		return err
	}
	doc.Key = uniqueKey(keyHash)
	return s.insert(ctx, "create profile", profiles, doc)
}

// notDeleted selects the profile of the id, unless it was deleted.
func notDeleted(id string) bson.D {
	return append(byID(id), bson.E{Key: "deleted", Value: bson.D{{Key: "$exists", Value: false}}})
}

// SetProfileKey implements store.Profiles. The version stays: what it guards are other
// fields.
func (s *Store) SetProfileKey(ctx context.Context, profileID string, keyHash []byte) error {
	var c changes
	c.put("key", uniqueKey(keyHash))
	return s.changeProfile(ctx, "set profile key", notDeleted(profileID), c.update())
}

// changeProfile updates the profile that the filter selects; ErrNotFound when there is none,
// and ErrExists when it would get what another has.
func (s *Store) changeProfile(ctx context.Context, op string, filter, update bson.D) error {
	changed, err := s.update(ctx, op, profiles, filter, update)
	if err == nil && !changed {
		err = store.ErrNotFound
	}
	return err
}

// UpdateProfile implements store.Profiles.
func (s *Store) UpdateProfile(ctx context.Context, id string, fn func(*core.Profile) error) (core.Profile, error) {
	read := func(ctx context.Context) (core.Profile, int64, error) { return s.versionedProfile(ctx, notDeleted(id)) }
	return record.CompareAndSwap(ctx, read, record.ChangeProfile(fn), s.swapProfile)
}

func (s *Store) swapProfile(ctx context.Context, p core.Profile, version int64) (bool, error) {
	doc, err := s.encodeProfile(p)
	if err != nil {
		return false, err
	}
	var c changes
	c.put("title", doc.Title)
	c.put("body", doc.Body)
	return s.swap(ctx, "update profile", profiles, p.ID, version, c.update())
}

// ProfileByKey implements store.Profiles.
func (s *Store) ProfileByKey(ctx context.Context, keyHash []byte) (core.Profile, error) {
	return s.profile(ctx, bson.D{{Key: "key", Value: uniqueKey(keyHash)}})
}

// ProfileByTitle implements store.Profiles.
func (s *Store) ProfileByTitle(ctx context.Context, title string) (core.Profile, error) {
	return s.profile(ctx, bson.D{{Key: "title", Value: uniqueTitle(title)}})
}

// ProfileByRef implements store.Profiles. Of several, which does not occur, the first one
// counts.
func (s *Store) ProfileByRef(ctx context.Context, refID string) (core.Profile, error) {
	return s.profile(ctx, bson.D{{Key: "ref", Value: refID}}, options.FindOne().SetSort(bson.D{{Key: "created", Value: 1}, {Key: "_id", Value: 1}}))
}

// PrimaryProfile implements store.Profiles.
func (s *Store) PrimaryProfile(ctx context.Context) (core.Profile, error) {
	return s.profile(ctx, bson.D{{Key: "primary", Value: isPrimary}})
}

// GetProfile implements store.Profiles.
func (s *Store) GetProfile(ctx context.Context, id string) (core.Profile, error) {
	return s.profile(ctx, notDeleted(id))
}

func (s *Store) profile(ctx context.Context, filter bson.D, o ...options.Lister[options.FindOneOptions]) (core.Profile, error) {
	p, _, err := s.versionedProfile(ctx, filter, o...)
	return p, err
}

// versionedProfile reads the one profile that the filter selects, and its version.
func (s *Store) versionedProfile(ctx context.Context, filter bson.D, o ...options.Lister[options.FindOneOptions]) (core.Profile, int64, error) {
	doc, err := get[profileDoc](ctx, s, "get profile", profiles, filter, o...)
	if err != nil {
		return core.Profile{}, 0, err
	}
	p, err := doc.profile()
	return p, doc.Version, err
}

// DeleteProfile implements store.Profiles. One update hides the profile, frees its key and
// title and forgets what was known of it; the version that it counts up fails the updates
// that are under way. Only a user profile has a stand-in for its rank.
func (s *Store) DeleteProfile(ctx context.Context, id string) error {
	now := record.Micros(s.clock.Now())
	c := changes{unset: bson.D{{Key: "ref", Value: ""}, {Key: "listed", Value: ""}}}
	c.put("title", nothingOf(id))
	c.put("key", nothingOf(id))
	c.put("body", "{}")
	c.put("deleted", deletedPart{At: now, Turn: now})
	filter := append(notDeleted(id), bson.E{Key: "primary", Value: nothingOf(id)})
	return s.changeProfile(ctx, "delete profile", filter, append(c.update(), bson.E{Key: "$inc", Value: bson.D{{Key: "version", Value: 1}}}))
}
