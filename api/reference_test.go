package api_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
)

func TestProviders(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	list := s.call(http.MethodGet, "/providers", nil).want(http.StatusOK).object()["providers"].([]any)
	provider := list[0].(jsonMap)
	info := s.network.Info()
	equal(t, []any{info.Name, info.Title, info.OptionsKey, info.Website},
		[]any{provider["name"], provider["title"], provider["optionsKey"], provider["website"]})
	equal(t, any([]any{"delete", "linkFromTokens", "linkInBrowser", "refresh", "introspect"}), provider["abilities"])
	equal(t, len(info.Options), len(provider["options"].([]any)))
	equal(t, any([]any{jsonMap{
		"name": "main", "title": "The scripted app", "kinds": []any{"person", "organization"}, "direct": false, "fields": []any{},
	}}), provider["linkApps"])
}

func TestProvidersTellWhatIsAskedFor(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(o *options) { o.network = direct })
	provider := s.call(http.MethodGet, "/providers", nil).want(http.StatusOK).object()["providers"].([]any)[0].(jsonMap)
	handle := jsonMap{"name": "handle", "label": "Handle", "help": "What you are called there.", "example": "name.example", "secret": false}
	equal(t, any([]any{
		jsonMap{"name": "asking", "title": "The app that asks", "kinds": []any{"person"}, "direct": false, "fields": []any{handle}},
		jsonMap{"name": "direct", "title": "The app with a password", "kinds": []any{"person"}, "direct": true, "fields": []any{
			handle, jsonMap{"name": "appPassword", "label": "App password", "help": "Make one in your settings there.", "example": "xxxx-xxxx", "secret": true},
		}},
	}), provider["linkApps"])
}

func TestAbilities(t *testing.T) {
	t.Parallel()
	s, _ := newForum(t)
	provider := s.call(http.MethodGet, "/providers", nil).want(http.StatusOK).object()["providers"].([]any)[0].(jsonMap)
	equal(t, any([]any{
		"delete", "linkFromTokens", "linkInBrowser", "refresh", "introspect", "edit", "comments", "firstComment", "disableComments", "analytics", "history", "brandSearch", "audience",
	}), provider["abilities"])
}

func TestErrorExplainer(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for _, info := range core.Codes() {
		body := s.call(http.MethodGet, fmt.Sprintf("/error-explainer?code=%d", info.Code), nil).want(http.StatusOK).object()
		equal(t, []any{float64(info.Code), info.Name, info.Meaning, info.Help, float64(info.Status)},
			[]any{body["code"], body["name"], body["cause"], body["resolution"], body["httpStatus"]})
	}
	s.call(http.MethodGet, "/error-explainer?code=999", nil).want(http.StatusNotFound)
	s.call(http.MethodGet, "/error-explainer", nil).want(http.StatusBadRequest)
	s.call(http.MethodGet, "/error-explainer?code=x", nil).want(http.StatusBadRequest)
}

func TestDescriptionIsServed(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for range 2 {
		body := s.send(t.Context(), http.MethodGet, "/openapi.json", nil).want(http.StatusOK).object()
		equal(t, "3.1.0", body["openapi"].(string))
		equal(t, any("test"), body["info"].(jsonMap)["version"])
		equal(t, len(description(t).Paths.Map()), len(body["paths"].(jsonMap)))
	}
}

// The option blocks of all networks are described, as GET /providers tells them.
func TestDescriptionHasTheOptionBlocks(t *testing.T) {
	t.Parallel()
	other := coretest.NewProvider(coretest.Config{Name: "other"})
	s := newServer(t, func(o *options) { o.also = []core.Provider{other} })
	data := s.send(t.Context(), http.MethodGet, "/openapi.json", nil).want(http.StatusOK).body
	doc, err := openapi3.NewLoader().LoadFromData(data)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context(), openapi3.IsOpenAPI31OrLater()); err != nil {
		t.Error(err)
	}
	properties := doc.Components.Schemas["PostRequest"].Value.Properties
	equal(t, true, properties["post"] != nil)
	for _, info := range []core.Info{s.network.Info(), other.Info()} {
		block := properties[info.OptionsKey]
		if block == nil {
			t.Fatalf("%s is not described", info.OptionsKey)
		}
		want := map[string]string{}
		for _, o := range info.Options {
			want[o.Name] = o.Help + " (" + o.Type + ")"
		}
		got := map[string]string{}
		for name, option := range block.Value.Properties {
			got[name] = option.Value.Description
		}
		equal(t, want, got)
		equal(t, "Options of "+info.Title+".", block.Value.Description)
	}
}

