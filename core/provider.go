package core

import (
	"context"
	"encoding/json"
	"log/slog"
	"time"
)

// Provider turns drafts into publications for one network. It is safe for
// concurrent use.
//
// A provider never retries an irreversible call, and never sleeps for long: it
// returns an error of the right kind, or a Progress that says when to come back,
// and the queue does the waiting.
type Provider interface {
	// Info describes the network. It is constant: the version of the API that is in use
	// at the moment is Versioned's.
	Info() Info
	// Plan decodes this provider's options and checks everything that needs no
	// network. It is pure: same input, same answer. Its errors are of
	// KindInvalid or KindUnsupported, all problems at once (see Errors), each
	// with its Field.
	Plan(ctx context.Context, as Account, d Draft) (Publication, error)
}

// Publication is one draft bound to one account. One worker at a time calls its
// methods, in this order; after a crash another process plans the draft anew and
// goes on with the checkpoint.
type Publication interface {
	// Needs lists every remote file wanted, those named inside options included.
	Needs() []Need
	// Prepare does all repeatable work: uploads, waiting for processing. It is
	// called again until Ready, and once more when a post that was ready before
	// its time is due, possibly by another process, with whatever it last saved
	// in the checkpoint; what is saved there is not done twice.
	Prepare(ctx context.Context, s *Session) (Progress, error)
	// Commit makes the post visible: exactly one irreversible request, and no
	// other write. A KindTemporary error without Unsent means that the request
	// may have taken effect; so does a receipt without a RemoteID: an answer that does
	// not name the post does not prove it.
	Commit(ctx context.Context, s *Session) (Receipt, error)
}

// Preflighter is a Publication that can check more by asking the network,
// without changing anything there. It is asked when the files have been fetched, as
// far as they can be had: what they are may decide what to ask.
type Preflighter interface {
	Preflight(ctx context.Context, s *Session) error
}

// Reconciler is a Publication that can find out what became of a Commit whose
// answer was lost.
type Reconciler interface {
	// Reconcile answers found with the receipt when the post exists. Not found
	// with a nil error is proof that the Commit had no effect and never will:
	// the caller may then commit again. An error of KindInvalid or KindMedia is
	// proof that the network refuses the content, and so refused it then; after
	// any other error the outcome is unknown. since is when the Commit was
	// allowed to start at the earliest: after the clock was set back, that is a day or
	// more before. A post that the session says is taken is not the one. Where the network
	// refuses what it has already, or takes the same request twice as one, Reconcile may send
	// the identical request once more, and no other: what it makes is then found, and
	// so is the post that an error of KindDuplicate names, Inferred, even if it is taken.
	Reconcile(ctx context.Context, s *Session, since time.Time) (r Receipt, found bool, err error)
}

// Repeatable is a Reconciler whose Commit may be sent more than once, also while an earlier
// one is under way: what became of a lost answer need not be waited for.
type Repeatable interface {
	// Repeatable tells that the same Commit, with the same checkpoint, at any time and by any
	// process, has no effect beyond that of the first one that arrives, as when it writes under
	// a key that Prepare has saved. Sent again it returns the receipt of the one post, or an
	// error that leaves the outcome unknown. It undoes a deletion of the post.
	//
	// Reconcile of such a publication may be asked right after the Commit: "not found" proves
	// then that the Commit has had no effect yet, and that it never will only when no request
	// can be under way any more, which the caller waits for.
	Repeatable() bool
}

// Previewer is a Publication that can show what would be sent.
type Previewer interface {
	Preview() Preview
}

// Measurer is a Provider that counts the length of a text in its own way.
type Measurer interface {
	// TextLength is the length of a text in the unit of Limits.TextUnit, as Plan compares
	// it with Limits.TextLength when nobody is mentioned by a placeholder.
	TextLength(text string) int
}

// Weigher is a Provider that does not count the bytes of a text as it was written.
type Weigher interface {
	// TextBytes is the number of bytes that Plan compares with Limits.TextBytes when nobody is
	// mentioned by a placeholder.
	TextBytes(text string) int
}

