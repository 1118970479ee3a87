package richtext

import (
	"strings"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"github.com/crier-social/crier/providers/internal/placeholder"
)

const mentionStart = "@["

// MentionMarkup writes a mention as Parse reads it: @[Name](did:plc:…).
func MentionMarkup(name, did string) string {
	name = strings.NewReplacer(`\`, `\\`, `[`, `\[`, `]`, `\]`).Replace(strings.Join(strings.Fields(name), " "))
	return mentionStart + name + "](" + did + ")"
}

// mention returns the mention that s begins with, and its length in bytes, or 0. A backslash
// before a bracket or a backslash of the name is no part of it.
func mention(s string) (Segment, int) {
	if !strings.HasPrefix(s, mentionStart) {
		return Segment{}, 0
	}
	var name strings.Builder
	for i := len(mentionStart); i < len(s); i++ {
		switch c := s[i]; {
		case c == '\n' || strings.HasPrefix(s[i:], mentionStart):
			return Segment{}, 0
		case c == '\\' && i+1 < len(s) && strings.IndexByte(`[]\`, s[i+1]) >= 0:
			i++
			name.WriteByte(s[i])
		case c == ']':
			did, n := mentioned(s[i+1:])
			if n == 0 || strings.TrimSpace(name.String()) == "" {
				return Segment{}, 0
			}
			return Segment{Kind: Mention, Text: name.String(), Target: did}, i + 1 + n
		default:
			name.WriteByte(c)
		}
	}
	return Segment{}, 0
}

// mentioned returns the DID in parentheses that s begins with, and the length of both in
// bytes, or 0.
func mentioned(s string) (did string, n int) {
	const longest = 2048 // of a DID, in bytes: https://atproto.com/specs/did
	if !strings.HasPrefix(s, "(") {
		return "", 0
	}
	end := strings.IndexByte(s[:min(len(s), longest+2)], ')')
	if end < 0 {
		return "", 0
	}
	parsed, err := syntax.ParseDID(s[1:end])
	if err != nil {
		return "", 0
	}
	return parsed.String(), end + 1
}

// Resolve returns the text with each handle and placeholder replaced by what find returns for
// it.
func (t Text) Resolve(find func(Segment) Segment) Text {
	var b builder
	for _, s := range t {
		if s.reference() {
			s = find(s)
		}
		b.add(s)
	}
	return b.build()
}

// References returns the handles and placeholders, in order.
func (t Text) References() []Segment {
	var out []Segment
	for _, s := range t {
		if s.reference() {
			out = append(out, s)
		}
	}
	return out
}

func (s Segment) reference() bool { return s.Kind == Handle || s.Kind == Placeholder }

// Number returns the number of a placeholder; -1 for any other segment.
func (s Segment) Number() int {
	if s.Kind != Placeholder {
		return -1
	}
	n, _ := placeholder.Cut(s.Text)
	return n
}
