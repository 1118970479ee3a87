package linkedin

import (
	"bytes"
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/internal/options"
	"github.com/crier-social/crier/providers/internal/weblink"
	"github.com/crier-social/crier/providers/linkedin/littletext"
)

// The limits of a card, in characters. That of the title is known from clients of
// LinkedIn alone.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/articles-api
const (
	maxCardTitle       = 400
	maxCardDescription = 4086 - 1 // "fewer than"
)

const cardThumbnailField = linkField + ".thumbNail"

// card is the card of a link that a post is to show. What is not given, its page tells.
type card struct {
	source      string // where it leads, in ASCII
	field       string // what asks for it
	title       string
	description *string
	thumbnail   *attachment
	// fallback is the title where the page tells none; without one either, there is no
	// card then.
	fallback string
}

// linkOptions is linkedInOptions.link.
type linkOptions struct {
	URL         *string `json:"url"`
	Title       string  `json:"title"`
	Description *string `json:"description"`
	ThumbNail   *string `json:"thumbNail"`
}

// firstLink plans the card of the first address of a text, or none.
func firstLink(text littletext.Text) *card {
	for _, s := range text {
		if s.Kind != littletext.Plain {
			continue
		}
		if source := weblink.ASCII(weblink.First(s.Text)); source != "" {
			return &card{source: source, field: textField}
		}
	}
	return nil
}

// warnOfNoCard tells of an address in a text that makes no card, although it looks as if it
// could.
func (p *publication) warnOfNoCard() {
	for _, s := range p.text {
		address := ""
		if s.Kind == littletext.Plain {
			address = weblink.PassedOver(s.Text)
		}
		u, err := url.Parse(address)
		switch {
		case address == "" || err != nil:
			continue
		case u.User != nil:
			p.warn(textField, "The post has no link card: Crier makes none of an address with a user name or password.")
		default:
			p.warn(textField, "The post has no link card: "+quotable(address)+" is no address of the public web. Name it in "+linkField+".url if you want one.")
		}
		return
	}
}

// planLink reads the option link. A post without text is given a card in any case.
func planLink(raw json.RawMessage, text bool) (*card, core.Errors) {
	if bytes.Equal(raw, []byte("true")) {
		return nil, core.Errors{invalid(linkField, linkField+` must be false, for no card, or an object such as {"url":"https://…"}; without it, the first address of the text makes the card.`)}
	}
	var o linkOptions
	problems := core.AsErrors(options.Decode(raw, linkField, &o))
	c := &card{field: linkField, title: strings.TrimSpace(o.Title), description: o.Description}
	var e *core.Error
	if c.source, e = cardSource(o.URL); e != nil && !slices.ContainsFunc(problems, concerns(linkField, e.Field)) {
		problems = append(problems, e)
	}
	problems = append(problems, checkLength(linkField+".title", c.title, maxCardTitle)...)
	if o.Description != nil {
		problems = append(problems, checkLength(linkField+".description", *o.Description, maxCardDescription)...)
	}
	if o.ThumbNail != nil {
		if c.thumbnail, e = cardThumbnail(*o.ThumbNail); e != nil {
			problems = append(problems, e)
		}
	}
	if !text {
		c.fallback = shortAddress(c.source)
	}
	return c, problems
}

// concerns tells whether a problem is about one of the fields.
func concerns(fields ...string) func(*core.Error) bool {
	return func(e *core.Error) bool { return slices.Contains(fields, e.Field) }
}

func cardSource(address *string) (string, *core.Error) {
	const field = linkField + ".url"
	if address == nil || strings.TrimSpace(*address) == "" {
		return "", invalid(field, field+" is missing: give the address that the card leads to.")
	}
	source := weblink.ASCII(*address)
	if source == "" {
		return "", invalid(field, field+" must be an http or https address without a user name or password.")
	}
	return source, nil
}

// cardThumbnail reads the picture of a card: a file, or an image that LinkedIn has.
func cardThumbnail(address string) (*attachment, *core.Error) {
	const field = cardThumbnailField
	address = strings.TrimSpace(address)
	if kindOf(address) == core.MediaImage {
		return &attachment{urn: address, field: field}, nil
	}
	if isURN(address) {
		return nil, invalid(field, field+" must be the address of an image, or the URN of one that the author has on LinkedIn: urn:li:image:…")
	}
	if reason := unusableAddress(address); reason != "" {
		return nil, invalid(field, field+" "+reason)
	}
	return &attachment{field: field, need: imageNeed("link.thumbNail", address, field)}, nil
}

// imageNeed asks for an image that LinkedIn takes.
func imageNeed(key, address, field string) core.Need {
	return core.Need{Key: key, URL: address, Field: field, Network: title, Accept: []core.Accept{acceptImage()}}
}

// shortAddress is an address as people read it.
func shortAddress(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Hostname() + strings.TrimRight(u.Path, "/")
}

// asksPage tells whether something is missing that the page may tell; without a card,
// nothing is.
func (c *card) asksPage() bool {
	return c != nil && (c.title == "" || c.description == nil || c.thumbnail == nil)
}

// oneLine makes a stranger's text one line of plain text.
func oneLine(s string, limit int) string {
	return shorten(strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, ""), blank), " "), limit)
}

// shorten cuts a text that is longer than the limit, in UTF-16 units, between words
// where it can.
func shorten(s string, limit int) string {
	if littletext.UTF16Length(s) <= limit {
		return s
	}
	n, end := 0, 0
	for i, r := range s {
		if n += littletext.UTF16Length(string(r)); n > limit-1 { // the ellipsis takes one
			break
		}
		end = i + len(string(r))
	}
	cut := s[:end]
	if space := strings.LastIndexByte(cut, ' '); space > len(cut)/2 && s[end] != ' ' {
		cut = cut[:space]
	}
	return strings.TrimRight(cut, " ") + "…"
}
