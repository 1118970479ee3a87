// Package page reads what a web page says about itself: its title, its description and
// its picture, as a card that links to it shows them.
//
// Three sources are asked, in this order: Open Graph (https://ogp.me), the card tags
// that begin with "twitter:" (https://developer.x.com/en/docs/x-for-websites/cards/overview/markup),
// and plain HTML. Each fact comes from the first source that has it. Pages are read as
// they come: cut off, malformed, in any character encoding that browsers know.
package page

import (
	"errors"
	"io"
	"net/url"

	"github.com/crier-social/crier/core"
)

// MaxBytes is how much of a page is read. What a page says about itself stands at its
// beginning.
const MaxBytes = 1 << 20

// The longest texts that are kept, in characters; what is longer is cut and ends with "…".
const (
	MaxTitle       = 500
	MaxDescription = 5000
	MaxSiteName    = 200
	// MaxImageURL is the longest address of a picture that is taken, in bytes.
	MaxImageURL = 2048
)

// The errors of Parse for pages that say nothing about themselves.
var (
	// ErrNothing is returned for pages without a title, a description and a picture.
	ErrNothing = errors.New("the page has neither a title nor a description nor a picture")
	// ErrTooLate is returned for pages that have none of them in what is read.
	ErrTooLate = errors.New("the beginning of the page has neither a title nor a description nor a picture")
)

// Parse reads a page from its beginning, at most MaxBytes of it, and no more than needed.
// contentType is what the server said, which may name the character encoding; found is
// the address that answered, against which relative addresses are resolved. A page that
// breaks off is good for what it had said until then; if that is nothing, the error of r
// is returned.
func Parse(r io.Reader, contentType string, found *url.URL) (core.Page, error) {
	limited := &io.LimitedReader{R: r, N: MaxBytes}
	text, decode := newDecoder(limited, contentType)
	h := head{facts: facts{}}
	err := h.scan(&escaper{r: text})
	if h.encoding != "" {
		decode = declared(h.encoding)
	}
	p := h.page(found, decode)
	switch {
	case p.Title != "" || p.Description != "" || p.ImageURL != "":
		return p, nil
	case errors.Is(err, io.EOF) && limited.N <= 0:
		return p, ErrTooLate
	case errors.Is(err, io.EOF):
		return p, ErrNothing
	}
	return p, err
}

// page makes the facts of what was found.
func (h *head) page(found *url.URL, decode func(string) string) core.Page {
	first := func(most int, keys ...string) string {
		for _, key := range keys {
			for _, value := range h.facts[key] {
				if text := clean(resolve(key, decode(value)), most); text != "" {
					return text
				}
			}
		}
		return ""
	}
	var pictures []string
	for _, key := range []string{ogImage, cardImage, linkImage} {
		for _, value := range h.facts[key] {
			pictures = append(pictures, resolvedValue(decode(value)))
		}
	}
	image, drawing := picture(base(found, resolvedValue(decode(h.base))), pictures)
	return core.Page{
		URL:         found.String(),
		Title:       first(MaxTitle, ogTitle, cardTitle, plainTitle, heading),
		Description: first(MaxDescription, ogDescription, cardDescription, plainDescription),
		ImageURL:    image,
		Drawing:     drawing,
		SiteName:    first(MaxSiteName, ogSiteName, plainSiteName),
	}
}
