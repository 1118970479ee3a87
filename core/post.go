package core

import (
	"encoding/json"
	"strings"
	"time"
)

// PerPlatform is a value that may differ between networks, as clients write
// `post` and `mediaUrls`: one value for all, or an object with "default".
type PerPlatform[T any] struct {
	Default T            `json:"default"`
	By      map[string]T `json:"by,omitempty"` // keyed by network name
}

// For returns the value for a network.
func (p PerPlatform[T]) For(platform string) T {
	if v, ok := p.By[platform]; ok {
		return v
	}
	return p.Default
}

// MediaRef is one entry of mediaUrls: an https address, an asset that the
// network has already ("urn:…"), or a file that was uploaded to this server.
type MediaRef struct {
	URL   string `json:"url"`
	Field string `json:"field"`           // JSON path of the entry: "mediaUrls[2]"
	Video bool   `json:"video,omitempty"` // the client says that it is a video
}

// Remote tells whether the file lies on somebody's web server, where it may be changed
// at any time.
func (r MediaRef) Remote() bool {
	scheme, _, _ := strings.Cut(r.URL, "://")
	return strings.EqualFold(scheme, "https") || strings.EqualFold(scheme, "http")
}

// PostRequest is a post as its author asked for it: what `POST /post` decodes to
// and what is stored. Options stay raw; only the network's adapter reads them.
type PostRequest struct {
	Text      PerPlatform[string]     `json:"text"`
	Media     PerPlatform[[]MediaRef] `json:"media"`
	Platforms []string                `json:"platforms,omitempty"`
	// AccountIDs names exact accounts instead of, or besides, the default ones
	// of Platforms.
	AccountIDs []string                   `json:"accountIds,omitempty"`
	Options    map[string]json.RawMessage `json:"options,omitempty"` // keyed by network name
	// Mentions are whom the text's placeholders {{0}}, {{1}}, … stand for.
	Mentions []MentionRef `json:"mentions,omitempty"`
	// FirstComment is put below the post once it is published.
	FirstComment *FirstComment `json:"firstComment,omitempty"`
	// DisableComments keeps others from commenting on the post.
	DisableComments bool `json:"disableComments,omitempty"`
	// ScheduleAt is when the post is to appear; zero means at once.
	ScheduleAt time.Time `json:"scheduleAt,omitzero"`
	// AutoSchedule is the title of the schedule that ScheduleAt is a slot of; empty: none.
	AutoSchedule string `json:"autoSchedule,omitempty"`
	// AutoRepost has the post published again later; nil: once is enough.
	AutoRepost *AutoRepost `json:"autoRepost,omitempty"`
	// RequiresApproval keeps the post back until somebody approves of it.
	RequiresApproval bool `json:"requiresApproval,omitempty"`
	// AllowDuplicate lets the post out although the same content goes to the same account
	// within a day.
	AllowDuplicate bool `json:"allowDuplicate,omitempty"`
	// SkipValidation leaves the checks of a scheduled post to the time of sending.
	SkipValidation bool   `json:"skipValidation,omitempty"`
	Notes          string `json:"notes,omitempty"`
	// IdempotencyKey is the body field of that name: a profile can use each key once.
	IdempotencyKey string `json:"idempotencyKey,omitempty"`
}

// AutoRepost is how often and when a post is published again. Each repetition is a post
// of its own, scheduled when the first one is accepted.
type AutoRepost struct {
	Repeat  int       `json:"repeat"`           // repetitions, the first publication not counted
	Days    int       `json:"days"`             // between one publication and the next
	StartAt time.Time `json:"startAt,omitzero"` // of the first publication; zero: at once
}

// Draft returns what one network gets of the request.
func (r PostRequest) Draft(platform string) Draft {
	return Draft{
		Text:            orNone(r.Text.For(platform)),
		Media:           r.Media.For(platform),
		Options:         r.Options[platform],
		Mentions:        r.Mentions,
		FirstComment:    r.FirstComment,
		DisableComments: r.DisableComments,
	}
}

// Draft is the content of a post for one network. An adapter's Plan carries out every
// part of it or refuses it by name; it never leaves one out.
type Draft struct {
	Text            string // none where a reader would see nothing of it
	Media           []MediaRef
	Options         json.RawMessage // the network's own option block; nil when none was sent
	Mentions        []MentionRef    // by the number of their placeholder; see MentionRef.Platform
	FirstComment    *FirstComment
	DisableComments bool
}

// MentionRef is one entry of mentions: whom the placeholder {{n}} of the text stands
// for, n being the entry's place.
type MentionRef struct {
	Name string `json:"name,omitempty"` // as it is to be shown
	// ID is the network's own: a number, a URN, or a handle. It may be empty where the
	// network finds people by their name.
	ID string `json:"id"`
	// Company tells an organization from a person where the id does not; nil: not said.
	Company *bool `json:"isCompany,omitempty"`
	// Platform is the network that the entry is for; empty means every one. For the
	// other networks the placeholder becomes the plain name.
	Platform string `json:"platform,omitempty"`
	Field    string `json:"field"` // JSON path of the entry: "mentions[0]"
}

