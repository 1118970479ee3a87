package web

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/accounts"
)

// fieldPrefix begins the names of the fields of apps in forms, where other names are the
// pages' own.
const fieldPrefix = "field-"

// fieldView is something that an app asks a person for.
type fieldView struct {
	core.LinkField
	ID, Input    string // of the element; the latter is its name in the form
	Value        string // what was typed before; of no secret
	Error        string
	Autocomplete string
	Focus        bool // it is what the person has to look at first
}

// tried is a form that was sent and has to be filled in otherwise.
type tried struct {
	platform, app, accountID string
	typed                    map[string]core.Secret // by the names of the fields
	wrong                    map[string]string      // what is wrong with them
	note                     *note                  // on the whole; nil: nothing
	status                   int
}

// answersOf reads what a form has for the fields of an app.
func answersOf(r *http.Request) map[string]core.Secret {
	answers := map[string]core.Secret{}
	for name, values := range r.PostForm {
		if field, is := strings.CutPrefix(name, fieldPrefix); is {
			answers[field] = core.Secret(values[0])
		}
	}
	return answers
}

// retryOf tells whether a form is to be shown again after an error, with what was typed: one
// that asked for something, unless nobody can do anything about the error by filling it in.
func retryOf(r *http.Request, v *accounts.Visit, c accounts.Consent, err error) (*tried, bool) {
	app, known := v.AppFor(r.Context(), c)
	list := core.AsErrors(err)
	if _, told := errors.AsType[*core.Error](err); !told || !known || len(app.Fields) == 0 || list[0].Kind == core.KindInternal {
		return nil, false
	}
	t := &tried{
		platform: c.Platform, app: app.Name, accountID: c.AccountID, typed: c.Answers, wrong: map[string]string{},
		status: http.StatusUnprocessableEntity,
	}
	for _, e := range list {
		if i := slices.IndexFunc(app.Fields, func(f core.LinkField) bool { return f.Name == e.Field }); i >= 0 {
			t.wrong[e.Field] = sentence(plain(e.Message))
			if e.Help != "" && e.Help != app.Fields[i].Help { // that is beside it anyway
				t.wrong[e.Field] += " " + sentence(plain(e.Help))
			}
			continue
		}
		n := noteOf(e).numbered(r.Context(), e)
		t.note, t.status = &n, statusOf(e)
	}
	return t, true
}

// of tells whether a form is the one that was sent; nil: none was.
func (t *tried) of(platform, app, accountID string) bool {
	return t != nil && t.platform == platform && t.app == app && t.accountID == accountID
}

// fieldViews shows fields of an app in a form, whose elements have ids that begin with form.
// again is the account that is linked again.
func (t *tried) fieldViews(form string, app core.LinkApp, again core.Account) []fieldView {
	mine := t.of(again.Platform, app.Name, again.ID)
	asked := accounts.Unanswered(app, again)
	var views []fieldView
	looked := !mine || t.note != nil // at the note
	for _, f := range app.Fields {
		var wrong, typed string
		if mine {
			wrong, typed = t.wrong[f.Name], t.typed[f.Name].Reveal()
		}
		if !mine && !slices.ContainsFunc(asked, func(a core.LinkField) bool { return a.Name == f.Name }) {
			continue // the account answers it, unless that was of no use
		}
		view := fieldView{LinkField: f, ID: form + "-" + f.Name, Input: fieldPrefix + f.Name, Error: wrong, Autocomplete: "off"}
		if wrong != "" && !looked {
			view.Focus, looked = true, true
		}
		switch {
		case f.Secret:
			view.Autocomplete = "current-password"
		case f.Identifies:
			view.Autocomplete, view.Value = "username", typed
			if mine && typed == "" {
				view.Value = again.Username
			}
		default:
			view.Value = typed
		}
		views = append(views, view)
	}
	return views
}
