package sandbox

import (
	"cmp"
	_ "embed"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"
)

//go:embed data/standard.json
var standardTable []byte

// standardNames returns the names of standardized data by the type of their URN and
// their id.
var standardNames = sync.OnceValue(func() map[string]map[string]string {
	var table struct {
		Seniorities map[string]string `json:"seniorities"`
		Functions   map[string]string `json:"functions"`
		Industries  map[string]string `json:"industries"`
		Degrees     map[string]string `json:"degrees"`
		Geo         map[string]string `json:"geo"`
	}
	if err := json.Unmarshal(standardTable, &table); err != nil {
		panic("sandbox: embedded table of standardized data: " + err.Error())
	}
	return map[string]map[string]string{
		"seniority": table.Seniorities, "function": table.Functions, "industry": table.Industries,
		"degree": table.Degrees, "fieldOfStudy": fieldsOfStudy(), "geo": table.Geo,
	}
})

// fieldsOfStudy is a list long enough to be read in several pages.
func fieldsOfStudy() map[string]string {
	names := map[string]string{
		"100001": "Computer Science", "100002": "Business Administration and Management", "100003": "Economics",
		"100004": "Graphic Design", "100275": "Consumer Economics",
	}
	id := 101_000
	for _, subject := range []string{
		"Anthropology", "Archaeology", "Architecture", "Astronomy", "Biology", "Botany", "Chemistry", "Dentistry", "Ecology",
		"Education", "Engineering", "Ethics", "Forestry", "Genetics", "Geography", "Geology", "History", "Journalism", "Law", "Linguistics",
		"Literature", "Logistics", "Marketing", "Mathematics", "Mechanics", "Medicine", "Meteorology", "Music", "Nursing", "Nutrition",
		"Optics", "Pharmacy", "Philosophy", "Physics", "Physiology", "Psychology", "Robotics", "Sociology", "Statistics", "Zoology",
	} {
		for _, branch := range []string{
			"", "Applied ", "Clinical ", "Comparative ", "Computational ", "Environmental ", "Experimental ", "Forensic ",
			"General ", "Historical ", "Industrial ", "International ", "Marine ", "Mathematical ", "Medical ", "Modern ",
		} {
			names[strconv.Itoa(id)] = branch + subject
			id++
		}
	}
	return names
}

// standardEntity is one entry of standardized data.
// https://learn.microsoft.com/en-us/linkedin/shared/references/v2/standardized-data
type standardEntity struct {
	ID   int64     `json:"id"`
	URN  string    `json:"$URN"`
	Name localized `json:"name"`
}

func standardEntityOf(kind, id, name string) standardEntity {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		panic("sandbox: embedded table of standardized data: " + err.Error())
	}
	return standardEntity{ID: n, URN: urn{kind, id}.String(), Name: localized{
		Localized: map[string]string{"en_US": name}, PreferredLocale: map[string]string{"language": "en", "country": "US"},
	}}
}

// standardResource serves one kind of standardized data. An app needs a Marketing API
// product for it, which the sandbox takes for granted where it knows pages.
func standardResource(kind string) resource {
	names := func(c *call, m restMethod) (map[string]string, *problem) {
		if !c.token.has(organizationScopes()...) {
			return nil, notPermitted(c.resource, m)
		}
		if c.parent != "" && c.parent != "DEFAULT" {
			return nil, notFound("Could not find entity %s", limitString(c.parent, 60))
		}
		return standardNames()[kind], nil
	}
	return resource{methods: map[restMethod]endpoint{
		methodGetAll: {[]string{"start", "count"}, func(_ *Sandbox, c *call) (*reply, *problem) {
			known, bad := names(c, methodGetAll)
			if bad != nil {
				return nil, bad
			}
			ids := slices.SortedFunc(maps.Keys(known), func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b)) })
			return c.pageUpTo(maxStandardPage, len(ids), func(i int) (any, bool) { return standardEntityOf(kind, ids[i], known[ids[i]]), true })
		}},
		methodGet: {nil, func(_ *Sandbox, c *call) (*reply, *problem) {
			known, bad := names(c, methodGet)
			if bad != nil {
				return nil, bad
			}
			name, found := known[c.key]
			if !found {
				return nil, notFound("Could not find entity %s", limitString(c.key, 60))
			}
			return ok(standardEntityOf(kind, c.key, name)), nil
		}},
	}}
}

// maxStandardPage is the largest page of standardized data.
const maxStandardPage = 500

const maxPlaces = 10

type placeView struct {
	Text   string `json:"displayText"`
	Entity string `json:"entity"`
}

// findPlaces serves geoTypeahead: the places of which a word begins with each word of
// the query.
func (s *Sandbox) findPlaces(c *call) (*reply, *problem) {
	if !c.token.has(organizationScopes()...) {
		return nil, notPermitted("geoTypeahead", methodFinder)
	}
	query, bad := c.text("query")
	if bad != nil {
		return nil, bad
	}
	if bad := c.checkLocale(); bad != nil {
		return nil, bad
	}
	words := wordsOf(query)
	var found []placeView
	for id, name := range standardNames()["geo"] {
		if len(words) > 0 && beginWords(words, name) {
			found = append(found, placeView{name, urn{"geo", id}.String()})
		}
	}
	slices.SortFunc(found, func(a, b placeView) int {
		return cmp.Or(cmp.Compare(len(a.Text), len(b.Text)), strings.Compare(a.Text, b.Text), strings.Compare(a.Entity, b.Entity))
	})
	return c.pageOf(min(len(found), maxPlaces), func(i int) (any, bool) { return found[i], true })
}

// checkLocale checks the parameter locale, a record.
func (c *call) checkLocale() *problem {
	v, present := c.params["locale"]
	if !present {
		return nil
	}
	if v.kind != kindRecord || !localeForm.MatchString(v.record["language"].str+"_"+v.record["country"].str) {
		return invalidParam("locale", "Parameter locale must be a record of language and country")
	}
	return nil
}

// wordsOf returns the words of a name in lower case.
func wordsOf(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsNumber(r) })
}

// beginWords tells whether each of the beginnings, in lower case, begins a word of the name.
func beginWords(beginnings []string, name string) bool {
	words := wordsOf(name)
	return !slices.ContainsFunc(beginnings, func(beginning string) bool {
		return !slices.ContainsFunc(words, func(word string) bool { return strings.HasPrefix(word, beginning) })
	})
}

// getPlace serves a place by its id.
func (s *Sandbox) getPlace(c *call) (*reply, *problem) {
	if !c.token.has(organizationScopes()...) {
		return nil, notPermitted("geo", methodGet)
	}
	name, known := standardNames()["geo"][c.key]
	if !known {
		return nil, notFound("Could not find entity %s", limitString(c.key, 60))
	}
	return ok(map[string]any{
		"id":                   json.Number(c.key),
		"defaultLocalizedName": map[string]any{"value": name, "locale": map[string]string{"language": "en", "country": "US"}},
	}), nil
}
