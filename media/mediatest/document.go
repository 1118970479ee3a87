package mediatest

import (
	"archive/zip"
	"bytes"
	"compress/zlib"
	"fmt"
	"strings"
)

// PDF returns a document of one page.
func PDF() []byte { return PDFPages(1) }

// pdfWriter writes objects and remembers where they are.
type pdfWriter struct {
	bytes.Buffer
	offsets []int // of object 1, 2, …
}

func newPDFWriter(version string) *pdfWriter {
	w := &pdfWriter{}
	fmt.Fprintf(w, "%%PDF-%s\n%%\xE2\xE3\xCF\xD3\n", version)
	return w
}

// object writes the next object and returns its number.
func (w *pdfWriter) object(body string) int {
	w.offsets = append(w.offsets, w.Len())
	n := len(w.offsets)
	fmt.Fprintf(w, "%d 0 obj\n%s\nendobj\n", n, body)
	return n
}

// PDFPages returns a document of that many empty pages, in a tree of two levels, with
// a classic cross-reference table.
func PDFPages(pages int) []byte {
	w := newPDFWriter("1.4")
	for _, body := range pdfObjects(pages, 0) {
		w.object(body)
	}
	start := w.Len()
	fmt.Fprintf(w, "xref\n0 %d\n0000000000 65535 f \n", len(w.offsets)+1)
	for _, offset := range w.offsets {
		fmt.Fprintf(w, "%010d 00000 n \n", offset)
	}
	fmt.Fprintf(w, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(w.offsets)+1, start)
	return w.Bytes()
}

// PDFCompressed returns the document of PDFPages as newer programs write it: its
// objects in one compressed stream, with a cross-reference stream.
func PDFCompressed(pages int) []byte {
	w := newPDFWriter("1.5")
	objects := pdfObjects(pages, 0)
	var index, bodies strings.Builder
	for i, body := range objects {
		fmt.Fprintf(&index, "%d %d ", i+1, bodies.Len())
		bodies.WriteString(body + "\n")
	}
	container := len(objects) + 1
	table := [][3]int{{0, 0, 65535}}
	for i := range objects {
		table = append(table, [3]int{2, container, i})
	}
	table = append(table, [3]int{1, w.Len(), 0})
	packed := deflate([]byte(index.String() + bodies.String()))
	fmt.Fprintf(w, "%d 0 obj\n<< /Type /ObjStm /N %d /First %d /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream\nendobj\n",
		container, len(objects), index.Len(), len(packed), packed)
	start := w.Len()
	table = append(table, [3]int{1, start, 0})
	var rows []byte
	for _, row := range table {
		rows = join(rows, []byte{byte(row[0])}, u32(int64(row[1])), u16(int64(row[2]))) //nolint:gosec // 0 to 2
	}
	packed = deflate(rows)
	fmt.Fprintf(w, "%d 0 obj\n<< /Type /XRef /Size %d /W [1 4 2] /Root 1 0 R /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream\nendobj\n",
		container+1, container+2, len(packed), packed)
	fmt.Fprintf(w, "startxref\n%d\n%%%%EOF\n", start)
	return w.Bytes()
}

// pdfObjects returns a catalogue and a page tree whose nodes have ten pages each; the
// first is object number base + 1.
func pdfObjects(pages, base int) []string {
	const fan = 10
	nodes := (pages + fan - 1) / fan
	ref := func(i int) string { return fmt.Sprintf("%d 0 R ", base+i) }
	const catalog, root, firstNode = 1, 2, 3
	firstPage := firstNode + nodes
	objects := []string{"<< /Type /Catalog /Pages " + ref(root) + ">>", ""}
	var kids, leaves []string
	for n := range nodes {
		var own strings.Builder
		count := min(fan, pages-n*fan)
		for i := range count {
			own.WriteString(ref(firstPage + n*fan + i))
			leaves = append(leaves, "<< /Type /Page /Parent "+ref(firstNode+n)+"/MediaBox [0 0 612 792] >>")
		}
		kids = append(kids, ref(firstNode+n))
		objects = append(objects, fmt.Sprintf("<< /Type /Pages /Parent %s/Kids [ %s] /Count %d >>", ref(root), own.String(), count))
	}
	objects[catalog] = fmt.Sprintf("<< /Type /Pages /Kids [ %s] /Count %d >>", strings.Join(kids, ""), pages)
	return append(objects, leaves...)
}

