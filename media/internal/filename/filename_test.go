package filename

import (
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/crier-social/crier/media/sniff"
)

func TestClean(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, remote, ext, want string }{
		{"plain", "photo.jpg", ".jpg", "photo.jpg"},
		{"other spelling", "photo.JPEG", ".jpg", "photo.JPEG"},
		{"wrong extension", "photo.php", ".jpg", "photo.jpg"},
		{"no extension", "photo", ".png", "photo.png"},
		{"dots", "v1.2 final.report", ".pdf", "v1.2 final.report.pdf"},
		{"path", "../../etc/passwd", ".png", "passwd.png"},
		{"windows path", `C:\Users\x\photo.png`, ".png", "photo.png"},
		{"hidden", ".htaccess", ".png", "htaccess.png"},
		{"only dots", "...", ".png", "file.png"},
		{"root", "/", ".png", "file.png"},
		{"nothing", "", ".png", "file.png"},
		{"header injection", "a\r\nX-Evil: 1.png", ".png", "aX-Evil 1.png"},
		{"marks of addresses", "100%25 #1;x.png", ".png", "10025 1x.png"},
		{"quotes", `a"b<c>.png`, ".png", "abc.png"},
		{"unknown type", "data.xyz", "", "data.xyz"},
		{"unknown type, long extension", "a." + strings.Repeat("b", 200), "", "a." + strings.Repeat("b", 118)},
		{"other scripts", "写真 été.png", ".png", "写真 été.png"},
		{"invalid text", "a\xff\xfeb.png", ".png", "ab.png"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if got := Clean(tc.remote, sniff.Type{Ext: tc.ext}); got != tc.want {
				t.Errorf("Clean(%q) = %q, want %q", tc.remote, got, tc.want)
			}
		})
	}
}

func FuzzClean(f *testing.F) {
	f.Add("../../a b.jpeg", ".jpg")
	f.Add(strings.Repeat("写", 100), "")
	f.Add("a."+strings.Repeat("b", 200), "")
	f.Fuzz(func(t *testing.T, remote, ext string) {
		if ext != "" && ext != ".jpg" && ext != ".pptx" {
			return
		}
		got := Clean(remote, sniff.Type{Ext: ext})
		switch {
		case got == "" || len(got) > maxName || !utf8.ValidString(got):
			t.Errorf("%q is no file name", got)
		case strings.ContainsAny(got, "/\\\"#%?;\r\n\x00") || got != filepath.Base(got) || got[0] == '.':
			t.Errorf("%q is not a safe file name", got)
		}
	})
}
