package bluesky

import (
	"context"
	"maps"
	"strings"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/bluesky/api"
)

const (
	defaultArchive = 10
	// maxArchivePages bounds the calls for one page of the archive: reposts, which are other
	// people's posts, leave gaps.
	maxArchivePages = 10

	// What the next of a page begins with tells where it goes on.
	nextOfFeed = "feed:"
	nextOfRepo = "repo:"
)

var _ core.Archive = (*Provider)(nil)

// Posts lists what the account has posted, replies included, newest first: as the AppView has
// it, with figures, or, where that does not have it, out of the account's own records.
func (p *Provider) Posts(ctx context.Context, s *core.Session, q core.ArchiveQuery) (core.ArchivePage, error) {
	if q.Limit <= 0 {
		q.Limit = defaultArchive
	}
	cursor, inRepo := strings.CutPrefix(q.Next, nextOfRepo)
	if inRepo {
		return p.recorded(ctx, s, q, cursor)
	}
	cursor, ok := strings.CutPrefix(q.Next, nextOfFeed)
	if !ok && q.Next != "" {
		return core.ArchivePage{}, invalid("next", "This is not the next of a page of Bluesky's posts.")
	}
	page, err := p.fed(ctx, s, q, cursor)
	if err == nil || q.Next != "" || core.KindOf(err) == core.KindRateLimited || ctx.Err() != nil {
		return page, err
	}
	page, repoErr := p.recorded(ctx, s, q, "")
	if repoErr != nil {
		return page, repoErr
	}
	page.Warnings = append(page.Warnings, core.Warning{
		Code:    core.CodeAnalytics,
		Message: "The posts are those that the account's server has, without figures: " + core.AsError(p.analyticsError(err)).Message,
	})
	return page, nil
}

// fed lists posts as the AppView has them.
func (p *Provider) fed(ctx context.Context, s *core.Session, q core.ArchiveQuery, cursor string) (core.ArchivePage, error) {
	page := core.ArchivePage{Posts: []map[string]any{}}
	for range maxArchivePages {
		feed, err := p.known.GetAuthorFeed(ctx, p.appView(), s.Account.RemoteID, cursor, min(q.Limit-len(page.Posts), api.MaxFeed))
		if err != nil {
			return core.ArchivePage{}, p.viewError(err)
		}
		for _, entry := range feed.Feed {
			if entry.Reason == nil && entry.Post.Author.DID == s.Account.RemoteID && len(page.Posts) < q.Limit {
				page.Posts = append(page.Posts, p.archived(entry.Post, q.SkipAnalytics))
			}
		}
		if feed.Cursor == "" || feed.Cursor == cursor {
			return page, nil
		}
		cursor = feed.Cursor
		if len(page.Posts) >= q.Limit {
			break
		}
	}
	page.Next = nextOfFeed + cursor
	return page, nil
}

// archived describes a post as clients know it.
func (p *Provider) archived(v api.PostView, skipFigures bool) map[string]any {
	r := readRecord(v.Record)
	entry := map[string]any{
		"id": v.URI, "cid": v.CID, "post": r.Text, "postUrl": p.postURL(v.URI), "created": "",
	}
	if at := timeOf(r, v.IndexedAt); !at.IsZero() {
		entry["created"] = datetime(at)
	}
	if len(r.Langs) > 0 {
		entry["languages"] = r.Langs
	}
	if r.Reply != nil {
		entry["replyTo"] = r.Reply.Parent.URI
	}
	if files := v.Embed.Files(); len(files) > 0 {
		entry["mediaUrls"] = files
	}
	if !skipFigures {
		maps.Copy(entry, counts(v))
	}
	return entry
}

// recorded lists posts out of the account's records.
func (p *Provider) recorded(ctx context.Context, s *core.Session, q core.ArchiveQuery, cursor string) (core.ArchivePage, error) {
	server, err := p.server(ctx, s)
	if err != nil {
		return core.ArchivePage{}, err
	}
	page := core.ArchivePage{Posts: []map[string]any{}}
	for len(page.Posts) < q.Limit {
		records, err := p.api.ListRecords(ctx, server, s.Account.RemoteID, api.CollectionPost, cursor, min(q.Limit-len(page.Posts), maxRecords), false)
		if err != nil {
			return core.ArchivePage{}, err
		}
		for _, r := range records.Records {
			page.Posts = append(page.Posts, p.archived(api.PostView{Ref: r.Ref, Record: r.Value}, true))
		}
		if records.Cursor == "" || records.Cursor == cursor || len(records.Records) == 0 {
			return page, nil
		}
		cursor = records.Cursor
	}
	page.Next = nextOfRepo + cursor
	return page, nil
}

// maxRecords is how many records are listed at once.
// https://docs.bsky.app/docs/api/com-atproto-repo-list-records
const maxRecords = 100
