package weblink

import (
	"strings"
	"testing"
)

// However many addresses seem to begin in a text, none of its bytes is looked at more than a
// few times.
func TestFindWork(t *testing.T) {
	t.Parallel()
	for _, piece := range []string{
		"http://", "http://a.co/", "http://a.co/%", "http://a@", "http://a.co:1x,", "http://a.co,", "http://a.co/(", "(http://a.co/%)", "http://a.co/ä", "http://a/ ",
	} {
		for name, wanted := range map[string]func(string) bool{"public": public, "private": private} {
			text := strings.Repeat(piece, 100_000/len(piece))
			read := 0
			for at := 0; at < len(text); {
				_, at = find(text, at, func(address string) bool {
					read += len(address)
					return wanted(address)
				})
			}
			if read > 4*len(text) {
				t.Errorf("%q, %s: %d bytes are read of %d", piece, name, read, len(text))
			}
		}
	}
}