// Normalizer is a Provider that can write option blocks that mean the same in one form, so
// that content which differs in nothing but its writing is recognised.
type Normalizer interface {
	// NormalOptions leaves out of a block what says no more than would hold without it. A
	// block that Plan refuses is returned as it is. It is pure, and Plan makes the same of
	// both forms.
	NormalOptions(block json.RawMessage) json.RawMessage
}

// Preview is what a publication would look like.
type Preview struct {
	Text     string         `json:"text"` // as a reader sees it
	Length   int            `json:"length"`
	Limit    int            `json:"limit"`
	Request  map[string]any `json:"request,omitempty"`  // what would be sent to the network
	Audience *Audience      `json:"audience,omitempty"` // of a post that only some are to see
	// Thread is what a text that becomes several posts becomes, in order, beginning with the post
	// that Text, Length and Limit tell of. Of a single post it is empty.
	Thread []PostPreview `json:"thread,omitempty"`
	// FirstComment is the comment that is to be put below it.
	FirstComment *CommentPreview `json:"firstComment,omitempty"`
	// Warnings are told when the post is accepted. Those that hold when it is prepared are
	// told by Preflight or Prepare once more: they take the place of these.
	Warnings []Warning `json:"-"`
}

// PostPreview is what a post of a thread would look like.
type PostPreview struct {
	Text   string `json:"text"` // as a reader sees it
	Length int    `json:"length"`
	Limit  int    `json:"limit"`
}

// CommentPreview is what a comment would look like.
type CommentPreview struct {
	Text   string `json:"text"` // as a reader sees it
	Length int    `json:"length"`
	Limit  int    `json:"limit"`
}

// Audience is how many people a post for some of the author's followers can reach.
type Audience struct {
	Count   int64 `json:"count"`   // people, as far as the network tells
	Minimum int64 `json:"minimum"` // that the network asks for
	// Exact tells that Count is the network's number for this very combination; otherwise
	// it is the most that there can be.
	Exact bool `json:"exact"`
	// Facets is the most that each criterion leaves by itself, as far as it is known.
	Facets map[string]int64 `json:"facets,omitempty"`
}

// Identifier is a Provider that can turn tokens into an account: it asks the
// network whom they belong to. remoteID is the author to post as; empty means
// the person who granted the tokens. The RemoteID of the answer is unique among all of the
// network, whatever server the account is on.
type Identifier interface {
	Identify(ctx context.Context, c Credentials, remoteID string) (Account, error)
}

// Deleter is a Provider that can delete what it published. Deleting what is
// gone already succeeds. The checkpoint of the session is what Prepare left of the post; one of
// another post, or none, is possible.
type Deleter interface {
	Delete(ctx context.Context, s *Session, remoteID string) error
}

// Describer is a Provider, or a Publication, that can describe a published post by its
// id alone.
type Describer interface {
	Receipt(as Account, remoteID string) Receipt
}

// Session is what an adapter may touch during one attempt.
type Session struct {
	Account Account
	// Token returns the access token. Its error is of KindAuth when there is none
	// to be had.
	Token func(ctx context.Context) (Secret, error)
	// Bound returns the access token and Credentials.Binding of the same credentials: those of
	// another grant may be for another server. It may be nil; adapters call BoundToken.
	Bound func(ctx context.Context) (token, binding Secret, err error)
	// DueAt is when the post is to appear. A Prepare that is called earlier is called once more
	// then. Zero, or in the past: now.
	DueAt time.Time
	// Fetch returns a file of the publication, checked against the need. Files
	// are fetched once for a post; asking again is cheap.
	Fetch func(ctx context.Context, n Need) (*Asset, error)
	// Page reads what a web page says about itself, for a card that links to it. Its
	// errors are of KindMedia, or KindTemporary.
	Page func(ctx context.Context, address string) (*Page, error)
	// Published returns the network's id of what a post of the same profile, named by
	// this server's id, was published as on this network; KindNotFound when there is no
	// such post, and KindInvalid when it is not published there.
	Published func(ctx context.Context, postID string) (remoteID string, err error)
	// Taken tells whether another post of this server is known to be published as
	// remoteID by the account, so that it is not the one whose answer was lost. It may be
	// nil; adapters call IsTaken.
	Taken      func(ctx context.Context, remoteID string) (bool, error)
	Checkpoint Checkpoint
	Clock      Clock
	Log        *slog.Logger

	// OnWarning, OnActivity and OnRefused may be nil; adapters call Warn, Report and Refuse.
	OnWarning  func(Warning)
	OnActivity func(Activity)
	OnRefused  func(token Secret, reason string)
	// OnNamed may be nil; an adapter that examines the account calls Name.
	OnNamed func(username string)
}

