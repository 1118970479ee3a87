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
const abandonedAfter = engage.AttemptTime

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
		return a.again(c, action, *known, hash, send)
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

// tryAgain finds out what became of a request whose outcome was not known. Before the networks
// are asked, it is stored when that was: of several servers one does so, and until the time of
// that is over, a request of it may be under way. A request that cannot be tried any more, such
// as one about what is gone by now, is answered as before.
func (a *API) tryAgain(c *gin.Context, action string, known store.Request, open []string, send sender) answer {
	retried := known
	var taken error
	ans, sent := send(engage.Attempt{
		Begun: known.CreatedAt, Seed: known.Seed, Earlier: &engage.Earlier{Last: lastTry(known), Open: open},
		Sending: func(ctx context.Context) error {
			retried.TriedAt = a.Clock.Now()
			taken = a.Requests.RetryRequest(ctx, known, retried.TriedAt)
			if errors.Is(taken, store.ErrExists) {
				taken = keyInProgress() // another process was faster
			}
			return taken
		},
	})
	switch {
	case sent:
		return a.keepAnswer(c, retried, ans)
	case taken != nil:
		return ans
	case known.Status != 0:
		return replayed(c, known)
	}
	return abandoned(action)
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

// doubtful tells whether the answer to a request was that its outcome is not known, and it may be
// by now, and for which accounts; nil: for all.
func (a *API) doubtful(known store.Request) (open []string, doubtful bool) {
	if a.Clock.Now().Sub(lastTry(known)) < lookAgainAfter {
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
func (a *API) again(c *gin.Context, action string, known store.Request, hash bodyHash, send sender) answer {
	switch {
	case string(known.BodyHash) != string(hash[:]):
		return fail(action, keyConflict())
	case known.Status == 0 && a.Clock.Now().Sub(lastTry(known)) < abandonedAfter:
		return fail(action, keyInProgress())
	case known.Status == 0:
		return a.tryAgain(c, action, known, nil, send)
	}
	if open, doubtful := a.doubtful(known); doubtful {
		return a.tryAgain(c, action, known, open, send)
	}
	return replayed(c, known)
}

// abandoned answers a request that the server did not come to answer, and that nothing can be
// found out about.
func abandoned(action string) answer {
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
