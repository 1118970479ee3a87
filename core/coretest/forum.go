package coretest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/crier-social/crier/core"
)

// The operations of a forum, besides those of every scripted network.
const (
	OpComment       Op = "comment"
	OpFindComment   Op = "find comment"
	OpComments      Op = "comments"
	OpDeleteComment Op = "delete comment"
	OpEdit          Op = "edit"
	OpSetComments   Op = "set comments"
	OpAnalytics     Op = "analytics"
	OpArchive       Op = "archive"
	OpDirectory     Op = "directory"
	OpFacets        Op = "facets"
)

// MaxComment is how many characters a comment has at most on a forum.
const MaxComment = 100

// MaxComments is how many comments of a post a forum lists.
const MaxComments = 50

// Forum is the adapter of a scripted network with everything that surrounds a post:
// comments, edits, figures, the archive, the directory and the catalog of audiences.
type Forum struct {
	*Provider
	comments []core.Comment // in the order of writing, guarded by the network
	closed   map[string]bool
	named    map[name]string // ids of comments, on a network that knows keys
}

// name is what a comment is called by its author.
type name struct {
	author, key string
	at          int64 // nanoseconds
}

// NewForum returns an adapter in front of a network of its own.
func NewForum(c Config) *Forum { return ForumOf(NewProvider(c)) }

// ForumOf adds a forum to a network.
func ForumOf(p *Provider) *Forum {
	return &Forum{Provider: p, closed: map[string]bool{}, named: map[name]string{}}
}

// Written returns the comments that are not deleted, oldest first, without their replies.
func (f *Forum) Written() []core.Comment {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.comments)
}

// Closed tells whether the comments of a post are closed.
func (f *Forum) Closed(postID string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.closed[postID]
}

// Overhear puts a comment of somebody else below a post, and returns its id.
func (f *Forum) Overhear(postID, from, text string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.write(core.Comment{PostID: postID, Text: text, From: core.Commenter{ID: from, Name: "Name of " + from, Username: from}})
}

// write stores a comment, with the network locked.
func (f *Forum) write(c core.Comment) string {
	f.serial++
	if c.ID == "" {
		c.ID = fmt.Sprintf("comment-%d", f.serial)
	}
	if c.CreatedAt.IsZero() {
		c.CreatedAt = f.clock.Now()
	}
	f.comments = append(f.comments, c)
	return c.ID
}

// as makes one call as the account of the session.
func (f *Forum) as(ctx context.Context, s *core.Session, c Call, apply func() error) error {
	shown, err := bearerOf(ctx, s)
	if err != nil {
		return err
	}
	c.Author = s.Account.RemoteID
	return f.call(ctx, shown, c, apply)
}

// CheckComment checks the length.
func (f *Forum) CheckComment(_ core.Account, d core.CommentDraft) error {
	switch {
	case d.Text == "":
		return invalid("comment", "must not be empty", nil)
	case len([]rune(d.Text)) > MaxComment:
		return invalid("comment", fmt.Sprintf("must not have more than %d characters", MaxComment), nil)
	case len(d.Media) > 1:
		return invalid(d.Media[1].Field, "is one picture too many", nil)
	}
	return nil
}

// Nobody is the name of a mention that a forum leaves as plain text, with a warning.
const Nobody = "Nobody"

// doubt warns of the mentions of Nobody.
func doubt(s *core.Session, mentions []core.MentionRef) {
	for _, m := range mentions {
		if m.Name == Nobody {
			s.Warn(core.Warning{Code: core.CodeMention, Field: m.Field, Message: "this network cannot mention " + m.Name})
		}
	}
}

// CommentsRepeatable tells whether the network takes a comment once under its key.
func (f *Forum) CommentsRepeatable() bool { return f.commentKeys }

// nameOf is what a draft is called.
func nameOf(s *core.Session, d core.CommentDraft) name {
	return name{s.Account.RemoteID, d.Key, d.At.UnixNano()}
}

// byName looks for a comment by its name, with the network locked.
func (f *Forum) byName(called name) (core.Comment, bool) {
	id, known := f.named[called]
	i := slices.IndexFunc(f.comments, func(c core.Comment) bool { return c.ID == id })
	if !known || i < 0 {
		return core.Comment{}, false
	}
	return f.comments[i], true
}

