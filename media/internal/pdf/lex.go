package pdf

import (
	"bufio"
	"errors"
	"io"
	"strconv"
)

// The values of a document (ISO 32000-2, 7.3). Real numbers, booleans, null and long
// texts are nil: nothing here asks for them.
type (
	value   any // int64, name, text, keyword, reference, dictionary, []value or nil
	name    string
	text    string
	keyword string
	// reference names another object.
	reference  struct{ number, generation int64 }
	dictionary map[name]value
)

var (
	errSyntax  = errors.New("pdf: not what the format has here")
	errTooMuch = errors.New("pdf: too much to read")
)

const (
	maxNesting = 64
	// maxObject is how many bytes of one object are looked at; a page tree without
	// branches has ten bytes for each page.
	maxObject = 1 << 20
	maxWord   = 256
	// maxText is how long a text may be to be kept; keys and marks are shorter.
	maxText = 256
	// maxItems is how many items of a list are kept.
	maxItems = 1 << 14
)

// lexer reads values.
type lexer struct {
	r    *bufio.Reader
	pos  int64 // of the next byte, counted from where the lexer began
	left int   // bytes that may still be read
}

func newLexer(r io.Reader) *lexer { return &lexer{r: bufio.NewReaderSize(r, 4<<10), left: maxObject} }

func (l *lexer) byte() (byte, error) {
	if l.left--; l.left < 0 {
		return 0, errTooMuch
	}
	c, err := l.r.ReadByte()
	if err == nil {
		l.pos++
	}
	return c, err
}

func (l *lexer) back() {
	if l.r.UnreadByte() == nil {
		l.pos--
		l.left++
	}
}

// skipTo moves forward.
func (l *lexer) skipTo(pos int64) error {
	if pos < l.pos {
		return errSyntax
	}
	n, err := io.CopyN(io.Discard, l.r, pos-l.pos)
	l.pos += n
	return err
}

func isSpace(c byte) bool {
	return c == 0 || c == '\t' || c == '\n' || c == '\f' || c == '\r' || c == ' '
}

func isDelimiter(c byte) bool {
	switch c {
	case '(', ')', '<', '>', '[', ']', '{', '}', '/', '%':
		return true
	}
	return false
}

// space moves behind white space and comments.
func (l *lexer) space() error {
	for {
		c, err := l.byte()
		if err != nil {
			return err
		}
		switch {
		case c == '%':
			for c != '\r' && c != '\n' {
				if c, err = l.byte(); err != nil {
					return err
				}
			}
		case !isSpace(c):
			l.back()
			return nil
		}
	}
}

// token returns the next token: a value that has no parts, or a keyword such as "<<".
func (l *lexer) token() (value, error) {
	if err := l.space(); err != nil {
		return nil, err
	}
	c, err := l.byte()
	if err != nil {
		return nil, err
	}
	switch c {
	case '/':
		word, err := l.word(nil)
		return name(unescape(word)), err
	case '(':
		return l.text()
	case '<', '>':
		next, err := l.byte()
		switch {
		case err != nil:
			return nil, err
		case next == c:
			return keyword([]byte{c, c}), nil
		case c == '>':
			return nil, errSyntax
		}
		l.back()
		return l.hexText()
	case '[', ']', '{', '}':
		return keyword(c), nil
	case ')':
		return nil, errSyntax
	}
	word, err := l.word([]byte{c})
	if err != nil {
		return nil, err
	}
	return number(string(word)), nil
}

// word reads regular characters up to the end of the word.
func (l *lexer) word(word []byte) ([]byte, error) {
	for {
		c, err := l.byte()
		if errors.Is(err, io.EOF) {
			return word, nil
		}
		if err != nil {
			return nil, err
		}
		if isSpace(c) || isDelimiter(c) {
			l.back()
			return word, nil
		}
		if len(word) < maxWord {
			word = append(word, c)
		}
	}
}

// number makes an integer of a word, nil of a real number, and a keyword of any other.
func number(word string) value {
	if n, err := strconv.ParseInt(word, 10, 64); err == nil {
		return n
	}
	if _, err := strconv.ParseFloat(word, 64); err == nil {
		return nil
	}
	switch word {
	case "true", "false", "null":
		return nil
	}
	return keyword(word)
}

// unescape resolves #xx in names.
func unescape(word []byte) string {
	out := make([]byte, 0, len(word))
	for i := 0; i < len(word); i++ {
		if word[i] == '#' && i+2 < len(word) {
			if c, err := strconv.ParseUint(string(word[i+1:i+3]), 16, 8); err == nil {
				out = append(out, byte(c))
				i += 2
				continue
			}
		}
		out = append(out, word[i])
	}
	return string(out)
}

// value reads a value with all its parts.
func (l *lexer) value() (value, error) {
	t, err := l.token()
	if err != nil {
		return nil, err
	}
	return l.complete(t, 0)
}

// complete reads the rest of the value that begins with a token.
func (l *lexer) complete(t value, depth int) (value, error) {
	switch t {
	case keyword("["):
		return l.list("]", depth+1)
	case keyword("<<"):
		items, err := l.list(">>", depth+1)
		if err != nil {
			return nil, err
		}
		d := dictionary{}
		for ; len(items) >= 2; items = items[2:] {
			if key, ok := items[0].(name); ok {
				d[key] = items[1]
			}
		}
		return d, nil
	}
	return t, nil
}

// list reads values up to the closing keyword. References are two numbers and an R.
func (l *lexer) list(end keyword, depth int) ([]value, error) {
	if depth > maxNesting {
		return nil, errTooMuch
	}
	items := []value{}
	for {
		t, err := l.token()
		if err != nil {
			return nil, err
		}
		if t == end {
			return items, nil
		}
		if n := len(items); t == keyword("R") && n >= 2 {
			number, ok1 := items[n-2].(int64)
			generation, ok2 := items[n-1].(int64)
			if ok1 && ok2 {
				items = append(items[:n-2], reference{number, generation})
				continue
			}
		}
		v, err := l.complete(t, depth)
		if err != nil {
			return nil, err
		}
		if len(items) < maxItems {
			items = append(items, v)
		}
	}
}
