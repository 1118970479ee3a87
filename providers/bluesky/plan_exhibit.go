package bluesky

import (
	"fmt"

	"github.com/crier-social/crier/core"
)

// exhibit is what a post shows or refers to besides its text and files.
type exhibit struct {
	card   *card
	reply  *target
	quote  *target
	repost *target
}

// targets lists the posts that are referred to.
func (x exhibit) targets() []*target {
	var out []*target
	for _, t := range []*target{x.reply, x.quote, x.repost} {
		if t != nil {
			out = append(out, t)
		}
	}
	return out
}

// planExhibit reads the options that name links and posts. Without files, and without a
// post that is quoted, the first address of the text makes a card.
func (p *publication) planExhibit(o blockOptions, d core.Draft) core.Errors {
	problems := checkCompany(o, d)
	for _, one := range []struct {
		field string
		value *string
		into  **target
	}{
		{replyField, o.ReplyTo, &p.exhibit.reply}, {quoteField, o.Quote, &p.exhibit.quote}, {repostField, o.Repost, &p.exhibit.repost},
	} {
		t, found := p.provider.planTarget(one.field, one.value)
		*one.into, problems = t, append(problems, found...)
	}
	link := o.linkCard()
	switch {
	case link != nil:
		card, found := planLink(link)
		p.exhibit.card, problems = card, append(problems, found...)
	case len(d.Media) == 0 && o.Quote == nil && o.Repost == nil && !o.noLinkCard():
		p.exhibit.card = firstLink(p.texts()[0])
	}
	return problems
}

// checkCompany refuses what cannot be in one post.
func checkCompany(o blockOptions, d core.Draft) core.Errors {
	var problems core.Errors
	if o.linkCard() != nil && len(d.Media) > 0 {
		problems = append(problems, invalid(linkField, linkField+" cannot go together with mediaUrls: a post on Bluesky shows either files or the card of a link. Leave one of them out."))
	}
	if o.Repost == nil {
		return problems
	}
	for _, other := range []struct {
		field string
		given bool
	}{
		{mediaField, len(d.Media) > 0},
		{linkField, o.linkCard() != nil},
		{replyField, o.ReplyTo != nil},
		{quoteField, o.Quote != nil},
		{labelsField, len(o.Labels) > 0},
		{languagesField, len(o.Languages) > 0},
		{tagsField, len(o.Tags) > 0},
		{repliesField, len(o.Replies) > 0},
		{allowQuotesField, o.AllowQuotes != nil},
		{threadField, o.Thread},
		{commentsField, d.DisableComments},
		{"firstComment", d.FirstComment != nil},
	} {
		if other.given {
			problems = append(problems, invalid(other.field, fmt.Sprintf("%s cannot go together with %s: a repost on Bluesky has nothing of its own. To add something, name the post in %s.", other.field, repostField, quoteField)))
		}
	}
	return problems
}
