package api

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

// profilesPath is the route of profiles, which has aliases below it.
const profilesPath = "/profiles"

// profileAction is the action of errors about profiles.
const profileAction = "profiles"

// profileChanged is the answer to a profile that was created, changed or deleted.
type profileChanged struct {
	Status string `json:"status"`
	Title  string `json:"title,omitempty"`
	RefID  string `json:"refId"`
	// ProfileKey is told once, when it is made.
	ProfileKey      string    `json:"profileKey,omitempty"`
	MessagingActive *bool     `json:"messagingActive,omitempty"`
	Warnings        []warning `json:"warnings,omitempty"`
}

// createProfile is POST /profiles.
func (a *API) createProfile(c *gin.Context) answer {
	f, err := a.readForProfile(c)
	if err != nil {
		return fail(profileAction, err)
	}
	if err := checkCreator(c, f); err != nil {
		return fail(profileAction, err)
	}
	form := a.readProfile(f)
	if !f.given("title") {
		f.add(invalid("title", "title is missing: every profile has a title of its own"))
	}
	if len(f.problems) > 0 {
		return fail(profileAction, f.problems)
	}
	now := a.Clock.Now()
	p := core.Profile{ID: core.NewID(now), RefID: core.NewRefID(), CreatedAt: now}
	form.apply(&p)
	key := core.NewProfileKey()
	if err := a.Profiles.CreateProfile(c.Request.Context(), p, core.HashKey(key)); err != nil {
		return fail(profileAction, takenAtCreation(profileError(err, p.Title)))
	}
	a.logOf(c).InfoContext(c.Request.Context(), "profile created", "created", p.ID, "ref_id", p.RefID)
	return ok(profileChanged{
		Status: statusSuccess, Title: p.Title, RefID: p.RefID, ProfileKey: key.Reveal(), MessagingActive: &p.MessagingActive,
		Warnings: slices.Concat(form.warnings, f.ignored(), unusedAtCreation(c.Request)),
	})
}

// checkCreator refuses to create a profile in the name of a user profile: whoever sends its key
// wants to act for it.
func checkCreator(c *gin.Context, f *fields) error {
	if profileOf(c).Primary {
		return nil
	}
	field := profileKeyHeader
	if strings.TrimSpace(f.text(profileKeyField)) != "" {
		field = profileKeyField
	}
	e := invalid(field, "profiles are created with the API key alone, not for a user profile")
	e.Help = "Leave " + field + " out. To change the profile that it is the key of, send PATCH /profiles."
	return e
}

// lostAnswer tells what to do when the answer with the key of a new profile got lost.
const lostAnswer = "GET /profiles?title= tells its refId, and PATCH /profiles with that and newKey: true answers with another key."

// takenAtCreation adds the way out for who has sent a request again whose answer was lost.
func takenAtCreation(err error) error {
	e, ok := errors.AsType[*core.Error](err)
	if !ok || e.Code != core.CodeTitleTaken {
		return err
	}
	c := *e
	c.Help = "Choose another title. If this request was sent before, and its answer lost: " + lostAnswer
	return &c
}

// unusedAtCreation warns that an Idempotency-Key was not looked at: the answer has the key of
// the profile, which is not kept.
func unusedAtCreation(r *http.Request) []warning {
	warnings := unusedKey(r)
	for i := range warnings {
		warnings[i].Message = "the Idempotency-Key was ignored, since the answer has a key that is not kept; the same request again is refused, because the title is taken. If this answer is lost: " + lostAnswer
	}
	return warnings
}

// updateProfile is PATCH and PUT /profiles.
func (a *API) updateProfile(c *gin.Context) answer {
	f, err := a.readForProfile(c)
	if err != nil {
		return fail(profileAction, err)
	}
	p, err := a.namedProfile(c, f.text("refId"), "", f)
	if err != nil {
		return fail(profileAction, err)
	}
	form, newKey := a.readProfile(f), f.flag("newKey", false)
	if p.Primary {
		f.checkPrimary(newKey)
	}
	if len(f.problems) == 0 && len(form.changes) == 0 && !newKey {
		f.add(invalid("", "the request changes nothing: send a field of the profile, or newKey: true"))
	}
	if len(f.problems) > 0 {
		return fail(profileAction, f.problems)
	}
	key, err := a.change(c.Request.Context(), p, form, newKey)
	if err != nil {
		return fail(profileAction, err)
	}
	a.logOf(c).InfoContext(c.Request.Context(), "profile changed", "changed", p.ID, "new_key", newKey)
	return ok(profileChanged{
		Status: statusSuccess, RefID: p.RefID, ProfileKey: key.Reveal(),
		Warnings: slices.Concat(form.warnings, f.ignored(), unusedKey(c.Request)),
	})
}

// checkPrimary refuses what cannot be changed of the primary profile. Its title is among
// that since a request with it lacks the key of the profile that it is meant for.
func (f *fields) checkPrimary(newKey bool) {
	if f.given("title") {
		e := invalid("title", "the title of the primary profile cannot be changed")
		e.Help = "Send the key of the user profile that is meant, as Profile-Key or profileKey, or its refId. On the page of the primary profile displayTitle stands in place of its title."
		f.add(e)
	}
	if newKey {
		e := invalid("newKey", "the API key cannot be replaced by a request")
		e.Help = "The operator sets CRIER_API_KEY to a new key and starts the server again. For a user profile, send its key as Profile-Key or profileKey, or its refId."
		f.add(e)
	}
}

