package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
)

func TestPostAnalytics(t *testing.T) {
	t.Parallel()
	s, forum := newForum(t)
	id, remoteID := s.publish("Hello")
	forum.Overhear(remoteID, "bob", "Nice")
	ask := jsonMap{"id": id, "platforms": []string{"scripted"}}
	r := s.call(http.MethodPost, "/analytics/post", ask).want(http.StatusOK)
	part := r.part()
	equal(t, []any{"success", id, []any{}}, []any{r.object()["status"], r.object()["id"], r.object()["errors"]})
	equal(t, []any{remoteID, "https://scripted.example/posts/" + remoteID, jsonMap{"commentCount": 1.0}},
		[]any{part["id"], part["postUrl"], part["analytics"]})

	forum.Overhear(remoteID, "bob", "Very nice")
	again := s.call(http.MethodPost, "/analytics/post", ask).want(http.StatusOK).part()
	equal(t, part, again)
	equal(t, 1, len(s.network.Calls(coretest.OpAnalytics)))
	s.clock.Advance(10 * time.Minute)
	later := s.call(http.MethodPost, "/analytics/post", ask).want(http.StatusOK).part()
	equal(t, []any{jsonMap{"commentCount": 2.0}, again["nextUpdate"]}, []any{later["analytics"], later["lastUpdated"]})
}

func TestNativeAnalytics(t *testing.T) {
	t.Parallel()
	s, forum := newForum(t)
	_, first := s.publish("Hello")
	second := forum.Publish(s.account.RemoteID, "From elsewhere")
	ask := jsonMap{"postIds": []string{second, first, "post-99"}, "platforms": []string{"scripted"}, "searchPlatformId": true}
	r := s.call(http.MethodPost, "/analytics/post", ask).want(http.StatusOK)
	list := r.comments()
	equal(t, []any{"partial", second, first, "error", float64(core.CodeAnalytics)},
		[]any{r.object()["status"], list[0]["id"], list[1]["id"], list[2]["status"], list[2]["code"]})
	equal(t, core.CodeAnalytics, r.problems()[0].Code)
	equal(t, 1, len(s.network.Calls(coretest.OpAnalytics)))
	one := s.call(http.MethodPost, "/analytics/post", jsonMap{"id": second, "platforms": "scripted", "searchPlatformId": true}).want(http.StatusOK)
	equal(t, []any{second, any(second)}, []any{one.text("id"), one.part()["id"]})
	equal(t, 1, len(s.network.Calls(coretest.OpAnalytics)))
	s.call(http.MethodPost, "/analytics/post", jsonMap{"id": "post-99", "platforms": "scripted", "searchPlatformId": true}).want(http.StatusBadRequest)
}

func TestSocialAnalytics(t *testing.T) {
	t.Parallel()
	s, forum := newForum(t)
	page := s.linkPage()
	forum.Publish(s.account.RemoteID, "From elsewhere")
	r := s.call(http.MethodPost, "/analytics/social", jsonMap{"platforms": []string{"scripted"}, "quarters": 2, "daily": true, "period60Days": false}).want(http.StatusOK)
	equal(t, []any{jsonMap{"postCount": 1.0}, s.account.ID, nil}, []any{r.part()["analytics"], r.part()["accountId"], r.part()["id"]})
	equal(t, 2, len(r.object()["warnings"].([]any))) // the adapter's, and of the unknown field
	equal(t, "2 true", s.network.Calls(coretest.OpAnalytics)[0].Item)
	both := s.call(http.MethodPost, "/analytics/social", jsonMap{"platforms": "scripted", "accountIds": []string{page.ID}}).want(http.StatusOK)
	equal(t, 2, len(both.comments()))
}

func TestAnalyticsProblems(t *testing.T) {
	t.Parallel()
	s, _ := newForum(t)
	id, _ := s.publish("Hello")
	tests := map[string]struct {
		path   string
		body   jsonMap
		status int
		field  string
	}{
		"no post":            {"post", jsonMap{}, 400, "id"},
		"unknown post":       {"post", jsonMap{"id": "nope"}, 404, "id"},
		"two ways":           {"post", jsonMap{"id": id, "postIds": []string{"a"}}, 400, "postIds"},
		"ours as list":       {"post", jsonMap{"postIds": []string{id}}, 400, "postIds"},
		"too many":           {"post", jsonMap{"postIds": numbers(101), "searchPlatformId": true, "platforms": "scripted"}, 400, "postIds"},
		"an empty one":       {"post", jsonMap{"postIds": []string{"a", ""}, "searchPlatformId": true, "platforms": "scripted"}, 400, "postIds"},
		"of no network":      {"post", jsonMap{"postIds": []string{"a"}, "searchPlatformId": true}, 400, "platforms"},
		"accounts of none":   {"social", jsonMap{}, 400, "platforms"},
		"of an unknown one":  {"social", jsonMap{"platforms": []string{"Scripted"}}, 400, "platforms[0]"},
		"of another account": {"social", jsonMap{"accountIds": []string{"nobody"}}, 400, "accountIds[0]"},
		"five quarters":      {"social", jsonMap{"platforms": "scripted", "quarters": 5}, 400, "quarters"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := s.with(t).call(http.MethodPost, "/analytics/"+tt.path, tt.body).want(tt.status)
			equal(t, []string{tt.field}, r.fields())
		})
	}
}

