package api_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/crier-social/crier/api"
	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/publish"
)

// bulk sends a file of posts.
func (s *server) bulk(csv string, headers ...header) *response {
	s.t.Helper()
	return s.bulkForm([]part{{"file", "posts.csv", csv}}, headers...)
}

func (s *server) bulkForm(parts []part, headers ...header) *response {
	s.t.Helper()
	body, contentType := form(s.t, parts...)
	return s.call(http.MethodPost, "/post/bulk", body, append(headers, contentType)...)
}

const bulkExample = "\ufeffscheduleDate,post,platforms,mediaUrls\r\n" +
	"4/6/27 12:50,\"Hello, \"\"world\"\"\nand all\",scripted,\r\n" +
	"\r\n" +
	",At once,scripted,\r\n" +
	"2027-04-07T12:50:00+02:00,With a picture, scripted ; ,https://cdn.example/a.png\r\n"

func TestBulk(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(o *options) { o.unique = true })
	s.assets.Add(coretest.Picture("https://cdn.example/a.png", 8, 8))
	r := s.bulk(bulkExample).want(http.StatusOK)
	equal(t, "success", r.text("status"))
	posts := r.object()["posts"].([]any)
	equal(t, 3, len(posts))
	for i, want := range []jsonMap{
		{"status": "scheduled", "scheduleDate": "4/6/27 12:50", "scheduleDateUtc": "2027-04-06T12:50:00Z", "post": "Hello, \"world\"\nand all"},
		{"status": "processing", "scheduleDateUtc": nil, "post": "At once"},
		{"status": "scheduled", "scheduleDate": "2027-04-07T12:50:00+02:00", "scheduleDateUtc": "2027-04-07T10:50:00Z", "post": "With a picture"},
	} {
		got := posts[i].(jsonMap)
		for key, value := range want {
			equal(t, value, got[key])
		}
	}
	first := s.call(http.MethodGet, "/post/"+posts[0].(jsonMap)["id"].(string), nil).want(http.StatusOK)
	equal(t, "2027-04-06T12:50:00Z", first.text("scheduleDate"))
	equal(t, "success", s.settle(posts[1].(jsonMap)["id"].(string)).text("status"))

	again := s.bulk(bulkExample).want(http.StatusBadRequest)
	equal(t, []string{"file[row 2].post", "file[row 4].post", "file[row 5].post"}, fieldsOf(again))
	for _, p := range again.problems() {
		equal(t, core.CodeDuplicate, p.Code)
	}
	s.bulkForm([]part{{"file", "a.csv", bulkExample}, {"allowDuplicate", "", "true"}}).want(http.StatusOK)
}

func fieldsOf(r *response) []string {
	var fields []string
	for _, p := range r.problems() {
		fields = append(fields, p.Field)
	}
	return fields
}

func TestBulkByPut(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	body, contentType := form(t, part{"file", "posts.csv", "post,platforms\nHello,scripted\n"})
	r := s.call(http.MethodPut, "/post/bulk", body, contentType).want(http.StatusOK)
	equal(t, 1, len(r.object()["posts"].([]any)))
}

// TestBulkTellsEverything: every problem at once, and nothing is stored.
func TestBulkTellsEverything(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		csv  string
		want []string
	}{
		"rows": {
			"post,platforms,mediaUrls,scheduleDate\n" +
				"fine,scripted,,\n" +
				",scripted,,\n" +
				"a,nowhere,ftp://a/b,soon\n" +
				"b,,,13/40/27 12:00\n",
			[]string{
				"file[row 3].post", "file[row 4].mediaUrls[0]", "file[row 4].platforms[0]", "file[row 4].scheduleDate",
				"file[row 5].platforms", "file[row 5].scheduleDate",
			},
		},
		"too few cells":     {"post,platforms\nHello\nHi,scripted\n", []string{"file[row 2]"}},
		"too many cells":    {"post,platforms\nHello,you,scripted\n", []string{"file[row 2]"}},
		"unknown column":    {"post,platforms,schedule_date\nHello,scripted,\n", []string{"file"}},
		"column twice":      {"post,platforms,Post\nHello,scripted,\n", []string{"file"}},
		"no platforms":      {"post\nHello\n", []string{"file"}},
		"semicolons":        {"post;platforms\nHello;scripted\n", []string{"file"}},
		"no rows":           {"post,platforms\n\n,\n", []string{"file"}},
		"empty":             {"", []string{"file"}},
		"open quote":        {"post,platforms\n\"Hello,scripted\n", []string{"file[row 2]"}},
		"no UTF-8":          {"post,platforms\n\xff,scripted\n", []string{"file"}},
		"twice in the file": {"post,platforms\nHello,scripted\nOther,scripted\n Hello ,scripted\n", []string{"file[row 4].post"}},
		"too many":          {"post,platforms\n" + strings.Repeat("Hello,scripted\n", 1001), []string{"file[row 1002]"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, func(o *options) { o.unique = true })
			r := s.bulk(tc.csv).want(http.StatusBadRequest)
			got := map[string]bool{}
			for _, field := range fieldsOf(r) {
				got[field] = true
			}
			for _, field := range tc.want {
				if !got[field] {
					t.Errorf("no problem with %s in %v", field, fieldsOf(r))
				}
			}
			equal(t, 0, len(s.call(http.MethodGet, "/history", nil).want(http.StatusOK).texts()))
		})
	}
}

