package linkedin

import (
	"context"
	"strings"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin/api"
)

// Inspect reads a post back: LinkedIn accepts posts that it does not show in the end.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-api
func (p *Provider) Inspect(ctx context.Context, s *core.Session, remoteID string) (core.Standing, string, error) {
	if !isPost(remoteID) {
		return "", "", notAPost()
	}
	token, err := accessToken(ctx, s)
	if err != nil {
		return "", "", err
	}
	post, err := p.api.GetPost(ctx, token, remoteID, api.ViewAuthor)
	switch err = offered(err, "reads of posts"); {
	case core.KindOf(err) == core.KindNotFound:
		return core.StandingGone, "", nil
	case err != nil:
		return "", "", err
	}
	standing := standingOf(post)
	if standing == core.StandingShown {
		return standing, "", nil
	}
	return standing, stateOf(post), nil
}

// standingOf tells what readers see of a post.
func standingOf(post api.Post) core.Standing {
	review := ""
	if post.LifecycleInfo != nil {
		review = post.LifecycleInfo.ReviewStatus
	}
	switch {
	case post.LifecycleState == api.LifecyclePublishFailed || review == api.ReviewFailed:
		return core.StandingRefused
	case post.LifecycleState == api.LifecyclePublishRequested, post.LifecycleState == api.LifecycleDraft,
		review == api.ReviewPending, review == api.ReviewProcessing:
		return core.StandingProcessing
	}
	return core.StandingShown
}

// stateOf is the state of a post in LinkedIn's words.
func stateOf(post api.Post) string {
	parts := []string{"lifecycleState " + post.LifecycleState}
	if info := post.LifecycleInfo; info != nil {
		if info.ReviewStatus != "" {
			parts = append(parts, "reviewStatus "+info.ReviewStatus)
		}
		if info.ContentStatus != "" {
			parts = append(parts, "contentStatus "+info.ContentStatus)
		}
	}
	return quotable(strings.Join(parts, ", "))
}
