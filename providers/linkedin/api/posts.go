package api

import (
	"context"
	"net/http"

	"github.com/crier-social/crier/core"
)

// The values of a post's fields.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-api
const (
	VisibilityPublic      = "PUBLIC"
	VisibilityConnections = "CONNECTIONS"
	VisibilityLoggedIn    = "LOGGED_IN"

	FeedMain = "MAIN_FEED"

	LifecyclePublished        = "PUBLISHED"
	LifecycleDraft            = "DRAFT"
	LifecyclePublishRequested = "PUBLISH_REQUESTED"
	LifecyclePublishFailed    = "PUBLISH_FAILED"

	ReviewPending    = "PENDING"
	ReviewProcessing = "PROCESSING"
	ReviewFailed     = "FAILED"
)

// Post is a post as it is created and as it is read. Commentary is little text
// and always sent, even empty.
type Post struct {
	ID                        string       `json:"id,omitempty"`
	Author                    string       `json:"author"`
	Commentary                string       `json:"commentary"`
	Visibility                string       `json:"visibility"`
	Distribution              Distribution `json:"distribution"`
	Content                   *Content     `json:"content,omitempty"`
	Reshare                   *Reshare     `json:"reshareContext,omitempty"` // excludes Content
	LifecycleState            string       `json:"lifecycleState"`
	IsReshareDisabledByAuthor bool         `json:"isReshareDisabledByAuthor"`
	CreatedAt                 int64        `json:"createdAt,omitempty"` // ms since 1970; only read
	PublishedAt               int64        `json:"publishedAt,omitempty"`
	LastModifiedAt            int64        `json:"lastModifiedAt,omitempty"`
	// LifecycleInfo is only read.
	LifecycleInfo *LifecycleInfo `json:"lifecycleStateInfo,omitempty"`
}

// LifecycleInfo tells how LinkedIn's processing of a post ended.
type LifecycleInfo struct {
	ReviewStatus  string `json:"reviewStatus"`
	ContentStatus string `json:"contentStatus"`
}

// Distribution says where a post appears.
type Distribution struct {
	FeedDistribution               string `json:"feedDistribution"`
	TargetEntities                 []any  `json:"targetEntities"`
	ThirdPartyDistributionChannels []any  `json:"thirdPartyDistributionChannels"`
}

// Content is what a post shows besides its text: exactly one member.
type Content struct {
	Media      *Media      `json:"media,omitempty"`
	MultiImage *MultiImage `json:"multiImage,omitempty"`
	Article    *Article    `json:"article,omitempty"`
	Poll       *Poll       `json:"poll,omitempty"`
}

// Media is a single image, video or document. Title and alt text are plain text.
type Media struct {
	ID      string `json:"id"`
	Title   string `json:"title,omitempty"`
	AltText string `json:"altText,omitempty"`
}

// MultiImage is 2 to 20 pictures in order.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/multiimage-post-api
type MultiImage struct {
	Images []MultiImageItem `json:"images"`
}

// MultiImageItem is one picture of several.
type MultiImageItem struct {
	ID      string `json:"id"`
	AltText string `json:"altText,omitempty"`
}

// CreatePost publishes a post, once, and returns status and headers of the answer. That
// of a post that was created is 201, and its headers hold the URN; the body is empty.
func (c *Client) CreatePost(ctx context.Context, token core.Secret, p Post) (int, http.Header, error) {
	r := c.call("createPost", http.MethodPost, "posts", token)
	r.DiscardBody = true
	resp, err := c.rest.JSON(ctx, r, p, nil)
	if err != nil {
		return 0, nil, err
	}
	return resp.Status, resp.Header, nil
}

// PostsByAuthor reads an author's posts, those created last first.
func (c *Client) PostsByAuthor(ctx context.Context, token core.Secret, author string, start, count int) (Page[Post], error) {
	var page Page[Post]
	query := Query(
		Param{"q", String("author")}, Param{"author", String(author)},
		Param{"start", Int(start)}, Param{"count", Int(count)}, Param{"sortBy", String("CREATED")},
	)
	err := c.get(ctx, "postsByAuthor", "posts?"+query, methodFinder, token, &page)
	return page, err
}

// DeletePost deletes a post; one that was deleted before counts as deleted.
func (c *Client) DeletePost(ctx context.Context, token core.Secret, urn string) error {
	r := c.call("deletePost", http.MethodDelete, "posts/"+Escape(urn), token)
	r.Header.Set("X-Restli-Method", methodDelete)
	r.Repeatable, r.DiscardBody = true, true
	_, err := c.rest.Do(ctx, r)
	return err
}
