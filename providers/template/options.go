package template

import (
	"encoding/json"
	"fmt"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/internal/options"
)

// The option block: its fields, how they are described, and how they are read.

const (
	textField    = "post"
	altTextField = optionsKey + ".altText"
)

// blockOptions is the option block.
type blockOptions struct {
	AltText []string `json:"altText"`
}

// optionInfos describes the options that are carried out.
func optionInfos() []core.OptionInfo {
	return []core.OptionInfo{
		{Name: "altText", Type: "string[]", Help: fmt.Sprintf("Descriptions of the images, in order; at most %d characters each.", maxAlt)},
	}
}

// decodeOptions reads the option block. Unknown keys are refused with their path and the
// nearest name that is known.
func decodeOptions(raw json.RawMessage) (blockOptions, core.Errors) {
	var o blockOptions
	err := options.Decode(raw, optionsKey, &o)
	return o, core.AsErrors(err)
}
