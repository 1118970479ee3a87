package linkedin

import (
	"net/url"
	"strings"

	"github.com/crier-social/crier/core"
)

const (
	thumbnailField = optionsKey + ".thumbNail"
	captionsField  = optionsKey + ".captions"
)

// companions are the files that go with a video. Nil stands for none.
type companions struct {
	thumbnail, captions *core.Need
}

func (c companions) needs() []core.Need {
	var needs []core.Need
	for _, n := range []*core.Need{c.thumbnail, c.captions} {
		if n != nil {
			needs = append(needs, *n)
		}
	}
	return needs
}

// planCompanions reads the options that name the files of a video, and refuses them
// where the post is seen to have no video that could take them.
func planCompanions(o blockOptions, media []attachment) (companions, core.Errors) {
	var c companions
	var problems core.Errors
	for _, one := range []struct {
		address    *string
		key, field string
		accept     core.Accept
		into       **core.Need
	}{
		{o.ThumbNail, "thumbnail", thumbnailField, acceptThumbnail(), &c.thumbnail},
		{o.Captions, "captions", captionsField, acceptCaptions(), &c.captions},
	} {
		if one.address == nil {
			continue
		}
		address := strings.TrimSpace(*one.address)
		if e := checkCompanion(one.field, address, media); e != nil {
			problems = append(problems, e)
			continue
		}
		*one.into = &core.Need{
			Key: one.key, URL: address, Field: one.field, Network: title, Accept: []core.Accept{one.accept},
		}
	}
	return c, problems
}

func checkCompanion(field, address string, media []attachment) *core.Error {
	if reason := unusableAddress(address); reason != "" {
		return invalid(field, field+" "+reason)
	}
	switch {
	case len(media) == 0:
		return invalid(field, field+" goes with a video; this post has none.")
	case len(media) > 1:
		return invalid(field, field+" goes with a video, which LinkedIn takes alone; this post has several files.")
	case media[0].urn == "":
		return nil
	case media[0].kind() == core.MediaVideo:
		return unsupported(field, field+" cannot be added to a video that is on LinkedIn already: LinkedIn takes it only with the video's upload.")
	}
	return invalid(field, field+" goes with a video; this post has an image or a document.")
}

// unusableAddress says why a file cannot be fetched from an address, "" when it may
// be. What is behind it is found out when it is fetched.
func unusableAddress(address string) string {
	switch {
	case address == "":
		return "is empty; leave it out, or give the file's address."
	case isURN(address):
		return "must be the address of a file: LinkedIn takes no URN here."
	case strings.HasPrefix(address, "upload:"), strings.HasPrefix(address, "sample:"):
		return ""
	}
	u, err := url.Parse(address)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Hostname() == "" {
		return "must be the https address of a file."
	}
	if u.User != nil {
		return "must not carry a user name or password."
	}
	return ""
}
