package sandbox

import (
	"encoding/base64"
	"encoding/binary"
	"net/url"
	"strings"
)

const (
	uploadPrefix     = "/dms-uploads/"
	downloadPrefix   = "/dms/"
	uploadPathPrefix = uploadPrefix + "sp/v2/"
)

// newUploadURI is the path and query of a new upload address. Its signature is
// random, as long as a real one, and encoded twice (%253D): a client that decodes and
// encodes the address instead of using it byte for byte does not hit it.
func newUploadURI(id string) string {
	twice := url.QueryEscape(url.QueryEscape(randomID(20)))
	return uploadPathPrefix + id + "/uploaded-image/0?ca=vector_feedshare&cn=uploads&m=AQ%3D&iri=B01-00&sync=0&v=beta&ut=" + twice
}

// uploadID takes the image id out of an upload address.
func uploadID(path string) (string, bool) {
	rest, found := strings.CutPrefix(path, uploadPathPrefix)
	id, _, _ := strings.Cut(rest, "/")
	return id, found && opaqueID.MatchString(id)
}

// mediaID returns an id of the form that media have: a prefix and url-safe letters.
func mediaID(prefix string, n int64) string {
	var raw [8]byte
	binary.BigEndian.PutUint64(raw[:], uint64(n)) //nolint:gosec // ids are positive
	return prefix + base64.RawURLEncoding.EncodeToString(raw[:])
}

func downloadPath(imageURN string) string {
	u, _ := parseURN(imageURN)
	return downloadPrefix + u.Kind + "/" + u.ID
}
