package double

import (
	"errors"
	"io"
)

// ErrCut is the end of a connection that a fault cuts.
var ErrCut = errors.New("the connection is cut")

// CutBody is a body that breaks off after Left bytes.
type CutBody struct {
	io.ReadCloser
	Left int64
}

// Read implements io.Reader.
func (b *CutBody) Read(p []byte) (int, error) {
	if b.Left <= 0 {
		return 0, ErrCut
	}
	n, err := b.ReadCloser.Read(p[:min(int64(len(p)), b.Left)])
	b.Left -= int64(n)
	return n, err
}
