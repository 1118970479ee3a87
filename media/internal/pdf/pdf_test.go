package pdf_test

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/crier-social/crier/media/internal/pdf"
	"github.com/crier-social/crier/media/mediatest"
)

func pages(file []byte) (int, error) { return pdf.Pages(bytes.NewReader(file), int64(len(file))) }

// The objects of a document of seven pages.
const (
	catalog = "<< /Type /Catalog /Pages 2 0 R >>"
	tree    = "<< /Type /Pages /Kids [] /Count 7 >>"
)

// writer writes a document by hand.
type writer struct {
	bytes.Buffer
	offsets []int
}

// begin starts a document and writes objects 1, 2, …
func begin(objects ...string) *writer {
	w := &writer{}
	w.WriteString("%PDF-1.7\n")
	for _, body := range objects {
		w.object(body)
	}
	return w
}

func (w *writer) object(body string) int {
	w.offsets = append(w.offsets, w.Len())
	fmt.Fprintf(w, "%d 0 obj\n%s\nendobj\n", len(w.offsets), body)
	return len(w.offsets)
}

// rows returns the table with that end of each line.
func (w *writer) rows(lineEnd string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f%s", len(w.offsets)+1, lineEnd)
	for _, offset := range w.offsets {
		fmt.Fprintf(&b, "%010d 00000 n%s", offset, lineEnd)
	}
	return b.String()
}

// end writes a table and a trailer with more entries, and returns the file.
func (w *writer) end(trailer string) []byte { return w.endWith(w.rows(" \n"), trailer) }

func (w *writer) endWith(table, trailer string) []byte {
	start := w.Len()
	fmt.Fprintf(w, "%strailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n", table, len(w.offsets)+1, trailer, start)
	return w.Bytes()
}

// endStream writes a cross-reference stream with entries, and returns the file.
func (w *writer) endStream(entries string, body []byte) []byte {
	start := w.Len()
	fmt.Fprintf(w, "%d 0 obj\n<< /Type /XRef /Root 1 0 R %s /Length %d >>\nstream\r\n%s\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n",
		len(w.offsets)+1, entries, len(body), body, start)
	return w.Bytes()
}

// row is one row of a cross-reference stream of the widths 1, 2, 1.
func row(kind, second, third int) []byte {
	return []byte{byte(kind), byte(second >> 8), byte(second), byte(third)}
}

func (w *writer) streamRows() []byte {
	out := row(0, 0, 255)
	for _, offset := range w.offsets {
		out = append(out, row(1, offset, 0)...)
	}
	return out
}

func deflate(b []byte) []byte {
	var out bytes.Buffer
	z := zlib.NewWriter(&out)
	_, _ = z.Write(b)
	_ = z.Close()
	return out.Bytes()
}

// filtered applies one of PNG's filters to rows of four bytes.
func filtered(rows []byte, kind byte) []byte {
	var out []byte
	above := make([]byte, 4)
	for ; len(rows) >= 4; rows = rows[4:] {
		out = append(out, kind)
		for i := range 4 {
			var left, upperLeft byte
			if i > 0 {
				left, upperLeft = rows[i-1], above[i-1]
			}
			predicted := map[byte]byte{0: 0, 1: left, 2: above[i], 3: byte((int(left) + int(above[i])) / 2)}
			guess, ok := predicted[kind]
			if !ok {
				guess = nearest(int(left), int(above[i]), int(upperLeft))
			}
			out = append(out, rows[i]-guess)
		}
		above = bytes.Clone(rows[:4])
	}
	return out
}

// nearest is PNG's Paeth predictor.
func nearest(left, above, upperLeft int) byte {
	p := left + above - upperLeft
	best := left
	for _, n := range []int{above, upperLeft} {
		if max(p-n, n-p) < max(p-best, best-p) {
			best = n
		}
	}
	return byte(best)
}

