package linkedin

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/crier-social/crier/core"
)

const (
	linkField       = optionsKey + ".link"
	pollField       = optionsKey + ".poll"
	repostField     = optionsKey + ".repost"
	jobPostingField = optionsKey + ".jobPosting"
)

// exhibit is what a post shows besides its text, other than files: at most one of them.
type exhibit struct {
	card   *card
	poll   *poll
	repost *repost
}

// exhibits lists the options that give the post something to show, in the order of the
// README.
func (o blockOptions) exhibits() []string {
	var fields []string
	for _, one := range []struct {
		field string
		value json.RawMessage
	}{
		{linkField, o.linkCard()}, {pollField, o.Poll}, {repostField, o.Repost}, {jobPostingField, o.JobPosting},
	} {
		if len(one.value) > 0 {
			fields = append(fields, one.field)
		}
	}
	return fields
}

// checkAlone refuses what cannot be in one post: LinkedIn shows either files, or a card,
// or a poll, or another post.
func checkAlone(media []core.MediaRef, exhibits []string) core.Errors {
	shown := exhibits
	if len(media) > 0 {
		shown = append([]string{mediaField}, exhibits...)
	}
	if len(shown) < 2 {
		return nil
	}
	var problems core.Errors
	for _, field := range shown[1:] {
		problems = append(problems, invalid(field, fmt.Sprintf(
			"%s cannot go together with %s: a post on LinkedIn shows files, or the card of a link or a job, or a poll, or another post. Leave one of them out.", field, shown[0])))
	}
	return problems
}

// planExhibit reads the options that give a post something to show. Without any, and
// without files, the first address of the text makes a card.
func (p *publication) planExhibit(o blockOptions, d core.Draft) core.Errors {
	exhibits := o.exhibits()
	problems := checkAlone(d.Media, exhibits)
	if len(exhibits) == 0 {
		if len(d.Media) == 0 && !o.noLinkCard() {
			if p.card = firstLink(p.text); p.card == nil {
				p.warnOfNoCard()
			}
		}
		return problems
	}
	text := strings.TrimSpace(p.text.Visible()) != ""
	for _, field := range exhibits {
		var found core.Errors
		switch field {
		case linkField:
			p.card, found = planLink(o.Link, text)
		case pollField:
			p.poll, found = planPoll(o.Poll)
		case repostField:
			p.repost, found = p.provider.planRepost(o.Repost)
		case jobPostingField:
			p.card, found = planJobPosting(o.JobPosting)
		}
		problems = append(problems, found...)
	}
	return problems
}

// textOf reads a value that may be written as text or as a number.
func textOf(raw json.RawMessage, field, what string) (string, *core.Error) {
	var number json.Number
	if len(raw) > 0 && raw[0] != '"' && json.Unmarshal(raw, &number) == nil {
		return number.String(), nil
	}
	var text string
	if bytes.HasPrefix(raw, []byte(`"`)) && json.Unmarshal(raw, &text) == nil {
		if text = strings.TrimSpace(text); text != "" {
			return text, nil
		}
		return "", invalid(field, field+" is empty; leave it out, or give "+what+".")
	}
	return "", invalid(field, field+" must be "+what+".")
}
