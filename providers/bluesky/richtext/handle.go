package richtext

import (
	"strings"

	"github.com/bluesky-social/indigo/atproto/syntax"
)

// testTLD is the suffix of handles on servers that are tried out.
// https://atproto.com/specs/handle#additional-non-syntax-restrictions
const testTLD = ".test"

// handle returns the handle that s begins with, which is an @, and its length in bytes, or 0.
func (r *reader) handle(s string) (Segment, int) {
	if !r.opens() || r.afterLink {
		return Segment{}, 0
	}
	n := 1
	for n < len(s) && handleByte(s[n]) {
		n++
	}
	name := strings.TrimRight(s[1:n], ".-")
	n = 1 + len(name)
	if strings.HasPrefix(s[n:], "_") || strings.HasPrefix(s[n:], "@") {
		return Segment{}, 0
	}
	handle, ok := AsHandle(name)
	if !ok || !publicHost(handle) && !strings.HasSuffix(handle, testTLD) {
		return Segment{}, 0
	}
	return Segment{Kind: Handle, Text: s[:n], Target: handle}, n
}

// AsHandle reads a handle as people write it, with or without its @, and returns it in lower
// case; false: it is none. https://atproto.com/specs/handle
func AsHandle(s string) (string, bool) {
	handle, err := syntax.ParseHandle(strings.TrimPrefix(strings.TrimSpace(s), "@"))
	return handle.Normalize().String(), err == nil
}

func handleByte(c byte) bool {
	return c == '.' || c == '-' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}
