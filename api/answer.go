package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/crier-social/crier/core"
)

// contentTypeJSON is compared byte for byte by clients of this API.
const contentTypeJSON = "application/json; charset=utf-8"

// handler answers a request by returning what to write.
type handler func(c *gin.Context) answer

// answer is what a handler wants written. All answers but files go through one
// writer, so that all have the same headers.
type answer struct {
	status int
	// body is encoded as JSON, unless it is encoded already: json.RawMessage.
	body any
	// retryAfter becomes the header of that name; zero: none.
	retryAfter time.Duration
	// cause is logged with the request; it is never shown.
	cause error
	// written means that the handler has written the answer itself.
	written bool
}

// ok is an answer of status 200.
func ok(body any) answer { return answer{status: http.StatusOK, body: body} }

// handle makes a gin handler of a handler.
func (a *API) handle(h handler) gin.HandlerFunc {
	return func(c *gin.Context) { a.write(c, h(c)) }
}

// write sends the answer.
func (a *API) write(c *gin.Context, ans answer) {
	if ans.written {
		return
	}
	if hungUp(c.Request, ans.cause) {
		c.Status(statusClientGone)
		c.Writer.WriteHeaderNow()
		return
	}
	body, err := encode(ans.body)
	if err != nil {
		ans = fail("request", core.AsError(err))
		body, _ = encode(ans.body) // strings and numbers always encode
	}
	if ans.cause != nil {
		c.Set(causeKey, ans.cause)
	}
	if ans.retryAfter > 0 {
		c.Header("Retry-After", strconv.Itoa(seconds(ans.retryAfter)))
	}
	contentType := contentTypeJSON
	if ans.status >= http.StatusBadRequest && wantsProblem(c.Request) {
		body, contentType = a.problem(ans.status, body), contentTypeProblem
	}
	c.Header("Content-Type", contentType)
	allowTime(c.Writer, c.Request)
	c.Writer.WriteHeader(ans.status)
	_, _ = c.Writer.Write(body) // a client that is gone cannot be told
}

// statusClientGone is what the log and the metrics have of a request whose client hung
// up before there was an answer: nobody receives it, and nothing is wrong here. The
// number is that of nginx.
const statusClientGone = 499

// hungUp tells whether a request failed because its client is gone, and for no other
// reason.
func hungUp(r *http.Request, cause error) bool {
	return errors.Is(r.Context().Err(), context.Canceled) && errors.Is(cause, context.Canceled)
}

// encode writes v as JSON, with letters as they are: <, > and & are text here,
// not markup.
func encode(v any) ([]byte, error) {
	if raw, ok := v.(json.RawMessage); ok {
		return raw, nil
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

// seconds rounds up to whole seconds, so that nobody comes back too early.
func seconds(d time.Duration) int { return int(math.Ceil(d.Seconds())) }

// stamp writes a time as this API's clients know it: UTC, to the millisecond.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// scheduleStamp writes the time of a scheduled post; fractions are shown only
// where there are any.
func scheduleStamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.999999Z") }

// profileOf returns the profile that the request acts for.
func profileOf(c *gin.Context) core.Profile {
	p, _ := c.MustGet(profileKey).(core.Profile)
	return p
}
