package publish

import (
	"context"
	"fmt"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/queue"
)

// A network takes a limited number of posts from one account in a day. What was
// published through this server is counted here; an account that is posted to by other
// means as well meets the network's own refusal earlier.

// Quota is what is left of an account's posts for the day.
type Quota struct {
	Limit    int       `json:"limit"` // posts a day; 0: none is known
	Used     int       `json:"used"`  // today, by this server
	ResetsAt time.Time `json:"resetsAt"`
}

// Exhausted tells whether nothing more may be posted before ResetsAt.
func (q Quota) Exhausted() bool { return q.Limit > 0 && q.Used >= q.Limit }

// Quota counts an account's posts of the day, which begins at midnight UTC.
func (p *Publisher) Quota(ctx context.Context, a core.Account) (Quota, error) {
	day := p.clock.Now().UTC().Truncate(24 * time.Hour)
	q := Quota{ResetsAt: day.Add(24 * time.Hour)}
	if provider, ok := p.registry.Get(a.Platform); ok {
		q.Limit = provider.Info().Limits.PostsPerDay
	}
	if q.Limit == 0 {
		return q, nil
	}
	var err error
	q.Used, err = p.store.CountPublished(ctx, a.ID, day)
	return q, err
}

// quotaProblems lists the accounts that can take no post at once.
func (p *Publisher) quotaProblems(ctx context.Context, targets []target) (core.Errors, error) {
	var problems core.Errors
	for _, t := range targets {
		q, err := p.Quota(ctx, t.account)
		if err != nil {
			return nil, err
		}
		if q.Exhausted() {
			problems = append(problems, p.quotaError(t.account, q))
		}
	}
	return problems, nil
}

func (p *Publisher) quotaError(a core.Account, q Quota) *core.Error {
	return &core.Error{
		Kind: core.KindRateLimited, Code: core.CodeQuota, Field: "platforms", Platform: a.Platform,
		Message: fmt.Sprintf("%s has published %d posts today, and %s takes %d a day; the next can go out at %s",
			a.Label(), q.Used, a.Platform, q.Limit, q.ResetsAt.Format(time.RFC3339)),
		Help:       "Schedule the post for " + q.ResetsAt.Format(time.RFC3339) + " or later, or post from another account.",
		RetryAfter: q.ResetsAt.Sub(p.clock.Now()),
	}
}

// quotaBackoff spreads the posts that waited for a new day.
var quotaBackoff = queue.Backoff{Base: 2 * time.Minute, Max: 2 * time.Minute}

// quotaPause is how long a delivery waits at most before it looks again: the operator
// may have raised the limit.
const quotaPause = 30 * time.Minute

// awaitQuota keeps a delivery back for as long as its account may not post: nil when it
// may.
func (a *attempt) awaitQuota(ctx context.Context, account core.Account) error {
	q, err := a.Quota(ctx, account)
	if err != nil {
		return &storeError{err}
	}
	if !q.Exhausted() {
		return nil
	}
	a.prepared = true
	e := a.quotaError(account, q)
	e.Field, e.Help = "", "The post goes out by itself then; do not send it again."
	e.RetryAfter = min(e.RetryAfter+quotaBackoff.Delay(0), quotaPause)
	return e
}
