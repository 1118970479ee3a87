package api

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

// statusError is the status of every entry and answer that reports an error.
const statusError = "error"

// errorEntry is an error as clients of this API know it, with the path of the
// field, what the network said, and the way out.
type errorEntry struct {
	Action    string    `json:"action"`
	Status    string    `json:"status"`
	Code      core.Code `json:"code"`
	Message   string    `json:"message"`
	Platform  string    `json:"platform,omitempty"`
	AccountID string    `json:"accountId,omitempty"`
	Field     string    `json:"field,omitempty"`
	Help      string    `json:"help,omitempty"`
	Upstream  *upstream `json:"upstream,omitempty"`
	// RemoteID is the network's id of the post that the error names.
	RemoteID string `json:"remoteId,omitempty"`
	// VerifyCheck tells that the error was found before anything was sent.
	VerifyCheck    bool           `json:"verifyCheck,omitempty"`
	RetryAvailable bool           `json:"retryAvailable,omitempty"`
	Warnings       []core.Warning `json:"warnings,omitempty"`
}

// upstream is what a network answered.
type upstream struct {
	Status    int    `json:"status,omitempty"`
	Code      string `json:"code,omitempty"`
	RequestID string `json:"requestId,omitempty"`
}

// failure is the answer to a request that failed as a whole: the first error
// flat, as published clients read it, and all of them when there are several.
type failure struct {
	errorEntry
	Errors []errorEntry `json:"errors,omitempty"`
}

// entryOf shows an error of an action ("post", "delete", "request").
func entryOf(action string, e *core.Error) errorEntry {
	entry := errorEntry{
		Action: action, Status: statusError, Code: core.CodeOf(e), Message: e.Message,
		Platform: e.Platform, Field: e.Field, Help: helpOf(action, e), RemoteID: e.RemoteID,
	}
	if e.Status != 0 || e.Upstream != "" || e.RequestID != "" {
		entry.Upstream = &upstream{Status: e.Status, Code: e.Upstream, RequestID: e.RequestID}
	}
	return entry
}

func entriesOf(action string, list core.Errors) []errorEntry {
	entries := make([]errorEntry, len(list))
	for i, e := range list {
		entries[i] = entryOf(action, e)
	}
	return entries
}

// fail answers with the errors within err.
func fail(action string, err error) answer {
	list := visible(err)
	body := failure{errorEntry: entryOf(action, list[0])}
	if len(list) > 1 {
		body.Errors = entriesOf(action, list)
	}
	return answer{status: statusOf(list), body: body, retryAfter: retryAfter(list), cause: err}
}

// failWith is fail with a status of its own, where the path and not the error
// decides: an id in a path that does not exist is 404, the same id in a body 400.
func failWith(status int, action string, err error) answer {
	ans := fail(action, err)
	if ans.status < http.StatusInternalServerError {
		ans.status = status
	}
	return ans
}

// visible returns the errors to show for err. What no layer below explained is
// the store's: see the contract of package store.
func visible(err error) core.Errors {
	_, known := errors.AsType[*core.Error](err)
	switch {
	case known:
		return core.AsErrors(err)
	case errors.Is(err, store.ErrNotFound):
		return core.Errors{{
			Kind: core.KindNotFound, Code: core.CodeHistoryNotFound,
			Message: "this profile has no post with this id", Err: err,
		}}
	case errors.Is(err, store.ErrUnderWay):
		return core.Errors{{
			Kind: core.KindTemporary, Code: core.CodeKeyInProgress, RetryAfter: time.Second, Err: err,
			Message: "another request with the same key, time or content is being stored at this moment; nothing of this one is",
		}}
	default:
		return core.Errors{storeFailed(err)}
	}
}

// storeFailed is the error of a request that the store kept from being answered.
func storeFailed(err error) *core.Error {
	e := &core.Error{
		Kind: core.KindTemporary, Code: core.CodeStoreUnavailable,
		Message: "the database does not answer", RetryAfter: time.Second, Err: err,
	}
	if trouble, known := store.TroubleOf(err); known {
		e.Message = "the server's database cannot be used: " + trouble.Reason
		e.Help = trouble.Help + " " + core.HelpOf(e)
		e.RetryAfter = trouble.Pause
	}
	return e
}

// statusOf is the HTTP status of an answer that consists of these errors: the
// one they agree on, or 400.
func statusOf(list core.Errors) int {
	status := core.CodeOf(list[0]).Info().Status
	for _, e := range list[1:] {
		if core.CodeOf(e).Info().Status != status {
			return http.StatusBadRequest
		}
	}
	return status
}

// retryAfter is the longest wait that any of the errors asks for.
func retryAfter(list core.Errors) time.Duration {
	var longest time.Duration
	for _, e := range list {
		longest = max(longest, e.RetryAfter)
	}
	return longest
}

// invalid is an error of a field of the request.
func invalid(field, message string) *core.Error {
	return &core.Error{Kind: core.KindInvalid, Code: core.CodeParameters, Field: field, Message: message}
}

// tooLong is an error of a text with more characters than are allowed.
func tooLong(field string, length, most int) *core.Error {
	return invalid(field, fmt.Sprintf("%s has %d characters; at most %d are allowed", field, length, most))
}

// unsupported is an error of a field that asks for what this version cannot do.
func unsupported(field, message string) *core.Error {
	return &core.Error{Kind: core.KindUnsupported, Code: core.CodeUnsupported, Field: field, Message: message}
}

// printable makes a client's text fit for a message: one line, no control
// characters, not endless.
func printable(s string) string {
	const longest = 120 // runes
	clean := strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return unicode.ReplacementChar
		}
		return r
	}, s)
	if runes := []rune(clean); len(runes) > longest {
		return string(runes[:longest]) + "…"
	}
	return clean
}
