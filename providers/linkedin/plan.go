package linkedin

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/internal/linkcard"
	"github.com/crier-social/crier/providers/linkedin/littletext"
)

// maxTextLength is the limit of the commentary. Escapes and the markup of
// mentions are not counted.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/ugc-post-api
const maxTextLength = 3000

// The fields of a request that every network shares.
const (
	textField  = "post"
	mediaField = "mediaUrls"
)

var authorURN = regexp.MustCompile(`^urn:li:(person:[A-Za-z0-9_-]+|organization:\d+)$`)

// publication is one draft bound to one author.
type publication struct {
	provider     *Provider
	author       string
	words        wording
	text         littletext.Text // of words, as far as it is known
	lookedUp     *resolution     // of words, by Preflight
	visibility   string
	targeting    *targeting // nil: everybody
	disableShare bool
	media        []attachment
	companions   companions
	warnings     []core.Warning
	doubt        []core.Warning // of the preview alone
	exhibit

	comment       *remark // to be put below the post; nil: none
	closeComments bool

	// What Preflight has found out.
	asked  *linkcard.Answer // of the page of the card
	parent string           // URN of the post that is reposted
}

// Plan reads the options and checks everything that needs no network.
func (p *Provider) Plan(_ context.Context, as core.Account, d core.Draft) (core.Publication, error) {
	o, optionProblems := decodeOptions(d.Options)
	author, e := planAuthor(o.AsOrganization, as.RemoteID)
	if e != nil {
		optionProblems = append(optionProblems, e)
	}
	words, wordProblems := p.planText(author, textField, d.Text, d.Mentions)
	pub := &publication{provider: p, author: author, words: words, text: words.foreseen(), warnings: words.warnings}
	problems := append(checkAuthor(as.RemoteID), wordProblems...)
	problems = append(problems, checkText(pub.text, len(d.Media)+len(o.exhibits()) > 0)...)

	media, mediaProblems := p.planMedia(d.Media)
	pub.media = media
	problems = append(problems, mediaProblems...)

	problems = append(problems, optionProblems...)
	problems = append(problems, pub.apply(o, accountKind(author))...)
	problems = append(problems, pub.planExhibit(o, d)...)
	problems = append(problems, pub.planFollowUps(d)...)
	if err := problems.OrNil(); err != nil {
		return nil, err
	}
	return pub, nil
}

// accountKind tells what an author posts as.
func accountKind(urn string) core.AccountKind {
	if strings.HasPrefix(urn, organizationPrefix) {
		return core.AccountOrganization
	}
	return core.AccountPerson
}

func checkAuthor(urn string) core.Errors {
	if authorURN.MatchString(urn) {
		return nil
	}
	e := invalid("accountIds", fmt.Sprintf("LinkedIn knows no author %q: an account posts as urn:li:person:… or urn:li:organization:…", urn))
	e.Help = "Link the account again."
	return core.Errors{e}
}

func checkText(text littletext.Text, shows bool) core.Errors {
	if !shows && strings.TrimSpace(text.Visible()) == "" {
		return core.Errors{invalid(textField, "A post on LinkedIn needs text, or something to show: a file, a link, a poll, or a post that is reposted.")}
	}
	n := text.Length()
	if n <= maxTextLength {
		return nil
	}
	return core.Errors{{
		Kind: core.KindInvalid, Code: core.CodeTextTooLong, Platform: name, Field: textField,
		Message: fmt.Sprintf("The text has %d characters; LinkedIn takes %d, so it is %d too long.", n, maxTextLength, n-maxTextLength),
	}}
}

// apply puts the options into effect and reports what is wrong with them.
func (p *publication) apply(o blockOptions, as core.AccountKind) core.Errors {
	var problems core.Errors
	p.disableShare = o.DisableShare
	visibility, e := o.visibility(as)
	if e != nil {
		problems = append(problems, e)
	}
	p.visibility = visibility
	companions, companionProblems := planCompanions(o, p.media)
	p.companions = companions
	problems = append(problems, companionProblems...)
	problems = append(problems, p.planTargeting(o.Targeting)...)
	return append(problems, p.applyTexts(o)...)
}

// attachments lists every file that is shown by itself and so is uploaded, processed and
// named by itself.
func (p *publication) attachments() []attachment {
	if p.card != nil && p.card.thumbnail != nil {
		return append(slices.Clone(p.media), *p.card.thumbnail)
	}
	return p.media
}

// Needs lists the files that have to be fetched.
func (p *publication) Needs() []core.Need {
	var needs []core.Need
	for _, a := range p.uploads() {
		if a.urn == "" {
			needs = append(needs, a.need)
		}
	}
	return append(needs, p.companions.needs()...)
}
