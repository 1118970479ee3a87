package sqlite

import (
	"cmp"
	"context"
	"database/sql/driver"
	"slices"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/record"
)

// newDelivery is a delivery in the form in which it is written.
type newDelivery struct {
	core.Delivery
	body string
}

func (s *Store) encodeDelivery(d core.Delivery) (newDelivery, error) {
	d.Version = 0
	record.NormalizeDelivery(&d)
	body, err := s.encoders.Encode(d)
	return newDelivery{Delivery: d, body: body}, err
}

func (d newDelivery) insert(c *conn) error {
	n, err := c.exec(
		`INSERT INTO deliveries (id, account_id, remote_id, due_at, published_at, final, content, body)
		 VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		d.ID, d.AccountID, orNull(d.Receipt.RemoteID), record.Micros(d.DueAt), microsOrNull(d.PublishedAt), flag(d.Idle()),
		liveContent(d.Delivery), d.body,
	)
	return orElse(n, err, store.ErrExists)
}

// The queries for one delivery.
const (
	getDelivery  = "SELECT body, version FROM deliveries WHERE id = ?"
	findDelivery = `
SELECT body, version FROM deliveries WHERE account_id = ? AND remote_id = ?
ORDER BY due_at DESC, id LIMIT 1`
)

// GetDelivery implements store.Deliveries.
func (s *Store) GetDelivery(ctx context.Context, id string) (core.Delivery, error) {
	return s.delivery(ctx, getDelivery, id)
}

// FindDelivery implements store.Deliveries. Of several the one that was due last
// is returned.
func (s *Store) FindDelivery(ctx context.Context, accountID, remoteID string) (core.Delivery, error) {
	return s.delivery(ctx, findDelivery, accountID, orNull(remoteID))
}

// delivery reads the one delivery that the query selects.
func (s *Store) delivery(ctx context.Context, query string, args ...driver.Value) (d core.Delivery, err error) {
	err = s.get(ctx, "get delivery", func(r row) error { return scanDelivery(r, &d) }, query, args...)
	return d, err
}

// scanDelivery reads a delivery from a row of body and version.
func scanDelivery(r row, d *core.Delivery) error {
	if err := record.Decode(r.text(0), d); err != nil {
		return err
	}
	d.Version = r.integer(1)
	return nil
}

// listDeliveries finds the deliveries through their posts, which spares an index.
const listDeliveries = `
SELECT d.body, d.version
FROM json_each(?) AS wanted
JOIN posts AS p ON p.id = wanted.value
JOIN json_each(p.deliveries) AS child
JOIN deliveries AS d ON d.id = child.value`

// ListDeliveries implements store.Deliveries.
func (s *Store) ListDeliveries(ctx context.Context, postIDs ...string) (list []core.Delivery, err error) {
	ids, err := s.listOrNull(postIDs)
	if err != nil || ids == nil {
		return nil, err
	}
	list, err = s.deliveries(ctx, "list deliveries", listDeliveries, ids)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(list, func(a, b core.Delivery) int {
		return cmp.Or(cmp.Compare(a.PostID, b.PostID), cmp.Compare(a.Platform, b.Platform), cmp.Compare(a.ID, b.ID))
	})
	return list, nil
}

// UpdateDelivery implements store.Deliveries.
func (s *Store) UpdateDelivery(ctx context.Context, id string, fn func(*core.Delivery) error) (core.Delivery, error) {
	read := func(ctx context.Context) (core.Delivery, int64, error) {
		d, err := s.GetDelivery(ctx, id)
		return d, d.Version, err
	}
	var indexed bool // the update changes what the index of the contents has
	change := func(d *core.Delivery) error {
		before := *d
		err := record.ChangeDelivery(fn)(d)
		indexed = !d.DueAt.Equal(before.DueAt) || liveContent(*d) != liveContent(before)
		return err
	}
	swap := func(ctx context.Context, d core.Delivery, version int64) (bool, error) {
		return s.swapDelivery(ctx, d, version, indexed)
	}
	return record.CompareAndSwap(ctx, read, change, swap)
}

// swapDelivery leaves the columns of the index of contents alone where it may: SQLite
// writes an entry anew for every column that is named, changed or not.
func (s *Store) swapDelivery(ctx context.Context, d core.Delivery, version int64, indexed bool) (bool, error) {
	body, err := s.encoders.Encode(d)
	if err != nil {
		return false, err
	}
	set := "version = version + 1, remote_id = ?, published_at = ?, final = ?, body = ?"
	args := []driver.Value{orNull(d.Receipt.RemoteID), microsOrNull(d.PublishedAt), flag(d.Idle()), body}
	if indexed {
		set += ", due_at = ?, content = ?"
		args = append(args, record.Micros(d.DueAt), liveContent(d))
	}
	return s.swap(ctx, "update delivery", "UPDATE deliveries SET "+set+" WHERE id = ? AND version = ?", append(args, d.ID, version)...)
}

const countPublished = "SELECT count(*) FROM deliveries WHERE account_id = ? AND published_at >= ?"

// CountPublished implements store.Deliveries.
func (s *Store) CountPublished(ctx context.Context, accountID string, since time.Time) (n int, err error) {
	err = s.get(ctx, "count published deliveries", func(r row) error {
		n = int(r.integer(0))
		return nil
	}, countPublished, accountID, record.Micros(since))
	return n, err
}

const strandedDeliveries = `SELECT body, version FROM deliveries AS d WHERE final = 0 AND due_at < ?
	AND NOT EXISTS (SELECT 1 FROM jobs WHERE kind = ? AND key = d.id)
	ORDER BY due_at, id LIMIT ?`

// StrandedDeliveries implements store.Deliveries.
func (s *Store) StrandedDeliveries(ctx context.Context, jobKind string, dueBefore time.Time, limit int) ([]core.Delivery, error) {
	return s.deliveries(ctx, "stranded deliveries", strandedDeliveries, record.Micros(dueBefore), jobKind, int64(limit))
}

// unsentDeliveries finds the account's in the index of what is unfinished.
const unsentDeliveries = `
SELECT d.body, d.version
FROM (SELECT id, due_at FROM deliveries INDEXED BY deliveries_unfinished WHERE final = 0 AND due_at <= ? AND account_id = ?) AS due
CROSS JOIN deliveries AS d ON d.id = due.id
WHERE d.body ->> '$.state' IN ('accepted', 'preparing')
ORDER BY due.due_at, due.id LIMIT ?`

// UnsentDeliveries implements store.Deliveries.
func (s *Store) UnsentDeliveries(ctx context.Context, accountID string, dueBy time.Time, limit int) ([]core.Delivery, error) {
	return s.deliveries(ctx, "unsent deliveries", unsentDeliveries, record.Micros(dueBy), accountID, int64(limit))
}

// deliveries reads all that the query selects.
func (s *Store) deliveries(ctx context.Context, op, query string, args ...driver.Value) (list []core.Delivery, err error) {
	err = s.list(ctx, op, func(r row) error {
		var d core.Delivery
		err := scanDelivery(r, &d)
		list = append(list, d)
		return err
	}, query, args...)
	if err != nil {
		return nil, err
	}
	return list, nil
}
