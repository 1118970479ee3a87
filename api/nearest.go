package api

import (
	"strings"

	"github.com/agnivade/levenshtein"
)

// maxGuess bounds the keys, in bytes, for which a known name is searched.
const maxGuess = 64

// nearest returns the known name that a misspelt one most likely means. Case does not
// matter.
func nearest(name string, known []string) (string, bool) {
	if len(name) > maxGuess {
		return "", false
	}
	low := strings.ToLower(name)
	best, distance := "", max(2, len(low)/3)+1
	for _, k := range known {
		if d := levenshtein.ComputeDistance(low, strings.ToLower(k)); d < distance {
			best, distance = k, d
		}
	}
	// A distance of a whole name has no letter in common with it.
	return best, best != "" && distance < len(best)
}
