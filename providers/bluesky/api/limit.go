package api

import (
	"net/http"
	"strconv"
	"time"

	"github.com/crier-social/crier/providers/internal/rest"
)

// maxReset bounds what a server may ask for, so that a wrong header does not park a post for
// weeks. The longest window of its limits is a day.
const maxReset = 24 * time.Hour

// RetryAfter is how long a server wants to be left alone; 0: it does not say. Servers tell the
// moment at which their limit begins anew, in seconds since 1970.
// https://docs.bsky.app/docs/advanced-guides/rate-limits
func RetryAfter(h http.Header, status int, now time.Time) time.Duration {
	if after := rest.RetryAfter(h, now); after > 0 || status != http.StatusTooManyRequests {
		return after
	}
	at, err := strconv.ParseInt(h.Get("Ratelimit-Reset"), 10, 64)
	if err != nil {
		return 0
	}
	return min(max(time.Unix(at, 0).Sub(now), 0), maxReset-time.Second) + time.Second
}
