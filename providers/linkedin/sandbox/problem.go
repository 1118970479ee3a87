package sandbox

import (
	"fmt"
	"net/http"
	"strings"
)

// problem is an error as LinkedIn writes it. Which of the two envelopes appears
// depends on what is set: the old one has a serviceErrorCode, the new one
// errorDetails; a code is common to both.
type problem struct {
	DetailType  string        `json:"errorDetailType,omitempty"`
	Message     string        `json:"message"`
	Details     *errorDetails `json:"errorDetails,omitempty"`
	ServiceCode int           `json:"serviceErrorCode,omitempty"`
	Code        string        `json:"code,omitempty"`
	Status      int           `json:"status"`
}

type errorDetails struct {
	InputErrors []inputError `json:"inputErrors"`
}

type inputError struct {
	Description string    `json:"description"`
	Input       inputSpec `json:"input"`
	Code        string    `json:"code"`
}

type inputSpec struct {
	Path *inputPath `json:"inputPath,omitempty"`
}

type inputPath struct {
	Field string `json:"fieldPath"`
}

const badRequestType = "com.linkedin.common.error.BadRequest"

// invalidField is a 400 of the Posts API about one field of the body.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-api
func invalidField(code, field, format string, args ...any) *problem {
	message := fmt.Sprintf(format, args...)
	return &problem{
		Status: http.StatusBadRequest, Code: code, Message: message,
		DetailType: badRequestType,
		Details: &errorDetails{InputErrors: []inputError{{
			Code: code, Description: message, Input: inputSpec{Path: &inputPath{Field: field}},
		}}},
	}
}

func missingField(field string) *problem {
	return invalidField("MISSING_FIELD", field, "%s is required but missing", field)
}

func valueForField(field, value string) *problem {
	return invalidField("INVALID_VALUE_FOR_FIELD", field, "%s can't be set to %s", field, value)
}

func tooLong(field string, n, limit int) *problem {
	return invalidField("FIELD_LENGTH_TOO_LONG", field, "%s length %d exceeds maximum %d", field, n, limit)
}

// invalidParam is a 400 about a query parameter.
func invalidParam(name, format string, args ...any) *problem {
	p := invalidField("PARAM_INVALID", name, format, args...)
	p.Code = "ILLEGAL_ARGUMENT"
	p.Message = "Invalid param. Please see errorDetails for more information."
	return p
}

func illegalArgument(format string, args ...any) *problem {
	return &problem{Status: http.StatusBadRequest, Code: "ILLEGAL_ARGUMENT", Message: fmt.Sprintf(format, args...)}
}

// schemaErrors is the 422 about a body that does not fit its schema: one line for
// each finding.
func schemaErrors(findings []string) *problem {
	return &problem{
		Status: http.StatusUnprocessableEntity, Code: "UNPROCESSABLE_ENTITY",
		Message: strings.Join(findings, "\n"),
	}
}

// notPermitted is the 403 about a scope or product that the token lacks.
func notPermitted(resource string, m restMethod) *problem {
	return &problem{
		Status: http.StatusForbidden, ServiceCode: 100,
		Message: fmt.Sprintf("Not enough permissions to access: %s.%s", resource, m),
	}
}

// accessDenied is the 403 about a page role that the member lacks.
func accessDenied(message string) *problem {
	return &problem{Status: http.StatusForbidden, Code: "ACCESS_DENIED", Message: message}
}

func notFound(format string, args ...any) *problem {
	return &problem{Status: http.StatusNotFound, Code: "NOT_FOUND", Message: fmt.Sprintf(format, args...)}
}

// unknownResource is the 404 for a path that LinkedIn, or this sandbox, does not
// have. LinkedIn answers the same for resources that an app was not granted.
func unknownResource(path string) *problem {
	return &problem{
		Status: http.StatusNotFound, Code: "RESOURCE_NOT_FOUND",
		Message: "No virtual resource found for " + strings.ToValidUTF8(limitString(path, 200), ""),
	}
}

func methodNotAllowed(resource string, m restMethod) *problem {
	return &problem{
		Status: http.StatusMethodNotAllowed, Code: "METHOD_NOT_ALLOWED",
		Message: fmt.Sprintf("Method %s is not supported by %s", m, resource),
	}
}

// throttled is the 429 of the daily limits; there is no Retry-After beside it.
func throttled() *problem {
	return &problem{
		Status: http.StatusTooManyRequests, ServiceCode: 101,
		Message: "Resource level throttle limit for calls to this resource is reached.",
	}
}

// duplicateOf is the refusal of a repeated text. The body is the one seen in the
// field, which has no top-level code: the URN is only in the message.
func duplicateOf(urn string) *problem {
	return &problem{
		DetailType: badRequestType,
		Message:    "com.linkedin.content.common.exception.BadRequestResponseException: Content is a duplicate of " + urn,
		Details: &errorDetails{InputErrors: []inputError{{
			Description: "Duplicate post is detected", Code: "DUPLICATE_POST",
		}}},
		Status: http.StatusUnprocessableEntity,
	}
}

// countOf is a number with its noun: "2 parts".
func countOf(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}
