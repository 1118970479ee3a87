package api

import (
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/crier-social/crier/core"
)

// maxFileAge bounds how long others keep a copy of an uploaded file: it should not
// outlive a deletion by much.
const maxFileAge = 24 * time.Hour

// mediaFile is GET /media/file/:id: the content of an upload, for whoever has its
// address.
func (a *API) mediaFile(c *gin.Context) answer {
	u, content, err := a.Uploads.Open(c.Request.Context(), c.Param("id"))
	if err != nil {
		return uploadError("media", err)
	}
	defer func() { _ = content.Close() }() // it was only read
	h := c.Writer.Header()
	describeFile(h, u)
	age := maxFileAge
	if !u.ExpiresAt.IsZero() {
		age = min(age, u.ExpiresAt.Sub(a.Clock.Now()))
	}
	h.Set("Cache-Control", fmt.Sprintf("public, max-age=%d", int(age.Seconds())))
	w := &contentWriter{ResponseWriter: c.Writer, request: c.Request}
	http.ServeContent(w, c.Request, "", u.CreatedAt, content)
	if w.refused == 0 {
		return answer{written: true}
	}
	for _, name := range []string{"Cache-Control", "Content-Disposition", "ETag", "Last-Modified"} {
		h.Del(name)
	}
	h.Set("Cache-Control", "no-store")
	return w.refusal("media", "the file")
}

// describeFile sets the headers of an upload's content. Strangers wrote it, and it
// comes from the address of the API: no browser may run any of it here.
func describeFile(h http.Header, u core.Upload) {
	contentType, disposition := "application/octet-stream", "attachment"
	switch {
	case shownSafely(u.MIME):
		contentType, disposition = u.MIME, "inline"
	case namedSafely(u.MIME):
		contentType = u.MIME
	}
	if named := mime.FormatMediaType(disposition, map[string]string{"filename": u.Name}); named != "" {
		disposition = named
	}
	h.Set("Content-Type", contentType)
	h.Set("Content-Disposition", disposition)
	h.Set("ETag", `"`+u.ID+`"`) // the content of an upload never changes
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
}

// shownSafely tells whether browsers show files of a type without running anything in
// them.
func shownSafely(mimeType string) bool {
	return slices.Contains([]string{"image/jpeg", "image/png", "image/gif", "image/webp", "image/avif", "image/bmp"}, mimeType) ||
		slices.Contains([]string{"video/mp4", "video/quicktime", "video/webm"}, mimeType)
}

// namedSafely tells whether a file may be called what it is when it is only offered for
// saving.
func namedSafely(mimeType string) bool {
	const office = "application/vnd.openxmlformats-officedocument."
	return slices.Contains([]string{
		"application/pdf", "application/msword", "application/vnd.ms-powerpoint", "application/x-subrip",
		office + "wordprocessingml.document", office + "presentationml.presentation",
	}, mimeType)
}

// contentWriter passes content on and keeps errors back, which http.ServeContent would
// write as plain text.
type contentWriter struct {
	http.ResponseWriter
	request *http.Request
	refused int // status of the error; 0: none
}

func (w *contentWriter) WriteHeader(status int) {
	if status >= http.StatusBadRequest {
		w.refused = status
		return
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write gives a client that is slow the time that it needs, as long as it reads.
func (w *contentWriter) Write(b []byte) (int, error) {
	if w.refused != 0 {
		return len(b), nil
	}
	allowTime(w.ResponseWriter, w.request)
	return w.ResponseWriter.Write(b)
}

// refusal answers for headers that ask for what the content is not.
func (w *contentWriter) refusal(action, what string) answer {
	if w.refused >= http.StatusInternalServerError {
		return fail(action, fmt.Errorf("reading %s failed", strings.TrimPrefix(what, "the ")))
	}
	return failWith(w.refused, action, invalid("",
		what+" has no part or state that the headers of the request ask for; send it without Range and If-Match"))
}