// FirstComment is a comment that the author of a post puts below it.
type FirstComment struct {
	Text  string     `json:"comment"`
	Media []MediaRef `json:"media,omitempty"`
}

// PostStatus is the state of a post as a whole. The values are stored.
type PostStatus string

// The states of a post.
const (
	PostOpen    PostStatus = "open"    // at least one delivery is still to end
	PostSuccess PostStatus = "success" // every delivery is published
	PostError   PostStatus = "error"   // refused, or a delivery failed or is uncertain
	PostDeleted PostStatus = "deleted" // cancelled, or deleted after publishing
	// A post that is held is to go out, but nothing of it does until it is released. No
	// delivery of it has been sent.
	PostPaused           PostStatus = "paused"            // by its author
	PostAwaitingApproval PostStatus = "awaiting approval" // as its author asked
)

// Post is one accepted (or refused) request.
type Post struct {
	ID        string      `json:"id"`
	ProfileID string      `json:"profileId"`
	Request   PostRequest `json:"request"`
	Status    PostStatus  `json:"status"`
	// Refusal lists why a post was refused before anything was sent; such a post
	// has no deliveries.
	Refusal Errors `json:"refusal,omitempty"`
	Retries int    `json:"retries,omitempty"` // how often its failed deliveries were started again
	// Revision counts the changes of Request that concern deliveries which have not gone
	// out. A delivery of an earlier revision begins again.
	Revision int `json:"revision,omitempty"`
	// ContentRevision is the last revision that changed what is published, and not only
	// whether and when.
	ContentRevision int `json:"contentRevision,omitempty"`
	// Before is set while a change is carried to the deliveries, which decide whether it
	// stands; nil: none is under way.
	Before *PostBefore `json:"before,omitempty"`
	// Withdrawn is the last revision that did not stand: a delivery was faster.
	Withdrawn int `json:"withdrawn,omitempty"`
	// ApprovedAt is when somebody approved of a post that requires it; zero: nobody has.
	ApprovedAt time.Time `json:"approvedAt,omitzero"`
	// ReleasedAt is when the post was last let go to be sent at once: it is due no earlier.
	ReleasedAt time.Time `json:"releasedAt,omitzero"`
	// SeriesID is the same for a post and its automatic repetitions; empty: it has none.
	SeriesID string `json:"seriesId,omitempty"`
	// AwaitedUntil is until when whoever sent the post waits for its outcome, which is told
	// in the answer then and by no notice; zero: nobody does.
	AwaitedUntil time.Time `json:"awaitedUntil,omitzero"`
	// Told is how the deliveries had ended when the outcome was last told, by a notice or to
	// whoever waited for it; empty: it was not told since the post was last started. It is
	// package publish's own.
	Told string `json:"told,omitempty"`
	// Outbox are the notices about the post that are not in the outbox of the store yet.
	Outbox    []Notice  `json:"outbox,omitempty"`
	CreatedAt time.Time `json:"createdAt"`
	Version   int64     `json:"version"` // counts updates; owned by the store
}

// PostBefore is what a change that does not stand brings back.
type PostBefore struct {
	Request    PostRequest `json:"request"`
	Status     PostStatus  `json:"status"`
	ApprovedAt time.Time   `json:"approvedAt,omitzero"`
	ReleasedAt time.Time   `json:"releasedAt,omitzero"`
	// Deliveries are those that had not been sent, by id. The change stands once each of
	// them has been stopped before it was.
	Deliveries []string `json:"deliveries"`
}

// DueAt is when the post is to go out: at the time that was asked for, or at once; and not
// before it was released, if it was held or moved to a time that had passed.
func (p Post) DueAt() time.Time {
	due := p.CreatedAt
	if p.Scheduled() {
		due = p.Request.ScheduleAt
	}
	if p.ReleasedAt.After(due) {
		return p.ReleasedAt
	}
	return due
}

// AwaitsApproval tells whether the post is to be approved and nobody has.
func (p Post) AwaitsApproval() bool { return p.Request.RequiresApproval && p.ApprovedAt.IsZero() }

// Held tells whether the post waits for its author.
func (p Post) Held() bool { return p.Status == PostPaused || p.Status == PostAwaitingApproval }

// Scheduled tells whether the author asked for a time.
func (p Post) Scheduled() bool { return !p.Request.ScheduleAt.IsZero() }

// DeliveryState is where one delivery stands. The values are stored.
type DeliveryState string

// The states of a delivery: accepted → preparing → committing → published,
// failed, uncertain or cancelled. Only the swap from preparing to committing
// permits the one irreversible call.
const (
	DeliveryAccepted   DeliveryState = "accepted"
	DeliveryPreparing  DeliveryState = "preparing"
	DeliveryCommitting DeliveryState = "committing"
	DeliveryPublished  DeliveryState = "published"
	DeliveryFailed     DeliveryState = "failed"
	DeliveryUncertain  DeliveryState = "uncertain"
	DeliveryCancelled  DeliveryState = "cancelled"
)

