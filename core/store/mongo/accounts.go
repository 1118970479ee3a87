package mongo

import (
	"cmp"
	"context"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/record"
)

// noCredentials leaves the credentials where they are: only who asks for them gets them.
func noCredentials() bson.D { return bson.D{{Key: "credentials", Value: 0}} }

// CreateAccount implements store.Accounts.
func (s *Store) CreateAccount(ctx context.Context, a core.Account, sealed []byte) error {
	record.NormalizeAccount(&a)
	doc, err := s.encodeAccount(a)
	if err != nil {
		return err
	}
	doc.Credentials = &credentialsDoc{Sealed: sealed, Until: record.Micros(time.Time{})}
	return s.insert(ctx, "create account", accounts, doc)
}

// GetAccount implements store.Accounts.
func (s *Store) GetAccount(ctx context.Context, id string) (core.Account, error) {
	a, _, err := s.account(ctx, byID(id))
	return a, err
}

// FindAccount implements store.Accounts, by the index accounts_identity.
func (s *Store) FindAccount(ctx context.Context, profileID, platform, remoteID string) (core.Account, error) {
	a, _, err := s.account(ctx, bson.D{{Key: "profile", Value: profileID}, {Key: "platform", Value: platform}, {Key: "remote", Value: remoteID}})
	return a, err
}

// account reads the one account that the filter selects, and its version.
func (s *Store) account(ctx context.Context, filter bson.D) (core.Account, int64, error) {
	doc, err := get[accountDoc](ctx, s, "get account", accounts, filter, options.FindOne().SetProjection(noCredentials()))
	if err != nil {
		return core.Account{}, 0, err
	}
	a, err := doc.account()
	return a, doc.Version, err
}

// ListAccounts implements store.Accounts.
func (s *Store) ListAccounts(ctx context.Context, profileID string) ([]core.Account, error) {
	return s.AccountsOf(ctx, profileID)
}

// AccountsOf implements store.Accounts. The index accounts_identity finds the accounts; the
// few of each profile are sorted here.
func (s *Store) AccountsOf(ctx context.Context, profileIDs ...string) ([]core.Account, error) {
	if len(profileIDs) == 0 {
		return nil, nil
	}
	list, err := s.accounts(ctx, "list accounts", bson.D{{Key: "profile", Value: in(profileIDs)}}, options.Find())
	slices.SortFunc(list, func(a, b core.Account) int {
		return cmp.Or(cmp.Compare(a.ProfileID, b.ProfileID), cmp.Compare(a.Platform, b.Platform), a.LinkedAt.Compare(b.LinkedAt), cmp.Compare(a.ID, b.ID))
	})
	return list, err
}

// DueAccounts implements store.Accounts, in the order of the index accounts_due.
func (s *Store) DueAccounts(ctx context.Context, by time.Time, limit int) ([]core.Account, error) {
	filter := bson.D{{Key: "next", Value: bson.D{{Key: "$lte", Value: record.Micros(by)}}}}
	return s.accounts(ctx, "due accounts", filter, options.Find().
		SetSort(bson.D{{Key: "next", Value: 1}, {Key: "_id", Value: 1}}).SetLimit(int64(limit)))
}

// UntoldAccounts implements store.Accounts, by the index accounts_untold.
func (s *Store) UntoldAccounts(ctx context.Context, limit int) ([]core.Account, error) {
	return s.accounts(ctx, "untold accounts", bson.D{{Key: "untold", Value: true}}, options.Find().SetLimit(int64(limit)))
}

// accounts reads all that the filter selects.
func (s *Store) accounts(ctx context.Context, op string, filter bson.D, o *options.FindOptionsBuilder) ([]core.Account, error) {
	docs, err := list[accountDoc](ctx, s, op, accounts, filter, o.SetProjection(noCredentials()))
	if err != nil {
		return nil, err
	}
	return decodeAll(docs, accountDoc.account)
}

// CountAccounts implements store.Accounts. The index has all that is counted by.
func (s *Store) CountAccounts(ctx context.Context) ([]store.AccountCount, error) {
	groups, err := aggregate[struct {
		Key struct {
			Platform string             `bson:"platform"`
			Status   core.AccountStatus `bson:"status"`
		} `bson:"_id"`
		Accounts int `bson:"accounts"`
	}](ctx, s, "count accounts", accounts, bson.A{bson.D{{Key: "$group", Value: bson.D{
		{Key: "_id", Value: bson.D{{Key: "platform", Value: "$platform"}, {Key: "status", Value: "$status"}}},
		{Key: "accounts", Value: bson.D{{Key: "$sum", Value: 1}}},
	}}}}, options.Aggregate().SetHint("accounts_by_status"))
	if err != nil {
		return nil, err
	}
	counts := make([]store.AccountCount, len(groups))
	for i, g := range groups {
		counts[i] = store.AccountCount{Platform: g.Key.Platform, Status: g.Key.Status, Accounts: g.Accounts}
	}
	slices.SortFunc(counts, func(a, b store.AccountCount) int {
		return cmp.Or(cmp.Compare(a.Platform, b.Platform), cmp.Compare(a.Status, b.Status))
	})
	return counts, nil
}

// UpdateAccount implements store.Accounts.
func (s *Store) UpdateAccount(ctx context.Context, id string, fn func(*core.Account) error) (core.Account, error) {
	read := func(ctx context.Context) (core.Account, int64, error) { return s.account(ctx, byID(id)) }
	return record.CompareAndSwap(ctx, read, record.ChangeAccount(fn), s.swapAccount)
}

func (s *Store) swapAccount(ctx context.Context, a core.Account, version int64) (bool, error) {
	doc, err := s.encodeAccount(a)
	if err != nil {
		return false, err
	}
	return s.swap(ctx, "update account", accounts, a.ID, version, doc.changes().update())
}

// DeleteAccount implements store.Accounts. The credentials are in the same document.
func (s *Store) DeleteAccount(ctx context.Context, id string) error {
	return s.remove(ctx, "delete account", accounts, byID(id))
}
