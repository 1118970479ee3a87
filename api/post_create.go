package api

import (
	"context"
	"crypto/sha256"
	"errors"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/publish"
	"github.com/crier-social/crier/core/store"
)

// postBody is a post as it came in, in either form.
type postBody struct {
	fields *fields
	hash   bodyHash
	// files and companions came with the request and are stored already: those of the
	// field media, and one for each other field that takes files.
	files      []core.MediaRef
	companions map[string]core.MediaRef
	stored     []core.MediaRef // all of them
	// original is the request that this one copies; nil: none.
	original *core.PostRequest
}

// readPost reads the body of a post. The files that were stored are in it also
// when it fails.
func (a *API) readPost(c *gin.Context) (postBody, error) {
	if mediaType(c.Request) == "multipart/form-data" {
		f, err := a.readForm(c)
		if err != nil {
			return postBody{stored: f.stored()}, err
		}
		return postBody{
			fields: f.fields(), hash: bodyHash(f.sum.Sum(nil)), files: f.files, companions: f.companions, stored: f.stored(),
		}, nil
	}
	if t := mediaType(c.Request); !isJSON(t) {
		return postBody{}, contentTypeError(t, "application/json", "multipart/form-data")
	}
	data, err := readAll(c, maxJSON)
	if err != nil {
		return postBody{}, err
	}
	f, err := parseBody(data)
	return postBody{fields: f, hash: sha256.Sum256(data)}, err
}

// creation is one request to publish on its way through the API.
type creation struct {
	*API
	ctx     context.Context
	gin     *gin.Context
	profile core.Profile
	body    postBody
	wait    time.Duration
	// kept means that a post refers to the files, or may do so.
	kept bool
}

// createPost is POST /post.
func (a *API) createPost(c *gin.Context) answer { return a.create(c, nil) }

// create answers a request for a new post. complete, if set, adds to the body what it
// leaves out.
func (a *API) create(c *gin.Context, complete func(*creation) error) answer {
	r := &creation{API: a, ctx: c.Request.Context(), gin: c, profile: profileOf(c)}
	defer func() {
		if !r.kept {
			a.removeUploads(r.ctx, r.profile, r.body.stored)
		}
	}()
	var err error
	if r.body, err = a.readPost(c); err != nil {
		return fail("post", err)
	}
	if complete != nil {
		if err := complete(r); err != nil {
			return fail("post", err)
		}
	}
	wait, applied := parsePrefer(c.Request.Header.Values("Prefer")).apply(a.PublishWait, a.MaxWait)
	if applied != "" {
		c.Header("Preference-Applied", applied)
	}
	r.wait = wait
	key, err := idempotencyKey(c.Request)
	switch {
	case err != nil:
		return fail("post", err)
	case key == "":
		ans, _ := r.submit(nil)
		return ans
	default:
		return r.once(key)
	}
}

// once answers a request with an Idempotency-Key: the first time by doing it,
// from then on by its final answer, or by the state of its post while there is none.
func (r *creation) once(key string) answer {
	known, leave, err := r.enter(r.ctx, requestKey{r.profile.ID, key}, r.body.hash)
	if err != nil {
		return fail("post", err)
	}
	defer leave()
	if known != nil {
		return r.replay(*known)
	}
	request := store.Request{
		ProfileID: r.profile.ID, Key: key, BodyHash: r.body.hash[:], CreatedAt: r.Clock.Now(),
	}
	ans, postID := r.submit(&request)
	if postID == "" {
		return ans // nothing was created: the same request may be sent again
	}
	request.PostID = postID
	return r.remember(request, ans)
}

// replay answers a request that was made before.
func (r *creation) replay(known store.Request) answer {
	switch {
	case string(known.BodyHash) != string(r.body.hash[:]):
		return fail("post", keyConflict())
	case known.Status != 0:
		concerns(r.gin, known.PostID)
		return replayed(r.gin, known)
	case known.PostID == "":
		return fail("post", keyInProgress())
	}
	// No final answer was given: the post tells what there is to say.
	o, err := r.Publisher.Get(r.ctx, r.profile.ID, known.PostID)
	if err != nil {
		return fail("post", err)
	}
	concerns(r.gin, known.PostID)
	r.gin.Header("Idempotency-Replayed", "true")
	return r.remember(known, r.postAnswer(r.profile, r.await(o), r.warningsAgain(known)))
}

// warningsAgain returns the warnings of a request that was accepted before. What
// it names may be gone since, which is no reason to hide what became of its post.
func (r *creation) warningsAgain(known store.Request) []warning {
	d, err := r.decode(known.CreatedAt)
	if err != nil {
		return nil
	}
	return d.warnings
}

// remember stores a final answer for the next request of the same key. Without
// one, the next is answered by the state of the post: 202 tells of a moment.
func (r *creation) remember(request store.Request, ans answer) answer {
	if ans.status == http.StatusAccepted {
		return ans
	}
	return r.keepAnswer(r.gin, request, ans)
}

func (r *creation) decode(now time.Time) (*decoder, error) {
	return r.decodePost(r.ctx, now, r.profile.ID, r.body)
}

// submit hands the post to the publisher and waits for its outcome. It returns
// the id of the post that was created, if one was.
func (r *creation) submit(request *store.Request) (answer, string) {
	d, err := r.decode(r.Clock.Now())
	if err != nil {
		return fail("post", err), ""
	}
	if err := r.keepUploads(r.ctx, r.profile.ID, d.request, d.request.RequiresApproval); err != nil {
		return fail("post", err), ""
	}
	o, err := r.Publisher.Accept(r.ctx, publish.Submission{
		ProfileID: r.profile.ID, Request: d.request, Idempotency: request, NextSlot: r.nextSlot(d.request), Awaited: r.wait,
	})
	if err != nil && o.Post.ID == "" {
		return r.notAccepted(request, err), ""
	}
	concerns(r.gin, o.Post.ID)
	if err == nil {
		r.kept = true
		o = r.await(o)
	}
	return r.postAnswer(r.profile, o, d.warnings), o.Post.ID
}

// notAccepted answers when no post was created, or nobody knows whether one was.
func (r *creation) notAccepted(request *store.Request, err error) answer {
	var known *core.Error
	if !errors.As(err, &known) && !errors.Is(err, store.ErrKeyUsed) {
		r.kept = true // the store failed: the post may be there, with these files
		return fail("post", err)
	}
	if request != nil {
		// Another process may have been faster with the same key.
		other, lookupErr := r.Requests.GetRequest(r.ctx, request.ProfileID, request.Key)
		if lookupErr == nil {
			return r.replay(other)
		}
	}
	if errors.Is(err, store.ErrKeyUsed) && known == nil {
		return fail("post", keyInProgress())
	}
	return fail("post", err)
}
