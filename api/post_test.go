package api_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
)

// published is the entry of postIds for the number-th post on the network.
func (s *server) published(number int) jsonMap {
	p := s.network.Timeline()[number]
	accountID := s.account.ID
	if p.Author != s.account.RemoteID {
		accountID = s.page.ID
	}
	return jsonMap{
		"status": "success", "id": p.RemoteID, "platform": "scripted", "accountId": accountID,
		"postUrl": "https://scripted.example/posts/" + p.RemoteID, "author": p.Author,
	}
}

// linkPage links a second account of the network.
func (s *server) linkPage() core.Account {
	s.t.Helper()
	s.page = s.link(coretest.PageID)
	return s.page
}

func equal(t *testing.T, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPostSucceeds(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	r := s.call(http.MethodPost, "/api/post", jsonMap{
		"post": "Hello <world> & all", "platforms": []string{"scripted"}, "source": "npm",
	}).want(http.StatusOK)
	equal(t, jsonMap{
		"status": "success", "errors": []any{}, "refId": s.profile.RefID, "id": r.text("id"),
		"post": "Hello <world> & all", "postIds": []any{s.published(0)},
	}, r.object())
	equal(t, []string{"Hello <world> & all"}, s.timeline())
	if len(r.text("id")) != 20 {
		t.Errorf("the id %q does not have 20 letters and digits", r.text("id"))
	}
}

func TestPostForms(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		body any
		want string // on the network
	}{
		"all networks":             {jsonMap{"post": "a", "platforms": []string{"all"}}, "a"},
		"platform as a string":     {jsonMap{"post": "a", "platform": "scripted"}, "a"},
		"platforms with commas":    {jsonMap{"post": "a", "platforms": "scripted, scripted"}, "a"},
		"text by network":          {jsonMap{"post": jsonMap{"scripted": "b", "default": "a"}, "platforms": []string{"scripted"}}, "b"},
		"default text":             {jsonMap{"post": jsonMap{"default": "a"}, "platforms": []string{"scripted"}}, "a"},
		"past schedule":            {jsonMap{"post": "a", "platforms": []string{"scripted"}, "scheduleDate": "2020-01-01T00:00:00Z"}, "a"},
		"null and empty fields":    {jsonMap{"post": "a", "platforms": []string{"scripted"}, "mediaUrls": nil, "firstComment": false, "shortenLinks": false, "unsplash": "", "mentions": []string{}, "scriptedOptions": nil}, "a"},
		"options in another case":  {jsonMap{"post": "a", "platforms": []string{"scripted"}, "SCRIPTEDoptions": jsonMap{}}, "a"},
		"text with every script":   {jsonMap{"post": "Grüße 世界 🌍 \u2028 \t\r\n end", "platforms": []string{"scripted"}}, "Grüße 世界 🌍 \u2028 \t\r\n end"},
		"content type with a case": {jsonMap{"post": "a", "platforms": []string{"scripted"}}, "a"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			s.call(http.MethodPost, "/post", tt.body, header{"Content-Type", "Application/JSON; charset=UTF-8"}).want(http.StatusOK)
			equal(t, []string{tt.want}, s.timeline())
		})
	}
}

func TestPostMedia(t *testing.T) {
	t.Parallel()
	const one, two = "https://cdn.example/1.png", "https://cdn.example/2,b.png"
	s := newServer(t)
	s.assets.Add(coretest.Picture(one, 4, 4), coretest.Picture(two, 4, 4))
	tests := map[string]struct {
		media     any
		key       string
		wantMedia any // as the history shows it
		wantCount int
	}{
		"list":            {[]string{one, two}, "mediaUrls", []any{one, two}, 2},
		"alias":           {[]string{one}, "mediaUrl", []any{one}, 1},
		"single string":   {two, "mediaUrl", []any{two}, 1},
		"empty string":    {"", "mediaUrls", []any{}, 0},
		"by network":      {jsonMap{"scripted": []string{two}, "default": []string{one, two}}, "mediaUrls", jsonMap{"scripted": []any{two}, "default": []any{one, two}}, 1},
		"default alone":   {jsonMap{"default": []string{one, two}}, "mediaUrls", []any{one, two}, 2},
		"one by network":  {jsonMap{"scripted": one}, "mediaUrls", jsonMap{"scripted": []any{one}, "default": []any{}}, 1},
		"space around it": {[]string{" " + one + " "}, "mediaUrls", []any{one}, 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := s.with(t)
			r := s.call(http.MethodPost, "/post", jsonMap{"post": name, "platforms": []string{"scripted"}, tt.key: tt.media}).want(http.StatusOK)
			var counts []int
			for _, posted := range s.network.Timeline() {
				if posted.Text == name {
					counts = append(counts, len(posted.Media))
				}
			}
			equal(t, []int{tt.wantCount}, counts)
			equal(t, tt.wantMedia, s.call(http.MethodGet, "/post/"+r.text("id"), nil).want(http.StatusOK).object()["mediaUrls"])
		})
	}
}

