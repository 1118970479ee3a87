package options

import (
	"cmp"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
)

const (
	// maxGuess bounds the keys, in bytes, for which known names are searched.
	maxGuess = 64
	// maxNear is how many names an error suggests.
	maxNear = 3
	// minPart is how many characters a key needs that stands for a part of a name.
	minPart = 3
)

// nearest returns the known names that a key most likely means.
func nearest(key string, known fields) []string {
	if len(key) > maxGuess {
		return nil
	}
	type guess struct {
		name     string
		distance int
	}
	var guesses []guess
	for _, f := range known {
		if d, near := distance(strings.ToLower(key), strings.ToLower(f.name)); near {
			guesses = append(guesses, guess{f.name, d})
		}
	}
	slices.SortStableFunc(guesses, func(a, b guess) int { return cmp.Compare(a.distance, b.distance) })
	var names []string
	for _, g := range guesses[:min(len(guesses), maxNear)] {
		if g.distance == guesses[0].distance {
			names = append(names, g.name)
		}
	}
	return names
}

// distance tells how far a key is from a name that it may mean: a misspelling of it, or
// a part of it.
func distance(key, name string) (d int, near bool) {
	d = levenshtein.ComputeDistance(key, name)
	// A distance of a whole name has no letter in common with it.
	near = d <= max(2, len(key)/3) && d < len(name)
	short, long := key, name
	if len(short) > len(long) {
		short, long = long, short
	}
	switch stem := strings.TrimRight(short, "sy"); {
	case len(stem) < minPart:
	case strings.HasPrefix(long, stem): // "country" is how "countries" begins, but for its end
		return min(d, 1), true
	case strings.Contains(long, stem):
		return min(d, 2), true
	}
	return d, near
}

// enumerate lists names: "a, b or c".
func enumerate(names []string) string {
	last := len(names) - 1
	if last < 1 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:last], ", ") + " or " + names[last]
}
