package engage

import (
	"context"
	"errors"

	"github.com/crier-social/crier/core"
)

// Removed is what became of the comments of one account that were to be deleted.
type Removed struct {
	CommentIDs []string // the network's ids of those that are gone
	Warnings   []core.Warning
}

// DeleteComment deletes a comment of the profile's accounts. It may be repeated.
func (s *Service) DeleteComment(ctx context.Context, profileID string, ref CommentRef) ([]Result[Removed], error) {
	found, err := s.comments(ctx, profileID, ref)
	if err != nil {
		return nil, err
	}
	targets, byAccount := make([]Target, len(found)), map[string]commentTarget{}
	for i, c := range found {
		targets[i], byAccount[c.Account.ID] = c.Target, c
	}
	ctx = context.WithoutCancel(ctx)
	return each(targets, func(t Target) (Removed, Freshness, error) {
		c := byAccount[t.Account.ID]
		err := s.remove(ctx, t, c.CommentID, c.RecordID)
		if err != nil {
			return Removed{}, Freshness{}, err
		}
		return Removed{CommentIDs: []string{c.CommentID}}, Freshness{}, nil
	}), nil
}

// DeleteComments deletes all the comments that the accounts wrote below a post, those that
// were not written through this server included, but for the parts of the post itself. It may be
// repeated.
func (s *Service) DeleteComments(ctx context.Context, profileID string, ref PostRef) ([]Result[Removed], error) {
	targets, err := s.resolve(ctx, profileID, ref)
	if err != nil {
		return nil, err
	}
	ctx = context.WithoutCancel(ctx)
	return each(targets, func(t Target) (Removed, Freshness, error) {
		r, err := s.removeAll(ctx, t)
		return r, Freshness{}, err
	}), nil
}

// removeAll deletes the account's own comments below a post. Where the network does not
// let them be read, those that were written through this server are what is known.
func (s *Service) removeAll(ctx context.Context, t Target) (Removed, error) {
	out := Removed{CommentIDs: []string{}}
	if _, err := ability[core.Discussion](s, t.Account.Platform, "comments"); err != nil {
		return out, err
	}
	s.cache.forget(commentsOf(t.Account.ID))
	all, _, err := s.list(ctx, t)
	switch core.KindOf(err) {
	case "":
	case core.KindForbidden, core.KindUnsupported:
		out.Warnings = append(out.Warnings, core.Warning{
			Code:    core.CodeOf(core.AsError(err)),
			Message: "the comments of the post could not be read, so that only those written through this server were deleted: " + core.AsError(err).Message,
		})
	default:
		return out, err
	}
	records, err := s.store.ListComments(ctx, t.Account.ID, t.RemoteID)
	if err != nil {
		return out, err
	}
	recordIDs := map[string]string{}
	order := own(all)
	for _, r := range records {
		recordIDs[r.RemoteID] = r.ID
		order = append(order, r.RemoteID)
	}
	gone := map[string]bool{}
	var failures []error
	for _, id := range order {
		if gone[id] {
			continue
		}
		gone[id] = true
		if err := s.remove(ctx, t, id, recordIDs[id]); err != nil {
			failures = append(failures, err)
			continue
		}
		out.CommentIDs = append(out.CommentIDs, id)
	}
	return out, errors.Join(failures...)
}

// own lists the account's comments, replies before what they reply to: with a comment its
// replies are gone.
func own(comments []Listed) []string {
	var ids []string
	for _, c := range comments {
		ids = append(ids, own(c.Replies)...)
		if c.Own && !c.Part {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

// remove deletes one comment on its network, and records it. One that was deleted before may
// have been brought back by a request that was late.
func (s *Service) remove(ctx context.Context, t Target, commentID, recordID string) error {
	discussion, err := ability[core.Discussion](s, t.Account.Platform, "comments")
	if err != nil {
		return err
	}
	defer s.cache.forget(commentsOf(t.Account.ID))
	_, err = act(ctx, s, t, func(ctx context.Context, session *core.Session) (struct{}, error) {
		return struct{}{}, discussion.DeleteComment(ctx, session, t.RemoteID, commentID)
	})
	if err != nil || recordID == "" {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, bookkeepingTimeout)
	defer cancel()
	return s.store.DeleteComment(ctx, recordID, t.Account.ID, s.clock.Now())
}