func TestRandomPost(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.assets.Add(coretest.Picture("sample:dunes", 8, 8))
	r := s.call(http.MethodPost, "/post", jsonMap{
		"randomPost": true, "randomMediaUrl": true, "post": "ignored", "mediaUrls": []string{"https://cdn.example/ignored.png"},
		"platforms": []string{"scripted"},
	}).want(http.StatusOK)
	posted := s.network.Timeline()[0]
	if posted.Text == "" || posted.Text == "ignored" || len(posted.Media) != 1 {
		t.Errorf("posted %q with %d pictures", posted.Text, len(posted.Media))
	}
	address := s.call(http.MethodGet, "/post/"+r.text("id"), nil).object()["mediaUrls"].([]any)[0].(string)
	equal(t, "https://crier.example/samples/dunes", address)
	equal(t, samples()[0].Content, s.send(t.Context(), http.MethodGet, "/samples/dunes", nil).want(http.StatusOK).body)
}

func TestPostWarnings(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	r := s.call(http.MethodPost, "/post", jsonMap{
		"post": jsonMap{"default": "a", "elsewhere": "b"}, "platforms": []string{"scripted"}, "Notes": "x", "colour": 1,
		"otherOptions": jsonMap{}, "title": "t", "scheduleDate": "2020-01-01T00:00:00Z",
	}).want(http.StatusOK)
	got := r.warnings()
	for field, part := range map[string]string{
		"post.elsewhere": "no network", "Notes": "did you mean notes?", "colour": "unknown field", "otherOptions": "no network",
		"title": "ignored", "scheduleDate": "has passed",
	} {
		if !strings.Contains(got[field], part) {
			t.Errorf("the warning of %s is %q, want it to say %q", field, got[field], part)
		}
		delete(got, field)
	}
	equal(t, map[string]string{}, got)
}

