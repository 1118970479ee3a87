package api

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"maps"
	"mime/multipart"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/crier-social/crier/core"
)

// maxFiles is how many files a post may bring in the field media.
const maxFiles = maxMediaRefs

// The fields of a form that files are attached in.
const (
	mediaField     = "media"
	thumbnailField = "thumbNail"
	captionsField  = "captions"
)

// form reads a post that was sent as multipart/form-data: the keys of the JSON
// object as fields, and media as files. Files are stored as they arrive.
type form struct {
	*formParts
	api     *API
	ctx     context.Context
	profile core.Profile

	files []core.MediaRef // of the field media
	// companions are the files of the other fields, by field.
	companions map[string]core.MediaRef
	sum        hash.Hash // of everything that was sent, whatever the boundary
}

// readForm reads the whole form. The files that it stored are in it also when it
// fails.
func (a *API) readForm(c *gin.Context) (*form, error) {
	f := &form{
		api: a, ctx: c.Request.Context(), profile: profileOf(c), companions: map[string]core.MediaRef{}, sum: sha256.New(),
	}
	var err error
	if f.formParts, err = a.openForm(c, "Make the files smaller, send each of them to POST /media/upload and name them in mediaUrls"); err != nil {
		return f, err
	}
	f.onField = f.checkField
	for {
		part, err := f.nextFile()
		if errors.Is(err, errFormEnd) {
			return f, nil
		}
		if err == nil {
			err = f.readFile(part)
		}
		if err != nil {
			return f, err
		}
	}
}

// stored lists all files that came with the form.
func (f *form) stored() []core.MediaRef {
	all := slices.Clone(f.files)
	for _, field := range slices.Sorted(maps.Keys(f.companions)) {
		all = append(all, f.companions[field])
	}
	return all
}

// checkField refuses text where a file belongs, and adds every other field to the sum.
func (f *form) checkField(name string, value []byte) *core.Error {
	switch name {
	case mediaField:
		return needsFile(name, "; addresses go into mediaUrls")
	case thumbnailField, captionsField:
		return needsFile(name, "; an address goes into a network's own options")
	}
	f.digest(name, "", sha256.Sum256(value))
	return nil
}

// readFile stores a part with a file name. What no field takes is passed over,
// so that all problems are found.
func (f *form) readFile(part *multipart.Part) error {
	name := part.FormName()
	path, problem := f.place(name)
	switch {
	case problem != nil:
		f.problems = append(f.problems, problem)
		return nil
	case len(f.files) == maxFiles && name == mediaField:
		return invalid(name, fmt.Sprintf("at most %d files can be attached", maxFiles))
	}
	sum := sha256.New()
	source := &partReader{r: io.TeeReader(part, sum)}
	u, err := f.api.Uploads.Save(f.ctx, core.NewUpload{
		ProfileID: f.profile.ID, Name: part.FileName(), MIME: part.Header.Get("Content-Type"), Limit: f.api.MaxUpload,
		KeepFor: keepAfter,
	}, source)
	switch {
	case source.err != nil:
		f.discard(u.ID)
		return f.broken(source.err)
	case err != nil:
		return atField(err, path)
	}
	ref := core.MediaRef{URL: uploadPrefix + u.ID, Field: path}
	if name == mediaField {
		f.files = append(f.files, ref)
	} else {
		f.companions[name] = ref
	}
	f.digest(name, part.FileName(), [sha256.Size]byte(sum.Sum(nil)))
	return nil
}

// place returns the path of a file in the request, or why the form cannot have it.
func (f *form) place(name string) (path string, problem *core.Error) {
	_, twice := f.companions[name]
	switch {
	case f.api.Uploads == nil:
		return "", unsupported(printable(name), "this server takes no files; send addresses in mediaUrls")
	case name == mediaField:
		return element(mediaField, len(f.files)), nil
	case name != thumbnailField && name != captionsField:
		return "", invalid(printable(name), "files are taken in the fields media, thumbNail and captions, not in "+quote(name))
	case twice:
		return "", invalid(name, name+" takes one file; the form has several")
	}
	return name, nil
}

// discard removes what was stored of a file whose end never came.
func (f *form) discard(id string) {
	if id != "" {
		f.api.removeUploads(f.ctx, f.profile, []core.MediaRef{{URL: uploadPrefix + id}})
	}
}

