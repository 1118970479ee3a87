package linkedin

import (
	"cmp"
	"time"
	"unicode"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/internal/linkcard"
	"github.com/crier-social/crier/providers/internal/weblink"
	"github.com/crier-social/crier/providers/linkedin/api"
)

const (
	// pictureTimeout bounds an attempt to send the picture to LinkedIn.
	pictureTimeout = 20 * time.Second
	// pictureProcessing is how long LinkedIn may work on the picture of a page.
	pictureProcessing = 20 * time.Second
)

// pictureKey is the key of the picture that a page names.
const pictureKey = "link.picture"

// titleFrom returns the title of the card, "" if there is none.
func (c *card) titleFrom(page core.Page) string {
	return cmp.Or(c.title, oneLine(page.Title, maxCardTitle), oneLine(c.fallback, maxCardTitle))
}

// article returns the card as it is sent, nil if it cannot be made. thumbnail is the URN
// of its picture.
func (c *card) article(found *linkcard.Progress, thumbnail string) *api.Article {
	page := found.Says()
	a := &api.Article{Source: c.source, Title: c.titleFrom(page), Thumbnail: thumbnail}
	if a.Title == "" {
		return nil
	}
	if c.description != nil {
		a.Description = *c.description
	} else {
		a.Description = oneLine(page.Description, maxCardDescription)
	}
	return a
}

// picture returns the need of the picture that the page names, if it is wanted.
func (c *card) picture(found *linkcard.Progress) (core.Need, bool) {
	address := found.Says().ImageURL
	if c.thumbnail != nil || weblink.ASCII(address) == "" || c.titleFrom(found.Says()) == "" {
		return core.Need{}, false
	}
	return imageNeed(pictureKey, address, c.field), true
}

// warning tells what the card lacks, and why.
func (c *card) warning(found *linkcard.Progress) (core.Warning, bool) {
	w := core.Warning{Code: core.CodeLinkPreview, Field: c.field}
	failure := found.Failure
	if failure == "" && c.titleFrom(found.Says()) == "" {
		failure = "the page has no title"
	}
	switch {
	case failure != "" && c.titleFrom(found.Says()) == "":
		w.Message = "The post has no link card, since " + c.source + " does not give one: " + sentence(failure)
	case failure != "":
		w.Message = "The link card shows only what is known without its page, since " + c.source + " could not be read: " + sentence(failure)
	case found.NoPicture != "" && c.thumbnail == nil:
		w.Message = "The link card has no picture, since that of " + c.source + " could not be used: " + sentence(found.NoPicture)
	default:
		return w, false
	}
	return w, true
}

// blank tells whether a character separates words, or shows nothing.
func blank(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }
