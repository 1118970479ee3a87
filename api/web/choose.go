package web

import (
	"net/http"
	"slices"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/accounts"
)

// choosePage lets a person choose among the accounts of a grant.
type choosePage struct {
	Heading, SubHeading, Network string
	Note                         *note
	Action, Form                 string
	Accounts                     []choiceView
	Remarks                      []core.Finding // of the grant
}

// choiceView is one account to choose.
type choiceView struct {
	accountView
	RemoteID        string
	Checked, Linked bool
	// Settled says what becomes of the account whatever is chosen; empty: the person chooses.
	Settled string
}

// choose shows what there is to choose from.
func (w *Web) choose(rw http.ResponseWriter, r *http.Request, v *accounts.Visit) error {
	return w.showChoice(rw, r, v, http.StatusOK, nil)
}

func (w *Web) showChoice(rw http.ResponseWriter, r *http.Request, v *accounts.Visit, status int, trouble *note) error {
	id := r.PathValue(choiceParam)
	c, err := v.Choice(r.Context(), id)
	if err != nil {
		return err
	}
	b := brandOf(v.Profile)
	title := v.Title(c.Platform)
	p := choosePage{
		Heading: "Choose what to link", Network: title, Note: trouble, Action: w.path(v.Session.ID, "choose", id), Form: v.FormToken(),
		SubHeading: "You can post to " + title + " as each of these. " + b.subject() + " gets only those that are checked.",
		Remarks:    plainRemarks(c.Notes),
	}
	if len(c.Known) > len(c.Kept) {
		p.SubHeading += " What is linked already is renewed."
	}
	for _, a := range c.Accounts {
		p.Accounts = append(p.Accounts, choiceOf(v, c, a))
	}
	return w.show(rw, r, status, pageChoose, document{DocumentTitle: headline(trouble, p.Heading), Brand: b, Footer: w.footer(v), Body: p})
}

// choiceOf shows an account to choose. Of those that are linked already there is no choice.
func choiceOf(v *accounts.Visit, c accounts.Choice, a core.Account) choiceView {
	linked := slices.Contains(c.Known, a.RemoteID)
	view := choiceView{accountView: describe(a), RemoteID: a.RemoteID, Checked: linked, Linked: linked}
	if linked {
		view.Settled = "is renewed"
	}
	if i := slices.IndexFunc(c.Kept, func(k accounts.Outdone) bool { return k.RemoteID == a.RemoteID }); i >= 0 {
		view.Checked, view.Settled = false, stays(v, c.Kept[i])
	}
	return view
}

// chosen links what was chosen.
func (w *Web) chosen(rw http.ResponseWriter, r *http.Request, v *accounts.Visit) error {
	id := r.PathValue(choiceParam)
	if r.PostForm.Get("do") == "cancel" {
		return w.cancel(rw, r, v, id)
	}
	l, err := v.Choose(r.Context(), id, r.PostForm["account"])
	if err != nil {
		if n, status, again := formTrouble(err); again {
			return w.showChoice(rw, r, v, status, &n)
		}
		return err
	}
	return w.tellLinked(rw, v, l)
}

// cancel gives up a choice.
func (w *Web) cancel(rw http.ResponseWriter, r *http.Request, v *accounts.Visit, id string) error {
	if err := v.Drop(r.Context(), id); err != nil {
		return err
	}
	if err := w.leave(rw, v.Session.ID, note{Kind: info, Title: "Nothing was linked", Lines: []string{"What you allowed was forgotten."}}); err != nil {
		return err
	}
	see(rw, w.path(v.Session.ID))
	return nil
}

// unlinkPage asks whether an account is to be unlinked.
type unlinkPage struct {
	Account            accountView
	Network            string
	Action, Form, Back string
}

// unlink asks before an account is unlinked.
func (w *Web) unlink(rw http.ResponseWriter, r *http.Request, v *accounts.Visit) error {
	if v.Relinks() {
		return noPage(rw, r)
	}
	a, err := v.Account(r.Context(), r.PathValue(accountParam))
	if err != nil {
		return err
	}
	p := unlinkPage{
		Account: describe(a), Network: v.Title(a.Platform), Form: v.FormToken(),
		Action: w.path(v.Session.ID, "unlink", a.ID), Back: w.path(v.Session.ID),
	}
	return w.show(rw, r, http.StatusOK, pageUnlink, document{
		DocumentTitle: "Unlink " + p.Account.Name + "?", Brand: brandOf(v.Profile), Footer: w.footer(v), Body: p,
	})
}

// unlinked unlinks an account.
func (w *Web) unlinked(rw http.ResponseWriter, r *http.Request, v *accounts.Visit) error {
	if v.Relinks() {
		return noPage(rw, r)
	}
	a, err := v.Unlink(r.Context(), r.PathValue(accountParam))
	if err != nil {
		return err
	}
	if err := w.leave(rw, v.Session.ID, note{Kind: good, Title: nameOf(a) + " is unlinked"}); err != nil {
		return err
	}
	see(rw, w.path(v.Session.ID))
	return nil
}
