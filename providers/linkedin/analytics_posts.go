package linkedin

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin/api"
)

// The figures, as clients know them.
const (
	figureImpressions = "impressionCount"
	figureUnique      = "uniqueImpressionsCount"
	figureLikes       = "likeCount" // reactions of every type
	figureComments    = "commentCount"
	figureShares      = "shareCount"
	figureClicks      = "clickCount"
	figureEngagement  = "engagement" // actions for each impression
	figureReactions   = "reactions"  // by type
	figureVideoViews  = "videoViews"
	figureViewers     = "videoViewers"
	figureWatchTime   = "videoWatchTimeMs"
)

// maxVideoReads bounds the videos whose figures one question asks for: each takes a call
// for every metric.
const maxVideoReads = 10

// pagePosts is everything that was read about posts of a page.
type pagePosts struct {
	inquiry

	counts reads[api.ShareCounts]
	social reads[api.SocialMetadata]
	posts  reads[api.Post]
	videos map[string]videoFigures
}

// pagePosts asks for the figures of posts of a page.
func (q inquiry) pagePosts(ctx context.Context, urns []string) (map[string]core.Analytics, error) {
	known := slices.DeleteFunc(slices.Clone(urns), isActivity)
	all := pagePosts{inquiry: q}
	err := q.sideBySide(ctx,
		func(ctx context.Context) error { all.counts = q.shareCounts(ctx, known); return nil },
		func(ctx context.Context) error { all.social = q.social(ctx, urns); return nil },
		func(ctx context.Context) error { all.posts = q.posts(ctx, known); return nil },
	)
	if err != nil {
		return nil, err
	}
	if err := all.readVideos(ctx, known); err != nil {
		return nil, err
	}
	return gather(urns, all.ofPost)
}

// gather asks for the figures of each post. It fails when posts are there, and no
// figures of any of them.
func gather(urns []string, of func(urn string) (core.Analytics, bool, error)) (map[string]core.Analytics, error) {
	out := map[string]core.Analytics{}
	var first error
	some := false
	for _, urn := range urns {
		one, there, err := of(urn)
		if !there {
			continue
		}
		if err != nil && first == nil {
			first = err
		}
		some = some || err == nil
		out[urn] = one
	}
	if first != nil && !some {
		return nil, first
	}
	return out, nil
}

// ofPost puts together what is known of a post. The error tells why that is nothing.
func (a *pagePosts) ofPost(urn string) (core.Analytics, bool, error) {
	if a.notThere(urn) {
		return core.Analytics{}, false, nil
	}
	out := core.Analytics{Values: map[string]any{}}
	social, drawn := a.social.found[urn]
	if drawn {
		addSocial(out.Values, social)
	}
	noSocial := a.social.failed[urn]
	if noSocial != nil {
		out.Warnings = append(out.Warnings, missing(figureReactions, "the reactions of the post", noSocial))
	}
	if isActivity(urn) {
		out.Warnings = append(out.Warnings, onlyOfPosts(urn))
		return out, true, noSocial
	}
	noCounts := a.counts.failed[urn]
	if noCounts != nil {
		out.Warnings = append(out.Warnings, missing(figureImpressions, "who saw and shared the post", noCounts))
	} else {
		counts, active := a.counts.found[urn]
		addCounts(out.Values, counts, active || !drawn)
	}
	a.videos[urn].addTo(&out)
	if len(out.Values) > 0 {
		return out, true, nil
	}
	return out, true, noCounts
}

// notThere tells whether the network does not have the post, as one of this page.
func (a *pagePosts) notThere(urn string) bool {
	if a.posts.gone[urn] {
		return true
	}
	if post, read := a.posts.found[urn]; read {
		return post.Author != "" && post.Author != a.author
	}
	_, counted := a.counts.found[urn]
	return !counted && a.social.gone[urn]
}

