// Package weblink finds web addresses in what people write, and turns them into the
// form that every server takes.
package weblink

import (
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// First returns the first web address of a text, as it is written there, or "".
//
// An address has the scheme http or https, is no part of a longer word, and names a
// host with a dot in it: neither "example.com" nor "http://localhost" is one. It may follow
// directly on a script that is written without spaces. It ends before white space, quotes,
// angle brackets and curly ones, those of East Asia, the commas and full stops of East Asia,
// a closing bracket that was not opened within it, and a long dash; letters of every script
// go on with it. The punctuation and the emoji at its end are none of it.
func First(text string) string {
	begin, end := Next(text, 0)
	return text[begin:end]
}

// Next returns where the first address of a text begins and ends that does not begin before a
// place; the end of the text twice if there is none. What is before the place decides with
// whether an address can begin at it.
func Next(text string, at int) (begin, end int) { return find(text, at, public) }

// PassedOver returns the first web address of a text that First takes for none: of a host
// that is not of the public web, or with a user name or a password.
func PassedOver(text string) string {
	begin, end := find(text, 0, private)
	return text[begin:end]
}

// Bare returns how long the address is that a text begins with, without its scheme, and
// whether it is one. If it is not, no address begins within so many bytes of the text.
func Bare(text string) (length int, ok bool) {
	return read(text, 0, func(address string) bool { return public("https://" + address) })
}

// find returns where the first address begins and ends that does not begin before a place and
// is wanted; the end of the text twice if there is none. However many seem to begin, the work
// grows with the length of the text alone: the host of one ends where the next begins, and one
// that turns out to be none behind its host is passed over as a whole.
func find(text string, at int, wanted func(address string) bool) (begin, end int) {
	for at < len(text) {
		from, scheme := next(text, at)
		if scheme == 0 {
			break
		}
		n, ok := read(text[from:], scheme, wanted)
		if ok {
			return from, from + n
		}
		at = from + n
	}
	return len(text), len(text)
}

// read returns the length of the address that s begins with, the scheme of which is so long,
// and whether it is wanted; if not, how much of s to pass over.
func read(s string, scheme int, wanted func(address string) bool) (n int, ok bool) {
	n = length(s[:min(len(s), maxLength+utf8.UTFMax)], scheme, wanted)
	if address := trim(s[:n]); n <= maxLength && wanted(address) {
		return len(address), true
	}
	return n, false
}

// next finds where an address may begin at or after a place, and how long its scheme
// is; 0 means that none follows.
func next(text string, at int) (begin, scheme int) {
	for i := at; i < len(text); i++ {
		if n := schemeLength(text[i:]); n > 0 && !inWord(text[:i]) {
			return i, n
		}
	}
	return 0, 0
}

// schemeLength returns the length of "http://" or "https://" that s begins with, or 0.
func schemeLength(s string) int {
	for _, scheme := range []string{"https://", "http://"} {
		if len(s) >= len(scheme) && strings.EqualFold(s[:len(scheme)], scheme) {
			return len(scheme)
		}
	}
	return 0
}

// inWord tells whether what follows a text goes on with a word of it.
func inWord(before string) bool {
	r, n := utf8.DecodeLastRuneInString(before)
	return n > 0 && (r == '_' || unicode.IsLetter(r) || unicode.IsNumber(r)) && !Spaceless(r)
}

// length returns how many bytes of s, which begins with a scheme, an address can have: no more
// than the scheme if it is not wanted for its host.
func length(s string, scheme int, wanted func(address string) bool) int {
	var open []rune // the closing brackets that are awaited
	host := true
	for i, r := range s[scheme:] {
		switch {
		case !fit(r) || (host && r >= utf8.RuneSelf && !wordRune(r)):
			return scheme + i
		case r == '(':
			open = append(open, ')')
		case r == '[':
			open = append(open, ']')
		case r == ')' || r == ']':
			if len(open) == 0 || open[len(open)-1] != r {
				return scheme + i
			}
			open = open[:len(open)-1]
		case host && (r == '/' || r == '?' || r == '#'):
			if !wanted(s[:scheme+i]) {
				return scheme
			}
			host = false
		}
	}
	return len(s)
}

// fit tells whether an address can hold the character. Addresses are copied as browsers show
// them: beyond ASCII, titles have dashes, apostrophes and dots between their letters.
func fit(r rune) bool {
	if r < utf8.RuneSelf {
		return r > ' ' && r != 0x7f && !strings.ContainsRune("\"<>`{}|\\^", r)
	}
	return wordRune(r) || r == apostrophe || unicode.IsSymbol(r) ||
		unicode.In(r, unicode.Pd, unicode.Pc, unicode.Po) && !strings.ContainsRune(stops, r)
}

const (
	apostrophe = '\u2019'
	// stops are the marks that no space follows in the scripts and languages which have them.
	stops = "。、，！？．；｡､\u2014\u2015"
	// The joiners that words of some scripts, and emoji, have between their letters.
	nonJoiner, joiner = '\u200c', '\u200d'
	emojiVariation    = '\ufe0f'
)

// wordRune tells whether people write words with the character.
func wordRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsNumber(r) || r == nonJoiner || r == joiner
}

// Spaceless tells whether the character is of a script in which words are not set apart by
// spaces.
func Spaceless(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}

// trim takes off what ends a sentence, and not an address.
func trim(address string) string {
	return strings.TrimRightFunc(address, func(r rune) bool {
		if r < utf8.RuneSelf {
			return strings.ContainsRune(".,;:!?'*([", r)
		}
		return !wordRune(r) || r == nonJoiner || r == joiner || r == emojiVariation
	})
}

// maxLength is the longest address, in bytes, with the punctuation behind it. Longer ones
// are nothing to read or to show, and it bounds the search.
const maxLength = 4096

// public tells whether an address is well formed and can be one of the public web.
func public(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.User != nil || !validPort(u.Port()) {
		return false
	}
	host := u.Hostname()
	dot := strings.LastIndexByte(host, '.')
	if strings.Contains(host, ":") { // an IPv6 address
		return true
	}
	return dot > 0 && dot < len(host)-1 && !strings.Contains(host, "..") && wellNamed(host)
}

// private tells whether an address is well formed and none that public takes.
func private(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Hostname() != "" && !public(address)
}

// validPort tells whether a port, if one is named, can be called.
func validPort(port string) bool {
	n, err := strconv.ParseUint(port, 10, 16)
	return port == "" || err == nil && n > 0
}

// wellNamed tells whether a host consists of what names of hosts do.
func wellNamed(host string) bool {
	return !strings.ContainsFunc(host, func(r rune) bool {
		return r != '.' && r != '-' && r != '_' && !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsNumber(r)
	})
}

// ASCII returns an http or https address in ASCII alone, with the name of its host as
// DNS knows it and everything else percent-encoded, or "" for anything else. An address
// with a user name or a password is none.
func ASCII(address string) string {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || u.User != nil || u.Hostname() == "" || !validPort(u.Port()) {
		return ""
	}
	if u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	if !ascii(u.Host) {
		name, err := idna.Lookup.ToASCII(u.Hostname())
		if err != nil {
			return ""
		}
		u.Host = strings.Replace(u.Host, u.Hostname(), name, 1)
	}
	u.RawQuery = escapeBeyondASCII(u.RawQuery)
	return u.String()
}

func ascii(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf })
}

// escapeBeyondASCII percent-encodes the bytes that are not ASCII, and spaces.
func escapeBeyondASCII(s string) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= 0x7f {
			b.Write([]byte{'%', digits[c>>4], digits[c&15]})
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
