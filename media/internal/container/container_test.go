package container_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/media/internal/container"
	"github.com/crier-social/crier/media/mediatest"
)

func openPackage(file []byte) (*container.Package, error) {
	return container.OpenPackage(bytes.NewReader(file), int64(len(file)))
}

func openCompound(file []byte) (*container.Compound, error) {
	return container.OpenCompound(bytes.NewReader(file), int64(len(file)))
}

func TestPackage(t *testing.T) {
	t.Parallel()
	p, err := openPackage(mediatest.DOCXPages(12))
	if err != nil {
		t.Fatal(err)
	}
	d, ok, err := p.Document()
	want := container.Document{MIME: "application/vnd.openxmlformats-officedocument.wordprocessingml.document", Main: "word/document.xml"}
	if diff := cmp.Diff(want, d); diff != "" || !ok || err != nil {
		t.Errorf("document %t, %v (-want +got):\n%s", ok, err, diff)
	}
	if !p.Has("WORD/Document.xml") || p.Has("word/other.xml") {
		t.Error("names of parts do not depend on case")
	}
	if _, err := p.Part("word/other.xml"); !errors.Is(err, container.ErrFormat) {
		t.Errorf("a part that is not there: %v", err)
	}
}

func TestElements(t *testing.T) {
	t.Parallel()
	const part = `<?xml version="1.0"?><a:root xmlns:a="urn:a"><a:one id="1"/><!-- no --><two b:id="2">text<three>deep</three></two></a:root>`
	p, err := openPackage(mediatest.Zip(mediatest.ZipEntry{Name: "x.xml", Body: part}))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	err = p.Elements("x.xml", func(e container.Element) {
		got = append(got, strings.Join(e.Path, "/")+" "+e.Attr("id"))
	}, func(path []string, s string) {
		got = append(got, strings.Join(path, "/")+"="+s)
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"root ", "root/one 1", "root/two 2", "root/two=text", "root/two/three ", "root/two/three=deep"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("elements (-want +got):\n%s", diff)
	}
}

// entries returns an archive's directory of many entries without any content.
func entries(count int) []byte {
	name := "a"
	one := append([]byte("PK\x01\x02"), make([]byte, 42)...)
	binary.LittleEndian.PutUint16(one[28:], uint16(len(name)))
	directory := bytes.Repeat(append(one, name...), count)
	end := append([]byte("PK\x05\x06"), make([]byte, 18)...)
	binary.LittleEndian.PutUint16(end[8:], uint16(count))
	binary.LittleEndian.PutUint16(end[10:], uint16(count))
	binary.LittleEndian.PutUint32(end[12:], uint32(len(directory)))
	return append(directory, end...)
}

// huge returns an archive in the format for huge ones, which claims so many entries.
func huge(count uint64) []byte {
	b := make([]byte, 100_000)
	at := len(b)
	b = append(append(b, "PK\x06\x06"...), make([]byte, 52)...)
	binary.LittleEndian.PutUint64(b[at+4:], 44)
	binary.LittleEndian.PutUint64(b[at+24:], count)
	binary.LittleEndian.PutUint64(b[at+32:], count)
	b = append(append(b, "PK\x06\x07"...), make([]byte, 16)...)
	binary.LittleEndian.PutUint64(b[at+56+8:], uint64(at))
	binary.LittleEndian.PutUint32(b[at+56+16:], 1)
	b = append(append(b, "PK\x05\x06"...), make([]byte, 18)...)
	copy(b[len(b)-14:], bytes.Repeat([]byte{0xFF}, 12))
	return b
}

func TestNotPackage(t *testing.T) {
	t.Parallel()
	whole := mediatest.PPTX()
	for name, tc := range map[string]struct {
		file []byte
		want error
	}{
		"empty":          {nil, container.ErrFormat},
		"picture":        {mediatest.PNG(8, 8), container.ErrFormat},
		"beginning":      {whole[:len(whole)/2], container.ErrFormat},
		"no directory":   {whole[len(whole)-22:], container.ErrFormat},
		"too many":       {entries(60_000), container.ErrTooLarge},
		"huge, of few":   {huge(3000), container.ErrTooLarge},
		"huge, of a lot": {huge(1 << 60), container.ErrTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := openPackage(tc.file); !errors.Is(err, tc.want) {
				t.Errorf("got %v, want %v", err, tc.want)
			}
		})
	}
	if _, err := openPackage(entries(5000)); err != nil {
		t.Errorf("five thousand entries: %v", err)
	}
	if _, err := openPackage(append(bytes.Repeat([]byte("x"), 3000), whole...)); err != nil {
		t.Errorf("an archive behind other bytes: %v", err)
	}
}

