package linkedin

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin/audience"
)

const (
	targetingField = optionsKey + ".targeting"
	// minAudience is how many followers have to match. LinkedIn writes "greater than
	// 300" in one place and "at least 300" in another: its own answer decides at the edge.
	// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-api
	minAudience = 300
	// maxTargets bounds the values of one criterion; LinkedIn names no limit.
	maxTargets = 500
	// maxListed is the longest table that a message lists in full.
	maxListed = 12
	// maxTargetLookups bounds the names of one criterion that LinkedIn is asked for one by
	// one: an app of the development tier has 100 calls a day.
	maxTargetLookups = 20
)

// targetingOptions are the criteria of an audience by their values: names, URNs or ids.
type targetingOptions struct {
	Countries        []json.RawMessage `json:"countries"`
	GeoLocations     []json.RawMessage `json:"geoLocations"`
	Seniorities      []json.RawMessage `json:"seniorities"`
	JobFunctions     []json.RawMessage `json:"jobFunctions"`
	Industries       []json.RawMessage `json:"industries"`
	StaffCountRanges []json.RawMessage `json:"staffCountRanges"`
	Degrees          []json.RawMessage `json:"degrees"`
	FieldsOfStudy    []json.RawMessage `json:"fieldsOfStudy"`
	Organizations    []json.RawMessage `json:"organizations"`
	InterfaceLocales []json.RawMessage `json:"interfaceLocales"`
}

func (o targetingOptions) values(f audience.Facet) []json.RawMessage {
	switch f {
	case audience.Countries:
		return o.Countries
	case audience.GeoLocations:
		return o.GeoLocations
	case audience.Seniorities:
		return o.Seniorities
	case audience.JobFunctions:
		return o.JobFunctions
	case audience.Industries:
		return o.Industries
	case audience.StaffCountRanges:
		return o.StaffCountRanges
	case audience.Degrees:
		return o.Degrees
	case audience.FieldsOfStudy:
		return o.FieldsOfStudy
	case audience.Organizations:
		return o.Organizations
	case audience.InterfaceLocales:
		return o.InterfaceLocales
	}
	return nil
}

// targeting is whom a post is for. nil is everybody.
type targeting struct {
	known     audience.Target // what the tables tell
	questions []targetQuestion
	unlisted  []targetID // of the values, those that the tables do not have
	// placesAs is what the author calls the criterion of places: countries, or
	// geoLocations if he used that too.
	placesAs audience.Facet
	// choices tell what names were taken to mean that LinkedIn was asked for.
	choices []core.Warning
	// found is the whole audience once the questions are answered, and size what
	// Preflight learned of it.
	found *audience.Target
	size  *core.Audience
}

// targetQuestion is a name that LinkedIn has to be asked for.
type targetQuestion struct {
	facet audience.Facet
	field string
	name  string   // as it is to be asked for
	near  []string // known names like it
}

// label is what the author calls a criterion.
func (t *targeting) label(f audience.Facet) string {
	if f == audience.GeoLocations {
		return string(t.placesAs)
	}
	return string(f)
}

// planTargeting reads whom the post is for, as far as that needs no network.
func (p *publication) planTargeting(o *targetingOptions) core.Errors {
	if o == nil {
		return nil
	}
	if accountKind(p.author) != core.AccountOrganization {
		return core.Errors{p.noTargeting()}
	}
	t := &targeting{placesAs: audience.Countries}
	problems := o.checkLists()
	for _, f := range audience.Facets() {
		values, field := o.values(f), targetingField+"."+string(f)
		if len(values) > maxTargets {
			continue
		}
		for i, raw := range values {
			at := fmt.Sprintf("%s[%d]", field, i)
			text, ok := targetText(raw)
			if !ok {
				problems = append(problems, invalid(at, at+" must be a name, a URN or an id."))
			} else if e := t.read(p.provider.tables(), f, at, text); e != nil {
				problems = append(problems, e)
			} else {
				p.warnings = append(p.warnings, otherPlaces(f, at, text, p.provider.tables())...)
			}
		}
	}
	p.warnOfPlaces(t, o)
	p.targeting = t
	return append(problems, t.checkLookups()...)
}

// targetText returns a value as text; ids may be numbers.
func targetText(raw json.RawMessage) (string, bool) {
	var text string
	if json.Unmarshal(raw, &text) == nil && len(raw) > 0 && raw[0] == '"' {
		return text, true
	}
	var number uint64
	if json.Unmarshal(raw, &number) == nil && len(raw) > 0 && raw[0] != 'n' {
		return strconv.FormatUint(number, 10), true
	}
	return "", len(raw) == 0 // null, which is an empty value
}

// noTargeting refuses an audience for a person's post.
func (p *publication) noTargeting() *core.Error {
	e := unsupported(targetingField, "LinkedIn lets pages alone choose an audience, and this post's author is a person.")
	e.Help = "Post from the account of a page, name the page in " + optionsKey + ".asOrganization, or leave targeting out."
	return e
}

// warnOfPlaces tells that countries and places are one criterion to LinkedIn.
func (p *publication) warnOfPlaces(t *targeting, o *targetingOptions) {
	if len(o.GeoLocations) == 0 {
		return
	}
	t.placesAs = audience.GeoLocations
	if len(o.Countries) > 0 {
		p.warnings = append(p.warnings, core.Warning{
			Field:   targetingField + ".geoLocations",
			Message: "countries and geoLocations are one list to LinkedIn: the post is for whoever is in one of the countries or places.",
		})
	}
}

