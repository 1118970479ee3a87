package api_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/crier-social/crier/api"
	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
)

// picture is a small PNG.
func picture() []byte { return coretest.Picture("upload", 8, 4).Data }

// fileOf gets the content that an answer's url leads to.
func (s *server) fileOf(r *response) []byte {
	s.t.Helper()
	path, below := strings.CutPrefix(r.text("url"), "https://crier.example")
	if !below {
		s.t.Fatalf("the address is not below the public one: %s", r.body)
	}
	return s.send(s.t.Context(), http.MethodGet, path, nil).want(http.StatusOK).body
}

func TestUpload(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(o *options) { o.idle = true })
	base := base64.StdEncoding.EncodeToString(picture())
	multi := func(parts ...part) func(testing.TB) ([]byte, header) {
		return func(t testing.TB) ([]byte, header) { return form(t, parts...) }
	}
	plain := func(body string) func(testing.TB) ([]byte, header) {
		return func(testing.TB) ([]byte, header) { return []byte(body), header{"Content-Type", "application/json"} }
	}
	file := part{"file", "own.png", string(picture())}
	tests := map[string]struct {
		body              func(testing.TB) ([]byte, header)
		name, description string
		warnings          int
	}{
		"form":                    {multi(file), "own.png", "", 0},
		"form, fields first":      {multi(part{"fileName", "", "harbour.png"}, part{"description", "", "dawn"}, file), "harbour.png", "dawn", 0},
		"form, fields last":       {multi(file, part{"fileName", "", "harbour.png"}, part{"description", "", "dawn"}), "harbour.png", "dawn", 0},
		"form, fields around":     {multi(part{"description", "", "dawn"}, file, part{"fileName", "", "harbour.png"}, part{"source", "", "x"}), "harbour.png", "dawn", 0},
		"form, unknown field":     {multi(file, part{"fileNam", "", "x"}), "own.png", "", 1},
		"JSON, file first":        {plain(`{"file":"data:image/png;base64,` + base + `","fileName":"harbour.png","description":"dawn"}`), "harbour.png", "dawn", 0},
		"JSON, file last":         {plain(`{"description":"dawn","fileName":"harbour.png","source":"npm","file":"` + base + `"}`), "harbour.png", "dawn", 0},
		"JSON, names left out":    {plain(`{"file":"` + base + `","fileName":null}`), "file.png", "", 0},
		"JSON, unknown field":     {plain(`{"file":"` + base + `","x":{"file":"no"},"fileName":"a.png"}`), "a.png", "", 1},
		"JSON, without a content": {plain(`{"file":"` + strings.TrimRight(base, "=") + `","fileName":"é.png"}`), "é.png", "", 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := s.with(t)
			for _, path := range []string{"/media/upload", "/upload", "/api/media/upload", "/api/upload"} {
				body, contentType := tt.body(t)
				r := s.call(http.MethodPost, path, body, contentType).want(http.StatusOK)
				equal(t, []string{"success", tt.name, tt.description, "image/png"},
					[]string{r.text("status"), r.text("fileName"), r.text("description"), r.text("contentType")})
				warnings, _ := r.object()["warnings"].([]any)
				equal(t, tt.warnings, len(warnings))
				equal(t, any(float64(len(picture()))), r.object()["size"])
				equal(t, picture(), s.fileOf(r))
			}
		})
	}
}

func TestUploadProblems(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(o *options) { o.idle = true })
	const json = "application/json"
	file := part{"file", "own.png", string(picture())}
	tests := map[string]struct {
		body        any // string, or []part
		contentType string
		status      int
		code        core.Code
		fields      []string
	}{
		"empty body":            {"", json, 400, core.CodeParameters, []string{"file"}},
		"no file":               {`{"fileName":"a"}`, json, 400, core.CodeParameters, []string{"file"}},
		"file is null":          {`{"file":null}`, json, 400, core.CodeParameters, []string{"file"}},
		"file is a number":      {`{"file":1,"fileName":2}`, json, 400, core.CodeParameters, []string{"file", "fileName"}},
		"file is empty":         {`{"file":""}`, json, 400, core.CodeMediaURL, []string{"file"}},
		"no base64":             {`{"file":"*"}`, json, 400, core.CodeParameters, []string{"file"}},
		"wrong names":           {`{"file":"aA==","fileName":1,"description":[]}`, json, 400, core.CodeParameters, []string{"description", "fileName"}},
		"long names":            {`{"file":"aA==","fileName":"` + strings.Repeat("é", 256) + `","description":"` + strings.Repeat("d", 4097) + `"}`, json, 400, core.CodeParameters, []string{"description", "fileName"}},
		"other profile":         {`{"file":"aA==","profileKey":"A"}`, json, 400, core.CodeUnsupported, []string{"profileKey"}},
		"broken after the file": {`{"file":"aA=="`, json, 400, core.CodeParameters, []string{""}},
		"other type":            {"aA==", "text/plain", 415, core.CodeContentType, []string{"Content-Type"}},
		"text as file":          {[]part{{"file", "", "aA=="}}, "", 400, core.CodeParameters, []string{"file"}},
		"text in other field":   {[]part{{"fileName", "", "a"}}, "", 400, core.CodeParameters, []string{"file"}},
		"other file field":      {[]part{{"media", "a.png", "1"}}, "", 400, core.CodeParameters, []string{"file", "media"}},
		"two files":             {[]part{file, file}, "", 400, core.CodeParameters, []string{"file"}},
		"a file beside":         {[]part{file, {"media", "a.png", "1"}}, "", 400, core.CodeParameters, []string{"media"}},
		"name twice":            {[]part{file, {"fileName", "", "a"}, {"fileName", "", "b"}}, "", 400, core.CodeParameters, []string{"fileName"}},
		"empty file":            {[]part{{"file", "own.png", ""}}, "", 400, core.CodeMediaURL, []string{"file"}},
		"name is not UTF-8":     {[]part{file, {"fileName", "", "\xff"}}, "", 400, core.CodeParameters, []string{"fileName"}},
		"other profile in form": {[]part{file, {"profileKey", "", "A"}}, "", 400, core.CodeUnsupported, []string{"profileKey"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body, contentType := tt.body, header{"Content-Type", tt.contentType}
			if parts, isForm := tt.body.([]part); isForm {
				body, contentType = form(t, parts...)
			}
			r := s.with(t).call(http.MethodPost, "/media/upload", body, contentType).want(tt.status)
			equal(t, tt.fields, r.fields())
			equal(t, tt.code, r.problems()[0].Code)
		})
	}
	t.Cleanup(func() { equal(t, 0, len(s.uploads.names())) })
}

