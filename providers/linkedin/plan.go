package linkedin

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin/littletext"
)

// maxTextLength is the limit of the commentary. Escapes and the markup of
// mentions are not counted.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/ugc-post-api
const maxTextLength = 3000

const textField = "post"

var authorURN = regexp.MustCompile(`^urn:li:(person:[A-Za-z0-9_-]+|organization:\d+)$`)

// publication is one draft bound to one author.
type publication struct {
	provider     *Provider
	author       string
	text         littletext.Text
	visibility   string
	disableShare bool
	images       []image
	warnings     []core.Warning
}

// Plan reads the options and checks everything that needs no network.
func (p *Provider) Plan(_ context.Context, as core.Account, d core.Draft) (core.Publication, error) {
	pub := &publication{provider: p, author: as.RemoteID, text: littletext.Parse(d.Text)}
	problems := checkAuthor(as.RemoteID)
	problems = append(problems, checkText(pub.text, len(d.Media) > 0)...)

	images, mediaProblems := planImages(d.Media)
	pub.images = images
	problems = append(problems, mediaProblems...)

	o, optionProblems := decodeOptions(d.Options)
	problems = append(problems, optionProblems...)
	problems = append(problems, pub.apply(o, accountKind(as.RemoteID))...)
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

func checkText(text littletext.Text, media bool) core.Errors {
	if !media && strings.TrimSpace(text.Visible()) == "" {
		return core.Errors{invalid(textField, "A post on LinkedIn needs text or an image.")}
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
	problems = append(problems, checkTexts(optionsKey+".altText", o.AltText, len(p.images), maxAltText)...)
	problems = append(problems, checkTexts(optionsKey+".titles", o.Titles, len(p.images), maxTitle)...)
	problems = append(problems, checkLength(optionsKey+".title", o.Title, maxTitle)...)
	for i := range p.images {
		p.images[i].altText = at(o.AltText, i)
	}
	p.applyTitles(o)
	return problems
}

// applyTitles gives a single image its title, and says where LinkedIn has no
// place for one.
func (p *publication) applyTitles(o blockOptions) {
	if len(p.images) == 1 {
		p.images[0].title = cmp.Or(at(o.Titles, 0), o.Title)
		return
	}
	reason := "LinkedIn shows a title for a single image only; a post of several has none."
	if len(p.images) == 0 {
		reason = "LinkedIn shows a title for an image only; this post has none."
	}
	if strings.Join(o.Titles, "") != "" {
		p.warn(optionsKey+".titles", reason)
	}
	if o.Title != "" {
		p.warn(optionsKey+".title", reason)
	}
}

func (p *publication) warn(field, message string) {
	p.warnings = append(p.warnings, core.Warning{Field: field, Message: message})
}

// checkTexts checks a list with one text for each image.
func checkTexts(field string, texts []string, images, limit int) core.Errors {
	var problems core.Errors
	if len(texts) > images {
		problems = append(problems, invalid(fmt.Sprintf("%s[%d]", field, images),
			fmt.Sprintf("%s has %d entries for %d images.", field, len(texts), images)))
	}
	for i, text := range texts {
		problems = append(problems, checkLength(fmt.Sprintf("%s[%d]", field, i), text, limit)...)
	}
	return problems
}

func checkLength(field, text string, limit int) core.Errors {
	if n := littletext.UTF16Length(text); n > limit {
		return core.Errors{invalid(field, fmt.Sprintf("%s has %d characters; LinkedIn takes %d.", field, n, limit))}
	}
	return nil
}

// at returns an entry of a list that may be shorter.
func at(list []string, i int) string {
	if i < len(list) {
		return list[i]
	}
	return ""
}

// Needs lists the images that have to be fetched.
func (p *publication) Needs() []core.Need {
	var needs []core.Need
	for _, img := range p.images {
		if img.urn == "" {
			needs = append(needs, img.need)
		}
	}
	return needs
}
