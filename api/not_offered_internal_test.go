package api

import (
	"strings"
	"testing"
)

// TestDescriptionNamesWhatIsNotOffered: the description of the API tells which paths are
// answered by 501.
func TestDescriptionNamesWhatIsNotOffered(t *testing.T) {
	t.Parallel()
	for _, part := range absentParts() {
		for _, path := range part.paths {
			if !strings.Contains(string(description), "`"+path+"`") {
				t.Errorf("the description does not name %s", path)
			}
		}
	}
}
