package template

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/internal/placeholder"
)

// Plan checks everything that needs no network, and reports all problems at once. It is pure:
// the same draft gives the same plan, in another process too.

// publication is one draft for one account.
type publication struct {
	provider *Provider
	text     string
	images   []image
}

// image is a picture of the post.
type image struct {
	need core.Need
	alt  string
}

// Plan decodes the options and checks the draft.
func (p *Provider) Plan(_ context.Context, _ core.Account, d core.Draft) (core.Publication, error) {
	o, problems := decodeOptions(d.Options)
	d.Text = placeholder.Names(d.Text, d.Mentions)
	pub := &publication{provider: p, text: d.Text}
	problems = append(problems, refuseRest(d)...)
	problems = append(problems, checkText(d)...)
	for i, ref := range d.Media {
		if e := checkMedia(i, ref); e != nil {
			problems = append(problems, e)
		}
		pub.images = append(pub.images, image{need: core.Need{
			Key: fmt.Sprintf("media[%d]", i), URL: ref.URL, Field: ref.Field, Network: title,
			Accept: []core.Accept{acceptImage()}, Unsupported: noVideo(), Video: ref.Video,
		}})
	}
	for i, alt := range o.AltText {
		field := fmt.Sprintf("%s[%d]", altTextField, i)
		switch n := utf8.RuneCountInString(alt); {
		case i >= len(d.Media):
			problems = append(problems, invalid(field, fmt.Sprintf("%s describes no image: the post has %d.", field, len(d.Media))))
		case n > maxAlt:
			problems = append(problems, invalid(field, fmt.Sprintf("%s has %d characters; at most %d are allowed.", field, n, maxAlt)))
		default:
			pub.images[i].alt = alt
		}
	}
	if err := problems.OrNil(); err != nil {
		return nil, err
	}
	return pub, nil
}

// refuseRest refuses by name what a draft can have and this network cannot do: nothing of a
// post is left out silently.
func refuseRest(d core.Draft) core.Errors {
	var problems core.Errors
	for i, m := range d.Mentions {
		if m.Platform == "" || m.Platform == name {
			problems = append(problems, unsupported(fmt.Sprintf("mentions[%d]", i), title+" knows no mentions."))
		}
	}
	if d.FirstComment != nil {
		problems = append(problems, unsupported("firstComment", title+" knows no comments."))
	}
	if d.DisableComments {
		problems = append(problems, unsupported("disableComments", title+" knows no comments."))
	}
	return problems
}

func checkText(d core.Draft) core.Errors {
	switch n := utf8.RuneCountInString(d.Text); {
	case n > maxText:
		return core.Errors{{
			Kind: core.KindInvalid, Code: core.CodeTextTooLong, Platform: name, Field: textField,
			Message: fmt.Sprintf("The text has %d characters; %s takes at most %d.", n, title, maxText),
		}}
	case strings.TrimSpace(d.Text) == "" && len(d.Media) == 0:
		return core.Errors{invalid(textField, "The post is empty: it needs a text or an image.")}
	}
	return nil
}

func checkMedia(i int, ref core.MediaRef) *core.Error {
	switch {
	case i == maxImages:
		return invalid(ref.Field, fmt.Sprintf("%s takes at most %d images in a post.", title, maxImages))
	case strings.TrimSpace(ref.URL) == "":
		return invalid(ref.Field, "The address of the image is empty.")
	case ref.Video:
		return unsupported(ref.Field, noVideo()[core.MediaVideo])
	}
	return nil
}

// noVideo says why other files than pictures are refused.
func noVideo() map[core.MediaKind]string {
	return map[core.MediaKind]string{
		core.MediaVideo:    title + " takes no videos.",
		core.MediaDocument: title + " takes no documents.",
	}
}

// Needs lists the pictures.
func (p *publication) Needs() []core.Need {
	needs := make([]core.Need, len(p.images))
	for i, image := range p.images {
		needs[i] = image.need
	}
	return needs
}

// Preview shows what would be sent.
func (p *publication) Preview() core.Preview {
	return core.Preview{Text: p.text, Length: utf8.RuneCountInString(p.text), Limit: maxText, Request: map[string]any{"text": p.text, "alt": p.alts()}}
}

func (p *publication) alts() []string {
	alts := make([]string, len(p.images))
	for i, image := range p.images {
		alts[i] = image.alt
	}
	return alts
}
