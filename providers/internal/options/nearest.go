package options

import "strings"

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
		if d := editDistance(low, strings.ToLower(f.name)); d < distance {
			best, distance = f.name, d
		}
	}
	// A distance of a whole name has no letter in common with it.
	return best, best != "" && distance < len(best)
}

// editDistance is the Levenshtein distance between two strings, in bytes.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			next := min(row[j]+1, row[j+1]+1, diagonal+cost)
			diagonal, row[j+1] = row[j+1], next
		}
	}
	return row[len(b)]
}
