package mediatest

import (
	"encoding/binary"
	"strings"
)

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
