package pdf_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/crier-social/crier/media/internal/pdf"
)

// golden returns a document of two empty pages that qpdf 12 encrypted: with the user's
// password "secret" those that are locked, and without one those that are restricted.
func golden(t testing.TB, name string) []byte {
	t.Helper()
	file, err := os.ReadFile(filepath.Join("testdata", "encrypted", name+".pdf"))
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func TestEncrypted(t *testing.T) {
	t.Parallel()
	for name, readable := range map[string]int{
		"r2": 2, "r3": 2, "r4": 2, "r4-plainmeta": 2, "r5": 2, "r6": 2,
		"r6-streams": 0, // the page tree is encrypted along with the stream it is in
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if n, err := pages(golden(t, name+"-restricted")); n != readable || err != nil {
				t.Errorf("restricted: got %d and %v, want %d pages", n, err, readable)
			}
			if n, err := pages(golden(t, name+"-locked")); n != 0 || !errors.Is(err, pdf.ErrLocked) {
				t.Errorf("locked: got %d and %v, want ErrLocked", n, err)
			}
		})
	}
}

var (
	encryption = regexp.MustCompile(`(?s)<< [^\n]*/Filter /Standard .*? >>\n`)
	identifier = regexp.MustCompile(`/ID \[.*?\]`)
	hexText    = regexp.MustCompile(`<([0-9a-f]+)>`)
)

// reencrypted returns a document of seven pages with the encryption of a golden file,
// changed.
func reencrypted(t *testing.T, name string, change func(string) string) []byte {
	t.Helper()
	file := golden(t, name)
	found := encryption.Find(file)
	if found == nil {
		t.Fatalf("%s has no encryption", name)
	}
	return begin(catalog, tree, change(string(found))).end("/Encrypt 3 0 R " + change(string(identifier.Find(file))))
}

func replacing(pairs ...string) func(string) string {
	return strings.NewReplacer(pairs...).Replace
}

// literal rewrites texts in hex with each byte as told.
func literal(write func(c byte) string) func(string) string {
	return func(s string) string {
		return hexText.ReplaceAllStringFunc(s, func(digits string) string {
			b, err := hex.DecodeString(strings.Trim(digits, "<>"))
			if err != nil {
				return digits
			}
			var out strings.Builder
			for _, c := range b {
				out.WriteString(write(c))
			}
			return "(" + out.String() + ")"
		})
	}
}

// escaped writes a byte as it is where that goes, and after its letter where not.
func escaped(c byte) string {
	if i := strings.IndexByte("\n\r\t\b\f()\\", c); i >= 0 {
		return `\` + `nrtbf()\`[i:i+1]
	}
	return string([]byte{c})
}

func TestEncryption(t *testing.T) {
	t.Parallel()
	same := func(s string) string { return s }
	upper := func(s string) string { return hexText.ReplaceAllStringFunc(s, strings.ToUpper) }
	octal := literal(func(c byte) string { return fmt.Sprintf(`\%03o`, c) })
	broken := literal(func(c byte) string { return escaped(c) + "\\\r\n" + "\\\n" })
	// lines writes a line feed as another end of a line.
	lines := func(end string) func(string) string {
		return literal(func(c byte) string {
			if c == '\n' {
				return end
			}
			return escaped(c)
		})
	}
	cases := []struct {
		name, from string
		change     func(string) string
		locked     bool
	}{
		{"as it is", "r3-restricted", same, false},
		{"as it is", "r3-locked", same, true},
		{"upper case", "r3-restricted", upper, false},
		{"octal texts", "r3-restricted", octal, false},
		{"octal texts", "r6-restricted", octal, false},
		{"escaped texts", "r2-restricted", literal(escaped), false},
		{"escaped texts", "r4-restricted", literal(escaped), false},
		{"escaped texts", "r6-restricted", literal(escaped), false},
		{"escaped texts", "r6-locked", literal(escaped), true},
		{"texts over many lines", "r3-restricted", broken, false},
		{"carriage returns in texts", "r3-restricted", lines("\r"), false},
		{"both ends of lines in texts", "r3-restricted", lines("\r\n"), false},
		{"unsigned permissions", "r3-restricted", func(s string) string {
			return regexp.MustCompile(`/P -(\d+)`).ReplaceAllStringFunc(s, func(p string) string {
				var n int64
				_, _ = fmt.Sscanf(p, "/P %d", &n)
				return fmt.Sprintf("/P %d", n+1<<32)
			})
		}, false},
		{"another length of the key", "r3-restricted", replacing("/Length 128", "/Length 40"), false},
		{"another handler", "r3-locked", replacing("/Standard", "/Adobe.PubSec"), false},
		{"a revision to come", "r6-locked", replacing("/R 6", "/R 7"), false},
		{"attachments alone", "r6-locked", replacing("/StmF /StdCF", "/StmF /Identity"), false},
		{"attachments alone, by default", "r6-locked", replacing("/StmF /StdCF", ""), false},
		{"no owner", "r3-locked", replacing("/O ", "/Oh "), false},
		{"short texts", "r3-locked", func(s string) string { return hexText.ReplaceAllString(s, "<00>") }, false},
		{"short texts", "r6-locked", func(s string) string { return hexText.ReplaceAllString(s, "<00>") }, false},
		{"text without salt", "r6-locked", func(s string) string { return hexText.ReplaceAllString(s, "<"+strings.Repeat("00", 39)+">") }, false},
		{"texts that are none", "r3-locked", func(s string) string { return hexText.ReplaceAllString(s, "<xx>") }, false},
		{"texts too long", "r3-locked", literal(func(byte) string { return strings.Repeat("x", 20) }), false},
		{"texts too long, in hex", "r3-locked", func(s string) string {
			return hexText.ReplaceAllString(s, "<"+strings.Repeat("00", 300)+">")
		}, false},
	}
	for _, tc := range cases {
		t.Run(tc.from+", "+tc.name, func(t *testing.T) {
			t.Parallel()
			n, err := pages(reencrypted(t, tc.from, tc.change))
			switch {
			case tc.locked && !errors.Is(err, pdf.ErrLocked):
				t.Errorf("got %d and %v, want ErrLocked", n, err)
			case !tc.locked && (n != 7 || err != nil):
				t.Errorf("got %d and %v, want seven pages", n, err)
			}
		})
	}
}

// TestLockedBehindOtherBytes finds the password of a document that is counted from its
// own beginning.
func TestLockedBehindOtherBytes(t *testing.T) {
	t.Parallel()
	file := append([]byte("HTTP/1.1 200 OK\r\n\r\n"), golden(t, "r6-locked")...)
	if _, err := pages(file); !errors.Is(err, pdf.ErrLocked) {
		t.Errorf("got %v, want ErrLocked", err)
	}
	if n, err := pages(bytes.Replace(file, []byte("/Encrypt"), []byte("/Decrypt"), 1)); n != 2 || err != nil {
		t.Errorf("without the encryption: got %d and %v, want two pages", n, err)
	}
}
