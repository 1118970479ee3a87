package api

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

const (
	// profileKeyHeader selects the user profile that a request acts for.
	profileKeyHeader = "Profile-Key"
	// profileKeyField does the same in the body of some routes.
	profileKeyField = "profileKey"
	// profileKeysField is a filter of GET /profiles, and nothing elsewhere.
	profileKeysField = "profileKeys"
)

// authenticate finds the profile that a request acts for: the primary one, whose key every
// request carries, or the user profile that it selects beside that.
func (a *API) authenticate(c *gin.Context) {
	profile, err := a.profile(c.Request)
	if err == nil {
		err = checkQuery(c)
	}
	if err == nil {
		c.Set(profileKey, profile)
		c.Next()
		return
	}
	if core.CodeOf(visible(err)[0]) == core.CodeUnauthorized {
		c.Header("WWW-Authenticate", `Bearer realm="crier"`)
	}
	c.Abort()
	a.write(c, fail("request", err))
}

// profile returns the profile that a request acts for, as its headers say.
func (a *API) profile(r *http.Request) (core.Profile, error) {
	primary, err := a.primary(r)
	if err != nil {
		return core.Profile{}, err
	}
	selected, err := selectedKey(r)
	if err != nil || selected == "" {
		return primary, err
	}
	return a.userProfile(r.Context(), profileKeyHeader, selected)
}

// primary returns the primary profile if the request carries its key.
func (a *API) primary(r *http.Request) (core.Profile, error) {
	key := apiKey(r)
	if key == "" {
		return core.Profile{}, unauthorized("the request carries no API key")
	}
	profile, err := a.keyring.owner(r.Context(), key)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return core.Profile{}, unauthorized("the API key is not valid")
	case err != nil:
		return core.Profile{}, err
	case !profile.Primary:
		e := unauthorized("the API key is the key of a user profile, which opens nothing by itself")
		e.Help = "Send the API key of the server as `Authorization: Bearer`, and the key of the user profile beside it as `Profile-Key`."
		return core.Profile{}, e
	}
	return profile, nil
}

func unauthorized(message string) *core.Error {
	return &core.Error{Kind: core.KindAuth, Code: core.CodeUnauthorized, Message: message}
}

// userProfile returns the profile of a key that stands in a header or field. The API key
// selects the primary profile, as leaving the field out does.
func (a *API) userProfile(ctx context.Context, field, key string) (core.Profile, error) {
	profile, err := a.keyring.owner(ctx, key)
	if errors.Is(err, store.ErrNotFound) {
		e := &core.Error{
			Kind: core.KindForbidden, Code: core.CodeProfileKey, Field: field,
			Message: "the " + field + " is the key of no profile of this server",
		}
		if field == profileKeyField {
			e.Help = "Send as profileKey in the body what POST /profiles answered with, or name the profile by its refId. A lost key cannot be shown again: PATCH /profiles with refId and newKey: true replaces it."
		}
		return core.Profile{}, e
	}
	return profile, err
}

// selectedKey returns the key in the header that selects a user profile; "" when there is
// none.
func selectedKey(r *http.Request) (string, error) {
	key := ""
	for _, v := range r.Header.Values(profileKeyHeader) {
		v = strings.TrimSpace(v)
		if key != "" && v != "" && v != key {
			return "", invalid(profileKeyHeader, "the header Profile-Key was sent twice, with different keys")
		}
		key = cmp.Or(key, v)
	}
	return key, nil
}

// apiKey returns the key that the request carries, from either header.
func apiKey(r *http.Request) string {
	scheme, key, found := strings.Cut(strings.TrimSpace(r.Header.Get("Authorization")), " ")
	if found && strings.EqualFold(scheme, "Bearer") {
		return strings.TrimSpace(key)
	}
	return strings.TrimSpace(r.Header.Get("X-Api-Key"))
}

// checkQuery refuses a query that is malformed, and one that wants to act for another
// profile than the headers say: to act for theirs instead would post to the wrong accounts.
func checkQuery(c *gin.Context) error {
	q := parseQuery(c.Request.URL.RawQuery)
	reads := c.Request.Method == http.MethodGet || c.Request.Method == http.MethodHead
	listsProfiles := reads && strings.TrimPrefix(c.FullPath(), "/api") == profilesPath
	for _, field := range []string{profileKeyField, profileKeysField} {
		filters := field == profileKeysField && listsProfiles
		if !filters && len(q.list(field)) > 0 {
			q.add(headerAlone(field))
		}
	}
	return q.problems.OrNil()
}

// headerAlone refuses a field that selects a profile where only the header does.
func headerAlone(field string) *core.Error {
	if field == profileKeysField {
		e := unsupported(field, "one request acts for one profile")
		e.Help = "Send a request for each, with the header Profile-Key."
		return e
	}
	e := unsupported(field, "this route takes the key of a user profile in the header Profile-Key alone")
	e.Help = "Send the key in the header Profile-Key, beside the API key."
	return e
}

// readForProfile is readJSON for the routes whose body may select the profile by its key, as
// the header does. The profile of the request is that one from then on.
func (a *API) readForProfile(c *gin.Context) (*fields, error) {
	f, _, err := readBody(c)
	if err != nil {
		return nil, err
	}
	if raw, sent := f.raw(profileKeysField); sent && !blank(raw) {
		f.add(headerAlone(profileKeysField))
	}
	key := strings.TrimSpace(f.text(profileKeyField))
	if key == "" {
		return f, nil
	}
	inHeader, err := selectedKey(c.Request)
	switch {
	case err != nil:
		return nil, err
	case inHeader == key:
		return f, nil
	case inHeader != "":
		return nil, invalid(profileKeyField, "profileKey of the body is another key than the header Profile-Key; send one of them")
	}
	profile, err := a.userProfile(c.Request.Context(), profileKeyField, key)
	if err != nil {
		return nil, err
	}
	c.Set(profileKey, profile)
	return f, nil
}
