package littletext

import "strings"

// maxVanityName is how many characters the name of a page or a profile in its address
// has at most.
const maxVanityName = 100

// IsVanityName tells whether s can be the name that a page or a profile has in its
// address. A pattern that counts letters of all scripts would take megabytes.
func IsVanityName(s string) bool {
	n := 0
	for i, r := range s {
		letter := wordRune(r) && r != '_'
		if !letter && (i == 0 || !strings.ContainsRune("._&'’-", r)) {
			return false
		}
		n++
	}
	return n > 0 && n <= maxVanityName
}
