package sandbox

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // gives the padded length that real signatures have; guards nothing
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

// uploadURI is the path and query of a new upload address. It contains sequences
// that are encoded twice (%253D): a client that decodes and encodes the address
// instead of using it byte for byte breaks the signature.
func (s *Sandbox) uploadURI(id string) string {
	mac := hmac.New(sha1.New, s.signKey)
	mac.Write([]byte(id))
	signature := base64.StdEncoding.EncodeToString(mac.Sum(nil))
	twice := url.QueryEscape(url.QueryEscape(signature))
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