// Name tells what the network calls the account now, as Account.Username.
func (s *Session) Name(username string) {
	if s.OnNamed != nil {
		s.OnNamed(username)
	}
}

// Refuse tells that the network refused the token, where no error that is returned does.
func (s *Session) Refuse(token Secret, reason string) {
	if s.OnRefused != nil {
		s.OnRefused(token, reason)
	}
}

// BoundToken is Bound; without one, the token is bound to nothing.
func (s *Session) BoundToken(ctx context.Context) (token, binding Secret, err error) {
	if s.Bound != nil {
		return s.Bound(ctx)
	}
	token, err = s.Token(ctx)
	return token, "", err
}

// Ahead tells whether the post is prepared before its time.
func (s *Session) Ahead() bool { return s.DueAt.After(s.Clock.Now()) }

// Warn tells the author something without stopping the post. Repeating a
// warning has no effect.
func (s *Session) Warn(w Warning) {
	if s.OnWarning != nil {
		s.OnWarning(w)
	}
}

// IsTaken is Taken; without one, nothing is known to be another post's.
func (s *Session) IsTaken(ctx context.Context, remoteID string) (bool, error) {
	if s.Taken == nil || remoteID == "" {
		return false, nil
	}
	return s.Taken(ctx, remoteID)
}

// Report shows how far the work is.
func (s *Session) Report(a Activity) {
	if s.OnActivity != nil {
		s.OnActivity(a)
	}
}

// Checkpoint keeps an adapter's progress across attempts and processes.
type Checkpoint interface {
	// Load decodes what was last saved into v and tells whether there was any.
	Load(v any) (bool, error)
	// Save stores v durably. It fails when the delivery has passed to another
	// worker; the adapter then returns the error.
	Save(ctx context.Context, v any) error
}

// Stage is a phase of the work on a delivery that takes time.
type Stage string

// The stages.
const (
	StageDownload   Stage = "downloading"
	StageUpload     Stage = "uploading"
	StageProcessing Stage = "processing" // the network is at work on the media
	StagePublish    Stage = "publishing"
)

// Activity is a momentary measure of progress. Total is 0 when it is unknown.
type Activity struct {
	Stage Stage  `json:"stage"`
	Item  string `json:"item,omitempty"` // the need's field
	Done  int64  `json:"done,omitempty"` // bytes
	Total int64  `json:"total,omitempty"`
}

// Progress is the answer of Prepare.
type Progress struct {
	Ready bool
	After time.Duration // when to come back, if not ready
	Note  string        // what is waited for
}

// Author is somebody whom an account may post as.
type Author struct {
	RemoteID string      `json:"remoteId"` // the network's id
	Kind     AccountKind `json:"kind"`
}

// As returns the account as the post's author has it: what is done to a post is done in
// the name that it was published in.
func (r Receipt) As(a Account) Account {
	if r.Author.RemoteID != "" {
		a.RemoteID, a.Kind = r.Author.RemoteID, r.Author.Kind
	}
	return a
}

// Receipt is the proof of a published post.
type Receipt struct {
	// RemoteID names the post. Reconcile may leave it empty, when the network shows the post
	// without an id that can be used.
	RemoteID string `json:"remoteId,omitempty"`
	URL      string `json:"url,omitempty"`
	// Author is whom the post is by, where that is not the account itself.
	Author Author `json:"author,omitzero"`
	// Inferred means that the network named the post in a duplicate error and
	// nobody could read it back: the id may be that of a post which was deleted.
	Inferred bool `json:"inferred,omitempty"`
	// Parts name the posts in which a thread goes on: they are the author's post as well, although
	// the network may show them as comments on the first one.
	Parts []string `json:"parts,omitempty"`
	// Extra is what this network's answers carry besides, merged into the entry
	// of postIds.
	Extra map[string]any `json:"extra,omitempty"`
}
