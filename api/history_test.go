package api_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/crier-social/crier/api"
	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/publish"
	"github.com/crier-social/crier/core/store"
)

// texts lists the posts of a history answer.
func (r *response) texts() []string {
	r.t.Helper()
	out := []string{}
	for _, entry := range r.want(http.StatusOK).object()["history"].([]any) {
		out = append(out, entry.(jsonMap)["post"].(string))
	}
	return out
}

func TestHistory(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.post("oldest", nil)
	s.clock.Advance(40 * 24 * time.Hour)
	s.post("good", nil)
	s.clock.Advance(time.Hour)
	s.call(http.MethodPost, "/post", jsonMap{"post": "refused", "platforms": []string{"nowhere", "scripted"}}).want(http.StatusBadRequest)
	s.clock.Advance(time.Hour)
	s.later("late")
	s.clock.Advance(time.Minute)
	gone := s.post("gone", nil)
	s.call(http.MethodDelete, "/post", jsonMap{"id": gone}).want(http.StatusOK)
	day := s.clock.Now().Format(time.RFC3339)
	hourAgo := s.clock.Now().Add(-time.Hour).Format(time.RFC3339)

	tests := map[string]struct {
		query []string
		want  []string
	}{
		"default":               {nil, []string{"late", "refused", "good"}},
		"source is ignored":     {[]string{"source", "npm"}, []string{"late", "refused", "good"}},
		"all days":              {[]string{"lastDays", "0"}, []string{"late", "refused", "good", "oldest"}},
		"many days":             {[]string{"lastDays", "365"}, []string{"late", "refused", "good", "oldest"}},
		"limit":                 {[]string{"limit", "2"}, []string{"late", "refused"}},
		"older limit":           {[]string{"lastRecords", "1"}, []string{"late"}},
		"success":               {[]string{"status", "success"}, []string{"good"}},
		"error":                 {[]string{"status", "error"}, []string{"refused"}},
		"pending":               {[]string{"status", "pending"}, []string{"late"}},
		"processing":            {[]string{"status", "processing"}, []string{}},
		"deleted":               {[]string{"status", "deleted"}, []string{"gone"}},
		"paused":                {[]string{"status", "paused"}, []string{}},
		"awaiting approval":     {[]string{"status", "awaiting approval"}, []string{}},
		"scheduled":             {[]string{"type", "scheduled"}, []string{"late"}},
		"immediate":             {[]string{"type", "immediate"}, []string{"refused", "good"}},
		"immediate and pending": {[]string{"type", "immediate", "status", "pending"}, []string{}},
		"repetition":            {[]string{"autoRepostId", "all"}, []string{}},
		"since":                 {[]string{"startDate", hourAgo}, []string{"late"}},
		"until":                 {[]string{"endDate", hourAgo}, []string{"refused", "good", "oldest"}},
		"until, few days":       {[]string{"endDate", hourAgo, "lastDays", "1"}, []string{"refused", "good"}},
		"between, days ignored": {[]string{"startDate", "2026-01-01T00:00:00Z", "endDate", day, "lastDays", "1"}, []string{"late", "refused", "good", "oldest"}},
		"platform":              {[]string{"platforms[0]", "scripted"}, []string{"late", "refused", "good"}},
		"platforms":             {[]string{"platforms", "nowhere,other"}, []string{"refused"}},
		"repeated platforms":    {[]string{"platforms", "other", "platforms", "nowhere"}, []string{"refused"}},
		"other name":            {[]string{"platform", "nowhere"}, []string{"refused"}},
		"both names":            {[]string{"platform", "nowhere", "platforms", "scripted"}, []string{"late", "refused", "good"}},
		"no such platform":      {[]string{"platforms[]", "other"}, []string{}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := s.with(t)
			r := s.call(http.MethodGet, query("/history", tt.query...), nil)
			equal(t, tt.want, r.texts())
			equal(t, any(float64(len(tt.want))), r.object()["count"])
			equal(t, any(s.profile.RefID), r.object()["refId"])
		})
	}
}

