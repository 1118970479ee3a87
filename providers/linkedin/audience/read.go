package audience

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/crier-social/crier/providers/linkedin/littletext"
)

// Verdict says what became of reading a value.
type Verdict int

// The verdicts.
const (
	Known     Verdict = iota // the id is known
	Ask                      // LinkedIn has to be asked for the name
	Unknown                  // there is no such value
	Ambiguous                // the name can mean several
	WrongKind                // a URN, but not of this criterion
)

// Reading is what a text means.
type Reading struct {
	Verdict Verdict
	ID      string // of a known value
	// Name is what to ask LinkedIn for.
	Name string
	// Near are the names that were most likely meant.
	Near []string
}

var (
	number  = regexp.MustCompile(`^[0-9]{1,19}$`)
	anyURN  = regexp.MustCompile(`(?i)^urn:li:([a-z]+):(.+)$`)
	pageURL = regexp.MustCompile(`(?i)^(?:https?://)?(?:[a-z]+\.)?linkedin\.com/(?:company|school)/([^/?#]+)/?(?:[?#].*)?$`)
	locale  = regexp.MustCompile(`^[a-z]{2,3}_[A-Z]{2}$`)
)

// Read says what a value of a criterion means, as far as the tables tell. It takes ids
// and URNs, which are not looked up where the tables are not complete, and names.
func (t *Tables) Read(f Facet, text string) Reading {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return Reading{Verdict: Unknown}
	case isURN(text):
		return t.readURN(f, text)
	case number.MatchString(text) && f != StaffCountRanges && f != InterfaceLocales:
		return t.readNumber(f, text)
	case f == StaffCountRanges:
		return t.readSize(text)
	case f == Organizations:
		return readPage(text)
	}
	return t.readName(f, text)
}

// readURN takes a URN of the criterion's type.
func (t *Tables) readURN(f Facet, text string) Reading {
	m := anyURN.FindStringSubmatch(text)
	if m == nil || !strings.EqualFold(m[1], f.URNType()) {
		return Reading{Verdict: WrongKind}
	}
	switch f { //nolint:exhaustive // the others have numbers
	case StaffCountRanges:
		for _, v := range staffCountRanges() {
			if f.adURN(v.ID) == f.urn(m[2]) {
				return Reading{ID: v.ID}
			}
		}
		return Reading{Verdict: Unknown, Near: t.List(f).Nearest(m[2])}
	case InterfaceLocales:
		if locale.MatchString(m[2]) {
			return Reading{ID: m[2]}
		}
		return Reading{Verdict: WrongKind}
	}
	if !number.MatchString(m[2]) {
		return Reading{Verdict: WrongKind}
	}
	return t.readNumber(f, m[2])
}

// readNumber takes the id of a URN. Those of seniorities and functions are all known.
func (t *Tables) readNumber(f Facet, id string) Reading {
	urn := f.urn(id)
	if (f == Seniorities || f == JobFunctions) && !t.List(f).Has(urn) {
		return Reading{Verdict: Unknown}
	}
	return Reading{ID: urn}
}

// readName looks a name up. Some criteria have names that the tables lack.
func (t *Tables) readName(f Facet, text string) Reading {
	list := t.List(f)
	switch found := list.Named(text); {
	case len(found) > 0 && !SameID(found):
		return Reading{Verdict: Ambiguous, Near: namesOf(found)}
	case len(found) > 0 && found[0].ID != "":
		return Reading{ID: found[0].ID}
	case len(found) > 0:
		return Reading{Verdict: Ask, Name: found[0].Name}
	}
	switch f { //nolint:exhaustive // the tables of the others are complete
	case GeoLocations, Industries, Degrees, FieldsOfStudy:
		return Reading{Verdict: Ask, Name: text, Near: list.Nearest(text)}
	}
	return Reading{Verdict: Unknown, Near: list.Nearest(text)}
}

// SameID tells whether there are values, and all of them are one.
func SameID(values []Value) bool {
	return len(values) > 0 && !slices.ContainsFunc(values, func(v Value) bool { return v.ID != values[0].ID })
}

func namesOf(values []Value) []string {
	var names []string
	for _, v := range values {
		if !slices.Contains(names, v.Name) {
			names = append(names, v.Name)
		}
	}
	return names
}

// readPage reads the handle or address of a page.
func readPage(text string) Reading {
	if m := pageURL.FindStringSubmatch(text); m != nil {
		text = m[1]
		if plain, err := url.PathUnescape(text); err == nil {
			text = plain
		}
	}
	text = strings.TrimPrefix(text, "@")
	switch {
	case number.MatchString(text):
		return Reading{ID: Organizations.urn(text)}
	case littletext.IsVanityName(text):
		return Reading{Verdict: Ask, Name: text}
	}
	return Reading{Verdict: Unknown}
}
