// Package filename makes safe names for files that strangers name.
package filename

import (
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/crier-social/crier/media/sniff"
)

const (
	maxName     = 120 // bytes
	unnamed     = "file"
	longestExt  = 6 // bytes, with the dot; what is longer is part of the name
	unsafeMarks = `"*<>?|:#%;`
)

// Clean makes a name of what a stranger calls a file: its last part, without
// marks that mean something to a file system, a header or an address, with the extension of
// what the file really is.
func Clean(remote string, t sniff.Type) string {
	name := path.Base(strings.ReplaceAll(strings.ToValidUTF8(remote, ""), `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || strings.ContainsRune(unsafeMarks, r) {
			return -1
		}
		return r
	}, name)
	name = strings.Trim(name, "./ ")
	ext := path.Ext(name)
	if len(ext) > longestExt {
		ext = ""
	}
	stem := strings.TrimSuffix(name, ext)
	if t.Ext != "" && !sameExt(ext, t.Ext) {
		ext = t.Ext
	}
	stem = strings.TrimRight(cut(stem, maxName-len(ext)), ". ")
	if stem == "" {
		stem = unnamed
	}
	return stem + ext
}

// sameExt tells whether two extensions mean the same type.
func sameExt(a, b string) bool {
	a = strings.ToLower(a)
	return a == b || a == ".jpeg" && b == ".jpg"
}

// cut shortens a text to at most n bytes, between characters.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