func deflate(b []byte) []byte {
	var out bytes.Buffer
	w := zlib.NewWriter(&out)
	_, err := w.Write(b)
	must(err)
	must(w.Close())
	return out.Bytes()
}

// ZipEntry is a file within a ZIP archive, or a stream within a compound file.
type ZipEntry struct{ Name, Body string }

// Zip packs files in the order given. A file called mimetype is stored as it is, as
// OpenDocument wants it; the others are compressed.
func Zip(entries ...ZipEntry) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, e := range entries {
		header := &zip.FileHeader{Name: e.Name, Method: zip.Deflate}
		if e.Name == "mimetype" {
			header.Method = zip.Store
		}
		f, err := w.CreateHeader(header)
		must(err)
		_, err = f.Write([]byte(e.Body))
		must(err)
	}
	must(w.Close())
	return b.Bytes()
}

const (
	xmlHead      = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	packageTypes = "http://schemas.openxmlformats.org/package/2006/content-types"
	officeTypes  = "application/vnd.openxmlformats-officedocument."
)

// PPTX returns a presentation of one slide.
func PPTX() []byte { return PPTXSlides(1) }

// PPTXSlides returns a presentation of that many slides. They are on its list, but
// not in the file.
func PPTXSlides(slides int) []byte { return Zip(PPTXEntries(slides)...) }

// PPTXEntries returns what is in a presentation.
func PPTXEntries(slides int) []ZipEntry {
	var list strings.Builder
	for i := range slides {
		fmt.Fprintf(&list, `<p:sldId id="%d" r:id="rId%d"/>`, 256+i, i+2)
	}
	return officeEntries("ppt/presentation.xml", officeTypes+"presentationml.presentation.main+xml",
		`<p:presentation xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"`+
			` xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">`+
			`<p:sldMasterIdLst><p:sldMasterId id="2147483648" r:id="rId1"/></p:sldMasterIdLst>`+
			`<p:sldIdLst>`+list.String()+`</p:sldIdLst></p:presentation>`)
}

// DOCX returns a text document of one page.
func DOCX() []byte { return DOCXPages(1) }

// DOCXPages returns a text document whose properties tell that many pages; 0 leaves
// the number out.
func DOCXPages(pages int) []byte { return Zip(DOCXEntries(pages)...) }

// DOCXEntries returns what is in a text document.
func DOCXEntries(pages int) []ZipEntry {
	entries := officeEntries("word/document.xml", officeTypes+"wordprocessingml.document.main+xml",
		`<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p/></w:body></w:document>`)
	if pages == 0 {
		return entries
	}
	return append(entries, ZipEntry{"docProps/app.xml", xmlHead +
		`<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties">` +
		fmt.Sprintf(`<Template>Normal.dotm</Template><Pages>%d</Pages><Words>0</Words></Properties>`, pages)})
}

// XLSX returns the skeleton of a workbook.
func XLSX() []byte {
	return Zip(officeEntries("xl/workbook.xml", officeTypes+"spreadsheetml.sheet.main+xml",
		`<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>`)...)
}

// officeEntries returns the parts that each Office document has, with its main one.
func officeEntries(main, contentType, body string) []ZipEntry {
	return []ZipEntry{
		{"[Content_Types].xml", xmlHead + `<Types xmlns="` + packageTypes + `">` +
			`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
			`<Default Extension="xml" ContentType="application/xml"/>` +
			`<Override PartName="/` + main + `" ContentType="` + contentType + `"/></Types>`},
		{"_rels/.rels", xmlHead + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` +
			`<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="` + main + `"/></Relationships>`},
		{main, xmlHead + body},
	}
}

// SRT returns captions of one line.
func SRT() []byte { return []byte("1\n00:00:00,000 --> 00:00:02,000\nHello\n\n") }
