package api

import (
	"errors"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/crier-social/crier/core"
)

// patientBody reads a request's body however long it takes, as long as bytes keep
// arriving: the server's own limit, which covers the whole request, is replaced by
// one on the pauses.
type patientBody struct {
	io.ReadCloser
	conn  *http.ResponseController
	pause time.Duration
}

// patient lets the body of a request take its time.
func (a *API) patient(c *gin.Context) {
	c.Request.Body = &patientBody{c.Request.Body, http.NewResponseController(c.Writer), a.UploadPause}
}

// Read reads what arrives next. Deadlines are the operating system's, so they go by
// the real time; a connection that takes none is never given up.
func (b *patientBody) Read(p []byte) (int, error) {
	_ = b.conn.SetReadDeadline(time.Now().Add(b.pause))
	n, err := b.ReadCloser.Read(p)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		err = &core.Error{
			Kind: core.KindInvalid, Code: core.CodeParameters, Err: err,
			Message: "the request body broke off: nothing arrived for " + b.pause.String(),
		}
	case err != nil:
		// The server goes on reading, to see a client hang up. That must not count as a
		// pause.
		_ = b.conn.SetReadDeadline(time.Time{})
	}
	return n, err
}
