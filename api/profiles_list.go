package api

import (
	"context"
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

// maxProfiles is how many profiles one answer lists at most, and where nobody says.
const maxProfiles = 5000

// profileList is the answer to GET /profiles.
type profileList struct {
	Profiles    []profileView `json:"profiles"`
	Count       int           `json:"count"`
	LastUpdated string        `json:"lastUpdated"`
	NextUpdate  string        `json:"nextUpdate"`
	Pagination  pagination    `json:"pagination"`
	Warnings    []warning     `json:"warnings,omitempty"`
}

// profileView is one profile in a list. It never has a key.
type profileView struct {
	Status               string        `json:"status"`
	Title                string        `json:"title"`
	DisplayTitle         string        `json:"displayTitle,omitempty"`
	Created              firestoreTime `json:"created"`
	CreatedUTC           string        `json:"createdUTC"`
	RefID                string        `json:"refId"`
	ActiveSocialAccounts []string      `json:"activeSocialAccounts"`
	Suspended            bool          `json:"suspended"`
	MessagingActive      bool          `json:"messagingActive"`
	Email                string        `json:"email,omitempty"`
	Tags                 []string      `json:"tags,omitempty"`
	DisableSocial        []string      `json:"disableSocial,omitempty"`
	HideTitle            bool          `json:"hideTitle,omitempty"`
	HideLogo             bool          `json:"hideLogo,omitempty"`
	HideTopHeader        bool          `json:"hideTopHeader,omitempty"`
	TopHeader            string        `json:"topHeader,omitempty"`
	SubHeader            string        `json:"subHeader,omitempty"`
	profileDetails
}

func viewOfProfile(p core.Profile, linked []core.Account) profileView {
	return profileView{
		Status: "active", Title: p.Title, DisplayTitle: p.LinkPage.DisplayTitle, Created: firestore(p.CreatedAt),
		CreatedUTC: stamp(p.CreatedAt), RefID: p.RefID, ActiveSocialAccounts: networksOf(linked),
		MessagingActive: p.MessagingActive, Email: p.Email, Tags: p.Tags, DisableSocial: p.DisableSocial,
		HideTitle: p.LinkPage.HideTitle, HideLogo: p.LinkPage.HideLogo, HideTopHeader: p.LinkPage.HideTopHeader,
		TopHeader: p.LinkPage.TopHeader, SubHeader: p.LinkPage.SubHeader,
	}
}

// networksOf lists the networks of accounts, each once.
func networksOf(linked []core.Account) []string {
	out := make([]string, 0, len(linked))
	for _, account := range linked {
		out = append(out, account.Platform)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// listProfiles is GET /profiles. One user profile sees itself alone.
func (a *API) listProfiles(c *gin.Context) answer {
	q := parseQuery(c.Request.URL.RawQuery)
	asked := a.readProfileQuery(q)
	if len(q.problems) > 0 {
		return fail(profileAction, q.problems)
	}
	asked.only(profileOf(c))
	profiles, more, err := a.findProfiles(c.Request.Context(), asked)
	if err == nil && len(profiles) == 0 && asked.After != "" {
		err = a.checkProfileCursor(c.Request.Context(), profileOf(c), asked.After)
	}
	if err != nil {
		return fail(profileAction, err)
	}
	views, err := a.viewsOfProfiles(c.Request.Context(), profiles, asked.include)
	if err != nil {
		return fail(profileAction, err)
	}
	now := stamp(a.Clock.Now())
	list := profileList{
		Profiles: views, Count: len(views), LastUpdated: now, NextUpdate: now, // read from the store at every request
		Pagination: pagination{HasMore: more, Limit: asked.Limit}, Warnings: append(asked.warnings, q.ignored()...),
	}
	if more {
		list.Pagination.NextCursor = profiles[len(profiles)-1].ID
	}
	return ok(list)
}

// profileQuery is what GET /profiles asks for.
type profileQuery struct {
	store.ProfileQuery
	none     bool // no profile can match
	include  []string
	warnings []warning
}

// checkProfileCursor refuses a cursor that is no profile which the one of the request may see.
func (a *API) checkProfileCursor(ctx context.Context, of core.Profile, cursor string) error {
	if !of.Primary && cursor != of.ID {
		return unknownCursor(store.ErrNotFound)
	}
	p, err := a.Profiles.GetProfile(ctx, cursor)
	if err == nil && p.Primary {
		err = store.ErrNotFound // no list has it
	}
	return unknownCursor(err)
}

func (a *API) readProfileQuery(q *query) profileQuery {
	p := profileQuery{ProfileQuery: store.ProfileQuery{
		Title: q.filled("title"), RefID: q.filled("refId"), After: q.text("cursor"),
		Platforms: q.list("includesActiveSocialAccounts"), Limit: q.number("limit", maxProfiles, 1, maxProfiles),
	}}
	if has := q.choice("hasActiveSocialAccounts", "true", "false"); has != "" {
		wanted := has == "true"
		p.HasAccounts = &wanted
	}
	for _, key := range q.list(profileKeysField) {
		p.KeyHashes = append(p.KeyHashes, core.HashKey(core.Secret(key)))
	}
	a.checkPlatforms(q, &p)
	p.none = q.flag("isByokLinked") // the apps of this server are its operator's
	p.readInclude(q)
	p.readActionLog(q)
	return p
}

// checkPlatforms judges the names of networks that profiles have to have accounts of: one that
// is nearly that of a network is a mistake, and of another that this server may get some day no
// profile has accounts yet.
func (a *API) checkPlatforms(in *query, q *profileQuery) {
	const key = "includesActiveSocialAccounts"
	for i, name := range q.Platforms {
		if _, known := a.Registry.Get(name); known {
			continue
		}
		path := element(key, i)
		if meant, near := nearest(name, a.Registry.Names()); near || !isPlatformName(name) {
			e := a.Registry.UnknownPlatform(path, printable(name))
			if near {
				e.Message = path + " is " + quote(name) + ", which is no network; did you mean " + meant + "?"
			}
			in.add(e)
			continue
		}
		q.warnings = append(q.warnings, warning{
			Code: core.CodeUnknownPlatform, Field: path, Message: "this server has no network " + quote(name) + ", and so no profile has an account of it",
		})
	}
}

// only leaves out all profiles but the one that a request acts for, unless that is the
// primary one.
func (q *profileQuery) only(p core.Profile) {
	if p.Primary {
		return
	}
	q.none = q.none || q.RefID != "" && q.RefID != p.RefID
	q.RefID = p.RefID
}

// readActionLog reads the older way to ask for the log of actions: a boolean, or days.
func (q *profileQuery) readActionLog(in *query) {
	const key, mostDays = "actionLog", 365
	switch s := in.text(key); s {
	case "", "false":
	case "true":
		q.lacks(key, key)
	default:
		if days, err := strconv.Atoi(s); err != nil || days < 1 || days > mostDays {
			in.add(invalid(key, key+" must be true, false or a number of days from 1 to "+strconv.Itoa(mostDays)+", not "+quote(s)))
			return
		}
		q.lacks(key, key)
	}
}

// findProfiles returns the profiles that are asked for, and whether there are more.
func (a *API) findProfiles(ctx context.Context, q profileQuery) (found []core.Profile, more bool, err error) {
	if q.none {
		return nil, false, nil
	}
	limit := q.Limit
	q.Limit++
	if found, err = a.Profiles.ListProfiles(ctx, q.ProfileQuery); err != nil {
		return nil, false, err
	}
	if more = len(found) > limit; more {
		found = found[:limit]
	}
	return found, more, nil
}

// viewsOfProfiles shows profiles, with what is to be included.
func (a *API) viewsOfProfiles(ctx context.Context, profiles []core.Profile, include []string) ([]profileView, error) {
	linked, err := a.Accounts.ListOf(ctx, idsOf(profiles)...)
	if err != nil {
		return nil, err
	}
	views := make([]profileView, len(profiles))
	for i, p := range profiles {
		views[i] = viewOfProfile(p, linked[p.ID])
		if views[i].profileDetails, err = a.detailsOf(ctx, p, linked[p.ID], include); err != nil {
			return nil, err
		}
	}
	return views, nil
}

func idsOf(profiles []core.Profile) []string {
	ids := make([]string, len(profiles))
	for i, p := range profiles {
		ids[i] = p.ID
	}
	return ids
}
