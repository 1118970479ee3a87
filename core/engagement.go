package core

import (
	"context"
	"time"
)

// The interfaces of this file are found on a Provider by type assertion. Their methods
// are safe for concurrent use, work with a Session that has no checkpoint, and may take
// as long as their context allows. None of them retries a request that cannot be
// repeated: of such a one, a KindTemporary error without Unsent may have taken effect.

// Editor is a Provider that can change the text of what it published.
type Editor interface {
	// Edit replaces the text. It may be repeated. Its errors of KindInvalid are the same
	// as those of Plan for the same text.
	Edit(ctx context.Context, s *Session, remoteID string, e Edit) error
}

// Edit is a new text for a published post.
type Edit struct {
	Text     string
	Mentions []MentionRef
}

// CommentSwitch is a Provider that can close and open the comments of a post. It may be
// repeated.
type CommentSwitch interface {
	SetComments(ctx context.Context, s *Session, remoteID string, open bool) error
}

// Comment is a comment on a post.
type Comment struct {
	ID        string // the network's
	PostID    string // the network's id of the post that it was asked for
	ParentID  string // the comment that it replies to
	Text      string
	From      Commenter
	CreatedAt time.Time // zero: unknown
	Likes     int
	Hidden    bool
	Own       bool // by the account
	Replies   []Comment
	// Extra is what this network's answers carry besides.
	Extra map[string]any
}

// Commenter is who wrote a comment.
type Commenter struct {
	ID       string // the network's
	Name     string
	Username string
}

// CommentDraft is a comment to be written.
type CommentDraft struct {
	// PostID is the network's. It is empty in a reply to a comment whose id alone is known;
	// a network whose ids of comments do not tell the post refuses that.
	PostID   string
	ParentID string // the comment to reply to; empty: the post itself
	Text     string
	Mentions []MentionRef
	Media    []MediaRef
	// At is when the comment was begun, which is the time that it shows: whole milliseconds, in
	// UTC. Key is its name among the comments of the account, in no form that a network knows.
	// Both are chosen before anything is sent, and are the same whenever the comment is sent or
	// looked for. Where clients name what they write, the name of the comment is derived from
	// both, so that writing it twice is writing one comment, and looking for it is exact; other
	// networks pass over them. An empty Key is that of a comment which was sent without one:
	// it can be looked for, but not be sent.
	At  time.Time
	Key string
}

// Discussion is a Provider that can read and write comments.
type Discussion interface {
	// CheckComment checks everything that needs no network. It is pure.
	CheckComment(as Account, d CommentDraft) error
	// AddComment writes a comment with exactly one irreversible request.
	AddComment(ctx context.Context, s *Session, d CommentDraft) (Comment, error)
	// FindComment looks for a comment of the account whose answer was lost. Not found
	// with a nil error proves that there is none.
	FindComment(ctx context.Context, s *Session, d CommentDraft, since time.Time) (c Comment, found bool, err error)
	// Comments lists the comments of a post, oldest first, with their replies.
	Comments(ctx context.Context, s *Session, postID string) ([]Comment, error)
	// DeleteComment deletes a comment of the account. It may be repeated. postID is empty as
	// in CommentDraft.
	DeleteComment(ctx context.Context, s *Session, postID, commentID string) error
}

// RepeatableComments is a Discussion whose AddComment may be sent more than once, also while an
// earlier one is under way, as Repeatable is a publication: what became of a lost answer need
// not be waited for.
type RepeatableComments interface {
	Discussion
	// CommentsRepeatable tells that AddComment with the same draft but for what Text, Mentions
	// and Media say, at any time and by any process, has no effect beyond that of the first one
	// that arrives. Sent again it returns the one comment, in the words that are there. It
	// undoes a deletion of the comment.
	//
	// FindComment may be asked right after AddComment: "not found" proves then that it has had
	// no effect yet, and that it never will only when no request can be under way any more,
	// which the caller waits for.
	CommentsRepeatable() bool
}

// Analytics is a set of figures as this network's clients know them.
type Analytics struct {
	Values map[string]any
	// Warnings name the figures that could not be had, and why.
	Warnings []Warning
}