// TestBombs holds the memory that hostile archives take. It runs alone, because it
// counts what all goroutines take.
func TestBombs(t *testing.T) { //nolint:paralleltest // as said
	const part = "x.xml"
	for name, tc := range map[string]struct {
		body string
		want error
	}{
		"elements in elements":  {strings.Repeat("<element>", 1<<20), container.ErrTooLarge},
		"elements without end":  {"<r>" + strings.Repeat("<element/>", 1<<20), container.ErrTooLarge},
		"ends without elements": {"</a></a>", container.ErrFormat},
		"entities":              {`<!DOCTYPE x [<!ENTITY a "&b;&b;">]><x>&a;</x>`, container.ErrFormat},
	} {
		p, err := openPackage(mediatest.Zip(mediatest.ZipEntry{Name: part, Body: tc.body}))
		if err != nil {
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		var most uint64
		count := 0
		err = p.Elements(part, func(container.Element) {
			if count++; count%(1<<17) == 0 {
				runtime.GC()
				runtime.ReadMemStats(&after)
				most = max(most, after.HeapAlloc-min(after.HeapAlloc, before.HeapAlloc))
			}
		}, nil)
		if !errors.Is(err, tc.want) {
			t.Errorf("%s: got %v, want %v", name, err, tc.want)
		}
		if most > 4<<20 {
			t.Errorf("%s: keeps %d bytes of memory", name, most)
		}
	}
}

func TestCompound(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("0123456789", 1000)
	short := strings.Repeat("abc", 100)
	c, err := openCompound(mediatest.Compound(
		mediatest.ZipEntry{Name: "Long", Body: long},
		mediatest.ZipEntry{Name: "Short", Body: short},
		mediatest.ZipEntry{Name: "Shorter", Body: "x"},
		mediatest.ZipEntry{Name: "Empty"},
	))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"Long": long, "short": short, "SHORTER": "x", "Empty": ""} {
		got, err := c.Stream(name)
		if string(got) != want || err != nil {
			t.Errorf("%s: %d bytes and %v, want %d", name, len(got), err, len(want))
		}
	}
	s, err := c.Open("long")
	if err != nil || s.Size() != int64(len(long)) {
		t.Fatalf("got %v, want a stream of %d bytes", err, len(long))
	}
	for _, at := range []int{9000, 0, 1000} { // within a sector, and over several
		b := make([]byte, 1000)
		if err := s.Read(b, int64(at)); err != nil || string(b) != long[at:at+1000] {
			t.Errorf("at %d: got %q and %v", at, b, err)
		}
	}
	for _, at := range []int64{9001, 10_001, 1 << 40, -1} {
		if err := s.Read(make([]byte, 1000), at); !errors.Is(err, container.ErrFormat) {
			t.Errorf("at %d: got %v, want ErrFormat", at, err)
		}
	}
	if c.Has("Root Entry") || c.Has("Other") {
		t.Error("has what is not there")
	}
	if _, err := c.Stream("Other"); !errors.Is(err, container.ErrFormat) {
		t.Errorf("a stream that is not there: %v", err)
	}
}

// TestHostileCompound changes every number that tells where something is.
func TestHostileCompound(t *testing.T) {
	t.Parallel()
	whole := mediatest.DOC(7)
	for n := 0; n < 512; n += 64 {
		if _, err := openCompound(whole[:n]); !errors.Is(err, container.ErrFormat) {
			t.Errorf("first %d bytes: got %v, want ErrFormat", n, err)
		}
	}
	for at := 0; at+4 <= len(whole); at += 4 {
		for _, v := range []uint32{0, 1, 2, 7, 1 << 20, 0x7FFFFFFF, 0xFFFFFFF0, 0xFFFFFFFE, 0xFFFFFFFF} {
			file := bytes.Clone(whole)
			binary.LittleEndian.PutUint32(file[at:], v)
			c, err := openCompound(file)
			if err == nil {
				_, err = c.Stream(container.SummaryInformation)
			}
			if err != nil && !errors.Is(err, container.ErrFormat) && !errors.Is(err, container.ErrTooLarge) {
				t.Fatalf("%#x at %d: %v", v, at, err)
			}
		}
	}
}

