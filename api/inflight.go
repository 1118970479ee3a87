package api

import (
	"context"
	"crypto/sha256"
	"net/http"
	"sync"
	"time"

	"github.com/crier-social/crier/core"
)

// bodyHash identifies the content of a request.
type bodyHash = [sha256.Size]byte

// requestKey is an Idempotency-Key of a profile.
type requestKey struct{ profileID, key string }

// inflight knows the requests with an Idempotency-Key that this process is
// answering.
type inflight struct {
	mu    sync.Mutex
	byKey map[requestKey]*flight
}

type flight struct {
	hash bodyHash
	done chan struct{} // closed when the request is answered
}

func newInflight() *inflight { return &inflight{byKey: map[requestKey]*flight{}} }

// enter makes the caller the only one who answers for the key, and returns what
// ends that. It waits for another request of the same key and body to end.
func (t *inflight) enter(ctx context.Context, clock core.Clock, key requestKey, hash bodyHash, wait time.Duration) (func(), error) {
	timeout := clock.After(wait)
	for {
		f, leave := t.claim(key, hash)
		switch {
		case leave != nil:
			return leave, nil
		case f.hash != hash:
			return nil, keyConflict()
		}
		select {
		case <-f.done:
		case <-timeout:
			return nil, keyInProgress()
		case <-ctx.Done():
			return nil, keyInProgress()
		}
	}
}

// claim returns what gives the key back, or the flight that holds it.
func (t *inflight) claim(key requestKey, hash bodyHash) (*flight, func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if f, held := t.byKey[key]; held {
		return f, nil
	}
	f := &flight{hash: hash, done: make(chan struct{})}
	t.byKey[key] = f
	return nil, func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		delete(t.byKey, key)
		close(f.done)
	}
}

const idempotencyHeader = "Idempotency-Key"

// unusedKey warns of an Idempotency-Key that a request has without need.
func unusedKey(r *http.Request) []warning {
	if r.Header.Get(idempotencyHeader) == "" {
		return nil
	}
	return []warning{{
		Code: core.CodeParameters, Field: idempotencyHeader,
		Message: "the Idempotency-Key was ignored: this request takes none, since sending it again does no harm",
	}}
}

func keyConflict() *core.Error {
	return &core.Error{
		Kind: core.KindInvalid, Code: core.CodeKeyConflict, Field: idempotencyHeader,
		Message: "this Idempotency-Key was used before with another body",
	}
}

func keyInProgress() *core.Error {
	return &core.Error{
		Kind: core.KindTemporary, Code: core.CodeKeyInProgress, Field: idempotencyHeader,
		Message: "a request with this Idempotency-Key is still being answered", RetryAfter: time.Second,
	}
}

// idempotencyKey reads the header; "" when there is none.
func idempotencyKey(r *http.Request) (string, error) {
	const longest = 255
	key := r.Header.Get(idempotencyHeader)
	for _, other := range r.Header.Values(idempotencyHeader) {
		if other != key {
			return "", invalid(idempotencyHeader, "the request has two different Idempotency-Key headers; send one")
		}
	}
	if len(key) > longest {
		return "", invalid(idempotencyHeader, "the Idempotency-Key is longer than 255 characters")
	}
	for _, b := range []byte(key) {
		if b < ' ' || b > '~' {
			return "", invalid(idempotencyHeader, "the Idempotency-Key has a character that is not printable ASCII")
		}
	}
	return key, nil
}
