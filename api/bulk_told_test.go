package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestBulkSaysWhere: what is wrong with a file is told with the row that it is in, in words
// that fit, and with the way out.
func TestBulkSaysWhere(t *testing.T) {
	t.Parallel()
	const header = "post,platforms,mediaUrls,scheduleDate\n"
	s := newServer(t)
	past := s.clock.Now().Add(-time.Hour).UTC()
	for name, tc := range map[string]struct{ csv, field, message, help string }{
		"a date of another form": {
			header + "Hello,scripted,,soon\n", "file[row 2].scheduleDate", "month/day/year hour:minute like 1/5/2027 9:30, not \"soon\"", "",
		},
		"a date that has passed": {
			header + "Hello,scripted,," + past.Format(time.RFC3339) + "\n", "file[row 2].scheduleDate", "scheduleDate has passed: " + past.Format(time.RFC3339), "leave the cell empty to publish at once",
		},
		"a date of a sheet that has passed": {
			header + "Hello,scripted,,1/5/2020 9:30\n", "file[row 2].scheduleDate", "scheduleDate has passed: 2020-01-05T09:30:00Z", "leave the cell empty",
		},
		"a quote that is not closed": {
			header + "Fine,scripted,,\n\n\"Hello,scripted,,\nHi,scripted,,\n", "file[row 4]", "line 4: a cell in quotes is not closed", "doubled",
		},
		"text after a closing quote": {
			header + "\"Hello\"!,scripted,,\n", "file[row 2]", "line 2: a cell in quotes is not closed, or goes on after its closing quote, at column 7", "doubled",
		},
		"a quote within a cell": {
			header + "He said \"Hi\",scripted,,\n", "file[row 2]", "line 2: a quote stands in a cell that is not in quotes, at column 9", "doubled",
		},
		"a broken header":    {"post,\"platforms\nHello,scripted\n", "file[row 1]", "line 1: a cell in quotes is not closed", "doubled"},
		"one cell":           {header + "Hello\n", "file[row 2]", "the row has 1 cell, the header 4", "Give each column its cell"},
		"a cell too many":    {header + "Hello, you,scripted,,\n", "file[row 2]", "the row has 5 cells, the header 4", "in quotes"},
		"JSON":               {` {"post": "Hello", "platforms": ["scripted"]}`, "file", "the file is JSON, and not CSV", "POST /post"},
		"a list in JSON":     {`[{"post": "Hello"}]`, "file", "the file is JSON, and not CSV", "POST /post"},
		"carriage returns":   {strings.ReplaceAll(header+"Hello,scripted,,\n", "\n", "\r"), "file", "a carriage return alone", "CSV"},
		"not UTF-8":          {header + "\xff,scripted,,\n", "file", "not UTF-8", "UTF-8"},
		"an unknown network": {header + "Hello,scriptd,,\n", "file[row 2].platforms[0]", "scripted", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := s.with(t).bulk(tc.csv).want(http.StatusBadRequest)
			equal(t, tc.field, r.text("field"))
			if !strings.Contains(r.text("message"), tc.message) || !strings.Contains(r.text("help"), tc.help) {
				t.Errorf("%s", r.body)
			}
			if strings.ContainsFunc(r.text("message"), func(c rune) bool { return c < ' ' }) {
				t.Errorf("the message has a control character: %q", r.text("message"))
			}
		})
	}
}

// TestBulkDateJustPassed: a date that passed while the file was on its way is no slip.
func TestBulkDateJustPassed(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	at := s.clock.Now().Add(-4 * time.Minute).UTC().Format(time.RFC3339)
	r := s.bulk("post,platforms,scheduleDate\nHello,scripted," + at + "\n").want(http.StatusOK)
	post := r.object()["posts"].([]any)[0].(jsonMap)
	equal(t, "processing", post["status"])
	equal(t, 1, len(post["warnings"].([]any)))
}

// TestBulkUnknownField: a field of the form that nobody knows is named, with the one that it
// is near to, and nothing is stored.
func TestBulkUnknownField(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	r := s.bulkForm([]part{{"file", "a.csv", "post,platforms\nHello,scripted\n"}, {"validateSchedule", "", "false"}}).want(http.StatusBadRequest)
	equal(t, "validateSchedule", r.text("field"))
	equal(t, "Did you mean validateScheduled?", r.text("help"))
	equal(t, 0, len(s.call(http.MethodGet, "/history", nil).want(http.StatusOK).texts()))
	s.bulkForm([]part{{"file", "a.csv", "post,platforms\nHello,scripted\n"}, {"source", "", "a library"}}).want(http.StatusOK)
}