// AnalyticsQuery narrows the figures of an account.
type AnalyticsQuery struct {
	Quarters int  // of a year, backwards from now; 0: all there is
	Daily    bool // by day
}

// Analyst is a Provider that knows how posts and accounts fare.
type Analyst interface {
	// PostAnalytics returns the figures of published posts by the network's ids. Posts
	// that the network does not know are left out.
	PostAnalytics(ctx context.Context, s *Session, remoteIDs []string) (map[string]Analytics, error)
	AccountAnalytics(ctx context.Context, s *Session, q AnalyticsQuery) (Analytics, error)
}

// Archive is a Provider that can list what the account has on the network, by whatever
// means it got there.
type Archive interface {
	// Posts returns a page of posts, newest first, as this network's clients know them.
	// Each has at least "id", "post" and "created".
	Posts(ctx context.Context, s *Session, q ArchiveQuery) (ArchivePage, error)
}

// ArchiveQuery selects a page of posts.
type ArchiveQuery struct {
	Limit         int    // at most this many
	Next          string // from the page before; empty: the first
	SkipAnalytics bool
}

// ArchivePage is a page of posts.
type ArchivePage struct {
	Posts    []map[string]any
	Next     string // empty: the last page
	Warnings []Warning
}

// Directory is a Provider that can look up whom a post may mention.
type Directory interface {
	// Search returns whom the text may mean, the most likely first: a handle, an
	// address of a profile, an id, or the beginning of a name, as far as the network
	// lets the account search.
	Search(ctx context.Context, s *Session, q DirectoryQuery) ([]DirectoryEntry, error)
}

// DirectoryQuery is a search for people and organizations.
type DirectoryQuery struct {
	Text       string
	PeopleOnly bool
}

// DirectoryEntry is a person or an organization that can be mentioned.
type DirectoryEntry struct {
	ID          string      `json:"id"` // the network's
	Kind        AccountKind `json:"type"`
	Name        string      `json:"name"`
	VanityName  string      `json:"vanityName,omitempty"`
	Website     string      `json:"website,omitempty"`
	Description string      `json:"description,omitempty"`
	ProfileURL  string      `json:"profileUrl,omitempty"`
	ImageURL    string      `json:"image,omitempty"`
	// Mention is what mentions them in a text.
	Mention string `json:"mention"`
}

// Catalog is a Provider that knows by what an audience can be chosen.
type Catalog interface {
	// Facets lists the criteria. It needs no network.
	Facets() []Facet
	// FacetValues returns the values of a criterion that match the text, the best first;
	// an empty text matches all. s is nil when no account is linked: what is not known
	// without asking is then left out.
	FacetValues(ctx context.Context, s *Session, facet, text string, limit int) ([]FacetValue, error)
}

// Facet is a criterion.
type Facet struct {
	Name string `json:"name"` // its key in the options
	Help string `json:"help"`
}

// FacetValue is one value of a criterion.
type FacetValue struct {
	Name string `json:"name"`
	ID   string `json:"id"` // as the network has it
	// Code is a shorter name that is understood as well: "DE".
	Code string `json:"code,omitempty"`
}

// Physician is a Provider that can tell what is missing for it to work, in plain words.
type Physician interface {
	// Examine looks at the operator's app and, if s is not nil, at an account.
	Examine(ctx context.Context, s *Session) []Finding
}

// FindingStatus says how a thing stands.
type FindingStatus string

// The ways in which a thing can stand.
const (
	FindingOK      FindingStatus = "ok"
	FindingWarning FindingStatus = "warning" // works, but not for ever or not in full
	FindingMissing FindingStatus = "missing" // has to be mended
	FindingUnknown FindingStatus = "unknown" // could not be found out
)

// Finding is the answer to one question.
type Finding struct {
	Check   string        `json:"check"` // "api version", "scopes", "page role"
	Status  FindingStatus `json:"status"`
	Message string        `json:"message"`
	Help    string        `json:"help,omitempty"`
	URL     string        `json:"url,omitempty"` // where to ask for it
	// Code is the number of the error behind it. Findings of grants have one alone, where the
	// operator has to mend something.
	Code Code `json:"code,omitempty"`
}

// Event is something that happened by itself and that the operator should know.
type Event struct {
	Name     string // "api_version_changed"
	Platform string
	Message  string
}
