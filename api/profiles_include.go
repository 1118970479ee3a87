package api

import (
	"context"
	"slices"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

// What GET /profiles can include.
const (
	includeSuspension   = "suspension"
	includeSocialHealth = "socialHealth"
	includeActivity     = "activity"
	includeQuota        = "quota"
)

// included lists what can be included, and whether this server has data on it.
func included() map[string]bool {
	return map[string]bool{
		includeSuspension: true, includeSocialHealth: true, includeActivity: true, includeQuota: true,
		"linkingErrors": false, "unlinkHistory": false, "actionLog": false,
	}
}

// profileDetails is what a list of profiles has only if it is asked for.
type profileDetails struct {
	Suspension   *suspension      `json:"suspension,omitempty"`
	SocialHealth []accountHealth  `json:"socialHealth,omitempty"`
	Activity     *profileActivity `json:"activity,omitempty"`
	Quota        *profileQuota    `json:"quota,omitempty"`
}

// suspension tells whether a profile is suspended. This server suspends none.
type suspension struct {
	Suspended bool `json:"suspended"`
}

// accountHealth tells whether an account can be posted to, and until when.
type accountHealth struct {
	Platform             string             `json:"platform"`
	AccountID            string             `json:"accountId"`
	DisplayName          string             `json:"displayName"`
	Status               core.AccountStatus `json:"status"`
	StatusReason         string             `json:"statusReason,omitempty"`
	RefreshRequired      string             `json:"refreshRequired,omitempty"`
	RefreshDaysRemaining *int               `json:"refreshDaysRemaining,omitempty"`
}

// profileActivity tells when the profile was used; empty members: never.
type profileActivity struct {
	LastPostCreated   string `json:"lastPostCreated,omitempty"`
	LastAccountLinked string `json:"lastAccountLinked,omitempty"`
}

// profileQuota is what is left of what the profile may do.
type profileQuota struct {
	Posts   []accountQuota `json:"posts"` // of accounts whose network limits the posts of a day
	Uploads *usage         `json:"uploads,omitempty"`
}

// accountQuota is the quota of one account.
type accountQuota struct {
	Platform  string `json:"platform"`
	AccountID string `json:"accountId"`
	postQuota
}

// readInclude reads what is to be included. It takes a refId: for many profiles it would
// take many questions.
func (q *profileQuery) readInclude(in *query) {
	const key = "include"
	names := in.list(key)
	if len(names) > 0 && q.RefID == "" {
		in.add(invalid("refId", "refId is missing: include tells of one profile"))
	}
	for _, name := range names {
		has, known := included()[name]
		switch {
		case !known:
			in.add(invalid(key, "include has "+quote(name)+"; it may have suspension, socialHealth, linkingErrors, activity, quota, unlinkHistory and actionLog"))
		case !has:
			q.lacks(key, name)
		case !slices.Contains(q.include, name):
			q.include = append(q.include, name)
		}
	}
}

// lacks warns that the server has no data on something.
func (q *profileQuery) lacks(field, name string) {
	q.warnings = append(q.warnings, warning{
		Code: core.CodeUnsupported, Field: field, Message: name + " is left out: this server keeps no data on it",
	})
}

// detailsOf tells of a profile what is to be included.
func (a *API) detailsOf(ctx context.Context, p core.Profile, linked []core.Account, include []string) (d profileDetails, err error) {
	for _, name := range include {
		switch name {
		case includeSuspension:
			d.Suspension = &suspension{}
		case includeSocialHealth:
			d.SocialHealth = a.healthOf(linked)
		case includeActivity:
			d.Activity, err = a.activityOf(ctx, p, linked)
		case includeQuota:
			d.Quota, err = a.quotaOf(ctx, p, linked)
		}
		if err != nil {
			return d, err
		}
	}
	return d, nil
}

func (a *API) healthOf(linked []core.Account) []accountHealth {
	now := a.Clock.Now()
	var out []accountHealth
	for _, account := range linked {
		v := displayNameOf(shown(account, now), now)
		out = append(out, accountHealth{
			Platform: v.Platform, AccountID: v.AccountID, DisplayName: v.DisplayName, Status: v.Status, StatusReason: v.StatusReason,
			RefreshRequired: v.RefreshRequired, RefreshDaysRemaining: v.RefreshDaysRemaining,
		})
	}
	return out
}

func (a *API) activityOf(ctx context.Context, p core.Profile, linked []core.Account) (*profileActivity, error) {
	posts, err := a.Publisher.List(ctx, store.PostQuery{ProfileID: p.ID, Limit: 1})
	if err != nil {
		return nil, err
	}
	activity := &profileActivity{}
	for _, o := range posts {
		activity.LastPostCreated = stamp(o.Post.CreatedAt)
	}
	for _, account := range linked {
		activity.LastAccountLinked = max(activity.LastAccountLinked, stamp(account.LinkedAt))
	}
	return activity, nil
}

func (a *API) quotaOf(ctx context.Context, p core.Profile, linked []core.Account) (*profileQuota, error) {
	out := &profileQuota{Posts: []accountQuota{}}
	for _, account := range linked {
		q, err := a.Publisher.Quota(ctx, account)
		if err != nil {
			return nil, err
		}
		if q.Limit > 0 {
			out.Posts = append(out.Posts, accountQuota{account.Platform, account.ID, postQuota{q.Limit, q.Used, max(q.Limit-q.Used, 0), stamp(q.ResetsAt)}})
		}
	}
	if a.Uploads == nil {
		return out, nil
	}
	used, quota, err := a.Uploads.Usage(ctx, p.ID)
	out.Uploads = &usage{used, quota}
	return out, err
}
