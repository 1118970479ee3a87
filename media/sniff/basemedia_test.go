package sniff_test

import (
	"testing"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/media/mediatest"
	"github.com/crier-social/crier/media/sniff"
)

// fileType returns a file of the ISO base media file format: its first box with the
// brands, and the beginning of the next one.
func fileType(next string, brands ...string) []byte {
	b := []byte{0, 0, 0, byte(12 + 4*len(brands))}
	b = append(b, "ftyp"+brands[0]+"\x00\x00\x02\x00"...)
	for _, brand := range brands[1:] {
		b = append(b, brand...)
	}
	return append(b, "\x00\x00\x10\x00"+next+"                "...)
}

func TestBaseMedia(t *testing.T) {
	t.Parallel()
	const mp4, mov = "video/mp4", "video/quicktime"
	cases := []struct {
		name, mime string
		kind       core.MediaKind
		file       []byte
	}{
		{"isom", mp4, core.MediaVideo, fileType("moov", "isom", "iso2", "avc1", "mp41")},
		{"iso5", mp4, core.MediaVideo, fileType("moov", "iso5", "iso6", "mp41")},
		{"dash", mp4, core.MediaVideo, fileType("moov", "dash", "iso6", "avc1", "mp41")},
		{"mp42", mp4, core.MediaVideo, fileType("mdat", "mp42", "isom")},
		{"avc1", mp4, core.MediaVideo, fileType("free", "avc1", "isom")},
		{"sound besides", mp4, core.MediaVideo, fileType("moov", "mp42", "M4A ", "isom")},
		{"M4V", mp4, core.MediaVideo, fileType("moov", "M4V ", "M4A ", "mp42", "isom")},
		{"M4V of a telephone", mp4, core.MediaVideo, fileType("moov", "M4VP", "M4A ")},
		{"camera", mp4, core.MediaVideo, fileType("uuid", "XAVC", "mp42", "iso2")},
		{"player", mp4, core.MediaVideo, fileType("uuid", "MSNV", "mp42", "isom")},
		{"unknown brand", mp4, core.MediaVideo, fileType("moov", "XYZ1", "XYZ2")},
		{"unknown brand, nothing known behind it", "application/octet-stream", "", fileType("\x01\x02\x03\x04", "XYZ1", "XYZ2")},
		{"unknown brand alone", "application/octet-stream", "", fileType("moov", "XYZ1")[:20]},
		{"unknown brand of a picture", "image/heif", core.MediaImage, fileType("meta", "MiHE", "mif1", "heic")},
		{"unknown brand of sound", "audio/x-m4a", "", fileType("moov", "XYZ1", "M4A ")},
		{"QuickTime", mov, core.MediaVideo, fileType("wide", "qt  ", "qt  ")},
		{"QuickTime without brands", mov, core.MediaVideo, []byte("\x00\x00\x00\x08wide\x00\x10\x00\x00mdat                ")},
		{"QuickTime, facts first", mov, core.MediaVideo, []byte("\x00\x00\x10\x00moov\x00\x00\x00\x6Cmvhd                ")},
		{"3GP", "video/3gpp", core.MediaVideo, fileType("moov", "3gp5", "isom")},
		{"M4A", "audio/x-m4a", "", fileType("moov", "M4A ", "mp42", "isom")},
		{"audio book", "audio/mp4", "", fileType("moov", "M4B ", "mp42", "isom")},
		{"HEIC", "image/heic", core.MediaImage, fileType("meta", "heic", "mif1", "heic")},
		{"HEIC, its brand second", "image/heif", core.MediaImage, fileType("meta", "mif1", "heic", "mp42")},
		{"AVIF", "image/avif", core.MediaImage, fileType("meta", "avif", "mif1", "miaf")},
		{"raw picture", "image/x-canon-cr3", core.MediaImage, fileType("moov", "crx ", "isom")},
		{"whole video", mp4, core.MediaVideo, mediatest.MP4(4000)},
		{"whole fragments", mp4, core.MediaVideo, mediatest.Whole(mediatest.Video(mediatest.VideoOptions{Size: 4000, Brand: "iso5", Fragmented: true}))},
		{"text", "text/plain", "", []byte("The ftypmp42 brand is a brand")},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got := sniff.Detect(tc.file)
			if got.MIME != tc.mime || got.Kind != tc.kind || got.Undetermined {
				t.Errorf("got %+v, want %q of kind %q", got, tc.mime, tc.kind)
			}
		})
	}
}

func TestCaptions(t *testing.T) {
	t.Parallel()
	const cue = "1\n00:00:00,000 --> 00:00:02,000\nHello\n"
	utf16 := func(mark string, first, second func(byte) []byte) []byte {
		b := []byte(mark)
		for _, c := range []byte(cue) {
			b = append(append(b, first(c)...), second(c)...)
		}
		return b
	}
	char := func(c byte) []byte { return []byte{c} }
	zero := func(byte) []byte { return []byte{0} }
	const srt, vtt, html, plain = "application/x-subrip", "text/vtt", "text/html", "text/plain"
	cases := []struct {
		name, mime string
		file       []byte
	}{
		{"usual", srt, []byte(cue + "\n2\n00:00:03,000 --> 00:00:04,000\nAgain\n")},
		{"one cue", srt, []byte(cue)},
		{"byte order mark", srt, []byte("\uFEFF" + cue)},
		{"carriage returns", srt, []byte("1\r\n00:00:00,000 --> 00:00:02,000\r\nHello\r\n")},
		{"carriage returns alone", srt, []byte("1\r00:00:00,000 --> 00:00:02,000\rHello\r")},
		{"blank lines first", srt, []byte("\n\r\n \n" + cue)},
		{"mark and blank lines", srt, []byte("\uFEFF\r\n" + cue)},
		{"counted from zero", srt, []byte("0\n00:00:00,000 --> 00:00:02,000\nHello\n")},
		{"points for commas", srt, []byte("1\n00:00:00.000 --> 00:00:02.000\nHello\n")},
		{"no number", srt, []byte("00:00:00,000 --> 00:00:02,000\nHello\n")},
		{"placed", srt, []byte("1\n00:00:00,000 --> 00:00:02,000 X1:10 X2:20\nHello\n")},
		{"with markup", srt, []byte("1\n00:00:00,000 --> 00:00:02,000\n<html><i>Hello</i></html>\n")},
		{"UTF-16", srt, utf16("\xFF\xFE", char, zero)},
		{"UTF-16 the other way", srt, utf16("\xFE\xFF", zero, char)},
		{"WebVTT", vtt, []byte("WEBVTT\n\n1\n00:00:00.000 --> 00:00:02.000\nHello\n")},
		{"a page about captions", html, []byte("<!DOCTYPE html><html><pre>" + cue)},
		{"a page behind a comment", html, []byte("<!-- " + cue + " --><html><body>")},
		{"a number", plain, []byte("1\n")},
		{"no arrow", plain, []byte("1\n00:00:00,000\nHello\n")},
		{"an arrow later", plain, []byte("Notes\n" + cue)},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got := sniff.Detect(tc.file)
			if got.MIME != tc.mime || (got.Kind == core.MediaCaptions) != (tc.mime == srt || tc.mime == vtt) {
				t.Errorf("got %+v, want %q", got, tc.mime)
			}
		})
	}
}
