package api_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/api"
	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/publish"
)

// part is one part of a form; a file when it has a name.
type part struct{ field, file, value string }

// form writes a multipart body and its Content-Type.
func form(t testing.TB, parts ...part) ([]byte, header) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, p := range parts {
		var field io.Writer
		var err error
		if p.file != "" {
			field, err = w.CreateFormFile(p.field, p.file)
		} else {
			field, err = w.CreateFormField(p.field)
		}
		if err == nil {
			_, err = io.WriteString(field, p.value)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), header{"Content-Type", w.FormDataContentType()}
}

// serveUploads lets the publisher find the uploads that the API stored.
func (s *server) serveUploads() {
	s.uploads.saved = func(id string) { s.assets.Add(coretest.Picture("upload:"+id, 4, 4)) }
}

func TestMultipartPost(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.serveUploads()
	s.assets.Add(coretest.Picture("https://cdn.example/a,b.png", 4, 4))
	body, contentType := form(
		t,
		part{"post", "", "{not JSON} but text"}, part{"platforms", "", `["scripted"]`}, part{"media", "one.png", "1"},
		part{"mediaUrls", "", "https://cdn.example/a,b.png"}, part{"scriptedOptions", "", `{"altText":["first","second","third"]}`},
		part{"isVideo", "", "false"}, part{"notes", "", "42"}, part{"media", "two.png", "2"}, part{"source", "", "curl"},
	)
	r := s.call(http.MethodPost, "/post", body, contentType).want(http.StatusOK)
	posted := s.network.Timeline()[0]
	equal(t, "{not JSON} but text", posted.Text)
	var alt []string
	for _, m := range posted.Media {
		alt = append(alt, m.AltText)
	}
	equal(t, []string{"first", "second", "third"}, alt)
	equal(t, []string{"one.txt", "two.txt"}, s.uploads.names())
	stored := s.call(http.MethodGet, "/post/"+r.text("id"), nil)
	equal(t, "42", stored.text("notes"))
	urls := stored.object()["mediaUrls"].([]any)
	equal(t, any("https://cdn.example/a,b.png"), urls[0])

	// The upload can be named again, by its owner.
	upload := urls[1].(string)
	s.call(http.MethodPost, "/post", jsonMap{"post": "again", "platforms": []string{"scripted"}, "mediaUrls": []string{upload}}).want(http.StatusOK)
}

// TestMultipartFilesAreKeptForTheirPost: what came with a post is kept until a week
// after it is due, also when the network refuses it, and what was uploaded for longer.
func TestMultipartFilesAreKeptForTheirPost(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for name, tt := range map[string]struct {
		due     time.Duration // from now
		refused bool
		status  int
		want    time.Duration
	}{
		"at once":   {0, false, http.StatusOK, 7 * day},
		"refused":   {0, true, http.StatusBadRequest, 7 * day},
		"scheduled": {30 * day, false, http.StatusOK, 37 * day},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			s.serveUploads()
			if tt.refused {
				s.network.Next(coretest.OpUpload, coretest.Answer(http.StatusUnprocessableEntity, 0))
			}
			parts := []part{{"post", "", "a"}, {"platforms", "", "scripted"}, {"media", "a.txt", "1"}}
			if tt.due > 0 {
				parts = append(parts, part{"scheduleDate", "", s.clock.Now().Add(tt.due).Format(time.RFC3339)})
			}
			body, contentType := form(t, parts...)
			s.call(http.MethodPost, "/post", body, contentType).want(tt.status)
			loose := s.keepFile(s.profile.ID, "b.txt", "2")
			kept := map[string]time.Duration{}
			list, err := s.uploads.List(t.Context(), s.profile.ID, 10, "")
			if err != nil {
				t.Fatal(err)
			}
			for _, u := range list {
				kept[u.Name] = u.ExpiresAt.Sub(s.clock.Now())
			}
			equal(t, map[string]time.Duration{"a.txt": tt.want, loose.Name: 90 * day}, kept)
		})
	}
}