func TestUploadLimits(t *testing.T) {
	t.Parallel()
	large := bytes.Repeat([]byte("0123456789"), 2000)
	base := base64.StdEncoding.EncodeToString(large)
	s := newServer(t, func(o *options) { o.idle, o.api = true, func(c *api.Config) { c.MaxUpload = 10_000 } })
	body, contentType := form(t, part{"file", "a.txt", string(large)})
	const over = " is larger than the 10 kB that may be uploaded at once"
	for what, r := range map[string]*response{
		"the form": s.call(http.MethodPost, "/media/upload", body, contentType).want(http.StatusRequestEntityTooLarge),
		"the file": s.call(http.MethodPost, "/media/upload", `{"file":"`+base+`"}`).want(http.StatusBadRequest),
	} {
		equal(t, []string{what + over, "Make the file smaller, or ask the operator to raise CRIER_MAX_UPLOAD."}, []string{r.text("message"), r.text("help")})
	}
	inChunks := s.call(http.MethodPost, "/media/upload", unannounced(body), contentType).want(http.StatusRequestEntityTooLarge)
	equal(t, "the form"+over, inChunks.text("message"))
	fields, contentType := form(t, part{"notes", "", strings.Repeat("x", 9000)}, part{"file", "a.txt", "1"})
	s.call(http.MethodPost, "/media/upload", fields, contentType).want(http.StatusOK)
	equal(t, 1, len(s.uploads.names()))

	roomy := newServer(t, func(o *options) { o.idle = true })
	fields, contentType = form(t, part{"notes", "", strings.Repeat("x", 1<<20+1)}, part{"file", "a.txt", "1"})
	text := roomy.call(http.MethodPost, "/media/upload", fields, contentType).want(http.StatusRequestEntityTooLarge)
	equal(t, []string{"the fields of the form have more than 1048576 bytes together", "Leave out what is not needed."},
		[]string{text.text("message"), text.text("help")})
	equal(t, 0, len(roomy.uploads.names()))

	full := newServer(t, func(o *options) { o.idle, o.quota = true, 1<<20 })
	body, contentType = form(t, part{"file", "a.bin", strings.Repeat("x", 1<<20+1)})
	r := full.call(http.MethodPost, "/media/upload", body, contentType).want(http.StatusBadRequest)
	equal(t, problem{Code: core.CodeUploadQuota, Field: "file"}, r.problems()[0])
	equal(t, 0, len(full.uploads.names()))
}

// TestUploadBrokenOff cuts the body at many places: nothing is kept of it.
func TestUploadBrokenOff(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(o *options) { o.idle = true })
	whole, contentType := form(t, part{"file", "a.png", string(picture())}, part{"fileName", "", "b.png"})
	object := `{"file":"` + base64.StdEncoding.EncodeToString(picture()) + `","fileName":"b.png"}`
	for n := range 20 {
		s.call(http.MethodPost, "/media/upload", whole[:len(whole)*n/20], contentType).want(http.StatusBadRequest)
		s.call(http.MethodPost, "/media/upload", object[:len(object)*n/20]).want(http.StatusBadRequest)
	}
	equal(t, 0, len(s.uploads.names()))
}

func TestUploadStorageFails(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(o *options) { o.idle = true })
	s.uploads.err = errors.New("disk full")
	body, contentType := form(t, part{"file", "a.png", "1"})
	s.call(http.MethodPost, "/media/upload", body, contentType).want(http.StatusServiceUnavailable)

	none := newServer(t, func(o *options) { o.idle, o.api = true, func(c *api.Config) { c.Uploads, c.Media = nil, nil } })
	for _, path := range []string{"/media/upload", "/media/urlExists", "/media/resize"} {
		equal(t, core.CodeUnsupported, none.call(http.MethodPost, path, `{}`).want(http.StatusBadRequest).problems()[0].Code)
	}
}