// Delivery is one post on its way to one account.
type Delivery struct {
	ID        string        `json:"id"` // derived from post and account: storing it twice is storing it once
	PostID    string        `json:"postId"`
	ProfileID string        `json:"profileId"`
	AccountID string        `json:"accountId"`
	Platform  string        `json:"platform"`
	State     DeliveryState `json:"state"`
	DueAt     time.Time     `json:"dueAt"`
	// Revision is that of the post which the delivery carries.
	Revision int `json:"revision,omitempty"`
	// Content is the same for deliveries of one account that carry the same content, and
	// for no others; empty: not known.
	Content string `json:"content,omitempty"`
	// Held means that the post is held: the delivery has no job, and none may commit it.
	Held bool `json:"held,omitempty"`

	// Fence is the lease under which the delivery was last taken up. A worker
	// whose lease is not this one may not commit.
	Fence string `json:"fence,omitempty"`
	// Failures counts the failed attempts that use up its patience.
	Failures int `json:"failures,omitempty"`
	// Checkpoint is what the adapter saved while preparing.
	Checkpoint json.RawMessage `json:"checkpoint,omitempty"`
	// CommittedAt is when the irreversible call was allowed; zero before.
	CommittedAt time.Time `json:"committedAt,omitzero"`
	// AgeDoubt is by how much the call may be older than CommittedAt says, because the
	// clock was set back since; usually 0.
	AgeDoubt time.Duration `json:"ageDoubt,omitempty"`
	// Reconciliations counts the attempts to find out what became of the present
	// lost answer.
	Reconciliations int `json:"reconciliations,omitempty"`
	// ReconcileAt is when the next of them is due; it says something only of an
	// uncertain delivery that is not settled.
	ReconcileAt time.Time `json:"reconcileAt,omitzero"`
	// RepeatedAt is when the present call was last sent again because it was not known whether
	// it had arrived; zero: it was not. See Repeatable.
	RepeatedAt time.Time `json:"repeatedAt,omitzero"`
	// Doubtful means that the answer to an irreversible call was lost at some time:
	// a duplicate that the network names from then on may be this very delivery.
	Doubtful bool `json:"doubtful,omitempty"`
	// Settled means that an uncertain delivery will not be looked into again.
	Settled bool `json:"settled,omitempty"`

	// WaitsFor tells people what is waited for between two attempts, and since when;
	// it says something only of a delivery that is being prepared.
	WaitsFor   string    `json:"waitsFor,omitempty"`
	WaitsSince time.Time `json:"waitsSince,omitzero"`
	// PutOffUntil is when a delivery that failed is tried again; zero while it is being tried.
	PutOffUntil time.Time `json:"putOffUntil,omitzero"`

	// FollowUps is what is done once the delivery is published, in order.
	FollowUps []FollowUp `json:"followUps,omitempty"`
	EditedAt  time.Time  `json:"editedAt,omitzero"` // the text was changed on the network
	// EditedText is the text since then; nil: it was not changed.
	EditedText *string `json:"editedText,omitempty"`

	Receipt  Receipt   `json:"receipt,omitzero"`
	Warnings []Warning `json:"warnings,omitempty"`
	Error    *Error    `json:"error,omitempty"` // the last failure; kept while it is retried
	// OtherErrors is what else is wrong with a delivery that failed, besides Error.
	OtherErrors Errors    `json:"otherErrors,omitempty"`
	PublishedAt time.Time `json:"publishedAt,omitzero"`
	DeletedAt   time.Time `json:"deletedAt,omitzero"` // deleted on the network
	CreatedAt   time.Time `json:"createdAt"`
	UpdatedAt   time.Time `json:"updatedAt"`
	Version     int64     `json:"version"` // counts updates; owned by the store
}

// Unsent tells whether the delivery is to go out, and nothing of it has been sent.
func (d Delivery) Unsent() bool {
	return d.State == DeliveryAccepted || d.State == DeliveryPreparing
}

// Final tells whether nothing more happens to the delivery by itself.
func (d Delivery) Final() bool {
	switch d.State {
	case DeliveryPublished, DeliveryFailed, DeliveryCancelled:
		return true
	case DeliveryUncertain:
		return d.Settled
	case DeliveryAccepted, DeliveryPreparing, DeliveryCommitting:
		return false
	}
	return false
}

// Idle tells whether nothing more happens to the delivery unless somebody asks for it.
func (d Delivery) Idle() bool { return d.Held || d.Final() }

// Alive tells whether the delivery is on its network, may be, or is to go there.
func (d Delivery) Alive() bool {
	switch d.State {
	case DeliveryPublished, DeliveryUncertain:
		return d.DeletedAt.IsZero()
	case DeliveryAccepted, DeliveryPreparing, DeliveryCommitting:
		return true
	case DeliveryFailed, DeliveryCancelled:
		return false
	}
	return false
}

// Warning is something that the author should know although the post goes out.
type Warning struct {
	Code    Code   `json:"code,omitempty"`
	Field   string `json:"field,omitempty"`
	Message string `json:"message"`
}
