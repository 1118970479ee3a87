package sniff_test

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/media/mediatest"
	"github.com/crier-social/crier/media/sniff"
)

const (
	office = "application/vnd.openxmlformats-officedocument."
	odf    = "application/vnd.oasis.opendocument."
)

func refine(file []byte) sniff.Type {
	return sniff.Refine(bytes.NewReader(file), int64(len(file)), sniff.Detect(file))
}

// asLibreOffice puts the parts into the order in which LibreOffice writes them: the
// list of content types comes last, and the properties before the document.
func asLibreOffice(entries []mediatest.ZipEntry) []byte {
	rank := func(e mediatest.ZipEntry) int {
		return slices.IndexFunc([]string{"_rels/", "docProps/", "", "[Content"}, func(prefix string) bool {
			return prefix != "" && strings.HasPrefix(e.Name, prefix)
		})
	}
	slices.SortStableFunc(entries, func(a, b mediatest.ZipEntry) int {
		order := map[int]int{0: 0, 1: 1, -1: 2, 3: 3}
		return order[rank(a)] - order[rank(b)]
	})
	return mediatest.Zip(entries...)
}

// behind puts a large picture before the parts, so that the beginning tells nothing.
func behind(entries []mediatest.ZipEntry) []byte {
	picture := string(mediatest.EncodePNG(mediatest.Noise(80, 80)))
	return mediatest.Zip(append([]mediatest.ZipEntry{{Name: "media/image1.png", Body: picture}}, entries...)...)
}

// replaced returns parts in which one text stands for another.
func replaced(entries []mediatest.ZipEntry, from, to string) []byte {
	for i := range entries {
		entries[i].Body = strings.ReplaceAll(entries[i].Body, from, to)
	}
	return mediatest.Zip(entries...)
}

func with(entries []mediatest.ZipEntry, more ...mediatest.ZipEntry) []byte {
	return mediatest.Zip(append(entries, more...)...)
}

func without(entries []mediatest.ZipEntry, name string) []byte {
	return mediatest.Zip(slices.DeleteFunc(entries, func(e mediatest.ZipEntry) bool { return e.Name == name })...)
}

