package sniff_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/media/mediatest"
	"github.com/crier-social/crier/media/sniff"
)

func TestDetect(t *testing.T) {
	t.Parallel()
	const office = "application/vnd.openxmlformats-officedocument."
	cases := []struct {
		name string
		file []byte
		want sniff.Type
	}{
		{"jpeg", mediatest.JPEG(8, 8), sniff.Type{MIME: "image/jpeg", Kind: core.MediaImage, Ext: ".jpg"}},
		{"jpeg with exif", mediatest.JPEGOriented(8, 8, 6), sniff.Type{MIME: "image/jpeg", Kind: core.MediaImage, Ext: ".jpg"}},
		{"png", mediatest.PNG(8, 8), sniff.Type{MIME: "image/png", Kind: core.MediaImage, Ext: ".png"}},
		{"animated png", mediatest.APNG(8, 8, 2), sniff.Type{MIME: "image/png", Kind: core.MediaImage, Ext: ".png"}},
		{"gif", mediatest.GIF(8, 8, 2), sniff.Type{MIME: "image/gif", Kind: core.MediaImage, Ext: ".gif"}},
		{"webp", mediatest.WebP(8, 8), sniff.Type{MIME: "image/webp", Kind: core.MediaImage, Ext: ".webp"}},
		{"heic", mediatest.HEIC(64), sniff.Type{MIME: "image/heic", Kind: core.MediaImage, Ext: ".heic"}},
		{"avif", mediatest.AVIF(64), sniff.Type{MIME: "image/avif", Kind: core.MediaImage, Ext: ".avif"}},
		{"svg", mediatest.SVG(), sniff.Type{MIME: "image/svg+xml", Kind: core.MediaImage, Ext: ".svg"}},
		{"mp4", mediatest.MP4(9000), sniff.Type{MIME: "video/mp4", Kind: core.MediaVideo, Ext: ".mp4"}},
		{"mov", mediatest.MOV(4000), sniff.Type{MIME: "video/quicktime", Kind: core.MediaVideo, Ext: ".mov"}},
		{"archive", mediatest.Zip(mediatest.ZipEntry{Name: "a.txt", Body: "a"}), sniff.Type{MIME: "application/zip", Kind: core.MediaDocument, Ext: ".zip", Undetermined: true}},
		{"compound file", []byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 and so on"), sniff.Type{MIME: "application/x-ole-storage", Kind: core.MediaDocument, Undetermined: true}},
		{"pdf", mediatest.PDF(), sniff.Type{MIME: "application/pdf", Kind: core.MediaDocument, Ext: ".pdf"}},
		{"pptx", mediatest.PPTX(), sniff.Type{MIME: office + "presentationml.presentation", Kind: core.MediaDocument, Ext: ".pptx", Undetermined: true}},
		{"docx", mediatest.DOCX(), sniff.Type{MIME: office + "wordprocessingml.document", Kind: core.MediaDocument, Ext: ".docx", Undetermined: true}},
		{"srt", mediatest.SRT(), sniff.Type{MIME: "application/x-subrip", Kind: core.MediaCaptions, Ext: ".srt"}},
		{"vtt", []byte("WEBVTT\n\n00:00.000 --> 00:02.000\nHello\n"), sniff.Type{MIME: "text/vtt", Kind: core.MediaCaptions, Ext: ".vtt"}},
		{"web page", mediatest.HTML(), sniff.Type{MIME: "text/html", Ext: ".html"}},
		{"json", []byte(`{"error":"gone"}`), sniff.Type{MIME: "application/json", Ext: ".json"}},
		{"text", []byte("hello"), sniff.Type{MIME: "text/plain", Ext: ".txt"}},
		{"audio", []byte("RIFF\x24\x00\x00\x00WAVEfmt "), sniff.Type{MIME: "audio/wav", Ext: ".wav"}},
		{"unknown", []byte{0, 1, 2, 3, 200}, sniff.Type{MIME: "application/octet-stream"}},
		{"empty", nil, sniff.Type{MIME: "text/plain", Ext: ".txt"}},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got := sniff.Detect(tc.file)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("type (-want +got):\n%s", diff)
			}
			if got.HTML() != (tc.name == "web page") {
				t.Errorf("HTML() = %t", got.HTML())
			}
		})
	}
}

func TestAsksForPassword(t *testing.T) {
	t.Parallel()
	for page, want := range map[string]bool{
		string(mediatest.LoginPage()): true, string(mediatest.HTML()): false,
		"<INPUT TYPE=PASSWORD>": true, "<input type='password'>": true, "": false,
	} {
		if got := sniff.AsksForPassword([]byte(page)); got != want {
			t.Errorf("AsksForPassword(%q) = %t, want %t", page, got, want)
		}
	}
}

func FuzzDetect(f *testing.F) {
	for _, file := range mediatest.Hostile() {
		if len(file) <= 64<<10 {
			f.Add(file)
		}
	}
	f.Add(mediatest.PPTX())
	f.Fuzz(func(t *testing.T, file []byte) {
		got := sniff.Detect(file)
		if got.MIME == "" {
			t.Error("no type at all")
		}
		if got.Kind != "" && got.HTML() {
			t.Errorf("a web page is of kind %q", got.Kind)
		}
	})
}
