package coretest

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/crier-social/crier/core"
)

// FollowUps names the first comment and the closing of the comments, as far as the
// draft asks for them.
func (p *publication) FollowUps() []core.FollowUpName {
	var names []core.FollowUpName
	if p.comment != nil {
		names = append(names, core.FollowUpComment)
	}
	if p.closed {
		names = append(names, core.FollowUpNoComments)
	}
	return names
}

// FollowUp writes the comment, or closes the comments.
func (p *publication) FollowUp(ctx context.Context, s *core.Session, name core.FollowUpName, r core.Receipt) (map[string]any, error) {
	var result map[string]any
	err := p.call(ctx, s, Call{Op: OpFollowUp, Item: string(name)}, func() error {
		post, err := p.provider.post(r.RemoteID)
		if err != nil {
			return err
		}
		if name == core.FollowUpNoComments {
			post.Closed = true
			return nil
		}
		post.Comments = append(post.Comments, p.comment.Text)
		result = commentResult(post, len(post.Comments)-1)
		return nil
	})
	return result, err
}

// FindFollowUp looks whether the network has what was asked of it.
func (p *publication) FindFollowUp(ctx context.Context, s *core.Session, name core.FollowUpName, r core.Receipt, _ time.Time) (result map[string]any, found bool, err error) {
	err = p.call(ctx, s, Call{Op: OpFound, Item: string(name)}, func() error {
		post, err := p.provider.post(r.RemoteID)
		if err != nil {
			return err
		}
		if name == core.FollowUpNoComments {
			found = post.Closed
			return nil
		}
		i := slices.Index(post.Comments, p.comment.Text)
		if found = i >= 0; found {
			result = commentResult(post, i)
		}
		return nil
	})
	return result, found, err
}

func commentResult(p *Post, i int) map[string]any {
	return map[string]any{"commentId": fmt.Sprintf("%s-comment-%d", p.RemoteID, i+1)}
}

// post returns a post of the timeline, with n.mu held.
func (n *Network) post(remoteID string) (*Post, error) {
	i := slices.IndexFunc(n.posts, func(p Post) bool { return p.RemoteID == remoteID })
	if i < 0 {
		return nil, &refusal{status: 404, code: "POST", message: "there is no post " + remoteID}
	}
	return &n.posts[i], nil
}

// Readable is the scripted network's adapter that can read posts back.
type Readable struct{ *Provider }

// Inspect finds every post shown that is on the timeline; Stand scripts another answer.
func (p Readable) Inspect(ctx context.Context, s *core.Session, remoteID string) (core.Standing, string, error) {
	shown, err := bearerOf(ctx, s)
	if err != nil {
		return "", "", err
	}
	err = p.call(ctx, shown, Call{Op: OpInspect, Author: s.Account.RemoteID, Item: remoteID}, func() error {
		_, err := p.post(remoteID)
		return err
	})
	switch core.KindOf(err) { //nolint:exhaustive // the others are errors
	case "":
		return core.StandingShown, "", nil
	case core.KindNotFound:
		return core.StandingGone, "", nil
	case core.KindUncertain:
		e := core.AsError(err)
		return core.Standing(e.Message), e.Help, nil
	}
	return "", "", err
}

// Stand answers an inspection with a standing and the network's reason.
func Stand(standing core.Standing, reason string) Behaviour {
	return Fail(&core.Error{Kind: core.KindUncertain, Message: string(standing), Help: reason})
}

var _ core.Inspector = Readable{}
