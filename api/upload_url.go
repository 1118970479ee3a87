package api

import (
	"errors"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"github.com/crier-social/crier/core"
)

// uploadAddress is the answer to GET /media/uploadUrl.
type uploadAddress struct {
	Status      string    `json:"status"`
	ID          string    `json:"id"`
	AccessURL   string    `json:"accessUrl"`
	ContentType string    `json:"contentType"`
	UploadURL   string    `json:"uploadUrl"`
	Expires     string    `json:"expires"` // of uploadUrl
	Warnings    []warning `json:"warnings,omitempty"`
}

// shortTypes are the names that clients may write for media types.
func shortTypes() map[string]string {
	const office = "application/vnd.openxmlformats-officedocument."
	return map[string]string{
		"mp4": "video/mp4", "mov": "video/quicktime", "quicktime": "video/quicktime", "webm": "video/webm",
		"png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp",
		"pdf": "application/pdf", "doc": "application/msword", "ppt": "application/vnd.ms-powerpoint",
		"docx": office + "wordprocessingml.document", "pptx": office + "presentationml.presentation",
		"srt": "application/x-subrip",
	}
}

// uploadURL is GET /media/uploadUrl: an address that a large file can be sent to.
func (a *API) uploadURL(c *gin.Context) answer {
	q := parseQuery(c.Request.URL.RawQuery)
	name := q.text("fileName")
	switch n := utf8.RuneCountInString(name); {
	case name == "":
		q.add(invalid("fileName", "fileName is missing"))
	case !utf8.ValidString(name):
		q.add(invalid("fileName", "fileName is not valid UTF-8"))
	case n > maxFileName:
		q.add(tooLong("fileName", n, maxFileName))
	}
	contentType := q.contentType("contentType")
	if len(q.problems) > 0 {
		return fail("upload", q.problems)
	}
	u, ticket, err := a.Uploads.Reserve(c.Request.Context(), core.NewUpload{
		ProfileID: profileOf(c).ID, Name: name, MIME: contentType, Limit: a.MaxPut,
	})
	if err != nil {
		return fail("upload", err)
	}
	return ok(uploadAddress{
		Status: statusSuccess, ID: u.ID, AccessURL: a.fileURL(u.ID, u.Name), ContentType: contentType,
		UploadURL: a.PublicURL + "/media/upload/" + u.ID + "/" + url.PathEscape(ticket),
		Expires:   stamp(u.ExpiresAt), Warnings: q.ignored(),
	})
}

// contentType reads a media type, or the short name of one.
func (q *query) contentType(key string) string {
	given := strings.ToLower(q.text(key))
	if given == "" {
		return "application/octet-stream"
	}
	if t, short := shortTypes()[strings.TrimPrefix(given, ".")]; short {
		return t
	}
	t, _, err := mime.ParseMediaType(given)
	if main, sub, isType := strings.Cut(t, "/"); err != nil || !isType || main == "" || sub == "" {
		q.add(invalid(key, key+" must be a media type like video/mp4, or one of "+
			strings.Join(slices.Sorted(maps.Keys(shortTypes())), ", ")+", not "+quote(given)))
	}
	return t
}

// fillUpload is PUT /media/upload/:id/:ticket. The ticket is the right to it; no key
// is asked for. What the file is, its bytes tell, so that Content-Type does not
// matter, except for a form, which is not the file.
func (a *API) fillUpload(c *gin.Context) answer {
	if t := mediaType(c.Request); strings.HasPrefix(t, "multipart/") {
		e := contentTypeError(t, "the bytes of the file alone")
		e.Help = "Send the file itself as the body of the request, with curl: -T file."
		return fail("upload", e)
	}
	if err := checkBody(c, a.MaxPut); err != nil {
		return fail("upload", fileError(err))
	}
	a.patient(c)
	source := &partReader{r: http.MaxBytesReader(c.Writer, c.Request.Body, a.MaxPut)}
	u, err := a.Uploads.Fill(c.Request.Context(), c.Param("id"), c.Param("ticket"), c.Request.ContentLength, source)
	switch {
	case source.err != nil:
		return fail("upload", fileError(source.err))
	case err != nil:
		return uploadError("upload", withUploadHelp(err, smallerFile+raiseLimit))
	}
	return a.uploaded(u, nil)
}

// fileError explains why a body that is the file could not be read.
func fileError(err error) error {
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return overMaxUpload("file", smallerFile, tooLarge)
	}
	return bodyError(err)
}
