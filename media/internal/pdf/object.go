package pdf

import "io"

// stream is a dictionary with bytes behind it.
type stream struct {
	dict dictionary
	at   int64 // of the bytes; 0: there are none
}

// indirect is an object that has a number.
type indirect struct {
	number int64
	value  value
	stream stream
}

// lexer reads from an offset on.
func (d *document) lexer(at int64) *lexer {
	length := d.end - d.base
	if at < 0 || at > length {
		at = length
	}
	return newLexer(io.NewSectionReader(d.guard, d.base+at, length-at))
}

// resolve follows references. What cannot be found is nil.
func (d *document) resolve(v value) value {
	for range maxHops {
		ref, ok := v.(reference)
		if !ok {
			return v
		}
		found, err := d.object(ref.number)
		if err != nil {
			return nil
		}
		v = found
	}
	return nil
}

// object reads an object by its number.
func (d *document) object(number int64) (value, error) {
	p, err := d.place(number)
	if err != nil {
		return nil, err
	}
	if p.container != 0 {
		return d.objectWithin(p.container, number)
	}
	o, err := d.objectAt(p.offset)
	if err != nil || o.number != number {
		return nil, firstOf(err, errSyntax)
	}
	return o.value, nil
}

// place looks an object up, in the newest section first.
func (d *document) place(number int64) (place, error) {
	for _, s := range d.sections {
		if p, ok, err := s.find(d, number); ok || err != nil {
			return p, err
		}
	}
	return place{}, errSyntax
}

// objectAt reads the object that begins at an offset: its number, its generation, the
// word obj, and the value.
func (d *document) objectAt(at int64) (indirect, error) {
	l := d.lexer(at)
	var head [3]value
	for i := range head {
		var err error
		if head[i], err = l.token(); err != nil {
			return indirect{}, err
		}
	}
	number, ok := head[0].(int64)
	if !ok || head[2] != keyword("obj") {
		return indirect{}, errSyntax
	}
	v, err := l.value()
	if err != nil {
		return indirect{}, err
	}
	o := indirect{number: number, value: v}
	switch v := v.(type) {
	case int64:
		o.value = l.referenceOr(v)
	case dictionary:
		o.stream.dict = v
		if o.stream.at, err = l.streamStart(); o.stream.at > 0 {
			o.stream.at += at
		}
	}
	return o, err
}

// referenceOr returns the reference that begins with a number, if it is one.
func (l *lexer) referenceOr(number int64) value {
	second, err1 := l.token()
	third, err2 := l.token()
	if generation, ok := second.(int64); ok && err1 == nil && err2 == nil && third == keyword("R") {
		return reference{number, generation}
	}
	return number
}

// streamStart moves to the bytes behind a dictionary, and returns where they are; 0 if
// there are none.
func (l *lexer) streamStart() (int64, error) {
	if t, err := l.token(); err != nil || t != keyword("stream") {
		return 0, nil //nolint:nilerr // the dictionary is complete, whatever follows
	}
	for { // the end of the line: a line feed, or a carriage return before one
		c, err := l.byte()
		if err != nil {
			return 0, err
		}
		if c == '\n' {
			return l.pos, nil
		}
		if c != '\r' && c != ' ' {
			l.back()
			return l.pos, nil
		}
	}
}

// objectWithin reads an object out of an object stream: pairs of number and offset, and
// the values behind them. The container itself stands in no other.
func (d *document) objectWithin(container, number int64) (value, error) {
	p, err := d.place(container)
	if err != nil || p.container != 0 || d.encrypt != nil {
		return nil, firstOf(err, errSyntax)
	}
	o, err := d.objectAt(p.offset)
	if err != nil {
		return nil, err
	}
	count, ok1 := o.stream.dict["N"].(int64)
	first, ok2 := o.stream.dict["First"].(int64)
	if o.number != container || o.stream.at == 0 || !ok1 || !ok2 || o.stream.dict["Type"] != name("ObjStm") {
		return nil, errSyntax
	}
	r, err := d.decoded(o.stream)
	if err != nil {
		return nil, err
	}
	l := newLexer(r)
	offset, err := findWithin(l, count, number)
	if err != nil {
		return nil, err
	}
	if err := l.skipTo(first + offset); err != nil {
		return nil, err
	}
	l.left = maxObject
	return l.value()
}

// findWithin reads the pairs up to the one of an object.
func findWithin(l *lexer, count, number int64) (offset int64, err error) {
	for range count {
		var pair [2]int64
		for i := range pair {
			t, err := l.token()
			if err != nil {
				return 0, err
			}
			n, ok := t.(int64)
			if !ok || n < 0 || n > maxInflate {
				return 0, errSyntax
			}
			pair[i] = n
		}
		if pair[0] == number {
			return pair[1], nil
		}
	}
	return 0, errSyntax
}
