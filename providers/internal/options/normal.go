package options

import (
	"encoding/json"
	"slices"
)

// WithoutEmpty writes the options of a block that say something. false says something, but for
// the options that are named: they are false anyhow.
func WithoutEmpty(block any, falseAnyhow ...string) (json.RawMessage, error) {
	raw, err := json.Marshal(block)
	if err != nil {
		return nil, err
	}
	var said map[string]json.RawMessage
	if err := json.Unmarshal(raw, &said); err != nil {
		return nil, err
	}
	for name, v := range said {
		switch string(v) {
		case "null", `""`, "[]":
			delete(said, name)
		case "false":
			if slices.Contains(falseAnyhow, name) {
				delete(said, name)
			}
		}
	}
	return json.Marshal(said)
}
