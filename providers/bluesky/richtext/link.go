package richtext

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"

	"github.com/crier-social/crier/providers/internal/weblink"
)

const (
	secure = "https://"
	// maxURI is the longest address that a record can hold, in bytes.
	// https://atproto.com/specs/lexicon#uri
	maxURI = 8 * 1024
	// maxHost is the longest name of a host, in bytes, a character of four bytes for each.
	maxHost = 253 * utf8.UTFMax
)

// link is the link of an address as it is written, behind the scheme that it lacks.
func link(address, scheme string) (Segment, int) {
	target := weblink.ASCII(scheme + address)
	if target == "" || len(target) > maxURI {
		return Segment{}, 0
	}
	return Segment{Kind: Link, Text: address, Target: target}, len(address)
}

// bareLink returns the link that s begins with, without a scheme, and its length in bytes, or
// 0.
func bareLink(s string) (Segment, int) {
	host := hostLength(s)
	if !publicHost(s[:host]) {
		return Segment{}, 0
	}
	next, _ := utf8.DecodeRuneInString(s[host:])
	switch {
	case next == '@' || next == '_' || unicode.IsMark(next):
		return Segment{}, 0
	case !goesOn(s[host:]):
		return link(s[:host], secure)
	}
	begin, end := weblink.Next(secure+s[:min(len(s), maxURI)], 0)
	if begin != 0 || end < len(secure)+host {
		return Segment{}, 0
	}
	return link(s[:end-len(secure)], secure)
}

// goesOn tells whether an address goes on with s behind its host.
func goesOn(s string) bool {
	if port, ok := strings.CutPrefix(s, ":"); ok {
		return port != "" && port[0] >= '0' && port[0] <= '9'
	}
	return s != "" && strings.IndexByte("/?#", s[0]) >= 0
}

// hostLength returns the length in bytes of what s begins with that can be the name of a host:
// words of letters, digits and hyphens, with a dot between them.
func hostLength(s string) int {
	end := 0
	for i, r := range s {
		switch {
		case i > maxHost:
			return 0
		case unicode.IsLetter(r) && !weblink.Spaceless(r), unicode.IsDigit(r):
			end = i + utf8.RuneLen(r)
		case r == '-' && i > 0:
		case r == '.' && end == i && i > 0:
		default:
			return end
		}
	}
	return end
}

// publicHost tells whether the name of a host ends in a public suffix and is more than that.
// The suffix is in lower case: a sentence that begins without a space before it is no address.
func publicHost(host string) bool {
	dot := strings.LastIndexByte(host, '.')
	if dot < 0 || strings.ToLower(host[dot:]) != host[dot:] {
		return false
	}
	name, err := idna.Lookup.ToASCII(host)
	if err != nil {
		return false
	}
	suffix, listed := publicsuffix.PublicSuffix(name)
	return (listed || strings.Contains(suffix, ".")) && suffix != name
}

// Shorten returns the text with its links as the network's own app shows those that people
// write in it: without the scheme, and with 13 characters of what follows the host if that has
// more than 15. Where they lead stays the same.
// https://github.com/bluesky-social/social-app/blob/main/src/lib/strings/url-helpers.ts
func (t Text) Shorten() Text {
	var b builder
	for _, s := range t {
		if s.Kind == Link {
			s.Text = shortened(s.Text)
		}
		b.add(s)
	}
	return b.build()
}

func shortened(address string) string {
	const most, kept, ellipsis = 15, 13, "..."
	rest := address
	if _, after, ok := strings.Cut(address, "://"); ok {
		rest = after
	}
	slash := strings.IndexAny(rest, "/?#")
	if slash < 0 {
		return rest
	}
	host, path := rest[:slash], rest[slash:]
	switch {
	case path == "/":
		return host
	case Graphemes(path) > most:
		return host + First(path, kept) + ellipsis
	}
	return rest
}