func TestBulkForm(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	file := part{"file", "a.csv", "post,platforms\nHello,scripted\n"}
	for name, parts := range map[string][]part{
		"no file":       {{"notes", "", "x"}},
		"text":          {{"file", "", "post,platforms"}},
		"two files":     {file, file},
		"another field": {{"csv", "a.csv", "x"}},
		"no flag":       {file, {"allowDuplicate", "", "maybe"}},
		"other profile": {file, {"profileKey", "", "ABC"}},
		"unknown field": {file, {"allowDuplicates", "", "true"}},
	} {
		if r := s.bulkForm(parts); r.status != http.StatusBadRequest {
			t.Errorf("%s: status %d, want 400: %s", name, r.status, r.body)
		}
	}
	s.bulk("post,platforms\n" + strings.Repeat("a", 5<<20)).want(http.StatusRequestEntityTooLarge)
	s.call(http.MethodPost, "/post/bulk", jsonMap{"file": "x"}).want(http.StatusUnsupportedMediaType)
}

// TestBulkAnswersOnce: with its key a file is stored once, also when nobody knows any more
// what was answered.
func TestBulkAnswersOnce(t *testing.T) {
	t.Parallel()
	const csv = "post,platforms,scheduleDate\nOne,scripted,4/6/27 12:50\nTwo,scripted,4/6/27 12:50\n"
	for name, configure := range map[string]func(*api.Config){
		"kept": func(*api.Config) {},
		"lost": func(c *api.Config) { c.Requests = forgetful{c.Requests} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, func(o *options) { o.unique, o.api = true, configure })
			key := header{"Idempotency-Key", "my-key"}
			first := s.bulk(csv, key).want(http.StatusOK)
			for range 2 {
				s.clock.Advance(time.Second)
				again := s.bulk(csv, key).want(http.StatusOK)
				equal(t, string(first.body), string(again.body))
				equal(t, "true", again.header.Get("Idempotency-Replayed"))
			}
			s.bulk(csv+"Three,scripted,\n", key).want(http.StatusUnprocessableEntity)
			equal(t, 2, len(s.call(http.MethodGet, "/history", nil).want(http.StatusOK).texts()))
		})
	}
}

// failingOnce is a publisher whose store fails once.
type failingOnce struct {
	api.Publisher
	failed atomic.Bool
}

func (p *failingOnce) AcceptAll(ctx context.Context, b publish.Batch) ([]publish.Outcome, []core.Errors, error) {
	if p.failed.CompareAndSwap(false, true) {
		return nil, nil, errors.New("the disk is gone")
	}
	return p.Publisher.AcceptAll(ctx, b)
}

// TestBulkNotStored: a file that was not stored leaves its key free.
func TestBulkNotStored(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(o *options) {
		o.api = func(c *api.Config) { c.Publisher = &failingOnce{Publisher: c.Publisher} }
	})
	key := header{"Idempotency-Key", "my-key"}
	s.bulk("post,platforms\nHello,scripted\n", key).want(http.StatusServiceUnavailable)
	s.bulk("post,platforms\nHello,nowhere\n", key).want(http.StatusBadRequest)
	s.bulk("post,platforms\nHello,scripted\nHi,scripted\n", key).want(http.StatusOK)
	equal(t, 2, len(s.call(http.MethodGet, "/history", nil).want(http.StatusOK).texts()))
}
