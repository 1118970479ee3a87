//go:build interop

package interop_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
)

// published is a post as the sandbox has it.
type published struct {
	DisplayText string
	Media       []arrived
}

// arrived is a file of a post as the sandbox has it.
type arrived struct {
	ID            string
	Title         string
	ContentType   string
	Size          int64
	SHA256        string
	Width, Height int   // of a picture or video
	Milliseconds  int64 `json:"duration"` // of a video
	Pages         int   // of a document
	DownloadURL   string
	ThumbnailURL  string
	CaptionsURL   string
}

// kind is what LinkedIn takes the file for: "image", "video" or "document".
func (a arrived) kind() string { return strings.Split(a.ID, ":")[2] }

// lookAt asks the sandbox for a post.
func (c *crier) lookAt(t *testing.T, urn string) published {
	t.Helper()
	var p published
	if status := c.call(t, http.MethodGet, c.sandbox+"/sandbox/posts/"+urn, "", nil, &p); status != http.StatusOK {
		t.Fatalf("the sandbox has no post %s", urn)
	}
	return p
}

// download keeps what the sandbox got in a file, and returns its checksum and size.
func (c *crier) download(t *testing.T, address, path string) (sum string, size int64) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := c.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: %d", address, res.StatusCode)
	}
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	hash := sha256.New()
	size, err = io.Copy(io.MultiWriter(out, hash), res.Body)
	if err := errors.Join(err, out.Close()); err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(hash.Sum(nil)), size
}
