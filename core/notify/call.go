package notify

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/crier-social/crier/core/store"
)

const (
	// keptAnswer is how many bytes of an answer the log keeps.
	keptAnswer = 1 << 10
	userAgent  = "Crier"
)

// reply is what came of a webhook call.
type reply struct {
	status int           // 0: there was no answer
	answer string        // the beginning of its body
	wait   time.Duration // that it asked for
	// failure tells in plain words why the call was no success; empty: it was one.
	failure string
	// passing tells that a later call may succeed.
	passing bool
}

// request is a webhook call that is ready to be made.
type request struct {
	*http.Request
	relinkURL string // the secret in its body
}

// prepare makes the call of a message to a webhook, or tells why it cannot be made.
func (n *Notifier) prepare(ctx context.Context, w store.Webhook, m store.Message) (request, reply, error) {
	body, relinkURL, err := n.callBody(ctx, m, w.URL)
	if err != nil {
		return request{}, reply{}, err
	}
	secrets, err := n.secrets(w)
	if err != nil { // a call without a signature would look forged
		n.log.ErrorContext(ctx, "a webhook call cannot be signed", "message", m.ID, "error", err)
		return request{}, reply{failure: "the secret of this webhook cannot be decrypted any more; set it anew with POST /hook/webhook/secret", passing: true}, nil
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL, bytes.NewReader(body))
	if err != nil {
		return request{}, reply{failure: "the address is malformed"}, nil //nolint:nilerr // it is the webhook's failure
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("User-Agent", userAgent)
	req.Header.Set(headerDeliveryID, m.ID)
	err = sign(req.Header, m.ID, n.clock.Now(), body, secrets)
	return request{req, relinkURL}, reply{}, err
}

// call makes a call that is the message's with this number.
func (n *Notifier) call(req request, id string, number int) reply {
	req.Header.Set(headerAttempt, strconv.Itoa(number))
	resp, err := n.client.Do(req.Request)
	if err != nil {
		words, passing := explain("endpoint", err, n.timeout)
		n.log.DebugContext(req.Context(), "a webhook call got no answer", "message", id, "host", req.URL.Host, "error", cause(err))
		return reply{failure: words, passing: passing}
	}
	defer func() { _ = resp.Body.Close() }()
	r := n.read(resp)
	r.answer = mask(r.answer, req.relinkURL)
	return r
}

// cause is an error of a call without the address, whose path and query may be secrets.
func cause(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}

// read judges an answer. Its body matters to the log alone: one that breaks off is kept as
// far as it came.
func (n *Notifier) read(resp *http.Response) reply {
	start, _ := io.ReadAll(io.LimitReader(resp.Body, keptAnswer))
	r := reply{status: resp.StatusCode, answer: printable(start)}
	const success, redirect, serverError = 2, 3, 5
	switch class := resp.StatusCode / 100; class {
	case success:
		return r
	case redirect:
		r.failure = "the endpoint redirects (" + strconv.Itoa(r.status) + "), which is not followed: register the address that it leads to"
	default:
		r.failure = "the endpoint answered " + strings.TrimSpace(strconv.Itoa(r.status)+" "+http.StatusText(r.status))
		r.passing = class == serverError || passingStatus(r.status)
		r.wait = retryAfter(resp.Header.Get("Retry-After"), n.clock.Now())
	}
	return r
}

// passingStatus tells which answers of a client's error may be others later.
func passingStatus(status int) bool {
	return status == http.StatusRequestTimeout || status == http.StatusTooEarly || status == http.StatusTooManyRequests
}

// retryAfter reads the header of that name: seconds, or a time.
// https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
func retryAfter(header string, now time.Time) time.Duration {
	header = strings.TrimSpace(header)
	if s, err := strconv.ParseUint(header, 10, 31); err == nil {
		return time.Duration(s) * time.Second
	}
	if at, err := http.ParseTime(header); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}

// printable makes a stranger's text fit to be shown: valid, without control characters but
// line breaks.
func printable(text []byte) string {
	clean := strings.Map(func(r rune) rune {
		if r == '\n' || unicode.IsPrint(r) {
			return r
		}
		if r == '\r' {
			return -1
		}
		if r == '\t' {
			return ' '
		}
		return unicode.ReplacementChar
	}, strings.ToValidUTF8(string(text), string(unicode.ReplacementChar)))
	return strings.TrimSpace(clean)
}

// mask hides the end of an address, which is its secret, in an answer that repeats it: the
// log is kept in the open. The answer may have been cut off within it.
func mask(answer, address string) string {
	const telling = 12 // characters: fewer of them are nothing but a beginning
	secret := address[strings.LastIndexByte(address, '/')+1:]
	if len(secret) < telling {
		return answer
	}
	answer = strings.ReplaceAll(answer, secret, "***")
	for n := len(secret) - 1; n >= telling; n-- {
		if rest, cut := strings.CutSuffix(answer, secret[:n]); cut {
			return rest + "***"
		}
	}
	return answer
}

// tryOf is a call as the log has it; number 0: it was not begun.
func tryOf(number int, at time.Time, took time.Duration, address string, r reply) store.Try {
	return store.Try{Number: number, At: at, Took: took, URL: address, Status: r.status, Answer: r.answer, Error: r.failure}
}
