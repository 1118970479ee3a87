package api

import (
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"github.com/crier-social/crier/core"
)

const maxParts = 300

// formParts reads a multipart/form-data body part by part: fields are kept, files are
// left to the caller.
type formParts struct {
	reader   *multipart.Reader
	end      *endWatcher
	names    []string // of the fields, in their order
	values   map[string][]string
	problems core.Errors
	// onField looks at a field before it is kept, and tells what is wrong with it; nil:
	// nothing is.
	onField func(name string, value []byte) *core.Error
	// smaller is the way out of a form that is too large.
	smaller string

	count int   // of parts
	text  int64 // bytes of fields
}

// openForm begins to read a form of at most MaxUpload bytes. smaller is the way out of
// one that is larger, beside another setting of the server.
func (a *API) openForm(c *gin.Context, smaller string) (*formParts, error) {
	p := &formParts{values: map[string][]string{}, smaller: smaller}
	if err := checkBody(c, a.MaxUpload); err != nil {
		return nil, p.broken(err)
	}
	a.patient(c)
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, a.MaxUpload)
	p.end = watchEnd(c.Request)
	var err error
	if p.reader, err = c.Request.MultipartReader(); err != nil {
		return nil, invalid("Content-Type", "the multipart body cannot be read: "+printable(err.Error()))
	}
	return p, nil
}

// errFormEnd means that a form was read to its end.
var errFormEnd = errors.New("api: end of the form")

// nextFile reads on to the next part with a file name; errFormEnd after the last.
func (p *formParts) nextFile() (*multipart.Part, error) {
	for {
		part, err := p.reader.NextPart()
		// A form that is cut off gives an error that wraps it, or the very same one.
		if err == io.EOF && p.end.seen {
			return nil, errFormEnd
		}
		if err != nil {
			return nil, p.broken(err)
		}
		if p.count == maxParts {
			return nil, invalid("", fmt.Sprintf("the form has more than %d parts", maxParts))
		}
		p.count++
		if part.FileName() != "" {
			return part, nil
		}
		if err := p.readField(part.FormName(), part); err != nil {
			return nil, err
		}
	}
}

// readField reads a part without a file name.
func (p *formParts) readField(name string, part io.Reader) error {
	value, err := io.ReadAll(io.LimitReader(part, maxJSON-p.text+1))
	if err != nil {
		return p.broken(err)
	}
	p.text += int64(len(value))
	if p.text > maxJSON {
		return tooMuchText("the fields of the form", maxJSON)
	}
	if p.onField != nil {
		if problem := p.onField(name, value); problem != nil {
			p.problems = append(p.problems, problem)
			return nil
		}
	}
	if !utf8.Valid(value) || !utf8.ValidString(name) {
		return invalid(printable(name), "the field "+printable(name)+" is not valid UTF-8")
	}
	if _, there := p.values[name]; !there {
		p.names = append(p.names, name)
	}
	p.values[name] = append(p.values[name], string(value))
	return nil
}

// tooMuchText refuses a request in which what is no file is too large.
func tooMuchText(what string, limit int64) *core.Error {
	return &core.Error{
		Kind: core.KindInvalid, Code: core.CodeBodyTooLarge,
		Message: fmt.Sprintf("%s have more than %d bytes together", what, limit), Help: leaveOutText,
	}
}

// broken explains why the next of the form could not be read.
func (p *formParts) broken(err error) error {
	var (
		tooLarge *http.MaxBytesError
		known    *core.Error
	)
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &tooLarge):
		return overMaxUpload("form", p.smaller, tooLarge)
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return bodyError(err)
	}
	return invalid("", "the multipart body is malformed: "+printable(err.Error()))
}

// needsFile refuses text where a file belongs.
func needsFile(name, instead string) *core.Error {
	return invalid(name, name+" takes a file, not text (with curl: -F "+name+"=@file)"+instead)
}
