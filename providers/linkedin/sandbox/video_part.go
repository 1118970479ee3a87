package sandbox

import (
	"errors"
	"io"
	"net/http"
	"os"

	"github.com/crier-social/crier/providers/internal/double"
)

// copyBuffer is the size of the pieces in which parts are stored, in bytes.
const copyBuffer = 256 << 10

// errSuperseded stops an upload of a part when a later one of the same part begins.
var errSuperseded = errors.New("the part is being uploaded anew")

// receivePart takes the bytes of one part and writes them to their place in the
// video's file. Parts may come in any order, at the same time and repeatedly; of one
// part, what began last counts, and until it is complete the part is missing.
func (s *Sandbox) receivePart(c *call, place uploadPlace) (*reply, *problem) {
	if c.http.Method != http.MethodPut {
		return nil, notAllowed(http.MethodPut)
	}
	a, p, attempt, bad := s.beginPart(c, place)
	if bad != nil {
		return nil, bad
	}
	f, err := s.uploads.Open(a.urn)
	if errors.Is(err, os.ErrNotExist) {
		return nil, droppedUpload()
	}
	if err != nil {
		return nil, s.storageProblem(c, err)
	}
	err = s.writePart(c, f, p, attempt)
	if closed := f.Close(); err == nil && closed != nil {
		err = double.StorageError(closed)
	}
	if err == nil {
		err = p.complete(attempt)
	}
	switch {
	case errors.Is(err, errSuperseded):
		return nil, &problem{Status: http.StatusConflict, Code: "CONFLICT", Message: "The part is being uploaded by a later request"}
	case errors.Is(err, double.ErrStorage):
		return nil, s.storageProblem(c, err)
	case err != nil:
		return nil, incompleteUpload()
	}
	return &reply{status: http.StatusOK, header: http.Header{"Etag": {p.etag}}}, nil
}

// beginPart checks a request for a part before its bytes are read, and makes the
// file when it is the video's first.
func (s *Sandbox) beginPart(c *call, place uploadPlace) (*asset, *videoPart, int, *problem) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, bad := s.uploadAsset(c, kindVideo, place)
	if bad != nil {
		return nil, nil, 0, bad
	}
	p := a.video.parts[place.number-1]
	c.transfer.Offset = p.first
	if bad := s.checkPartRequest(c, a, p); bad != nil {
		return nil, nil, 0, bad
	}
	if !a.video.stored {
		if err := s.uploads.Begin(a.urn, a.video.size); err != nil {
			return nil, nil, 0, s.storageProblem(c, err)
		}
		a.video.stored = true
	}
	return a, p, p.begin(), nil
}

func (s *Sandbox) checkPartRequest(c *call, a *asset, p *videoPart) *problem {
	switch length := c.http.ContentLength; {
	case c.http.Header.Get("Authorization") != "" && !s.opts.AuthorizationOnParts:
		return illegalArgument("Only one way of authorization is allowed: the upload URL of a video's part is signed, and takes no Authorization header")
	case a.video.sealed():
		return finalizedBefore(a.urn)
	case length < 0:
		return &problem{Status: http.StatusLengthRequired, Message: "Content-Length is required"}
	case length != p.size():
		return illegalArgument("Part %s takes %d bytes, not %d", p.byteRange(), p.size(), length)
	}
	return nil
}

// droppedUpload is the answer when the bytes of an upload made room for others.
func droppedUpload() *problem {
	return &problem{Status: http.StatusBadRequest, Code: "EXPIRED_UPLOAD_URL", Message: "The upload is no longer there"}
}

// begin starts an upload of the part, and ends the effect of those that are under way.
func (p *videoPart) begin() (attempt int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.attempts++
	p.stored = false
	return p.attempts
}

// complete ends an upload of the part.
func (p *videoPart) complete(attempt int) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.attempts != attempt {
		return errSuperseded
	}
	p.uploads++
	p.stored = true
	return nil
}

func (p *videoPart) isStored() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stored
}

// writePart copies the request's body to the part's place.
func (s *Sandbox) writePart(c *call, f io.WriterAt, p *videoPart, attempt int) error {
	buffer, _ := s.buffers.Get().(*[copyBuffer]byte)
	if buffer == nil {
		buffer = new([copyBuffer]byte)
	}
	defer s.buffers.Put(buffer)
	w := &partWriter{part: p, attempt: attempt, file: f, at: p.first}
	_, err := io.CopyBuffer(w, io.LimitReader(c.http.Body, p.size()), buffer[:])
	c.transfer.Bytes = w.at - p.first
	if err == nil && c.transfer.Bytes < p.size() {
		return io.ErrUnexpectedEOF
	}
	return err
}

// partWriter writes to the place of a part for as long as its upload is the latest.
type partWriter struct {
	part    *videoPart
	attempt int
	file    io.WriterAt
	at      int64
}

func (w *partWriter) Write(b []byte) (int, error) {
	w.part.mu.Lock()
	defer w.part.mu.Unlock()
	if w.part.attempts != w.attempt {
		return 0, errSuperseded
	}
	n, err := w.file.WriteAt(b, w.at)
	w.at += int64(n)
	if err != nil {
		err = double.StorageError(err)
	}
	return n, err
}
