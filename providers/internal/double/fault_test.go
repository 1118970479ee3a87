package double_test

import (
	"testing"

	"github.com/crier-social/crier/providers/internal/double"
)

func TestGlob(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		pattern, s string
		want       bool
	}{
		{"/rest/posts", "/rest/posts", true},
		{"/rest/posts", "/rest/posts/1", false},
		{"/rest/posts*", "/rest/posts/1", true},
		{"*", "", true},
		{"*a*b", "xaxb", true},
		{"*a*b", "xbxa", false},
		{"a*a", "a", false},
		{"/dms-uploads/*/0?*", "/dms-uploads/sp/v2/x/0?ca=1", true},
	} {
		if got := double.Glob(tt.pattern, tt.s); got != tt.want {
			t.Errorf("Glob(%q, %q) = %v", tt.pattern, tt.s, got)
		}
	}
}
