package mediatest

import (
	"bytes"
	"encoding/binary"
	"unicode/utf16"
)

// DOC returns the skeleton of an older text document whose properties tell that many
// pages; 0 leaves the number out.
func DOC(pages int) []byte {
	return Compound(
		ZipEntry{"WordDocument", string(make([]byte, 5000))},
		ZipEntry{"\x05SummaryInformation", properties(0x0E, pages)},
	)
}

// PPT returns the skeleton of an older presentation whose properties tell that many
// slides; 0 leaves the number out.
func PPT(slides int) []byte {
	return Compound(
		ZipEntry{"Current User", "user"},
		ZipEntry{"PowerPoint Document", string(make([]byte, 5000))},
		ZipEntry{"\x05DocumentSummaryInformation", properties(0x07, slides)},
	)
}

// PPTSaved returns the skeleton of an older presentation whose properties do not count
// the slides: its own list does. It was saved with each of the counts in turn, what is
// new each time appended; a negative count leaves the slides as they were.
func PPTSaved(slides ...int) []byte {
	le := binary.LittleEndian
	record := func(version byte, instance, kind uint16, content []byte) []byte {
		b := le.AppendUint16(nil, instance<<4|uint16(version))
		b = le.AppendUint32(le.AppendUint16(b, kind), uint32(len(content))) //nolint:gosec // test data
		return append(b, content...)
	}
	const leaf, branch = 0, 0xF
	list := func(instance uint16, count int) []byte {
		slide := join(record(leaf, 0, 0x03F3, make([]byte, 20)), record(leaf, 0, 0x0F9F, make([]byte, 4))) // with text
		return record(branch, instance, 0x0FF0, bytes.Repeat(slide, max(count, 0)))
	}
	const of, masters, notes = 0, 1, 2
	var stream []byte
	edit := 0
	for _, count := range slides {
		document, first := uint32(len(stream)), uint32(0) //nolint:gosec // test data
		if count >= 0 {
			first = 1 // object in the directory: the document
			stream = append(stream, record(branch, 0, 0x03E8, join(record(leaf, 1, 0x03E9, make([]byte, 40)),
				list(masters, 3), list(of, count), list(notes, 5)))...)
		}
		directory := len(stream)
		var content []byte
		for _, v := range []uint32{1<<20 | 9, 1<<20 | 1, 1<<20 | first, document} { // two groups of one place
			content = le.AppendUint32(content, v)
		}
		stream = append(stream, record(leaf, 0, 0x1772, content)...)
		last := edit
		edit = len(stream)
		content = make([]byte, 28)
		for at, v := range map[int]int{8: last, 12: directory, 16: 1} {
			le.PutUint32(content[at:], uint32(v)) //nolint:gosec // test data
		}
		stream = append(stream, record(leaf, 0, 0x0FF5, content)...)
	}
	user := le.AppendUint32(append(le.AppendUint32(nil, 20), 0x5F, 0xC0, 0x91, 0xE3), uint32(edit))
	return Compound(
		ZipEntry{"Current User", string(record(leaf, 0, 0x0FF6, append(user, make([]byte, 8)...)))},
		ZipEntry{"PowerPoint Document", string(append(stream, make([]byte, longStream)...))},
		ZipEntry{"\x05DocumentSummaryInformation", properties(0x07, 0)},
	)
}

// DOCLocked returns the skeleton of an older text document with a password.
func DOCLocked() []byte {
	const flags, encrypted = 11, 1
	body := make([]byte, 5000)
	copy(body, "\xEC\xA5\xC1\x00")
	body[flags] = encrypted
	return Compound(ZipEntry{"WordDocument", string(body)}, ZipEntry{"\x05SummaryInformation", properties(0x0E, 3)})
}

// OfficeLocked returns the skeleton of a newer document, of any kind, with a password.
func OfficeLocked() []byte {
	return Compound(ZipEntry{"EncryptionInfo", string(make([]byte, 300))}, ZipEntry{"EncryptedPackage", string(make([]byte, 5000))})
}

// XLS returns the skeleton of an older workbook.
func XLS() []byte { return Compound(ZipEntry{"Workbook", string(make([]byte, 5000))}) }

