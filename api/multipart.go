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
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"github.com/crier-social/crier/core"
)

const (
	maxParts = 300
	maxFiles = maxMediaRefs
)

// form reads a post that was sent as multipart/form-data: the keys of the JSON
// object as fields, and media as files. Files are stored as they arrive.
type form struct {
	api     *API
	ctx     context.Context
	profile core.Profile

	names    []string
	values   map[string][]string
	files    []core.MediaRef
	problems core.Errors
	sum      hash.Hash // of everything that was sent, whatever the boundary
	text     int64     // bytes of fields so far
}

// readForm reads the whole form. The files that it stored are in files, also
// when it fails.
func (a *API) readForm(c *gin.Context) (*form, error) {
	f := &form{api: a, ctx: c.Request.Context(), profile: profileOf(c), values: map[string][]string{}, sum: sha256.New()}
	if err := checkBody(c, a.MaxUpload); err != nil {
		return f, err
	}
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, a.MaxUpload)
	reader, err := c.Request.MultipartReader()
	if err != nil {
		return f, invalid("Content-Type", "the multipart body cannot be read: "+printable(err.Error()))
	}
	for n := 0; ; n++ {
		part, err := reader.NextPart()
		if errors.Is(err, io.EOF) {
			return f, nil
		}
		if err != nil {
			return f, formError(err)
		}
		if n == maxParts {
			return f, invalid("", fmt.Sprintf("the form has more than %d parts", maxParts))
		}
		if err := f.read(part); err != nil {
			return f, err
		}
	}
}

// formError explains why the next part could not be read.
func formError(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) || errors.Is(err, io.ErrUnexpectedEOF) {
		return bodyError(err)
	}
	return invalid("", "the multipart body is malformed: "+printable(err.Error()))
}

func (f *form) read(part *multipart.Part) error {
	name := part.FormName()
	if part.FileName() == "" {
		return f.readField(name, part)
	}
	return f.readFile(name, part)
}

// readField reads a part without a file name.
func (f *form) readField(name string, part io.Reader) error {
	if takesFile(name) {
		f.problems = append(f.problems, invalid(name, name+" takes a file, not text (with curl: -F "+name+"=@file); addresses go into mediaUrls"))
		return nil
	}
	value, err := io.ReadAll(io.LimitReader(part, maxJSON-f.text+1))
	if err != nil {
		return formError(err)
	}
	f.text += int64(len(value))
	if f.text > maxJSON {
		return bodyError(&http.MaxBytesError{Limit: maxJSON})
	}
	if !utf8.Valid(value) || !utf8.ValidString(name) {
		return invalid(printable(name), "the field "+printable(name)+" is not valid UTF-8")
	}
	f.digest(name, "", sha256.Sum256(value))
	if _, there := f.values[name]; !there {
		f.names = append(f.names, name)
	}
	f.values[name] = append(f.values[name], string(value))
	return nil
}

// takesFile tells whether a field of a form stands for files.
func takesFile(name string) bool {
	return name == mediaField || name == "thumbNail" || name == "captions"
}

// mediaField is the field of a form that files are attached in.
const mediaField = "media"

// readFile stores a part with a file name. What no field takes is passed over,
// so that all problems are found.
func (f *form) readFile(name string, part *multipart.Part) error {
	switch {
	case name != mediaField && takesFile(name):
		f.problems = append(f.problems, unsupported(name, name+" belongs to a video, which this version of Crier cannot post"))
		return nil
	case name != mediaField:
		f.problems = append(f.problems, invalid(printable(name), "files are taken in the field media, not in "+quote(name)))
		return nil
	case f.api.Uploads == nil:
		f.problems = append(f.problems, unsupported(name, "this server takes no files; send addresses in mediaUrls"))
		return nil
	case len(f.files) == maxFiles:
		return invalid(name, fmt.Sprintf("at most %d files can be attached", maxFiles))
	}
	sum := sha256.New()
	source := &partReader{r: io.TeeReader(part, sum)}
	path := element(mediaField, len(f.files))
	id, err := f.api.Uploads.Save(f.ctx, f.profile.ID, part.FileName(), source, f.api.MaxUpload)
	switch {
	case source.err != nil:
		f.discard(id)
		return formError(source.err)
	case err != nil:
		return atField(err, path)
	}
	f.files = append(f.files, core.MediaRef{URL: uploadPrefix + id, Field: path})
	f.digest(name, part.FileName(), [sha256.Size]byte(sum.Sum(nil)))
	return nil
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
	if err != nil && !errors.Is(err, io.EOF) {
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
		if err := a.Uploads.Delete(context.WithoutCancel(ctx), profile.ID, id); err != nil {
			a.Log.WarnContext(ctx, "removing an upload failed", "upload", id, "error", err)
		}
	}
}
