package api

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/crier-social/crier/core"
)

// maxJSON is how many bytes a request without files may have.
const maxJSON = 1 << 20

// mediaType returns the type of the request's body, without its parameters; ""
// when the request does not say.
func mediaType(r *http.Request) string {
	t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil && !errors.Is(err, mime.ErrInvalidMediaParameter) {
		return strings.ToLower(strings.TrimSpace(r.Header.Get("Content-Type")))
	}
	return t
}

// isJSON tells whether a body of the type is read as JSON. A client that names no
// type means it.
func isJSON(mediaType string) bool {
	return mediaType == "" || mediaType == "application/json" ||
		strings.HasPrefix(mediaType, "application/") && strings.HasSuffix(mediaType, "+json")
}

// readJSON reads the body of a request as a JSON object. A body that is left out
// is an empty object.
func readJSON(c *gin.Context) (*fields, error) {
	f, _, err := readJSONAndData(c)
	return f, err
}

// readJSONAndData is readJSON that returns the body as it came in as well.
func readJSONAndData(c *gin.Context) (*fields, []byte, error) {
	f, data, err := readBody(c)
	if err == nil {
		f.ownProfile()
	}
	return f, data, err
}

// readBody reads the body of a request as a JSON object, whichever profile it is for.
func readBody(c *gin.Context) (*fields, []byte, error) {
	if t := mediaType(c.Request); !isJSON(t) {
		return nil, nil, contentTypeError(t, "application/json")
	}
	data, err := readAll(c, maxJSON)
	if err != nil {
		return nil, nil, err
	}
	f, err := parseBody(data)
	return f, data, err
}

// withoutBOM drops the byte order mark that some programs begin a text with.
// https://www.rfc-editor.org/rfc/rfc8259#section-8.1
func withoutBOM(data []byte) []byte { return bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")) }

// parseBody reads data as the JSON object of a request.
func parseBody(data []byte) (*fields, error) {
	data = withoutBOM(data)
	if len(data) == 0 {
		return &fields{}, nil
	}
	o, err := parseObject(data)
	if err != nil {
		return nil, mistake(err)
	}
	return &fields{object: o}, nil
}

// ownProfile refuses a body that wants to act for another profile than the headers say.
func (f *fields) ownProfile() {
	for _, key := range []string{profileKeyField, profileKeysField} {
		if raw, sent := f.raw(key); sent && !blank(raw) {
			f.add(headerAlone(key))
		}
	}
}

// readAll reads the body, at most limit bytes of it.
func readAll(c *gin.Context, limit int64) ([]byte, error) {
	if err := checkBody(c, limit); err != nil {
		return nil, bodyError(err)
	}
	data, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, limit))
	return data, bodyError(err)
}

// checkBody refuses a body by its headers, before any of it is read: one that is
// longer than limit, with the error that reading it would give, or compressed.
func checkBody(c *gin.Context, limit int64) error {
	if coding := contentCoding(c.Request); coding != "" {
		c.Header("Accept-Encoding", "identity") // https://www.rfc-editor.org/rfc/rfc9110#section-12.5.3
		return &core.Error{
			Kind: core.KindInvalid, Code: core.CodeContentType, Field: "Content-Encoding",
			Message: "the body has the Content-Encoding " + quote(coding) + "; no path takes one",
			Help:    "Send the body as it is, without Content-Encoding.",
		}
	}
	if c.Request.ContentLength > limit {
		c.Header("Connection", "close") // what follows the header is the body, which nobody reads
		return &http.MaxBytesError{Limit: limit}
	}
	return nil
}

// contentCoding returns how the body is encoded beyond its type; "" when it is not.
func contentCoding(r *http.Request) string {
	for coding := range strings.SplitSeq(strings.Join(r.Header.Values("Content-Encoding"), ","), ",") {
		if coding = strings.TrimSpace(coding); coding != "" && !strings.EqualFold(coding, "identity") {
			return coding
		}
	}
	return ""
}

// bodyError explains why a body could not be read.
func bodyError(err error) error {
	if err == nil {
		return nil
	}
	if known, ok := errors.AsType[*core.Error](err); ok {
		return known
	}
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return &core.Error{
			Kind: core.KindInvalid, Code: core.CodeBodyTooLarge, Err: err,
			Message: fmt.Sprintf("the request body has more than %d bytes", tooLarge.Limit),
		}
	}
	return &core.Error{
		Kind: core.KindInvalid, Code: core.CodeParameters, Err: err,
		Message: "the request body ended before it was complete",
	}
}

func contentTypeError(got string, want ...string) *core.Error {
	e := &core.Error{
		Kind: core.KindInvalid, Code: core.CodeContentType, Field: "Content-Type",
		Message: fmt.Sprintf("the body is %s; this path takes %s", quote(got), strings.Join(want, " or ")),
	}
	if len(want) == 1 {
		e.Help = "Send `Content-Type: " + want[0] + "`." // the general one names forms as well
	}
	return e
}
