package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"image"
	"image/jpeg"
	"io"
	"net/http"
	"testing"

	"github.com/crier-social/crier/api"
	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/netguard"
	"github.com/crier-social/crier/media"
)

// realMedia is the media engine as a server has it.
type realMedia struct{ *media.Service }

func (m realMedia) CheckEdit(edit json.RawMessage) core.Errors {
	var e media.Edit
	if err := json.Unmarshal(edit, &e); err != nil {
		return core.AsErrors(err)
	}
	return e.Validate()
}

func (m realMedia) Edit(ctx context.Context, group string, n core.Need, edit json.RawMessage, w io.Writer) (api.Edited, error) {
	var e media.Edit
	d := json.NewDecoder(bytes.NewReader(edit))
	d.DisallowUnknownFields()
	if err := d.Decode(&e); err != nil {
		return api.Edited{}, err
	}
	edited, err := m.Service.Edit(ctx, group, n, e, w)
	return api.Edited(edited), err
}

// withRealMedia makes a server that looks at files and edits them for real.
func withRealMedia(t *testing.T) *server {
	t.Helper()
	return newServer(t, func(o *options) {
		o.idle, o.api = true, func(c *api.Config) {
			u, _ := c.Uploads.(*uploads)
			m, err := media.New(media.Config{Dir: t.TempDir(), Guard: netguard.New(nil), Gallery: u.Gallery})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := m.Close(); err != nil {
					t.Error(err)
				}
			})
			c.Media = realMedia{m}
		}
	})
}

// photo is a JPEG of one colour.
func photo(t *testing.T, width, height int) string {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for i := range img.Pix {
		img.Pix[i] = 0xff
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestRealMedia(t *testing.T) {
	t.Parallel()
	s := withRealMedia(t)
	u := s.keepFile(s.profile.ID, "a.jpg", photo(t, 40, 20))
	mark := s.keepFile(s.profile.ID, "mark.png", string(picture()))
	address := "https://crier.example/media/file/" + u.ID + "/a.jpg"
	facts := s.call(http.MethodGet, query("/media/meta", "mediaUrl", address), nil).want(http.StatusOK).object()
	equal(t, []any{address, "image", "image/jpeg", "a.jpg", 40.0, 20.0}, []any{facts["mediaUrl"], facts["type"], facts["contentType"], facts["fileName"], facts["width"], facts["height"]})
	exists := s.call(http.MethodPost, "/media/urlExists", jsonMap{"mediaUrl": address}).want(http.StatusOK)
	equal(t, address, exists.text("mediaUrl"))

	// Every key that the API takes is one that the engine knows.
	r := s.call(http.MethodPost, "/media/resize", jsonMap{
		"mediaUrl": address, "dimensions": jsonMap{"width": 10, "height": 10, "xCoordinate": 5, "yCoordinate": 5}, "mode": "crop",
		"watermark": jsonMap{"url": "upload:" + mark.ID, "position": "north", "size": 10, "opacity": 50.5}, "convertToJpg": true,
		"effects": jsonMap{
			"brightness": 1, "contrast": 1, "saturation": 1, "gamma": 1.1, "blur": 0.5, "sharpen": 0.5, "grayscale": true, "invert": true,
			"color": "#A020F0", "opacity": 90, "rotate": 90, "flip": "vertical", "quality": 80,
		},
	}).want(http.StatusOK)
	equal(t, []any{10.0, 10.0, "a.jpg"}, []any{r.object()["width"], r.object()["height"], r.text("fileName")})
	size, err := jpeg.DecodeConfig(bytes.NewReader(s.fileOf(r)))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, []int{10, 10}, []int{size.Width, size.Height})
	s.call(http.MethodPost, "/media/resize", jsonMap{"mediaUrl": address, "effects": jsonMap{"sepia": true}}).want(http.StatusOK)
	s.call(http.MethodPost, "/media/resize", jsonMap{"mediaUrl": address, "dimensions": jsonMap{"width": 10, "height": 30}, "mode": "pad", "background": "#ff0000"}).want(http.StatusOK)
}

func TestRealMediaRefuses(t *testing.T) {
	t.Parallel()
	s := withRealMedia(t)
	u := s.keepFile(s.profile.ID, "a.jpg", photo(t, 40, 20))
	text := s.keepFile(s.profile.ID, "a.txt", "text")
	foreign := s.keepFile("other", "b.jpg", photo(t, 4, 4))
	own := "upload:" + u.ID
	tests := map[string]struct {
		request jsonMap
		code    core.Code
		fields  []string
	}{
		"out of range": {jsonMap{"mediaUrl": own, "dimensions": jsonMap{"width": -1, "height": 9000}, "mode": "tile", "effects": jsonMap{"blur": 101}}, core.CodeParameters, []string{"dimensions.height", "dimensions.width", "effects.blur", "mode"}},
		"not ours":     {jsonMap{"mediaUrl": "upload:" + foreign.ID, "watermark": jsonMap{"url": "upload:none"}}, core.CodeMediaURL, []string{"mediaUrl", "watermark.url"}},
		"no picture":   {jsonMap{"mediaUrl": "upload:" + text.ID, "convertToJpg": true}, core.CodeMediaType, []string{"mediaUrl"}},
		"no mark":      {jsonMap{"mediaUrl": own, "watermark": jsonMap{"url": "upload:" + text.ID}}, core.CodeMediaType, []string{"watermark.url"}},
		"not public":   {jsonMap{"mediaUrl": "https://127.0.0.1:1/a.png", "convertToJpg": true}, core.CodeMediaBlocked, []string{"mediaUrl"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := s.with(t).call(http.MethodPost, "/media/resize", tt.request).want(http.StatusBadRequest)
			equal(t, tt.fields, r.fields())
			equal(t, tt.code, r.problems()[0].Code)
		})
	}
	blocked := s.call(http.MethodPost, "/media/urlExists", jsonMap{"mediaUrl": "https://169.254.169.254/latest"}).want(http.StatusBadRequest)
	equal(t, []any{false, float64(core.CodeMediaBlocked)}, []any{blocked.object()["urlExists"], blocked.object()["code"]})
}
