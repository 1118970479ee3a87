package api

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/crier-social/crier/core"
)

// resized is the answer to POST /media/resize.
type resized struct {
	uploadView
	Platform string   `json:"platform,omitempty"`
	Width    int      `json:"width"`
	Height   int      `json:"height"`
	Changes  []string `json:"changes"`
}

// resizeRequest is a picture and what is to be done to it.
type resizeRequest struct {
	picture  core.Need
	mark     core.Need // the watermark; without URL, none
	platform string
	edit     object
}

// resize is POST /media/resize.
func (a *API) resize(c *gin.Context) answer {
	f, err := readJSON(c)
	if err != nil {
		return fail("resize", err)
	}
	r := a.readResize(f)
	ctx, profile := c.Request.Context(), profileOf(c)
	for _, n := range []core.Need{r.picture, r.mark} {
		if n.URL == "" || f.unreadable(n.Field) {
			continue
		}
		if err := a.Media.Authorize(ctx, profile.ID, n); err != nil {
			if !isRefusal(err) {
				return fail("resize", err)
			}
			f.add(core.AsError(err))
		}
	}
	if len(f.problems) > 0 {
		return fail("resize", f.problems)
	}
	u, edited, err := a.edit(ctx, profile, r)
	if err != nil {
		return fail("resize", r.blamed(err))
	}
	view := a.viewOfUpload(u)
	view.Status, view.Warnings = statusSuccess, f.ignored()
	return ok(resized{
		uploadView: view, Platform: r.platform, Width: edited.Width, Height: edited.Height, Changes: append([]string{}, edited.Changes...),
	})
}

// isRefusal tells whether an error is about the request, not about the server.
func isRefusal(err error) bool {
	switch core.KindOf(err) {
	case core.KindInvalid, core.KindMedia, core.KindUnsupported, core.KindNotFound:
		return true
	case core.KindAuth, core.KindForbidden, core.KindDuplicate, core.KindRateLimited, core.KindTemporary,
		core.KindUncertain, core.KindInternal:
	}
	return false
}

// edit edits the picture and keeps the result as an upload.
func (a *API) edit(ctx context.Context, profile core.Profile, r resizeRequest) (core.Upload, Edited, error) {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	group := core.NewID(a.Clock.Now())
	defer a.Media.Release(group)
	reader, writer := io.Pipe()
	job := &editJob{done: make(chan struct{})}
	go func() {
		job.edited, job.err = a.Media.Edit(ctx, group, r.picture, r.edit.encode(), writer)
		close(job.done)
		_ = writer.CloseWithError(job.err)
	}()
	u, err := a.Uploads.Save(ctx, core.NewUpload{
		ProfileID: profile.ID, Name: "picture",
		Late: func() (string, string) {
			<-job.done
			return job.edited.Name, ""
		},
	}, reader)
	_ = reader.CloseWithError(errStoppedReading) // ends an edit whose result cannot be stored
	<-job.done
	if job.err != nil && !errors.Is(job.err, errStoppedReading) {
		return core.Upload{}, Edited{}, job.err
	}
	return u, job.edited, err
}

// editJob is an edit under way; its results are there once it is done.
type editJob struct {
	done   chan struct{}
	edited Edited
	err    error
}

// errStoppedReading is what an edit fails with whose result could not be stored.
var errStoppedReading = errors.New("api: the edited picture is not read to its end")

// readResize reads the request and collects everything that is wrong with it.
func (a *API) readResize(f *fields) resizeRequest {
	key := f.either("mediaUrl", "imageUrl")
	r := resizeRequest{picture: core.Need{Key: "picture", URL: strings.TrimSpace(f.text(key)), Field: key}, platform: f.text("platform")}
	if e := a.checkNeed(&r.picture); e != nil && !f.unreadable(key) {
		f.add(e)
	}
	r.edit = f.editKeys()
	r.mark = a.readWatermark(f, &r.edit)
	a.fitPlatform(f, &r)
	if !r.changesAnything() && len(f.problems) == 0 {
		f.add(invalid("dimensions", "nothing is to be done to the picture: send dimensions, platform, watermarkUrl, effects or convertToJpg"))
	}
	for _, e := range a.Media.CheckEdit(r.edit.encode()) {
		e = r.blame(e)
		if !f.unreadable(e.Field) {
			f.add(e)
		}
	}
	return r
}

// changesAnything tells whether the request asks for more than a copy.
func (r resizeRequest) changesAnything() bool {
	return slices.ContainsFunc(r.edit.keys, func(key string) bool {
		return key == "dimensions" || key == "watermark" || key == "effects" || key == "convertToJpg" && !blank(r.edit.values[key])
	})
}

