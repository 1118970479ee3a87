package appview

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// AppView answers methods about posts and profiles. It is safe for concurrent use if its source is.
type AppView struct {
	source Source
	o      Options
}

// New returns an AppView of what a source has.
func New(source Source, o Options) *AppView { return &AppView{source, o} }

// Problem is why a method was not answered, as methods say it.
type Problem struct {
	Status        int
	Name, Message string
}

func refused(name, message string) *Problem { return &Problem{http.StatusBadRequest, name, message} }

func invalid(message string) *Problem { return refused("InvalidRequest", message) }

// handler answers one method.
type handler func(*world, url.Values) (any, *Problem)

var handlers = map[string]handler{
	"app.bsky.actor.getProfile":            (*world).getProfile,
	"app.bsky.actor.getProfiles":           (*world).getProfiles,
	"app.bsky.actor.searchActors":          (*world).searchActors,
	"app.bsky.actor.searchActorsTypeahead": (*world).searchActors,
	"app.bsky.feed.getPosts":               (*world).getPosts,
	"app.bsky.feed.getPostThread":          (*world).getPostThread,
	"app.bsky.feed.getAuthorFeed":          (*world).getAuthorFeed,
	"com.atproto.identity.resolveHandle":   (*world).resolveHandle,
}

// Has tells whether there is such a method.
func Has(method string) bool {
	_, known := handlers[method]
	return known
}

// Answer answers a method with what is to become its JSON.
func (v *AppView) Answer(ctx context.Context, method string, params url.Values) (any, *Problem) {
	handle, known := handlers[method]
	if !known {
		return nil, &Problem{http.StatusNotImplemented, "MethodNotImplemented", "Method Not Implemented"}
	}
	w, err := load(ctx, v.source, v.o)
	if err != nil {
		return nil, &Problem{http.StatusBadGateway, "UpstreamFailure", err.Error()}
	}
	return handle(w, params)
}

// ServeHTTP serves the methods below /xrpc/.
func (v *AppView) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	out, bad := v.Answer(r.Context(), strings.TrimPrefix(r.URL.Path, "/xrpc/"), r.URL.Query())
	status := http.StatusOK
	if bad != nil {
		status = bad.Status
		out = map[string]string{"error": bad.Name, "message": bad.Message}
	}
	rw.Header().Set("Content-Type", "application/json; charset=utf-8")
	rw.WriteHeader(status)
	enc := json.NewEncoder(rw)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(out) // the client is gone; nobody is left to tell
}

func need(params url.Values, name string) (string, *Problem) {
	if v := params.Get(name); v != "" {
		return v, nil
	}
	return "", invalid(`Error: Params must have the property "` + name + `"`)
}

// number reads a parameter between 0, or 1 for a limit, and most.
func number(params url.Values, name string, fallback, least, most int) (int, *Problem) {
	raw := params.Get(name)
	if raw == "" {
		return fallback, nil
	}
	n, err := strconv.Atoi(raw)
	switch {
	case err != nil:
		return 0, invalid("Error: " + name + " must be an integer")
	case n < least:
		return 0, invalid("Error: " + name + " can not be less than " + strconv.Itoa(least))
	case n > most:
		return 0, invalid("Error: " + name + " can not be greater than " + strconv.Itoa(most))
	}
	return n, nil
}

// actor returns the account that a parameter names, if it is shown.
func (w *world) actor(params url.Values) (*repo, *Problem) {
	name, bad := need(params, "actor")
	if bad != nil {
		return nil, bad
	}
	r := w.find(name)
	switch {
	case r == nil || r.Status == "deleted":
		return nil, invalid("Profile not found")
	case r.Status == "deactivated":
		return nil, refused("AccountDeactivated", "Account is deactivated")
	case r.Status != "":
		return nil, refused("AccountTakedown", "Account has been suspended")
	}
	return r, nil
}

func (w *world) getProfile(params url.Values) (any, *Problem) {
	r, bad := w.actor(params)
	if bad != nil {
		return nil, bad
	}
	return w.profile(r), nil
}

// MaxBatch is how many things a method answers at once.
const MaxBatch = 25

func batch(params url.Values, name string) ([]string, *Problem) {
	items := params[name]
	switch {
	case len(items) == 0:
		return nil, invalid(`Error: Params must have the property "` + name + `"`)
	case len(items) > MaxBatch:
		return nil, invalid("Error: " + name + " must not have more than " + strconv.Itoa(MaxBatch) + " elements")
	}
	return items, nil
}

func (w *world) getProfiles(params url.Values) (any, *Problem) {
	actors, bad := batch(params, "actors")
	if bad != nil {
		return nil, bad
	}
	out := struct {
		Profiles []profileView `json:"profiles"`
	}{[]profileView{}}
	for _, actor := range actors {
		if r := w.find(actor); r != nil && r.Status == "" {
			out.Profiles = append(out.Profiles, w.profile(r))
		}
	}
	return out, nil
}

// searchActors finds those whose handle, or a word of whose name, begins with what is looked for.
func (w *world) searchActors(params url.Values) (any, *Problem) {
	limit, bad := number(params, "limit", 10, 1, 100)
	if bad != nil {
		return nil, bad
	}
	query := strings.ToLower(strings.TrimPrefix(cmp.Or(params.Get("q"), params.Get("term")), "@"))
	out := struct {
		Actors []authorView `json:"actors"`
	}{[]authorView{}}
	for _, r := range w.order {
		names := append(strings.Fields(strings.ToLower(text(r.profile.Value, "displayName"))), strings.ToLower(r.Handle))
		found := slices.ContainsFunc(names, func(name string) bool { return strings.HasPrefix(name, query) })
		if query != "" && r.Status == "" && found && len(out.Actors) < limit {
			out.Actors = append(out.Actors, w.author(r))
		}
	}
	return out, nil
}

func (w *world) resolveHandle(params url.Values) (any, *Problem) {
	handle, bad := need(params, "handle")
	if bad != nil {
		return nil, bad
	}
	r := w.find(handle)
	if r == nil || r.Status != "" || r.DID == handle {
		return nil, invalid("Unable to resolve handle")
	}
	return struct {
		DID string `json:"did"`
	}{r.DID}, nil
}
