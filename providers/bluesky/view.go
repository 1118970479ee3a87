package bluesky

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/bluesky/api"
)

// said is what is read of the record of a post.
type said struct {
	Text      string     `json:"text"`
	CreatedAt string     `json:"createdAt"`
	Langs     []string   `json:"langs"`
	Reply     *api.Reply `json:"reply"`
}

// readRecord reads the record of a post. What cannot be read is left out: records are
// written by anybody's programs.
func readRecord(raw json.RawMessage) said {
	var r said
	if err := json.Unmarshal(raw, &r); err != nil {
		r = said{}
	}
	return r
}

// timeOf is when the author says that a post was made, but not later than the network got
// to know of it. Zero: unknown.
func timeOf(r said, indexedAt string) time.Time {
	made, seen := parseTime(r.CreatedAt), parseTime(indexedAt)
	if made.IsZero() || !seen.IsZero() && seen.Before(made) {
		return seen
	}
	return made
}

func parseTime(s string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}

// isPostURI tells whether an id is that of a post.
func isPostURI(uri string) bool {
	repo, collection, _, ok := api.SplitURI(uri)
	return ok && collection == api.CollectionPost && strings.HasPrefix(repo, "did:")
}

// isRepostURI tells whether an id is that of a repost.
func isRepostURI(uri string) bool {
	_, collection, _, ok := api.SplitURI(uri)
	return ok && collection == api.CollectionRepost
}

// counts are the figures that are told of a post, as the network names them.
func counts(v api.PostView) map[string]any {
	out := map[string]any{}
	for figure, n := range map[string]*int64{
		"likeCount": v.LikeCount, "repostCount": v.RepostCount, "replyCount": v.ReplyCount,
		"quoteCount": v.QuoteCount, "bookmarkCount": v.BookmarkCount,
	} {
		if n != nil {
			out[figure] = *n
		}
	}
	return out
}

// moderation are labels with which those who run the network keep a post or an account from
// sight. Authors cannot give them. https://docs.bsky.app/docs/advanced-guides/moderation
func moderation(labels []api.Label, author string) (string, bool) {
	i := slices.IndexFunc(labels, func(l api.Label) bool {
		return !l.Negated && l.Source != author && (l.Value == "!hide" || l.Value == "!takedown")
	})
	if i < 0 {
		return "", false
	}
	return "label " + quotable(labels[i].Value) + " by " + quotable(labels[i].Source), true
}

const helpAppView = "CRIER_BLUESKY_APPVIEW_URL names the service that is asked; the default is " + defaultAppViewURL + "."

// viewError says of an error that it is the AppView's, not that of the account's server. What
// is asked of it needs no account: none of its refusals says anything of one.
func (p *Provider) viewError(err error) error {
	from, ok := errors.AsType[*core.Error](err)
	if !ok {
		return err
	}
	e := *from
	switch {
	case e.Kind == core.KindRateLimited:
		e.Message = "The limit of calls of Bluesky's AppView at " + p.cfg.AppViewURL + " is used up."
		return &e
	case e.Kind == core.KindTemporary:
		e.Message = "Bluesky's AppView at " + p.cfg.AppViewURL + " did not answer as it should."
	case noSuchMethod(&e):
		e.Kind, e.Code = core.KindUnsupported, core.CodeUnsupported
		e.Message = "What answers at " + p.cfg.AppViewURL + " is no AppView."
	case e.Kind == core.KindAuth:
		e.Kind, e.Code = core.KindForbidden, core.CodeForbidden
		e.Message = "Bluesky's AppView at " + p.cfg.AppViewURL + " does not answer without an account."
	default:
		return &e
	}
	e.Help = helpAppView
	return &e
}

// noSuchMethod tells whether who was asked does not know the method, as opposed to what the
// question was about.
func noSuchMethod(e *core.Error) bool {
	return e.Kind == core.KindUnsupported || e.Status == http.StatusNotFound && e.Upstream == "" || e.Status == http.StatusMethodNotAllowed
}

// unknownToView tells whether the AppView answers that it does not have what was named, be it
// that it is gone or that it was never told of it. Of accounts it says no more than that the
// request is wrong.
func unknownToView(err error) bool {
	e, ok := errors.AsType[*core.Error](err)
	return ok && !noSuchMethod(e) && (e.Kind == core.KindNotFound || e.Upstream == api.ErrInvalidRequest)
}
