package audience

import (
	"regexp"
	"strconv"
	"strings"
)

var (
	thousands = regexp.MustCompile(`(\d)[,.'’ ](\d{3})\b`)
	sizeForm  = regexp.MustCompile(`^(?:size)?\s*(\d{1,6})\s*(?:(\+|ormore|andmore|plus)|(?:-|to)\s*(\d{1,6}))?(?:employees?|people|staff)?$`)
)

// readSize reads a range of sizes however it is written: "SIZE_51_TO_200", "51-200",
// "51 to 200 employees", "10,001+".
func (t *Tables) readSize(text string) Reading {
	plain := thousands.ReplaceAllString(strings.ToLower(text), "$1$2")
	plain = strings.Map(func(r rune) rune {
		switch r {
		case '–', '—', '‐', '‑', '−':
			return '-'
		case ' ', '_', '\t', '\u00a0', '\u202f':
			return -1
		}
		return r
	}, plain)
	if m := sizeForm.FindStringSubmatch(plain); m != nil {
		for i, size := range sizes() {
			if m[1] != strconv.FormatInt(size[0], 10) {
				continue
			}
			high := strconv.FormatInt(size[1], 10)
			open := m[2] != "" && size[1] == 0
			single := m[2] == "" && m[3] == "" && size[0] == size[1]
			if open || single || (m[2] == "" && m[3] == high && size[1] != 0) {
				return Reading{ID: staffCountRanges()[i].ID}
			}
		}
	}
	return Reading{Verdict: Unknown, Near: namesOf(t.List(StaffCountRanges).values)}
}