// read reads one value.
func (t *targeting) read(tables *audience.Tables, f audience.Facet, field, text string) *core.Error {
	switch r := tables.Read(f, text); r.Verdict {
	case audience.Known:
		t.known.Add(f, r.ID)
		t.noteUnlisted(tables, targetID{f, field, r.ID})
	case audience.Ask:
		t.questions = append(t.questions, targetQuestion{facet: f, field: field, name: r.Name, near: r.Near})
	case audience.Ambiguous:
		return ambiguousTarget(f, field, text, r.Near)
	case audience.WrongKind:
		return unknownTarget(field, fmt.Sprintf("%s is %q, which is no URN of this criterion: it takes %s and urn:li:%s:….", field, quotable(text), otherForms(f), f.URNType()))
	case audience.Unknown:
		if f == audience.Organizations && strings.TrimSpace(text) != "" {
			return unknownTarget(field, fmt.Sprintf("%s is %q, and LinkedIn finds no school by its name: it takes %s and urn:li:%s:….", field, quotable(text), otherForms(f), f.URNType()))
		}
		e := strangeTarget(f, field, text, r.Near)
		if all := tables.List(f); len(r.Near) == 0 && all.Len() <= maxListed && strings.TrimSpace(text) != "" {
			e.Message = fmt.Sprintf("LinkedIn knows no %s %q; it has %s.", singular(f), quotable(text), enumerate(valueNames(all.Search("", all.Len())), "and"))
		}
		return e
	}
	return nil
}

// otherForms is what a criterion takes besides URNs and their ids.
func otherForms(f audience.Facet) string {
	if f == audience.Organizations {
		return `the id of the school's page, its handle such as "@stanford-university", its address`
	}
	return "names"
}

// strangeTarget is the problem of a value that nobody knows.
func strangeTarget(f audience.Facet, field, text string, near []string) *core.Error {
	if strings.TrimSpace(text) == "" {
		return unknownTarget(field, field+" is empty: name a value, or leave it out.")
	}
	message := fmt.Sprintf("LinkedIn knows no %s %q", singular(f), quotable(text))
	if len(near) == 0 {
		e := unknownTarget(field, message+".")
		e.Help = "Check the spelling; GET /audience/" + name + "/" + string(f) + "?search= finds what LinkedIn knows."
		return e
	}
	return unknownTarget(field, message+": did you mean "+alternatives(near)+"?")
}

func ambiguousTarget(f audience.Facet, field, text string, choices []string) *core.Error {
	return unknownTarget(field, fmt.Sprintf("%q can mean several as %s: name %s, or its URN.", quotable(text), singular(f), alternatives(choices)))
}

func unknownTarget(field, message string) *core.Error {
	return &core.Error{Kind: core.KindInvalid, Code: core.CodeUnknownTarget, Platform: name, Field: field, Message: message}
}

// alternatives lists choices: `"a", "b" or "c"`.
func alternatives(choices []string) string {
	quoted := make([]string, len(choices))
	for i, c := range choices {
		quoted[i] = `"` + quotable(c) + `"`
	}
	return enumerate(quoted, "or")
}

func enumerate(items []string, word string) string {
	if len(items) < 2 {
		return strings.Join(items, "")
	}
	last := len(items) - 1
	return strings.Join(items[:last], ", ") + " " + word + " " + items[last]
}

func singular(f audience.Facet) string {
	switch f {
	case audience.Countries:
		return "country"
	case audience.GeoLocations:
		return "place"
	case audience.Seniorities:
		return "seniority"
	case audience.JobFunctions:
		return "job function"
	case audience.Industries:
		return "industry"
	case audience.StaffCountRanges:
		return "range of staff counts"
	case audience.Degrees:
		return "degree"
	case audience.FieldsOfStudy:
		return "field of study"
	case audience.Organizations:
		return "school's page"
	case audience.InterfaceLocales:
		return "language of its interface"
	}
	return string(f)
}

// target returns whom the post is for, as far as it is known; nil for everybody.
func (t *targeting) target() *audience.Target {
	switch {
	case t == nil:
		return nil
	case t.found != nil:
		return t.found
	}
	return &t.known
}

// asks tells whether LinkedIn has to be asked for names.
func (t *targeting) asks() bool { return t != nil && len(t.questions) > 0 }

// preview returns the audience with the names that are still to be looked up.
func (t *targeting) preview() *audience.Target {
	target := t.target()
	if !t.asks() || t.found != nil {
		return target
	}
	shown := target.Clone()
	for _, q := range t.questions {
		shown.Add(q.facet, "(URN of "+q.name+")")
	}
	return shown
}

// reach is how many followers the post can reach, as far as Preflight found it out.
func (t *targeting) reach() *core.Audience {
	if t == nil {
		return nil
	}
	return t.size
}

// targetEntities is the audience as the request has it: one object, since LinkedIn does
// not document what several mean.
func targetEntities(t *audience.Target) []any {
	if t == nil || len(t.Chosen()) == 0 {
		return []any{}
	}
	return []any{t}
}

// targetingHelp describes the option.
func targetingHelp() string {
	names := make([]string, 0, len(audience.Facets()))
	for _, f := range audience.Facets() {
		names = append(names, string(f)+"[]")
	}
	return fmt.Sprintf("Which of a page's followers the post is for, by names, ids or URNs: {%s}. A follower has to match one value of each; at least %d have to. GET /audience/%s lists the values. At most %d values of each, %d of which LinkedIn has to be asked for.",
		strings.Join(names, ", "), minAudience, name, maxTargets, maxTargetLookups)
}
