package linkedin

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin/littletext"
)

const (
	altTextField = optionsKey + ".altText"
	titlesField  = optionsKey + ".titles"
	titleField   = optionsKey + ".title"
)

// applyTexts gives the attachments their titles and descriptions, and says where
// LinkedIn has no place for one.
func (p *publication) applyTexts(o blockOptions) core.Errors {
	var problems core.Errors
	problems = append(problems, checkTexts(altTextField, o.AltText, len(p.media), maxAltText)...)
	problems = append(problems, checkTexts(titlesField, o.Titles, len(p.media), maxTitle)...)
	problems = append(problems, checkLength(titleField, o.Title, maxTitle)...)
	for i := range p.media {
		p.media[i].altText = at(o.AltText, i)
		if w, ok := p.media[i].altTextWarning(p.media[i].kind()); ok {
			p.warnings = append(p.warnings, w)
		}
	}
	if len(p.media) != 1 {
		p.warnOfTitles(o)
		return problems
	}
	a := &p.media[0]
	a.title = cmp.Or(at(o.Titles, 0), o.Title)
	if a.title == "" && kindOf(a.urn) == core.MediaDocument {
		problems = append(problems, invalid(titleField,
			"LinkedIn wants a title for a document, and one that is there already has no file name to take it from."))
	}
	return problems
}

// altTextWarning tells that LinkedIn keeps no description of a file of the kind.
func (a attachment) altTextWarning(kind core.MediaKind) (core.Warning, bool) {
	if a.altText == "" || (kind != core.MediaVideo && kind != core.MediaDocument) {
		return core.Warning{}, false
	}
	return core.Warning{
		Field:   altTextField,
		Message: fmt.Sprintf("LinkedIn keeps a description of images only; that of the %s is left out.", kind),
	}, true
}

func (p *publication) warnOfTitles(o blockOptions) {
	reason := "LinkedIn shows a title for a single file only; a post of several has none."
	if len(p.media) == 0 {
		reason = "LinkedIn shows a title for a file only; this post has none."
	}
	if strings.Join(o.Titles, "") != "" {
		p.warn(titlesField, reason)
	}
	if o.Title != "" {
		p.warn(titleField, reason)
	}
}

func (p *publication) warn(field, message string) {
	p.warnings = append(p.warnings, core.Warning{Field: field, Message: message})
}

// checkTexts checks a list with one text for each file.
func checkTexts(field string, texts []string, files, limit int) core.Errors {
	var problems core.Errors
	if len(texts) > files {
		problems = append(problems, invalid(fmt.Sprintf("%s[%d]", field, files),
			fmt.Sprintf("%s has more entries than the post has files: %d and %d.", field, len(texts), files)))
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
