package linkedin

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"

	"github.com/crier-social/crier/core"
)

// attachment is one entry of the post's media.
type attachment struct {
	need    core.Need // zero for one that LinkedIn has already
	urn     string    // of one that LinkedIn has already
	field   string
	altText string
	title   string
}

var (
	mediaURN   = regexp.MustCompile(`^urn:li:(image|video|document):[A-Za-z0-9_-]+$`)
	namedMedia = regexp.MustCompile(`urn:li:(?:image|video|document):[A-Za-z0-9_-]+`)
)

// kindOf tells what a URN stands for, "" if it is none of a file.
func kindOf(urn string) core.MediaKind {
	m := mediaURN.FindStringSubmatch(urn)
	if m == nil {
		return ""
	}
	return core.MediaKind(m[1]) // LinkedIn's names of the kinds are those of package core
}

// alone says why a file of a kind cannot be one of several.
func alone() map[core.MediaKind]string {
	return map[core.MediaKind]string{
		core.MediaVideo:    "LinkedIn takes a video alone: a post with a video has no other media.",
		core.MediaDocument: "LinkedIn takes a document alone: a post with a document has no other media.",
	}
}

// planMedia turns the media of a draft into attachments. Entries that cannot be one
// are reported; the others keep their places for the options that refer to them.
func (p *Provider) planMedia(refs []core.MediaRef) ([]attachment, core.Errors) {
	var problems core.Errors
	if len(refs) > maxImages {
		problems = append(problems, invalid(refs[maxImages].Field, fmt.Sprintf(
			"LinkedIn takes at most %d images in a post; this one has %d.", maxImages, len(refs))))
	}
	media := make([]attachment, len(refs))
	for i, ref := range refs {
		e := checkRef(ref)
		if e == nil && len(refs) > 1 {
			e = checkCompany(ref)
		}
		if e != nil {
			problems = append(problems, e)
		}
		media[i] = p.newAttachment(i, ref, len(refs) == 1)
	}
	return media, problems
}

func (p *Provider) newAttachment(i int, ref core.MediaRef, only bool) attachment {
	if kindOf(ref.URL) != "" {
		return attachment{urn: ref.URL, field: ref.Field}
	}
	n := core.Need{
		Key: fmt.Sprintf("media[%d]", i), URL: ref.URL, Field: ref.Field, Network: title,
		Accept: []core.Accept{acceptImage()}, Unsupported: alone(), Video: ref.Video,
	}
	if only {
		n.Accept = append(n.Accept, acceptVideo(p.cfg.MaxVideoBytes), acceptDocument())
		n.Unsupported = nil
	}
	return attachment{field: ref.Field, need: n}
}

// checkRef tells why an entry cannot be media, as far as it can be known without
// fetching it. The end of an address proves nothing.
func checkRef(ref core.MediaRef) *core.Error {
	if strings.TrimSpace(ref.URL) == "" {
		return invalid(ref.Field, "The address of the media file is empty.")
	}
	if isURN(ref.URL) {
		return checkURN(ref)
	}
	return nil
}

// checkCompany tells why an entry cannot be one of several.
func checkCompany(ref core.MediaRef) *core.Error {
	kind := kindOf(ref.URL)
	if kind == "" && ref.Video {
		kind = core.MediaVideo
	}
	if reason, ok := alone()[kind]; ok {
		return unsupported(ref.Field, reason)
	}
	return nil
}

func isURN(address string) bool { return strings.HasPrefix(strings.ToLower(address), "urn:") }

func checkURN(ref core.MediaRef) *core.Error {
	kind := kindOf(ref.URL)
	switch {
	case kind != "" && kind != core.MediaVideo && ref.Video:
		return invalid(ref.Field, fmt.Sprintf("isVideo says that this is a video, and its URN is that of an existing %s.", kind))
	case kind != "":
		return nil
	case strings.HasPrefix(ref.URL, "urn:li:digitalmediaAsset:"):
		return invalid(ref.Field, "LinkedIn's posts take no assets of its older upload API: upload the file again, or give its address.")
	}
	return invalid(ref.Field, "Not a file on LinkedIn: its URN has the form urn:li:image:…, urn:li:video:… or urn:li:document:…")
}

// kind tells what an attachment is, as far as it is known before its bytes are.
func (a attachment) kind() core.MediaKind {
	switch {
	case a.urn != "":
		return kindOf(a.urn)
	case a.need.Video:
		return core.MediaVideo
	case len(a.need.Accept) == 1:
		return a.need.Accept[0].Kind
	}
	return ""
}

// placeholder stands for the URN of an attachment that is still to be uploaded.
func (a attachment) placeholder() string {
	return fmt.Sprintf("(%s of %s)", cmp.Or(string(a.kind()), "image, video or document"), a.field)
}
