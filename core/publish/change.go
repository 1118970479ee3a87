package publish

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

const (
	// changeTimeout bounds the steps of one change.
	changeTimeout = 20 * time.Second
	// maxChangeTurns is how often a change begins again because the post has moved on.
	maxChangeTurns = 5
)

// errOvertaken is errMoved where the change was begun: somebody else has decided it, and
// changed the post again.
var errOvertaken = fmt.Errorf("%w, after it was changed", errMoved)

// Change changes a post as far as it has not gone out: when, whether and with what it will.
// It may be repeated: what is so already is left alone. An error that lists problems, or has
// CodeNotChangeable or CodeProcessing, means that nothing was changed; any other is the
// store's, and the change may then be completed by itself or by a repetition.
//
// Nothing of the post may be out, so that it is the same everywhere.
func (p *Publisher) Change(ctx context.Context, profileID, postID string, c core.PostChange) (core.Post, error) {
	return p.changePost(ctx, profileID, postID, c, false)
}

// ChangeRest is Change for a post of which something is out, where the caller has changed
// that. It takes text, mentions, comments and notes alone.
func (p *Publisher) ChangeRest(ctx context.Context, profileID, postID string, c core.PostChange) (core.Post, error) {
	return p.changePost(ctx, profileID, postID, c, true)
}

func (p *Publisher) changePost(ctx context.Context, profileID, postID string, c core.PostChange, rest bool) (core.Post, error) {
	overtaken := false
	for range maxChangeTurns {
		o, err := p.Get(ctx, profileID, postID)
		if errors.Is(err, store.ErrNotFound) {
			return core.Post{}, unknownPost()
		}
		if err != nil {
			return core.Post{}, err
		}
		next := successorOf(o.Post, c, p.clock.Now())
		next.rest, next.options = rest, p.optionsField(c)
		if e := next.refusal(o.Deliveries); e != nil && !overtaken {
			return core.Post{}, e
		} else if e != nil {
			break
		}
		told, err := p.checkSuccessor(ctx, next, o.Deliveries)
		if err != nil {
			return core.Post{}, err
		}
		err = p.carryOut(ctx, next, o.Deliveries, told)
		if err == nil {
			return p.store.GetPost(ctx, profileID, postID)
		}
		if !errors.Is(err, errMoved) {
			return core.Post{}, err
		}
		overtaken = overtaken || errors.Is(err, errOvertaken)
	}
	return core.Post{}, outrun(postID, overtaken)
}

// outrun tells that others were faster, each time that the change was tried.
func outrun(postID string, overtaken bool) *core.Error {
	e := &core.Error{
		Kind: core.KindInvalid, Code: core.CodeProcessing, Field: "id",
		Message: "the post is being changed or sent at the same time; nothing was changed",
		Help:    "Look at the post with GET /post/" + postID + ", and send the change again if it is still wanted.",
	}
	if overtaken {
		e.Message = "the post is being changed by others at the same time, and what was asked for may have been changed again"
	}
	return e
}

// carryOut stores a change that was found good. errMoved: the post has changed meanwhile, or
// a delivery was faster; nothing was changed then. Once begun it goes on although the client
// has hung up.
func (p *Publisher) carryOut(ctx context.Context, next successor, deliveries []core.Delivery, told doubts) error {
	ctx, cancel := detached(ctx, changeTimeout)
	defer cancel()
	switch {
	case next.was.Before != nil: // it may not stay what it shows
		return errMoved
	case next.concernsDeliveries():
		return p.revise(ctx, next, deliveries, told)
	case next.notes:
		_, err := p.store.UpdatePost(ctx, next.was.ID, func(post *core.Post) error {
			post.Request.Notes = next.post.Request.Notes
			return nil
		})
		return err
	}
	// Nothing changes; an earlier request for the same may have died on its way.
	return p.align(ctx, next.was, nil)
}

// revise carries out a change that concerns deliveries.
func (p *Publisher) revise(ctx context.Context, next successor, deliveries []core.Delivery, told doubts) error {
	completed, err := p.intend(ctx, next.was)
	if err != nil {
		return err
	}
	changed, err := p.store.UpdatePost(ctx, next.was.ID, func(post *core.Post) error {
		if post.Version != next.was.Version || post.Before != nil { // an undecided change has to be decided first
			return errMoved
		}
		next.begin(post, deliveries)
		return nil
	})
	if errors.Is(err, errMoved) {
		completed()
	}
	if err != nil {
		return err
	}
	stands, err := p.finish(ctx, changed, told)
	if errors.Is(err, errMoved) {
		return errOvertaken
	}
	if err != nil {
		return err
	}
	completed()
	if !stands {
		return errMoved
	}
	p.logOf(ctx).InfoContext(ctx, "post changed", "post", changed.ID, "revision", changed.Revision, "status", changed.Status, "due", changed.DueAt())
	return nil
}

func unknownPost() *core.Error {
	return &core.Error{
		Kind: core.KindNotFound, Code: core.CodeHistoryNotFound, Field: "id",
		Message: "no post of this profile has this id",
	}
}
