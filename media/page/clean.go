package page

import (
	"net/url"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/graphemes"
)

// clean makes a text fit for one line: white space is folded, and what neither shows nor
// shapes a character is removed. It is cut to most characters.
func clean(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), invisible(r):
			return -1
		}
		return r
	}, s)
	return shorten(strings.Join(strings.Fields(s), " "), most)
}

// invisible tells whether a character has no meaning in a text of one line, and may
// harm what stands beside it: marks that turn the direction of writing around until they
// are ended, byte order marks, and code points that are no characters. The joiners stay:
// emoji and Persian need them.
func invisible(r rune) bool {
	switch {
	case r >= '\u202A' && r <= '\u202E', r >= '\u2066' && r <= '\u2069', r == '\uFEFF':
		return true
	}
	return unicode.Is(unicode.Noncharacter_Code_Point, r)
}

// shorten cuts a text that has more than most characters, between words if it can.
func shorten(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	const longestWord = 30 // characters; in a longer one the text is cut anywhere
	kept := whole(s, most-1)
	if i := strings.LastIndexByte(kept, ' '); i > 0 && utf8.RuneCountInString(kept[i:]) < longestWord {
		kept = kept[:i]
	}
	return strings.TrimRight(kept, " ") + "…"
}

// whole returns what fits into most characters of a text that has more, without taking apart
// what a reader takes for one: an emoji of several stays or goes. One that is too long by
// itself is cut.
func whole(s string, most int) string {
	end, left := 0, most
	for clusters := graphemes.FromString(s); clusters.Next(); end = clusters.End() {
		if left -= utf8.RuneCountInString(clusters.Value()); left < 0 {
			break
		}
	}
	if end == 0 {
		return string([]rune(s)[:most])
	}
	return s[:end]
}

// base is the address against which those of the page are resolved.
func base(found *url.URL, href string) *url.URL {
	if u, err := found.Parse(strings.TrimSpace(href)); err == nil && fetchable(u) {
		return u
	}
	return found
}

// picture returns the first address that a picture can be fetched from. Vector drawings
// and icons are taken for none, since networks show neither, and so is a place within the
// page; if there is nothing else, the first drawing is told of.
func picture(base *url.URL, addresses []string) (image, drawing string) {
	for _, address := range addresses {
		address = strings.TrimSpace(address)
		u, err := base.Parse(strings.ReplaceAll(address, " ", "%20"))
		if err != nil || address == "" || address[0] == '#' || !fetchable(u) {
			continue
		}
		u.Fragment = ""
		switch s := u.String(); {
		case len(s) > MaxImageURL:
		case !drawn(u):
			return s, ""
		case drawing == "":
			drawing = s
		}
	}
	return "", drawing
}

func fetchable(u *url.URL) bool {
	return (u.Scheme == "https" || u.Scheme == "http") && u.Hostname() != "" && u.User == nil
}

func drawn(u *url.URL) bool {
	switch strings.ToLower(path.Ext(u.Path)) {
	case ".svg", ".svgz", ".ico":
		return true
	}
	return false
}
