package probe_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/media/mediatest"
	"github.com/crier-social/crier/media/probe"
)

const (
	office  = "application/vnd.openxmlformats-officedocument."
	pptType = "application/vnd.ms-powerpoint"
	docType = "application/msword"
	pdfType = "application/pdf"
	encType = "application/encrypted"
	pptx    = office + "presentationml.presentation"
	docx    = office + "wordprocessingml.document"
)

func readPages(file []byte, mime string) (int, error) {
	return probe.ReadPages(bytes.NewReader(file), int64(len(file)), mime)
}

// zipWith returns an archive of parts in which one text stands for another.
func zipWith(entries []mediatest.ZipEntry, from, to string) []byte {
	for i := range entries {
		entries[i].Body = strings.ReplaceAll(entries[i].Body, from, to)
	}
	return mediatest.Zip(entries...)
}

func TestReadPages(t *testing.T) {
	t.Parallel()
	sections := `</p:sldIdLst><p:extLst><p:ext><p14:sectionLst><p14:section><p14:sldIdLst><p14:sldId id="256"/><p14:sldId id="257"/>` +
		`</p14:sldIdLst></p14:section></p14:sectionLst></p:ext></p:extLst>`
	cases := []struct {
		name, mime string
		file       []byte
		want       int
	}{
		{"pdf", pdfType, mediatest.PDF(), 1},
		{"pdf of 301 pages", pdfType, mediatest.PDFPages(301), 301},
		{"pdf with compressed objects", pdfType, mediatest.PDFCompressed(42), 42},
		{"pdf that does not tell", pdfType, bytes.ReplaceAll(mediatest.PDFPages(3), []byte("/Count"), []byte("/Cnout")), 0},
		{"pptx", pptx, mediatest.PPTX(), 1},
		{"pptx of 301 slides", pptx, mediatest.PPTXSlides(301), 301},
		{"pptx without slides", pptx, mediatest.PPTXSlides(0), 0},
		{"pptx with sections", pptx, zipWith(mediatest.PPTXEntries(2), "</p:sldIdLst>", sections), 2},
		{"pptx whose main part is damaged", pptx, zipWith(mediatest.PPTXEntries(2), "</p:sldIdLst>", "<"), 0},
		{"pptx whose main part is too long", pptx, zipWith(mediatest.PPTXEntries(2), "</p:sldIdLst>", strings.Repeat(" ", 9<<20)+"</p:sldIdLst>"), 0},
		{"docx", docx, mediatest.DOCXPages(17), 17},
		{"docx without properties", docx, mediatest.DOCXPages(0), 0},
		{"docx whose properties are nonsense", docx, zipWith(mediatest.DOCXEntries(3), "<Pages>3", "<Pages>x"), 0},
		{"docx whose properties are too much", docx, zipWith(mediatest.DOCXEntries(3), "<Pages>3", "<Pages>99999999999"), 0},
		{"docx whose properties are negative", docx, zipWith(mediatest.DOCXEntries(3), "<Pages>3", "<Pages>-3"), 0},
		{"docx whose properties are damaged", docx, zipWith(mediatest.DOCXEntries(3), "</Properties>", "<"), 0},
		{"doc", docType, mediatest.DOC(17), 17},
		{"doc that does not tell", docType, mediatest.DOC(0), 0},
		{"doc without properties", docType, mediatest.PPT(3), 0},
		{"ppt", pptType, mediatest.PPT(301), 301},
		{"ppt that does not tell", pptType, mediatest.PPT(0), 0},
		{"ppt whose properties are negative", pptType, mediatest.PPT(-5), 0},
		{"ppt of 301 slides that its list counts", pptType, mediatest.PPTSaved(301), 301},
		{"ppt without slides", pptType, mediatest.PPTSaved(0), 0},
		{"ppt saved several times", pptType, mediatest.PPTSaved(5, 9, 7), 7},
		{"ppt whose last change is elsewhere", pptType, mediatest.PPTSaved(5, 7, -1, -1), 7},
		{"ppt saved without a document", pptType, mediatest.PPTSaved(-1), 0},
		{"ppt whose list is cut off", pptType, bytes.Replace(mediatest.PPTSaved(7), []byte("\xF0\x0F\x78\x00"), []byte("\xF0\x0F\xFF\xFF"), 1), 0},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if got, err := readPages(tc.file, tc.mime); got != tc.want || err != nil {
				t.Errorf("got %d and %v, want %d", got, err, tc.want)
			}
		})
	}
}