// properties returns a stream of one property set: a text, and a number unless it is 0.
func properties(id, number int) string {
	le := binary.LittleEndian
	b := le.AppendUint32(nil, 0xFFFE)                       // byte order, version
	b = append(b, make([]byte, 20)...)                      // system, class
	b = le.AppendUint32(b, 1)                               // sets
	b = le.AppendUint32(append(b, make([]byte, 16)...), 48) // format, where it is
	const text, signed32 = 0x1E, 3
	if number == 0 {
		for _, v := range []uint32{28, 1, 4, 16, text, 4, 0x41} { // size, count, id, place, type, length, "A"
			b = le.AppendUint32(b, v)
		}
		return string(b)
	}
	for _, v := range []uint32{44, 2, 4, 24, uint32(id), 36, text, 4, 0x41, signed32, uint32(number)} { //nolint:gosec // test data
		b = le.AppendUint32(b, v)
	}
	return string(b)
}

const (
	sector       = 512
	miniSector   = 64
	endOfChain   = 0xFFFFFFFE
	freeSector   = 0xFFFFFFFF
	tableSector  = 0xFFFFFFFD
	noSibling    = 0xFFFFFFFF
	longStream   = 4096 // shorter ones share sectors
	entriesInRow = 4    // entries of the directory in a sector
)

// compoundWriter lays out sectors.
type compoundWriter struct {
	fat  []uint32
	body bytes.Buffer
}

// store appends bytes as a chain of sectors and returns the first.
func (w *compoundWriter) store(b []byte) uint32 {
	if len(b) == 0 {
		return endOfChain
	}
	first := uint32(len(w.fat)) //nolint:gosec // test data
	for len(b) > 0 {
		n := min(len(b), sector)
		w.body.Write(append(bytes.Clone(b[:n]), make([]byte, sector-n)...))
		b = b[n:]
		w.fat = append(w.fat, uint32(len(w.fat)+1)) //nolint:gosec // test data
	}
	w.fat[len(w.fat)-1] = endOfChain
	return first
}

// Compound packs streams into a compound file ([MS-CFB], version 3), of at most 60 KB.
func Compound(streams ...ZipEntry) []byte {
	w := &compoundWriter{fat: []uint32{tableSector}} // sector 0 is the allocation table
	w.body.Write(make([]byte, sector))
	var mini []byte
	var miniFAT []byte
	le := binary.LittleEndian
	directory := [][]byte{nil}
	for i, s := range streams {
		var first uint32
		if len(s.Body) >= longStream {
			first = w.store([]byte(s.Body))
		} else {
			first = uint32(len(mini) / miniSector) //nolint:gosec // test data
			for rest := []byte(s.Body); ; {
				n := min(len(rest), miniSector)
				mini = append(append(mini, rest[:n]...), make([]byte, miniSector-n)...)
				if rest = rest[n:]; len(rest) == 0 {
					break
				}
				miniFAT = le.AppendUint32(miniFAT, uint32(len(mini)/miniSector)) //nolint:gosec // test data
			}
			miniFAT = le.AppendUint32(miniFAT, endOfChain)
		}
		next := uint32(i + 2)
		if i == len(streams)-1 {
			next = noSibling
		}
		directory = append(directory, directoryEntry(s.Name, 2, next, noSibling, first, len(s.Body)))
	}
	directory[0] = directoryEntry("Root Entry", 5, noSibling, 1, w.store(mini), len(mini))
	for len(directory)%entriesInRow != 0 {
		directory = append(directory, make([]byte, 128))
	}
	firstMini, firstDirectory := w.store(miniFAT), w.store(join(directory...))

	head := make([]byte, sector)
	copy(head, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")
	copy(head[24:], []byte{0x3E, 0, 3, 0, 0xFE, 0xFF, 9, 0, 6, 0})
	for at, v := range map[int]uint32{44: 1, 48: firstDirectory, 56: longStream, 60: firstMini, 64: 1, 68: endOfChain, 76: 0} {
		le.PutUint32(head[at:], v)
	}
	for at := 80; at < sector; at += 4 {
		le.PutUint32(head[at:], freeSector)
	}
	body := w.body.Bytes()
	for i := range sector / 4 {
		v := uint32(freeSector)
		if i < len(w.fat) {
			v = w.fat[i]
		}
		le.PutUint32(body[4*i:], v)
	}
	return join(head, body)
}

// directoryEntry describes a stream or the root.
func directoryEntry(name string, kind byte, right, child, first uint32, size int) []byte {
	b := make([]byte, 128)
	units := append(utf16.Encode([]rune(name)), 0)
	for i, u := range units {
		binary.LittleEndian.PutUint16(b[2*i:], u)
	}
	binary.LittleEndian.PutUint16(b[64:], uint16(2*len(units))) //nolint:gosec // test data
	b[66], b[67] = kind, 1
	for at, v := range map[int]uint32{68: noSibling, 72: right, 76: child, 116: first, 120: uint32(size)} { //nolint:gosec // test data
		binary.LittleEndian.PutUint32(b[at:], v)
	}
	return b
}
