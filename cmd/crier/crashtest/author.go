package crashtest

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/crier-social/crier/core"
)

const (
	// knock is how long clients wait before they ask again after a server was down.
	knock = 20 * time.Millisecond
	// patience is how long an author tries to delete or change a post that is being sent.
	patience = 3 * time.Second
)

// story is what an author has done about a post, and was answered.
type story struct {
	post Post
	due  time.Time // zero: at once
	// sent means that a request may have reached the server; id is empty as long as none
	// was answered.
	sent bool
	id   string
	// deleted means that Crier said so; asked, that it was told to.
	askedToDelete, deleted bool
	// about is the post that this one is about: Crier's id, and the network's.
	about, aboutRemote string
	// texts are what readers may see at the end; one, if the author knows.
	texts []string
	// The post was held between these times for certain; zero: it was not.
	heldFrom, heldUntil time.Time
	odd                 []string // answers that nobody should get
}

// author publishes one post as a client does that knows that servers may die.
type author struct {
	*client
	clock     *clock
	files     *files
	outlets   []outlet
	landmarks *landmarks
	story     *story
}

// live does all that the plan has the author do, until ctx ends.
func (a *author) live(ctx context.Context) {
	a.choose(ctx)
	request := a.request()
	if a.story.post.Twice {
		a.publishTwice(ctx, request)
	} else {
		a.publish(ctx, request)
	}
	if a.story.id == "" {
		return
	}
	if a.story.post.Repeat {
		first := a.story.id
		a.publish(ctx, request)
		if a.story.id != first {
			a.wonder("the repeated request was answered with the post %s instead of %s", a.story.id, first)
		}
	}
	a.change(ctx)
	a.landmarks.add(a.story)
}

func (a *author) wonder(format string, args ...any) {
	a.story.odd = append(a.story.odd, fmt.Sprintf(format, args...))
}

// request is the post as it is sent; a repetition is the same to the byte.
func (a *author) request() call {
	p := a.story.post
	var ids []string
	for _, place := range p.places() {
		ids = append(ids, a.outlets[place].id)
	}
	body := map[string]any{"post": p.Text(), "accountIds": ids}
	if p.Ahead > 0 {
		a.story.due = a.clock.Now().Add(p.Ahead).Truncate(time.Millisecond)
		body["scheduleDate"] = apiTime(a.story.due)
	}
	if p.Comment {
		body["firstComment"] = map[string]any{"comment": p.CommentText()}
	}
	if media := a.files.media(p.Kind); media != nil {
		body["mediaUrls"] = media
	}
	for _, place := range p.places() {
		if field, value := a.outlets[place].front.Options(p.Kind, cmp.Or(a.story.about, a.files.article())); field != "" {
			body[field] = value
		}
	}
	c := call{method: http.MethodPost, path: "/post", body: body}
	switch name := "crash-" + strconv.Itoa(p.Number); p.Key {
	case KeyHeader:
		c.key = name
	case KeyBody:
		body["idempotencyKey"] = name
	case KeyNone:
	}
	return c
}

// publish sends the request until it is answered, or may have been carried out and cannot
// be repeated.
func (a *author) publish(ctx context.Context, request call) {
	known := a.story.id
	for ctx.Err() == nil {
		var answer told
		status, err := a.do(ctx, request, &answer)
		switch {
		case err != nil && neverSent(err):
			wait(knock)
			continue
		case err != nil:
			a.story.sent = true
			if a.story.post.Key == KeyNone {
				return
			}
			wait(knock)
			continue
		}
		a.story.sent = true
		switch {
		case answer.ID != "":
			a.story.id = answer.ID
			return
		case hasCode(answer, core.CodeKeyInProgress):
			wait(knock)
		case hasCode(answer, core.CodeKeyReused):
			a.lookFor(ctx)
			return
		default:
			a.wonder("POST /post: %d %s", status, answer)
			a.story.id = known
			return
		}
	}
}

// publishTwice sends the request twice at the same moment, which two servers get where there
// are two.
func (a *author) publishTwice(ctx context.Context, request call) {
	twin := *a
	twin.story = &story{post: a.story.post}
	other := &twin
	var both sync.WaitGroup
	both.Go(func() { other.publish(ctx, request) })
	a.publish(ctx, request)
	both.Wait()
	a.story.sent = a.story.sent || other.story.sent
	a.story.odd = append(a.story.odd, other.story.odd...)
	if a.story.id != "" && other.story.id != "" && a.story.id != other.story.id {
		a.wonder("the request that was sent twice at once was answered with the posts %s and %s", a.story.id, other.story.id)
	}
	a.story.id = cmp.Or(a.story.id, other.story.id)
}

func hasCode(answer told, code core.Code) bool {
	if answer.Code == code {
		return true
	}
	for _, e := range answer.Errors {
		if e.Code == code {
			return true
		}
	}
	return false
}

// lookFor finds the post that an earlier request has created.
func (a *author) lookFor(ctx context.Context) {
	for ctx.Err() == nil {
		var list struct {
			History []struct{ ID, Post string }
		}
		status, err := a.do(ctx, call{method: http.MethodGet, path: "/history?limit=1000&lastDays=0"}, &list)
		if err != nil || status != http.StatusOK {
			wait(knock)
			continue
		}
		for _, entry := range list.History {
			if n, ok := numberIn(entry.Post); ok && n == a.story.post.Number {
				a.story.id = entry.ID
				return
			}
		}
		a.wonder("the idempotencyKey was used before, but the history has no such post")
		return
	}
}

// remove deletes the post, for as long as it is being sent.
func (a *author) remove(ctx context.Context) {
	a.story.askedToDelete = true
	for began := time.Now(); ctx.Err() == nil; wait(knock) {
		var answer told
		status, err := a.do(ctx, call{method: http.MethodDelete, path: "/post", body: map[string]any{"id": a.story.id}}, &answer)
		switch {
		case err != nil:
			// Deleting once more does no harm.
		case status == http.StatusOK, hasCode(answer, core.CodeAlreadyDeleted):
			a.story.deleted = true
			return
		case hasCode(answer, core.CodeProcessing), status >= http.StatusInternalServerError, status == http.StatusTooManyRequests:
			if time.Since(began) > patience {
				return // it goes out, or the network does not let it be deleted now
			}
		default:
			a.wonder("DELETE /post: %d %s", status, answer)
			return
		}
	}
}