func TestPostProblems(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	good := func(change jsonMap) jsonMap {
		body := jsonMap{"post": "a", "platforms": []string{"scripted"}}
		for k, v := range change {
			if body[k] = v; v == nil {
				delete(body, k)
			}
		}
		return body
	}
	tests := map[string]struct {
		body   any
		code   core.Code
		fields []string
	}{
		"not JSON":              {`{"post": "a"`, core.CodeParameters, []string{""}},
		"trailing data":         {`{"post":"a","platforms":["scripted"]} {}`, core.CodeParameters, []string{""}},
		"array":                 {`[]`, core.CodeParameters, []string{""}},
		"key twice":             {`{"post":"a","post":"b","platforms":["scripted"]}`, core.CodeParameters, []string{"post"}},
		"inner key twice":       {`{"post":"a","platforms":["scripted"],"scriptedOptions":{"a":1,"\u0061":2}}`, core.CodeParameters, []string{"scriptedOptions.a"}},
		"too deep":              {`{"post":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}`, core.CodeParameters, []string{""}},
		"invalid UTF-8":         {"{\"post\":\"\xff\",\"platforms\":[\"scripted\"]}", core.CodeParameters, []string{""}},
		"nothing at all":        {jsonMap{}, core.CodeParameters, []string{"platforms"}},
		"empty body":            {"", core.CodeParameters, []string{"platforms"}},
		"empty platform":        {good(jsonMap{"platforms": []string{""}}), core.CodeParameters, []string{"platforms[0]"}},
		"wrong types":           {good(jsonMap{"post": 1, "platforms": jsonMap{}, "isVideo": "yes", "notes": []int{}}), core.CodeParameters, []string{"isVideo", "notes", "platforms", "post"}},
		"wrong element":         {good(jsonMap{"platforms": []any{"scripted", 7}}), core.CodeParameters, []string{"platforms[1]"}},
		"wrong text by network": {good(jsonMap{"post": jsonMap{"scripted": 1}}), core.CodeParameters, []string{"post.scripted"}},
		"both names":            {good(jsonMap{"platform": "scripted"}), core.CodeParameters, []string{"platform"}},
		"schedule":              {good(jsonMap{"scheduleDate": "tomorrow"}), core.CodeParameters, []string{"scheduleDate"}},
		"schedule without zone": {good(jsonMap{"scheduleDate": "2027-01-05T09:30:00"}), core.CodeParameters, []string{"scheduleDate"}},
		"schedule far ahead":    {good(jsonMap{"scheduleDate": "9999-12-31T23:59:59-23:59"}), core.CodeParameters, []string{"scheduleDate"}},
		"media type":            {good(jsonMap{"mediaUrls": 1}), core.CodeParameters, []string{"mediaUrls"}},
		"plain http":            {good(jsonMap{"mediaUrls": []string{"http://cdn.example/1.png"}}), core.CodeMediaURL, []string{"mediaUrls[0]"}},
		"media of many kinds": {
			good(jsonMap{"mediaUrls": []string{"ftp://a/b", "https://", "https://u:p@h/", "https://h/a b", "", "upload:nope", "sample:nope", "/etc/passwd"}}),
			core.CodeMediaURL,
			[]string{"mediaUrls[0]", "mediaUrls[1]", "mediaUrls[2]", "mediaUrls[3]", "mediaUrls[4]", "mediaUrls[5]", "mediaUrls[6]", "mediaUrls[7]"},
		},
		"options are a list":   {good(jsonMap{"scriptedOptions": []int{}}), core.CodeParameters, []string{"scriptedOptions"}},
		"options twice":        {good(jsonMap{"scriptedOptions": jsonMap{}, "scriptedoptions": jsonMap{}}), core.CodeParameters, []string{"scriptedoptions"}},
		"notes too long":       {good(jsonMap{"notes": strings.Repeat("a", 10001)}), core.CodeParameters, []string{"notes"}},
		"automatic schedule":   {good(jsonMap{"autoSchedule": jsonMap{"schedule": true}}), core.CodeNoSchedule, []string{"autoSchedule.title"}},
		"several at once":      {good(jsonMap{"autoHashtag": true, "shortenLinks": true, "unsplash": "random"}), core.CodeUnsupported, []string{"autoHashtag", "shortenLinks", "unsplash"}},
		"other profiles":       {good(jsonMap{"profileKeys": []string{"ABC"}}), core.CodeUnsupported, []string{"profileKeys"}},
		"unknown platform":     {good(jsonMap{"platforms": []string{"nowhere"}}), core.CodeUnknownPlatform, []string{"platforms[0]"}},
		"after a repetition":   {good(jsonMap{"platforms": []string{"scripted", "scripted", "nowhere"}, "accountIds": []string{"x", "x"}}), core.CodeParameters, []string{"accountIds[0]", "accountIds[1]", "platforms[2]"}},
		"after a bad element":  {good(jsonMap{"platforms": []any{7, "nowhere", ""}, "accountIds": []any{nil, ""}}), core.CodeParameters, []string{"accountIds[0]", "accountIds[1]", "platforms[0]", "platforms[1]", "platforms[2]"}},
		"unknown account":      {good(jsonMap{"accountIds": []string{"nobody"}}), core.CodeAccountNotFound, []string{"accountIds[0]"}},
		"text too long":        {good(jsonMap{"post": strings.Repeat("a", 300)}), core.CodeTextTooLong, []string{"post"}},
		"unknown option":       {good(jsonMap{"scriptedOptions": jsonMap{"nope": 1}}), core.CodeUnknownOption, []string{"scriptedOptions.nope"}},
		"nothing to say":       {good(jsonMap{"post": nil}), core.CodeParameters, []string{"post"}},
		"control character":    {good(jsonMap{"post": "a\x00b"}), core.CodeParameters, []string{"post"}},
		"escape by network":    {good(jsonMap{"post": jsonMap{"scripted": "a\x1b[0m", "default": "\b"}}), core.CodeParameters, []string{"post.default", "post.scripted"}},
		"lone surrogate":       {`{"post":"a\ud800","platforms":["scripted"]}`, core.CodeParameters, []string{"post"}},
		"surrogate in options": {`{"post":"a","platforms":["scripted"],"scriptedOptions":{"titles":["a","\udc00\ud800"]}}`, core.CodeParameters, []string{"scriptedOptions.titles[1]"}},
		"surrogate as the key": {`{"\ud800":1}`, core.CodeParameters, []string{"body"}},
		"profile and others":   {good(jsonMap{"profileKeys": []string{"ABC"}, "notes": 1}), core.CodeParameters, []string{"notes", "profileKeys"}},
		"network and others":   {good(jsonMap{"platforms": []string{"all", "Scripted", "scripted", "nowhere"}, "scheduleDate": "x"}), core.CodeParameters, []string{"platforms[1]", "platforms[3]", "scheduleDate"}},
		"alias of a bad type":  {good(jsonMap{"platforms": nil, "platform": 7}), core.CodeParameters, []string{"platform"}},
		"only a bad element":   {good(jsonMap{"platforms": []int{7}}), core.CodeParameters, []string{"platforms[0]"}},
		"all kinds of problem": {good(jsonMap{"notes": 1, "mediaUrls": []string{"x"}, "firstComment": "x", "scheduleDate": "x"}), core.CodeParameters, []string{"firstComment", "mediaUrls[0]", "notes", "scheduleDate"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := s.with(t).call(http.MethodPost, "/post", tt.body).want(http.StatusBadRequest)
			equal(t, tt.fields, r.fields())
			for _, p := range r.problems() {
				if tt.code != core.CodeParameters && p.Code != tt.code {
					t.Errorf("code %d, want %d: %s", p.Code, tt.code, r.body)
				}
			}
			if len(tt.fields) == 1 && r.problems()[0].Code != tt.code {
				t.Errorf("code %d, want %d: %s", r.problems()[0].Code, tt.code, r.body)
			}
		})
	}
	t.Cleanup(func() { equal(t, 0, len(s.network.Timeline())) })
}

