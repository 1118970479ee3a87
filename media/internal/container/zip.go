package container

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

const (
	// maxDirectory is how much of an archive is read to know what is in it. A
	// presentation of a thousand slides has half a megabyte of it.
	maxDirectory = 2 << 20
	// maxPart is how much is read of a part, unpacked.
	maxPart = 8 << 20
)

// Package is a ZIP archive, maybe with the parts of an Office document.
// See ECMA-376, part 2.
type Package struct {
	guard *Guard
	files []*zip.File
}

// OpenPackage reads the directory of an archive. It fails with ErrFormat when r is
// none, with ErrTooLarge, or with the error of r.
func OpenPackage(r io.ReaderAt, size int64) (*Package, error) {
	guard := NewGuard(r, maxDirectory)
	if err := checkDirectory(guard, size); err != nil {
		return nil, err
	}
	archive, err := zip.NewReader(guard, size)
	switch {
	case guard.Err() != nil:
		return nil, guard.Err()
	case errors.Is(err, ErrTooLarge):
		return nil, ErrTooLarge
	case err != nil && !errors.Is(err, zip.ErrInsecurePath):
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return &Package{guard: guard, files: archive.File}, nil
}

// checkDirectory refuses archives of the format for huge ones (ZIP64): the reader would
// believe any number of entries, and reserve memory for it.
func checkDirectory(r io.ReaderAt, size int64) error {
	const record, longestComment, locator = 22, 1<<16 - 1, 20
	tail := make([]byte, min(size, locator+record+longestComment))
	n, err := r.ReadAt(tail, size-int64(len(tail)))
	if n < len(tail) {
		if err == nil || errors.Is(err, io.EOF) {
			return ErrFormat
		}
		return err
	}
	if len(tail) < record {
		return ErrFormat
	}
	at := bytes.LastIndex(tail[:len(tail)-record+4], []byte("PK\x05\x06"))
	switch {
	case at < 0:
		return ErrFormat
	case at >= locator && bytes.HasPrefix(tail[at-locator:], []byte("PK\x06\x07")):
		return ErrTooLarge
	}
	return nil
}

// Has tells whether there is a part of the name.
func (p *Package) Has(name string) bool { return p.file(name) != nil }

// file finds a part; their names do not depend on case.
func (p *Package) file(name string) *zip.File {
	for _, f := range p.files {
		if strings.EqualFold(f.Name, name) {
			return f
		}
	}
	return nil
}

// Part opens a part. What is read of it ends after 8 MiB, with ErrTooLarge.
func (p *Package) Part(name string) (io.ReadCloser, error) {
	f := p.file(name)
	if f == nil {
		return nil, fmt.Errorf("%w: it has no %s", ErrFormat, name)
	}
	p.guard.Allow(maxPart)
	r, err := f.Open()
	if p.guard.Err() != nil {
		return nil, p.guard.Err()
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return &part{ReadCloser: r, guard: p.guard, left: maxPart}, nil
}

// part is a bounded part.
type part struct {
	io.ReadCloser
	guard *Guard
	left  int64
}

func (p *part) Read(b []byte) (int, error) {
	if p.left <= 0 {
		return 0, ErrTooLarge
	}
	n, err := p.ReadCloser.Read(b[:min(int64(len(b)), p.left)])
	p.left -= int64(n)
	if p.guard.Err() != nil {
		err = p.guard.Err()
	}
	return n, err
}

// Element is one element of a part, without what is inside.
type Element struct {
	Path  []string // local names, from the root to the element
	Attrs []xml.Attr
}

// Attr returns an attribute by its local name.
func (e Element) Attr(name string) string {
	for _, a := range e.Attrs {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// maxDepth is how deep elements are looked at.
const maxDepth = 32

// Elements visits the elements of a part, in order, and the text of those that have no
// more than text in them: open is called at their beginning, text with each piece of
// text. Names are local, without their namespace.
func (p *Package) Elements(name string, open func(Element), text func(path []string, s string)) error {
	r, err := p.Part(name)
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }()
	d := xml.NewDecoder(r)
	var path []string
	depth := 0 // raw tokens keep no stack, so that depth takes no memory
	for {
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if p.guard.Err() != nil {
			return p.guard.Err()
		}
		if errors.Is(err, ErrTooLarge) {
			return ErrTooLarge
		}
		if err != nil {
			return fmt.Errorf("%w: %w", ErrFormat, err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			if depth++; depth <= maxDepth {
				path = append(path[:depth-1], t.Name.Local)
				open(Element{Path: path, Attrs: t.Attr})
			}
		case xml.EndElement:
			if depth == 0 {
				return fmt.Errorf("%w: its elements are not nested", ErrFormat)
			}
			depth--
		case xml.CharData:
			if text != nil && depth > 0 && depth <= maxDepth {
				text(path[:depth], string(t))
			}
		}
	}
}
