package linkedin

import (
	"cmp"
	"context"
	"errors"
	"time"
	"unicode"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/internal/weblink"
	"github.com/crier-social/crier/providers/linkedin/api"
)

const (
	// cardTimeout bounds the time for reading a page and fetching its picture, all attempts
	// together: no post is held up for its card.
	cardTimeout = 10 * time.Second
	// pictureTimeout bounds an attempt to send the picture to LinkedIn.
	pictureTimeout = 20 * time.Second
	// pictureProcessing is how long LinkedIn may work on the picture of a page.
	pictureProcessing = 20 * time.Second
	// maxPageReads is how often a page is read that cannot be for the moment, and
	// pageRetryWait how long after the first time.
	maxPageReads  = 2
	pageRetryWait = 2 * time.Second
)

// pictureKey is the key of the picture that a page names.
const pictureKey = "link.picture"

// cardProgress is what was found out for the card of a link.
type cardProgress struct {
	Attempts int        `json:"attempts,omitempty"` // reads that failed for the moment
	Page     *core.Page `json:"page,omitempty"`
	Failure  string     `json:"failure,omitempty"` // why the page could not be read
	// Spent is how much of cardTimeout is used up.
	Spent time.Duration `json:"spent,omitempty"`
	// NoPicture is why the picture that the page names is left out.
	NoPicture string `json:"noPicture,omitempty"`
}

// known tells whether the page needs no more reading.
func (c *cardProgress) known() bool { return c != nil && (c.Page != nil || c.Failure != "") }

// page returns what the page says; of one that could not be read, nothing.
func (c *cardProgress) page() core.Page {
	if c == nil || c.Page == nil {
		return core.Page{}
	}
	return *c.Page
}

// pageAnswer is what came of reading a page: what it says, or why it cannot be read.
type pageAnswer struct {
	page      *core.Page
	failure   *core.Error
	noPicture string // why the picture that it names cannot be used
	took      time.Duration
}

// passing tells whether the page may be readable in a moment.
func (a pageAnswer) passing() bool {
	return a.failure != nil && (a.failure.Kind == core.KindTemporary || a.failure.Kind == core.KindRateLimited)
}

// left is how much time there is for the page and its picture.
func (c *cardProgress) left() time.Duration {
	if c == nil {
		return cardTimeout
	}
	return max(cardTimeout-c.Spent, 0)
}

// learn keeps the answer of one read. One that may be different in a moment is kept the
// second time, or when no time is left for that.
func (c *cardProgress) learn(a pageAnswer) {
	c.Attempts++
	c.Spent += a.took
	if !a.passing() || c.Attempts >= maxPageReads || c.left() <= pageRetryWait {
		c.conclude(a)
		return
	}
	c.Spent += pageRetryWait
}

func (c *cardProgress) conclude(a pageAnswer) {
	if a.failure != nil {
		c.Failure = a.failure.Message
		return
	}
	c.Page, c.NoPicture = a.page, a.noPicture
	if a.page.ImageURL == "" && a.page.Drawing != "" {
		c.NoPicture = a.page.Drawing + " is a vector drawing or an icon, of which LinkedIn shows none"
	}
}

// readPage reads what the page behind the card says, within the time that is left. Its
// error means that the context has ended.
func (p *publication) readPage(ctx context.Context, s *core.Session, left time.Duration) (pageAnswer, error) {
	began := s.Clock.Now()
	limited, cancel := context.WithTimeout(ctx, left)
	defer cancel()
	page, err := s.Page(limited, p.card.source)
	a := pageAnswer{page: page, took: s.Clock.Now().Sub(began)}
	switch {
	case ctx.Err() != nil:
		return pageAnswer{}, ctx.Err()
	case errors.Is(err, context.DeadlineExceeded), err != nil && limited.Err() != nil:
		a.failure = &core.Error{Kind: core.KindTemporary, Message: "the page did not answer in time"}
	case err != nil:
		a.failure = core.AsError(err)
	}
	return a, nil
}

// fetchPicture fetches the picture of a card within the time that is left. Its error is
// always an *Error, unless the context has ended.
func fetchPicture(ctx context.Context, s *core.Session, need core.Need, left time.Duration) (*core.Asset, error) {
	limited, cancel := context.WithTimeout(ctx, left)
	defer cancel()
	asset, err := s.Fetch(limited, need)
	switch {
	case err == nil:
		return asset, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(err, context.DeadlineExceeded), limited.Err() != nil:
		return nil, &core.Error{Kind: core.KindTemporary, Message: "the picture did not arrive in time"}
	}
	return nil, core.AsError(err)
}

// titleFrom returns the title of the card, "" if there is none.
func (c *card) titleFrom(page core.Page) string {
	return cmp.Or(c.title, oneLine(page.Title, maxCardTitle), oneLine(c.fallback, maxCardTitle))
}

// article returns the card as it is sent, nil if it cannot be made. thumbnail is the URN
// of its picture.
func (c *card) article(found *cardProgress, thumbnail string) *api.Article {
	page := found.page()
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
func (c *card) picture(found *cardProgress) (core.Need, bool) {
	address := found.page().ImageURL
	if c.thumbnail != nil || weblink.ASCII(address) == "" || c.titleFrom(found.page()) == "" {
		return core.Need{}, false
	}
	return imageNeed(pictureKey, address, c.field), true
}

// warning tells what the card lacks, and why.
func (c *card) warning(found *cardProgress) (core.Warning, bool) {
	w := core.Warning{Code: core.CodeLinkPreview, Field: c.field}
	failure := found.Failure
	if failure == "" && c.titleFrom(found.page()) == "" {
		failure = "the page has no title"
	}
	switch {
	case failure != "" && c.titleFrom(found.page()) == "":
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
