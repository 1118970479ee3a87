package markup

import (
	"html"
	"strings"
)

// Unsafe is what an address becomes whose scheme may run a program, such as javascript.
const Unsafe = "#unsafe"

// attributeKind is what an attribute takes.
type attributeKind int

const (
	plain attributeKind = iota
	address
	refused
)

// kindOf tells what an attribute takes, by its name in small letters.
// https://html.spec.whatwg.org/multipage/indices.html#attributes-3
func kindOf(attribute string) attributeKind {
	switch attribute {
	case "action", "background", "cite", "data", "formaction", "href", "itemid", "longdesc", "manifest", "poster", "src", "usemap", "xlink:href":
		return address
	case "style", "srcdoc", "srcset", "imagesrcset", "ping", "http-equiv":
		return refused
	}
	if strings.HasPrefix(attribute, "on") {
		return refused
	}
	return plain
}

// addressPart is which part of an address comes next.
type addressPart int

const (
	addressStart  addressPart = iota
	addressScheme             // or what may become one, with what comes next
	addressPath
	addressQuery // or the fragment
)

// escape makes a value fit for a part of an address.
func (p addressPart) escape(s string) string {
	if p == addressStart && !isSafeAddress(s) {
		return Unsafe
	}
	return percentEncode(s, p != addressQuery)
}

// isSafeAddress tells whether an address has no scheme, or one that only leads somewhere.
func isSafeAddress(s string) bool {
	scheme, _, found := strings.Cut(s, ":")
	if !found || strings.Contains(scheme, "/") {
		return true
	}
	switch strings.ToLower(scheme) {
	case "http", "https", "mailto":
		return true
	}
	return false
}

// percentEncode encodes what may not stand in an address as it is. A whole address keeps what
// separates its parts, and what is encoded already.
// https://www.rfc-editor.org/rfc/rfc3986#section-2
func percentEncode(s string, whole bool) string {
	const digits = "0123456789abcdef"
	var out strings.Builder
	for i := range len(s) {
		c := s[i]
		if isUnreserved(c) || whole && (strings.IndexByte("!#$&*+,/:;=?@[]", c) >= 0 || c == '%' && isEncoded(s[i:])) {
			out.WriteByte(c)
			continue
		}
		out.Write([]byte{'%', digits[c>>4], digits[c&15]})
	}
	return out.String()
}

func isUnreserved(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-._~", c) >= 0
}

func isEncoded(s string) bool { return len(s) >= 3 && isHex(s[1]) && isHex(s[2]) }

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// escape makes a value fit for text, and for attributes within quotes.
func escape(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
	return html.EscapeString(s)
}
