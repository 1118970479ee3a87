package bluesky

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"unicode"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/bluesky/api"
	"github.com/crier-social/crier/providers/bluesky/richtext"
	"github.com/crier-social/crier/providers/internal/linkcard"
	"github.com/crier-social/crier/providers/internal/weblink"
)

// pictureKey is the key of the picture that a page names.
const pictureKey = "link.picture"

// asksPage tells whether something is missing that the page may tell; without a card,
// nothing is.
func (c *card) asksPage() bool {
	return c != nil && (c.title == "" || c.description == nil || c.thumbnail == nil)
}

// askPage reads the page of a card early, so that a preview can show the card. That it
// cannot be had is no problem of the post.
func (p *publication) askPage(ctx context.Context, s *core.Session) error {
	c := p.exhibit.card
	if !c.asksPage() {
		return nil
	}
	answer, err := linkcard.Read(ctx, s, title, c.source, linkcard.Timeout)
	if err != nil {
		return err
	}
	found := &linkcard.Progress{}
	found.Conclude(answer)
	if need, ok := c.picture(found); ok && found.NoPicture == "" {
		if _, err := linkcard.Fetch(ctx, s, need, linkcard.Timeout-answer.Took); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			answer.NoPicture = core.AsError(err).Message
		}
	}
	p.asked = &answer
	return nil
}

// learnPage finds out what the page of the card says, once: later attempts send what this
// one has found.
func (w *preparation) learnPage(ctx context.Context) (core.Progress, error) {
	if !w.exhibit.card.asksPage() || w.state.Card.Known() {
		return core.Progress{Ready: true}, nil
	}
	answer, err := w.answer(ctx)
	if err != nil {
		return core.Progress{}, err
	}
	if w.state.Card == nil {
		w.state.Card = &linkcard.Progress{}
	}
	w.state.Card.Learn(answer)
	if err := w.save(ctx); err != nil {
		return core.Progress{}, err
	}
	if !w.state.Card.Known() {
		return core.Progress{After: linkcard.RetryWait, Note: "the linked page does not answer; it is asked once more"}, nil
	}
	return core.Progress{Ready: true}, nil
}

// answer reads the page, unless Preflight has just done so.
func (w *preparation) answer(ctx context.Context) (linkcard.Answer, error) {
	if asked := w.asked; asked != nil {
		w.asked = nil
		return *asked, nil
	}
	return linkcard.Read(ctx, w.session, title, w.exhibit.card.source, w.state.Card.Left())
}

// maxPictureFailures is how often a server that fails is sent the picture of a page anew: it is
// asked for by nobody, and the post is not to wait for it for long.
const maxPictureFailures = 3

// placePicture brings the picture that the page names to the account's server. Whatever is
// wrong with it, the card goes without.
func (w *preparation) placePicture(ctx context.Context) (core.Progress, error) {
	c := w.exhibit.card
	if c == nil {
		return core.Progress{Ready: true}, nil
	}
	need, wanted := c.picture(w.state.Card)
	if wanted && w.state.Card.NoPicture == "" {
		if _, err := w.server(ctx); err != nil { // of the account, not of the picture
			return core.Progress{}, err
		}
		if _, err := w.place(ctx, need, w.sendPicture); err != nil {
			progress, err := w.pictureFailed(ctx, err)
			if err != nil || !progress.Ready {
				return progress, err
			}
		}
	}
	if warning, ok := c.warning(w.state.Card); ok {
		w.session.Warn(warning)
	}
	return core.Progress{Ready: true}, nil
}

func (w *preparation) sendPicture(ctx context.Context, n core.Need, up *upload) (core.Progress, error) {
	asset, err := linkcard.Fetch(ctx, w.session, n, w.state.Card.Left())
	switch {
	case ctx.Err() != nil:
		return core.Progress{}, ctx.Err()
	case err != nil && w.keeps(ctx, up):
		return core.Progress{Ready: true}, nil
	case err != nil:
		w.dropPicture(err)
		return core.Progress{}, nil
	}
	up.Kind, up.Width, up.Height = asset.Kind, asset.Width, asset.Height
	return w.sendBlob(ctx, up, api.File{MIME: asset.MIME, Size: asset.Size, Open: w.metered(n, asset)})
}

// pictureFailed looks whether a picture that the account's server did not take is sent again. A
// session that is no good any more, a limit of calls, or a store that fails, is no
// matter of the picture.
func (w *preparation) pictureFailed(ctx context.Context, cause error) (core.Progress, error) {
	_, own := errors.AsType[*core.Error](cause) // others are the store's
	switch kind := core.KindOf(cause); {
	case ctx.Err() != nil:
		return core.Progress{}, ctx.Err()
	case kind == core.KindAuth, kind == core.KindRateLimited, !own:
		return core.Progress{}, cause
	case kind == core.KindTemporary && w.state.PictureFailures < maxPictureFailures:
		n := w.state.PictureFailures
		w.state.PictureFailures++
		err := w.save(ctx)
		return core.Progress{After: firstLookupWait << n, Note: "the account's server does not take the picture of the link for the moment"}, err
	}
	w.dropPicture(cause)
	err := w.save(ctx)
	return core.Progress{Ready: err == nil}, err
}

// dropPicture gives the picture up, for the reason that the author is told.
func (w *preparation) dropPicture(cause error) {
	w.state.Card.NoPicture = core.AsError(cause).Message
	delete(w.state.Uploads, pictureKey)
}

// external is the card as it is sent. Where its page tells no title, it has the address.
func (c *card) external(found *linkcard.Progress, thumb *api.Blob) *api.External {
	page := found.Says()
	out := &api.External{URI: c.source, Thumb: thumb}
	out.Title = cmp.Or(c.title, oneLine(page.Title, maxCardTitle), shortAddress(c.source))
	if c.description != nil {
		out.Description = strings.ToValidUTF8(*c.description, "\ufffd")
	} else {
		out.Description = oneLine(page.Description, maxCardDescription)
	}
	return out
}

// picture returns the need of the picture that the page names, if it is wanted.
func (c *card) picture(found *linkcard.Progress) (core.Need, bool) {
	address := found.Says().ImageURL
	if c.thumbnail != nil || weblink.ASCII(address) == "" {
		return core.Need{}, false
	}
	return imageNeed(pictureKey, address, c.field), true
}

// warning tells what the card lacks, and why.
func (c *card) warning(found *linkcard.Progress) (core.Warning, bool) {
	w := core.Warning{Code: core.CodeLinkPreview, Field: c.field}
	switch {
	case found == nil:
		return w, false
	case found.Failure != "":
		w.Message = "The link card shows only what is known without its page, since " + c.source + " could not be read: " + sentence(found.Failure)
	case found.NoPicture != "" && c.thumbnail == nil:
		w.Message = "The link card has no picture, since that of " + c.source + " could not be used: " + sentence(found.NoPicture)
	default:
		return w, false
	}
	return w, true
}

// shortAddress is an address as people read it.
func shortAddress(address string) string {
	_, rest, _ := strings.Cut(address, "://")
	return strings.TrimRight(rest, "/")
}

// oneLine makes a stranger's text one line of plain text, of at most so many characters.
func oneLine(s string, limit int) string {
	s = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, ""), blank), " ")
	if richtext.Graphemes(s) <= limit {
		return s
	}
	return strings.TrimRight(richtext.First(s, limit-1), " ") + "…"
}

// blank tells whether a character separates words, or shows nothing.
func blank(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }
