package api

import (
	"fmt"
	"net/mail"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/accounts"
)

// linkWish is a request for a link page as it was read.
type linkWish struct {
	accounts.NewLink
	invitation *Invitation // nil: nobody is mailed
	fields     *fields
	warnings   []warning
}

// The bounds of what a request for a link page may name.
const (
	maxAllowed    = 64
	maxRecipients = 20
	maxWord       = 200 // characters of a name
)

// linkWish reads what all requests for link pages have in common.
func (a *API) linkWish(f *fields) *linkWish {
	w := &linkWish{fields: f}
	minutes := f.number("expiresIn", int64(accounts.LeastOpenFor.Minutes()), int64(accounts.MostOpenFor.Minutes()))
	w.OpenFor = time.Duration(minutes) * time.Minute
	w.EndOthers = f.flag("logout", false)
	w.Redirect = f.text("redirect")
	if u, err := url.Parse(w.Redirect); err == nil && u.Query().Get("origin") == "true" {
		w.warnings = append(w.warnings, originWarning("redirect"))
	}
	w.Allowed = f.list("allowedSocial")
	if len(w.Allowed) > maxAllowed {
		f.add(tooMany("allowedSocial", len(w.Allowed), maxAllowed))
	}
	for i, name := range w.Allowed {
		if _, known := a.Registry.Get(name); !known && !f.unreadable("allowedSocial") {
			w.warnings = append(w.warnings, warning{
				Code: core.CodeUnknownPlatform, Field: element("allowedSocial", i), Message: "there is no network " + quote(name) + " on this server" + a.meant(name),
			})
		}
	}
	w.invitation = readInvitation(f)
	w.readForeign()
	return w
}

// readForeign reads what that service has a domain and apps of its own for: addresses begin
// with the public one of this server, and its apps are in its settings.
func (w *linkWish) readForeign() {
	w.fields.raw("domain")
	for _, key := range w.fields.unread() {
		if strings.HasSuffix(key, "LinkMethod") || strings.HasSuffix(key, "ApiKey") || strings.HasSuffix(key, "ApiSecret") {
			w.fields.raw(key)
		}
	}
}

// warned returns all warnings, those of unknown fields last.
func (w *linkWish) warned() []warning {
	return append(slices.Clone(w.warnings), w.fields.ignored()...)
}

// originWarning tells that a page cannot steer the window that opened it.
func originWarning(field string) warning {
	return warning{
		Code: core.CodeParameters, Field: field,
		Message: "origin has no effect: the page works without JavaScript, so that it cannot steer the window that opened it. " +
			"Done leads to redirect in the window of the page; open the page in the same window, or have the page at redirect close it",
	}
}

// readInvitation reads whom the address is to be mailed to; nil when nobody is named.
func readInvitation(f *fields) *Invitation {
	raw, sent := f.raw("email")
	if !sent || blank(raw) {
		return nil
	}
	o, isObject := asObject(raw)
	if !isObject {
		f.add(invalid("email", "email must be an object with to, not "+describe(raw)))
		return nil
	}
	e := &fields{object: o}
	i := &Invitation{
		To: e.addresses("to"), BCC: e.addresses("bcc"), Company: e.text("company"), ContactEmail: e.text("contactEmail"),
		TermsURL: e.webAddress("termsUrl"), PrivacyURL: e.webAddress("privacyUrl"),
	}
	e.checkLength("company", i.Company, maxWord)
	if i.ContactEmail != "" && !isMailAddress(i.ContactEmail) {
		e.add(invalid("contactEmail", "contactEmail must be a mail address"))
	}
	if len(i.To) == 0 && !e.unreadable("to") {
		e.add(invalid("to", "to is missing: the mail address that the link goes to"))
	}
	for _, key := range e.unread() {
		e.add(invalid(printable(key), printable(key)+" is no field of email"))
	}
	for _, p := range e.problems {
		p.Field = "email." + p.Field
		f.add(p)
	}
	return i
}

// addresses reads mail addresses: one, or a list.
func (f *fields) addresses(key string) []string {
	list := f.list(key)
	if len(list) > maxRecipients {
		f.add(tooMany(key, len(list), maxRecipients))
		return nil
	}
	for i, address := range list {
		if !isMailAddress(address) && !f.unreadable(key) {
			f.add(invalid(element(key, i), element(key, i)+" must be a mail address, not "+quote(address)))
		}
	}
	return list
}

// isMailAddress tells whether a text is a plain mail address, without a name.
func isMailAddress(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Name == "" && a.Address == s
}

// webAddress reads the address of a web page; "" when it was not sent.
func (f *fields) webAddress(key string) string {
	s := f.text(key)
	if s == "" {
		return ""
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		f.add(invalid(key, key+" must be an absolute address that begins with https:// or http://"))
		return ""
	}
	return s
}

// tooMany is an error of a list with more entries than are allowed.
func tooMany(field string, length, most int) *core.Error {
	return invalid(field, fmt.Sprintf("%s has %d entries; at most %d are allowed", field, length, most))
}