func TestSamples(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	r := s.send(t.Context(), http.MethodGet, "/samples/dunes", nil).want(http.StatusOK)
	equal(t, "image/png", r.header.Get("Content-Type"))
	equal(t, samples()[0].Content, r.body)
	head := s.send(t.Context(), http.MethodHead, "/api/samples/dunes", nil).want(http.StatusOK)
	equal(t, r.header.Get("Content-Length"), head.header.Get("Content-Length"))
	part := s.send(t.Context(), http.MethodGet, "/samples/dunes", nil, header{"Range", "bytes=1-3"}).want(http.StatusPartialContent)
	equal(t, "PNG", string(part.body))
	for _, refused := range []struct {
		ask    header
		status int
	}{
		{header{"Range", "bytes=9999-"}, http.StatusRequestedRangeNotSatisfiable},
		{header{"If-Match", `"other"`}, http.StatusPreconditionFailed},
	} {
		r := s.send(t.Context(), http.MethodGet, "/samples/dunes", nil, refused.ask).want(refused.status)
		equal(t, []any{core.CodeParameters, "no-store"}, []any{r.problems()[0].Code, r.header.Get("Cache-Control")})
	}
}

func TestValidatePost(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	page := s.linkPage()
	r := s.call(http.MethodPost, "/validate/post", jsonMap{"post": "a", "platforms": []string{"scripted"}, "colour": 1}).want(http.StatusOK).object()
	equal(t, any("success"), r["status"])
	preview := r["preview"].(jsonMap)["scripted"].(jsonMap)
	equal(t, []any{"a", 1.0, s.account.ID}, []any{preview["text"], preview["length"], preview["accountId"]})
	equal(t, 1, len(r["warnings"].([]any)))

	both := s.call(http.MethodPost, "/validate/post", jsonMap{"post": "a", "platforms": []string{"scripted"}, "accountIds": []string{page.ID}}).want(http.StatusOK).object()
	equal(t, 2, len(both["preview"].(jsonMap)["scripted"].([]any)))

	bad := s.call(http.MethodPost, "/validate/post", jsonMap{
		"post": "a", "platforms": []string{"scripted"}, "mediaUrls": []string{"https://cdn.example/missing.png"},
	}).want(http.StatusBadRequest)
	equal(t, []problem{{Code: core.CodeMediaURL, Field: "mediaUrls[0]", Platform: "scripted", Verify: true}}, bad.problems())
	equal(t, any(float64(core.CodeMediaURL)), bad.object()["code"])
	equal(t, bad.object()["errors"].([]any)[0].(jsonMap)["help"], any(bad.text("help")))
	s.call(http.MethodPost, "/validate/post", jsonMap{"post": 1}).want(http.StatusBadRequest)

	s.serveUploads()
	body, contentType := form(t, part{"post", "", "a"}, part{"platforms", "", "scripted"}, part{"media", "a.png", "1"})
	s.call(http.MethodPost, "/validate/post", body, contentType).want(http.StatusOK)
	equal(t, 0, len(s.uploads.names()))
	equal(t, 0, len(s.timeline()))
	equal(t, []string{}, s.call(http.MethodGet, "/history", nil).texts())
}

func TestValidateJSON(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	plain := header{"Content-Type", "text/plain"}
	for _, good := range []string{`{"a":[1,"b",null]}`, `"text"`, `[]`, ` 1 `} {
		s.call(http.MethodPost, "/validate/json", good, plain).want(http.StatusOK)
	}
	for _, bad := range []string{`{"a":`, ``, `{} {}`, `{"a":1,"a":2}`, "\"\xff\""} {
		equal(t, core.CodeParameters, s.call(http.MethodPost, "/validate/json", bad, plain).want(http.StatusBadRequest).problems()[0].Code)
	}
}
