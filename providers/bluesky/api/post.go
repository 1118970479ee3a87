package api

import "github.com/crier-social/crier/providers/bluesky/richtext"

// The types of what a post can show.
const (
	EmbedImages          = "app.bsky.embed.images"
	EmbedVideo           = "app.bsky.embed.video"
	EmbedExternal        = "app.bsky.embed.external"
	EmbedRecord          = "app.bsky.embed.record"
	EmbedRecordWithMedia = "app.bsky.embed.recordWithMedia"
)

// Post is the record of a post.
// https://github.com/bluesky-social/atproto/blob/main/lexicons/app/bsky/feed/post.json
type Post struct {
	Type      string           `json:"$type"` // CollectionPost
	Text      string           `json:"text"`
	Facets    []richtext.Facet `json:"facets,omitempty"`
	Reply     *Reply           `json:"reply,omitempty"`
	Embed     *Embed           `json:"embed,omitempty"`
	Langs     []string         `json:"langs,omitempty"`
	Labels    *SelfLabels      `json:"labels,omitempty"`
	Tags      []string         `json:"tags,omitempty"`
	CreatedAt string           `json:"createdAt"`
}

// Reply names what a post answers, and the post that its thread begins with.
type Reply struct {
	Root   Ref `json:"root"`
	Parent Ref `json:"parent"`
}

// Embed is what a post shows besides its text. Which fields it has, its type tells.
type Embed struct {
	Type string `json:"$type"`

	Images []Image `json:"images,omitempty"` // EmbedImages

	Video    *Blob     `json:"video,omitempty"` // EmbedVideo, with the next three
	Captions []Caption `json:"captions,omitempty"`
	Alt      string    `json:"alt,omitempty"`
	Ratio    *Ratio    `json:"aspectRatio,omitempty"`

	External *External `json:"external,omitempty"` // EmbedExternal

	// Record is a *Ref of EmbedRecord, and an *Embed of that type of EmbedRecordWithMedia,
	// which has Media as well.
	Record any    `json:"record,omitempty"`
	Media  *Embed `json:"media,omitempty"`
}

// Image is one of the pictures of a post.
type Image struct {
	Image Blob   `json:"image"`
	Alt   string `json:"alt"`
	Ratio *Ratio `json:"aspectRatio,omitempty"`
}

// Ratio is the shape of a picture.
type Ratio struct {
	Width  int `json:"width"`
	Height int `json:"height"`
}

// Caption is a file of captions in one language.
type Caption struct {
	Lang string `json:"lang"`
	File Blob   `json:"file"`
}

// External is the card of a link.
type External struct {
	URI         string `json:"uri"`
	Title       string `json:"title"`
	Description string `json:"description"`
	Thumb       *Blob  `json:"thumb,omitempty"`
}

// SelfLabels are what an author says of a post.
// https://atproto.com/specs/label#self-labels-in-records
type SelfLabels struct {
	Type   string      `json:"$type"`
	Values []SelfLabel `json:"values"`
}

// SelfLabel is one of them.
type SelfLabel struct {
	Val string `json:"val"`
}

// NewSelfLabels returns the labels of these values, nil for none.
func NewSelfLabels(values []string) *SelfLabels {
	if len(values) == 0 {
		return nil
	}
	l := &SelfLabels{Type: "com.atproto.label.defs#selfLabels"}
	for _, v := range values {
		l.Values = append(l.Values, SelfLabel{v})
	}
	return l
}

// Repost is the record of a repost.
type Repost struct {
	Type      string `json:"$type"` // CollectionRepost
	Subject   Ref    `json:"subject"`
	CreatedAt string `json:"createdAt"`
}

// Threadgate says who may answer a thread. Its key is that of the post which begins it.
// https://github.com/bluesky-social/atproto/blob/main/lexicons/app/bsky/feed/threadgate.json
type Threadgate struct {
	Type      string `json:"$type"` // CollectionThreadgate
	Post      string `json:"post"`
	Allow     []Rule `json:"allow,omitzero"` // nil: everybody; empty: nobody
	CreatedAt string `json:"createdAt"`
	// Hidden are the replies that the author does not want to be shown.
	Hidden []string `json:"hiddenReplies,omitempty"`
}

// Rule lets some people do something.
type Rule struct {
	Type string `json:"$type"`
	List string `json:"list,omitempty"`
}

// The types of rules.
const (
	RuleMentioned = "app.bsky.feed.threadgate#mentionRule"
	RuleFollowing = "app.bsky.feed.threadgate#followingRule"
	RuleFollowers = "app.bsky.feed.threadgate#followerRule"
	RuleList      = "app.bsky.feed.threadgate#listRule"
	RuleNoQuotes  = "app.bsky.feed.postgate#disableRule"
)

// Postgate says how a post may be shown in others. Its key is the post's.
// https://github.com/bluesky-social/atproto/blob/main/lexicons/app/bsky/feed/postgate.json
type Postgate struct {
	Type      string `json:"$type"` // CollectionPostgate
	Post      string `json:"post"`
	Rules     []Rule `json:"embeddingRules"`
	CreatedAt string `json:"createdAt"`
}
