package bluesky

import (
	"bytes"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/bluesky/richtext"
	"github.com/crier-social/crier/providers/internal/options"
	"github.com/crier-social/crier/providers/internal/weblink"
)

// The limits of a card, in characters. Bluesky knows none; what is longer than this no
// reader ever sees, since it shows two lines of each.
const (
	maxCardTitle       = 300
	maxCardDescription = 1000
)

// card is the card of a link that a post is to show. What is not given, its page tells.
type card struct {
	source      string // where it leads, in ASCII
	field       string // what asks for it
	title       string
	description *string
	thumbnail   *core.Need
}

// linkOptions is blueSkyOptions.link.
type linkOptions struct {
	URL         *string `json:"url"`
	Title       string  `json:"title"`
	Description *string `json:"description"`
	ThumbNail   *string `json:"thumbNail"`
}

// firstLink plans the card of the first address of a text, or none.
func firstLink(text richtext.Text) *card {
	if source := text.FirstAddress(); source != "" {
		return &card{source: source, field: textField}
	}
	return nil
}

// planLink reads the option link.
func planLink(raw json.RawMessage) (*card, core.Errors) {
	if !bytes.HasPrefix(raw, []byte("{")) {
		return nil, core.Errors{invalid(linkField, linkField+` must be false, for no card, or an object such as {"url":"https://…"}; without it, the first address of the text makes the card.`)}
	}
	var o linkOptions
	problems := core.AsErrors(options.Decode(raw, linkField, &o))
	c := &card{field: linkField, title: strings.TrimSpace(strings.ToValidUTF8(o.Title, "\ufffd")), description: o.Description}
	var e *core.Error
	if c.source, e = cardSource(o.URL); e != nil && !slices.ContainsFunc(problems, concerns(linkField, e.Field)) {
		problems = append(problems, e)
	}
	problems = append(problems, checkCardText(linkField+".title", c.title, maxCardTitle)...)
	if o.Description != nil {
		problems = append(problems, checkCardText(linkField+".description", *o.Description, maxCardDescription)...)
	}
	if o.ThumbNail != nil {
		field := linkField + ".thumbNail"
		address := strings.TrimSpace(*o.ThumbNail)
		if address == "" {
			problems = append(problems, invalid(field, field+" is empty; leave it out, or give the address of an image."))
		}
		need := imageNeed("link.thumbNail", address, field)
		c.thumbnail = &need
	}
	return c, problems
}

// concerns tells whether a problem is about one of the fields.
func concerns(fields ...string) func(*core.Error) bool {
	return func(e *core.Error) bool { return slices.Contains(fields, e.Field) }
}

// cardSource reads where a card is to lead.
func cardSource(given *string) (string, *core.Error) {
	const field = linkField + ".url"
	if given == nil || strings.TrimSpace(*given) == "" {
		return "", invalid(field, field+" is missing: where is the card to lead?")
	}
	source := weblink.ASCII(strings.TrimSpace(*given))
	u, err := url.Parse(source)
	if source == "" || err != nil || u.Hostname() == "" {
		return "", invalid(field, field+" must be an address of the web, without a user name or password: https://…")
	}
	return source, nil
}

func checkCardText(field, text string, limit int) core.Errors {
	if n := richtext.Graphemes(text); n > limit {
		return core.Errors{invalid(field, field+" has "+strconv.Itoa(n)+" characters; a card shows no more than "+strconv.Itoa(limit)+".")}
	}
	return nil
}
