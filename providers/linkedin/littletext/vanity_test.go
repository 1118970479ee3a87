package littletext_test

import (
	"strings"
	"testing"

	"github.com/crier-social/crier/providers/linkedin/littletext"
)

func TestIsVanityName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"crier-demo": true, "universität-wien": true, "o’neill_&_co.": true, "7eleven": true, "日本": true,
		strings.Repeat("é", 100): true, strings.Repeat("é", 101): false,
		"": false, "-demo": false, "_demo": false, "a b": false, "a/b": false, "a@b": false, "a\xff": false,
	} {
		if got := littletext.IsVanityName(name); got != want {
			t.Errorf("%q: %v, want %v", name, got, want)
		}
	}
}
