package sandbox

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// value is a parsed Rest.li 2.0 value: a string, a list or a record. The format
// does not tell numbers and booleans from strings.
// https://linkedin.github.io/rest.li/spec/protocol
type value struct {
	kind   valueKind
	str    string
	list   []value
	record map[string]value
}

type valueKind int

const (
	kindString valueKind = iota
	kindList
	kindRecord
)

const (
	maxValueDepth = 16
	maxListItems  = 1000
	structural    = "(),:'" // characters that a string must carry percent-encoded
)

// parseValue reads a value in URL form: structure raw, strings percent-encoded.
func parseValue(raw string) (value, error) {
	p := valueParser{rest: raw}
	v, err := p.value(0)
	if err != nil {
		return value{}, err
	}
	if p.rest != "" {
		return value{}, fmt.Errorf("unexpected %q", limitString(p.rest, 20))
	}
	return v, nil
}

type valueParser struct {
	rest  string
	items int
}

func (p *valueParser) value(depth int) (value, error) {
	if depth > maxValueDepth {
		return value{}, errors.New("nested too deeply")
	}
	switch {
	case strings.HasPrefix(p.rest, "List("):
		p.rest = p.rest[len("List("):]
		return p.listItems(depth)
	case strings.HasPrefix(p.rest, "("):
		p.rest = p.rest[1:]
		return p.recordFields(depth)
	default:
		s, err := p.text()
		return value{kind: kindString, str: s}, err
	}
}

func (p *valueParser) listItems(depth int) (value, error) {
	v := value{kind: kindList}
	if p.eat(')') {
		return v, nil
	}
	for {
		item, err := p.value(depth + 1)
		if err != nil {
			return value{}, err
		}
		v.list = append(v.list, item)
		if p.items++; p.items > maxListItems {
			return value{}, errors.New("too many items")
		}
		if p.eat(')') {
			return v, nil
		}
		if !p.eat(',') {
			return value{}, errors.New("expected , or ) in a list")
		}
	}
}

func (p *valueParser) recordFields(depth int) (value, error) {
	v := value{kind: kindRecord, record: map[string]value{}}
	if p.eat(')') {
		return v, nil
	}
	for {
		name, err := p.text()
		if err != nil {
			return value{}, err
		}
		if !p.eat(':') {
			return value{}, errors.New("expected : after a field name")
		}
		if _, seen := v.record[name]; seen {
			return value{}, fmt.Errorf("field %q appears twice", limitString(name, 40))
		}
		if v.record[name], err = p.value(depth + 1); err != nil {
			return value{}, err
		}
		if p.items++; p.items > maxListItems {
			return value{}, errors.New("too many fields")
		}
		if p.eat(')') {
			return v, nil
		}
		if !p.eat(',') {
			return value{}, errors.New("expected , or ) in a record")
		}
	}
}

// text reads a string up to the next structural character. Two quotes stand for
// the empty string; a string of no characters at all is an error.
func (p *valueParser) text() (string, error) {
	if strings.HasPrefix(p.rest, "''") {
		p.rest = p.rest[2:]
		return "", nil
	}
	end := strings.IndexAny(p.rest, structural)
	if end < 0 {
		end = len(p.rest)
	}
	if end == 0 {
		if p.rest == "" {
			return "", errors.New("a value is missing")
		}
		return "", fmt.Errorf("unexpected %q", p.rest[:1])
	}
	s, err := percentDecode(p.rest[:end])
	p.rest = p.rest[end:]
	return s, err
}

func (p *valueParser) eat(c byte) bool {
	if p.rest == "" || p.rest[0] != c {
		return false
	}
	p.rest = p.rest[1:]
	return true
}

// percentDecode decodes %XX only: a plus sign stays a plus sign.
func percentDecode(s string) (string, error) {
	out, err := url.PathUnescape(s)
	if err != nil {
		return "", fmt.Errorf("bad percent-encoding in %q", limitString(s, 40))
	}
	return out, nil
}

// splitQuery returns the raw values of a query string by their decoded names.
func splitQuery(raw string) (map[string]string, error) {
	out := map[string]string{}
	for pair := range strings.SplitSeq(raw, "&") {
		if pair == "" {
			continue
		}
		rawName, rawValue, _ := strings.Cut(pair, "=")
		name, err := percentDecode(rawName)
		if err != nil {
			return nil, err
		}
		if _, seen := out[name]; seen {
			return nil, fmt.Errorf("parameter %q appears twice", limitString(name, 40))
		}
		out[name] = rawValue
	}
	return out, nil
}
