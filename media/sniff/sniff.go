// Package sniff tells what a file is from its first bytes. Names, extensions and
// the Content-Type of a server are not asked.
package sniff

import (
	"bytes"
	"mime"
	"strings"

	"github.com/gabriel-vasile/mimetype"

	"github.com/crier-social/crier/core"
)

// HeadSize is how many bytes Detect looks at; fewer suffice for a shorter file.
const HeadSize = 4096

// Type is what a file is.
type Type struct {
	MIME string         // without parameters
	Kind core.MediaKind // empty for what cannot be posted as media
	Ext  string         // the usual file name extension, with its dot; may be empty
	// Undetermined tells that the beginning is that of a container, a ZIP archive or a
	// compound file: only the complete file shows what is in it, see Refine. Until then
	// MIME is a guess, and Kind that of a document, which it may be.
	Undetermined bool
}

// HTML tells whether the file is a web page.
func (t Type) HTML() bool { return t.MIME == "text/html" || t.MIME == "application/xhtml+xml" }

// apng is how mimetype calls animated PNG; every reader of PNG takes it.
const apng = "image/apng"

// Detect tells the type of the file that begins with head.
func Detect(head []byte) Type {
	head = head[:min(len(head), HeadSize)]
	found := mimetype.Detect(head)
	t := Type{MIME: withoutParameters(found.String()), Ext: found.Extension()}
	switch {
	case t.MIME == apng:
		t.MIME, t.Ext = "image/png", ".png"
	case isBaseMedia(head):
		t.MIME, t.Ext = baseMedia(head, t.MIME, t.Ext)
	case strings.HasPrefix(t.MIME, "text/") && t.MIME != vtt && startsWithCue(head):
		t.MIME, t.Ext = SubRip, ".srt"
	}
	t.Kind = kindOf(t.MIME)
	if bytes.HasPrefix(head, []byte(zipMark)) || bytes.HasPrefix(head, []byte(compoundMark)) {
		t.Undetermined, t.Kind = true, core.MediaDocument
	}
	return t
}

func withoutParameters(mimeType string) string {
	name, _, err := mime.ParseMediaType(mimeType)
	if err != nil {
		return mimeType
	}
	return name
}

func kindOf(name string) core.MediaKind {
	switch {
	case strings.HasPrefix(name, "image/"):
		return core.MediaImage
	case strings.HasPrefix(name, "video/"):
		return core.MediaVideo
	}
	switch name {
	case "application/pdf", "application/msword", "application/vnd.ms-powerpoint", encrypted,
		"application/vnd.openxmlformats-officedocument.wordprocessingml.document",
		"application/vnd.openxmlformats-officedocument.presentationml.presentation",
		"application/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.presentation":
		return core.MediaDocument
	case SubRip, vtt:
		return core.MediaCaptions
	}
	return ""
}

// AsksForPassword tells whether the beginning of a web page has a password field:
// then it stands where a file is kept behind a login.
func AsksForPassword(head []byte) bool {
	page := bytes.ToLower(head)
	for _, mark := range []string{`type="password"`, `type='password'`, `type=password`} {
		if bytes.Contains(page, []byte(mark)) {
			return true
		}
	}
	return false
}
