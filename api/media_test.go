package api_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/crier-social/crier/api"
	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
)

const somePicture = "https://cdn.example/a.png"

// withLooker makes a server whose looker the test knows.
func withLooker(t *testing.T) (*server, *looker) {
	t.Helper()
	var l *looker
	s := newServer(t, func(o *options) { o.idle, o.api = true, func(c *api.Config) { l, _ = c.Media.(*looker) } })
	s.assets.Add(coretest.Picture(somePicture, 8, 4), coretest.File{
		URL: "https://cdn.example/b.mp4", Data: []byte("video"),
		Asset: core.Asset{Kind: core.MediaVideo, MIME: "video/mp4", Name: "b.mp4", Width: 4, Height: 2, Frames: 1, Duration: 61500 * time.Millisecond, VideoCodec: "avc1"},
	}, coretest.File{
		URL: "https://cdn.example/c.pdf", Data: []byte("pdf"),
		Asset: core.Asset{Kind: core.MediaDocument, MIME: "application/pdf", Name: "c.pdf", Pages: 7},
	}, coretest.File{
		URL: "https://cdn.example/d.gif", Data: []byte("gif"),
		Asset: core.Asset{Kind: core.MediaImage, MIME: "image/gif", Width: 2, Height: 2, Frames: 9},
	}, coretest.File{URL: "https://cdn.example/e.zip", Data: []byte("zip"), Asset: core.Asset{MIME: "application/zip", Name: "e.zip"}})
	return s, l
}

func TestMediaMeta(t *testing.T) {
	t.Parallel()
	s, _ := withLooker(t)
	size := float64(len(coretest.Picture(somePicture, 8, 4).Data))
	for address, want := range map[string]jsonMap{
		somePicture:                 {"type": "image", "contentType": "image/png", "fileName": "picture.png", "size": size, "width": 8.0, "height": 4.0},
		"https://cdn.example/b.mp4": {"type": "video", "contentType": "video/mp4", "fileName": "b.mp4", "size": 5.0, "width": 4.0, "height": 2.0, "duration": 61.5, "videoCodec": "avc1"},
		"https://cdn.example/c.pdf": {"type": "document", "contentType": "application/pdf", "fileName": "c.pdf", "size": 3.0, "pages": 7.0},
		"https://cdn.example/d.gif": {"type": "image", "contentType": "image/gif", "size": 3.0, "width": 2.0, "height": 2.0, "frames": 9.0},
		"https://cdn.example/e.zip": {"contentType": "application/zip", "fileName": "e.zip", "size": 3.0},
	} {
		want["status"], want["mediaUrl"] = "success", address
		equal(t, any(want), any(s.call(http.MethodGet, query("/media/meta", "mediaUrl", address, "source", "npm"), nil).want(http.StatusOK).object()))
		want["urlExists"] = true
		equal(t, any(want), any(s.call(http.MethodPost, "/media/urlExists", jsonMap{"mediaUrl": address}).want(http.StatusOK).object()))
	}
	equal(t, 0, len(s.assets.Kept()))
}

func TestMediaMetaProblems(t *testing.T) {
	t.Parallel()
	s, _ := withLooker(t)
	for address, code := range map[string]core.Code{
		"":                              core.CodeParameters,
		"https://cdn.example/none.png":  core.CodeMediaURL,
		"http://cdn.example/a.png":      core.CodeMediaURL,
		"ftp://cdn.example/a.png":       core.CodeMediaURL,
		"https://a b/":                  core.CodeMediaURL,
		"urn:example:image:1":           core.CodeMediaURL,
		"upload:stranger":               core.CodeMediaURL,
		"sample:none":                   core.CodeMediaURL,
		"https://user:pw@cdn.example/a": core.CodeMediaURL,
	} {
		for _, r := range []*response{
			s.call(http.MethodGet, query("/media/meta", "mediaUrl", address), nil).want(http.StatusBadRequest),
			s.call(http.MethodPost, "/media/urlExists", jsonMap{"mediaUrl": address}).want(http.StatusBadRequest),
		} {
			equal(t, problem{Code: code, Field: "mediaUrl"}, r.problems()[0])
			if r.request.Method == http.MethodPost {
				equal(t, any(false), r.object()["urlExists"])
			}
		}
	}
	r := s.call(http.MethodGet, "/media/meta?mediaUrl=sample:none", nil)
	equal(t, "mediaUrl names no sample of this server; it has dunes", r.text("message"))
	s.call(http.MethodPost, "/media/urlExists", jsonMap{"mediaUrl": 1}).want(http.StatusBadRequest)
	s.call(http.MethodPost, "/media/urlExists", `[`).want(http.StatusBadRequest)

	s.assets.Next(somePicture, coretest.Fail(&core.Error{Kind: core.KindTemporary, Code: core.CodeUpstreamUnavailable, Message: "down"}))
	r = s.call(http.MethodPost, "/media/urlExists", jsonMap{"mediaUrl": somePicture}).want(http.StatusBadGateway)
	if _, told := r.object()["urlExists"]; told {
		t.Errorf("what is not known is told: %s", r.body)
	}
}

