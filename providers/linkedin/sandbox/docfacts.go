package sandbox

import (
	"archive/zip"
	"bytes"
	"io"
	"strings"
)

// Limits of the Documents API.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/documents-api
const (
	maxDocumentBytes = 100 << 20
	maxDocumentPages = 300
)

// The types of documents.
const (
	mimePDF  = "application/pdf"
	mimeDOC  = "application/msword"
	mimePPT  = "application/vnd.ms-powerpoint"
	mimeDOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	mimePPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
)

// readSeekerAt is a file.
type readSeekerAt interface {
	io.ReadSeeker
	io.ReaderAt
}

// examineDocument tells what a document is by its bytes, and counts its pages where
// that is simple: those of a PDF and the slides of a PPTX.
func examineDocument(f readSeekerAt, size int64) fileFacts {
	facts := fileFacts{MIME: "application/octet-stream", Size: size}
	head := make([]byte, 1024)
	n, _ := f.ReadAt(head, 0) // a short file has a short head
	switch head = head[:n]; {
	case bytes.Contains(head, []byte("%PDF-")):
		facts.MIME, facts.Pages = mimePDF, countPDFPages(f, size)
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		facts.MIME, facts.Pages, facts.Failure = examineOfficeZip(f, size)
	case bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")):
		facts.MIME, facts.Failure = examineCompound(f)
	default:
		facts.Failure = "not a PDF, Word or PowerPoint document"
	}
	switch {
	case facts.Failure != "":
	case size > maxDocumentBytes:
		facts.Failure = "document is larger than 100 MB"
	case facts.Pages > maxDocumentPages:
		facts.Failure = "document has more than 300 pages"
	}
	return facts
}

// examineOfficeZip reads the directory of a ZIP file. ECMA-376
func examineOfficeZip(r io.ReaderAt, size int64) (mime string, pages int, failure string) {
	archive, err := zip.NewReader(r, size)
	if err != nil {
		return "application/zip", 0, "document is damaged"
	}
	mime = "application/zip"
	for _, file := range archive.File {
		switch name := file.Name; {
		case name == "word/document.xml":
			mime = mimeDOCX
		case name == "ppt/presentation.xml":
			mime = mimePPTX
		case strings.HasPrefix(name, "ppt/slides/slide") && strings.HasSuffix(name, ".xml"):
			pages++
		}
	}
	if mime == "application/zip" {
		return mime, 0, "not a PDF, Word or PowerPoint document"
	}
	return mime, pages, ""
}

// examineCompound tells Word from PowerPoint by the name of the stream that holds
// the text, which is written in UTF-16. [MS-CFB]
func examineCompound(f readSeekerAt) (mime, failure string) {
	for _, kind := range []struct{ stream, mime string }{
		{"WordDocument", mimeDOC}, {"PowerPoint Document", mimePPT},
	} {
		if contains(f, wide(kind.stream)) {
			return kind.mime, ""
		}
	}
	return "application/x-ole-storage", "not a PDF, Word or PowerPoint document"
}

// wide is an ASCII text in UTF-16, little endian.
func wide(s string) []byte {
	out := make([]byte, 0, 2*len(s))
	for i := range len(s) {
		out = append(out, s[i], 0)
	}
	return out
}

// contains searches a file.
func contains(f io.ReadSeeker, what []byte) bool {
	found := false
	if _, err := f.Seek(0, io.SeekStart); err == nil {
		scanWindows(f, len(what), func(w scanned) bool {
			found = bytes.Contains(w.window, what)
			return !found
		})
	}
	return found
}
