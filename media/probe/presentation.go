package probe

import (
	"encoding/binary"
	"errors"

	"github.com/crier-social/crier/media/internal/container"
)

// The records of an older presentation. See [MS-PPT],
// https://learn.microsoft.com/openspecs/office_file_formats/ms-ppt
const (
	recordHeader = 8

	kindDocument         = 0x03E8
	kindSlide            = 0x03F3 // SlidePersistAtom
	kindList             = 0x0FF0 // SlideListWithText
	kindUserEdit         = 0x0FF5
	kindPersistDirectory = 0x1772

	// maxRecords is several times what a presentation of ten thousand slides has, with
	// the text of each in the list.
	maxRecords = 1 << 18
	maxEdits   = 1 << 10
)

// presentation reads the records of an older presentation.
type presentation struct {
	stream *container.Stream
	seen   int
}

// record is one of them, without what is in it.
type record struct {
	kind     uint16
	instance uint16
	at, end  int64 // of its content
}

// countListedSlides counts the slides on the list of an older presentation; 0 if there
// is none to be found.
func countListedSlides(c *container.Compound) (int, error) {
	const user, document = "Current User", "PowerPoint Document"
	if !c.Has(user) || !c.Has(document) {
		return 0, nil
	}
	b, err := c.Stream(user)
	if err != nil {
		return 0, err
	}
	const editAt = 16 // behind the header, a size and a mark
	if len(b) < editAt+4 {
		return 0, nil
	}
	s, err := c.Open(document)
	if err != nil {
		return 0, err
	}
	p := &presentation{stream: s}
	at, err := p.document(int64(binary.LittleEndian.Uint32(b[editAt:])))
	if err != nil {
		return 0, err
	}
	return p.slides(at)
}

// document returns where the newest document begins. Each time it is saved a
// presentation may get no more than what has changed appended to it, with a directory of
// where that is, and the place of the edit before.
func (p *presentation) document(edit int64) (int64, error) {
	id := uint32(0) // of the document, as the newest edit has it
	for range maxEdits {
		r, err := p.record(edit, kindUserEdit)
		if err != nil {
			return 0, err
		}
		var b [20]byte // last slide, version, edit before, directory, document
		if err := p.stream.Read(b[:], r.at); err != nil {
			return 0, err
		}
		if id == 0 {
			id = binary.LittleEndian.Uint32(b[16:])
		}
		at, ok, err := p.lookUp(int64(binary.LittleEndian.Uint32(b[12:])), id)
		if ok || err != nil {
			return at, err
		}
		edit = int64(binary.LittleEndian.Uint32(b[8:]))
	}
	return 0, container.ErrFormat
}

// lookUp finds an object in a directory: groups of places, each with the number of the
// first one and their count before it.
func (p *presentation) lookUp(directory int64, id uint32) (at int64, ok bool, err error) {
	r, err := p.record(directory, kindPersistDirectory)
	if err != nil {
		return 0, false, err
	}
	const number, idBits = 4, 20
	for at := r.at; at < r.end; {
		if p.seen++; p.seen > maxRecords {
			return 0, false, container.ErrTooLarge
		}
		group, err := p.uint32(at)
		if err != nil {
			return 0, false, err
		}
		first, count := group&(1<<idBits-1), group>>idBits
		if id >= first && id-first < count {
			place, err := p.uint32(at + number + number*int64(id-first))
			return int64(place), true, err
		}
		at += number + number*int64(count)
	}
	return 0, false, nil
}

func (p *presentation) uint32(at int64) (uint32, error) {
	var b [4]byte
	err := p.stream.Read(b[:], at)
	return binary.LittleEndian.Uint32(b[:]), err
}

// slides counts the slides of the document at a place. There are lists of master slides
// and of notes too.
func (p *presentation) slides(at int64) (count int, err error) {
	const ofSlides = 0
	d, err := p.record(at, kindDocument)
	if err != nil {
		return 0, err
	}
	err = p.inside(d, func(r record) error {
		if r.kind != kindList || r.instance != ofSlides {
			return nil
		}
		return p.inside(r, func(r record) error {
			if r.kind == kindSlide {
				count++
			}
			return nil
		})
	})
	return count, err
}

// inside visits the records in another one.
func (p *presentation) inside(outer record, visit func(record) error) error {
	for at := outer.at; at < outer.end; {
		r, err := p.header(at)
		if err != nil {
			return err
		}
		if err := visit(r); err != nil {
			return err
		}
		at = r.end
	}
	return nil
}

// record reads the beginning of a record of a kind.
func (p *presentation) record(at int64, kind uint16) (record, error) {
	r, err := p.header(at)
	if err == nil && r.kind != kind {
		return record{}, container.ErrFormat
	}
	return r, err
}

func (p *presentation) header(at int64) (record, error) {
	if p.seen++; p.seen > maxRecords {
		return record{}, container.ErrTooLarge
	}
	var b [recordHeader]byte
	if err := p.stream.Read(b[:], at); err != nil {
		return record{}, err
	}
	const versionBits = 4
	le := binary.LittleEndian
	r := record{kind: le.Uint16(b[2:]), instance: le.Uint16(b[:]) >> versionBits, at: at + recordHeader}
	r.end = r.at + int64(le.Uint32(b[4:]))
	return r, nil
}

// countOldSlides returns what an older presentation's properties say, or else what its
// own list has: LibreOffice, for one, does not write the property.
func countOldSlides(c *container.Compound) (int, error) {
	n, err := readProperty(c, container.DocumentInformation, container.SlideCount)
	if n > 0 || err != nil {
		return n, err
	}
	n, err = countListedSlides(c)
	if errors.Is(err, container.ErrFormat) { // its properties were in order
		return 0, nil
	}
	return n, err
}
