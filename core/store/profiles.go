package store

import (
	"context"
	"time"

	"github.com/crier-social/crier/core"
)

// PurgeRest is for how long a profile that was deleted is remembered at least, so that
// what a request stores for it that began before the deletion is removed too.
const PurgeRest = time.Hour

// ProfileQuery selects user profiles: those that all of its conditions hold for.
type ProfileQuery struct {
	Title     string   // empty: any
	RefID     string   // empty: any
	KeyHashes [][]byte // whose key has one of these hashes; none: any
	// HasAccounts asks for profiles that have accounts, or that have none; nil: any.
	HasAccounts *bool
	Platforms   []string // profiles with an account of each of these; none: any
	Limit       int      // at most this many; 0: 100
	// After continues a listing: only profiles that sort after the one of this id, which may
	// have been deleted since, but not purged; and none when there is no such user profile.
	After string
}

// Profiles keeps the customers of the server.
type Profiles interface {
	// CreateProfile stores a profile with the hash of its key. ErrExists when id,
	// title or key hash are taken, or when it is a second primary profile. The id of a
	// deleted profile is taken until that is purged.
	CreateProfile(ctx context.Context, p core.Profile, keyHash []byte) error
	// SetProfileKey replaces the hash of the profile's key. ErrExists when another profile
	// has it.
	SetProfileKey(ctx context.Context, profileID string, keyHash []byte) error
	// UpdateProfile changes a profile, primary or not; its id, reference, rank and creation
	// stay. ErrExists when another profile has the title that it is to get.
	UpdateProfile(ctx context.Context, id string, fn func(*core.Profile) error) (core.Profile, error)
	// ProfileByKey finds the owner of a key.
	ProfileByKey(ctx context.Context, keyHash []byte) (core.Profile, error)
	// ProfileByTitle and ProfileByRef find a profile, primary or not.
	ProfileByTitle(ctx context.Context, title string) (core.Profile, error)
	ProfileByRef(ctx context.Context, refID string) (core.Profile, error)
	// PrimaryProfile returns the operator's own profile.
	PrimaryProfile(ctx context.Context) (core.Profile, error)
	GetProfile(ctx context.Context, id string) (core.Profile, error)
	// ListProfiles returns the user profiles that the query selects by creation, then id;
	// never the primary one.
	ListProfiles(ctx context.Context, q ProfileQuery) ([]core.Profile, error)

	// DeleteProfile deletes a user profile: none of the methods above finds it from here
	// on, and its key and title are free. What belongs to it is still there, for
	// PurgeProfile to remove. ErrNotFound also for the primary profile.
	DeleteProfile(ctx context.Context, id string) error
	// DeletedProfiles returns the ids of at most limit profiles that were deleted and are to
	// be purged, the one first that PurgeProfile was asked for the longest time ago.
	DeletedProfiles(ctx context.Context, limit int) ([]string, error)
	// PurgeProfile removes at most limit of the records that belong to a deleted profile:
	// first its accounts, so that nothing more goes out, then webhooks, link sessions,
	// schedules, posts (each with its deliveries and all their jobs), messages, comments and
	// answers to requests. Its uploads it lets expire, for whoever sweeps expired ones to
	// remove with their files. done tells that there is nothing left to do at present. The
	// profile itself is forgotten then, once its uploads are gone and PurgeRest has passed
	// since it was deleted; until then DeletedProfiles names it. ErrNotFound when there is no
	// deleted profile of this id. It may be called by several processes at once, and
	// continues what another call began.
	PurgeProfile(ctx context.Context, id string, limit int) (done bool, err error)
}
