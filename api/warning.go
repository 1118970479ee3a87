package api

import (
	"slices"
	"strings"

	"github.com/crier-social/crier/core"
)

// warning is something that the author should know although the request was
// carried out.
type warning struct {
	Code     core.Code `json:"code,omitempty"`
	Platform string    `json:"platform,omitempty"`
	Field    string    `json:"field,omitempty"`
	Message  string    `json:"message"`
}

// sourceKey is a field and parameter that published clients sign with; it means
// nothing.
const sourceKey = "source"

// ignoredField warns of a key that had no effect, and names the known one that
// differs from it in case alone.
func ignoredField(key string, known []string) warning {
	shown := printable(key)
	message := "unknown field " + shown + " was ignored"
	if i := slices.IndexFunc(known, func(k string) bool { return strings.EqualFold(k, key) }); i >= 0 {
		message += "; did you mean " + known[i] + "?"
	}
	return warning{Field: shown, Message: message}
}

// ignoredParameter warns of a parameter of the query that had no effect.
func ignoredParameter(name string) warning {
	return warning{Field: printable(name), Message: "unknown parameter " + printable(name) + " was ignored"}
}