func TestRefine(t *testing.T) {
	t.Parallel()
	entry := func(name, body string) mediatest.ZipEntry { return mediatest.ZipEntry{Name: name, Body: body} }
	document := func(mime, ext string) sniff.Type {
		return sniff.Type{MIME: mime, Kind: core.MediaDocument, Ext: ext}
	}
	other := func(mime, ext string) sniff.Type { return sniff.Type{MIME: mime, Ext: ext} }
	pptx, docx := document(office+"presentationml.presentation", ".pptx"), document(office+"wordprocessingml.document", ".docx")
	archive := other("application/zip", ".zip")
	const main = "main+xml"
	cases := []struct {
		name string
		file []byte
		want sniff.Type
	}{
		{"presentation", mediatest.PPTX(), pptx},
		{"text document", mediatest.DOCX(), docx},
		{"presentation of LibreOffice", asLibreOffice(mediatest.PPTXEntries(2)), pptx},
		{"text document of LibreOffice", asLibreOffice(mediatest.DOCXEntries(2)), docx},
		{"presentation behind a picture", behind(mediatest.PPTXEntries(2)), pptx},
		{"text document behind a picture", behind(mediatest.DOCXEntries(2)), docx},
		{"workbook", mediatest.XLSX(), other(office+"spreadsheetml.sheet", ".xlsx")},
		{"presentation with an empty list of types", replaced(mediatest.PPTXEntries(1), "presentation.main+xml", "nothing"), pptx},
		{"presentation with a damaged list of types", replaced(mediatest.PPTXEntries(1), "</Types>", "<"), pptx},
		{"text document with a workbook in it", with(mediatest.DOCXEntries(1), entry("word/embeddings/a.xlsx", string(mediatest.XLSX()))), docx},
		{
			"presentation with macros", replaced(mediatest.PPTXEntries(1), office+"presentationml.presentation."+main, "application/vnd.ms-powerpoint.presentation.macroEnabled."+main),
			other("application/vnd.ms-powerpoint.presentation.macroEnabled.12", ".pptm"),
		},
		{
			"text document with macros", replaced(mediatest.DOCXEntries(1), office+"wordprocessingml.document."+main, "application/vnd.ms-word.document.macroEnabled."+main),
			other("application/vnd.ms-word.document.macroEnabled.12", ".docm"),
		},
		{
			"text document that hides its macros", replaced(mediatest.DOCXEntries(1), "</Types>", `<Override PartName="/word/vbaProject.bin" ContentType="application/vnd.ms-office.vbaProject"/></Types>`),
			other("application/vnd.ms-word.document.macroEnabled.12", ".docm"),
		},
		{"show", replaced(mediatest.PPTXEntries(1), "presentation.main", "slideshow.main"), other(office+"presentationml.slideshow", "")},
		{"a type of its own making", replaced(renamed(mediatest.PPTXEntries(1)), office+"presentationml.presentation."+main, "image/png.main+xml"), archive},
		{"no list of types", without(mediatest.PPTXEntries(1), "[Content_Types].xml"), archive},
		{"archive", mediatest.Zip(entry("a.txt", "a")), archive},
		{"archive cut off", mediatest.PPTX()[:400], archive},
		{"OpenDocument text", mediatest.Zip(entry("mimetype", odf+"text"), entry("content.xml", "<x/>")), document(odf+"text", ".odt")},
		{"OpenDocument, named last", mediatest.Zip(entry("content.xml", "<x/>"), entry("mimetype", odf+"presentation")), document(odf+"presentation", ".odp")},
		{"book", mediatest.Zip(entry("mimetype", "application/epub+zip")), other("application/epub+zip", ".epub")},
		{"archive with a name of its own making", mediatest.Zip(entry("mimetype", "image/png")), archive},
		{"archive with an unknown name", mediatest.Zip(entry("mimetype", odf+"\x00")), archive},
		{"old text document", mediatest.DOC(3), document("application/msword", ".doc")},
		{"old presentation", mediatest.PPT(3), document("application/vnd.ms-powerpoint", ".ppt")},
		{"old workbook", mediatest.XLS(), other("application/vnd.ms-excel", ".xls")},
		{"encrypted document", mediatest.OfficeLocked(), document("application/encrypted", "")},
		{"compound file cut off", mediatest.DOC(3)[:600], other("application/x-ole-storage", "")},
		{"picture", mediatest.PNG(8, 8), sniff.Type{MIME: "image/png", Kind: core.MediaImage, Ext: ".png"}},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, refine(tc.file)); diff != "" {
				t.Errorf("type (-want +got):\n%s", diff)
			}
		})
	}
}

// renamed gives the main part a name that nothing but the list of types knows.
func renamed(entries []mediatest.ZipEntry) []mediatest.ZipEntry {
	for i := range entries {
		entries[i].Name = strings.ReplaceAll(entries[i].Name, "ppt/presentation.xml", "ppt/main.xml")
		entries[i].Body = strings.ReplaceAll(entries[i].Body, "ppt/presentation.xml", "ppt/main.xml")
	}
	return entries
}

// broken cannot be read.
type broken struct{}

func (broken) ReadAt([]byte, int64) (int, error) { return 0, io.ErrClosedPipe }

func TestRefineReadError(t *testing.T) {
	t.Parallel()
	undetermined := sniff.Detect(mediatest.PPTX())
	if got := sniff.Refine(broken{}, 1000, undetermined); got != undetermined {
		t.Errorf("got %+v, want the type as it was", got)
	}
}

func FuzzRefine(f *testing.F) {
	for _, file := range [][]byte{
		mediatest.PPTX(), mediatest.DOCX(), mediatest.XLSX(), mediatest.DOC(2), mediatest.PPT(2),
		mediatest.Zip(mediatest.ZipEntry{Name: "mimetype", Body: odf + "text"}),
	} {
		f.Add(file)
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		got := refine(file)
		if got.MIME == "" || got.Undetermined {
			t.Errorf("a complete file is left undetermined: %+v", got)
		}
	})
}
