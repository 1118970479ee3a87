package pdf

import (
	"bytes"
	"encoding/hex"
)

// characters collects a text, up to one that is too long to be kept.
type characters []byte

func (t *characters) add(c byte) {
	if len(*t) <= maxText {
		*t = append(*t, c)
	}
}

// value returns the text, or nil for a long one.
func (t characters) value() value {
	if len(t) > maxText {
		return nil
	}
	return text(t)
}

// text reads the rest of a text in parentheses, which may hold others (ISO 32000-2,
// 7.3.4.2).
func (l *lexer) text() (value, error) {
	var out characters
	for depth := 1; ; {
		c, err := l.byte()
		if err != nil {
			return nil, err
		}
		switch c {
		case '\\':
			if err := l.escaped(&out); err != nil {
				return nil, err
			}
			continue
		case '\r': // each end of a line counts as a line feed
			c = '\n'
			if err := l.skip('\n'); err != nil {
				return nil, err
			}
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return out.value(), nil
			}
		}
		out.add(c)
	}
}

// escaped reads what a backslash stands before.
func (l *lexer) escaped(out *characters) error {
	c, err := l.byte()
	if err != nil {
		return err
	}
	switch {
	case c == '\n': // the text goes on in the next line
		return nil
	case c == '\r':
		return l.skip('\n')
	case isOctal(c):
		return l.octal(c, out)
	}
	const letters, meant = "nrtbf", "\n\r\t\b\f"
	if i := bytes.IndexByte([]byte(letters), c); i >= 0 {
		c = meant[i]
	}
	out.add(c)
	return nil
}

func isOctal(c byte) bool { return c >= '0' && c <= '7' }

// octal reads a number of up to three digits, the first of which is c.
func (l *lexer) octal(c byte, out *characters) error {
	const digits, bitsEach = 3, 3
	n := c - '0'
	for range digits - 1 {
		c, err := l.byte()
		if err != nil {
			return err
		}
		if !isOctal(c) {
			l.back()
			break
		}
		n = n<<bitsEach + c - '0'
	}
	out.add(n)
	return nil
}

// skip moves behind a character, if it is the next one.
func (l *lexer) skip(wanted byte) error {
	c, err := l.byte()
	if err == nil && c != wanted {
		l.back()
	}
	return err
}

// hexText reads the rest of a text in angle brackets; a digit that lacks its second
// one has 0 behind it.
func (l *lexer) hexText() (value, error) {
	var digits []byte
	for {
		c, err := l.byte()
		if err != nil {
			return nil, err
		}
		if c == '>' {
			break
		}
		if !isSpace(c) && len(digits) <= 2*maxText {
			digits = append(digits, c)
		}
	}
	if len(digits) > 2*maxText {
		return nil, nil //nolint:nilnil // as null is
	}
	if len(digits)%2 == 1 {
		digits = append(digits, '0')
	}
	b, err := hex.DecodeString(string(digits))
	if err != nil {
		return nil, nil //nolint:nilnil,nilerr // no text, but the document goes on behind it
	}
	return text(b), nil
}
