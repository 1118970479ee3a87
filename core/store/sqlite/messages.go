package sqlite

import (
	"cmp"
	"context"
	"database/sql/driver"
	"time"

	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/record"
)

// newMessage is a message in the form in which it is written.
type newMessage struct {
	store.Message
	body string
}

// InsertMessages implements store.Notices: all or nothing.
func (s *Store) InsertMessages(ctx context.Context, messages []store.Message, jobs []queue.Job) error {
	list := make([]newMessage, len(messages))
	for i, m := range messages {
		record.NormalizeMessage(&m)
		body, err := s.encoders.Encode(m)
		if err != nil {
			return err
		}
		list[i] = newMessage{m, body}
	}
	return wrap("insert messages", s.writer.do(ctx, func(c *conn) error {
		there := map[string]bool{} // by id: from before
		for _, m := range list {
			n, err := m.insert(c)
			if err != nil {
				return err
			}
			if _, twice := there[m.ID]; !twice {
				there[m.ID] = n == 0
			}
		}
		for _, j := range jobs {
			if there[j.Key] {
				continue
			}
			if err := insertJob(c, j); err != nil {
				return err
			}
		}
		return nil
	}))
}

func (m newMessage) insert(c *conn) (int64, error) {
	return c.exec(
		`INSERT INTO messages (id, profile_id, owner_id, channel, action, lane, state, created_at, pending_at, ended_at, body)
		 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		m.ID, m.ProfileID, m.OwnerID, string(m.Channel), string(m.Action), orNull(m.Lane), string(m.State),
		record.Micros(m.CreatedAt), record.Micros(m.PendingAt), microsOrNull(m.EndedAt), m.body,
	)
}

const messageColumns = "SELECT m.body, m.profile_id, m.channel, m.lane, m.state, m.created_at, m.ended_at, m.version, m.owner_id FROM messages AS m "

// scanMessage reads a message from a row of messageColumns.
func scanMessage(r row, m *store.Message) error {
	if err := record.Decode(r.text(0), m); err != nil {
		return err
	}
	m.ProfileID, m.Channel, m.Lane, m.State = r.text(1), store.Channel(r.text(2)), r.text(3), store.MessageState(r.text(4))
	m.CreatedAt, m.EndedAt, m.Version = r.time(5), r.timeOrZero(6), r.integer(7)
	m.OwnerID = r.text(8)
	return nil
}

// The queries for messages. What a list leaves open is bound to the empty text.
const (
	getMessage         = messageColumns + "WHERE id = ?"
	firstPending       = messageColumns + "WHERE lane = ? AND state = 'pending' ORDER BY id LIMIT 1"
	listMessages       = messageColumns + "INDEXED BY messages_by_profile WHERE profile_id = ?1" + messageFilter
	listMessagesBefore = messageColumns + `INDEXED BY messages_by_profile
WHERE profile_id = ?1 AND id < (SELECT id FROM messages WHERE id = ?6 AND profile_id = ?1)` + messageFilter
	listOwnedMessages       = messageColumns + "INDEXED BY messages_by_owner WHERE owner_id = ?1" + messageFilter
	listOwnedMessagesBefore = messageColumns + `INDEXED BY messages_by_owner
WHERE owner_id = ?1 AND id < (SELECT id FROM messages WHERE id = ?6 AND owner_id = ?1)` + messageFilter
	messageFilter = `
  AND (?2 = '' OR channel = ?2) AND (?3 = '' OR action = ?3) AND (?4 = '' OR state = ?4)
ORDER BY id DESC LIMIT ?5`
	strandedMessages = messageColumns + `WHERE state = 'pending' AND channel = ? AND created_at < ?
  AND NOT EXISTS (SELECT 1 FROM jobs WHERE kind = ? AND key = m.id)
ORDER BY created_at, id LIMIT ?`
	countPending   = "SELECT count(*), min(pending_at) FROM messages INDEXED BY messages_pending WHERE state = 'pending' AND channel = ?"
	deleteMessages = "DELETE FROM messages WHERE seq IN (SELECT seq FROM messages WHERE ended_at < ? ORDER BY ended_at LIMIT ?)"
)

// GetMessage implements store.Notices.
func (s *Store) GetMessage(ctx context.Context, id string) (store.Message, error) {
	return s.message(ctx, getMessage, id)
}

// FirstPending implements store.Notices.
func (s *Store) FirstPending(ctx context.Context, lane string) (store.Message, error) {
	return s.message(ctx, firstPending, orNull(lane))
}

// message reads the one message that the query selects.
func (s *Store) message(ctx context.Context, query string, args ...driver.Value) (m store.Message, err error) {
	err = s.get(ctx, "get message", func(r row) error { return scanMessage(r, &m) }, query, args...)
	return m, err
}

// ListMessages implements store.Notices.
func (s *Store) ListMessages(ctx context.Context, q store.MessageQuery) ([]store.Message, error) {
	query, before := listMessages, listMessagesBefore
	if q.OwnerID != "" {
		query, before = listOwnedMessages, listOwnedMessagesBefore
	}
	args := []driver.Value{cmp.Or(q.OwnerID, q.ProfileID), string(q.Channel), string(q.Action), string(q.State), int64(cmp.Or(q.Limit, defaultLimit))}
	if q.Before != "" {
		query, args = before, append(args, q.Before)
	}
	return s.messages(ctx, "list messages", query, args...)
}

// StrandedMessages implements store.Notices.
func (s *Store) StrandedMessages(ctx context.Context, channel store.Channel, jobKind string, createdBefore time.Time, limit int) ([]store.Message, error) {
	return s.messages(ctx, "stranded messages", strandedMessages, string(channel), record.Micros(createdBefore), jobKind, int64(limit))
}

// messages reads all that the query selects.
func (s *Store) messages(ctx context.Context, op, query string, args ...driver.Value) (list []store.Message, err error) {
	err = s.list(ctx, op, func(r row) error {
		var m store.Message
		err := scanMessage(r, &m)
		list = append(list, m)
		return err
	}, query, args...)
	if err != nil {
		return nil, err
	}
	return list, nil
}

// UpdateMessage implements store.Notices.
func (s *Store) UpdateMessage(ctx context.Context, id string, fn func(*store.Message) error) (store.Message, error) {
	read := func(ctx context.Context) (store.Message, int64, error) {
		m, err := s.GetMessage(ctx, id)
		return m, m.Version, err
	}
	return record.CompareAndSwap(ctx, read, record.ChangeMessage(fn), s.swapMessage)
}

func (s *Store) swapMessage(ctx context.Context, m store.Message, version int64) (bool, error) {
	body, err := s.encoders.Encode(m)
	if err != nil {
		return false, err
	}
	return s.swap(ctx, "update message",
		`UPDATE messages SET version = version + 1, action = ?, state = ?, pending_at = ?, ended_at = ?, body = ?
		 WHERE id = ? AND version = ?`,
		string(m.Action), string(m.State), record.Micros(m.PendingAt), microsOrNull(m.EndedAt), body, m.ID, version,
	)
}

// DeleteMessages implements store.Notices.
func (s *Store) DeleteMessages(ctx context.Context, endedBefore time.Time, limit int) (int, error) {
	var deleted int64
	err := s.writer.do(ctx, func(c *conn) (err error) {
		deleted, err = c.exec(deleteMessages, record.Micros(endedBefore), int64(limit))
		return err
	})
	return int(deleted), wrap("delete messages", err)
}

// CountPending implements store.Notices.
func (s *Store) CountPending(ctx context.Context, channel store.Channel) (n int, oldest time.Time, err error) {
	err = s.get(ctx, "count pending messages", func(r row) error {
		n, oldest = int(r.integer(0)), r.timeOrZero(1)
		return nil
	}, countPending, string(channel))
	return n, oldest, err
}