func TestNoDocument(t *testing.T) {
	t.Parallel()
	for _, mime := range []string{pdfType, pptx, docx, docType, pptType} {
		if !probe.PagesReadable(mime) {
			t.Errorf("%s is not readable", mime)
		}
		for name, file := range map[string][]byte{
			"nothing": nil, "picture": mediatest.PNG(8, 8), "zeroes": make([]byte, 5000),
			"archive": mediatest.Zip(mediatest.ZipEntry{Name: "a.txt", Body: "a"}),
			"cut off": map[string][]byte{
				pdfType: mediatest.PDFPages(30)[:2000], pptx: mediatest.PPTX()[:800], docx: mediatest.DOCX()[:800],
				docType: mediatest.DOC(3)[:800], pptType: mediatest.PPT(3)[:800],
			}[mime],
		} {
			if n, err := readPages(file, mime); !errors.Is(err, probe.ErrDamaged) {
				t.Errorf("%s, %s: got %d and %v, want ErrDamaged", mime, name, n, err)
			}
		}
		if _, err := probe.ReadPages(failing{}, 5000, mime); !errors.Is(err, io.ErrClosedPipe) || errors.Is(err, probe.ErrDamaged) {
			t.Errorf("%s: got %v, want the reader's error", mime, err)
		}
	}
	if probe.PagesReadable("text/plain") {
		t.Error("plain text has no pages")
	}
	if _, err := readPages(mediatest.PDF(), "text/plain"); !errors.Is(err, probe.ErrDamaged) {
		t.Errorf("an unknown format: %v", err)
	}
}

// locked tells whether an error names a password, and the way out.
func locked(err error) bool {
	e := core.AsError(err)
	return e != nil && e.Kind == core.KindMedia && e.Code == core.CodeMediaURL && !errors.Is(err, probe.ErrDamaged) &&
		strings.Contains(e.Message, "asks for a password") && strings.Contains(e.Help, "without a password")
}

func TestLocked(t *testing.T) {
	t.Parallel()
	pdf, err := os.ReadFile("../internal/pdf/testdata/encrypted/r6-locked.pdf")
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		mime string
		file []byte
	}{
		"pdf":    {pdfType, pdf},
		"doc":    {docType, mediatest.DOCLocked()},
		"office": {encType, mediatest.OfficeLocked()},
	} {
		if n, err := readPages(tc.file, tc.mime); n != 0 || !locked(err) {
			t.Errorf("%s: got %d and %v, want a refusal", name, n, err)
		}
	}
}

func FuzzReadPages(f *testing.F) {
	mimes := []string{pdfType, pptx, docx, docType, pptType}
	for i, file := range [][]byte{
		mediatest.PDFPages(2), mediatest.PPTXSlides(2), mediatest.DOCXPages(2), mediatest.DOC(2), mediatest.PPTSaved(2, 3, -1),
	} {
		f.Add(byte(i), file)
	}
	f.Fuzz(func(t *testing.T, format byte, file []byte) {
		n, err := readPages(file, mimes[int(format)%len(mimes)])
		if err != nil && !errors.Is(err, probe.ErrDamaged) && !locked(err) {
			t.Fatalf("an error that is not damage: %v", err)
		}
		if n < 0 || n > 1<<24 {
			t.Fatalf("%d pages", n)
		}
	})
}

func TestReadCaptions(t *testing.T) {
	t.Parallel()
	const cue = "1\n00:00:00,000 --> 00:00:02,000\nHello\n\n"
	cases := []struct {
		name, file, fault string
		want              int
	}{
		{"usual", string(mediatest.SRT()), "", 1},
		{"two", cue + "2\n00:00:03,000 --> 00:00:04,000\nGrüße\n", "", 2},
		{"byte order mark", "\uFEFF00:00:00,000 --> 00:00:02,000\nHello\n", "", 1},
		{"carriage returns", strings.ReplaceAll(cue+cue, "\n", "\r\n"), "", 2},
		{"carriage returns alone", strings.ReplaceAll(cue+cue, "\n", "\r"), "", 2},
		{"blank lines first", "\n \r\n" + cue, "", 1},
		{"long", "1\n100:00:00,000 --> 100:00:02,000\nHello\n", "", 1},
		{"arrow within the text", cue + "2\n0:00:03.5 --> 0:00:04.5\na --> b\n", "", 2},
		{"empty", "", "no caption", 0},
		{"text", "Hello", "no caption", 0},
		{"number alone", "1\n\n", "no caption", 0},
		{"half a time", "1\n00:00:00,000 --> \nHello\n", "no caption", 0},
		{"Latin-1", cue + "Gr\xFC\xDFe", "UTF-8", 0},
		{"UTF-16", "\xFF\xFE1\x00\n\x00", "UTF-8", 0},
		{"endless", strings.Repeat(cue, 420_000), "too many", 0},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got, err := probe.ReadCaptions(strings.NewReader(tc.file), int64(len(tc.file)))
			if tc.fault == "" && err != nil || tc.fault != "" && (!errors.Is(err, probe.ErrDamaged) || !strings.Contains(err.Error(), tc.fault)) {
				t.Fatalf("got %v, want %q", err, tc.fault)
			}
			if got != tc.want {
				t.Errorf("got %d captions, want %d", got, tc.want)
			}
		})
	}
	if _, err := probe.ReadCaptions(failing{}, 100); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("got %v, want the reader's error", err)
	}
	if _, err := probe.ReadCaptions(strings.NewReader(cue), 1000); !errors.Is(err, probe.ErrDamaged) {
		t.Errorf("shorter than its size: got %v, want ErrDamaged", err)
	}
}
