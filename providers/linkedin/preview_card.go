package linkedin

import (
	"cmp"
	"fmt"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/internal/linkcard"
	"github.com/crier-social/crier/providers/linkedin/api"
)

// foreseenCard is what is known of the card before Prepare, nil if nothing is.
func (p *publication) foreseenCard() *linkcard.Progress {
	if p.asked == nil {
		return nil
	}
	c := &linkcard.Progress{}
	c.Conclude(*p.asked)
	return c
}

// foreseenArticle is the card that would be sent. What is still to be read or uploaded
// is named by its place.
func (p *publication) foreseenArticle() *api.Article {
	if p.card == nil {
		return nil
	}
	found := p.foreseenCard()
	if found == nil && p.card.asksPage() {
		found = &linkcard.Progress{Page: &core.Page{Title: fmt.Sprintf("(title of %s)", p.card.source)}}
	}
	return p.card.article(found, p.foreseenThumbnail(found))
}

func (p *publication) foreseenThumbnail(found *linkcard.Progress) string {
	if given := p.card.thumbnail; given != nil {
		return cmp.Or(given.urn, given.placeholder())
	}
	if need, ok := p.card.picture(found); ok && found.NoPicture == "" {
		return fmt.Sprintf("(image of %s)", need.URL)
	}
	return ""
}

// foreseenTrouble tells what the card would lack, and why.
func (p *publication) foreseenTrouble() []core.Warning {
	found := p.foreseenCard()
	if p.card == nil || found == nil {
		return nil
	}
	w, ok := p.card.warning(found)
	if !ok {
		return nil
	}
	w.Message += " The page is read again when the post goes out."
	return []core.Warning{w}
}
