//go:build interop

package interop_test

import "github.com/crier-social/crier/core"

// scenario is one post with one file, and what has to become of it.
type scenario struct {
	name string // of the post; empty: the file's
	file string
	// thumbnail and captions are files that go with it.
	thumbnail, captions string
	send                way
	want                verdict
}

// title names the post.
func (s scenario) title() string {
	if s.name == "" {
		return s.file
	}
	return s.name
}

// way is how a file gets to the server.
type way int

const (
	byAddress way = iota
	attached      // to the request itself
	uploaded      // beforehand, to POST /media/upload
)

// verdict is what has to become of a post.
type verdict struct {
	kind  string // as what it is published; empty: refused
	pages int    // of a document
	// fit is what becomes of a picture that cannot be sent as it is.
	fit facts
	// warning is a part of the only warning; empty: none may come.
	warning string

	// Of a refusal:
	code    core.Code
	field   string   // empty: mediaUrls[0]
	message []string // parts of the message
	help    string   // a part of the way out
}

// place is the field that a refusal names.
func (v verdict) place() string {
	if v.field == "" {
		return "mediaUrls[0]"
	}
	return v.field
}

func image() verdict { return verdict{kind: "image"} }
func film() verdict  { return verdict{kind: "video"} }

func filmButNot(h264 string) verdict { return verdict{kind: "video", warning: h264} }

// unknown is how many pages a document has that does not tell.
const unknown = 0

func pagesOf(n int) verdict { return verdict{kind: "document", pages: n} }

func refused(code core.Code, message ...string) verdict { return verdict{code: code, message: message} }

