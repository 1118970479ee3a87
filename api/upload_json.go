package api

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/crier-social/crier/core"
)

const (
	// maxDataPrefix is the longest beginning of a data: address, in characters.
	maxDataPrefix = 1024
	uploadBuffer  = 32 << 10 // bytes
)

// uploadBody reads the JSON object of an upload, whose file is decoded while it
// arrives: reading gives the bytes of the file, and ends when the whole object was
// read and nothing is wrong with it. Everything but the content of the file is kept,
// and held against the rules of every other request.
type uploadBody struct {
	source  *bufio.Reader
	outline bytes.Buffer // the object so far, with an empty string for the file

	depth int    // of objects and arrays that are open
	atKey bool   // the next string of the outermost object is a key
	key   string // last key of the outermost object

	decoder base64Decoder
	buffer  []byte
	ready   []byte // decoded and not yet read, in buffer
	err     error  // what follows ready

	fields *fields // once the object has ended
}

func newUploadBody(r io.Reader) *uploadBody {
	return &uploadBody{source: bufio.NewReaderSize(r, uploadBuffer), buffer: make([]byte, 0, uploadBuffer)}
}

// begin reads up to the content of the file. Without a file that is a string, the whole
// object is read.
func (b *uploadBody) begin() (found bool, err error) {
	if found, err = b.advance(); found {
		err = b.readPrefix()
	}
	return found, err
}

// Read implements io.Reader.
func (b *uploadBody) Read(p []byte) (int, error) {
	for len(b.ready) == 0 {
		if b.err != nil {
			return 0, b.err
		}
		b.err = b.fill()
	}
	n := copy(p, b.ready)
	b.ready = b.ready[n:]
	return n, nil
}

// fill decodes what has arrived of the file.
func (b *uploadBody) fill() error {
	if _, err := b.source.Peek(1); err != nil {
		return b.broken(err)
	}
	arrived, _ := b.source.Peek(b.source.Buffered()) // cannot fail: it is there
	var n int
	b.ready, n = b.decoder.run(b.buffer[:0], arrived)
	if _, err := b.source.Discard(n); err != nil || n == len(arrived) {
		return err
	}
	c, ended, err := b.character()
	if err != nil {
		return err
	}
	if !ended {
		return b.decode(c)
	}
	out, problem := b.decoder.end(b.ready)
	if b.ready = out; problem != nil {
		return problem
	}
	return b.finish()
}

// decode decodes one character of the file.
func (b *uploadBody) decode(c rune) error {
	out, problem := b.decoder.add(b.ready, c)
	if b.ready = out; problem != nil {
		return problem
	}
	return nil
}

// finish reads what follows the file. Its io.EOF means that all is well.
func (b *uploadBody) finish() error {
	b.outline.WriteByte('"')
	again, err := b.advance()
	if again {
		return mistake(&valueError{fileField, "the key file occurs twice"})
	}
	if err == nil {
		err = io.EOF
	}
	return err
}

// advance reads on until the content of the file begins, or all is read.
func (b *uploadBody) advance() (found bool, err error) {
	for {
		c, err := b.keep()
		if errors.Is(err, io.EOF) {
			b.fields, err = parseBody(b.outline.Bytes())
			return false, err
		}
		if err != nil {
			return false, err
		}
		switch c {
		case '{', '[':
			b.depth++
			b.atKey = b.depth == 1
		case '}', ']':
			b.depth--
		case ',':
			b.atKey = b.depth == 1
		case ':':
			b.atKey = b.atKey && b.depth != 1
		case '"':
			if b.depth == 1 && !b.atKey && b.key == fileField {
				b.key = ""
				return true, nil
			}
			if err := b.keepString(); err != nil {
				return false, err
			}
		}
	}
}

