package coretest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/crier-social/crier/core"
)

// The limits of the option block.
const (
	maxAltText = 100 // characters
	maxDelay   = 60  // seconds
)

// options is the scripted network's option block.
type options struct {
	AltText   []string // one for each picture
	Thumbnail string   // address of a small picture
	Delay     int      // seconds between two looks at a file in processing; 0: 1
	Warn      string   // a warning to give to the author
}

// optionInfo lists the keys of the option block.
func optionInfo() []core.OptionInfo {
	return []core.OptionInfo{
		{Name: "altText", Type: "string[]", Help: "Descriptions of the pictures, in their order."},
		{Name: "delay", Type: "integer", Help: "Seconds between two looks at a file in processing, up to 60."},
		{Name: "thumbnail", Type: "string", Help: "Address of a small picture."},
		{Name: "warn", Type: "string", Help: "A warning that the author is given."},
	}
}

// decodeOptions reads the block strictly; path is its JSON path.
func decodeOptions(raw json.RawMessage, path string) (options, core.Errors) {
	var o options
	if len(raw) == 0 {
		return o, nil
	}
	var block map[string]json.RawMessage
	if err := json.Unmarshal(raw, &block); err != nil {
		return o, core.Errors{invalid(path, "must be an object", err)}
	}
	targets := map[string]func(json.RawMessage) error{
		"altText": into(&o.AltText), "delay": into(&o.Delay), "thumbnail": into(&o.Thumbnail), "warn": into(&o.Warn),
	}
	var problems core.Errors
	for _, name := range slices.Sorted(maps.Keys(block)) {
		decode, known := targets[name]
		if !known {
			e := invalid(path+"."+name, "is not an option of this network, which has "+strings.Join(slices.Sorted(maps.Keys(targets)), ", "), nil)
			e.Code = core.CodeUnknownOption
			problems = append(problems, e)
		} else if err := decode(block[name]); err != nil {
			problems = append(problems, invalid(path+"."+name, "is of the wrong type", err))
		}
	}
	return o, append(problems, o.check(path)...)
}

// into returns a decoder that leaves its target alone when it fails.
func into[T any](target *T) func(json.RawMessage) error {
	return func(raw json.RawMessage) error {
		var v T
		if err := json.Unmarshal(raw, &v); err != nil {
			return err
		}
		*target = v
		return nil
	}
}

// check holds the values against the limits.
func (o options) check(path string) core.Errors {
	var problems core.Errors
	for i, alt := range o.AltText {
		if utf8.RuneCountInString(alt) > maxAltText {
			problems = append(problems, invalid(fmt.Sprintf("%s.altText[%d]", path, i),
				fmt.Sprintf("must not be longer than %d characters", maxAltText), nil))
		}
	}
	if o.Delay < 0 || o.Delay > maxDelay {
		problems = append(problems, invalid(path+".delay", fmt.Sprintf("must be from 0 to %d", maxDelay), nil))
	}
	if o.Thumbnail != "" && !strings.HasPrefix(o.Thumbnail, "https://") {
		problems = append(problems, invalid(path+".thumbnail", "must be an https address", nil))
	}
	return problems
}

// invalid is a problem of one field.
func invalid(field, message string, cause error) *core.Error {
	return &core.Error{Kind: core.KindInvalid, Op: "plan", Field: field, Message: field + " " + message, Err: cause}
}
