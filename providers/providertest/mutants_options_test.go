package providertest_test

import (
	"context"
	"encoding/json"
	"maps"

	"github.com/crier-social/crier/core"
)

// optionMutants are adapters that read their option block wrongly.
func optionMutants() map[string]mutation {
	return map[string]mutation{
		"an unknown option of which nobody says what it may be": {"plan/misspelled options", planOf(nil, func(e *core.Error) {
			if e.Code == core.CodeUnknownOption {
				e.Message = e.Field + " is not known."
			}
		})},
		"a misspelled option that is taken": {"plan/misspelled options", planOf(func(block map[string]json.RawMessage) {
			if given, ok := block["warnn"]; ok {
				delete(block, "warnn")
				block["warn"] = given
			}
		}, nil)},
		"a number that is taken for a text": {"plan/types of options", planOf(func(block map[string]json.RawMessage) {
			if given, ok := block["warn"]; ok && given[0] != '"' {
				block["warn"], _ = json.Marshal(string(given))
			}
		}, nil)},
		"a text that is taken for a list of one": {"plan/types of options", planOf(func(block map[string]json.RawMessage) {
			if given, ok := block["altText"]; ok && given[0] == '"' {
				block["altText"] = json.RawMessage("[" + string(given) + "]")
			}
		}, nil)},
		"a value of the wrong type that is ignored": {"plan/types of options", planOf(func(block map[string]json.RawMessage) {
			if given, ok := block["delay"]; ok && (given[0] < '0' || given[0] > '9') {
				delete(block, "delay")
			}
		}, nil)},
		"a wrong type of which only the block is told": {"plan/types of options", planOf(nil, func(e *core.Error) {
			if e.Code != core.CodeUnknownOption {
				e.Field = "scriptedOptions"
			}
		})},
		"null that is refused": {"plan/absent options", planOf(func(block map[string]json.RawMessage) {
			for name, given := range maps.All(block) {
				if string(given) == "null" {
					block[name] = json.RawMessage(`{}`)
				}
			}
		}, nil)},
		"an empty text that means something": {"plan/absent options", planOf(func(block map[string]json.RawMessage) {
			if string(block["thumbnail"]) == `""` {
				block["thumbnail"] = json.RawMessage(`"https://media.example/default.png"`)
			}
		}, nil)},
	}
}

// planOf builds in a Plan that changes the option block before it is read, or the problems that
// are found in it.
func planOf(change func(map[string]json.RawMessage), spoil func(*core.Error)) func(*mutant) {
	return func(m *mutant) {
		m.plan = func(ctx context.Context, m *mutant, as core.Account, d core.Draft) (core.Publication, error) {
			var block map[string]json.RawMessage
			if json.Unmarshal(d.Options, &block) == nil && block != nil && change != nil {
				change(block)
				d.Options, _ = json.Marshal(block)
			}
			pub, err := m.Provider.Plan(ctx, as, d)
			for _, e := range core.AsErrors(err) {
				if spoil != nil {
					spoil(e)
				}
			}
			return pub, err
		}
	}
}