// keep reads a byte into the outline.
func (b *uploadBody) keep() (byte, error) {
	c, err := b.source.ReadByte()
	switch {
	case errors.Is(err, io.EOF):
		return 0, io.EOF
	case err != nil:
		return 0, bodyError(err)
	case b.outline.Len() == maxJSON:
		return 0, &core.Error{
			Kind: core.KindInvalid, Code: core.CodeBodyTooLarge,
			Message: fmt.Sprintf("the request body has more than %d bytes besides the file", maxJSON), Help: leaveOutText,
		}
	}
	b.outline.WriteByte(c)
	return c, nil
}

// keepString reads the rest of a string into the outline, and takes note of it when it
// is a key of the outermost object.
func (b *uploadBody) keepString() error {
	start := b.outline.Len() - 1
	for escaped := false; ; {
		c, err := b.keep()
		if errors.Is(err, io.EOF) {
			return nil // advance meets it again
		}
		if err != nil {
			return err
		}
		if c == '"' && !escaped {
			break
		}
		escaped = c == '\\' && !escaped
	}
	if b.depth == 1 && b.atKey {
		// What is no string after all is found out at the end.
		b.key, _ = asText(b.outline.Bytes()[start:])
	}
	return nil
}

// readPrefix reads the beginning of a data: address, if the file is one.
// https://www.rfc-editor.org/rfc/rfc2397#section-3
func (b *uploadBody) readPrefix() error {
	const scheme = "data:"
	var prefix strings.Builder
	b.ready = b.buffer[:0]
	for {
		if c, err := b.source.Peek(1); err == nil && c[0] == '"' {
			break
		}
		c, _, err := b.character()
		if err != nil {
			return err
		}
		if prefix.Len() == 0 && strings.ContainsRune(" \t\r\n", c) {
			continue
		}
		if c == ',' && prefix.Len() >= len(scheme) {
			return checkParameters(prefix.String()[len(scheme):])
		}
		prefix.WriteRune(c)
		if prefix.Len() == maxDataPrefix {
			return invalid(fileField, "file begins with data: and has no comma after the type")
		}
		if n := min(prefix.Len(), len(scheme)); !strings.EqualFold(prefix.String()[:n], scheme[:n]) {
			break
		}
	}
	if prefix.Len() >= len(scheme) {
		return invalid(fileField, "file begins with data: and has no comma after the type")
	}
	for _, c := range prefix.String() {
		if err := b.decode(c); err != nil {
			return err
		}
	}
	return nil
}

// checkParameters refuses a data: address that is not in base64, by what stands between
// "data:" and the comma. The type does not matter: the bytes tell it.
func checkParameters(parameters string) error {
	if last := parameters[strings.LastIndexByte(parameters, ';')+1:]; !strings.EqualFold(strings.TrimSpace(last), "base64") {
		return invalid(fileField, "file begins with data: and is not base64; it must begin like data:image/png;base64,")
	}
	return nil
}

// character reads one character of the file's string, or its end.
func (b *uploadBody) character() (c rune, ended bool, err error) {
	c, _, err = b.source.ReadRune()
	switch {
	case err != nil:
		return 0, false, b.broken(err)
	case c == '"':
		return 0, true, nil
	case c < ' ':
		return 0, false, invalid("", "not valid JSON: file has the control character "+strconv.QuoteRune(c)+" in it")
	case c == '\\':
		c, err = b.escape()
	}
	return c, false, err
}

// escape reads what follows a backslash.
func (b *uploadBody) escape() (rune, error) {
	text := []byte{'"', '\\'}
	for length := 3; len(text) < length; {
		c, err := b.source.ReadByte()
		if err != nil {
			return 0, b.broken(err)
		}
		if text = append(text, c); len(text) == 3 && c == 'u' {
			length = 7
		}
	}
	var s string
	if err := json.Unmarshal(append(text, '"'), &s); err != nil {
		return 0, invalid("", "not valid JSON: file has the escape "+printable(string(text[1:]))+" in it, which is none")
	}
	return []rune(s)[0], nil
}

// broken explains why the file's string goes no further.
func (b *uploadBody) broken(err error) error {
	if errors.Is(err, io.EOF) {
		return bodyError(io.ErrUnexpectedEOF)
	}
	return bodyError(err)
}