// digest adds a part to the sum.
func (f *form) digest(name, fileName string, content [sha256.Size]byte) {
	for _, s := range []string{name, fileName, string(content[:])} {
		var size [8]byte
		binary.BigEndian.PutUint64(size[:], uint64(len(s)))
		f.sum.Write(size[:])
		f.sum.Write([]byte(s))
	}
}

// partReader remembers why reading failed, so that a client that breaks off is
// told apart from a disk that is full.
type partReader struct {
	r   io.Reader
	err error
}

func (p *partReader) Read(b []byte) (int, error) {
	n, err := p.r.Read(b)
	if err != nil && err != io.EOF {
		p.err = err
	}
	return n, err
}

// atField returns err with the field that it concerns.
func atField(err error, field string) error {
	var e *core.Error
	if !errors.As(err, &e) || e.Field != "" {
		return err
	}
	c := *e
	c.Field = field
	return &c
}

// fields returns the form as the JSON object that it stands for.
func (f *form) fields() *fields {
	out := &fields{problems: f.problems}
	lists := map[string][]string{}
	for _, name := range f.names {
		key, values := listKey(name), f.values[name]
		if isList(key) {
			lists[key] = append(lists[key], values...)
			continue
		}
		if len(values) > 1 {
			out.add(invalid(printable(name), "the field "+printable(name)+" occurs twice"))
		}
		raw, err := fieldValue(name, values[0])
		if err != nil {
			out.add(invalid(printable(name), printable(name)+": "+err.Error()))
			continue
		}
		out.set(name, raw)
	}
	for _, key := range slices.Sorted(maps.Keys(lists)) {
		raw, err := listValue(lists[key])
		if err != nil {
			out.add(invalid(key, key+": "+err.Error()))
			continue
		}
		out.set(key, raw)
	}
	return out
}

// listKey drops the brackets that HTML forms mark lists with.
func listKey(name string) string {
	key, _, found := strings.Cut(name, "[")
	if found && isList(key) {
		return key
	}
	return name
}

func isList(key string) bool {
	return slices.Contains([]string{"platforms", "platform", "mediaUrls", "mediaUrl", "accountIds"}, key)
}

// listValue writes the values of a list as JSON: a single one may be JSON itself.
func listValue(values []string) (json.RawMessage, error) {
	if len(values) > 1 {
		if slices.ContainsFunc(values, looksLikeJSON) {
			return nil, errors.New("send either one JSON array, or the field once for each value")
		}
		return encode(values)
	}
	if looksLikeJSON(values[0]) {
		return fieldJSON(values[0])
	}
	return encode(values[0])
}

// fieldJSON returns a field's value that is JSON.
func fieldJSON(value string) (json.RawMessage, error) {
	if err := checkJSON([]byte(value)); err != nil {
		return nil, err
	}
	return json.RawMessage(strings.TrimSpace(value)), nil
}

// fieldValue writes the value of a field as JSON. Text is text, whatever it
// looks like, except that the text of a post may be given for each network.
func fieldValue(name, value string) (json.RawMessage, error) {
	text, _ := encode(value) // a string always encodes
	switch name {
	case "scheduleDate", "notes", "idempotencyKey", "source":
		return text, nil
	case "post":
		if o, ok := asObject(json.RawMessage(strings.TrimSpace(value))); ok && allText(o) {
			return json.RawMessage(strings.TrimSpace(value)), nil
		}
		return text, nil
	}
	raw, err := fieldJSON(value)
	if err != nil && !looksLikeJSON(value) {
		return text, nil
	}
	return raw, err
}

func looksLikeJSON(s string) bool {
	s = strings.TrimSpace(s)
	return strings.HasPrefix(s, "{") || strings.HasPrefix(s, "[")
}

func allText(o object) bool {
	for _, raw := range o.values {
		if _, ok := asText(raw); !ok {
			return false
		}
	}
	return len(o.values) > 0
}

// removeUploads removes files of a request that was refused, also when the
// client has hung up.
func (a *API) removeUploads(ctx context.Context, profile core.Profile, files []core.MediaRef) {
	for _, f := range files {
		id := strings.TrimPrefix(f.URL, uploadPrefix)
		err := a.Uploads.Delete(context.WithoutCancel(ctx), profile.ID, id)
		if err != nil && core.KindOf(err) != core.KindNotFound {
			a.Log.WarnContext(ctx, "removing an upload failed", "upload", id, "error", err)
		}
	}
}