func TestMultipartFields(t *testing.T) {
	t.Parallel()
	tests := map[string][]part{
		"text by network":   {{"post", "", `{"scripted":"a","default":"b"}`}, {"platforms", "", "scripted"}},
		"repeated fields":   {{"post", "", "a"}, {"platforms", "", "scripted"}, {"platforms", "", "scripted"}},
		"bracketed fields":  {{"post", "", "a"}, {"platforms[0]", "", "scripted"}},
		"JSON with space":   {{"post", "", "a"}, {"platforms", "", " [ \"scripted\" ] "}},
		"boolean and empty": {{"post", "", "a"}, {"platforms", "", "scripted"}, {"validateScheduled", "", "true"}, {"firstComment", "", ""}},
	}
	for name, parts := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			body, contentType := form(t, parts...)
			s.call(http.MethodPost, "/post", body, contentType).want(http.StatusOK)
			equal(t, []string{"a"}, s.timeline())
		})
	}
}

func TestMultipartProblems(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.serveUploads()
	text, platforms, file := part{"post", "", "a"}, part{"platforms", "", "scripted"}, part{"media", "a.png", "1"}
	tests := map[string]struct {
		parts  []part
		status int
		code   core.Code
		fields []string
	}{
		"refused by the network": {[]part{{"post", "", strings.Repeat("a", 300)}, platforms, file}, 400, core.CodeTextTooLong, []string{"post"}},
		"two captions":           {[]part{text, platforms, {"captions", "a.srt", "1"}, {"captions", "b.srt", "1"}}, 400, core.CodeParameters, []string{"captions", "captions"}},
		"empty file":             {[]part{text, platforms, {"media", "a.png", ""}}, 400, core.CodeMediaURL, []string{"media[0]"}},
		"captions":               {[]part{text, platforms, {"captions", "c.srt", "1"}}, 400, core.CodeUnsupported, []string{"captions"}},
		"unknown file":           {[]part{text, platforms, {"picture", "c.png", "1"}}, 400, core.CodeParameters, []string{"picture"}},
		"bad JSON":               {[]part{text, platforms, {"scriptedOptions", "", "{"}}, 400, core.CodeParameters, []string{"scriptedOptions"}},
		"address as a file":      {[]part{text, platforms, {"media", "", "https://cdn.example/1.png"}}, 400, core.CodeParameters, []string{"media"}},
		"captions as text":       {[]part{text, platforms, {"captions", "", "x"}, {"thumbNail", "", "y"}}, 400, core.CodeParameters, []string{"captions", "thumbNail"}},
		"bad JSON list":          {[]part{text, {"platforms", "", `["scripted"`}, {"mediaUrls", "", `{"scripted":[}`}}, 400, core.CodeParameters, []string{"mediaUrls", "platforms"}},
		"two JSON lists":         {[]part{text, {"platforms", "", `["scripted"]`}, {"platforms", "", `["scripted"]`}}, 400, core.CodeParameters, []string{"platforms"}},
		"text twice":             {[]part{text, text, platforms}, 400, core.CodeParameters, []string{"post"}},
		"not UTF-8":              {[]part{{"post", "", "\xff"}, platforms}, 400, core.CodeParameters, []string{"post"}},
		"files and lists":        {[]part{text, platforms, file, {"mediaUrls", "", `{"scripted":[]}`}}, 400, core.CodeParameters, []string{"mediaUrls"}},
		"fields too large":       {[]part{{"post", "", strings.Repeat("a", 1<<20)}, platforms, {"notes", "", "x"}}, 413, core.CodeBodyTooLarge, []string{""}},
		"too many parts":         {repeat(part{"x", "", "y"}, 301), 400, core.CodeParameters, []string{""}},
		"too many files":         {append([]part{text, platforms}, repeat(file, 101)...), 400, core.CodeParameters, []string{"media"}},
		"other profile":          {[]part{text, platforms, {"profileKey", "", "ABC"}}, 400, core.CodeUnsupported, []string{"profileKey"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body, contentType := form(t, tt.parts...)
			r := s.with(t).call(http.MethodPost, "/post", body, contentType).want(tt.status)
			equal(t, tt.fields, r.fields())
			equal(t, tt.code, r.problems()[0].Code)
		})
	}
	t.Cleanup(func() {
		if names := s.uploads.names(); len(names) != 0 {
			t.Errorf("the files of a refused post were kept: %v", names)
		}
	})
}

func repeat(p part, n int) []part {
	out := make([]part, n)
	for i := range out {
		out[i] = p
	}
	return out
}

