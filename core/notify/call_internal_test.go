package notify

import (
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// FuzzAnswer reads what strangers answer: what is kept of it can be shown, and no wait that
// they ask for is negative.
func FuzzAnswer(f *testing.F) {
	f.Add([]byte("fine"), "120")
	f.Add([]byte("\x1b[31m\xff\xfe\r\n\t"), "Wed, 21 Oct 2026 07:28:00 GMT")
	f.Add([]byte("\u202e\u0000"), "-1")
	now := time.Date(2026, time.November, 20, 9, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, body []byte, header string) {
		shown := printable(body)
		if !utf8.ValidString(shown) || strings.ContainsFunc(shown, func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }) {
			t.Errorf("%q is shown as %q", body, shown)
		}
		if wait := retryAfter(header, now); wait < 0 {
			t.Errorf("Retry-After %q asks for %v", header, wait)
		}
		if at, again := ofCalls().next(header, 1, now, now, retryAfter(header, now)); !again || at.Before(now) || at.After(now.Add(longestWait)) {
			t.Errorf("Retry-After %q: next at %v, %v", header, at, again)
		}
	})
}

// TestJoin: payloads are put together member by member, and never with a name twice.
func TestJoin(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		a, b, want string
		fails      bool
	}{
		"both":        {a: `{"a":1}`, b: ` {"b":[2]} `, want: `{"a":1,"b":[2]}`},
		"first empty": {a: `{}`, b: `{"b":2}`, want: `{"b":2}`},
		"last empty":  {a: `{"a":1}`, b: `{ }`, want: `{"a":1}`},
		"twice":       {a: `{"a":1}`, b: `{"a":2}`, fails: true},
		"no object":   {a: `{"a":1}`, b: `[1]`, fails: true},
		"no JSON":     {a: `{"a":1`, b: `{}`, fails: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := join([]byte(tc.a), []byte(tc.b))
			if (err != nil) != tc.fails {
				t.Fatalf("error %v", err)
			}
			if diff := cmp.Diff(tc.want, string(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestPassingStatuses holds the list of client errors that are tried again.
func TestPassingStatuses(t *testing.T) {
	t.Parallel()
	var passing []int
	for status := http.StatusBadRequest; status < http.StatusInternalServerError; status++ {
		if passingStatus(status) {
			passing = append(passing, status)
		}
	}
	if diff := cmp.Diff([]int{408, 425, 429}, passing); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
