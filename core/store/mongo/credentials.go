package mongo

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/record"
)

// GetCredentials implements store.Accounts.
func (s *Store) GetCredentials(ctx context.Context, accountID string) (store.Credentials, error) {
	doc, err := get[struct {
		Credentials credentialsDoc `bson:"credentials"`
	}](ctx, s, "get credentials", accounts, byID(accountID), options.FindOne().SetProjection(bson.D{{Key: "credentials", Value: 1}}))
	if err != nil {
		return store.Credentials{}, err
	}
	return doc.Credentials.credentials(), nil
}

// UpdateCredentials implements store.Accounts.
func (s *Store) UpdateCredentials(ctx context.Context, accountID string, fn func(*store.Credentials) error) error {
	read := func(ctx context.Context) (store.Credentials, int64, error) {
		c, err := s.GetCredentials(ctx, accountID)
		return c, c.Version, err
	}
	swap := func(ctx context.Context, c store.Credentials, version int64) (bool, error) {
		return s.swapCredentials(ctx, accountID, c, version)
	}
	_, err := record.CompareAndSwap(ctx, read, fn, swap)
	return err
}

// swapCredentials stores the credentials if they have the version still.
func (s *Store) swapCredentials(ctx context.Context, accountID string, cred store.Credentials, version int64) (bool, error) {
	var c changes
	c.put("credentials.sealed", cred.Sealed)
	c.put("credentials.claim", cred.Claim)
	c.put("credentials.until", record.Micros(cred.ClaimedUntil))
	c.put("credentials.version", version+1)
	filter := append(byID(accountID), bson.E{Key: "credentials.version", Value: version})
	return s.update(ctx, "update credentials", accounts, filter, c.update())
}