// addCounts adds the statistics of a post. LinkedIn leaves out posts without any
// activity: their figures are 0, and what their comments and reactions tell stays.
func addCounts(values map[string]any, c api.ShareCounts, all bool) {
	values[figureImpressions] = c.Impressions
	values[figureUnique] = c.Unique()
	values[figureShares] = c.Shares
	values[figureClicks] = c.Clicks
	values[figureEngagement] = c.Engagement
	if all {
		values[figureLikes] = c.Likes
		values[figureComments] = c.Comments
	}
}

// addSocial adds what a post has drawn. Each type of reaction that is given today is
// there, even if nobody gave it.
func addSocial(values map[string]any, m api.SocialMetadata) {
	reactions := map[string]any{}
	for _, kind := range []string{
		api.ReactionLike, api.ReactionPraise, api.ReactionEmpathy, api.ReactionInterest,
		api.ReactionAppreciation, api.ReactionEntertainment,
	} {
		reactions[strings.ToLower(kind)] = int64(0)
	}
	var sum int64
	for kind, r := range m.Reactions {
		reactions[strings.ToLower(kind)] = r.Count
		sum += r.Count
	}
	values[figureReactions] = reactions
	values[figureLikes] = sum
	values[figureComments] = m.CommentSummary.Count
}

// videoFigures is what was read about a video.
type videoFigures struct {
	values  map[string]any
	warning *core.Warning
}

func (v videoFigures) addTo(a *core.Analytics) {
	maps.Copy(a.Values, v.values)
	if v.warning != nil {
		a.Warnings = append(a.Warnings, *v.warning)
	}
}

// readVideos asks for the figures of those posts that are videos, or may be: whatever
// cannot be read back is asked for all the same.
func (a *pagePosts) readVideos(ctx context.Context, urns []string) error {
	var g gate
	var tasks []func(ctx context.Context) error
	found := make([]videoFigures, len(urns))
	for i, urn := range urns {
		sure, maybe := a.isVideo(urn)
		switch {
		case !maybe || a.notThere(urn):
		case len(tasks) == maxVideoReads:
			if sure {
				w := core.Warning{Code: core.CodeAnalytics, Field: figureVideoViews, Message: "Views of at most ten videos are asked for at a time; ask for this post by itself."}
				found[i].warning = &w
			}
		default:
			tasks = append(tasks, func(ctx context.Context) error {
				found[i] = a.readVideo(ctx, &g, urn, sure)
				return nil
			})
		}
	}
	if err := a.sideBySide(ctx, tasks...); err != nil {
		return err
	}
	a.videos = map[string]videoFigures{}
	for i, urn := range urns {
		a.videos[urn] = found[i]
	}
	return nil
}

// isVideo tells whether a post is a video for sure, or may be one. Videos are always
// ugcPosts.
func (a *pagePosts) isVideo(urn string) (sure, maybe bool) {
	if !api.IsUGCPost(urn) {
		return false, false
	}
	post, read := a.posts.found[urn]
	if !read {
		return false, true
	}
	video := post.Content != nil && post.Content.Media != nil && kindOf(post.Content.Media.ID) == core.MediaVideo
	return video, video
}

// readVideo asks for the figures of one video. Of a post that is perhaps none, a refusal
// says no more than that.
func (a *pagePosts) readVideo(ctx context.Context, g *gate, urn string, sure bool) videoFigures {
	out := videoFigures{values: map[string]any{}}
	for _, metric := range []struct {
		name   api.VideoMetric
		figure string
	}{
		{api.VideoViews, figureVideoViews},
		{api.VideoViewers, figureViewers},
		{api.VideoWatchTime, figureWatchTime},
	} {
		var n int64
		err := g.do(func() (err error) {
			n, err = a.provider.api.GetVideoAnalytics(ctx, a.token, urn, metric.name)
			return err
		})
		if err != nil {
			if sure {
				w := missing(metric.figure, "who watched the video", err)
				out.warning = &w
			}
			return out
		}
		out.values[metric.figure] = n
	}
	return out
}
