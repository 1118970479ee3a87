package bluesky

import "encoding/json"

// NormalOptions writes an option block without what is empty or the default, with the names
// of its options in one form, and with languages, labels and tags as they are sent.
func (p *Provider) NormalOptions(block json.RawMessage) json.RawMessage {
	o, problems := decodeOptions(block)
	langs, wrongLangs := o.planLanguages()
	labels, wrongLabels := o.planLabels()
	tags, wrongTags := o.planTags()
	replies, wrongReplies := planReplies(o.Replies)
	if len(problems)+len(wrongLangs)+len(wrongLabels)+len(wrongTags)+len(wrongReplies) > 0 {
		return block
	}
	o.Languages, o.Labels, o.Tags = langs, labels, tags
	if !replies.closed {
		o.Replies = nil
	}
	if o.AllowQuotes != nil && *o.AllowQuotes {
		o.AllowQuotes = nil
	}
	normal, err := withoutEmpty(o)
	if err != nil {
		return block
	}
	return normal
}

// withoutEmpty writes the options that say something. The false of link and allowQuotes
// does.
func withoutEmpty(o blockOptions) (json.RawMessage, error) {
	raw, err := json.Marshal(o)
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
			if name == "shortenLinks" {
				delete(said, name)
			}
		}
	}
	return json.Marshal(said)
}