// change changes a profile in the store, and gives it a new key if one is wanted: from then
// on, the one before is good for nothing.
func (a *API) change(ctx context.Context, p core.Profile, form profileForm, newKey bool) (key core.Secret, err error) {
	defer a.keyring.forget(p.ID) // also where it failed: nobody knows how far it came
	if len(form.changes) > 0 {
		_, err := a.Profiles.UpdateProfile(ctx, p.ID, func(p *core.Profile) error {
			form.apply(p)
			return nil
		})
		if err != nil {
			return "", profileError(err, form.title)
		}
	}
	if !newKey {
		return "", nil
	}
	key = core.NewProfileKey()
	err = a.Profiles.SetProfileKey(ctx, p.ID, core.HashKey(key))
	if errors.Is(err, store.ErrNotFound) {
		return "", noSuchProfile("")
	}
	return key, err
}

// profileError explains what the store says about a profile.
func profileError(err error, title string) error {
	switch {
	case errors.Is(err, store.ErrExists):
		return &core.Error{
			Kind: core.KindInvalid, Code: core.CodeTitleTaken, Field: "title", Err: err,
			Message: "another profile has the title " + quote(title),
		}
	case errors.Is(err, store.ErrNotFound):
		return noSuchProfile("")
	}
	return err
}

func noSuchProfile(field string) *core.Error {
	e := &core.Error{Kind: core.KindNotFound, Code: core.CodeProfileNotFound, Field: field, Message: "there is no such profile"}
	if field != "" {
		e.Message = "no profile has this " + field
	}
	return e
}

// purgeAtOnce is how many records of a deleted profile are removed before the answer: its
// accounts come first, and most profiles have few others. The rest is removed by and by.
const purgeAtOnce = 200

// deleteProfile is DELETE /profiles.
func (a *API) deleteProfile(c *gin.Context) answer {
	f, err := a.readForProfile(c)
	if err != nil {
		return fail(profileAction, err)
	}
	q := parseQuery(c.Request.URL.RawQuery)
	refID, title := f.eitherPlace("refId", q), cmp.Or(f.line("title", maxTitle), q.text("title"))
	if f.eitherPlace("title", q) == "" && q.values.Has("title") {
		f.add(invalid("title", "title is empty"))
	}
	f.problems = append(f.problems, q.problems...)
	p, err := a.namedProfile(c, refID, title, f)
	switch {
	case err != nil:
		return fail(profileAction, err)
	case len(f.problems) > 0:
		return fail(profileAction, f.problems)
	case p.Primary:
		return fail(profileAction, notDeletable())
	}
	ctx := c.Request.Context()
	err = a.Profiles.DeleteProfile(ctx, p.ID)
	a.keyring.forget(p.ID)
	if err != nil {
		return fail(profileAction, profileError(err, ""))
	}
	a.logOf(c).InfoContext(ctx, "profile deleted", "deleted", p.ID, "ref_id", p.RefID)
	if _, err := a.Profiles.PurgeProfile(context.WithoutCancel(ctx), p.ID, purgeAtOnce); err != nil {
		a.logOf(c).WarnContext(ctx, "what belongs to a deleted profile is left to be removed later", "deleted", p.ID, "error", err)
	}
	return ok(profileChanged{Status: statusSuccess, RefID: p.RefID, Warnings: slices.Concat(f.ignored(), q.ignored())})
}

func notDeletable() *core.Error {
	e := invalid("", "the primary profile cannot be deleted")
	e.Help = "Name a user profile: by its key, as Profile-Key or profileKey, by its refId, or by its title."
	return e
}

// namedProfile returns the profile that a request is about: the one that its key selects,
// or else the one that it names by refId or title. What names a profile besides has to name
// the same: that of another is not even looked for.
func (a *API) namedProfile(c *gin.Context, refID, title string, f *fields) (core.Profile, error) {
	if len(f.problems) > 0 {
		return core.Profile{}, f.problems
	}
	p := profileOf(c)
	var err error
	switch ctx := c.Request.Context(); {
	case !p.Primary:
	case refID != "":
		p, err = a.findProfile(ctx, "refId", refID)
	case title != "":
		p, err = a.findProfile(ctx, "title", title)
	}
	switch {
	case err != nil:
		return core.Profile{}, err
	case refID != "" && refID != p.RefID:
		return core.Profile{}, invalid("refId", "refId names another profile than the key; send one of them")
	case title != "" && title != p.Title:
		return core.Profile{}, invalid("title", "title names another profile than the rest of the request; send one of them")
	}
	return p, nil
}

// findProfile finds a profile by its refId or title.
func (a *API) findProfile(ctx context.Context, field, value string) (core.Profile, error) {
	find := a.Profiles.ProfileByRef
	if field == "title" {
		find = a.Profiles.ProfileByTitle
	}
	p, err := find(ctx, value)
	if errors.Is(err, store.ErrNotFound) {
		return p, noSuchProfile(field)
	}
	return p, err
}