func TestHistoryProblems(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	tests := map[string]struct {
		query []string
		want  []string
	}{
		"limit too large": {[]string{"limit", "1001"}, []string{"limit"}},
		"limit too small": {[]string{"limit", "0"}, []string{"limit"}},
		"several":         {[]string{"limit", "x", "status", "lost", "type", "odd", "startDate", "today", "lastDays", "-1"}, []string{"lastDays", "limit", "startDate", "status", "type"}},
		"wrong order":     {[]string{"startDate", "2026-02-01T00:00:00Z", "endDate", "2026-01-01T00:00:00Z"}, []string{"endDate"}},
		"days too late":   {[]string{"endDate", "2026-01-01T00:00:00Z", "lastDays", "1"}, []string{"lastDays"}},
		"repeated":        {[]string{"limit", "1", "limit", "2", "lastDays", "1", "lastDays", "1", "status", "error", "status", "error"}, []string{"lastDays", "limit", "status"}},
		"other profile":   {[]string{"profileKey", "ABC"}, []string{"profileKey"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := s.with(t)
			equal(t, tt.want, s.call(http.MethodGet, query("/history", tt.query...), nil).want(http.StatusBadRequest).fields())
		})
	}
	s.call(http.MethodGet, "/history?limit=%zz", nil).want(http.StatusBadRequest)
	equal(t, core.CodeUnsupported, s.call(http.MethodGet, "/history/scripted", nil).want(http.StatusBadRequest).problems()[0].Code)
	equal(t, core.CodeHistoryNotFound, s.call(http.MethodGet, "/history/nope1", nil).want(http.StatusNotFound).problems()[0].Code)
	for _, name := range []string{"facebook", "Scripted"} {
		equal(t, core.CodeUnknownPlatform, s.call(http.MethodGet, "/history/"+name, nil).want(http.StatusNotFound).problems()[0].Code)
	}
	equal(t, core.CodeHistoryNotFound, s.call(http.MethodGet, "/post/nope", nil).want(http.StatusNotFound).problems()[0].Code)
}

func TestHistoryWarnings(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	equal(t, map[string]string{
		"networks": "unknown parameter networks was ignored", "Status": "unknown parameter Status was ignored",
		"platforms": `this server has no network "Scripted"; did you mean scripted?`,
	}, s.call(http.MethodGet, query("/history", "networks", "a", "Status", "error", "platforms[]", "Scripted", "source", "npm"), nil).want(http.StatusOK).warnings())
	equal(t, map[string]string{}, s.call(http.MethodGet, query("/history", "limit", "1", "platforms[0]", "scripted", "platform", "nowhere", "status", "error"), nil).want(http.StatusOK).warnings())
}

// manyPosts is a publisher with a history of open posts. The newest are scheduled.
type manyPosts struct {
	api.Publisher
	open, scheduled int
	due             time.Time
}

func (p manyPosts) List(_ context.Context, q store.PostQuery) ([]publish.Outcome, error) {
	var out []publish.Outcome
	for i := p.open + p.scheduled; i > 0 && len(out) < q.Limit; i-- {
		post := core.Post{ID: fmt.Sprintf("%04d", i), Status: core.PostOpen}
		if i > p.open {
			post.Request.ScheduleAt = p.due
		}
		if q.Before == "" || post.ID < q.Before {
			out = append(out, publish.Outcome{Post: post})
		}
	}
	return out, nil
}

// TestHistoryGoesOnPastAPage looks for a state that only the older posts are in.
func TestHistoryGoesOnPastAPage(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(o *options) {
		o.api = func(c *api.Config) {
			c.Publisher = manyPosts{c.Publisher, 700, 1200, coretest.Epoch().Add(time.Hour)}
		}
	})
	for limit, want := range map[string]int{"3": 3, "600": 600, "1000": 700} {
		list := s.call(http.MethodGet, "/history?status=processing&limit="+limit, nil).want(http.StatusOK).object()["history"].([]any)
		equal(t, []any{want, any("0700")}, []any{len(list), list[0].(jsonMap)["id"]})
		equal(t, any(fmt.Sprintf("%04d", 701-want)), list[want-1].(jsonMap)["id"])
	}
}

// TestHistoryFindsAState tells open posts apart by their time.
func TestHistoryFindsAState(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(o *options) { o.idle = true })
	async := header{"Prefer", "respond-async"}
	s.call(http.MethodPost, "/post", jsonMap{"post": "waiting", "platforms": []string{"scripted"}}, async).want(http.StatusAccepted)
	s.clock.Advance(time.Second)
	for range 5 {
		s.later("late")
	}
	equal(t, []string{"waiting"}, s.call(http.MethodGet, "/history?status=processing", nil).texts())
	equal(t, []string{"waiting"}, s.call(http.MethodGet, "/history?status=processing&type=immediate", nil).texts())
	equal(t, []string{"late", "late"}, s.call(http.MethodGet, "/history?status=pending&limit=2", nil).texts())
	s.clock.Advance(2 * time.Hour)
	equal(t, 6, len(s.call(http.MethodGet, "/history?status=processing", nil).texts()))
}
