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

// link is the link of an address as it is written, behind the scheme that it lacks; plain text
// if no record can hold it.
func link(address, scheme string) Segment {
	target := weblink.ASCII(scheme + address)
	if target == "" || len(target) > maxURI {
		return Segment{Text: address}
	}
	return Segment{Kind: Link, Text: address, Target: target}
}

// bareLink returns the link that s begins with, without a scheme, and its length in bytes, or
// 0. What looks like one and is broken behind its host is plain text as a whole.
func bareLink(s string) (Segment, int) {
	host := hostLength(s)
	if !publicHost(s[:host]) {
		return Segment{}, 0
	}
	n := host + portLength(s[host:])
	found := link(s[:n], secure)
	found.Name = found.Kind == Link && n == host && !strings.HasPrefix(strings.ToLower(s), "www.")
	switch next, _ := utf8.DecodeRuneInString(s[n:]); {
	case next == '/' || next == '?' || next == '#':
		end, ok := weblink.Bare(s)
		if !ok {
			return Segment{Text: s[:end]}, end
		}
		return link(s[:end], secure), end
	case next == '@' || next == '_' || unicode.IsMark(next), n > host && hostLetter(next):
		return Segment{}, 0
	}
	return found, n
}

// portLength returns the length in bytes of the port that s begins with, with its colon, or 0.
func portLength(s string) int {
	digits, ok := strings.CutPrefix(s, ":")
	if !ok {
		return 0
	}
	n := len(digits) - len(strings.TrimLeft(digits, "0123456789"))
	if n == 0 {
		return 0
	}
	return 1 + n
}

// hostLength returns the length in bytes of what s begins with that can be the name of a host:
// words of letters, digits and hyphens, with a dot between them.
func hostLength(s string) int {
	end := 0
	for i, r := range s {
		switch {
		case i > maxHost:
			return 0
		case hostLetter(r), unicode.IsDigit(r):
			end = i + utf8.RuneLen(r)
		case r == '-' && i > 0:
		case r == '.' && end == i && i > 0:
		default:
			return end
		}
	}
	return end
}

// hostLetter tells whether a letter goes on with the name of a host.
func hostLetter(r rune) bool { return unicode.IsLetter(r) && !weblink.Spaceless(r) }

// publicHost tells whether the name of a host is one that a registry gives out, or below one.
// Its end is in lower case: a sentence that begins without a space before it is no address.
func publicHost(host string) bool {
	dot := strings.LastIndexByte(host, '.')
	if dot < 0 || strings.ToLower(host[dot:]) != host[dot:] {
		return false
	}
	name, err := idna.Lookup.ToASCII(host)
	if err != nil {
		return false
	}
	suffix, ofRegistry := publicsuffix.PublicSuffix(name)
	if ofRegistry {
		return suffix != name
	}
	return strings.Contains(suffix, ".") // of somebody below whose name others have theirs
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
