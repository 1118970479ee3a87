package api

import (
	"context"

	"github.com/crier-social/crier/core"
)

// SocialMetadata sums up what a post has drawn.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/social-metadata-api
type SocialMetadata struct {
	Entity         string                     `json:"entity"`
	CommentsState  string                     `json:"commentsState"`
	CommentSummary CommentSummary             `json:"commentSummary"`
	Reactions      map[string]ReactionSummary `json:"reactionSummaries"` // by type
}

// CommentSummary counts comments.
type CommentSummary struct {
	Count int64 `json:"count"` // with replies
}

// ReactionSummary counts the reactions of one type.
type ReactionSummary struct {
	Type  string `json:"reactionType"`
	Count int64  `json:"count"`
}

// The types of reaction that are given; posts may have others of old, such as MAYBE.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/reactions-api
const (
	ReactionLike          = "LIKE"
	ReactionPraise        = "PRAISE"        // shown as Celebrate
	ReactionEmpathy       = "EMPATHY"       // Love
	ReactionInterest      = "INTEREST"      // Insightful
	ReactionAppreciation  = "APPRECIATION"  // Support
	ReactionEntertainment = "ENTERTAINMENT" // Funny
)

// GetSocialMetadata reads what a post has drawn, named by its share, ugcPost or
// activity URN.
func (c *Client) GetSocialMetadata(ctx context.Context, token core.Secret, urn string) (SocialMetadata, error) {
	var out SocialMetadata
	err := c.get(ctx, "getSocialMetadata", "socialMetadata/"+Escape(urn), "", token, &out)
	return out, err
}

// BatchGetSocialMetadata is the same for several posts.
func (c *Client) BatchGetSocialMetadata(ctx context.Context, token core.Secret, urns []string) (Batch[SocialMetadata], error) {
	return batchGet[SocialMetadata](ctx, c, "batchGetSocialMetadata", "socialMetadata", token, urns)
}
