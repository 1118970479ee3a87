package api

import (
	"context"

	"github.com/crier-social/crier/core"
)

// The views of a post.
const (
	ViewReader = "READER" // as it is published
	ViewAuthor = "AUTHOR" // with what is still being processed
)

// GetPost reads a post by its share or ugcPost URN. The token needs a role on the page
// that is the author; posts of people cannot be read as a rule.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-api
func (c *Client) GetPost(ctx context.Context, token core.Secret, urn, view string) (Post, error) {
	var out Post
	err := c.get(ctx, "getPost", "posts/"+Escape(urn)+"?"+Query(Param{"viewContext", String(view)}), "", token, &out)
	return out, err
}

// BatchGetPosts is the same for several posts.
func (c *Client) BatchGetPosts(ctx context.Context, token core.Secret, urns []string, view string) (Batch[Post], error) {
	return batchGet[Post](ctx, c, "batchGetPosts", "posts", token, urns, Param{"viewContext", String(view)})
}
