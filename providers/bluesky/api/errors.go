package api

import (
	"encoding/json"
	"strings"
	"unicode"
)

const maxQuote = 500 // characters of a stranger's own words

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

// Quotable makes a stranger's text fit for a message: one line, without marks that change how
// it is shown, not too long.
func Quotable(s string) string {
	s = strings.Map(func(c rune) rune {
		if unicode.IsControl(c) || unicode.Is(unicode.Cf, c) {
			return ' '
		}
		return c
	}, strings.ToValidUTF8(s, ""))
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > maxQuote {
		return string(r[:maxQuote]) + "…"
	}
	return s
}

// Quoted ends a message with a stranger's words, if there are any.
func Quoted(words string) string {
	if words = Quotable(words); words == "" {
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
