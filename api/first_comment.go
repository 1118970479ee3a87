package api

import (
	"github.com/crier-social/crier/core"
)

// maxCommentText is how many characters a comment has at most; networks take less.
const maxCommentText = 64 << 10

// decodeFirstComment reads the comment that its author puts below the post.
func (d *decoder) decodeFirstComment() {
	const key = "firstComment"
	raw, sent := d.raw(key)
	o, ok := asObject(raw)
	if !sent || !ok && blank(raw) && describe(raw) != "an array" {
		return
	}
	if !ok {
		d.add(invalid(key, key+` must be an object such as {"comment":"More in the next post"}, not `+describe(raw)))
		return
	}
	m := members{fields: d.fields, path: key, object: o}
	m.only("comment", "mediaUrls", "mediaUrl")
	readable := len(d.problems)
	first := &core.FirstComment{Text: m.text("comment", maxCommentText)}
	d.checkText(key+".comment", first.Text)
	list, plural := m.raw("mediaUrls")
	one, singular := m.raw("mediaUrl")
	switch {
	case plural && singular:
		m.add("mediaUrl", "is another name of "+key+".mediaUrls; send one of them")
	case plural:
		first.Media = d.mediaList(key+".mediaUrls", list, false)
	case singular:
		first.Media = d.mediaList(key+".mediaUrl", one, false)
	}
	if first.Text == "" && len(first.Media) == 0 && len(d.problems) == readable {
		m.add("comment", "is missing or empty: send the text, an image in "+key+".mediaUrls, or no "+key)
	}
	d.request.FirstComment = first
}

// decodeMentions reads the mentions, and warns of those for a network that is not here.
func (d *decoder) decodeMentions() {
	d.request.Mentions = d.mentions()
	for _, ref := range d.request.Mentions {
		if ref.Platform != "" {
			d.checkNetwork(ref.Field+".platform", ref.Platform)
		}
	}
}
