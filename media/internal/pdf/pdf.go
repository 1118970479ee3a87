// Package pdf counts the pages of a document, and tells whether it asks for a password.
//
// It has a reader of its own, because the files are strangers': a general library
// reserves memory for as many objects as a file claims to have, before anything else is
// known about it. One of 138 bytes, whose cross-reference table begins at object
// 300,000,000, made github.com/ledongthuc/pdf take 9 GiB, and a table that names itself
// as the one before it never ended; neither can be caught from outside. Counting takes
// a handful of objects, so here no table is kept: an object is looked up where the file
// says it is. What is read and unpacked is bounded, and with it time and memory.
package pdf

import (
	"bytes"
	"errors"
	"io"

	"github.com/crier-social/crier/media/internal/container"
)

var (
	// ErrFormat means that a file is no PDF, or has lost its end.
	ErrFormat = errors.New("pdf: not a PDF document")
	// ErrLocked means that a document opens with a password alone.
	ErrLocked = errors.New("pdf: it asks for a password")
)

const (
	maxRead    = 32 << 20
	maxInflate = 32 << 20
	maxPages   = 1 << 24
	maxHops    = 8
)

// document is what is known of a file. Offsets are counted from base.
type document struct {
	guard     *container.Guard
	base, end int64
	inflate   int64 // bytes that may still be unpacked
	sections  []section
	// root, encrypt and id are what the newest trailer has of them.
	root, encrypt, id value
}

// Pages returns how many pages a document has; 0 when that cannot be told: its tables
// are damaged, or encrypted. It fails with ErrFormat, with ErrLocked, or with the error
// of r.
func Pages(r io.ReaderAt, size int64) (int, error) {
	guard := container.NewGuard(r, maxRead)
	base, err := findHeader(guard, size)
	if err != nil {
		return 0, firstOf(guard.Err(), err)
	}
	start, err := findStart(guard, size)
	if err != nil {
		return 0, firstOf(guard.Err(), err)
	}
	pages, err := countPages(guard, base, size, start)
	if pages == 0 && err == nil && base > 0 { // some count from the beginning of the file all the same
		pages, err = countPages(guard, 0, size, start)
	}
	return pages, firstOf(guard.Err(), err)
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// findHeader returns where the document begins: other bytes may stand before it.
func findHeader(r io.ReaderAt, size int64) (int64, error) {
	const within = 1024
	head, err := readAll(r, 0, min(size, within))
	if err != nil {
		return 0, err
	}
	at := bytes.Index(head, []byte("%PDF-"))
	if at < 0 {
		return 0, ErrFormat
	}
	return int64(at), nil
}

// findStart returns the offset that the end of the file tells; 0 if it is not to be
// read.
func findStart(r io.ReaderAt, size int64) (int64, error) {
	const within = 64 << 10 // other bytes may stand behind the document
	from := max(0, size-within)
	tail, err := readAll(r, from, size-from)
	if err != nil {
		return 0, err
	}
	mark := []byte("startxref")
	at := bytes.LastIndex(tail, mark)
	if at < 0 {
		if bytes.Contains(tail, []byte("trailer")) {
			return 0, nil
		}
		return 0, ErrFormat
	}
	t, err := newLexer(bytes.NewReader(tail[at+len(mark):])).token()
	start, ok := t.(int64)
	if err != nil || !ok {
		return 0, nil //nolint:nilerr // the number is missing: the pages cannot be counted
	}
	return start, nil
}

func readAll(r io.ReaderAt, off, n int64) ([]byte, error) {
	b := make([]byte, n)
	got, err := r.ReadAt(b, off)
	if got < len(b) {
		return nil, firstOf(err, io.ErrUnexpectedEOF)
	}
	return b, nil
}

// countPages returns what the root of the page tree says; 0 if it does not come to that.
// Its only error is ErrLocked.
func countPages(guard *container.Guard, base, size, start int64) (int, error) {
	d := &document{guard: guard, base: base, end: size, inflate: maxInflate}
	if d.readSections(start) != nil && len(d.sections) == 0 {
		return 0, nil
	}
	if d.locked() {
		return 0, ErrLocked
	}
	catalog, _ := d.resolve(d.root).(dictionary)
	tree, _ := d.resolve(catalog["Pages"]).(dictionary)
	count, _ := d.resolve(tree["Count"]).(int64)
	if count < 0 || count > maxPages {
		return 0, nil
	}
	return int(count), nil
}
