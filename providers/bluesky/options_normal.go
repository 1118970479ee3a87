package bluesky

import (
	"cmp"
	"encoding/json"

	"github.com/crier-social/crier/core"
)

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
	if wrong := p.normalTargets(&o); len(wrong) > 0 {
		return block
	}
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

// normalTargets writes the posts that are named in one form: at://…, or their ids on this
// server. Whose the handle in an address is shows only when somebody is asked.
func (p *Provider) normalTargets(o *blockOptions) core.Errors {
	var problems core.Errors
	for field, v := range map[string]**string{replyField: &o.ReplyTo, quoteField: &o.Quote, repostField: &o.Repost} {
		t, wrong := p.planTarget(field, *v)
		if problems = append(problems, wrong...); t != nil {
			normal := cmp.Or(t.uri, t.postID)
			*v = &normal
		}
	}
	return problems
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