func TestPages(t *testing.T) {
	t.Parallel()
	const shape = "/W [1 2 1] /Size 3 "
	plain := func() *writer { return begin(catalog, tree) }
	predicted := func(kind byte) []byte {
		w := plain()
		return w.endStream(shape+"/Filter [/FlateDecode] /DecodeParms [<< /Predictor 12 /Columns 4 >>]", deflate(filtered(w.streamRows(), kind)))
	}
	updated := begin(catalog, tree)
	old := updated.Len()
	updated.end("")
	updated.offsets = nil
	newTree := updated.Len()
	updated.WriteString("2 0 obj\n<< /Type /Pages /Count 8 >>\nendobj\n")
	update := updated.endWith(fmt.Sprintf("xref\n2 1\n%010d 00000 n \n", newTree), fmt.Sprintf("/Prev %d", old))

	hybrid := begin(catalog, tree)
	side := hybrid.Len()
	hybrid.object("<< /Type /XRef /W [1 2 1] /Index [2 1] /Size 4 /Length 4 >>\nstream\n" + string(row(1, hybrid.offsets[1], 0)) + "\nendstream")
	table := fmt.Sprintf("xref\n0 2\n0000000000 65535 f \n%010d 00000 n \n", hybrid.offsets[0])

	compressed := mediatest.PDFCompressed(12)
	cases := []struct {
		name string
		file []byte
		want int
	}{
		{"one page", mediatest.PDFPages(1), 1},
		{"301 pages", mediatest.PDFPages(301), 301},
		{"objects in a stream", mediatest.PDFCompressed(301), 301},
		{"table", plain().end(""), 7},
		{"short rows", func() []byte { w := plain(); return w.endWith(w.rows("\n"), "") }(), 7},
		{"rows that end with a carriage return", func() []byte { w := plain(); return w.endWith(w.rows("\r\n"), "") }(), 7},
		{"stream", func() []byte { w := plain(); return w.endStream(shape, w.streamRows()) }(), 7},
		{"compressed stream", func() []byte { w := plain(); return w.endStream(shape+"/Filter /FlateDecode", deflate(w.streamRows())) }(), 7},
		{"filter none", predicted(0), 7},
		{"filter left", predicted(1), 7},
		{"filter above", predicted(2), 7},
		{"filter mean", predicted(3), 7},
		{"filter Paeth", predicted(4), 7},
		{"changed later", update, 8},
		{"both kinds of tables", hybrid.endWith(table, fmt.Sprintf("/XRefStm %d", side)), 7},
		{"count that refers", begin(catalog, "<< /Count 3 0 R >>", "4 0 R", "7").end(""), 7},
		{"count elsewhere", begin(catalog, "<< /Count 3 0 R >>", "7").end(""), 7},
		{"everything in between", begin(catalog, "<< % a comment /Count 1\r /Title (a \\) (b) /Count 2) /Hex <2F 43> /Null null /Real -1.5 /Yes true\n/Deep << /Count 3 >> /C#6Funt 7 >>").end(""), 7},
		{"bytes before", append([]byte("HTTP/1.1 200 OK\r\n\r\n"), plain().end("")...), 7},
		{"bytes before that are counted", bytes.Replace(plain().end(""), []byte("%PDF-1.7\n"), []byte("\n\n\n%PDF-\n"), 1), 7},
		{"bytes behind", append(plain().end(""), make([]byte, 20_000)...), 7},
		{"encrypted", begin(catalog, tree).end("/Encrypt << /Filter /Standard >>"), 7},
		{"encrypted objects in a stream", bytes.Replace(compressed, []byte("/Root 1 0 R"), []byte("/Root 1 0 R/Encrypt 9 0 R"), 1), 0},
		{"no pages", begin("<< /Type /Catalog >>").end(""), 0},
		{"no count", begin(catalog, "<< /Kids [] >>").end(""), 0},
		{"negative count", begin(catalog, "<< /Count -7 >>").end(""), 0},
		{"count of all the world", begin(catalog, "<< /Count 9999999999 >>").end(""), 0},
		{"unknown filter", func() []byte { w := plain(); return w.endStream(shape+"/Filter /LZWDecode", w.streamRows()) }(), 0},
		{"trailer alone", []byte("%PDF-1.4\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"), 0},
		{"no table where it should be", []byte("%PDF-1.4\nstartxref\n3\n%%EOF\n"), 0},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if got, err := pages(tc.file); got != tc.want || err != nil {
				t.Errorf("got %d pages and %v, want %d", got, err, tc.want)
			}
		})
	}
}

func TestNotPDF(t *testing.T) {
	t.Parallel()
	for name, file := range map[string][]byte{
		"empty":         nil,
		"picture":       mediatest.PNG(8, 8),
		"header alone":  []byte("%PDF-1.7\n"),
		"cut off":       mediatest.PDFPages(500)[:30_000],
		"header behind": append(make([]byte, 2000), mediatest.PDF()...),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if n, err := pages(file); !errors.Is(err, pdf.ErrFormat) {
				t.Errorf("got %d pages and %v, want ErrFormat", n, err)
			}
		})
	}
}

