package sandbox

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strconv"
)

// digest is the SHA-256 of a stored file, in hexadecimal; empty when it is gone. It
// reads the whole file.
func (s *Sandbox) digest(key string) string {
	f, err := s.uploads.Open(key)
	if err != nil {
		return ""
	}
	defer func() { _ = f.Close() }() // it was only read
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return ""
	}
	return hex.EncodeToString(sum.Sum(nil))
}

const (
	sampleCount = 16
	sampleBytes = 64 << 10
)

// sampleDigest tells a large file from others without reading all of it: by its size,
// and by samples from its beginning to its end.
func sampleDigest(r io.ReaderAt, size int64) (string, error) {
	sum := sha256.New()
	sum.Write([]byte(strconv.FormatInt(size, 10)))
	room := max(0, size-sampleBytes)
	for i := range int64(sampleCount) {
		if _, err := io.Copy(sum, io.NewSectionReader(r, room*i/(sampleCount-1), sampleBytes)); err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
