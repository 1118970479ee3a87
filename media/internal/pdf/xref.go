package pdf

import (
	"io"
)

const (
	// maxSections is how often a document may have been changed: each change appends a
	// section to the cross-reference table.
	maxSections    = 1 << 10
	maxSubsections = 1 << 14
)

// place is where an object stands.
type place struct {
	offset    int64
	container int64 // the number of the object stream that holds it; 0: none
}

// section is one part of the cross-reference table.
type section interface {
	// find returns where the object is; ok is false when the section does not tell.
	find(d *document, number int64) (p place, ok bool, err error)
}

// readSections reads the sections from the newest to the oldest. Those that follow a
// broken one are lost.
func (d *document) readSections(start int64) error {
	seen := map[int64]bool{}
	for next := []int64{start}; len(next) > 0 && len(seen) < maxSections; {
		at := next[0]
		next = next[1:]
		if at <= 0 || seen[at] {
			continue
		}
		seen[at] = true
		s, trailer, err := d.readSection(at)
		if err != nil {
			return err
		}
		d.sections = append(d.sections, s)
		for key, v := range map[name]*value{"Root": &d.root, "Encrypt": &d.encrypt, "ID": &d.id} {
			if *v == nil {
				*v = trailer[key]
			}
		}
		for _, key := range []name{"XRefStm", "Prev"} {
			if offset, ok := trailer[key].(int64); ok {
				next = append(next, offset)
			}
		}
	}
	return nil
}

// readSection reads a table or a stream.
func (d *document) readSection(at int64) (section, dictionary, error) {
	l := d.lexer(at)
	t, err := l.token()
	if err != nil {
		return nil, nil, err
	}
	if t == keyword("xref") {
		return readTable(l, at)
	}
	o, err := d.objectAt(at)
	if err != nil {
		return nil, nil, err
	}
	return newStreamSection(o.stream)
}

// table is a section in plain text: rows of one width.
type table []subsection

// subsection has the rows of count objects from first on.
type subsection struct{ first, count, at, width int64 }

// readTable reads where the rows are, and the trailer behind them.
func readTable(l *lexer, at int64) (section, dictionary, error) {
	var out table
	for {
		t, err := l.token()
		if err != nil {
			return nil, nil, err
		}
		if t == keyword("trailer") {
			break
		}
		first, ok1 := t.(int64)
		t, err = l.token()
		count, ok2 := t.(int64)
		if err != nil || !ok1 || !ok2 || first < 0 || count < 0 || len(out) == maxSubsections {
			return nil, nil, errSyntax
		}
		if count == 0 {
			continue
		}
		if err := l.space(); err != nil {
			return nil, nil, err
		}
		s := subsection{first: first, count: count, at: at + l.pos}
		if s.width, err = rowWidth(l); err != nil {
			return nil, nil, err
		}
		const most = 1 << 40 // bytes; keeps the product from overflowing
		if count > most/s.width {
			return nil, nil, errSyntax
		}
		if err := l.skipTo(s.at - at + count*s.width); err != nil {
			return nil, nil, err
		}
		l.left = maxObject
		out = append(out, s)
	}
	v, err := l.value()
	trailer, ok := v.(dictionary)
	if err != nil || !ok {
		return nil, nil, errSyntax
	}
	return out, trailer, nil
}

// rowWidth reads the first row. A row has 18 characters and two for the end of the line;
// some writers have only one.
func rowWidth(l *lexer) (int64, error) {
	const characters, most = 18, 21
	for range characters {
		if _, err := l.byte(); err != nil {
			return 0, err
		}
	}
	for width := int64(characters); width < most; width++ {
		c, err := l.byte()
		if err != nil {
			return 0, err
		}
		if !isSpace(c) {
			l.back()
			return width, nil
		}
	}
	return 0, errSyntax
}

func (t table) find(d *document, number int64) (place, bool, error) {
	for _, s := range t {
		if number < s.first || number-s.first >= s.count {
			continue
		}
		l := d.lexer(s.at + (number-s.first)*s.width)
		var row [3]value // offset, generation, n for one that is in use
		for i := range row {
			var err error
			if row[i], err = l.token(); err != nil {
				return place{}, false, err
			}
		}
		offset, ok := row[0].(int64)
		if ok && row[2] == keyword("n") {
			return place{offset: offset}, true, nil
		}
	}
	return place{}, false, nil
}

// streamSection is a section in a stream: rows of numbers.
type streamSection struct {
	stream
	widths [3]int64
	index  []value // first object and count, in turn
}

// newStreamSection reads the shape of a section. Its dictionary is its trailer.
func newStreamSection(s stream) (section, dictionary, error) {
	out := &streamSection{stream: s}
	widths, ok := s.dict["W"].([]value)
	if s.dict["Type"] != name("XRef") || !ok || len(widths) != len(out.widths) || s.at == 0 {
		return nil, nil, errSyntax
	}
	for i, w := range widths {
		const widest = 8
		if out.widths[i], ok = w.(int64); !ok || out.widths[i] < 0 || out.widths[i] > widest {
			return nil, nil, errSyntax
		}
	}
	if out.index, ok = s.dict["Index"].([]value); !ok {
		out.index = []value{int64(0), s.dict["Size"]}
	}
	return out, s.dict, nil
}

func (s *streamSection) find(d *document, number int64) (place, bool, error) {
	row, ok := s.row(number)
	if !ok {
		return place{}, false, nil
	}
	width := s.widths[0] + s.widths[1] + s.widths[2]
	r, err := d.decoded(s.stream)
	if err != nil {
		return place{}, false, err
	}
	if _, err := io.CopyN(io.Discard, r, row*width); err != nil {
		return place{}, false, err
	}
	b := make([]byte, width)
	if _, err := io.ReadFull(r, b); err != nil {
		return place{}, false, err
	}
	const inUse, inContainer = 1, 2
	kind := int64(inUse)
	if s.widths[0] > 0 {
		kind = bigEndian(b[:s.widths[0]])
	}
	second := bigEndian(b[s.widths[0] : s.widths[0]+s.widths[1]])
	switch kind {
	case inUse:
		return place{offset: second}, true, nil
	case inContainer:
		return place{container: second}, true, nil
	}
	return place{}, false, nil
}

// row tells which row is about an object.
func (s *streamSection) row(number int64) (int64, bool) {
	const most = 1 << 32 // rows; keeps the sum from overflowing
	before := int64(0)
	for index := s.index; len(index) >= 2 && before < most; index = index[2:] {
		first, ok1 := index[0].(int64)
		count, ok2 := index[1].(int64)
		if !ok1 || !ok2 || first < 0 || count < 0 || count > most {
			return 0, false
		}
		if number >= first && number-first < count {
			return before + number - first, true
		}
		before += count
	}
	return 0, false
}

func bigEndian(b []byte) int64 {
	n := int64(0)
	for _, c := range b {
		n = n<<8 | int64(c)
	}
	return n
}
