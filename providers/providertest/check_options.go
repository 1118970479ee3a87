package providertest

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
)

// checkMisspelledOptions: whoever misspells an option is told which one was meant.
func checkMisspelledOptions(s *scene) error {
	var ps problems
	for _, o := range s.info.Options {
		for _, misspelled := range s.misspellings(o.Name) {
			if err := s.suggests(misspelled, o.Name); err != nil {
				ps.add("the option %s: %w", misspelled, err)
			}
		}
	}
	return ps.err()
}

// misspellings are a name with a letter too many, and with one too few, unless others are called
// so. Short names have none, as they could be anything.
func (s *scene) misspellings(name string) []string {
	const shortest = 4
	if len(name) < shortest {
		return nil
	}
	middle := len(name) / 2
	return slices.DeleteFunc([]string{name + name[len(name)-1:], name[:middle] + name[middle+1:]}, func(misspelled string) bool {
		return slices.ContainsFunc(s.info.Options, func(o core.OptionInfo) bool { return strings.EqualFold(o.Name, misspelled) })
	})
}

// suggests tells whether Plan refuses an option and names another one.
func (s *scene) suggests(given, meant string) error {
	d := s.h.Text
	d.Options = blockWith(given, `"x"`)
	field := s.info.OptionsKey + "." + given
	if err := s.refused(d, refusal{field: field, kind: core.KindInvalid, code: core.CodeUnknownOption}); err != nil {
		return err
	}
	_, err := s.Provider.Plan(s.t.Context(), s.Author.Account, d)
	named := regexp.MustCompile(`\b` + regexp.QuoteMeta(meant) + `\b`)
	for _, e := range core.AsErrors(err) {
		if e.Field == field && named.MatchString(e.Message+" "+e.Help) {
			return nil
		}
	}
	return wrongf("Plan refuses it and does not name %s: %w", meant, err)
}

// checkOptionTypes: a value of a type that an option does not have is refused by name, with
// files and without, so that no other rule about the option hides that it was read.
func checkOptionTypes(s *scene) error {
	var ps problems
	for _, o := range s.info.Options {
		values := wrongValues(o.Type)
		for _, kind := range slices.Sorted(maps.Keys(values)) {
			for _, d := range []core.Draft{s.h.Text, s.h.Media} {
				d.Options = blockWith(o.Name, values[kind])
				if err := s.refused(d, refusal{field: s.info.OptionsKey + "." + o.Name + "*", kind: core.KindInvalid}); err != nil {
					ps.add("%q with the option %s (%s) as %s, which is %s: %w", d.Text, o.Name, o.Type, values[kind], kind, err)
				}
			}
		}
	}
	return ps.err()
}

// wrongValues are values, by what they are, that an option of a type does not take. A type is
// one of JSON's, or a list of such ("string[]"), or several: "string or object[]".
func wrongValues(optionType string) map[string]string {
	values := map[string]string{"string": `"7"`, "number": `7.5`, "boolean": `true`, "object": `{"noSuchKey":7}`}
	for kind := range strings.SplitSeq(optionType, " or ") {
		if kind == "integer" {
			kind = "number"
		}
		delete(values, kind)
	}
	values["a list of lists"] = `[[[]]]`
	return values
}

// checkAbsentOptions: null is as if the option were not there. What is empty is so too, or is
// refused by name: it never means something else.
func checkAbsentOptions(s *scene) error {
	var ps problems
	plain := s.h.Text
	plain.Options = nil
	want, err := s.look(plain)
	if err != nil {
		return err
	}
	for _, o := range s.info.Options {
		for _, value := range []string{`null`, `""`, `[]`, `{}`} {
			d := plain
			d.Options = blockWith(o.Name, value)
			if value != `null` && s.refused(d, refusal{field: s.info.OptionsKey + "." + o.Name + "*", kind: core.KindInvalid}) == nil {
				continue
			}
			got, err := s.look(d)
			if err != nil {
				ps.add("the option %s with %s: %w", o.Name, value, err)
			} else if diff := cmp.Diff(want, got); diff != "" {
				ps.add("the option %s with %s is not like none: %s", o.Name, value, diff)
			}
		}
	}
	return ps.err()
}

// blockWith is an option block with one option.
func blockWith(name, value string) json.RawMessage {
	return json.RawMessage(`{"` + name + `":` + value + `}`)
}
