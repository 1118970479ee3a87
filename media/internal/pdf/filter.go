package pdf

import (
	"bufio"
	"compress/zlib"
	"io"
)

// inflated is a reader of compressed bytes that shares one bound with all others of a
// document.
type inflated struct {
	r    io.Reader
	left *int64
}

func (i inflated) Read(p []byte) (int, error) {
	if *i.left <= 0 {
		return 0, errTooMuch
	}
	n, err := i.r.Read(p[:min(int64(len(p)), *i.left)])
	*i.left -= int64(n)
	return n, err
}

// decoded returns the bytes of a stream. Of the filters only Flate is known, which is
// what writers use for the tables and the objects that matter here.
func (d *document) decoded(s stream) (io.Reader, error) {
	raw := io.NewSectionReader(d.guard, d.base+s.at, d.end-d.base-s.at)
	filter, parameters := single(s.dict["Filter"]), single(s.dict["DecodeParms"])
	if filter == nil {
		return inflated{raw, &d.inflate}, nil
	}
	if filter != name("FlateDecode") {
		return nil, errSyntax
	}
	z, err := zlib.NewReader(bufio.NewReaderSize(raw, 4<<10))
	if err != nil {
		return nil, err
	}
	unpacked := inflated{z, &d.inflate}
	options, _ := parameters.(dictionary)
	return predicted(unpacked, options)
}

// single takes the only item of a list of one.
func single(v value) value {
	if list, ok := v.([]value); ok && len(list) == 1 {
		return list[0]
	}
	return v
}

// predicted undoes what a predictor did before the bytes were compressed (ISO 32000-2,
// 7.4.4.4). PNG's predictors have a byte before each row that says which one it is.
func predicted(r io.Reader, options dictionary) (io.Reader, error) {
	const none, firstPNG, maxRow = 1, 10, 1 << 16
	number := func(key name, otherwise int64) int64 {
		if n, ok := options[key].(int64); ok {
			return n
		}
		return otherwise
	}
	predictor := number("Predictor", none)
	if predictor == none {
		return r, nil
	}
	colours, bits, columns := number("Colors", 1), number("BitsPerComponent", 8), number("Columns", 1)
	for _, n := range []int64{colours, bits, columns} {
		if n < 1 || n > maxRow {
			return nil, errSyntax
		}
	}
	row := (colours*bits*columns + 7) / 8
	if predictor < firstPNG || row > maxRow {
		return nil, errSyntax
	}
	return &predictor10{
		r: bufio.NewReaderSize(r, 4<<10), back: int((colours*bits + 7) / 8),
		row: make([]byte, row), above: make([]byte, row),
	}, nil
}

// predictor10 reads rows of PNG's filters. See https://www.w3.org/TR/png-3/#9Filters
type predictor10 struct {
	r          *bufio.Reader
	back       int // bytes to the same byte of the pixel before
	row, above []byte
	rest       []byte // of row, not yet read
}

func (p *predictor10) Read(b []byte) (int, error) {
	if len(p.rest) == 0 {
		if err := p.next(); err != nil {
			return 0, err
		}
	}
	n := copy(b, p.rest)
	p.rest = p.rest[n:]
	return n, nil
}

// next reads a row.
func (p *predictor10) next() error {
	kind, err := p.r.ReadByte()
	if err != nil {
		return err
	}
	p.row, p.above = p.above, p.row
	if _, err := io.ReadFull(p.r, p.row); err != nil {
		return err
	}
	for i := range p.row {
		var left, upperLeft byte
		if i >= p.back {
			left, upperLeft = p.row[i-p.back], p.above[i-p.back]
		}
		switch kind {
		case 1:
			p.row[i] += left
		case 2:
			p.row[i] += p.above[i]
		case 3:
			p.row[i] += byte((int(left) + int(p.above[i])) / 2) //nolint:gosec // the mean of two bytes
		case 4:
			p.row[i] += paeth(left, p.above[i], upperLeft)
		}
	}
	p.rest = p.row
	return nil
}

// paeth returns the neighbour that is nearest to left + above − upperLeft.
func paeth(left, above, upperLeft byte) byte {
	a, b, c := int(left), int(above), int(upperLeft)
	estimate := a + b - c
	distance := func(n int) int { return max(estimate-n, n-estimate) }
	switch {
	case distance(a) <= distance(b) && distance(a) <= distance(c):
		return left
	case distance(b) <= distance(c):
		return above
	}
	return upperLeft
}
