package linkedin

import (
	"slices"

	"github.com/crier-social/crier/core"
)

// blame adds to a refusal of the post's files which of them it is about, as far as
// that can be told, and the way out for one that the client named by its URN.
func (p *publication) blame(err error, urns []string) error {
	from := core.AsError(err)
	if from.Kind != core.KindMedia || from.Field != "" {
		return err
	}
	i := p.culprit(from.Message, urns)
	if i < 0 {
		return err
	}
	e := *from
	e.Field = p.media[i].field
	if p.media[i].urn != "" {
		e.Help = "Name a file that this author has uploaded to LinkedIn, or give the address of the file instead of the URN: Crier then uploads it for the author."
	}
	return &e
}

// culprit returns the place of the file that the message names or, if it names
// none, of the only one, or the only one that Crier did not upload itself; -1 if
// neither tells.
func (p *publication) culprit(message string, urns []string) int {
	if len(urns) == 1 {
		return 0
	}
	for _, named := range namedMedia.FindAllString(message, -1) {
		if i := slices.Index(urns, named); i >= 0 {
			return i
		}
	}
	foreign := -1
	for i, a := range p.media {
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