// hostile returns files that are made to make a reader hang, or take memory. zeros are
// the compressed content of some.
func hostile(zeros []byte) map[string][]byte {
	const shape = "/W [1 2 1] /Size 3 "
	far := begin(catalog, tree)
	loop := begin(catalog, tree)
	itself := begin("<< /Type /ObjStm /N 1 /First 4 /Length 9 >>\nstream\n1 0 <<>>\nendstream")
	bomb := begin(catalog, tree)
	many := begin(catalog, tree)
	return map[string][]byte{
		"a table that begins far away":    far.endWith("xref\n300000000 1\n0000000000 65535 f \n", ""),
		"a table of billions":             begin(catalog).endWith("xref\n0 9000000000000000000\n0000000000 65535 f \n", ""),
		"a table before itself":           loop.end(fmt.Sprintf("/Prev %d", loop.Len())),
		"a stream of billions":            begin(catalog, tree).endStream("/W [1 2 1] /Size 999999999999", nil),
		"a stream of wide rows":           begin(catalog, tree).endStream("/W [1 999999999 1] /Size 3", nil),
		"an index of billions":            begin(catalog, tree).endStream("/W [8 8 8] /Index [0 9000000000000000000 1 9000000000000000000]", nil),
		"negative numbers":                begin(catalog, tree).endStream("/W [-1 2 1] /Index [-5 3]", nil),
		"a container in itself":           itself.endStream(shape+"/Index [1 1]", row(2, 1, 0)),
		"references in a circle":          begin("1 0 R", tree).end(""),
		"a count that is itself":          begin(catalog, "<< /Count 3 0 R >>", "3 0 R").end(""),
		"lists in lists":                  begin(catalog, strings.Repeat("[", 100_000)).end(""),
		"dictionaries in dictionaries":    begin(catalog, strings.Repeat("<</A ", 100_000)).end(""),
		"a text without end":              begin(catalog, "("+strings.Repeat("(", 3<<20)).end(""),
		"a name without end":              begin(catalog, "/"+strings.Repeat("A", 3<<20)).end(""),
		"a tree of all pages there are":   begin(catalog, "<< /Kids ["+strings.Repeat("1 0 R ", 1<<20)+"] /Count 7 >>").end(""),
		"zeros unpacked":                  bomb.endStream("/W [1 2 1] /Size 999999999 /Index [9 99999999 1 2] /Filter /FlateDecode", zeros),
		"zeros unpacked and filtered":     begin(catalog).endStream("/W [1 2 1] /Index [9 99999999 1 2] /Filter /FlateDecode /DecodeParms << /Predictor 15 /Columns 4 >>", zeros),
		"rows as wide as the world":       begin(catalog).endStream(shape+"/Filter /FlateDecode /DecodeParms << /Predictor 15 /Columns 999999999999 >>", zeros),
		"ten thousand tables":             many.endWith("xref\n"+strings.Repeat("0 1\n0000000000 65535 f \n", 20_000), ""),
		"an object stream without an end": begin(catalog, tree).endStream(shape, append(row(2, 2, 0), row(2, 2, 0)...)),
	}
}

// TestHostile holds the memory that hostile files take. It runs alone, because it
// counts what all goroutines take.
func TestHostile(t *testing.T) { //nolint:paralleltest // as said
	for name, file := range hostile(deflate(make([]byte, 34<<20))) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		n, err := pages(file)
		runtime.ReadMemStats(&after)
		if n != 0 && n != 7 || err != nil { // in some of them the count can be found
			t.Errorf("%s: got %d pages and %v", name, n, err)
		}
		const most = 48 << 20 // in all, most of it for a moment
		if took := after.TotalAlloc - before.TotalAlloc; took > most {
			t.Errorf("%s: took %d bytes of memory", name, took)
		}
	}
}

// failing cannot be read from some place on.
type failing struct {
	file []byte
	from int64
}

func (f failing) ReadAt(p []byte, off int64) (int, error) {
	if off+int64(len(p)) > f.from {
		return 0, io.ErrClosedPipe
	}
	return bytes.NewReader(f.file).ReadAt(p, off)
}

func TestReadError(t *testing.T) {
	t.Parallel()
	file := mediatest.PDFPages(20)
	for from := range int64(len(file)) {
		if _, err := pdf.Pages(failing{file, from}, int64(len(file))); !errors.Is(err, io.ErrClosedPipe) {
			t.Fatalf("broken at %d: got %v, want the reader's error", from, err)
		}
	}
}

func FuzzPages(f *testing.F) {
	for _, file := range hostile(deflate(nil)) {
		if len(file) < 4<<10 {
			f.Add(file)
		}
	}
	f.Add(mediatest.PDFPages(3))
	f.Add(mediatest.PDFCompressed(3))
	for _, name := range []string{"r3", "r6"} {
		f.Add(golden(f, name+"-locked"))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		n, err := pages(file)
		if err != nil && !errors.Is(err, pdf.ErrFormat) && !errors.Is(err, pdf.ErrLocked) {
			t.Fatalf("an error that is not about the format: %v", err)
		}
		if n < 0 || err != nil && n != 0 {
			t.Fatalf("%d pages with error %v", n, err)
		}
	})
}
