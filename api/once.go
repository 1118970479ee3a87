package api

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/engage"
	"github.com/crier-social/crier/core/store"
)

// abandonedAfter is when a request with an Idempotency-Key that has no answer counts as
// given up by the process that answered it.
const abandonedAfter = 2 * time.Minute

// readHashed is readJSON with a hash of the request: of its path and its body.
func readHashed(c *gin.Context) (*fields, bodyHash, error) {
	f, data, err := readJSONAndData(c)
	path := strings.TrimPrefix(c.Request.URL.Path, "/api")
	return f, sha256.Sum256(append([]byte(c.Request.Method+" "+path+"\n"), data...)), err
}

// lookAgainAfter is when what is not known of the outcome of a request may have become so:
// networks show what they took within a minute.
const lookAgainAfter = time.Minute

// sender does what cannot be repeated, as an attempt, and tells whether anything may have been
// sent.
type sender func(n engage.Attempt) (ans answer, sent bool)

// once answers a request that creates something other than a post: with an
// Idempotency-Key the first time by doing it, from then on by the answer that was given.
func (a *API) once(c *gin.Context, action string, hash bodyHash, send sender) answer {
	key, err := idempotencyKey(c.Request)
	if err != nil {
		return fail(action, err)
	}
	if key == "" {
		ans, _ := send(engage.Attempt{})
		return ans
	}
	ctx, profile := c.Request.Context(), profileOf(c)
	known, leave, err := a.enter(ctx, requestKey{profile.ID, key}, hash)
	if err != nil {
		return fail(action, err)
	}
	defer leave()
	if known != nil {
		if ans, known, tried := a.tryAgain(*known, hash, send); tried {
			return a.keepAnswer(c, known, ans)
		}
		return a.again(c, action, *known, hash)
	}
	now := a.Clock.Now()
	request := store.Request{ProfileID: profile.ID, Key: key, BodyHash: hash[:], CreatedAt: now, Seed: core.NewID(now)}
	ans, sent := send(engage.Attempt{Begun: request.CreatedAt, Seed: request.Seed, Sending: func(ctx context.Context) error {
		err := a.Requests.ClaimRequest(ctx, request)
		if errors.Is(err, store.ErrExists) {
			return a.takenElsewhere(ctx, request) // another process was faster
		}
		return err
	}})
	if !sent {
		return ans // the same request may be sent again
	}
	return a.keepAnswer(c, request, ans)
}

// tryAgain finds out what became of a request whose outcome was not known. Before anything is
// sent once more it is stored when that was: until the time of that is over, a request of it may
// be under way.
func (a *API) tryAgain(known store.Request, hash bodyHash, send sender) (answer, store.Request, bool) {
	open, doubtful := a.doubtful(known, hash)
	if !doubtful {
		return answer{}, known, false
	}
	n := engage.Attempt{Begun: known.CreatedAt, Seed: known.Seed, Earlier: &engage.Earlier{Last: lastTry(known), Open: open}}
	n.Sending = func(ctx context.Context) error {
		known.TriedAt = a.Clock.Now()
		return a.Requests.AnswerRequest(ctx, known)
	}
	ans, tried := send(n)
	return ans, known, tried
}

// lastTry is when a request was last begun to be carried out.
func lastTry(r store.Request) time.Time {
	if r.TriedAt.After(r.CreatedAt) {
		return r.TriedAt
	}
	return r.CreatedAt
}

// takenElsewhere tells why a request is not carried out whose key another process has claimed.
func (a *API) takenElsewhere(ctx context.Context, r store.Request) error {
	known, err := a.Requests.GetRequest(ctx, r.ProfileID, r.Key)
	if err != nil && !errors.Is(err, store.ErrNotFound) { // its post is being stored
		return err
	}
	if err == nil && string(known.BodyHash) != string(r.BodyHash) {
		return keyConflict()
	}
	return keyInProgress()
}

// doubtful tells whether the outcome of a request was not known, and may be by now, and for
// which accounts; nil: for all.
func (a *API) doubtful(known store.Request, hash bodyHash) (open []string, doubtful bool) {
	if string(known.BodyHash) != string(hash[:]) {
		return nil, false
	}
	now := a.Clock.Now()
	if known.Status == 0 {
		return nil, now.Sub(lastTry(known)) >= abandonedAfter
	}
	if now.Sub(known.CreatedAt) < lookAgainAfter {
		return nil, false
	}
	var told struct {
		Code   core.Code
		Errors []struct {
			Code      core.Code
			AccountID string
		}
	}
	if err := json.Unmarshal(known.Answer, &told); err != nil {
		return nil, false
	}
	for _, e := range told.Errors {
		if e.Code == core.CodeUncertain {
			open = append(open, e.AccountID)
		}
	}
	return open, len(open) > 0 || told.Code == core.CodeUncertain
}

// enter makes the caller the only one who answers for a key, until leave is called, and
// returns the request that the key was used for; nil when this is the first.
func (a *API) enter(ctx context.Context, key requestKey, hash bodyHash) (known *store.Request, leave func(), err error) {
	leave, err = a.inflight.enter(ctx, a.Clock, key, hash, a.PublishWait)
	if err != nil {
		return nil, nil, err
	}
	r, err := a.Requests.GetRequest(ctx, key.profileID, key.key)
	switch {
	case err == nil:
		return &r, leave, nil
	case errors.Is(err, store.ErrNotFound):
		return nil, leave, nil
	}
	leave()
	return nil, nil, err
}

// replayed gives the answer that was given before.
func replayed(c *gin.Context, known store.Request) answer {
	c.Header("Idempotency-Replayed", "true")
	return answer{status: known.Status, body: json.RawMessage(known.Answer)}
}

// again answers a request that was made before.
func (a *API) again(c *gin.Context, action string, known store.Request, hash bodyHash) answer {
	switch {
	case string(known.BodyHash) != string(hash[:]):
		return fail(action, keyConflict())
	case known.Status != 0:
		return replayed(c, known)
	case a.Clock.Now().Sub(lastTry(known)) < abandonedAfter:
		return fail(action, keyInProgress())
	}
	return fail(action, &core.Error{
		Kind: core.KindUncertain, Code: core.CodeUncertain, Field: idempotencyHeader,
		Message: "the server stopped while it answered the first request with this Idempotency-Key; whether that was carried out is not known",
		Help:    "Look on the network before sending the request again with another key.",
	})
}

// keepAnswer stores the answer for the next request of the same key.
func (a *API) keepAnswer(c *gin.Context, request store.Request, ans answer) answer {
	body, err := encode(ans.body)
	if err != nil {
		return ans // a defect, which is found again and told when it is written
	}
	request.Status, request.Answer = ans.status, body
	ctx := context.WithoutCancel(c.Request.Context())
	if err := a.Requests.AnswerRequest(ctx, request); err != nil {
		a.logOf(c).WarnContext(ctx, "storing the answer for an idempotency key failed", "post", request.PostID, "error", err)
	}
	ans.body = json.RawMessage(body)
	return ans
}
