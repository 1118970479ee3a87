package engage

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

// CommentText is what is written.
type CommentText struct {
	Text     string
	Mentions []core.MentionRef
	Media    []core.MediaRef
}

// NewComment is a request to comment on a post.
type NewComment struct {
	CommentText
	Attempt
	Post PostRef
}

// NewReply is a request to reply to a comment.
type NewReply struct {
	CommentText
	Attempt
	Comment CommentRef
}

// Written is what became of a request to write a comment.
type Written struct {
	ID       string // this server's id of the comment
	SourceID string // of the comment that it replies to, as the request has it
	PostID   string // this server's id of the post, or the network's when that is all there is
	Results  []Result[core.Comment]
}

// AddComment writes a comment below a post, on every chosen network. Each network is sent
// the comment at most once; one whose answer is lost is looked for. An error means that
// nothing was sent.
func (s *Service) AddComment(ctx context.Context, profileID string, n NewComment) (Written, error) {
	targets, err := s.resolve(ctx, profileID, n.Post)
	if err != nil {
		return Written{}, err
	}
	drafts := make([]draft, len(targets))
	for i, t := range targets {
		drafts[i] = draft{Target: t, CommentDraft: n.below(t.RemoteID, "")}
	}
	w, err := s.write(ctx, profileID, drafts, n.Attempt)
	w.PostID = n.Post.ID
	return w, err
}

// Reply writes a reply to a comment, on every network that has it; see AddComment.
func (s *Service) Reply(ctx context.Context, profileID string, n NewReply) (Written, error) {
	found, err := s.comments(ctx, profileID, n.Comment)
	if err != nil {
		return Written{}, err
	}
	drafts := make([]draft, len(found))
	for i, c := range found {
		drafts[i] = draft{Target: c.Target, CommentDraft: n.below(c.RemoteID, c.CommentID)}
	}
	w, err := s.write(ctx, profileID, drafts, n.Attempt)
	w.SourceID = n.Comment.ID
	w.PostID = cmp.Or(found[0].PostID, found[0].RemoteID)
	for _, r := range w.Results {
		w.PostID = cmp.Or(w.PostID, r.Value.PostID)
	}
	return w, err
}

func (t CommentText) below(postID, parentID string) core.CommentDraft {
	return core.CommentDraft{PostID: postID, ParentID: parentID, Text: t.Text, Mentions: t.Mentions, Media: t.Media}
}

// draft is a comment for one account.
type draft struct {
	Target
	core.CommentDraft
}

// write checks all the drafts, and then sends them; of those that may have been sent before it
// finds out what became.
func (s *Service) write(ctx context.Context, profileID string, drafts []draft, n Attempt) (Written, error) {
	if err := s.check(drafts); err != nil {
		return Written{}, err
	}
	n, err := n.begin(ctx, s.clock.Now())
	if err != nil {
		return Written{}, err
	}
	ctx = context.WithoutCancel(ctx) // what has begun is brought to its end
	byTarget := make(map[string]core.CommentDraft, len(drafts))
	targets := make([]Target, len(drafts))
	for i, d := range drafts {
		targets[i] = d.Target
		byTarget[d.Account.ID] = n.named(d.CommentDraft, d.Account)
	}
	w := Written{ID: core.NewID(s.clock.Now())}
	w.Results = each(targets, func(t Target) (core.Comment, Freshness, error) {
		draft := byTarget[t.Account.ID]
		if n.Earlier != nil {
			c, err := s.sendAgain(ctx, t, draft, n)
			return c, Freshness{}, err
		}
		c, err := s.send(ctx, t, draft, n)
		switch {
		case err == nil:
			s.remember(ctx, profileID, w.ID, t, draft, c)
		case draft.ParentID == "": // of a reply, the comment may be what is gone
			err = named(err, "", t)
		}
		return c, Freshness{}, err
	})
	if n.Earlier != nil {
		w.ID = s.rememberFound(ctx, profileID, w.Results, byTarget)
	}
	return w, nil
}

