package bluesky

import (
	"cmp"
	"encoding/json"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/internal/options"
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
	normal, err := options.WithoutEmpty(o, "shortenLinks", "thread", "threadNumber")
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
