package linkedin

import (
	"encoding/json"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/internal/options"
	"github.com/crier-social/crier/providers/linkedin/api"
)

// NormalOptions writes an option block without what is empty or the default, with the
// names of its options and of its visibility in one form, and a poll with its duration.
func (p *Provider) NormalOptions(block json.RawMessage) json.RawMessage {
	o, problems := decodeOptions(block)
	visibility, wrong := o.visibility(core.AccountPerson)
	if len(problems) > 0 || wrong != nil {
		return block
	}
	if o.Visibility = nil; visibility != api.VisibilityPublic {
		o.Visibility = &visibility
	}
	o.Poll = normalPoll(o.Poll)
	normal, err := options.WithoutEmpty(o, "disableShare")
	if err != nil {
		return block
	}
	return normal
}

// normalPoll writes a poll with its duration in LinkedIn's words; one that is refused
// stays as it is.
func normalPoll(raw json.RawMessage) json.RawMessage {
	var o pollOptions
	if len(raw) == 0 || options.Decode(raw, pollField, &o) != nil {
		return raw
	}
	duration, wrong := pollDuration(o.Duration)
	if wrong != nil {
		return raw
	}
	normal, err := json.Marshal(map[string]any{"question": o.Question, "options": o.Options, "duration": duration})
	if err != nil {
		return raw
	}
	return normal
}
