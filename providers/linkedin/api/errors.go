package api

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// ErrorBody is an answer that refuses, in any of the forms that LinkedIn uses.
// https://learn.microsoft.com/en-us/linkedin/shared/api-guide/concepts/error-handling
type ErrorBody struct {
	Message          string `json:"message"`
	Code             string `json:"code"`
	ServiceErrorCode int    `json:"serviceErrorCode"`
	ErrorDetails     struct {
		InputErrors []InputError `json:"inputErrors"`
	} `json:"errorDetails"`

	// OAuthCode and OAuthText are what the token endpoint answers instead of all that.
	// https://www.rfc-editor.org/rfc/rfc6749#section-5.2
	OAuthCode string `json:"error"`
	OAuthText string `json:"error_description"`

	// HTML means that no API but a gateway has answered.
	HTML bool `json:"-"`
}

// InputError is what is wrong with one field of the request.
type InputError struct {
	Code        string `json:"code"`
	Description string `json:"description"`
	Input       struct {
		InputPath struct {
			FieldPath string `json:"fieldPath"`
		} `json:"inputPath"`
	} `json:"input"`
}

// ParseError reads the body of an answer outside 2xx: JSON in its forms, HTML of
// a gateway, or nothing. What cannot be read is left empty.
func ParseError(header http.Header, body []byte) ErrorBody {
	body = bytes.TrimSpace(body)
	var e ErrorBody
	if len(body) > 0 && body[0] == '{' {
		parseLenient(body, &e)
		return e
	}
	e.HTML = strings.HasPrefix(header.Get("Content-Type"), "text/html") || bytes.HasPrefix(body, []byte("<"))
	return e
}

// parseLenient reads each member by itself, so that one of an unexpected type
// does not hide the others.
func parseLenient(body []byte, e *ErrorBody) {
	var members map[string]json.RawMessage
	if json.Unmarshal(body, &members) != nil {
		return
	}
	for name, into := range map[string]any{
		"message":          &e.Message,
		"code":             &e.Code,
		"serviceErrorCode": &e.ServiceErrorCode,
		"errorDetails":     &e.ErrorDetails,

		"error":             &e.OAuthCode,
		"error_description": &e.OAuthText,
	} {
		// A member of another type leaves its field empty, as if it were missing.
		_ = json.Unmarshal(members[name], into)
	}
}

// Codes returns every code of the answer, the most telling first.
func (e ErrorBody) Codes() []string {
	var codes []string
	for _, in := range e.ErrorDetails.InputErrors {
		if in.Code != "" {
			codes = append(codes, in.Code)
		}
	}
	for _, code := range []string{e.Code, e.OAuthCode} {
		if code != "" {
			codes = append(codes, code)
		}
	}
	return codes
}

// Has tells whether the answer has one of the codes.
func (e ErrorBody) Has(codes ...string) bool {
	return slices.ContainsFunc(e.Codes(), func(own string) bool { return slices.Contains(codes, own) })
}

// Text returns what the answer says, description by description; empty when it
// says nothing.
func (e ErrorBody) Text() string {
	var parts []string
	for _, in := range e.ErrorDetails.InputErrors {
		if in.Description != "" {
			parts = append(parts, in.Description)
		}
	}
	return cmp.Or(strings.Join(parts, "; "), e.Message, e.OAuthText)
}

// FieldPath returns the path of the first field that the answer names, as in the
// body of the request.
func (e ErrorBody) FieldPath() string {
	for _, in := range e.ErrorDetails.InputErrors {
		if p := in.Input.InputPath.FieldPath; p != "" {
			return p
		}
	}
	return ""
}