func TestResize(t *testing.T) {
	t.Parallel()
	s, l := withLooker(t)
	for request, want := range map[string]string{
		`{"mediaUrl":"` + somePicture + `","dimensions":{"width":6,"height":null},"mode":"crop","source":"npm"}`: `{"dimensions":{"width":6},"mode":"crop"}`,
		`{"imageUrl":"` + somePicture + `","watermarkUrl":"sample:dunes"}`:                                       `{"watermark":{"url":"sample:dunes"}}`,
		`{"mediaUrl":"` + somePicture + `","watermark":{"url":"sample:dunes","size":10.5},"convertToJpg":true}`:  `{"watermark":{"url":"sample:dunes","size":10.5},"convertToJpg":true}`,
		`{"mediaUrl":"` + somePicture + `","effects":{"blur":2.5,"grayscale":true,"color":"#000000"}}`:           `{"effects":{"blur":2.5,"grayscale":true,"color":"#000000"}}`,
	} {
		l.edits = nil
		r := s.call(http.MethodPost, "/media/resize", request).want(http.StatusOK)
		equal(t, []edit{{somePicture, want}}, l.edits)
		equal(t, any([]any{"success", "edited.png", "image/png", 6.0, 3.0, []any{"made small"}}),
			any([]any{r.text("status"), r.text("fileName"), r.text("contentType"), r.object()["width"], r.object()["height"], r.object()["changes"]}))
		equal(t, "\x89PNG", string(s.fileOf(r)[:4]))
	}
	equal(t, 0, len(s.assets.Kept()))
}

func TestResizeProblems(t *testing.T) {
	t.Parallel()
	s, l := withLooker(t)
	good := `"mediaUrl":"` + somePicture + `"`
	tests := map[string]struct {
		request string
		code    core.Code
		fields  []string
	}{
		"empty":             {`{}`, core.CodeParameters, []string{"mediaUrl"}},
		"nothing to do":     {`{` + good + `,"mode":"crop","convertToJpg":false,"dimensions":{},"effects":null}`, core.CodeParameters, []string{"dimensions"}},
		"two pictures":      {`{` + good + `,"imageUrl":"` + somePicture + `","effects":{"blur":1}}`, core.CodeParameters, []string{"imageUrl"}},
		"all at once":       {`{"mediaUrl":"ftp://x","platform":"none","dimensions":{"width":"1","depth":2},"mode":1,"effects":{"blur":"x","blurr":1},"watermarkUrl":"x"}`, core.CodeMediaURL, []string{"dimensions.depth", "dimensions.width", "effects.blur", "effects.blurr", "mediaUrl", "mode", "platform", "watermarkUrl"}},
		"fractions":         {`{` + good + `,"dimensions":{"width":1.5,"height":1e99}}`, core.CodeParameters, []string{"dimensions.height", "dimensions.width"}},
		"no objects":        {`{` + good + `,"dimensions":1,"effects":[]}`, core.CodeParameters, []string{"dimensions", "effects"}},
		"unknown network":   {`{` + good + `,"platform":"Scripted"}`, core.CodeUnknownPlatform, []string{"platform"}},
		"no size":           {`{` + good + `,"platform":"scripted"}`, core.CodeUnsupported, []string{"platform"}},
		"edit's own rules":  {`{` + good + `,"mode":"bad mode","effects":{"color":"bad effects.blur"}}`, core.CodeParameters, []string{"effects.blur", "mode"}},
		"two watermarks":    {`{` + good + `,"watermarkUrl":"sample:dunes","watermark":{"url":"sample:dunes"}}`, core.CodeParameters, []string{"watermarkUrl"}},
		"watermark's name":  {`{` + good + `,"watermark":{"url":"upload:stranger"}}`, core.CodeMediaURL, []string{"watermark.url"}},
		"blamed watermark":  {`{` + good + `,"watermark":{"url":"sample:dunes","position":"bad watermarkUrl"}}`, core.CodeParameters, []string{"watermark.url"}},
		"not ours":          {`{"mediaUrl":"upload:stranger","watermarkUrl":"upload:stranger"}`, core.CodeMediaURL, []string{"mediaUrl", "watermarkUrl"}},
		"not there":         {`{"mediaUrl":"https://cdn.example/none.png","effects":{"blur":1}}`, core.CodeMediaURL, []string{"mediaUrl"}},
		"asset of networks": {`{"mediaUrl":"urn:example:1","effects":{"blur":1}}`, core.CodeMediaURL, []string{"mediaUrl"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := s.with(t).call(http.MethodPost, "/media/resize", tt.request).want(http.StatusBadRequest)
			equal(t, tt.fields, r.fields())
			equal(t, tt.code, r.problems()[0].Code)
		})
	}
	t.Cleanup(func() {
		s := s.with(t)
		equal(t, 0, len(l.edits))
		equal(t, 0, len(s.uploads.names()))
	})
}

// TestResizeFails keeps nothing of a picture that was not finished, and tells what is
// wrong where it lies.
func TestResizeFails(t *testing.T) {
	t.Parallel()
	s, l := withLooker(t)
	request := jsonMap{"mediaUrl": somePicture, "convertToJpg": true}
	l.err = &core.Error{Kind: core.KindMedia, Code: core.CodeImageTooLarge, Field: "mediaUrl", Message: "too large"}
	r := s.call(http.MethodPost, "/media/resize", request).want(http.StatusBadRequest)
	equal(t, problem{Code: core.CodeImageTooLarge, Field: "mediaUrl"}, r.problems()[0])
	l.err = nil
	s.uploads.err = errors.New("disk full")
	s.call(http.MethodPost, "/media/resize", request).want(http.StatusServiceUnavailable)
	s.uploads.err = &core.Error{Kind: core.KindMedia, Code: core.CodeUploadQuota, Message: "full"}
	equal(t, core.CodeUploadQuota, s.call(http.MethodPost, "/media/resize", request).want(http.StatusBadRequest).problems()[0].Code)
	equal(t, 0, len(s.uploads.names()))
}
