package api

import (
	"context"
	"crypto/sha256"
	"encoding/json"
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
	files  []core.MediaRef // stored already
	hash   bodyHash
}

// readPost reads the body of a post. The files that were stored are in it also
// when it fails.
func (a *API) readPost(c *gin.Context) (postBody, error) {
	if mediaType(c.Request) == "multipart/form-data" {
		f, err := a.readForm(c)
		if err != nil {
			return postBody{files: f.files}, err
		}
		return postBody{fields: f.fields(), files: f.files, hash: bodyHash(f.sum.Sum(nil))}, nil
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
func (a *API) createPost(c *gin.Context) answer {
	r := &creation{API: a, ctx: c.Request.Context(), gin: c, profile: profileOf(c)}
	defer func() {
		if !r.kept {
			a.removeUploads(r.ctx, r.profile, r.body.files)
		}
	}()
	var err error
	if r.body, err = a.readPost(c); err != nil {
		return fail("post", err)
	}
	wait, applied := parsePrefer(c.Request.Header.Values("Prefer")).apply(a.PublishWait, a.MaxWait)
	if applied != "" {
		c.Header("Preference-Applied", applied)
	}
	r.wait = wait
	r.allowTime()
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

// allowTime moves the connection's deadline for writing beyond the wait, which
// is longer than what a server allows for an ordinary answer.
func (r *creation) allowTime() {
	const slack = 30 * time.Second
	// The deadline is the operating system's, so it goes by the real time. A
	// writer that has no deadline needs no extension.
	_ = http.NewResponseController(r.gin.Writer).SetWriteDeadline(time.Now().Add(r.wait + slack))
}

// once answers a request with an Idempotency-Key: the first time by doing it,
// from then on by what was answered then.
func (r *creation) once(key string) answer {
	leave, err := r.inflight.enter(r.ctx, r.Clock, requestKey{r.profile.ID, key}, r.body.hash, r.PublishWait)
	if err != nil {
		return fail("post", err)
	}
	defer leave()
	known, err := r.Requests.GetRequest(r.ctx, r.profile.ID, key)
	switch {
	case err == nil:
		return r.replay(known)
	case !errors.Is(err, store.ErrNotFound):
		return fail("post", err)
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
		r.gin.Header("Idempotency-Replayed", "true")
		return answer{status: known.Status, body: json.RawMessage(known.Answer)}
	case known.PostID == "":
		return fail("post", keyInProgress())
	}
	// The server died before it answered, or another process is about to: the
	// post tells what there is to say.
	d, err := r.decode()
	if err != nil {
		return fail("post", err)
	}
	o, err := r.Publisher.Wait(r.ctx, r.profile.ID, known.PostID, r.wait)
	if err != nil {
		return fail("post", err)
	}
	r.gin.Header("Idempotency-Replayed", "true")
	return r.remember(known, r.postAnswer(r.profile, o, d.warnings))
}

// remember stores the answer for the next request of the same key. If that
// fails, the next one is answered by the state of the post.
func (r *creation) remember(request store.Request, ans answer) answer {
	body, err := encode(ans.body)
	if err != nil {
		return fail("post", err)
	}
	request.Status, request.Answer = ans.status, body
	if err := r.Requests.AnswerRequest(context.WithoutCancel(r.ctx), request); err != nil {
		logOf(r.gin).WarnContext(r.ctx, "storing the answer for an idempotency key failed", "post", request.PostID, "error", err)
	}
	ans.body = json.RawMessage(body)
	return ans
}

func (r *creation) decode() (*decoder, error) {
	return r.decodePost(r.ctx, r.profile.ID, r.body.fields, r.body.files)
}

// submit hands the post to the publisher and waits for its outcome. It returns
// the id of the post that was created, if one was.
func (r *creation) submit(request *store.Request) (answer, string) {
	d, err := r.decode()
	if err != nil {
		return fail("post", err), ""
	}
	o, err := r.Publisher.Accept(r.ctx, publish.Submission{
		ProfileID: r.profile.ID, Request: d.request, Idempotency: request,
	})
	if err != nil && o.Post.ID == "" {
		return r.notAccepted(request, err), ""
	}
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

// await waits for the outcome of an immediate post. The post is safe whatever
// happens here, so a failure to look only means that the outcome is not known yet.
func (r *creation) await(o publish.Outcome) publish.Outcome {
	if o.Final() || o.Post.Scheduled() || r.wait <= 0 {
		return o
	}
	latest, err := r.Publisher.Wait(r.ctx, r.profile.ID, o.Post.ID, r.wait)
	if err != nil && latest.Post.ID == "" {
		logOf(r.gin).WarnContext(r.ctx, "waiting for a post failed", "post", o.Post.ID, "error", err)
		return o
	}
	return latest
}
