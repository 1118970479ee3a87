package linkedin

import (
	"errors"
	"slices"
	"strings"

	"github.com/crier-social/crier/core"
)

// blame adds to a refusal of the post which part of the request it is about, as far as
// that can be told, and the way out.
func (p *publication) blame(err error, r resolved) error {
	from := core.AsError(err)
	switch {
	case from.Kind == core.KindMedia && from.Field == "":
		return p.blameFile(err, r.urns())
	case from.Kind == core.KindForbidden && p.repost != nil:
		return blameRepost(err, r.parent)
	case from.Kind == core.KindInvalid && (from.Field == "" || from.Field == mediaField):
		return p.blameExhibit(err, r.parent)
	}
	return err
}

// blameFile names the file that was refused, and the way out for one that the client
// named by its URN.
func (p *publication) blameFile(err error, urns []string) error {
	shown := p.attachments()
	i := culprit(core.AsError(err).Message, urns, shown)
	if i < 0 || i >= len(shown) {
		return err
	}
	e := *core.AsError(err)
	e.Field = shown[i].field
	if shown[i].urn != "" {
		e.Help = "Name a file that this author has uploaded to LinkedIn, or give the address of the file instead of the URN: Crier then uploads it for the author."
	}
	return &e
}

// culprit returns the place of the file that the message names or, if it names
// none, of the only one, or the only one that Crier did not upload itself; -1 if
// neither tells.
func culprit(message string, urns []string, shown []attachment) int {
	if len(urns) == 1 {
		return 0
	}
	for _, named := range namedMedia.FindAllString(message, -1) {
		if i := slices.Index(urns, named); i >= 0 {
			return i
		}
	}
	foreign := -1
	for i, a := range shown {
		if a.urn == "" {
			continue
		}
		if foreign >= 0 {
			return -1
		}
		foreign = i
	}
	return foreign
}

// blameRepost recognises that a post cannot be reposted, of which LinkedIn says no more
// than that it is forbidden.
func blameRepost(err error, parent string) error {
	from := core.AsError(err)
	words, ok := errors.AsType[unexplained](from.Err)
	low := strings.ToLower(string(words))
	if !ok || (!strings.Contains(low, "reshar") && !strings.Contains(low, "parent")) {
		return err
	}
	e := *from
	e.Kind, e.Code, e.Field = core.KindInvalid, core.CodeUpstreamInvalid, repostField
	e.Message = "LinkedIn does not let " + parent + " be reposted: its author does not allow it, or not everybody may see it" + quote(string(words))
	e.Help = "Repost a public post whose author allows it, or link to it instead."
	return &e
}

// blameExhibit names the option that made the part of the request that was refused.
func (p *publication) blameExhibit(err error, parent string) error {
	from := core.AsError(err)
	field, signs := p.exhibitSigns()
	low := strings.ToLower(from.Message)
	named := slices.ContainsFunc(signs, func(sign string) bool { return strings.Contains(low, sign) })
	if field == "" || (from.Field == "" && !named) {
		return err
	}
	e := *from
	e.Field = field
	if p.repost != nil && strings.Contains(low, "parent") {
		e.Message = parent + " could not be reposted. " + sentence(from.Message)
		e.Help = "Check the URN, and that the post was not deleted. " + helpWithURN
	}
	return &e
}

// exhibitSigns returns the option that made what the post shows besides text and files,
// and the words by which LinkedIn's refusals name the parts of it.
func (p *publication) exhibitSigns() (field string, signs []string) {
	switch {
	case p.card != nil:
		return p.card.field, []string{"article", "source", "title", "description", "thumbnail", "url"}
	case p.poll != nil:
		return pollField, []string{"poll", "question", "option", "duration"}
	case p.repost != nil:
		return repostField, []string{"parent", "reshare"}
	}
	return "", nil
}
