package page

import (
	"io"
	"mime"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// The facts that a page may state, by the names of meta elements where they come from
// one. Names that mean the same are kept under the first.
const (
	ogTitle          = "og:title"
	ogDescription    = "og:description"
	ogImage          = "og:image"
	ogImageSecure    = "og:image:secure_url"
	ogSiteName       = "og:site_name"
	cardTitle        = "twitter:title"
	cardDescription  = "twitter:description"
	cardImage        = "twitter:image"
	plainDescription = "description"
	plainSiteName    = "application-name"
	plainTitle       = "<title>"
	heading          = "<h1>"
	linkImage        = "<link rel=image_src>"
)

// factOf returns the fact that a meta element of this name states.
func factOf(name string) (fact string, known bool) {
	switch name = strings.ToLower(name); name {
	case ogTitle, ogDescription, ogImage, ogImageSecure, ogSiteName, cardTitle, cardDescription, cardImage,
		plainDescription, plainSiteName:
		return name, true
	case "og:image:url":
		return ogImage, true
	case "twitter:image:src":
		return cardImage, true
	}
	return "", false
}

// maxValues is how many values of one fact are kept: a page may have many pictures.
const maxValues = 10

// facts are the values that a page states, in its order, as they were written: in its
// encoding, with character references.
type facts map[string][]string

// resolve resolves the character references in a value of a fact.
func resolve(fact, value string) string {
	if fact == plainTitle || fact == heading { // which are elements
		return resolved(value)
	}
	return resolvedValue(value)
}

func (f facts) add(fact, value string) {
	if strings.TrimSpace(resolve(fact, value)) != "" && len(f[fact]) < maxValues {
		f[fact] = append(f[fact], value)
	}
}

// addSecure notes the https address of the picture that was named last.
func (f facts) addSecure(value string) {
	if strings.TrimSpace(resolvedValue(value)) == "" {
		return
	}
	images := f[ogImage]
	if last := len(images) - 1; last >= 0 && strings.HasPrefix(strings.ToLower(resolvedValue(images[last])), "http:") {
		images[last] = value
		return
	}
	f.add(ogImage, value)
}

// has tells whether one of the facts is known.
func (f facts) has(names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return len(f[name]) > 0 })
}

// complete tells whether the page has said what a card needs.
func (f facts) complete() bool {
	return f.has(ogTitle, cardTitle, plainTitle) && f.has(ogDescription, cardDescription, plainDescription) &&
		f.has(ogImage, cardImage, linkImage)
}

// head is what is read of a page.
type head struct {
	facts    facts
	base     string // of <base>
	encoding string // that a meta element declares
	ended    bool   // what follows is the body

	hidden int // elements that are open whose text is no part of the page's
	// text gathers the text of the element that ends with until.
	text  strings.Builder
	until atom.Atom
}

// scan reads until the head ends and all is known, or until the end.
func (h *head) scan(r io.Reader) error {
	z := html.NewTokenizer(r)
	for {
		switch token := z.Next(); token {
		case html.ErrorToken:
			h.finish() // of a text that the page breaks off in
			return z.Err()
		case html.StartTagToken, html.SelfClosingTagToken:
			h.open(z, token == html.SelfClosingTagToken)
		case html.EndTagToken:
			name, _ := z.TagName()
			h.close(atom.Lookup(name))
		case html.TextToken:
			if h.until != 0 && h.hidden == 0 {
				h.text.Write(z.Text())
			}
		case html.CommentToken, html.DoctypeToken:
		}
		if h.ended && h.facts.complete() {
			return io.EOF
		}
	}
}

// open looks at a start tag. One that ends its element as well counts for a drawing alone:
// elsewhere HTML takes no notice of that.
func (h *head) open(z *html.Tokenizer, ended bool) {
	name, more := z.TagName()
	tag := atom.Lookup(name)
	switch tag {
	case atom.Body:
		h.ended = true
	case atom.Noscript:
		z.NextIsNotRawText() // this reader runs no scripts, so it is meant
	case atom.Svg, atom.Math:
		if !ended {
			h.hidden++
		}
	case atom.Script, atom.Style:
		h.hidden++
	case atom.Title, atom.H1:
		h.begin(tag)
	case atom.Br:
		h.text.WriteByte(' ')
	case atom.Meta:
		h.meta(attributes(z, more))
	case atom.Link:
		h.link(attributes(z, more))
	case atom.Base:
		if href := attributes(z, more)["href"]; h.base == "" {
			h.base = href
		}
	default: // says nothing about the page
	}
}

func (h *head) close(tag atom.Atom) {
	switch tag {
	case atom.Head:
		h.ended = true
	case atom.Svg, atom.Math, atom.Script, atom.Style:
		h.hidden = max(h.hidden-1, 0)
	case h.until:
		h.finish()
	default: // its beginning meant nothing either
	}
}

// begin gathers the text of an element.
func (h *head) begin(tag atom.Atom) {
	if h.hidden > 0 {
		return
	}
	h.finish()
	h.text.Reset()
	h.until = tag
}

// finish notes the text of the element that was being gathered.
func (h *head) finish() {
	switch h.until {
	case atom.Title:
		h.facts.add(plainTitle, h.text.String())
	case atom.H1:
		h.facts.add(heading, h.text.String())
	default: // nothing was being gathered
	}
	h.until = 0
}

// meta notes what a meta element states. Pages mix up the attributes that name the
// fact, and give several names at once.
func (h *head) meta(attribute map[string]string) {
	content := attribute["content"]
	for _, named := range []string{attribute["property"], attribute["name"]} {
		for name := range strings.FieldsSeq(named) {
			switch fact, known := factOf(name); {
			case known && fact == ogImageSecure:
				h.facts.addSecure(content)
			case known:
				h.facts.add(fact, content)
			}
		}
	}
	if h.encoding != "" {
		return
	}
	if h.encoding = attribute["charset"]; h.encoding == "" && strings.EqualFold(attribute["http-equiv"], "content-type") {
		if _, parameters, err := mime.ParseMediaType(resolvedValue(content)); err == nil {
			h.encoding = parameters["charset"]
		}
	}
}

func (h *head) link(attribute map[string]string) {
	for relation := range strings.FieldsSeq(attribute["rel"]) {
		if strings.EqualFold(relation, "image_src") {
			h.facts.add(linkImage, attribute["href"])
		}
	}
}

// attributes returns the attributes of the tag at hand; of those given twice, the first
// counts. Names are in lower case. The references are left in the values that may hold more
// than ASCII, which have to be decoded before.
func attributes(z *html.Tokenizer, more bool) map[string]string {
	const most = 50 // more have no meaning here
	all := map[string]string{}
	for n := 0; more && n < most; n++ {
		var key, value []byte
		key, value, more = z.TagAttr()
		if _, twice := all[string(key)]; twice {
			continue
		}
		switch name := string(key); name {
		case "content", "href":
			all[name] = string(value)
		default:
			all[name] = resolvedValue(string(value))
		}
	}
	return all
}
