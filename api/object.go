package api

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/crier-social/crier/core"
)

// maxDepth is how deep a request's JSON may nest. The deepest option block of
// any network needs five.
const maxDepth = 32

// object is a JSON object: its keys in their order, its values undecoded.
type object struct {
	keys   []string
	values map[string]json.RawMessage
}

// set adds a value, or replaces the one of the same key.
func (o *object) set(key string, value json.RawMessage) {
	if o.values == nil {
		o.values = map[string]json.RawMessage{}
	}
	if _, there := o.values[key]; !there {
		o.keys = append(o.keys, key)
	}
	o.values[key] = value
}

// parseObject reads data as one JSON object. It is stricter than encoding/json,
// which takes the last of two equal keys, matches keys whatever their case, and
// replaces what is not UTF-8: a request that can be read in two ways is refused.
func parseObject(data []byte) (object, error) {
	s, err := scan(data)
	if err != nil {
		return object{}, err
	}
	if first := bytes.TrimLeft(data, " \t\r\n"); first[0] != '{' {
		return object{}, errors.New("the body must be a JSON object")
	}
	return s.members, nil
}

// valueError is a mistake in one value of a JSON text whose syntax is right.
type valueError struct{ path, message string }

func (e *valueError) Error() string { return e.message }

// mistake is the error of the request for what checkJSON and parseObject found.
func mistake(err error) *core.Error {
	if e, ok := errors.AsType[*valueError](err); ok {
		return invalid(printable(cmp.Or(e.path, "body")), e.message)
	}
	return invalid("", err.Error())
}

// checkJSON tells what is wrong with data as one JSON text: its encoding, its
// syntax (anything after the value included), its depth, a key that an object has
// twice, or a string that is not Unicode.
func checkJSON(data []byte) error {
	_, err := scan(data)
	return err
}

// scan walks through data, or tells what is wrong with it: see checkJSON.
func scan(data []byte) (*scanner, error) {
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, errors.New("the body is empty; JSON is expected")
	}
	if !utf8.Valid(data) {
		return nil, errors.New("not valid UTF-8")
	}
	if !json.Valid(data) {
		return nil, syntaxError(data)
	}
	s := &scanner{data: data}
	return s, s.run()
}

// syntaxError says where the syntax is wrong.
func syntaxError(data []byte) error {
	var raw json.RawMessage
	err := json.Unmarshal(data, &raw)
	syntax, ok := errors.AsType[*json.SyntaxError](err)
	if !ok {
		return fmt.Errorf("not valid JSON: %w", err)
	}
	before := data[:min(int(syntax.Offset), len(data))]
	line := bytes.Count(before, []byte("\n")) + 1
	column := utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:])
	return fmt.Errorf("not valid JSON: line %d, column %d: %w", line, column, syntax)
}

// scanner walks through JSON whose syntax is known to be right.
type scanner struct {
	data  []byte
	stack []frame
	// members are those of the outermost object, as far as their ends were reached.
	members object
	value   int // where the value of the next member begins; 0 before its colon
}

// frame is an object or array that the scanner is in.
type frame struct {
	keys  map[string]struct{} // nil in an array
	key   string              // last key read
	index int                 // of the array's element
	// atKey means that the next string is a key.
	atKey bool
}

func (s *scanner) run() error {
	for i := 0; i < len(s.data); i++ {
		switch s.data[i] {
		case '{', '[':
			if err := s.push(s.data[i] == '{'); err != nil {
				return err
			}
		case '}', ']':
			s.endMember(i)
			s.stack = s.stack[:len(s.stack)-1]
		case ':':
			if len(s.stack) == 1 {
				s.value = i + 1
			}
		case ',':
			s.endMember(i)
			top := &s.stack[len(s.stack)-1]
			top.atKey = top.keys != nil
			top.index++
		case '"':
			end := endOfString(s.data, i)
			if err := s.text(s.data[i:end]); err != nil {
				return err
			}
			i = end - 1
		}
	}
	return nil
}

// endMember takes note of the outermost object's member whose value ends before i, if
// one does.
func (s *scanner) endMember(i int) {
	if len(s.stack) == 1 && s.value > 0 {
		s.members.set(s.stack[0].key, bytes.TrimSpace(s.data[s.value:i:i]))
		s.value = 0
	}
}

func (s *scanner) push(isObject bool) error {
	if len(s.stack) == maxDepth {
		return fmt.Errorf("%s nests deeper than %d levels", s.path(), maxDepth)
	}
	f := frame{}
	if isObject {
		f.keys, f.atKey = map[string]struct{}{}, true
	}
	s.stack = append(s.stack, f)
	return nil
}

// text checks a string and takes note of it when it is a key.
func (s *scanner) text(quoted []byte) error {
	if loneSurrogate(quoted) {
		path := printable(s.path())
		return &valueError{path, "the string at " + cmp.Or(path, "the top") + ` is not valid Unicode: half of a \u surrogate pair stands alone`}
	}
	if len(s.stack) == 0 {
		return nil
	}
	top := &s.stack[len(s.stack)-1]
	if !top.atKey {
		return nil
	}
	key := string(quoted[1 : len(quoted)-1])
	if strings.ContainsRune(key, '\\') {
		if err := json.Unmarshal(quoted, &key); err != nil {
			return err
		}
	}
	top.atKey, top.key = false, key
	if _, twice := top.keys[key]; twice {
		path := printable(s.path())
		return &valueError{path, "the key " + path + " occurs twice"}
	}
	top.keys[key] = struct{}{}
	return nil
}

// loneSurrogate tells whether a quoted string has an escape for half of a surrogate
// pair without the other half, which encoding/json would replace.
func loneSurrogate(quoted []byte) bool {
	for i := 0; i < len(quoted); i++ {
		if quoted[i] != '\\' {
			continue
		}
		first, isUnit := codeUnit(quoted[i:])
		i++ // what is escaped
		if !isUnit {
			continue
		}
		i += 4
		if !utf16.IsSurrogate(first) {
			continue
		}
		second, follows := codeUnit(quoted[i+1:])
		if !follows || utf16.DecodeRune(first, second) == utf8.RuneError {
			return true
		}
		i += 6
	}
	return false
}

// codeUnit reads the escape \uXXXX that s begins with, if it begins with one.
func codeUnit(s []byte) (rune, bool) {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(s[2:6]), 16, 16)
	return rune(n), err == nil
}

// path names the place that the scanner is at: "a.b[2]".
func (s *scanner) path() string {
	var b strings.Builder
	for _, f := range s.stack {
		switch {
		case f.atKey: // in none of its values
		case f.keys == nil:
			b.WriteString("[" + strconv.Itoa(f.index) + "]")
		case b.Len() > 0:
			b.WriteString("." + f.key)
		default:
			b.WriteString(f.key)
		}
	}
	return b.String()
}

// endOfString returns the place after the closing quote of the string that
// begins at i.
func endOfString(data []byte, i int) int {
	for i++; data[i] != '"'; i++ {
		if data[i] == '\\' {
			i++
		}
	}
	return i + 1
}
