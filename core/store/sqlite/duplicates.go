package sqlite

import (
	"context"
	"database/sql/driver"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/record"
)

// The column content is NULL where the delivery is no longer alive, so that the first
// row which the index has within the window is the answer, however many posts failed.
const (
	sameContent   = " FROM deliveries WHERE content = ? AND due_at > ? AND due_at < ?"
	findDuplicate = "SELECT body, version" + sameContent +
		" AND json_extract(body, '$.postId') <> ? ORDER BY due_at, id LIMIT 1"
	hasDuplicate = "SELECT 1" + sameContent + " LIMIT 1"
)

// FindDuplicate implements store.Duplicates.
func (s *Store) FindDuplicate(ctx context.Context, q store.DuplicateQuery) (core.Delivery, error) {
	return s.delivery(ctx, findDuplicate, append(contentWindow(q.Content, q.Due, q.Window), q.Except)...)
}

// contentWindow is the arguments of sameContent.
func contentWindow(content string, due time.Time, window time.Duration) []driver.Value {
	due = record.Truncate(due)
	return []driver.Value{orNull(content), record.Micros(due.Add(-window)), record.Micros(due.Add(window))}
}

// liveContent is the content of a delivery that is alive, NULL of any other.
func liveContent(d core.Delivery) driver.Value {
	if !d.Alive() {
		return nil
	}
	return orNull(d.Content)
}

// duplicate tells whether the content of one of the deliveries is there already.
func (p *newPost) duplicate(c *conn) (bool, error) {
	if p.window == 0 {
		return false, nil
	}
	for _, d := range p.deliveries {
		if d.Content == "" {
			continue
		}
		found, err := c.exists(hasDuplicate, contentWindow(d.Content, d.DueAt, p.window)...)
		if found || err != nil {
			return found, err
		}
	}
	return false, nil
}
