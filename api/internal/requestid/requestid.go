// Package requestid chooses the ids of HTTP requests.
package requestid

import (
	"strings"
	"time"

	"github.com/crier-social/crier/core"
)

// Header is where a request may bring its id, and where its answer tells it.
const Header = "X-Request-Id"

// Choose returns the client's own id of the request if it is one that can be
// logged as it is, and a new one otherwise.
func Choose(given string, now time.Time) string {
	const longest = 128
	if given == "" || len(given) > longest {
		return core.NewID(now)
	}
	for _, r := range given {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', strings.ContainsRune("-_.:", r):
		default:
			return core.NewID(now)
		}
	}
	return given
}
