package mediatest

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"strings"
)

// MP4 returns the start of an MP4 video, padded to size bytes.
func MP4(size int) []byte { return isoFile("isom", "isom", size, "avc1", "mp41") }

// MOV returns the start of a QuickTime video, padded to size bytes.
func MOV(size int) []byte { return isoFile("qt  ", "qt  ", size) }

// HEIC returns the start of a HEIC picture, which no decoder here reads.
func HEIC(size int) []byte { return isoFile("heic", "mif1", size, "heic") }

// AVIF returns the start of an AVIF picture, which no decoder here reads.
func AVIF(size int) []byte { return isoFile("avif", "mif1", size, "avif") }

func isoFile(brand, compatible string, size int, more ...string) []byte {
	payload := brand + "\x00\x00\x02\x00" + compatible + strings.Join(more, "")
	b := binary.BigEndian.AppendUint32(nil, uint32(len(payload)+8)) //nolint:gosec // test data
	b = append(append(b, "ftyp"...), payload...)
	if rest := size - len(b); rest >= 8 {
		b = binary.BigEndian.AppendUint32(b, uint32(rest)) //nolint:gosec // test data
		b = append(append(b, "mdat"...), make([]byte, rest-8)...)
	}
	return b
}

// PDF returns a minimal document of one page.
func PDF() []byte {
	return []byte("%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n" +
		"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n" +
		"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 72 72]>>endobj\n" +
		"trailer<</Root 1 0 R>>\n%%EOF\n")
}

// PPTX returns the skeleton of a presentation.
func PPTX() []byte { return officeFile("ppt/presentation.xml") }

// DOCX returns the skeleton of a text document.
func DOCX() []byte { return officeFile("word/document.xml") }

func officeFile(main string) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, name := range []string{"[Content_Types].xml", "_rels/.rels", main} {
		f, err := w.Create(name)
		must(err)
		_, err = f.Write([]byte("<x/>"))
		must(err)
	}
	must(w.Close())
	return b.Bytes()
}

// SRT returns captions of one line.
func SRT() []byte { return []byte("1\n00:00:00,000 --> 00:00:02,000\nHello\n\n") }

// SVG returns a vector drawing.
func SVG() []byte {
	return []byte(`<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"></svg>`)
}

// HTML returns an ordinary web page.
func HTML() []byte {
	return []byte("<!DOCTYPE html><html><head><title>Photo</title></head><body><img src=a.png></body></html>")
}

// LoginPage returns a web page that asks for a password.
func LoginPage() []byte {
	return []byte(`<!DOCTYPE html><html><head><title>Sign in</title></head><body><form>` +
		`<input name=user><input type="password" name="pw"></form></body></html>`)
}
