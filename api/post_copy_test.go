package api_test

import (
	"net/http"
	"testing"
	"unicode/utf8"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
)

func TestCopy(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(o *options) { o.unique = true })
	s.assets.Add(coretest.Picture("https://cdn.example/a.png", 8, 8))
	original := s.call(http.MethodPost, "/post", jsonMap{
		"post": "Hello", "platforms": []string{"scripted"}, "mediaUrls": []string{"https://cdn.example/a.png"}, "notes": "kept",
		"scriptedOptions": jsonMap{"altText": []string{"A picture"}}, "idempotencyKey": "once",
	}).want(http.StatusOK).text("id")
	copied := func(body jsonMap) *response {
		body["id"] = original
		return s.call(http.MethodPost, "/post/copy", body)
	}
	equal(t, core.CodeDuplicate, copied(jsonMap{"platforms": []string{"scripted"}}).want(http.StatusBadRequest).problems()[0].Code)

	same := copied(jsonMap{"platforms": []string{"scripted"}, "allowDuplicate": true}).want(http.StatusOK)
	equal(t, "Hello", same.text("post"))
	other := copied(jsonMap{"platforms": "scripted", "post": "Good morning", "mediaUrls": nil, "scriptedOptions": nil}).want(http.StatusOK)
	later := copied(jsonMap{"accountIds": []string{s.account.ID}, "scheduleDate": "2027-01-05T09:30:00Z"}).want(http.StatusOK)
	equal(t, "scheduled", later.text("status"))

	timeline := s.network.Timeline()
	equal(t, []string{"Hello", "Hello", "Good morning"}, []string{timeline[0].Text, timeline[1].Text, timeline[2].Text})
	equal(t, "A picture", timeline[1].Media[0].AltText)
	equal(t, 0, len(timeline[2].Media))
	kept := s.call(http.MethodGet, "/post/"+other.text("id"), nil).want(http.StatusOK)
	equal(t, "kept", kept.text("notes"))
}

// TestCopyOfARefusedPost: what was refused is there to be corrected.
func TestCopyOfARefusedPost(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	refused := s.call(http.MethodPost, "/post", jsonMap{"post": "Hello", "platforms": []string{"nowhere"}}).want(http.StatusBadRequest).text("id")
	r := s.call(http.MethodPost, "/post/copy", jsonMap{"id": refused, "platforms": []string{"scripted"}}).want(http.StatusOK)
	equal(t, "success", r.text("status"))
}

func TestCopyOnce(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	id := s.call(http.MethodPost, "/post", jsonMap{"post": "Hello", "platforms": []string{"scripted"}}).want(http.StatusOK).text("id")
	body, key := jsonMap{"id": id, "platforms": []string{"scripted"}}, header{"Idempotency-Key", "k"}
	first := s.call(http.MethodPost, "/post/copy", body, key).want(http.StatusOK)
	equal(t, first.text("id"), s.call(http.MethodPost, "/post/copy", body, key).want(http.StatusOK).text("id"))
	equal(t, 2, len(s.network.Timeline()))
}

func TestCopyRefused(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	id := s.call(http.MethodPost, "/post", jsonMap{"post": "Hello", "platforms": []string{"scripted"}}).want(http.StatusOK).text("id")
	for name, tc := range map[string]struct {
		body   jsonMap
		status int
		field  string
	}{
		"no id":        {jsonMap{"platforms": []string{"scripted"}}, http.StatusBadRequest, "id"},
		"unknown":      {jsonMap{"id": "nope", "platforms": []string{"scripted"}}, http.StatusNotFound, "id"},
		"no platforms": {jsonMap{"id": id}, http.StatusBadRequest, "platforms"},
		"bad override": {jsonMap{"id": id, "platforms": []string{"scripted"}, "scheduleDate": "soon"}, http.StatusBadRequest, "scheduleDate"},
	} {
		if got := s.call(http.MethodPost, "/post/copy", tc.body).want(tc.status).problems()[0].Field; got != tc.field {
			t.Errorf("%s: the problem is with %q, want %q", name, got, tc.field)
		}
	}
}

// A text that is short, but has too many bytes, is not valid.
func TestCheckPostWeightInBytes(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(o *options) { o.network = func(c *coretest.Config) { c.TextBytes = 20 } })
	for text, want := range map[string]jsonMap{
		"👋👋👋👋👋":  {"length": 5.0, "bytes": 20.0, "valid": true},
		"👋👋👋👋👋a": {"length": 6.0, "bytes": 21.0, "valid": false},
	} {
		want["limit"], want["unit"], want["byteLimit"] = float64(coretest.MaxText), "characters", 20.0
		got := s.call(http.MethodPost, "/post/checkPostWeight", jsonMap{"post": text}).want(http.StatusOK).object()
		equal(t, any(want), got["limits"].(jsonMap)["scripted"])
		equal(t, want["valid"], got["scriptedValid"])
	}
}

func TestCheckPostWeight(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	weigh := func(body jsonMap) jsonMap {
		return s.call(http.MethodPost, "/post/checkPostWeight", body).want(http.StatusOK).object()
	}
	got := weigh(jsonMap{"post": "Grüße 👋"})
	limit := s.network.Info().Limits
	equal(t, []any{float64(7), true}, []any{got["scriptedWeightedLength"], got["scriptedValid"]})
	equal(t, any(jsonMap{"length": float64(7), "limit": float64(limit.TextLength), "unit": limit.TextUnit, "valid": true}), got["limits"].(jsonMap)["scripted"])

	long := make([]byte, limit.TextLength+1)
	for i := range long {
		long[i] = 'a'
	}
	got = weigh(jsonMap{"post": jsonMap{"scripted": string(long), "default": "b"}, "platform": "scripted"})
	equal(t, []any{float64(limit.TextLength + 1), false}, []any{got["scriptedWeightedLength"], got["scriptedValid"]})
	for _, body := range []jsonMap{{}, {"post": 7}, {"post": "a", "platform": "nowhere"}} {
		s.call(http.MethodPost, "/post/checkPostWeight", body).want(http.StatusBadRequest)
	}
	for _, key := range []string{"platform", "platforms"} {
		r := s.call(http.MethodPost, "/post/checkPostWeight", jsonMap{"post": "a", key: []string{"scripted", "nowhere"}}).want(http.StatusBadRequest)
		equal(t, key+"[1]", r.text("field"))
		equal(t, `there is no network "nowhere" on this server; it has scripted`, r.text("message"))
	}
}

// namedTwice is a network whose option block is named otherwise than itself.
type namedTwice struct{ *coretest.Provider }

func (p namedTwice) Info() core.Info {
	info := p.Provider.Info()
	info.OptionsKey = "otherNameOptions"
	return info
}

func TestCheckPostWeightUnderBothNames(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(o *options) { o.provider = func(p *coretest.Provider) core.Provider { return namedTwice{p} } })
	for text, valid := range map[string]bool{"Hello": true, "\u200b": false} {
		got := s.call(http.MethodPost, "/post/checkPostWeight", jsonMap{"post": text}).want(http.StatusOK).object()
		length := float64(utf8.RuneCountInString(text))
		equal(t, []any{length, valid, length, valid},
			[]any{got["scriptedWeightedLength"], got["scriptedValid"], got["otherNameWeightedLength"], got["otherNameValid"]})
	}
}
