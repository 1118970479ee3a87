package api

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"

	"github.com/crier-social/crier/core"
)

// NewComment is a comment to be created. It has text, an image, or both.
type NewComment struct {
	Actor   string           `json:"actor"`
	Object  string           `json:"object"` // URN of the post or of its activity
	Message Message          `json:"message"`
	Parent  string           `json:"parentComment,omitempty"` // URN of the comment to reply to
	Content []CommentContent `json:"content,omitempty"`       // at most one
}

// CommentContent is the image of a comment.
type CommentContent struct {
	Entity CommentEntity `json:"entity"`
}

// CommentEntity names the image of a comment.
type CommentEntity struct {
	Image string `json:"image,omitempty"`
}

// Comment is a comment as it is read. Its URN has the activity in it, by whatever URN
// the post was addressed.
type Comment struct {
	ID      string           `json:"id"` // a number
	URN     string           `json:"commentUrn"`
	Entity  string           `json:"$URN"` // the same as URN, in some answers
	Actor   string           `json:"actor"`
	Object  string           `json:"object"`
	Parent  string           `json:"parentComment"`
	Message Message          `json:"message"`
	Content []CommentContent `json:"content"`
	Created struct {
		Time int64 `json:"time"` // ms since 1970
	} `json:"created"`
	Likes struct {
		Total     int `json:"totalLikes"`
		Aggregate int `json:"aggregatedTotalLikes"`
	} `json:"likesSummary"`
	Replies *struct {
		Total int `json:"totalFirstLevelComments"`
	} `json:"commentsSummary"` // nil: LinkedIn does not tell
}

// Name returns the comment's URN; empty if the answer does not tell it.
func (c Comment) Name() string {
	if urn := cmp.Or(c.URN, c.Entity); urn != "" || c.Object == "" || c.ID == "" {
		return urn
	}
	return "urn:li:comment:(" + c.Object + "," + c.ID + ")"
}

func commentsOf(subject string) string { return "socialActions/" + Escape(subject) + "/comments" }

// CreateComment writes a comment on a post or, below the URN of a comment, a reply. It is
// sent once. The status is that of the answer, 201 for a comment that was created. What the
// answer does not tell is left empty.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/comments-api
func (c *Client) CreateComment(ctx context.Context, token core.Secret, subject string, in NewComment) (Comment, int, error) {
	r := c.call("createComment", http.MethodPost, commentsOf(subject), token)
	resp, err := c.rest.JSON(ctx, r, in, nil)
	if err != nil {
		return Comment{}, 0, err
	}
	var out Comment
	if json.Unmarshal(resp.Body, &out) != nil {
		out = Comment{} // the header may name it all the same
	}
	out.ID = cmp.Or(out.ID, resp.Header.Get("X-Restli-Id"))
	return out, resp.Status, nil
}

// Comments reads a page of the comments on a post or, by the URN of a comment, of the
// replies to it. Where there are none, LinkedIn may answer 404.
func (c *Client) Comments(ctx context.Context, token core.Secret, subject string, start, count int) (Page[Comment], error) {
	var page Page[Comment]
	query := Query(Param{"start", Int(start)}, Param{"count", Int(count)})
	err := c.get(ctx, "getComments", commentsOf(subject)+"?"+query, "", token, &page)
	return page, err
}

// GetComment reads a comment, or a reply, of a thread by its number.
func (c *Client) GetComment(ctx context.Context, token core.Secret, subject, id string) (Comment, error) {
	var out Comment
	err := c.get(ctx, "getComment", commentsOf(subject)+"/"+Escape(id), "", token, &out)
	return out, err
}

// DeleteComment deletes a comment of the actor, by its number. One that is gone is
// answered with 404.
func (c *Client) DeleteComment(ctx context.Context, token core.Secret, subject, id, actor string) error {
	r := c.call("deleteComment", http.MethodDelete, commentsOf(subject)+"/"+Escape(id)+"?"+Query(Param{"actor", String(actor)}), token)
	r.Header.Set("X-Restli-Method", methodDelete)
	r.Repeatable, r.DiscardBody = true, true
	_, err := c.rest.Do(ctx, r)
	return err
}