func numbers(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = string(rune('A'+i/26)) + string(rune('a'+i%26))
	}
	return out
}

func TestArchive(t *testing.T) {
	t.Parallel()
	s, forum := newForum(t)
	for _, text := range []string{"one", "two", "three"} {
		forum.Publish(s.account.RemoteID, text)
	}
	r := s.call(http.MethodGet, query("/history/scripted", "limit", "2", "source", "npm", "platform", "scripted"), nil).want(http.StatusOK)
	equal(t, []string{"three", "two"}, postTexts(r, "posts"))
	pagination := r.object()["meta"].(jsonMap)["pagination"].(jsonMap)
	equal(t, []any{true, 2.0}, []any{pagination["hasMore"], pagination["limit"]})
	next := pagination["next"].(string)
	rest := s.call(http.MethodGet, query("/history/scripted", "limit", "2", "next", next, "skipAnalytics", "true"), nil).want(http.StatusOK)
	equal(t, []string{"one"}, postTexts(rest, "posts"))
	equal(t, any(jsonMap{"hasMore": false, "limit": 2.0}), rest.object()["meta"].(jsonMap)["pagination"])
	equal(t, any(nil), rest.object()["posts"].([]any)[0].(jsonMap)["commentCount"])
	for _, wrong := range []string{"limit=0", "limit=501", "skipAnalytics=maybe", "accountId=nobody"} {
		s.call(http.MethodGet, "/history/scripted?"+wrong, nil).want(http.StatusBadRequest)
	}
}

// postTexts returns the texts of a list of posts.
func postTexts(r *response, key string) []string {
	var out []string
	for _, post := range r.object()[key].([]any) {
		out = append(out, post.(jsonMap)["post"].(string))
	}
	return out
}

func TestLookups(t *testing.T) {
	t.Parallel()
	s, _ := newForum(t)
	found := s.call(http.MethodGet, query("/brand/search/scripted", "search", "Ada"), nil).want(http.StatusOK).comments()
	equal(t, []any{2, "person-1", "person", "@person-1"}, []any{len(found), found[0]["id"], found[0]["type"], found[0]["mention"]})
	people := s.call(http.MethodGet, query("/brand/search/scripted", "search", "Nobody", "personOnly", "true"), nil).want(http.StatusOK)
	equal(t, 0, len(people.comments()))
	equal(t, any([]any{jsonMap{"code": float64(core.CodeMention), "platform": "scripted", "accountId": s.account.ID, "field": "search", "message": "search by the beginning of a name"}}), people.object()["warnings"])
	for _, none := range []string{"\x00", "Ada\n.", "\xff"} {
		equal(t, []string{"search"}, s.call(http.MethodGet, query("/brand/search/scripted", "search", none), nil).want(http.StatusBadRequest).fields())
	}
	equal(t, 1, len(s.network.Calls(coretest.OpDirectory))-1)

	facets := s.call(http.MethodGet, "/audience/scripted", nil).want(http.StatusOK).object()
	equal(t, any([]any{jsonMap{"name": "countries", "help": "Where the followers live."}}), facets["facets"])
	values := s.call(http.MethodGet, query("/audience/scripted/Countries", "search", "F", "limit", "3"), nil).want(http.StatusOK).object()
	equal(t, any([]any{
		jsonMap{"name": "Finland", "id": "1", "code": "FI"}, jsonMap{"name": "France", "id": "2", "code": "FR"}, jsonMap{"name": "Fiji", "id": "4", "code": "FJ"},
	}), values["values"])
	page := s.linkPage()
	s.call(http.MethodGet, query("/audience/scripted/countries", "search", "F", "accountId", page.ID), nil).want(http.StatusOK)
	asked := s.network.Calls(coretest.OpFacets)
	equal(t, []string{s.account.RemoteID, page.RemoteID}, []string{asked[0].Author, asked[1].Author})
	equal(t, core.CodeAccountNotFound, s.call(http.MethodGet, "/audience/scripted/countries?accountId=nope", nil).want(http.StatusBadRequest).problems()[0].Code)
	s.call(http.MethodDelete, "/accounts/"+page.ID, nil).want(http.StatusOK)
	s.call(http.MethodDelete, "/accounts/"+s.account.ID, nil).want(http.StatusOK)
	known := s.call(http.MethodGet, "/audience/scripted/countries?search=F", nil).want(http.StatusOK).object()
	equal(t, any(2.0), known["count"])
	s.call(http.MethodGet, query("/brand/search/scripted", "search", "Ada"), nil).want(http.StatusBadRequest)

	s.call(http.MethodGet, query("/audience/scripted/countries", "search", strings.Repeat("ä", 256)), nil).want(http.StatusOK)
	long := s.call(http.MethodGet, query("/audience/scripted/countries", "search", strings.Repeat("ä", 257)), nil).want(http.StatusBadRequest)
	equal(t, "search has 257 characters; at most 256 are allowed", long.text("message"))
	for path, status := range map[string]int{
		"/brand/search/scripted": 400, "/brand/search/nowhere?search=a": 404, "/audience/nowhere": 404, "/audience/nowhere/x": 404,
		"/audience/scripted/nope": 404, "/audience/scripted/countries?limit=0": 400, "/audience/Scripted": 404,
	} {
		s.call(http.MethodGet, path, nil).want(status)
	}
}
