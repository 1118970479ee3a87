package engage

import (
	"context"
	"slices"

	"github.com/crier-social/crier/core"
)

// Listed is a comment of a network's list.
type Listed struct {
	core.Comment
	// RecordID is this server's id of a comment that was written through it.
	RecordID string
	// Part tells that the post itself goes on in it, as a thread: what the network takes for
	// a comment is none.
	Part    bool
	Replies []Listed // in place of those of Comment
}

// commentsOf is what the lists of comments that an account sees are about: all posts, since
// the network's id of a comment need not tell its post.
func commentsOf(accountID string) subject { return subject{kind: "comments", accountID: accountID} }

// Comments lists the comments of a post on every chosen network, oldest first.
func (s *Service) Comments(ctx context.Context, profileID string, ref PostRef) ([]Result[[]Listed], error) {
	targets, err := s.resolve(ctx, profileID, ref)
	if err != nil {
		return nil, err
	}
	return each(targets, func(t Target) ([]Listed, Freshness, error) { return s.list(ctx, t) }), nil
}

// Comment finds one comment among those of its post, on every network that has it; a
// network that does not have it any more answers with no comment.
func (s *Service) Comment(ctx context.Context, profileID string, ref CommentRef) ([]Result[[]Listed], error) {
	found, err := s.comments(ctx, profileID, ref)
	if err != nil {
		return nil, err
	}
	targets, wanted := make([]Target, len(found)), map[string]string{}
	for i, c := range found {
		if c.RemoteID == "" {
			return nil, &core.Error{
				Kind: core.KindInvalid, Field: "postId",
				Message: "the comment was not written through this server: send the network's id of its post as postId",
			}
		}
		targets[i], wanted[c.Account.ID] = c.Target, c.CommentID
	}
	return each(targets, func(t Target) ([]Listed, Freshness, error) {
		all, fresh, err := s.list(ctx, t)
		return pick(all, wanted[t.Account.ID]), fresh, err
	}), nil
}

// pick finds a comment in a list and among its replies.
func pick(list []Listed, id string) []Listed {
	for _, c := range list {
		if c.ID == id {
			return []Listed{c}
		}
		if found := pick(c.Replies, id); len(found) > 0 {
			return found
		}
	}
	return []Listed{}
}

// reading is a network's list of comments, with what it warned of.
type reading struct {
	comments []core.Comment
	warnings []core.Warning
}

// list returns the comments of a post on one network.
func (s *Service) list(ctx context.Context, t Target) ([]Listed, Freshness, error) {
	discussion, err := ability[core.Discussion](s, t.Account.Platform, "comments")
	if err != nil {
		return nil, Freshness{}, err
	}
	key := cacheKey{commentsOf(t.Account.ID), t.RemoteID}
	read, fresh, err := recall(ctx, s.cache, key, CommentsTTL, func(ctx context.Context) (reading, error) {
		asker := Target{Account: t.Account, told: &told{}}
		comments, err := act(ctx, s, asker, func(ctx context.Context, session *core.Session) ([]core.Comment, error) {
			return discussion.Comments(ctx, session, t.RemoteID)
		})
		return reading{comments, asker.told.all()}, err
	})
	if err != nil {
		return nil, fresh, err
	}
	for _, w := range read.warnings {
		t.told.add(w)
	}
	records, err := s.store.ListComments(ctx, t.Account.ID, t.RemoteID)
	if err != nil {
		return nil, fresh, err
	}
	ids := make(map[string]string, len(records))
	for _, r := range records {
		ids[r.RemoteID] = r.ID
	}
	return t.listed(read.comments, ids), fresh, nil
}

// listed adds to comments what this server knows of them: its ids, and which are parts of the
// post. The originals, which are kept, stay as they are.
func (t Target) listed(comments []core.Comment, ids map[string]string) []Listed {
	out := make([]Listed, len(comments))
	for i, c := range comments {
		out[i] = Listed{Comment: c, RecordID: ids[c.ID], Part: slices.Contains(t.Parts, c.ID), Replies: t.listed(c.Replies, ids)}
	}
	return out
}
