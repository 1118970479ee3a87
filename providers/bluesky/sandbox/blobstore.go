package sandbox

import (
	"io"
	"path/filepath"

	"github.com/crier-social/crier/providers/bluesky/atdata"
	"github.com/crier-social/crier/providers/internal/double"
)

// newBlobStore keeps the bytes of uploads under their CIDs.
func newBlobStore(dir string) *double.Files {
	if dir != "" {
		dir = filepath.Join(dir, "blobs")
	}
	return double.NewFiles(dir, 0)
}

// headBytes is how much of a file is looked at for its kind.
const headBytes = 4096

// stored is what was found out about bytes.
type stored struct {
	cid  string
	size int64
	head []byte
}

// store keeps the bytes of a stream.
func (s *Sandbox) store(from io.Reader) (stored, error) {
	head := &headWriter{}
	file, err := s.blobs.Stage(io.TeeReader(from, head), s.opts.MaxBlobBytes)
	if err != nil {
		return stored{}, err
	}
	cid := atdata.BlobCID(file.Sum)
	s.blobs.Keep(cid, file)
	return stored{cid: cid, size: file.Size, head: head.bytes}, nil
}

// headWriter keeps the first bytes.
type headWriter struct{ bytes []byte }

func (w *headWriter) Write(p []byte) (int, error) {
	if room := headBytes - len(w.bytes); room > 0 {
		w.bytes = append(w.bytes, p[:min(room, len(p))]...)
	}
	return len(p), nil
}
