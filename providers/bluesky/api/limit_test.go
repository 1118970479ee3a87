package api_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/crier-social/crier/providers/bluesky/api"
)

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 0)
	for name, tc := range map[string]struct {
		status int
		header map[string]string
		want   time.Duration
	}{
		"nothing":              {429, nil, 0},
		"seconds":              {503, map[string]string{"Retry-After": "7"}, 7 * time.Second},
		"a moment":             {429, map[string]string{"RateLimit-Reset": "1800000030"}, 31 * time.Second},
		"a moment that passed": {429, map[string]string{"RateLimit-Reset": "1700000000"}, time.Second},
		"a moment far away":    {429, map[string]string{"RateLimit-Reset": "9999999999999"}, 24 * time.Hour},
		"no moment":            {429, map[string]string{"RateLimit-Reset": "soon"}, 0},
		"another refusal":      {400, map[string]string{"RateLimit-Reset": "1800000030"}, 0},
	} {
		h := http.Header{}
		for key, value := range tc.header {
			h.Set(key, value)
		}
		if got := api.RetryAfter(h, tc.status, now); got != tc.want {
			t.Errorf("%s: %v, want %v", name, got, tc.want)
		}
	}
}
