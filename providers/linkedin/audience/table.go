package audience

import (
	"embed"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
)

//go:embed data/*.json
var data embed.FS

// Value is one value of a criterion.
type Value struct {
	// ID is how LinkedIn names it: a URN, a range of sizes as "SIZE_51_TO_200", or a
	// locale as "en_US". It is empty for a value that has to be looked up by its name.
	ID   string
	Name string
	// Code is a shorter name: "DE".
	Code string

	aliases []string
}

// Tables are the values that are known without asking LinkedIn. They do not change.
type Tables struct {
	lists      map[Facet]*List
	continents []string
}

const continentsFile = "continents"

// row is a value in an embedded file.
type row struct {
	ID      int64    `json:"id"`
	Name    string   `json:"name"`
	Code    string   `json:"code"`
	Aliases []string `json:"aliases"`
}

// Embedded returns the embedded tables. They are read once, and never change. It panics
// when they cannot be read, which a test excludes.
func Embedded() *Tables { return embedded() }

var embedded = sync.OnceValue(func() *Tables {
	t, err := readTables()
	if err != nil {
		panic(fmt.Sprintf("audience: the embedded tables cannot be read: %v", err))
	}
	return t
})

func readTables() (*Tables, error) {
	t := &Tables{lists: map[Facet]*List{}}
	values := map[Facet][]Value{StaffCountRanges: staffCountRanges()}
	for _, file := range []struct {
		name   string
		facets []Facet
	}{
		{"countries", []Facet{Countries, GeoLocations}},
		{"unlisted", []Facet{Countries, GeoLocations}},
		{continentsFile, []Facet{Countries, GeoLocations}},
		{"regions", []Facet{GeoLocations}},
		{"seniorities", []Facet{Seniorities}},
		{"functions", []Facet{JobFunctions}},
		{"industries", []Facet{Industries}},
		{"locales", []Facet{InterfaceLocales}},
	} {
		rows, err := readRows(file.name)
		if err != nil {
			return nil, err
		}
		for _, f := range file.facets {
			for _, r := range rows {
				values[f] = append(values[f], r.value(f))
			}
		}
		if file.name == continentsFile {
			for _, r := range rows {
				t.continents = append(t.continents, r.value(GeoLocations).ID)
			}
		}
	}
	for _, f := range Facets() {
		t.lists[f] = NewList(values[f])
	}
	return t, nil
}

func readRows(name string) ([]row, error) {
	raw, err := data.ReadFile("data/" + name + ".json")
	if err != nil {
		return nil, fmt.Errorf("audience: %w", err)
	}
	var file struct {
		Entries []row `json:"entries"`
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		return nil, fmt.Errorf("audience: table of %s: %w", name, err)
	}
	return file.Entries, nil
}

func (r row) value(f Facet) Value {
	v := Value{Name: r.Name, Code: r.Code, aliases: r.Aliases}
	switch {
	case f == InterfaceLocales:
		v.ID = r.Code
	case r.ID != 0:
		v.ID = f.urn(strconv.FormatInt(r.ID, 10))
	}
	return v
}

// List returns the values of a criterion that are known: every one of countries,
// seniorities, job functions, sizes and locales, most industries, some places, and
// none of the others.
func (t *Tables) List(f Facet) *List { return t.lists[f] }

// sizes are the bounds of the companies' sizes, in people; 0 is no bound.
func sizes() [][2]int64 {
	return [][2]int64{
		{1, 1},
		{2, 10},
		{11, 50},
		{51, 200},
		{201, 500},
		{501, 1000},
		{1001, 5000},
		{5001, 10000},
		{10001, 0},
	}
}

// noUpperBound stands for one in the URN of a range.
const noUpperBound = 1<<31 - 1

func staffCountRanges() []Value {
	var values []Value
	for _, size := range sizes() {
		low, high := strconv.FormatInt(size[0], 10), strconv.FormatInt(size[1], 10)
		switch {
		case size[1] == 0:
			values = append(values, Value{ID: "SIZE_" + low + "_OR_MORE", Name: low + "+ employees", Code: low + "+"})
		case size[0] == size[1]:
			values = append(values, Value{ID: "SIZE_" + low, Name: low + " employee", Code: low})
		default:
			values = append(values, Value{ID: "SIZE_" + low + "_TO_" + high, Name: low + "-" + high + " employees", Code: low + "-" + high})
		}
	}
	return values
}

// adURN returns the URN of a value in LinkedIn's advertising.
func (f Facet) adURN(id string) string {
	switch f { //nolint:exhaustive // the others are URNs already
	case InterfaceLocales:
		return f.urn(id)
	case StaffCountRanges:
		for i, v := range staffCountRanges() {
			if v.ID != id {
				continue
			}
			size := sizes()[i]
			if size[1] == 0 {
				size[1] = noUpperBound
			}
			return f.urn(fmt.Sprintf("(%d,%d)", size[0], size[1]))
		}
	}
	return id
}

// isURN tells whether the text claims to be one.
func isURN(s string) bool { return len(s) > 4 && strings.EqualFold(s[:4], "urn:") }

// Continents returns the ids of all continents: everywhere.
func (t *Tables) Continents() []string { return slices.Clone(t.continents) }
