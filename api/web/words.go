package web

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/crier-social/crier/core"
)

// The ways in which something stands, as the classes of the stylesheet.
const (
	good = "good"
	warn = "warn"
	bad  = "bad"
	info = "info"
)

// brand is whose page it is.
type brand struct {
	Name string `json:"name,omitempty"` // empty: not shown
	Logo bool   `json:"logo,omitempty"`
}

// brandOf says whose page it is, as the profile wants it.
func brandOf(p core.Profile) brand { return brand{Name: p.ShownTitle(), Logo: !p.LinkPage.HideLogo} }

// subject is who wants the accounts, to begin a sentence with.
func (b brand) subject() string { return cmp.Or(b.Name, "The service that sent you here") }

// noteOf tells an error to the person at the browser.
func noteOf(e *core.Error) note {
	n := note{Kind: bad, Title: titleOf(e), Help: helpOf(e)}
	if message := sentence(plain(e.Message)); message != "" && e.Kind != core.KindInternal {
		n.Lines = []string{message}
	}
	return n
}

// numbered adds to a passing trouble what the operator finds it by in the log, should it not
// pass.
func (n note) numbered(ctx context.Context, e *core.Error) note {
	switch e.Kind {
	case core.KindTemporary, core.KindRateLimited, core.KindUncertain:
		n.Help += fmt.Sprintf(" If it stays like this, tell whoever gave you the address of this page: error %d, number %s.", core.CodeOf(e), core.RequestID(ctx))
	default:
	}
	return n
}

// titles are the headings over errors that have numbers of their own.
func titles() map[core.Code]string {
	return map[core.Code]string{
		core.CodeLinkRevoked:      "This address is no longer good",
		core.CodeLinkUnknown:      "This address is not known",
		core.CodeLinkExpired:      "This address has expired",
		core.CodeLinkBrowser:      "This step cannot be finished",
		core.CodeLinkRefused:      "Nothing was allowed",
		core.CodeLinkScope:        "This service lacks a permission",
		core.CodeLinkAccount:      "That was not the right account",
		core.CodeLinkSetup:        "This cannot be linked here",
		core.CodeAccountNotFound:  "This account is not linked",
		core.CodeRouteNotFound:    "There is nothing here",
		core.CodeMethodNotAllowed: "There is nothing here",
		core.CodeParameters:       "Something is missing",
	}
}

// titleOf is the heading over an error.
func titleOf(e *core.Error) string {
	if title, ok := titles()[core.CodeOf(e)]; ok {
		return title
	}
	switch e.Kind {
	case core.KindTemporary, core.KindRateLimited, core.KindUncertain:
		return "That did not work just now"
	case core.KindInternal:
		return "Something went wrong on this server"
	case core.KindInvalid, core.KindUnsupported, core.KindMedia, core.KindAuth, core.KindForbidden, core.KindNotFound, core.KindDuplicate:
	}
	return "That did not work"
}

// helpOf tells the person at the browser what to do. What a code's general help says is for
// those who call the API, except of the codes that only such a person meets.
func helpOf(e *core.Error) string {
	switch {
	case e.Kind == core.KindInternal:
		return "Try again. If it stays like this, tell whoever runs this server the number below."
	case e.Kind == core.KindRateLimited && e.RetryAfter > 0:
		return "Try again " + inAbout(e.RetryAfter) + "."
	case e.Help != "":
		return plain(e.Help)
	case slices.Contains([]core.Code{core.CodeLinkRefused, core.CodeLinkBrowser, core.CodeLinkAccount}, core.CodeOf(e)):
		return core.CodeOf(e).Info().Help
	case e.Kind == core.KindTemporary, e.Kind == core.KindRateLimited, e.Kind == core.KindUncertain:
		return "Wait a moment, then start again."
	}
	return "Start again. If it stays like this, tell whoever sent you here what this page says."
}

// longestText is how much of a text from elsewhere a page shows, in letters.
const longestText = 500

func shorten(s string) string { return cut(s, longestText) }

// moment is a time as programs write it, with the word before it.
var moment = regexp.MustCompile(`\b(at )?\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)`)

// plain is a text from elsewhere as people read it: not at any length, and its times as the
// pages write theirs.
func plain(s string) string {
	return shorten(moment.ReplaceAllStringFunc(s, func(written string) string {
		programs, at := strings.CutPrefix(written, "at ")
		t, err := time.Parse(time.RFC3339, programs)
		if err != nil {
			return written
		}
		people := t.UTC().Format("2 January 2006, 15:04 UTC")
		if at {
			return "on " + people
		}
		return people
	}))
}

// cut ends a text after so many letters.
func cut(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most-1]) + "…"
}

// sentence makes a sentence of a message. What it begins with stays as it is unless it is a
// word: addresses, handles and names are written as they are.
func sentence(s string) string {
	s = strings.TrimSpace(s)
	if s == "" {
		return ""
	}
	if word, _, _ := strings.Cut(s, " "); isWord(strings.TrimRight(word, ",.:;!?…")) {
		first, size := utf8.DecodeRuneInString(s)
		s = string(unicode.ToUpper(first)) + s[size:]
	}
	if !strings.ContainsAny(s[len(s)-1:], ".!?…") && !strings.HasSuffix(s, "…") {
		s += "."
	}
	return s
}

// isWord tells whether a text is a word in small letters.
func isWord(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsLower(r) && r != '-' && r != '\'' && r != '’' })
}

// nameOf is what people know an account by.
func nameOf(a core.Account) string { return cmp.Or(a.DisplayName, a.Username, a.RemoteID) }

// kindOf says what an account is, to people.
func kindOf(k core.AccountKind) string {
	switch k {
	case core.AccountPerson:
		return "Person"
	case core.AccountOrganization:
		return "Page"
	}
	return "Account"
}

// initials are the first letters of the first two words of a name.
func initials(name string) string {
	var b strings.Builder
	n := 0
	for word := range strings.FieldsSeq(name) {
		first, _ := utf8.DecodeRuneInString(strings.TrimLeftFunc(word, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }))
		if first == utf8.RuneError {
			continue
		}
		b.WriteRune(unicode.ToUpper(first))
		if n++; n == 2 {
			break
		}
	}
	return cmp.Or(b.String(), "•")
}

// day writes a date for people. All times are in UTC, which the page says where hours matter.
func day(t time.Time) string { return t.UTC().Format("2 January 2006") }

// hostsOf names where people sign in.
func hostsOf(origins []string, title string) string {
	hosts := make([]string, 0, len(origins))
	for _, o := range origins {
		if _, host, found := strings.Cut(o, "://"); found {
			hosts = append(hosts, host)
		}
	}
	if len(hosts) != 1 {
		return title
	}
	return hosts[0]
}

// formTrouble is an error of a form that is shown above it again.
func formTrouble(err error) (note, int, bool) {
	e := shown(err)
	if core.CodeOf(e) != core.CodeParameters {
		return note{}, 0, false
	}
	return noteOf(e), http.StatusUnprocessableEntity, true
}
