package probe

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

const windowSize = 32 << 10

// cursor walks through a file, reading it in blocks and skipping what does not
// matter. Going past the end is damage.
type cursor struct {
	r      io.ReaderAt
	size   int64
	pos    int64
	window []byte // what is read of the file from start on
	start  int64
	block  []byte
}

func newCursor(r io.ReaderAt, size int64) *cursor { return newCursorOf(r, size, windowSize) }

// newCursorOf returns a cursor that reads blocks of another size.
func newCursorOf(r io.ReaderAt, size int64, block int) *cursor {
	return &cursor{r: r, size: size, block: make([]byte, block)}
}

// left returns the number of bytes between the cursor and the end.
func (c *cursor) left() int64 { return c.size - c.pos }

// take returns the next n bytes, at most a block, and moves behind them. They
// are valid until the next call.
func (c *cursor) take(n int) ([]byte, error) {
	if int64(n) > c.left() {
		return nil, cutOff()
	}
	if err := c.fill(n); err != nil {
		return nil, err
	}
	from := c.pos - c.start
	c.pos += int64(n)
	return c.window[from : from+int64(n)], nil
}

// byte returns the next byte.
func (c *cursor) byte() (byte, error) {
	b, err := c.take(1)
	if err != nil {
		return 0, err
	}
	return b[0], nil
}

// skip moves n bytes on.
func (c *cursor) skip(n int64) error {
	if n > c.left() {
		return cutOff()
	}
	c.pos += n
	return nil
}

// find moves behind the next occurrence of mark and tells whether there is one.
func (c *cursor) find(mark []byte) (bool, error) {
	for c.left() >= int64(len(mark)) {
		if err := c.fill(int(min(int64(len(c.block)), c.left()))); err != nil {
			return false, err
		}
		rest := c.window[c.pos-c.start:]
		if i := bytes.Index(rest, mark); i >= 0 {
			c.pos += int64(i + len(mark))
			return true, nil
		}
		c.pos += int64(len(rest) - len(mark) + 1) // the mark may begin in this block
	}
	return false, nil
}

// fill makes the window hold n bytes from the cursor on.
func (c *cursor) fill(n int) error {
	if c.pos >= c.start && c.pos+int64(n) <= c.start+int64(len(c.window)) {
		return nil
	}
	want := c.block[:min(int64(len(c.block)), c.left())]
	got, err := c.r.ReadAt(want, c.pos)
	if got < n {
		if err == nil || errors.Is(err, io.EOF) {
			return cutOff()
		}
		return err
	}
	c.start, c.window = c.pos, want[:got]
	return nil
}

func cutOff() error { return damaged("it ends too early") }

func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrDamaged, fmt.Sprintf(format, args...))
}