// TestEndlessCompound holds the memory that a stream takes which has more bytes than the
// file, in a sector that has itself behind it. It runs alone, because it counts what all
// goroutines take.
func TestEndlessCompound(t *testing.T) { //nolint:paralleltest // as said
	const size, table = 10_000, 512
	file := mediatest.Compound(mediatest.ZipEntry{Name: "Long", Body: strings.Repeat("x", size)})
	binary.LittleEndian.PutUint32(file[table+4:], 1) // the stream begins with sector 1
	at := bytes.LastIndex(file, binary.LittleEndian.AppendUint32(nil, size))
	binary.LittleEndian.PutUint32(file[at:], 1<<32-1)
	c, err := openCompound(file)
	if err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	s, err := c.Open("Long")
	runtime.ReadMemStats(&after)
	if err != nil || s.Size() != 1<<32-1 {
		t.Fatalf("got %v, want a stream of 4 GiB", err)
	}
	if took := after.TotalAlloc - before.TotalAlloc; took > 64<<10 {
		t.Errorf("took %d bytes of memory", took)
	}
	if err := s.Read(make([]byte, 1), 1<<31); !errors.Is(err, container.ErrFormat) {
		t.Errorf("a place that is not there: got %v, want ErrFormat", err)
	}
}

func TestProperty(t *testing.T) {
	t.Parallel()
	stream := func(file []byte, name string) []byte {
		c, err := openCompound(file)
		if err != nil {
			t.Fatal(err)
		}
		b, err := c.Stream(name)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	doc := stream(mediatest.DOC(7), container.SummaryInformation)
	for name, tc := range map[string]struct {
		stream []byte
		id     uint32
		want   int32
		ok     bool
	}{
		"pages":        {doc, container.PageCount, 7, true},
		"slides":       {stream(mediatest.PPT(9), container.DocumentInformation), container.SlideCount, 9, true},
		"no such":      {doc, 99, 0, false},
		"not a number": {doc, 4, 0, false},
		"none":         {stream(mediatest.DOC(0), container.SummaryInformation), container.PageCount, 0, false},
		"cut off":      {doc[:len(doc)-2], container.PageCount, 0, false},
		"empty":        {nil, container.PageCount, 0, false},
		"all ones":     {bytes.Repeat([]byte{0xFF}, 100), container.PageCount, 0, false},
	} {
		if got, ok := container.Property(tc.stream, tc.id); got != tc.want || ok != tc.ok {
			t.Errorf("%s: got %d %t, want %d %t", name, got, ok, tc.want, tc.ok)
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

func TestReadErrors(t *testing.T) {
	t.Parallel()
	doc, docx := mediatest.DOC(7), mediatest.DOCX()
	for from := int64(0); from < 512; from += 100 {
		if _, err := container.OpenCompound(failing{doc, from}, int64(len(doc))); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("compound file broken at %d: %v", from, err)
		}
	}
	if _, err := container.OpenPackage(failing{docx, 100}, int64(len(docx))); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("broken archive: %v", err)
	}
}

func TestGuard(t *testing.T) {
	t.Parallel()
	g := container.NewGuard(bytes.NewReader(make([]byte, 100)), 50)
	var errs []error
	for range 3 {
		_, err := g.ReadAt(make([]byte, 20), 0)
		errs = append(errs, err)
	}
	if !slices.Equal(errs, []error{nil, nil, container.ErrTooLarge}) || g.Err() != nil {
		t.Errorf("got %v and %v", errs, g.Err())
	}
	g.Allow(20)
	if _, err := g.ReadAt(make([]byte, 20), 0); err != nil {
		t.Errorf("after more was allowed: %v", err)
	}
}

func FuzzPackage(f *testing.F) {
	f.Add(mediatest.PPTX())
	f.Add(mediatest.DOCXPages(2))
	f.Add(entries(3))
	f.Add(huge(3))
	f.Fuzz(func(t *testing.T, file []byte) {
		p, err := openPackage(file)
		if err == nil {
			_, _, err = p.Document()
		}
		if err != nil && !errors.Is(err, container.ErrFormat) && !errors.Is(err, container.ErrTooLarge) {
			t.Fatal(err)
		}
	})
}

func FuzzCompound(f *testing.F) {
	f.Add(mediatest.DOC(2))
	f.Add(mediatest.PPT(2))
	f.Fuzz(func(t *testing.T, file []byte) {
		c, err := openCompound(file)
		if err == nil {
			var b []byte
			b, err = c.Stream(container.SummaryInformation)
			container.Property(b, container.PageCount)
		}
		if err == nil && c.Has("PowerPoint Document") {
			var s *container.Stream
			if s, err = c.Open("PowerPoint Document"); err == nil {
				err = s.Read(make([]byte, 1), s.Size()/2)
			}
		}
		if err != nil && !errors.Is(err, container.ErrFormat) && !errors.Is(err, container.ErrTooLarge) {
			t.Fatal(err)
		}
	})
}
