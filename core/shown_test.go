package core_test

import (
	"testing"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
)

// A text of which nobody sees anything is none; any other stays as it is.
func TestTextsThatShowNothing(t *testing.T) {
	t.Parallel()
	for text, shows := range map[string]bool{
		"":                               false,
		" \t\n\u00a0\u2003\u3000":        false,
		"\u200b":                         false,
		"\u200b\u200c\u200d\u2060\ufeff": false,
		"\u00ad \u200e\u200f":            false,
		"\ufe0f":                         false,
		"\u3164\u115f\u034f":             false,
		"\U000e0041\U000e007f":           false,
		"\u200ba\u200b":                  true,
		".":                              true,
		"\u0600":                         true, // a format character that has a shape
		"\u0301":                         true,
		"👨\u200d👩\u200d👧":                true,
		"❤\ufe0f":                        true,
	} {
		if got := core.Shows(text); got != shows {
			t.Errorf("%q: %t, want %t", text, got, shows)
		}
		want := ""
		if shows {
			want = text
		}
		if got := coretest.PostRequest(text).Draft("any").Text; got != want {
			t.Errorf("%q: the draft has %q, want %q", text, got, want)
		}
	}
}