// readWatermark reads the address of the watermark, which is written by itself or
// among its properties, and puts it into the edit.
func (a *API) readWatermark(f *fields, edit *object) core.Need {
	mark, _ := asObject(edit.values["watermark"])
	n := core.Need{Key: "watermark", Field: "watermarkUrl", URL: strings.TrimSpace(f.text("watermarkUrl"))}
	if raw, sent := mark.values["url"]; sent {
		if n.URL != "" {
			f.add(invalid("watermarkUrl", "watermarkUrl and watermark.url are the same; send one of them"))
		}
		n.Field = "watermark.url"
		n.URL, _ = asText(raw) // its type was checked
	}
	if n.URL == "" {
		return core.Need{}
	}
	if e := a.checkNeed(&n); e != nil {
		f.add(e)
	}
	address, _ := encode(n.URL) // a string always encodes
	mark.set("url", address)
	edit.set("watermark", mark.encode())
	return n
}

// fitPlatform takes the size from what a network shows best.
func (a *API) fitPlatform(f *fields, r *resizeRequest) {
	if r.platform == "" {
		return
	}
	p, known := a.Registry.Get(r.platform)
	if !known {
		f.problems = append(f.problems, a.checkPlatform(r.platform)...)
		return
	}
	limits := p.Info().Limits
	if limits.ImageWidth == 0 || limits.ImageHeight == 0 {
		f.add(unsupported("platform", p.Info().Title+" names no size that suits it best; send dimensions"))
		return
	}
	size, _ := asObject(r.edit.values["dimensions"])
	for _, side := range []string{"width", "height"} {
		if _, sent := size.values[side]; sent {
			f.add(invalid("dimensions."+side, "dimensions."+side+" and platform both name a size; send one of them"))
			return
		}
	}
	width, _ := encode(limits.ImageWidth) // a number always encodes
	height, _ := encode(limits.ImageHeight)
	size.set("width", width)
	size.set("height", height)
	r.edit.set("dimensions", size.encode())
}

// blame names the field of the request that an error of the edit is about.
func (r resizeRequest) blame(e *core.Error) *core.Error {
	if e.Field != "watermarkUrl" && e.Field != "watermark.url" || r.mark.Field == "" {
		return e
	}
	c := *e
	c.Field = r.mark.Field
	return &c
}

func (r resizeRequest) blamed(err error) error {
	var list core.Errors
	if !errors.As(err, &list) {
		var one *core.Error
		if !errors.As(err, &one) {
			return err
		}
		return r.blame(one)
	}
	out := make(core.Errors, len(list))
	for i, e := range list {
		out[i] = r.blame(e)
	}
	return out
}

// editKeys reads what is to be done to a picture: an object of which every key is
// known and every value is of its type.
func (f *fields) editKeys() object {
	var edit object
	for _, group := range editGroups() {
		raw, sent := f.raw(group.name)
		if !sent {
			continue
		}
		if group.members == nil {
			if f.checkEditValue(group.name, group.kind, raw) {
				edit.set(group.name, raw)
			}
			continue
		}
		members, isObject := asObject(raw)
		if !isObject {
			f.add(invalid(group.name, group.name+" must be an object, not "+describe(raw)))
			continue
		}
		if part := f.editMembers(group, members); len(part.keys) > 0 {
			edit.set(group.name, part.encode())
		}
	}
	return edit
}

// editMembers reads the members of a part of an edit. null counts as not sent.
func (f *fields) editMembers(group editKey, members object) object {
	var out object
	for _, name := range members.keys {
		path, raw := group.name+"."+name, members.values[name]
		kind, known := group.members[name]
		switch {
		case !known:
			f.add(unknownMember(path, name, group))
		case string(raw) != "null":
			if f.checkEditValue(path, kind, raw) {
				out.set(name, raw)
			}
		}
	}
	return out
}

// checkEditValue tells whether a value is of its type.
func (f *fields) checkEditValue(path string, kind editKind, raw json.RawMessage) bool {
	target := map[editKind]any{editText: new(string), editNumber: new(float64), editInteger: new(int32), editFlag: new(bool)}[kind]
	if json.Unmarshal(raw, target) == nil {
		return true
	}
	got := describe(raw)
	if got == "a number" {
		got = printable(string(raw))
	}
	f.add(invalid(path, path+" must be "+string(kind)+", not "+got))
	return false
}