func TestMisspeltPlatform(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for _, change := range []jsonMap{{}, {"scheduleDate": "x"}} {
		change["post"], change["platforms"] = "a", []string{"SCRIPTED"}
		r := s.call(http.MethodPost, "/post", change).want(http.StatusBadRequest)
		if !strings.Contains(string(r.body), "did you mean ") {
			t.Errorf("the answer names no network that may be meant: %s", r.body)
		}
	}
}

func TestRefusedPostCanBeLookedUp(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	r := s.call(http.MethodPost, "/post", jsonMap{
		"post": strings.Repeat("a", 300), "platforms": []string{"scripted"}, "scriptedOptions": jsonMap{"nope": 1},
	}).want(http.StatusBadRequest)
	body := r.object()
	if body["validate"] != true || body["refId"] != s.profile.RefID || len(body["postIds"].([]any)) != 0 {
		t.Errorf("answer: %s", r.body)
	}
	for _, p := range r.problems() {
		if !p.Verify || p.Platform != "scripted" {
			t.Errorf("problem %+v", p)
		}
	}
	stored := s.call(http.MethodGet, "/post/"+r.text("id"), nil).want(http.StatusOK)
	equal(t, "error", stored.text("status"))
	equal(t, body["errors"], stored.object()["errors"])
}

func TestPartialFailure(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	page := s.linkPage()
	s.network.Always(coretest.OpCommit, func(_ context.Context, apply func() error) error {
		calls := s.network.Calls(coretest.OpCommit)
		if calls[len(calls)-1].Author == page.RemoteID {
			return &core.Error{Kind: core.KindForbidden, Message: "no role on the page", Status: 403, Upstream: "NOPE", RequestID: "r-1"}
		}
		return apply()
	})
	r := s.call(http.MethodPost, "/post", jsonMap{
		"post": "a", "platforms": []string{"scripted"}, "accountIds": []string{page.ID},
	}).want(http.StatusBadRequest)
	equal(t, jsonMap{
		"status": "error", "refId": s.profile.RefID, "id": r.text("id"), "post": "a",
		"postIds": []any{s.published(0)},
		"errors": []any{jsonMap{
			"action": "post", "status": "error", "code": float64(core.CodeForbidden), "message": "no role on the page",
			"platform": "scripted", "accountId": page.ID, "help": core.CodeForbidden.Info().Help,
			"upstream":       jsonMap{"status": 403.0, "code": "NOPE", "requestId": "r-1"},
			"retryAvailable": true,
		}},
	}, r.object())
}

