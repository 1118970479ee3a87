package sandbox

import (
	"compress/zlib"
	"io"
	"regexp"
)

var (
	pdfPage         = regexp.MustCompile(`/Type\s*/Page[^A-Za-z]`)
	pdfObjectStream = regexp.MustCompile(`/Type\s*/ObjStm`)
	pdfStreamStart  = regexp.MustCompile(`stream\r?\n`)
)

const (
	pdfOverlap       = 256       // bytes; longer than any match
	maxPDFDictionary = 16 << 10  // bytes from an object stream's type to its data
	maxPDFInflated   = 256 << 20 // bytes of all object streams of a file
)

// countPDFPages counts the page objects of a PDF, also those within compressed object
// streams. It does not follow references, so an older version of a page that a later
// one replaces counts too. An encrypted file may seem to have none.
// ISO 32000-1, 7.5.7 and 7.7.3.3
func countPDFPages(f readSeekerAt, size int64) int {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return 0
	}
	pages := 0
	var streams []int64
	scanWindows(f, pdfOverlap, func(w scanned) bool {
		pages += len(w.matches(pdfPage))
		streams = append(streams, w.matches(pdfObjectStream)...)
		return true
	})
	budget := int64(maxPDFInflated)
	for _, at := range streams {
		pages += countInObjectStream(f, at, size, &budget)
	}
	return pages
}

// countInObjectStream counts the pages in the object stream whose dictionary has its
// type before a place.
func countInObjectStream(f io.ReaderAt, at, size int64, budget *int64) int {
	head := make([]byte, maxPDFDictionary)
	n, _ := f.ReadAt(head, at) // it may be near the end
	begin := pdfStreamStart.FindIndex(head[:n])
	if begin == nil {
		return 0
	}
	start := at + int64(begin[1])
	data, err := zlib.NewReader(io.NewSectionReader(f, start, size-start))
	if err != nil {
		return 0 // not compressed: its pages were counted as they stand
	}
	inflated := &countingReader{r: io.LimitReader(data, *budget)}
	pages := 0
	scanWindows(inflated, pdfOverlap, func(w scanned) bool {
		pages += len(w.matches(pdfPage))
		return true
	})
	*budget -= inflated.n
	return pages
}
