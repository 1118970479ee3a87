package api

import (
	"context"
	"encoding/json"
	"net/url"
	"strconv"
)

// Profile is an account as an AppView shows it. The counts are nil where they are not told.
// https://docs.bsky.app/docs/api/app-bsky-actor-get-profile
type Profile struct {
	DID            string  `json:"did"`
	Handle         string  `json:"handle"` // "handle.invalid" if it does not lead back to the DID
	DisplayName    string  `json:"displayName"`
	Description    string  `json:"description"`
	Avatar         string  `json:"avatar"` // address of an image
	FollowersCount *int64  `json:"followersCount"`
	FollowsCount   *int64  `json:"followsCount"`
	PostsCount     *int64  `json:"postsCount"`
	Labels         []Label `json:"labels"`
}

// Label is what somebody says of a post or an account.
// https://atproto.com/specs/label
type Label struct {
	Source  string `json:"src"` // DID
	Value   string `json:"val"`
	Negated bool   `json:"neg"` // it is taken back
}

// PostView is a post as an AppView shows it. The counts are nil where they are not told.
type PostView struct {
	Ref

	Author    Profile         `json:"author"`
	Record    json.RawMessage `json:"record"`
	Embed     EmbedView       `json:"embed"`
	IndexedAt string          `json:"indexedAt"` // a time of RFC 3339
	Labels    []Label         `json:"labels"`

	LikeCount     *int64 `json:"likeCount"`
	RepostCount   *int64 `json:"repostCount"`
	ReplyCount    *int64 `json:"replyCount"`
	QuoteCount    *int64 `json:"quoteCount"`
	BookmarkCount *int64 `json:"bookmarkCount"`
}

// EmbedView is what a post shows besides its text: of each type of embed the part that holds
// files.
type EmbedView struct {
	Images []struct {
		Full string `json:"fullsize"` // address
	} `json:"images"`
	Playlist string     `json:"playlist"` // address of a video
	Media    *EmbedView `json:"media"`    // of a post that quotes as well
}

// Files returns the addresses of the files that are shown.
func (e EmbedView) Files() []string {
	var files []string
	for _, image := range e.Images {
		files = append(files, image.Full)
	}
	if e.Playlist != "" {
		files = append(files, e.Playlist)
	}
	if e.Media != nil {
		files = append(files, e.Media.Files()...)
	}
	return files
}

// Thread is a post with what was replied to it. Post is nil where it was deleted, or where
// one side has blocked the other.
type Thread struct {
	Post    *PostView `json:"post"`
	Replies []Thread  `json:"replies"`
}

// ThreadView is the answer to a question about a thread.
type ThreadView struct {
	Thread Thread `json:"thread"`
	Gate   struct {
		Record struct {
			HiddenReplies []string `json:"hiddenReplies"` // addresses
		} `json:"record"`
	} `json:"threadgate"`
}

// GetPostThread reads a post with the replies to it, down to a depth of at most 1,000.
// https://docs.bsky.app/docs/api/app-bsky-feed-get-post-thread
func (c *Client) GetPostThread(ctx context.Context, s Server, uri string, depth int) (ThreadView, error) {
	var out ThreadView
	params := url.Values{"uri": {uri}, "depth": {strconv.Itoa(depth)}, "parentHeight": {"0"}}
	err := c.query(ctx, s, "app.bsky.feed.getPostThread", params, &out)
	return out, err
}

// MaxPosts is how many posts GetPosts reads at once.
const MaxPosts = 25

// GetPosts reads posts. Those that are not there are left out.
// https://docs.bsky.app/docs/api/app-bsky-feed-get-posts
func (c *Client) GetPosts(ctx context.Context, s Server, uris []string) ([]PostView, error) {
	var out struct {
		Posts []PostView `json:"posts"`
	}
	err := c.query(ctx, s, "app.bsky.feed.getPosts", url.Values{"uris": uris}, &out)
	return out.Posts, err
}

// GetProfile reads a profile by handle or DID.
// https://docs.bsky.app/docs/api/app-bsky-actor-get-profile
func (c *Client) GetProfile(ctx context.Context, s Server, actor string) (Profile, error) {
	var out Profile
	err := c.query(ctx, s, "app.bsky.actor.getProfile", url.Values{"actor": {actor}}, &out)
	return out, err
}

// FeedPage is a page of somebody's posts and reposts.
type FeedPage struct {
	Feed []struct {
		Post PostView `json:"post"`
		// Reason is why the post is there although its author has not just written it; nil:
		// he has.
		Reason *struct {
			Type string `json:"$type"`
		} `json:"reason"`
	} `json:"feed"`
	Cursor string `json:"cursor"` // empty: the last page
}

// MaxFeed is how many entries GetAuthorFeed reads at once.
const MaxFeed = 100

// GetAuthorFeed reads a page of what somebody has posted, replies included, the newest first.
// https://docs.bsky.app/docs/api/app-bsky-feed-get-author-feed
func (c *Client) GetAuthorFeed(ctx context.Context, s Server, actor, cursor string, limit int) (FeedPage, error) {
	params := url.Values{"actor": {actor}, "filter": {"posts_with_replies"}, "limit": {strconv.Itoa(limit)}}
	if cursor != "" {
		params.Set("cursor", cursor)
	}
	var page FeedPage
	err := c.query(ctx, s, "app.bsky.feed.getAuthorFeed", params, &page)
	return page, err
}

// SearchActors finds accounts by the beginning of a name or a handle.
// https://docs.bsky.app/docs/api/app-bsky-actor-search-actors-typeahead
func (c *Client) SearchActors(ctx context.Context, s Server, q string, limit int) ([]Profile, error) {
	var out struct {
		Actors []Profile `json:"actors"`
	}
	params := url.Values{"q": {q}, "limit": {strconv.Itoa(limit)}}
	err := c.query(ctx, s, "app.bsky.actor.searchActorsTypeahead", params, &out)
	return out.Actors, err
}
