package api

import (
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
	if t := mediaType(c.Request); !isJSON(t) {
		return nil, contentTypeError(t, "application/json")
	}
	data, err := readAll(c, maxJSON)
	if err != nil {
		return nil, err
	}
	f, err := parseBody(data)
	if err == nil {
		f.ownProfile()
	}
	return f, err
}

// parseBody reads data as the JSON object of a request.
func parseBody(data []byte) (*fields, error) {
	if len(data) == 0 {
		return &fields{}, nil
	}
	o, err := parseObject(data)
	if err != nil {
		return nil, mistake(err)
	}
	return &fields{object: o}, nil
}

// ownProfile refuses a body that wants to act for another profile than the key's.
func (f *fields) ownProfile() {
	for _, key := range []string{"profileKey", "profileKeys"} {
		if raw, sent := f.raw(key); sent && !blank(raw) {
			f.add(noUserProfiles(key))
		}
	}
}

// readAll reads the body, at most limit bytes of it.
func readAll(c *gin.Context, limit int64) ([]byte, error) {
	data, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, limit))
	return data, bodyError(err)
}

// bodyError explains why a body could not be read.
func bodyError(err error) error {
	if err == nil {
		return nil
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
	return &core.Error{
		Kind: core.KindInvalid, Code: core.CodeContentType, Field: "Content-Type",
		Message: fmt.Sprintf("the body is %s; this path takes %s", quote(got), strings.Join(want, " or ")),
	}
}
