package options

import (
	"strings"

	"github.com/agnivade/levenshtein"
)

// maxGuess bounds the keys, in bytes, for which a known name is searched.
const maxGuess = 64

// nearest returns the known name that a misspelt key most likely means.
func nearest(key string, known fields) (string, bool) {
	if len(key) > maxGuess {
		return "", false
	}
	low := strings.ToLower(key)
	best, distance := "", max(2, len(low)/3)+1
	for _, f := range known {
		if d := levenshtein.ComputeDistance(low, strings.ToLower(f.name)); d < distance {
			best, distance = f.name, d
		}
	}
	// A distance of a whole name has no letter in common with it.
	return best, best != "" && distance < len(best)
}
