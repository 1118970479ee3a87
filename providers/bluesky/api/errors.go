package api

import (
	"encoding/json"

	"github.com/crier-social/crier/providers/internal/rest"
)

// ErrorBody is what a server says about a call that failed.
// https://atproto.com/specs/xrpc#error-responses
type ErrorBody struct {
	Error   string `json:"error"` // the name: "ExpiredToken"
	Message string `json:"message"`
	// Description is the message in errors of OAuth.
	Description string `json:"error_description"`
}

// ParseError reads an error; what is none is empty.
func ParseError(body []byte) ErrorBody {
	var e ErrorBody
	if json.Unmarshal(body, &e) != nil {
		return ErrorBody{}
	}
	if e.Message == "" {
		e.Message = e.Description
	}
	return e
}

// Quoted ends a message with a stranger's words, if there are any.
func Quoted(words string) string {
	if words = rest.Quotable(words); words == "" {
		return "."
	}
	return `: "` + words + `"`
}

// The names of errors that mean something to the adapter.
const (
	ErrInvalidRequest     = "InvalidRequest"
	ErrExpiredToken       = "ExpiredToken"
	ErrInvalidToken       = "InvalidToken"
	ErrAuthMissing        = "AuthMissing"
	ErrAccountTakedown    = "AccountTakedown"
	ErrAccountSuspended   = "AccountSuspended"
	ErrAccountDeactivated = "AccountDeactivated"
	ErrRecordNotFound     = "RecordNotFound"
	ErrRepoNotFound       = "RepoNotFound"
	ErrBlobNotFound       = "BlobNotFound"
	ErrInvalidMimeType    = "InvalidMimeType"
	ErrBlobTooLarge       = "BlobTooLarge"
	ErrInvalidSwap        = "InvalidSwap"
	ErrNotImplemented     = "MethodNotImplemented"
	ErrScopeMissing       = "ScopeMissingError"
)
