package api

import (
	"context"
	"net/http"

	"github.com/crier-social/crier/core"
)

// patch is a partial update that sets fields of an entity.
type patch struct {
	Patch struct {
		Set any `json:"$set"`
	} `json:"patch"`
}

// update changes an entity. It may be repeated. Without its header LinkedIn takes the
// request for something else.
// https://linkedin.github.io/rest.li/spec/protocol
func (c *Client) update(ctx context.Context, op, path string, token core.Secret, set any) error {
	r := c.call(op, http.MethodPost, path, token)
	r.Header.Set("X-Restli-Method", methodPartialUpdate)
	r.Repeatable, r.DiscardBody = true, true
	var in patch
	in.Patch.Set = set
	_, err := c.rest.JSON(ctx, r, in, nil)
	return err
}

// UpdateCommentary replaces the text of a post, which is little text.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-api
func (c *Client) UpdateCommentary(ctx context.Context, token core.Secret, urn, commentary string) error {
	return c.update(ctx, "updatePost", "posts/"+Escape(urn), token, map[string]string{"commentary": commentary})
}

// The states of a post's comments.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/social-metadata-api
const (
	CommentsOpen   = "OPEN"
	CommentsClosed = "CLOSED" // which may delete those that are there
)

// UpdateCommentsState opens or closes the comments of a post, in the name of its author.
func (c *Client) UpdateCommentsState(ctx context.Context, token core.Secret, urn, actor, state string) error {
	path := "socialMetadata/" + Escape(urn) + "?" + Query(Param{"actor", String(actor)})
	return c.update(ctx, "updateSocialMetadata", path, token, map[string]string{"commentsState": state})
}
