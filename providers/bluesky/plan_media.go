package bluesky

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/bluesky/richtext"
)

// attachment is one entry of the post's media.
type attachment struct {
	need    core.Need
	altText string
}

// alone says why a file of a kind cannot be one of several.
func alone() map[core.MediaKind]string {
	return map[core.MediaKind]string{
		core.MediaVideo: "Bluesky takes a video alone: a post with a video has no other media.",
	}
}

// planMedia turns the media of a draft into attachments. Entries that cannot be one are
// reported; the others keep their places for the options that refer to them.
func planMedia(refs []core.MediaRef) ([]attachment, core.Errors) {
	var problems core.Errors
	if len(refs) > maxImages {
		problems = append(problems, invalid(refs[maxImages].Field, fmt.Sprintf(
			"Bluesky takes at most %d images in a post; this one has %d.", maxImages, len(refs))))
	}
	media := make([]attachment, len(refs))
	for i, ref := range refs {
		switch {
		case strings.TrimSpace(ref.URL) == "":
			problems = append(problems, invalid(ref.Field, "The address of the media file is empty."))
		case strings.HasPrefix(strings.ToLower(ref.URL), "urn:"), strings.HasPrefix(strings.ToLower(ref.URL), "at:"):
			problems = append(problems, invalid(ref.Field, "Bluesky has no files that are shared between posts: give the address of the file."))
		case len(refs) > 1 && ref.Video:
			problems = append(problems, unsupported(ref.Field, alone()[core.MediaVideo]))
		}
		media[i] = newAttachment(i, ref, len(refs) == 1)
	}
	return media, problems
}

func newAttachment(i int, ref core.MediaRef, only bool) attachment {
	n := core.Need{
		Key: fmt.Sprintf("media[%d]", i), URL: ref.URL, Field: ref.Field, Network: title,
		Accept: []core.Accept{acceptImage()}, Unsupported: alone(), Video: ref.Video,
	}
	if only {
		n.Accept = append(n.Accept, acceptVideo())
		n.Unsupported = nil
	}
	return attachment{need: n}
}

// imageNeed asks for an image that Bluesky takes.
func imageNeed(key, address, field string) core.Need {
	return core.Need{Key: key, URL: address, Field: field, Network: title, Accept: []core.Accept{acceptImage()}}
}

// kind tells what an attachment is, as far as it is known before its bytes are.
func (a attachment) kind() core.MediaKind {
	switch {
	case a.need.Video:
		return core.MediaVideo
	case len(a.need.Accept) == 1:
		return a.need.Accept[0].Kind
	}
	return ""
}

// placeholder stands for an attachment that is still to be uploaded.
func (a attachment) placeholder() string {
	return fmt.Sprintf("(%s of %s)", cmp.Or(string(a.kind()), "image or video"), a.need.Field)
}

// applyTexts gives the attachments their descriptions.
func (p *publication) applyTexts(o blockOptions) core.Errors {
	var problems core.Errors
	if len(o.AltText) > len(p.media) {
		problems = append(problems, invalid(fmt.Sprintf("%s[%d]", altTextField, len(p.media)),
			fmt.Sprintf("%s has more entries than the post has files: %d and %d.", altTextField, len(o.AltText), len(p.media))))
	}
	for i, text := range o.AltText {
		if i < len(p.media) {
			p.media[i].altText = strings.ToValidUTF8(text, "\ufffd")
			problems = append(problems, p.media[i].checkAltText(i, p.media[i].kind())...)
		}
	}
	return problems
}

// checkAltText holds a description of a file of the kind against the limits.
func (a attachment) checkAltText(i int, kind core.MediaKind) core.Errors {
	limit, what := maxAltText, "an image"
	if kind == core.MediaVideo {
		limit, what = maxVideoAltText, "a video"
	}
	n := richtext.Graphemes(a.altText)
	if n <= limit && len(a.altText) <= 10*limit {
		return nil
	}
	field := fmt.Sprintf("%s[%d]", altTextField, i)
	return core.Errors{invalid(field, fmt.Sprintf("%s has %d characters and %d bytes; Bluesky takes %d and %d for %s.", field, n, len(a.altText), limit, 10*limit, what))}
}