// AddComment writes a comment.
func (f *Forum) AddComment(ctx context.Context, s *core.Session, d core.CommentDraft) (core.Comment, error) {
	doubt(s, d.Mentions)
	for i, ref := range d.Media {
		need := core.Need{Key: "comment", URL: ref.URL, Field: fieldOf(ref, i), Accept: []core.Accept{{Kind: core.MediaImage, MIME: imageTypes(), MaxBytes: maxBytes}}}
		if _, err := s.Fetch(ctx, need); err != nil {
			return core.Comment{}, err
		}
	}
	var written core.Comment
	err := f.as(ctx, s, Call{Op: OpComment, Item: d.PostID}, func() error {
		if !f.has(d.PostID) {
			return &refusal{status: 404, code: "POST", message: "there is no post " + d.PostID}
		}
		if f.closed[d.PostID] {
			return &refusal{status: 403, code: "CLOSED", message: "the comments are closed"}
		}
		called, there := nameOf(s, d), false
		if written, there = f.byName(called); there && f.commentKeys {
			return nil
		}
		var id string
		var at time.Time
		if f.commentKeys { // under its key it comes back as the same one
			id, at = f.named[called], d.At
		}
		f.named[called] = f.write(core.Comment{
			ID: id, CreatedAt: at, PostID: d.PostID, ParentID: d.ParentID, Text: d.Text, Own: true,
			From: core.Commenter{ID: s.Account.RemoteID}, Extra: map[string]any{"commentUrn": fmt.Sprintf("urn:%d", f.serial+1)},
		})
		written = f.comments[len(f.comments)-1]
		return nil
	})
	return written, err
}

// has tells whether there is such a post, with the network locked.
func (f *Forum) has(postID string) bool {
	return slices.ContainsFunc(f.posts, func(p Post) bool { return p.RemoteID == postID })
}

// FindComment looks for a comment by its author and name, or by author and content.
func (f *Forum) FindComment(ctx context.Context, s *core.Session, d core.CommentDraft, since time.Time) (found core.Comment, there bool, err error) {
	err = f.as(ctx, s, Call{Op: OpFindComment, Item: d.PostID}, func() error {
		if f.commentKeys {
			found, there = f.byName(nameOf(s, d))
			return nil
		}
		for _, c := range f.comments {
			if c.PostID == d.PostID && c.ParentID == d.ParentID && c.Text == d.Text && c.From.ID == s.Account.RemoteID && !c.CreatedAt.Before(since) {
				found, there = c, true
			}
		}
		return nil
	})
	return found, there, err
}

// Comments lists the comments of a post with their replies.
func (f *Forum) Comments(ctx context.Context, s *core.Session, postID string) ([]core.Comment, error) {
	var list []core.Comment
	err := f.as(ctx, s, Call{Op: OpComments, Item: postID}, func() error {
		list = f.below(s.Account.RemoteID, postID, "")
		return nil
	})
	if len(list) > MaxComments {
		list = list[:MaxComments]
		s.Warn(core.Warning{Message: "some comments are missing"})
	}
	return list, err
}

// below lists what was written below a comment, with the network locked.
func (f *Forum) below(reader, postID, parentID string) []core.Comment {
	var list []core.Comment
	for _, c := range f.comments {
		if c.PostID != postID || c.ParentID != parentID {
			continue
		}
		c.Own = c.From.ID == reader
		c.Replies = f.below(reader, postID, c.ID)
		list = append(list, c)
	}
	return list
}

// DeleteComment deletes a comment with its replies; one that is gone is no error.
func (f *Forum) DeleteComment(ctx context.Context, s *core.Session, _, commentID string) error {
	return f.as(ctx, s, Call{Op: OpDeleteComment, Item: commentID}, func() error {
		for _, c := range f.comments {
			if c.ID == commentID && c.From.ID != s.Account.RemoteID {
				return &refusal{status: 403, code: "AUTHOR", message: "the comment is another's"}
			}
		}
		f.comments = slices.DeleteFunc(f.comments, func(c core.Comment) bool { return c.ID == commentID || c.ParentID == commentID })
		return nil
	})
}

// Edit replaces the text of a post.
func (f *Forum) Edit(ctx context.Context, s *core.Session, remoteID string, e core.Edit) error {
	if problems := f.checkText(core.Draft{Text: e.Text}); len(problems) > 0 {
		return problems[0]
	}
	doubt(s, e.Mentions)
	return f.as(ctx, s, Call{Op: OpEdit, Item: remoteID}, func() error {
		for i := range f.posts {
			if f.posts[i].RemoteID == remoteID {
				f.posts[i].Text = e.Text
				return nil
			}
		}
		return &refusal{status: 404, code: "POST", message: "there is no post " + remoteID}
	})
}

// SetComments opens and closes the comments of a post.
func (f *Forum) SetComments(ctx context.Context, s *core.Session, remoteID string, open bool) error {
	return f.as(ctx, s, Call{Op: OpSetComments, Item: remoteID}, func() error {
		f.closed[remoteID] = !open
		return nil
	})
}

