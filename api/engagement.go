package api

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/engage"
)

// Engagement is what surrounds a published post. *engage.Service is one.
type Engagement interface {
	AddComment(ctx context.Context, profileID string, n engage.NewComment) (engage.Written, error)
	Reply(ctx context.Context, profileID string, n engage.NewReply) (engage.Written, error)
	Comments(ctx context.Context, profileID string, ref engage.PostRef) ([]engage.Result[[]engage.Listed], error)
	Comment(ctx context.Context, profileID string, ref engage.CommentRef) ([]engage.Result[[]engage.Listed], error)
	DeleteComment(ctx context.Context, profileID string, ref engage.CommentRef) ([]engage.Result[engage.Removed], error)
	DeleteComments(ctx context.Context, profileID string, ref engage.PostRef) ([]engage.Result[engage.Removed], error)
	PostAnalytics(ctx context.Context, profileID string, ref engage.PostRef) ([]engage.Result[core.Analytics], error)
	NativeAnalytics(ctx context.Context, profileID string, ref engage.PostRef, remoteIDs []string) ([]engage.Result[core.Analytics], error)
	AccountAnalytics(ctx context.Context, profileID string, platforms, accountIDs []string, q core.AnalyticsQuery) ([]engage.Result[core.Analytics], error)
	Archive(ctx context.Context, profileID, platform, accountID string, q core.ArchiveQuery) (engage.Result[core.ArchivePage], error)
	Search(ctx context.Context, profileID, platform, accountID string, q core.DirectoryQuery) (engage.Result[[]core.DirectoryEntry], error)
	Facets(platform string) ([]core.Facet, error)
	FacetValues(ctx context.Context, profileID, platform string, q engage.FacetQuery) (core.Facet, []core.FacetValue, error)
	Edit(ctx context.Context, profileID string, c engage.Change) ([]engage.Result[engage.Changed], error)
}

// statusPartial is the status of an answer that has what some networks told, and errors
// of others.
const statusPartial = "partial"

// report is an answer that consists of the parts of several accounts, each under the name
// of its network.
type report struct {
	action   string
	parts    map[string][]any
	entries  []errorEntry
	failures core.Errors
	causes   []error
	worked   int
	warnings []warning
}

func newReport(action string) *report { return &report{action: action, parts: map[string][]any{}} }

// add adds what an account has to show.
func (r *report) add(a core.Account, part any) {
	r.worked++
	r.parts[a.Platform] = append(r.parts[a.Platform], part)
}

// warn adds what an account's network could not do.
func (r *report) warn(a core.Account, list []core.Warning) {
	for _, w := range list {
		r.warnings = append(r.warnings, warningOf(a.Platform, a.ID, w))
	}
}

// fail adds why nothing is to be had of an account: all the errors to the list, and the
// first under the network's name.
func (r *report) fail(a core.Account, err error) {
	r.causes = append(r.causes, err)
	for i, e := range visible(err) {
		entry := entryOf(r.action, e)
		entry.Platform, entry.AccountID = a.Platform, a.ID
		r.entries = append(r.entries, entry)
		r.failures = append(r.failures, e)
		if i == 0 {
			r.parts[a.Platform] = append(r.parts[a.Platform], entry)
		}
	}
}

// status says how much of what was asked for there is.
func (r *report) status() string {
	switch {
	case len(r.failures) == 0:
		return statusSuccess
	case r.worked > 0:
		return statusPartial
	default:
		return statusError
	}
}

// body puts everything together. list tells which networks have a list of parts even when
// there is one; nil: none.
func (r *report) body(members map[string]any, list func(platform string) bool) map[string]any {
	for platform, parts := range r.parts {
		if list != nil && list(platform) {
			members[platform] = parts
			continue
		}
		members[platform] = oneOrAll(parts)
	}
	members["status"] = r.status()
	if len(r.failures) > 0 {
		members["errors"] = r.entries
	}
	if members["status"] == statusError {
		r.head(members)
	}
	if len(r.warnings) > 0 {
		members["warnings"] = r.warnings
	}
	return members
}

// read is the answer to a question: it has failed when nobody had an answer.
func (r *report) read(body map[string]any) answer {
	ans := answer{status: http.StatusOK, body: body, cause: errors.Join(r.causes...)}
	if r.status() == statusError {
		ans.status, ans.retryAfter = statusOf(r.failures), retryAfter(r.failures)
	}
	return ans
}

// done is the answer to a change: it has failed when it was not carried out everywhere, and
// then its status is that of an error.
func (r *report) done(body map[string]any) answer {
	ans := answer{status: http.StatusOK, body: body, cause: errors.Join(r.causes...)}
	if len(r.failures) == 0 {
		return ans
	}
	ans.status, ans.retryAfter = http.StatusBadRequest, retryAfter(r.failures)
	if r.worked == 0 {
		ans.status = statusOf(r.failures)
	}
	r.head(body)
	return ans
}

// head makes a body that of an error: the first one.
func (r *report) head(body map[string]any) {
	e := r.entries[0]
	body["status"], body["action"], body["code"], body["message"] = statusError, e.Action, e.Code, e.Message
	if e.Help != "" {
		body["help"] = e.Help
	}
}

// ages is how old the parts of an answer are.
type ages []engage.Freshness

func (l *ages) add(f engage.Freshness) {
	if !f.Updated.IsZero() {
		*l = append(*l, f)
	}
}

// into adds the age of the oldest part, and when the first is asked for again.
func (l ages) into(body map[string]any, now time.Time) {
	updated, next := now, now
	if len(l) > 0 {
		updated = slices.MinFunc(l, func(a, b engage.Freshness) int { return a.Updated.Compare(b.Updated) }).Updated
		next = slices.MinFunc(l, func(a, b engage.Freshness) int { return a.Next.Compare(b.Next) }).Next
	}
	body["lastUpdated"], body["nextUpdate"] = stamp(updated), stamp(next)
}
