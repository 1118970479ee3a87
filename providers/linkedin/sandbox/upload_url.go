package sandbox

import (
	"encoding/base64"
	"encoding/binary"
	"net/url"
	"strconv"
	"strings"
)

const (
	uploadPrefix     = "/dms-uploads/"
	downloadPrefix   = "/dms/"
	uploadPathPrefix = uploadPrefix + "sp/v2/"
	uploadRolePrefix = "uploaded-"
)

// newUploadURI is the path and query of a new upload address. Its signature is
// random, as long as a real one, and encoded twice (%253D): a client that decodes and
// encodes the address instead of using it byte for byte does not hit it.
func newUploadURI(id, role string, number int) string {
	twice := url.QueryEscape(url.QueryEscape(randomID(20)))
	return uploadPathPrefix + id + "/" + uploadRolePrefix + role + "/" + strconv.Itoa(number) +
		"?ca=vector_feedshare&cn=uploads&m=AQ%3D&iri=B01-00&sync=0&v=beta&ut=" + twice
}

// uploadPlace is what the path of an upload address names.
type uploadPlace struct {
	id     string // of the asset
	role   string // what is uploaded: image, document, video, thumbnail, captions
	number int    // of a video's part, from 1; 0 for everything else
}

func parseUploadPath(path string) (uploadPlace, bool) {
	rest, found := strings.CutPrefix(path, uploadPathPrefix)
	parts := strings.Split(rest, "/")
	if !found || len(parts) != 3 || !opaqueID.MatchString(parts[0]) {
		return uploadPlace{}, false
	}
	role, found := strings.CutPrefix(parts[1], uploadRolePrefix)
	number, err := strconv.Atoi(parts[2])
	return uploadPlace{id: parts[0], role: role, number: number}, found && err == nil
}

// mediaID returns an id of the form that media have: a prefix and url-safe letters.
func mediaID(prefix string, n int64) string {
	var raw [8]byte
	binary.BigEndian.PutUint64(raw[:], uint64(n)) //nolint:gosec // ids are positive
	return prefix + base64.RawURLEncoding.EncodeToString(raw[:])
}

func downloadPath(assetURN string) string {
	u, _ := parseURN(assetURN)
	return downloadPrefix + u.Kind + "/" + u.ID
}
