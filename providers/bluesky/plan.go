package bluesky

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/bluesky/richtext"
	"github.com/crier-social/crier/providers/internal/linkcard"
)

// publication is one draft bound to one account.
type publication struct {
	provider *Provider
	author   string // DID
	words    wording
	text     richtext.Text // of words, as far as it is known
	lookedUp *resolution   // of words, by Preflight
	media    []attachment
	captions []captions
	exhibit  exhibit
	gate     gate
	langs    []string
	labels   []string
	tags     []string
	thread   threading
	warnings []core.Warning
	doubt    []core.Warning       // of the preview alone
	asked    *linkcard.Answer     // of the page of the card, by Preflight
	found    map[string]foundPost // by Preflight: the posts that options name, until Prepare takes them
	files    map[string]upload    // by Preflight: what would be sent, by the need's key
	comment  *remark              // to be put below the post; nil: none
	// notBefore is the first time that the record may show; zero: any.
	notBefore time.Time
}

// Plan reads the options and checks everything that needs no network.
func (p *Provider) Plan(_ context.Context, as core.Account, d core.Draft) (core.Publication, error) {
	o, optionProblems := decodeOptions(d.Options)
	words, problems := p.planText(textField, d.Text, d.Mentions, o.ShortenLinks)
	pub := &publication{provider: p, author: as.RemoteID, words: words, text: words.foreseen(), warnings: words.warnings}
	pub.thread = threading{on: o.Thread, numbered: o.ThreadNumber}
	problems = append(checkAuthor(as.RemoteID), problems...)
	if !slices.ContainsFunc(optionProblems, concerns(repostField, quoteField)) { // which may go without a text
		problems = append(problems, pub.checkLength(d, o)...)
	}

	media, mediaProblems := planMedia(d.Media)
	pub.media = media
	problems = append(problems, mediaProblems...)

	problems = append(problems, optionProblems...)
	problems = append(problems, besides(optionProblems, pub.apply(o, d))...)
	problems = append(problems, pub.planFollowUps(d)...)
	if err := problems.OrNil(); err != nil {
		return nil, err
	}
	posts, _ := pub.split(pub.text)
	if e := pub.checkRequest(posts); e != nil {
		return nil, e
	}
	return pub, nil
}

// besides leaves out what is said of fields that could not be read in the first place.
func besides(unread, problems core.Errors) core.Errors {
	return slices.DeleteFunc(problems, func(e *core.Error) bool {
		return slices.ContainsFunc(unread, concerns(e.Field))
	})
}

func checkAuthor(did string) core.Errors {
	if _, err := syntax.ParseDID(did); err == nil {
		return nil
	}
	e := invalid("accountIds", fmt.Sprintf("Bluesky knows no author %q: an account posts as its DID, did:plc:… or did:web:….", did))
	e.Help = "Link the account again."
	return core.Errors{e}
}

// checkLength checks the text, which a repost alone goes without if there are no files and
// nothing else to show.
func (p *publication) checkLength(d core.Draft, o blockOptions) core.Errors {
	switch blank := strings.TrimSpace(p.text.Visible()) == ""; {
	case o.Repost != nil && !blank:
		return core.Errors{invalid(textField, "A repost on Bluesky has no text of its own. To say something about the post, name it in "+quoteField+" instead of "+repostField+".")}
	case blank && o.Repost == nil && len(d.Media) == 0 && o.linkCard() == nil && o.Quote == nil:
		return core.Errors{invalid(textField, "A post on Bluesky needs text, or something to show: files, a link, or a post that is quoted or reposted.")}
	}
	_, problems := p.split(p.text)
	return problems
}

// checkText holds a text against Bluesky's limits.
func checkText(field string, text richtext.Text) core.Errors {
	visible := text.Visible()
	e := &core.Error{Kind: core.KindInvalid, Code: core.CodeTextTooLong, Platform: name, Field: field}
	switch n := richtext.Graphemes(visible); {
	case n > maxTextLength:
		e.Message = fmt.Sprintf("The text has %d characters; Bluesky takes %d, so it is %d too long.", n, maxTextLength, n-maxTextLength)
	case len(visible) > maxTextBytes:
		e.Message = fmt.Sprintf("The text has %d bytes, since some of its characters are made of many; Bluesky takes %d.", len(visible), maxTextBytes)
	default:
		return nil
	}
	return core.Errors{e}
}

// apply puts the options into effect and reports what is wrong with them.
func (p *publication) apply(o blockOptions, d core.Draft) core.Errors {
	problems := append(p.applyTexts(o), checkThreading(o)...)
	var found core.Errors
	p.langs, found = o.planLanguages()
	problems = append(problems, found...)
	p.labels, found = o.planLabels()
	problems = append(problems, found...)
	p.tags, found = o.planTags()
	problems = append(problems, found...)
	p.captions, found = planCaptions(o, p.media, p.langs)
	problems = append(problems, found...)
	problems = append(problems, p.planExhibit(o, d)...)
	p.gate, found = planGate(o, d.DisableComments)
	return append(problems, found...)
}

// Needs lists the files that have to be fetched.
func (p *publication) Needs() []core.Need {
	var needs []core.Need
	for _, a := range p.media {
		needs = append(needs, a.need)
	}
	for _, c := range p.captions {
		needs = append(needs, c.need)
	}
	if p.exhibit.card != nil && p.exhibit.card.thumbnail != nil {
		needs = append(needs, *p.exhibit.card.thumbnail)
	}
	return append(needs, p.comment.needs()...)
}
