package mongo

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/crier-social/crier/core/coretest"
)

// errDead is what a process that died hears of its connections.
var errDead = errors.New("the process is dead")

// end is how the connections of a process come to harm at one of its writes.
type end int

const (
	diesBefore end = iota // the write is not sent, nor anything after it
	diesAfter             // it is carried out, and nothing is sent after it
	losesReply            // it is carried out, and its answer is lost; the process goes on
	stalls                // it is sent when stalled says so
)

// mortal is the network of a process that comes to harm at its n-th write.
type mortal struct {
	end     end
	n       int           // counts from 0
	stalled chan struct{} // closed: a write that stalls goes on
	reached chan struct{} // closed when the n-th write comes

	bury   func() // ends what the process has of connections
	burial sync.WaitGroup

	mu     sync.Mutex
	writes int
	dead   bool
}

// die is called with the lock.
func (m *mortal) die() {
	m.dead = true
	m.burial.Go(m.bury)
}

func newMortal(e end, n int) *mortal {
	return &mortal{end: e, n: n, stalled: make(chan struct{}), reached: make(chan struct{})}
}

// harmed tells whether the n-th write came.
func (m *mortal) harmed() bool {
	select {
	case <-m.reached:
		return true
	default:
		return false
	}
}

// verdict counts a message and says what becomes of it.
func (m *mortal) verdict(message []byte) (send, loseReply bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.dead {
		return false, false
	}
	if !isWrite(message) {
		return true, false
	}
	m.writes++
	if m.writes-1 != m.n {
		return true, false
	}
	close(m.reached)
	switch m.end {
	case diesBefore:
		m.die()
		return false, false
	case diesAfter:
		m.die()
		return true, true
	case losesReply:
		return true, true
	case stalls:
		m.mu.Unlock()
		<-m.stalled
		m.mu.Lock()
	}
	return true, false
}

// DialContext implements options.ContextDialer.
func (m *mortal) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	m.mu.Lock()
	dead := m.dead
	m.mu.Unlock()
	if dead {
		return nil, errDead
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
	return &mortalConn{Conn: conn, of: m}, err
}

// mortalConn is one of its connections. The driver writes a message in one call, and one
// after the other.
type mortalConn struct {
	net.Conn
	of        *mortal
	loseReply bool
}

func (c *mortalConn) Write(b []byte) (int, error) {
	send, lose := c.of.verdict(b)
	if !send {
		_ = c.Close()
		return 0, errDead
	}
	c.loseReply = lose
	return c.Conn.Write(b)
}

func (c *mortalConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b) // once it comes, the write was carried out
	if c.loseReply && err == nil {
		_ = c.Close()
		return 0, errDead
	}
	return n, err
}

// isWrite tells whether the message is a command that changes data:
// https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/#op_msg
func isWrite(message []byte) bool {
	const opMsg, opCodeAt, nameAt = 2013, 12, 16 + 4 + 1 + 4 + 1 // header, flags, kind, size, type
	if len(message) <= nameAt || binary.LittleEndian.Uint32(message[opCodeAt:]) != opMsg {
		return false
	}
	name, _, _ := bytes.Cut(message[nameAt:], []byte{0})
	return slices.Contains([]string{"insert", "update", "delete", "findAndModify", "bulkWrite"}, string(name))
}

// process opens the store of another process on the same database, whose clock shows the
// time and whose network is m's; nil: nothing is wrong with it.
func process(t *testing.T, url string, now time.Time, m *mortal) *Store {
	t.Helper()
	s, err := Open(url, Options{Clock: coretest.NewClock(now)})
	must(t, err)
	s.patience = time.Second
	if m != nil {
		must(t, s.client.Disconnect(t.Context()))
		client, err := mongo.Connect(options.Client().ApplyURI(url).SetDialer(m).SetServerSelectionTimeout(2 * time.Second))
		must(t, err)
		s.use(client, s.db.Name())
		m.bury = func() { _ = s.Close() } // so that calls after its death fail at once
	}
	t.Cleanup(func() {
		if m != nil {
			m.burial.Wait()
		}
		if err := s.Close(); err != nil && (m == nil || !m.dead) {
			t.Error(err)
		}
	})
	return s
}