// PostAnalytics returns how many comments posts have.
func (f *Forum) PostAnalytics(ctx context.Context, s *core.Session, remoteIDs []string) (map[string]core.Analytics, error) {
	figures := map[string]core.Analytics{}
	err := f.as(ctx, s, Call{Op: OpAnalytics, Item: strings.Join(remoteIDs, " ")}, func() error {
		for _, id := range remoteIDs {
			if f.has(id) {
				figures[id] = core.Analytics{Values: map[string]any{"commentCount": len(f.below("", id, ""))}}
			}
		}
		return nil
	})
	return figures, err
}

// AccountAnalytics returns how many posts the account has.
func (f *Forum) AccountAnalytics(ctx context.Context, s *core.Session, q core.AnalyticsQuery) (core.Analytics, error) {
	var figures core.Analytics
	err := f.as(ctx, s, Call{Op: OpAnalytics, Item: fmt.Sprint(q.Quarters, q.Daily)}, func() error {
		figures.Values = map[string]any{"postCount": len(f.of(s.Account.RemoteID))}
		figures.Warnings = []core.Warning{{Message: "views are not counted"}}
		return nil
	})
	return figures, err
}

// of lists the posts of an author, newest first, with the network locked.
func (f *Forum) of(author string) []Post {
	list := slices.DeleteFunc(slices.Clone(f.posts), func(p Post) bool { return p.Author != author })
	slices.Reverse(list)
	return list
}

// Posts lists what the account has on the network.
func (f *Forum) Posts(ctx context.Context, s *core.Session, q core.ArchiveQuery) (core.ArchivePage, error) {
	var page core.ArchivePage
	err := f.as(ctx, s, Call{Op: OpArchive, Item: q.Next}, func() error {
		all := f.of(s.Account.RemoteID)
		if at := slices.IndexFunc(all, func(p Post) bool { return p.RemoteID == q.Next }); at >= 0 {
			all = all[at:]
		}
		for i, p := range all {
			if i == q.Limit {
				page.Next = p.RemoteID
				break
			}
			post := map[string]any{"id": p.RemoteID, "post": p.Text, "created": p.At.Format(time.RFC3339)}
			if !q.SkipAnalytics {
				post["commentCount"] = len(f.below("", p.RemoteID, ""))
			}
			page.Posts = append(page.Posts, post)
		}
		return nil
	})
	return page, err
}

// Search finds the members whose names begin with the text, and a page.
func (f *Forum) Search(ctx context.Context, s *core.Session, q core.DirectoryQuery) ([]core.DirectoryEntry, error) {
	var found []core.DirectoryEntry
	err := f.as(ctx, s, Call{Op: OpDirectory, Item: q.Text}, func() error {
		for _, m := range f.members {
			if strings.HasPrefix(m.Name, q.Text) {
				found = append(found, core.DirectoryEntry{ID: m.RemoteID, Kind: core.AccountPerson, Name: m.Name, Mention: "@" + m.RemoteID})
			}
		}
		if !q.PeopleOnly {
			found = append(found, core.DirectoryEntry{ID: PageID, Kind: core.AccountOrganization, Name: "Page 1", Mention: "@" + PageID})
		}
		return nil
	})
	if err == nil && len(found) == 0 {
		s.Warn(core.Warning{Code: core.CodeMention, Field: "search", Message: "search by the beginning of a name"})
	}
	return found, err
}

// Facets lists the one criterion of an audience.
func (f *Forum) Facets() []core.Facet {
	return []core.Facet{{Name: "countries", Help: "Where the followers live."}}
}

// FacetValues returns countries; some only with a session.
func (f *Forum) FacetValues(ctx context.Context, s *core.Session, _, text string, limit int) ([]core.FacetValue, error) {
	values := []core.FacetValue{{Name: "Finland", ID: "1", Code: "FI"}, {Name: "France", ID: "2", Code: "FR"}, {Name: "Norway", ID: "3", Code: "NO"}}
	if s != nil {
		err := f.as(ctx, s, Call{Op: OpFacets, Item: text}, func() error {
			values = append(values, core.FacetValue{Name: "Fiji", ID: "4", Code: "FJ"})
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	values = slices.DeleteFunc(values, func(v core.FacetValue) bool { return !strings.HasPrefix(v.Name, text) })
	return values[:min(limit, len(values))], nil
}

var (
	_ core.RepeatableComments = (*Forum)(nil)

	_ core.Editor        = (*Forum)(nil)
	_ core.CommentSwitch = (*Forum)(nil)
	_ core.Analyst       = (*Forum)(nil)
	_ core.Archive       = (*Forum)(nil)
	_ core.Directory     = (*Forum)(nil)
	_ core.Catalog       = (*Forum)(nil)
)
