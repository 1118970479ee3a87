package sandbox

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"regexp"

	"github.com/crier-social/crier/providers/internal/double"
)

const (
	maxCaptionsBytes = 10 << 20 // LinkedIn does not document a limit
	maxMetadataBytes = 64 << 10
)

// captionsForm is the body of an upload of captions.
type captionsForm struct {
	metadata map[string]any
	file     double.File
}

// readCaptionsForm reads the two parts of the form, in either order. The file is the
// caller's to keep or discard.
func (s *Sandbox) readCaptionsForm(c *call) (captionsForm, *problem) {
	kind, params, err := mime.ParseMediaType(c.http.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" || params["boundary"] == "" {
		return captionsForm{}, unsupportedType("multipart/form-data")
	}
	var form captionsForm
	reader := multipart.NewReader(http.MaxBytesReader(nil, c.http.Body, maxCaptionsBytes+2*maxMetadataBytes), params["boundary"])
	bad := s.readCaptionsParts(c, reader, &form)
	if bad == nil && form.metadata == nil {
		bad = missingField("metadata")
	}
	if bad == nil && form.file.Path == "" {
		bad = missingField("file")
	}
	if bad != nil {
		if form.file.Path != "" {
			form.file.Discard()
		}
		return captionsForm{}, bad
	}
	return form, nil
}

func (s *Sandbox) readCaptionsParts(c *call, reader *multipart.Reader, form *captionsForm) *problem {
	for {
		part, err := reader.NextRawPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return illegalArgument("The form could not be parsed")
		}
		var bad *problem
		switch name := part.FormName(); {
		case name == "metadata" && form.metadata == nil:
			form.metadata, bad = readCaptionsMetadata(part)
		case name == "file" && form.file.Path == "":
			form.file, bad = s.stage(c, part, maxCaptionsBytes)
		default:
			bad = illegalArgument("Part %s of the form is not expected", show(name))
		}
		if bad != nil {
			return bad
		}
	}
}

// readCaptionsMetadata decodes what is said about the captions. LinkedIn documents
// the values by an example alone; other locales are taken when they look like one.
func readCaptionsMetadata(part *multipart.Part) (map[string]any, *problem) {
	if header := part.Header.Get("Content-Type"); header != "" {
		if kind, _, err := mime.ParseMediaType(header); err != nil || kind != "application/json" {
			return nil, unsupportedType("application/json for metadata")
		}
	}
	raw, err := io.ReadAll(io.LimitReader(part, maxMetadataBytes+1))
	if err != nil || len(raw) > maxMetadataBytes {
		return nil, illegalArgument("metadata could not be read")
	}
	v, bad := decodeObject(raw, captionsSchema())
	if bad != nil {
		return nil, bad
	}
	locale := mapIn(v, "locale")
	if language := stringIn(locale, "language"); !localeCode.MatchString(language) {
		return nil, valueForField("language", show(language))
	}
	if country, present := locale["country"].(string); present && !localeCode.MatchString(country) {
		return nil, valueForField("country", show(country))
	}
	return v, nil
}

var localeCode = regexp.MustCompile(`^[A-Za-z]{2,3}$`)
