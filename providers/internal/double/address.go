package double

import (
	"net/http"
	"strings"
)

// BaseURL is how the client of a request reaches the double: the address that it was told to
// have, without a slash at its end, or else the Host of the request.
func BaseURL(told string, r *http.Request) string {
	if told != "" {
		return strings.TrimSuffix(told, "/")
	}
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + r.Host
}
