package double_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/providers/internal/double"
)

// A journal keeps the latest entries, and counts all.
func TestJournal(t *testing.T) {
	t.Parallel()
	j := double.NewJournal[string](2)
	for i, entry := range []string{"a", "b", "c"} {
		if n := j.Begin(); n != i+1 {
			t.Errorf("request %d has number %d", i+1, n)
		}
		j.File(entry, "call "+entry[:1])
	}
	j.File("d", "call a")
	if diff := cmp.Diff([]string{"c", "d"}, j.Entries()); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
	begun, calls := j.Counts()
	if diff := cmp.Diff(map[string]int{"call a": 2, "call b": 1, "call c": 1}, calls); diff != "" || begun != 3 {
		t.Errorf("%d begun, calls (-want +got):\n%s", begun, diff)
	}
	j.Clear()
	if begun, calls := j.Counts(); begun != 0 || len(calls) != 0 || len(j.Entries()) != 0 {
		t.Errorf("after Clear: %d, %v, %v", begun, calls, j.Entries())
	}
}

// The query chooses entries, and how many of the latest.
func TestJournalHandler(t *testing.T) {
	t.Parallel()
	j := double.NewJournal[string](10)
	for _, entry := range []string{"ab", "b", "ac"} {
		j.File(entry, "")
	}
	handler := j.Handler(func(query url.Values) (func(string) bool, error) {
		if query.Get("with") == "?" {
			return nil, errors.New("with: want letters")
		}
		return func(entry string) bool { return strings.Contains(entry, query.Get("with")) }, nil
	})
	for query, want := range map[string]string{
		"": `["ab","b","ac"]`, "with=a": `["ab","ac"]`, "with=a&limit=1": `["ac"]`, "limit=9": `["ab","b","ac"]`, "limit=0": `[]`, "with=z": `[]`,
		"with=%3F": `{"error":"with:wantletters"}`, "limit=-1": `{"error":"limit:wantawholenumber,0ormore"}`,
	} {
		w := httptest.NewRecorder()
		handler(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/?"+query, nil))
		got := strings.Join(strings.Fields(w.Body.String()), "")
		if refused := strings.Contains(want, "error"); got != want || refused != (w.Code == http.StatusBadRequest) {
			t.Errorf("%s: %d %s, want %s", query, w.Code, got, want)
		}
	}
}

func TestIsSecret(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"code": true, "State": true, "access_TOKEN": true, "client_secret": true, "tokens[]": true,
		"encode": false, "statement": false, "q": false, "": false,
	} {
		if got := double.IsSecret(name); got != want {
			t.Errorf("%q: %v, want %v", name, got, want)
		}
	}
}
