package api

import (
	"fmt"

	"github.com/crier-social/crier/core"
)

// warning is something that the author should know although the request was
// carried out.
type warning struct {
	Code     core.Code `json:"code,omitempty"`
	Platform string    `json:"platform,omitempty"`
	// AccountID is of the account that it concerns, where it concerns one.
	AccountID string `json:"accountId,omitempty"`
	Field     string `json:"field,omitempty"`
	Message   string `json:"message"`
}

// warningOf shows what the adapter of a network told about an account.
func warningOf(platform, accountID string, w core.Warning) warning {
	return warning{Code: w.Code, Platform: platform, AccountID: accountID, Field: w.Field, Message: w.Message}
}

// sourceKey is a field and parameter that published clients sign with; it means
// nothing.
const sourceKey = "source"

// maxIgnored is how many warnings of things without effect an answer has: more are
// not read, and a request can name tens of thousands.
const maxIgnored = 50

// ignoredList collects warnings of things without effect.
type ignoredList struct {
	list []warning
	more int // beyond maxIgnored
}

// add adds the warning that warn makes, or counts it.
func (l *ignoredList) add(warn func() warning) {
	if len(l.list) == maxIgnored {
		l.more++
		return
	}
	l.list = append(l.list, warn())
}

// warnings returns the warnings, with one that tells how many more there are.
func (l *ignoredList) warnings() []warning {
	if l.more == 0 {
		return l.list
	}
	return append(l.list, warning{
		Code: core.CodeParameters, Message: fmt.Sprintf("%d more names in the request were ignored", l.more),
	})
}

// ignoredField warns of a key that had no effect, and names the known one that it is
// near to.
func ignoredField(key string, known []string) warning {
	shown := printable(key)
	message := "unknown field " + shown + " was ignored"
	if meant, found := nearest(key, known); found {
		message += "; did you mean " + meant + "?"
	}
	return warning{Code: core.CodeParameters, Field: shown, Message: message}
}

// ignoredParameter warns of a parameter of the query that had no effect.
func ignoredParameter(name string) warning {
	shown := printable(name)
	return warning{Code: core.CodeParameters, Field: shown, Message: "unknown parameter " + shown + " was ignored"}
}