// scenarios is the table of all files.
func scenarios() []scenario {
	const (
		mpeg4   = "the file is a video (video/mp4)"
		toMP4   = "ffmpeg -i"
		options = "linkedInOptions."
	)
	return []scenario{
		// Videos that LinkedIn takes, however their bytes are arranged.
		{file: "h264.mp4", want: film()},
		{file: "faststart.mp4", want: film()},
		{file: "fragmented.mp4", want: film()},
		{file: "dash.mp4", want: film()},
		{file: "rotated.mp4", want: film()},
		{file: "h264.m4v", want: film()},
		{file: "silent.mp4", want: film()},
		{file: "3s.mp4", want: film()},
		{file: "30min.mp4", want: film()},
		{file: "hevc.mp4", want: filmButNot("H.264")},
		{file: "av1.mp4", want: filmButNot("H.264")},

		// Containers that it does not take.
		{file: "h264.mov", want: verdict{code: core.CodeMediaType, message: []string{"video/quicktime", "video/mp4"}, help: toMP4}},
		{file: "hevc.mov", want: verdict{code: core.CodeMediaType, message: []string{"video/quicktime", "video/mp4"}, help: toMP4}},
		{file: "h264.mkv", want: refused(core.CodeMediaType, "video/matroska", "video/mp4")},
		{file: "vp9.webm", want: refused(core.CodeMediaType, "video/webm", "video/mp4")},

		// Over and under its limits.
		{file: "2s.mp4", want: refused(core.CodeMediaLimits, "0:02 long", "LinkedIn", "at least 0:03")},
		{file: "30min1s.mp4", want: refused(core.CodeMediaLimits, "30:01 long, LinkedIn takes at most 30:00")},
		{file: "4h.mp4", want: refused(core.CodeMediaLimits, "4:00:00 long, LinkedIn takes at most 30:00")},
		{file: "4h-fragmented.mp4", want: refused(core.CodeMediaLimits, "4:00:00 long, LinkedIn takes at most 30:00")},
		{file: "185s.mp4", want: refused(core.CodeMediaLimits, "63.", "kB", "LinkedIn takes at least 75 kB")},

		// No video after all.
		{file: "sound.m4a", want: refused(core.CodeMediaType, "the file is audio/")},
		{file: "sound.mp4", want: refused(core.CodeMediaURL, "no picture")},
		{file: "cut-tail.mp4", want: refused(core.CodeMediaURL, "damaged or not complete")},
		{file: "cut-moov.mp4", want: refused(core.CodeMediaURL, "damaged or not complete")},

		// Thumbnails and captions.
		{name: "with thumbnail and captions", file: "faststart.mp4", thumbnail: "thumbnail.png", captions: "captions.srt", want: film()},
		{name: "with WebVTT", file: "faststart.mp4", captions: "captions.vtt", want: verdict{
			code: core.CodeMediaType, field: options + "captions", message: []string{"text/vtt"},
		}},
		{name: "with a video as thumbnail", file: "faststart.mp4", thumbnail: "h264.mp4", want: verdict{
			code: core.CodeMediaType, field: options + "thumbNail", message: []string{mpeg4},
		}},

		// Documents.
		{file: "deck.pdf", want: pagesOf(10)},
		{file: "deck300.pdf", want: pagesOf(300)},
		{file: "letter.pdf", want: pagesOf(3)},
		{file: "restricted/deck.pdf", want: pagesOf(10)},
		{file: "deck.pptx", want: pagesOf(10)},
		{file: "letter.docx", want: pagesOf(3)},
		{file: "deck.ppt", want: pagesOf(10)}, // by its list of slides: LibreOffice does not write the property
		{file: "letter.doc", want: pagesOf(unknown)},
		{file: "deck301.pdf", want: refused(core.CodeMediaLimits, "301 pages", "LinkedIn takes at most 300")},
		{file: "deck301.ppt", want: refused(core.CodeMediaLimits, "301 pages", "LinkedIn takes at most 300")},
		{file: "deck301.pptx", want: refused(core.CodeMediaLimits, "301 pages", "LinkedIn takes at most 300")},
		{file: "locked/deck.pdf", want: refused(core.CodeMediaURL, "password")},
		{file: "letter.odt", want: refused(core.CodeMediaType, "application/vnd.oasis.opendocument.text", "PDF, PPT, PPTX, DOC, DOCX")},

		// Pictures.
		{file: "photo.jpg", want: image()},
		{file: "cmyk.jpg", want: image()},
		{file: "16bit.png", want: image()},
		{file: "animated.gif", want: image()},
		{file: "250.gif", want: image()},
		{file: "251.gif", want: refused(core.CodeMediaLimits, "251 frames", "at most 250")},
		{file: "still.webp", want: verdict{kind: "image", fit: frame("mjpeg"), warning: "converted from image/webp"}},
		{file: "huge.jpg", want: verdict{kind: "image", fit: facts{codec: "mjpeg"}, warning: "scaled"}},
		{file: "animated.webp", want: refused(core.CodeMediaType, "animation of 30 frames")},
		{file: "still.tiff", want: refused(core.CodeMediaType, "image/tiff")},
		{file: "still.bmp", want: refused(core.CodeMediaType, "image/bmp")},
		{file: "still.avif", want: refused(core.CodeMediaType, "image/avif")},
		{file: "captions.srt", want: refused(core.CodeMediaType, "captions")},

		// Other ways to the server.
		{name: "a video attached with thumbnail and captions", send: attached, file: "h264.mp4", thumbnail: "thumbnail.png", captions: "captions.srt", want: film()},
		{name: "a document attached", send: attached, file: "deck.pptx", want: pagesOf(10)},
		{name: "a video attached that is too long", send: attached, file: "4h.mp4", want: verdict{
			code: core.CodeMediaLimits, field: "media[0]", message: []string{"4:00:00 long, LinkedIn takes at most 30:00"},
		}},
		{name: "a video uploaded", send: uploaded, file: "rotated.mp4", want: film()},
		{name: "a document uploaded", send: uploaded, file: "letter.docx", want: pagesOf(3)},
		{name: "a video uploaded that is a MOV", send: uploaded, file: "hevc.mov", want: verdict{
			code: core.CodeMediaType, message: []string{"video/quicktime"}, help: toMP4,
		}},
	}
}
