package api

import (
	"net/mail"
	"slices"
	"strings"
	"unicode"

	"github.com/crier-social/crier/core"
)

// The limits of what a profile has, in characters.
const (
	maxTitle    = 255
	maxSentence = 1000 // what stands on the link page
	maxEmail    = 254  // https://www.rfc-editor.org/rfc/rfc5321#section-4.5.3.1.3, without the brackets
	maxTag      = 100
	maxTags     = 100
)

// profileForm is what a request wants a profile to have.
type profileForm struct {
	changes  []func(*core.Profile)
	title    string // empty: not sent
	warnings []warning
}

func (f profileForm) apply(p *core.Profile) {
	for _, change := range f.changes {
		change(p)
	}
}

func (f *profileForm) add(change func(*core.Profile)) { f.changes = append(f.changes, change) }

// readProfile reads the fields of a profile. Those that were not sent change nothing.
func (a *API) readProfile(f *fields) profileForm {
	var form profileForm
	if f.given("title") {
		form.title = f.line("title", maxTitle)
		if form.title == "" && !f.unreadable("title") {
			f.add(invalid("title", "title is empty"))
		}
		form.add(func(p *core.Profile) { p.Title = form.title })
	}
	form.readPage(f)
	form.readFlags(f)
	form.readEmail(f)
	form.readTags(f)
	if f.given("disableSocial") {
		names := a.disabled(f, &form)
		form.add(func(p *core.Profile) { p.DisableSocial = names })
	}
	return form
}

// readPage reads the texts of the link page.
func (f *profileForm) readPage(in *fields) {
	for _, text := range []struct {
		key  string
		most int
		of   func(*core.Profile) *string
	}{
		{"displayTitle", maxTitle, func(p *core.Profile) *string { return &p.LinkPage.DisplayTitle }},
		{"topHeader", maxSentence, func(p *core.Profile) *string { return &p.LinkPage.TopHeader }},
		{"subHeader", maxSentence, func(p *core.Profile) *string { return &p.LinkPage.SubHeader }},
	} {
		if in.given(text.key) {
			value := in.line(text.key, text.most)
			f.add(func(p *core.Profile) { *text.of(p) = value })
		}
	}
}

// readFlags reads what is yes or no.
func (f *profileForm) readFlags(in *fields) {
	for _, flag := range []struct {
		key string
		of  func(*core.Profile) *bool
	}{
		{"messagingActive", func(p *core.Profile) *bool { return &p.MessagingActive }},
		{"hideTitle", func(p *core.Profile) *bool { return &p.LinkPage.HideTitle }},
		{"hideLogo", func(p *core.Profile) *bool { return &p.LinkPage.HideLogo }},
		{"hideTopHeader", func(p *core.Profile) *bool { return &p.LinkPage.HideTopHeader }},
	} {
		if in.given(flag.key) {
			value := in.flag(flag.key, false)
			f.add(func(p *core.Profile) { *flag.of(p) = value })
		}
	}
	if in.flag("xAccountActivityActive", false) {
		f.warn("xAccountActivityActive", "xAccountActivityActive has no effect: this server follows no activity of accounts")
	}
}

// readEmail reads where notices go. A team is invited by mail elsewhere, and so needs an
// address; this server has no accounts of people.
func (f *profileForm) readEmail(in *fields) {
	address := in.line("email", maxEmail)
	if in.given("email") {
		if address != "" && !isAddress(address) {
			in.add(invalid("email", "email must be an address like someone@example.com, not "+quote(address)))
		}
		f.add(func(p *core.Profile) { p.Email = address })
	}
	if !in.flag("team", false) {
		return
	}
	if address == "" && !in.unreadable("email") {
		in.add(invalid("email", "email is missing: team needs the address of the person"))
	}
	f.warn("team", "team has no effect: this server has no accounts of people, only keys; notices about the profile go to its email")
}

// isAddress tells whether s is a mail address and nothing besides.
func isAddress(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Name == "" && a.Address == s && !strings.ContainsFunc(s, unicode.IsSpace)
}

func (f *profileForm) readTags(in *fields) {
	if !in.given("tags") {
		return
	}
	tags := in.list("tags")
	if len(tags) > maxTags {
		in.add(invalid("tags", "tags has more than 100 entries"))
		tags = nil
	}
	for i, tag := range tags {
		path := element("tags", i)
		if tag == "" && !in.unreadable(path) {
			in.add(invalid(path, path+" is empty"))
		}
		in.checkLine(path, tag, maxTag)
	}
	f.add(func(p *core.Profile) { p.Tags = tags })
}

func (f *profileForm) warn(field, message string) {
	f.warnings = append(f.warnings, warning{Code: core.CodeUnsupported, Field: field, Message: message})
}

// maxDisabled is how many networks a request may name.
const maxDisabled = 64

// disabled reads the networks that the users of a profile cannot link. Applications name
// networks that this server does not have, which is no mistake; a name that is nearly that
// of one which it has is one.
func (a *API) disabled(f *fields, form *profileForm) []string {
	const key = "disableSocial"
	names := f.list(key)
	if len(names) > maxDisabled {
		f.add(invalid(key, "disableSocial has more than 64 entries"))
		return nil
	}
	var out []string
	for i, name := range names {
		path := element(key, i)
		if f.unreadable(path) {
			continue
		}
		_, known := a.Registry.Get(name)
		meant, near := nearest(name, a.Registry.Names())
		switch {
		case !known && (near || !isPlatformName(name)):
			e := a.Registry.UnknownPlatform(path, printable(name))
			if near {
				e.Message = path + " is " + quote(name) + ", which is no network; did you mean " + meant + "?"
			}
			f.add(e)
			continue
		case !known:
			form.warn(path, "this server has no network "+quote(name)+"; if it gets one, the profile will not have it")
		}
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// isPlatformName tells whether s may be the name of a network.
func isPlatformName(s string) bool {
	const longest = 32
	return s != "" && len(s) <= longest && !strings.ContainsFunc(s, func(r rune) bool { return r < 'a' || r > 'z' })
}

// given tells whether a key was sent with a value: null changes nothing.
func (f *fields) given(key string) bool {
	_, given := f.raw(key)
	return given
}

// line reads a text of one line, without the space around it; "" when it was not sent.
func (f *fields) line(key string, most int) string {
	s := strings.TrimSpace(f.text(key))
	f.checkLine(key, s, most)
	return s
}

// checkLine refuses a text that is too long, or has a character that is not shown: two
// texts that look alike must be alike.
func (f *fields) checkLine(path, text string, most int) {
	if f.unreadable(path) {
		return
	}
	f.checkLength(path, text, most)
	if strings.ContainsFunc(text, func(r rune) bool {
		return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || unicode.Is(unicode.Bidi_Control, r)
	}) {
		f.add(invalid(path, path+" has a line break, or a character that is not shown"))
	}
}