func TestMultipartBroken(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	whole, contentType := form(t, part{"media", "a.png", strings.Repeat("x", 5000)}, part{"post", "", "a"})
	for n := range 40 {
		s.call(http.MethodPost, "/post", whole[:len(whole)*n/40], contentType).want(http.StatusBadRequest)
	}
	s.call(http.MethodPost, "/post", whole[:len(whole)-4], contentType).want(http.StatusBadRequest)
	s.call(http.MethodPost, "/post", whole, header{"Content-Type", "multipart/form-data"}).want(http.StatusBadRequest)
	s.call(http.MethodPost, "/post", "no form at all", contentType).want(http.StatusBadRequest)
	equal(t, 0, len(s.uploads.names()))
}

func TestMultipartTooLarge(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(o *options) { o.api = func(c *api.Config) { c.MaxUpload = 10_000 } })
	body, contentType := form(t, part{"media", "a.png", strings.Repeat("x", 20_000)})
	r := s.call(http.MethodPost, "/post", body, contentType).want(http.StatusRequestEntityTooLarge)
	equal(t, core.CodeBodyTooLarge, r.problems()[0].Code)
	equal(t, "the form is larger than the 10 kB that may be uploaded at once", r.text("message"))
	equal(t, "Make the files smaller, send each of them to POST /media/upload and name them in mediaUrls, "+
		"or ask the operator to raise CRIER_MAX_UPLOAD.", r.text("help"))
	equal(t, 0, len(s.uploads.names()))
}

func TestMultipartStorageFails(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		err    error
		status int
		code   core.Code
		field  string
	}{
		"disk":    {errors.New("disk full"), http.StatusServiceUnavailable, core.CodeStoreUnavailable, ""},
		"refusal": {&core.Error{Kind: core.KindMedia, Code: core.CodeMediaTooLarge, Message: "too large"}, http.StatusBadRequest, core.CodeMediaTooLarge, "media[0]"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			s.uploads.err = tt.err
			body, contentType := form(t, part{"media", "a.png", "1"})
			r := s.call(http.MethodPost, "/post", body, contentType).want(tt.status)
			equal(t, problem{Code: tt.code, Field: tt.field}, r.problems()[0])
		})
	}
	s := newServer(t, func(o *options) { o.api = func(c *api.Config) { c.Uploads = nil } })
	body, contentType := form(t, part{"media", "a.png", "1"}, part{"post", "", "a"}, part{"platforms", "", "scripted"})
	r := s.call(http.MethodPost, "/post", body, contentType).want(http.StatusBadRequest)
	equal(t, problem{Code: core.CodeUnsupported, Field: "media"}, r.problems()[0])
}

// failed is a publisher whose store does not answer.
type failed struct{ api.Publisher }

func (failed) Accept(context.Context, publish.Submission) (publish.Outcome, error) {
	return publish.Outcome{}, errors.New("the connection was lost")
}

// TestMultipartOfAPostThatMayBeThere keeps the files: a store that did not answer may
// have the post that they belong to.
func TestMultipartOfAPostThatMayBeThere(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(o *options) { o.api = func(c *api.Config) { c.Publisher = failed{c.Publisher} } })
	body, contentType := form(t, part{"post", "", "a"}, part{"platforms", "", "scripted"}, part{"media", "a.png", "1"})
	s.call(http.MethodPost, "/post", body, contentType).want(http.StatusServiceUnavailable)
	equal(t, []string{"a.txt"}, s.uploads.names())
}

// TestMultipartIdempotency sends the same form again with another boundary, as
// every client does.
func TestMultipartIdempotency(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.serveUploads()
	send := func(content string) *response {
		body, contentType := form(t, part{"post", "", "a"}, part{"platforms", "", "scripted"}, part{"media", "a.png", content})
		return s.call(http.MethodPost, "/post", body, contentType, header{"Idempotency-Key", "k"})
	}
	first := send("1").want(http.StatusOK)
	equal(t, string(first.body), string(send("1").want(http.StatusOK).body))
	send("2").want(http.StatusUnprocessableEntity)
	equal(t, []string{"a.txt"}, s.uploads.names()) // those of the repetitions are gone
	equal(t, []string{"a"}, s.timeline())
}
