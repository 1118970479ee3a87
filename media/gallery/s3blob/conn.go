package s3blob

import (
	"context"
	"net"
	"time"
)

const (
	// defaultStall is longer than the client waits for the head of an answer.
	defaultStall = 2 * time.Minute
	// mostAtOnce bounds what a slow connection has to take within that time.
	mostAtOnce = 64 << 10
)

type dialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// stalling returns a dial whose connections fail when nothing moves on them for the
// time. A request has no limit of its own: how long it may take depends on how fast
// the connection is, and some, such as the listings of the sweep, nobody waits for.
func stalling(dial dialFunc, limit time.Duration) dialFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &conn{Conn: c, limit: limit}, nil
	}
}

// conn is a connection on which whatever moves, in either direction, gives both more
// time: an answer is awaited while the request is being sent.
type conn struct {
	net.Conn
	limit time.Duration
}

// Read implements net.Conn.
func (c *conn) Read(p []byte) (int, error) {
	if err := c.extend(); err != nil {
		return 0, err
	}
	return c.Conn.Read(p)
}

// Write implements net.Conn.
func (c *conn) Write(p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		if err = c.extend(); err != nil {
			return n, err
		}
		var written int
		written, err = c.Conn.Write(p[n:min(len(p), n+mostAtOnce)])
		n += written
	}
	return n, err
}

// extend goes by the real time, as the deadlines of the operating system do.
func (c *conn) extend() error { return c.SetDeadline(time.Now().Add(c.limit)) }
