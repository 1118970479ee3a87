package api

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/crier-social/crier/api/internal/requestid"
	"github.com/crier-social/crier/core"
)

// Keys of values that travel with a request.
const (
	causeKey   = "crier.cause"   // error behind the answer, for the log
	profileKey = "crier.profile" // core.Profile
	postKey    = "crier.post"    // id of the post that the request concerns
)

// decodePath decodes the parts of the path that are not fixed. What cannot be decoded has been
// refused before, by the server.
func decodePath(c *gin.Context) {
	if c.Request.URL.RawPath == "" {
		return // the path has nothing that the router did not see decoded
	}
	for i, p := range c.Params {
		if value, err := url.PathUnescape(p.Value); err == nil {
			c.Params[i].Value = value
		}
	}
}

// observe gives the request its id, and logs and measures it when it has ended.
func (a *API) observe(c *gin.Context) {
	start := a.Clock.Now()
	id := requestid.Choose(c.GetHeader(requestid.Header), start)
	c.Header(requestid.Header, id)
	c.Request = c.Request.WithContext(core.WithRequestID(c.Request.Context(), id))

	c.Next()

	took := a.Clock.Now().Sub(start)
	route := strings.TrimPrefix(c.FullPath(), "/api")
	attrs := append(
		caller(c), "method", c.Request.Method, "route", route, "status", c.Writer.Status(),
		"bytes", c.Writer.Size(), "duration", took,
	)
	if id := c.GetString(postKey); id != "" {
		attrs = append(attrs, "post", id)
	}
	level := slog.LevelInfo
	if c.Writer.Status() >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	a.Log.Log(c.Request.Context(), level, "request answered", append(attrs, causeOf(c)...)...)
	if a.Observe != nil {
		a.Observe(route, c.Request.Method, c.Writer.Status(), took)
	}
}

// concerns notes for the log which post the request is about. The id must be that of
// a post that is there: anything else could be a secret in the wrong place.
func concerns(c *gin.Context, postID string) { c.Set(postKey, postID) }

// causeOf returns what the log gets of the error behind an answer. A message about
// a wrong request may quote it, and what a client puts in the wrong place may be a
// secret: of such an error the log has number and field alone.
func causeOf(c *gin.Context) []any {
	cause, failed := c.Get(causeKey)
	err, _ := cause.(error)
	if !failed || err == nil {
		return nil
	}
	if c.Writer.Status() >= http.StatusInternalServerError {
		return []any{"error", err}
	}
	first := visible(err)[0]
	return []any{"code", core.CodeOf(first), "field", first.Field}
}

// secure sets the headers that keep browsers from doing more with an answer than
// reading it.
func (a *API) secure(c *gin.Context) {
	h := c.Writer.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	c.Next()
}

// recover answers for a handler that panicked, and logs where.
func (a *API) recover(c *gin.Context) {
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
			panic(v)
		}
		a.logOf(c).ErrorContext(c.Request.Context(), "handler panicked", "panic", v, "stack", string(debug.Stack()))
		if c.Writer.Written() {
			panic(http.ErrAbortHandler) // half an answer must not look whole
		}
		c.Abort()
		a.write(c, fail("request", &core.Error{
			Kind: core.KindInternal, Message: "an internal error occurred", Err: fmt.Errorf("panic: %v", v),
		}))
	}()
	c.Next()
}

// logOf returns the log for lines beside the one that every request has.
func (a *API) logOf(c *gin.Context) *slog.Logger {
	return a.Log.With(caller(c)...)
}

// caller returns what every line of the log has of a request: its id, and the profile
// once that is known.
func caller(c *gin.Context) []any {
	attrs := []any{"request", core.RequestID(c.Request.Context())}
	if p, ok := c.Get(profileKey); ok {
		attrs = append(attrs, "profile", p.(core.Profile).ID) //nolint:forcetypeassert // authenticate alone sets it
	}
	return attrs
}
