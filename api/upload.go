package api

import (
	"errors"
	"io"
	"mime/multipart"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/crier-social/crier/core"
)

const (
	// maxJSONFile is the largest file that is taken in a JSON body, and maxJSONUpload
	// the largest body that may hold one: base64 adds a third, line breaks some more.
	maxJSONFile   = 30 << 20
	maxJSONUpload = 48 << 20

	maxFileName    = 255  // characters
	maxDescription = 4096 // characters
)

// uploadSource is a file on its way here, with what the client says about it before or
// after its bytes. It ends when all of the request was read and nothing is wrong
// with it.
type uploadSource struct {
	file   io.Reader
	broken func(error) error       // explains why the file could not be read
	rest   func() (*fields, error) // reads what follows the file
	form   string                  // what the form calls the file
	limit  int64                   // bytes of the file

	name        string // from here on, known at the end
	description string
	warnings    []warning
	err         error // why the request cannot be carried out
}

// Read implements io.Reader.
func (s *uploadSource) Read(p []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	n, err := s.file.Read(p)
	switch {
	case err == nil:
		return n, nil
	case err != io.EOF: // what wraps it is a file that is cut off
		s.err = s.broken(err)
	default:
		if s.err = s.finish(); s.err == nil {
			return n, io.EOF
		}
	}
	return n, s.err
}

// finish reads what follows the file.
func (s *uploadSource) finish() error {
	f, err := s.rest()
	if err != nil {
		return err
	}
	return s.describe(f)
}

// describe reads what the client says about the file.
func (s *uploadSource) describe(f *fields) error {
	_, _ = f.raw(fileField)
	s.name, s.description = f.text("fileName"), f.text("description")
	for _, text := range []struct {
		field, value string
		most         int
	}{{"fileName", s.name, maxFileName}, {"description", s.description, maxDescription}} {
		f.checkLength(text.field, text.value, text.most)
	}
	f.ownProfile()
	s.warnings = f.ignored()
	if s.name == "" {
		s.name = s.form
	}
	return f.problems.OrNil()
}

// upload is POST /media/upload.
func (a *API) upload(c *gin.Context) answer {
	help := a.uploadHelp(mediaType(c.Request))
	source, err := a.openUpload(c)
	if err != nil {
		return fail("upload", withUploadHelp(err, help))
	}
	u, err := a.Uploads.Save(c.Request.Context(), core.NewUpload{
		ProfileID: profileOf(c).ID, Name: source.form, Limit: source.limit,
		Late: func() (string, string) { return source.name, source.description },
	}, source)
	switch {
	case source.err != nil:
		return fail("upload", withUploadHelp(source.err, help))
	case err != nil:
		return fail("upload", withUploadHelp(atField(err, fileField), help))
	}
	return a.uploaded(u, source.warnings)
}

// openUpload reads the request up to the first byte of the file.
func (a *API) openUpload(c *gin.Context) (*uploadSource, error) {
	t := mediaType(c.Request)
	switch {
	case t == "multipart/form-data":
		return a.openUploadForm(c)
	case isJSON(t):
		return a.openUploadJSON(c)
	}
	return nil, contentTypeError(t, "multipart/form-data", "application/json")
}

func (a *API) openUploadJSON(c *gin.Context) (*uploadSource, error) {
	if err := checkBody(c, maxJSONUpload); err != nil {
		return nil, bodyError(err)
	}
	a.patient(c)
	body := newUploadBody(http.MaxBytesReader(c.Writer, c.Request.Body, maxJSONUpload))
	found, err := body.begin()
	if err != nil {
		return nil, err
	}
	s := &uploadSource{
		file: body, broken: bodyError, rest: func() (*fields, error) { return body.fields, nil },
		form: fileField, limit: min(maxJSONFile, a.MaxUpload),
	}
	if !found {
		return nil, s.withoutFile(body.fields)
	}
	return s, nil
}

func (a *API) openUploadForm(c *gin.Context) (*uploadSource, error) {
	parts, err := a.openForm(c, smallerFile)
	if err != nil {
		return nil, err
	}
	parts.onField = func(name string, _ []byte) *core.Error {
		if name == fileField {
			return needsFile(name, "; a body in JSON may have the file in base64")
		}
		return nil
	}
	part, err := nextUpload(parts)
	s := &uploadSource{broken: parts.broken, limit: a.MaxUpload}
	if errors.Is(err, errFormEnd) {
		return nil, s.withoutFile(parts.textFields())
	}
	if err != nil {
		return nil, err
	}
	s.file, s.form = part, part.FileName()
	s.rest = func() (*fields, error) {
		if _, err := nextUpload(parts); !errors.Is(err, errFormEnd) {
			if err == nil {
				err = invalid(fileField, "file takes one file; the form has several")
			}
			return nil, err
		}
		return parts.textFields(), nil
	}
	return s, nil
}

// nextUpload reads on to the next part that holds the file, and notes what files are
// in other fields.
func nextUpload(parts *formParts) (*multipart.Part, error) {
	for {
		part, err := parts.nextFile()
		if err != nil || part.FormName() == fileField {
			return part, err
		}
		parts.problems = append(parts.problems, invalid(printable(part.FormName()),
			"the file is taken in the field file, not in "+quote(part.FormName())))
	}
}

// textFields returns the fields of a form as the members of an object, all of them
// strings.
func (p *formParts) textFields() *fields {
	f := &fields{problems: p.problems}
	for _, name := range p.names {
		if len(p.values[name]) > 1 {
			f.add(invalid(printable(name), "the field "+printable(name)+" occurs twice"))
		}
		text, _ := encode(p.values[name][0]) // a string always encodes
		f.set(name, text)
	}
	return f
}

// withoutFile tells what is wrong with a request that brought no file.
func (s *uploadSource) withoutFile(f *fields) error {
	raw, sent := f.raw(fileField)
	switch {
	case f.unreadable(fileField):
	case sent:
		f.add(invalid(fileField, "file must be a string, not "+describe(raw)))
	default:
		f.add(invalid(fileField, "file is missing: send it in base64, or as a part of a form"))
	}
	return s.describe(f)
}

// The ways out of a file that is too large.
const (
	smallerFile  = "Make the file smaller"
	raiseLimit   = ", or ask the operator to raise CRIER_MAX_UPLOAD."
	notAsJSON    = "Send a large file as multipart/form-data, or to an address of GET /media/uploadUrl."
	leaveOutText = "Leave out what is not needed."
)

// overMaxUpload refuses a form or a file that is larger than the setting of the server
// allows. smaller is the way out beside another setting.
func overMaxUpload(what, smaller string, tooLarge *http.MaxBytesError) *core.Error {
	return &core.Error{
		Kind: core.KindInvalid, Code: core.CodeBodyTooLarge, Err: tooLarge,
		Message: "the " + what + " is larger than the " + core.FormatBytes(tooLarge.Limit) + " that may be uploaded at once",
		Help:    smaller + raiseLimit,
	}
}

// uploadHelp is the way out of a file that is too large for a body of the type.
func (a *API) uploadHelp(mediaType string) string {
	if isJSON(mediaType) && a.MaxUpload > maxJSONFile {
		return notAsJSON
	}
	return smallerFile + raiseLimit
}

// withUploadHelp tells how a file that is too large can be sent after all.
func withUploadHelp(err error, help string) error {
	var e *core.Error
	if !errors.As(err, &e) || e.Help != "" || core.CodeOf(e) != core.CodeBodyTooLarge && core.CodeOf(e) != core.CodeMediaTooLarge {
		return err
	}
	c := *e
	c.Help = help
	return &c
}
