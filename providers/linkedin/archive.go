package linkedin

import (
	"context"
	"strconv"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin/api"
	"github.com/crier-social/crier/providers/linkedin/littletext"
)

const (
	archivePageSize = 100 // the most that LinkedIn gives at once
	// maxArchivePages bounds the calls for one page of the archive: posts that were
	// deleted, or that the token may not read, leave gaps.
	maxArchivePages = 10
	defaultArchive  = 10
	stampLayout     = "2006-01-02T15:04:05.000Z"
)

var _ core.Archive = (*Provider)(nil)

// Posts lists what the account has on LinkedIn, newest first. Next is the place at which
// the next page begins.
func (p *Provider) Posts(ctx context.Context, s *core.Session, q core.ArchiveQuery) (core.ArchivePage, error) {
	start, err := placeOf(q.Next)
	if err != nil {
		return core.ArchivePage{}, err
	}
	token, err := accessToken(ctx, s)
	if err != nil {
		return core.ArchivePage{}, err
	}
	posts, next, err := p.archived(ctx, token, s.Account, start, q.Limit)
	if err != nil {
		return core.ArchivePage{}, err
	}
	page := core.ArchivePage{Posts: make([]map[string]any, len(posts)), Next: next}
	for i, post := range posts {
		page.Posts[i] = p.archiveEntry(post)
	}
	if !q.SkipAnalytics && len(posts) > 0 {
		i := inquiry{provider: p, session: s, token: token, author: s.Account.RemoteID}
		page.Warnings, err = i.addFigures(ctx, posts, page.Posts)
	}
	return page, err
}

func placeOf(next string) (int, error) {
	if next == "" {
		return 0, nil
	}
	start, err := strconv.Atoi(next)
	if err != nil || start < 0 {
		return 0, invalid("next", "This is not the next of a page of LinkedIn's posts.")
	}
	return start, nil
}

// archived reads posts until there are enough. A page may hold fewer than were asked
// for although more follow: only its link tells.
func (p *Provider) archived(ctx context.Context, token core.Secret, as core.Account, start, limit int) (posts []api.Post, next string, err error) {
	if limit <= 0 {
		limit = defaultArchive
	}
	for range maxArchivePages {
		page, err := p.api.PostsByAuthor(ctx, token, as.RemoteID, start, min(limit-len(posts), archivePageSize))
		if err != nil {
			return nil, "", p.archiveError(ctx, as, token, err)
		}
		for _, post := range page.Elements {
			if len(posts) < limit && isPost(post.ID) {
				posts = append(posts, post)
			}
		}
		following, more := page.NextStart()
		if !more || following <= start {
			return posts, "", nil
		}
		start = following
		if len(posts) >= limit {
			break
		}
	}
	return posts, strconv.Itoa(start), nil
}

// archiveError explains why the posts of an account cannot be listed.
func (p *Provider) archiveError(ctx context.Context, as core.Account, token core.Secret, cause error) error {
	e := core.AsError(cause)
	switch {
	case as.Kind == core.AccountOrganization:
		return p.explain(ctx, as, as.RemoteID, token, cause)
	case e.Kind != core.KindForbidden && e.Kind != core.KindNotFound:
		return cause
	}
	return &core.Error{
		Kind: core.KindForbidden, Code: core.CodeForbidden, Op: e.Op, Platform: name,
		Status: e.Status, Upstream: e.Upstream, RequestID: e.RequestID, Err: cause,
		Message: "LinkedIn does not let this app list a person's posts: that takes the scope r_member_social, which is closed to new apps.",
		Help:    "GET /history lists what was published through this server; the posts of pages can be listed.",
	}
}

// archiveEntry describes a post as clients know it.
func (p *Provider) archiveEntry(post api.Post) map[string]any {
	entry := map[string]any{
		"id":         post.ID,
		"post":       littletext.Decode(post.Commentary).Visible(),
		"postUrl":    p.postURL(post.ID),
		"status":     post.LifecycleState,
		"visibility": post.Visibility,
	}
	for field, ms := range map[string]int64{
		"created": post.CreatedAt, "publishedAt": post.PublishedAt, "lastModified": post.LastModifiedAt,
	} {
		entry[field] = ""
		if ms > 0 {
			entry[field] = time.UnixMilli(ms).UTC().Format(stampLayout)
		}
	}
	return entry
}

// addFigures adds the figures of posts to their entries: of a page's posts its
// statistics, of a person's the comments and reactions, since every other figure takes
// a call for each post.
func (q inquiry) addFigures(ctx context.Context, posts []api.Post, entries []map[string]any) ([]core.Warning, error) {
	urns := make([]string, len(posts))
	for i, post := range posts {
		urns[i] = post.ID
	}
	if q.session.Account.Kind == core.AccountOrganization {
		counts := q.shareCounts(ctx, urns)
		return addEach(ctx, urns, counts.failed, figureImpressions, "the figures of posts", func(i int) {
			addCounts(entries[i], counts.found[urns[i]], true)
		})
	}
	social := q.social(ctx, urns)
	return addEach(ctx, urns, social.failed, figureReactions, "comments and reactions of posts", func(i int) {
		if drawn, found := social.found[urns[i]]; found {
			addSocial(entries[i], drawn)
		}
	})
}

// addEach adds figures to the entries of the posts that have some, and warns once of
// what failed: field and what are as in missing.
func addEach(ctx context.Context, urns []string, failed map[string]error, field, what string, add func(i int)) ([]core.Warning, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var warnings []core.Warning
	for i, urn := range urns {
		switch err := failed[urn]; {
		case err == nil:
			add(i)
		case warnings == nil:
			warnings = []core.Warning{missing(field, what, err)}
		}
	}
	return warnings, nil
}