// check asks every network whether it takes the comment. Where it goes to several, one
// that is refused lets none go out.
func (s *Service) check(drafts []draft) error {
	var problems core.Errors
	for _, d := range drafts {
		discussion, err := ability[core.Discussion](s, d.Account.Platform, "comments")
		if err == nil && d.err == nil {
			err = discussion.CheckComment(d.Account, d.CommentDraft)
		}
		if err == nil {
			err = d.err
		}
		if err != nil {
			problems = append(problems, core.AsErrors(err)...)
		}
	}
	return problems.OrNil()
}

// CommentRef names a comment: by this server's id, or by the network's.
type CommentRef struct {
	ID     string
	Native bool // the id is the network's; then one platform, or one account, has to be named
	// RemotePostID is the network's id of the post that a native comment is below. Some
	// networks' ids of comments tell it.
	RemotePostID string
	Platforms    []string
	AccountIDs   []string
}

// commentTarget is a comment on the network of one account.
type commentTarget struct {
	Target
	CommentID string // the network's
	RecordID  string // this server's; empty: it was not written through this server
}

// comments finds where a comment is.
func (s *Service) comments(ctx context.Context, profileID string, ref CommentRef) ([]commentTarget, error) {
	if ref.Native {
		return s.nativeComment(ctx, profileID, ref)
	}
	records, err := s.store.GetComment(ctx, profileID, ref.ID)
	if errors.Is(err, store.ErrNotFound) {
		return nil, commentNotFound(ref.ID)
	}
	if err != nil {
		return nil, err
	}
	var found []commentTarget
	chosen := PostRef{Platforms: ref.Platforms, AccountIDs: ref.AccountIDs}
	for _, r := range records {
		if !chosen.selects(r.AccountID, r.Platform) {
			continue
		}
		t, err := s.targetOfRecord(ctx, r)
		if err != nil {
			return nil, err
		}
		found = append(found, t)
	}
	if len(found) == 0 {
		return nil, &core.Error{
			Kind: core.KindInvalid, Field: "platforms", Message: "the comment was not written on the networks that platforms names",
		}
	}
	return found, nil
}

func (s *Service) targetOfRecord(ctx context.Context, r store.Comment) (commentTarget, error) {
	t := commentTarget{
		Target:    Target{PostID: r.PostID, RemoteID: r.RemotePostID},
		CommentID: r.RemoteID, RecordID: r.ID,
	}
	account, err := s.store.GetAccount(ctx, r.AccountID)
	if errors.Is(err, store.ErrNotFound) {
		t.Account = core.Account{ID: r.AccountID, Platform: r.Platform}
		t.err = &core.Error{
			Kind: core.KindInvalid, Code: core.CodeNotLinked, Platform: r.Platform,
			Message: "the account that wrote the comment is no longer linked",
		}
		return t, nil
	}
	t.Account = account
	return t, err
}

// nativeComment finds the account that works on a comment which is named by the network's
// id: the chosen one, or else the one that wrote it through this server, or the default one.
func (s *Service) nativeComment(ctx context.Context, profileID string, ref CommentRef) ([]commentTarget, error) {
	post := PostRef{ID: ref.RemotePostID, Native: true, Platforms: ref.Platforms, AccountIDs: ref.AccountIDs}
	target, err := s.native(ctx, profileID, post)
	if err != nil {
		return nil, err
	}
	candidates := []core.Account{target.Account}
	if len(ref.AccountIDs) == 0 {
		if candidates, err = s.linked(ctx, profileID, target.Account.Platform); err != nil {
			return nil, err
		}
	}
	for _, a := range candidates {
		record, err := s.store.FindComment(ctx, a.ID, ref.ID)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		t, err := s.targetOfRecord(ctx, record)
		return []commentTarget{t}, err
	}
	return []commentTarget{{Target: target, CommentID: ref.ID}}, nil
}

func commentNotFound(id string) error {
	return &core.Error{
		Kind: core.KindNotFound, Code: core.CodeCommentNotFound, Field: "commentId",
		Message: fmt.Sprintf("no comment of this profile has the id %q", id),
		Help:    "Use the commentId of the answer to POST /comments; or send searchPlatformId:true, and the network in platforms, with an id of the network itself.",
	}
}