// TestPartialFailureOfANetwork is answered with 400 although its only error would be
// 502 by itself: a client that repeats what failed with 5xx would publish again.
func TestPartialFailureOfANetwork(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	page := s.linkPage()
	s.network.Always(coretest.OpCommit, func(_ context.Context, apply func() error) error {
		calls := s.network.Calls(coretest.OpCommit)
		if calls[len(calls)-1].Author == page.RemoteID {
			return &core.Error{Kind: core.KindUnsupported, Code: core.CodeUpstreamVersion, Message: "gone"}
		}
		return apply()
	})
	r := s.call(http.MethodPost, "/post", jsonMap{
		"post": "a", "platforms": []string{"scripted"}, "accountIds": []string{page.ID},
	}).want(http.StatusBadRequest)
	equal(t, []problem{{Code: core.CodeUpstreamVersion, Platform: "scripted"}}, r.problems())
	equal(t, []any{s.published(0)}, r.object()["postIds"])
}

// TestTextsByNetworkAreShownAsSent shows no default where none was sent.
func TestTextsByNetworkAreShownAsSent(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for _, text := range []jsonMap{{"scripted": "a"}, {"scripted": "b", "default": "c"}} {
		body := jsonMap{"post": text, "platforms": []string{"scripted"}}
		equal(t, any(text), s.call(http.MethodPost, "/validate/post", body).want(http.StatusOK).object()["post"])
		r := s.call(http.MethodPost, "/post", body).want(http.StatusOK)
		equal(t, any(text), r.object()["post"])
		equal(t, any(text), s.call(http.MethodGet, "/post/"+r.text("id"), nil).want(http.StatusOK).object()["post"])
	}
}

// TestTextOfANetworkIsMissing names the two places where it can stand.
func TestTextOfANetworkIsMissing(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	const hint = "; post.scripted or post.default is missing"
	body := jsonMap{"post": jsonMap{"elsewhere": "a"}, "platforms": []string{"scripted"}}
	for _, path := range []string{"/post", "/validate/post"} {
		r := s.call(http.MethodPost, path, body).want(http.StatusBadRequest)
		entry := r.object()["errors"].([]any)[0].(jsonMap)
		if message := entry["message"].(string); !strings.HasSuffix(message, hint) {
			t.Errorf("%s: the message %q does not say which text is missing", r, message)
		}
	}
	for _, own := range []any{"", jsonMap{"scripted": "", "default": "a"}} {
		body["post"] = own
		r := s.call(http.MethodPost, "/post", body).want(http.StatusBadRequest)
		if strings.Contains(string(r.body), "is missing") {
			t.Errorf("an empty text is called a missing one: %s", r.body)
		}
	}
}

func TestStatusOfAFailure(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		err    core.Error
		status int
		code   core.Code
	}{
		"invalid":      {core.Error{Kind: core.KindInvalid, Code: core.CodeUpstreamInvalid, Message: "no"}, http.StatusBadRequest, core.CodeUpstreamInvalid},
		"relink":       {core.Error{Kind: core.KindAuth, Message: "expired"}, http.StatusBadRequest, core.CodeAccountRelink},
		"duplicate":    {core.Error{Kind: core.KindDuplicate, Message: "again", RemoteID: "other"}, http.StatusBadRequest, core.CodeDuplicate},
		"old version":  {core.Error{Kind: core.KindUnsupported, Code: core.CodeUpstreamVersion, Message: "gone"}, http.StatusBadGateway, core.CodeUpstreamVersion},
		"missing page": {core.Error{Kind: core.KindNotFound, Message: "gone"}, http.StatusBadRequest, core.CodeUpstreamNotFound},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			s.network.Always(coretest.OpCommit, coretest.Fail(&tt.err))
			r := s.call(http.MethodPost, "/post", jsonMap{"post": "a", "platforms": []string{"scripted"}}).want(tt.status)
			equal(t, tt.code, r.problems()[0].Code)
		})
	}
}

// A post that fails by its file and by its network says both, each once.
func TestAllThatIsWrongWithAPost(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.network.Next(coretest.OpPreflight, coretest.Answer(403, 0))
	r := s.call(http.MethodPost, "/post", jsonMap{"post": "a", "platforms": "scripted", "mediaUrls": []string{"https://media.example/gone.png"}}).want(http.StatusBadRequest)
	var codes []core.Code
	for _, e := range r.problems() {
		codes = append(codes, e.Code)
	}
	equal(t, []core.Code{core.CodeMediaURL, core.CodeForbidden}, codes)
}
