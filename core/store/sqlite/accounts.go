package sqlite

import (
	"context"
	"database/sql/driver"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/record"
)

// CreateAccount implements store.Accounts.
func (s *Store) CreateAccount(ctx context.Context, a core.Account, sealed []byte) error {
	record.NormalizeAccount(&a)
	body, upkeep, err := s.encodeAccount(a)
	if err != nil {
		return err
	}
	return wrap("create account", s.writer.do(ctx, func(c *conn) error {
		n, err := c.exec(
			`INSERT INTO accounts (id, profile_id, platform, remote_id, linked_at, next_at, untold, upkeep, body)
			 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
			a.ID, a.ProfileID, a.Platform, a.RemoteID, record.Micros(a.LinkedAt),
			microsOrNull(a.Upkeep.NextAt), flag(len(a.Upkeep.Outbox) > 0), upkeep, body,
		)
		if err := orElse(n, err, store.ErrExists); err != nil {
			return err
		}
		_, err = c.exec("INSERT INTO credentials (account_id, sealed) VALUES (?, ?)", a.ID, sealed)
		return err
	}))
}

// encodeAccount returns the account as it is stored: what clients see, and what only the
// server does.
func (s *Store) encodeAccount(a core.Account) (body, upkeep string, err error) {
	if body, err = s.encoders.Encode(a); err != nil {
		return "", "", err
	}
	upkeep, err = s.encoders.Encode(a.Upkeep)
	return body, upkeep, err
}

// GetAccount implements store.Accounts.
func (s *Store) GetAccount(ctx context.Context, id string) (core.Account, error) {
	a, _, err := s.account(ctx, "id = ?", id)
	return a, err
}

// FindAccount implements store.Accounts.
func (s *Store) FindAccount(ctx context.Context, profileID, platform, remoteID string) (core.Account, error) {
	a, _, err := s.account(ctx, "profile_id = ? AND platform = ? AND remote_id = ?", profileID, platform, remoteID)
	return a, err
}

// account reads the one account that the condition, a constant, selects, and its
// version.
func (s *Store) account(ctx context.Context, condition string, args ...driver.Value) (a core.Account, version int64, err error) {
	err = s.get(ctx, "get account", func(r row) error {
		version = r.integer(3)
		return scanAccount(r, &a)
	}, "SELECT profile_id, body, upkeep, version FROM accounts WHERE "+condition, args...)
	return a, version, err
}

// scanAccount reads an account from a row that begins with profile_id, body and upkeep.
// The body, being what clients see, lacks the others.
func scanAccount(r row, a *core.Account) error {
	if err := record.Decode(r.text(1), a); err != nil {
		return err
	}
	a.ProfileID = r.text(0)
	return record.Decode(r.text(2), &a.Upkeep)
}

// The queries for several accounts.
const (
	listAccounts = "SELECT profile_id, body, upkeep FROM accounts WHERE profile_id = ? ORDER BY platform, linked_at, id"
	accountsOf   = `
SELECT profile_id, body, upkeep FROM accounts WHERE profile_id IN (SELECT value FROM json_each(?))
ORDER BY profile_id, platform, linked_at, id`
	dueAccounts    = "SELECT profile_id, body, upkeep FROM accounts WHERE next_at <= ? ORDER BY next_at, id LIMIT ?"
	untoldAccounts = "SELECT profile_id, body, upkeep FROM accounts WHERE untold = 1 ORDER BY id LIMIT ?"
)

// ListAccounts implements store.Accounts.
func (s *Store) ListAccounts(ctx context.Context, profileID string) ([]core.Account, error) {
	return s.accounts(ctx, "list accounts", listAccounts, profileID)
}

// AccountsOf implements store.Accounts.
func (s *Store) AccountsOf(ctx context.Context, profileIDs ...string) ([]core.Account, error) {
	ids, err := s.listOrNull(profileIDs)
	if err != nil || ids == nil {
		return nil, err
	}
	return s.accounts(ctx, "list accounts of profiles", accountsOf, ids)
}

// DueAccounts implements store.Accounts.
func (s *Store) DueAccounts(ctx context.Context, by time.Time, limit int) ([]core.Account, error) {
	return s.accounts(ctx, "due accounts", dueAccounts, record.Micros(by), int64(limit))
}

// UntoldAccounts implements store.Accounts.
func (s *Store) UntoldAccounts(ctx context.Context, limit int) ([]core.Account, error) {
	return s.accounts(ctx, "untold accounts", untoldAccounts, int64(limit))
}

const countAccounts = `
SELECT platform, coalesce(json_extract(body, '$.status'), '') AS status, count(*) FROM accounts
GROUP BY platform, status ORDER BY platform, status`

// CountAccounts implements store.Accounts.
func (s *Store) CountAccounts(ctx context.Context) (counts []store.AccountCount, err error) {
	err = s.list(ctx, "count accounts", func(r row) error {
		counts = append(counts, store.AccountCount{
			Platform: r.text(0), Status: core.AccountStatus(r.text(1)), Accounts: int(r.integer(2)),
		})
		return nil
	}, countAccounts)
	return counts, err
}

// accounts reads all that the query selects.
func (s *Store) accounts(ctx context.Context, op, query string, args ...driver.Value) (list []core.Account, err error) {
	err = s.list(ctx, op, func(r row) error {
		var a core.Account
		err := scanAccount(r, &a)
		list = append(list, a)
		return err
	}, query, args...)
	if err != nil {
		return nil, err
	}
	return list, nil
}

// UpdateAccount implements store.Accounts.
func (s *Store) UpdateAccount(ctx context.Context, id string, fn func(*core.Account) error) (core.Account, error) {
	read := func(ctx context.Context) (core.Account, int64, error) { return s.account(ctx, "id = ?", id) }
	return record.CompareAndSwap(ctx, read, record.ChangeAccount(fn), s.swapAccount)
}

func (s *Store) swapAccount(ctx context.Context, a core.Account, version int64) (bool, error) {
	body, upkeep, err := s.encodeAccount(a)
	if err != nil {
		return false, err
	}
	return s.swap(ctx, "update account",
		`UPDATE accounts SET version = version + 1, linked_at = ?, next_at = ?, untold = ?, upkeep = ?, body = ?
		 WHERE id = ? AND version = ?`,
		record.Micros(a.LinkedAt), microsOrNull(a.Upkeep.NextAt), flag(len(a.Upkeep.Outbox) > 0), upkeep, body, a.ID, version,
	)
}

// swap runs an update that names the version it replaces, and tells whether it
// took place.
func (s *Store) swap(ctx context.Context, op, sql string, args ...driver.Value) (bool, error) {
	swapped := false
	err := s.writer.do(ctx, func(c *conn) error {
		n, err := c.exec(sql, args...)
		swapped = n > 0
		return err
	})
	return swapped, wrap(op, err)
}

// DeleteAccount implements store.Accounts. The credentials go by the foreign key.
func (s *Store) DeleteAccount(ctx context.Context, id string) error {
	return wrap("delete account", s.writer.do(ctx, func(c *conn) error {
		n, err := c.exec("DELETE FROM accounts WHERE id = ?", id)
		return orElse(n, err, store.ErrNotFound)
	}))
}

// GetCredentials implements store.Accounts.
func (s *Store) GetCredentials(ctx context.Context, accountID string) (cred store.Credentials, err error) {
	err = s.get(ctx, "get credentials", func(r row) error {
		cred = store.Credentials{Sealed: r.blob(0), Version: r.integer(1), Claim: r.text(2), ClaimedUntil: r.timeOrZero(3)}
		return nil
	}, "SELECT sealed, version, claim, claimed_until FROM credentials WHERE account_id = ?", accountID)
	return cred, err
}

// UpdateCredentials implements store.Accounts.
func (s *Store) UpdateCredentials(ctx context.Context, accountID string, fn func(*store.Credentials) error) error {
	read := func(ctx context.Context) (store.Credentials, int64, error) {
		c, err := s.GetCredentials(ctx, accountID)
		return c, c.Version, err
	}
	swap := func(ctx context.Context, c store.Credentials, version int64) (bool, error) {
		return s.swap(ctx, "update credentials",
			"UPDATE credentials SET version = version + 1, sealed = ?, claim = ?, claimed_until = ? WHERE account_id = ? AND version = ?",
			c.Sealed, c.Claim, microsOrNull(c.ClaimedUntil), accountID, version,
		)
	}
	_, err := record.CompareAndSwap(ctx, read, fn, swap)
	return err
}
