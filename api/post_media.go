package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"github.com/crier-social/crier/core"
)

const (
	maxMediaRefs = 100  // entries of one list
	maxURLLength = 4096 // bytes

	uploadPrefix = "upload:"
	samplePrefix = "sample:"
)

// decodeMedia reads the media: one list for all networks, or one for each. Files
// that came with the request follow those that were named.
func (d *decoder) decodeMedia(files []core.MediaRef) {
	video := d.flag("isVideo", false)
	key := d.either("mediaUrls", "mediaUrl")
	if d.flag("randomMediaUrl", false) {
		d.randomMedia()
	} else if raw, sent := d.raw(key); sent {
		if o, ok := asObject(raw); ok {
			d.decodeMediaLists(key, o, video)
		} else {
			d.request.Media.Default = d.mediaList(key, raw, video)
		}
	}
	if len(files) > 0 && d.request.Media.By != nil {
		d.add(invalid(key, key+" must be one list for all networks when files are attached"))
	}
	for _, f := range files {
		f.Video = video
		d.request.Media.Default = append(d.request.Media.Default, f)
	}
}

func (d *decoder) decodeMediaLists(key string, o object, video bool) {
	d.request.Media.By = map[string][]core.MediaRef{}
	for _, name := range o.keys {
		path := key + "." + name
		refs := d.mediaList(path, o.values[name], video)
		if name == "default" {
			d.request.Media.Default = refs
			continue
		}
		d.request.Media.By[name] = refs
		d.checkNetwork(path, name)
	}
}

// mediaList reads an array of references, or a single one.
func (d *decoder) mediaList(path string, raw json.RawMessage, video bool) []core.MediaRef {
	if s, ok := asText(raw); ok {
		if s == "" {
			return nil
		}
		return d.mediaRef(nil, path, s, video)
	}
	elements, ok := asArray(raw)
	if !ok {
		d.add(invalid(path, path+" must be an array of addresses, not "+describe(raw)))
		return nil
	}
	if len(elements) > maxMediaRefs {
		d.add(invalid(path, fmt.Sprintf("%s has %d entries; at most %d are allowed", path, len(elements), maxMediaRefs)))
		return nil
	}
	var refs []core.MediaRef
	for i, e := range elements {
		at := element(path, i)
		s, ok := asText(e)
		if !ok {
			d.add(invalid(at, at+" must be a string, not "+describe(e)))
			refs = append(refs, core.MediaRef{Field: at, Video: video}) // its place is kept
			continue
		}
		refs = d.mediaRef(refs, at, s, video)
	}
	return refs
}

// mediaRef appends a reference, also one that is refused: its place is kept.
func (d *decoder) mediaRef(refs []core.MediaRef, path, s string, video bool) []core.MediaRef {
	s = d.api.canonical(strings.TrimSpace(s))
	if reason := d.api.refuseRef(s); reason != "" {
		d.add(&core.Error{
			Kind: core.KindInvalid, Code: core.CodeMediaURL, Field: path, Message: path + " " + reason,
		})
	}
	return append(refs, core.MediaRef{URL: s, Field: path, Video: video})
}

// refuseRef says why s cannot name media; "" when it can. Whether there is
// anything behind an address is found out when it is fetched.
func (a *API) refuseRef(s string) string {
	switch {
	case s == "":
		return "is empty"
	case len(s) > maxURLLength:
		return fmt.Sprintf("is longer than %d bytes", maxURLLength)
	case strings.IndexFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) >= 0:
		return "has a space or control character in it; write it percent-encoded"
	case strings.HasPrefix(s, "urn:"), strings.HasPrefix(s, uploadPrefix):
		return ""
	case strings.HasPrefix(s, samplePrefix):
		if _, ok := a.findSample(strings.TrimPrefix(s, samplePrefix)); !ok {
			return "names no sample of this server" + a.sampleList()
		}
		return ""
	}
	return a.refuseURL(s)
}

func (a *API) refuseURL(s string) string {
	u, err := url.Parse(s)
	switch {
	case err != nil:
		return "is not a valid address"
	case u.Scheme != "https" && u.Scheme != "http":
		return "must begin with https://"
	case u.Hostname() == "":
		return "names no host"
	case u.User != nil:
		return "must not carry a user name or password"
	case u.Scheme == "http" && (a.AllowHTTP == nil || !a.AllowHTTP(u)):
		return "must begin with https://"
	}
	return ""
}

// checkUploads refuses uploads that are not the profile's own.
func (d *decoder) checkUploads(ctx context.Context) error {
	lists := [][]core.MediaRef{d.request.Media.Default}
	for _, refs := range d.request.Media.By {
		lists = append(lists, refs)
	}
	if first := d.request.FirstComment; first != nil {
		lists = append(lists, first.Media)
	}
	return d.checkOwned(ctx, slices.Concat(lists...))
}

// checkOwned refuses those of the references that name uploads of others.
func (d *decoder) checkOwned(ctx context.Context, refs []core.MediaRef) error {
	for _, ref := range refs {
		id, isUpload := strings.CutPrefix(ref.URL, uploadPrefix)
		if !isUpload || d.unreadable(ref.Field) {
			continue
		}
		owned, err := d.api.ownsUpload(ctx, d.profileID, id)
		if err != nil {
			return err
		}
		if !owned {
			d.add(notOwned(ref.Field))
		}
	}
	return nil
}

// notOwned refuses a reference to an upload that the profile does not have.
func notOwned(field string) *core.Error {
	return &core.Error{
		Kind: core.KindInvalid, Code: core.CodeMediaURL, Field: field,
		Message: field + " names no upload of this profile; it may have expired",
		Help:    "Upload the file again and use the id of the answer.",
	}
}

func (a *API) ownsUpload(ctx context.Context, profileID, id string) (bool, error) {
	if a.Uploads == nil {
		return false, nil
	}
	_, err := a.Uploads.Get(ctx, profileID, id)
	if core.KindOf(err) == core.KindNotFound {
		return false, nil
	}
	return err == nil, err
}

// randomMedia names one of the server's own pictures.
func (d *decoder) randomMedia() {
	if len(d.api.Samples) == 0 {
		d.add(unsupported("randomMediaUrl", "this server ships no samples"))
		return
	}
	name := pick(d.api.Samples).Name
	d.request.Media.Default = []core.MediaRef{{URL: samplePrefix + name, Field: "randomMediaUrl"}}
}
