package api

import (
	"cmp"
	"strings"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/notify"
)

// hookAction checks the name of an action that webhooks can be registered for.
func (f *fields) hookAction(name string) string {
	const key = "action"
	names := hookActions()
	_, known := notify.ActionByName(name)
	switch {
	case known || f.unreadable(key):
	case name == "":
		f.add(invalid(key, "action is missing: one of "+strings.Join(names, ", ")))
	default:
		e := invalid(key, "there is no action "+quote(name)+"; it must be one of "+strings.Join(names, ", "))
		if meant, found := nearest(name, names); found {
			e.Help = "Did you mean " + meant + "?"
		}
		f.add(e)
	}
	return name
}

func hookActions() []string {
	var names []string
	for _, a := range notify.Actions() {
		names = append(names, string(a.Name))
	}
	return names
}

// silentAction warns of an action that there are no notices of.
func silentAction(name string) []warning {
	a, _ := notify.ActionByName(name)
	if a.Silent == "" {
		return nil
	}
	return []warning{{
		Code: core.CodeParameters, Field: "action",
		Message: "this webhook is kept, and will not be called: " + a.Silent,
	}}
}

// eitherPlace reads a text from the body, or else from the query: not every client sends a
// body with DELETE.
func (f *fields) eitherPlace(key string, q *query) string {
	inBody, inQuery := f.text(key), q.text(key)
	if inBody != "" && inQuery != "" && inBody != inQuery {
		f.add(invalid(key, key+" is "+quote(inBody)+" in the body and "+quote(inQuery)+" in the query; send it once"))
	}
	return cmp.Or(inBody, inQuery)
}
