package media_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/netguard"
	"github.com/crier-social/crier/media"
	"github.com/crier-social/crier/media/mediatest"
)

// editor is a service that may reach a server of pictures.
type editor struct {
	*media.Service
	server *mediatest.Server
}

func newEditor(t *testing.T) *editor {
	t.Helper()
	s, err := media.New(media.Config{Dir: t.TempDir(), Guard: netguard.New(mediatest.Allow())})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return &editor{s, mediatest.NewServer(t)}
}

// edit runs Edit with what a client would send, and decodes the result.
func (e *editor) edit(t *testing.T, path, request string) (media.Edited, image.Image, error) {
	t.Helper()
	var what media.Edit
	if err := json.Unmarshal([]byte(request), &what); err != nil {
		t.Fatal(err)
	}
	if what.Watermark.URL != "" {
		what.Watermark.URL = e.server.URL + what.Watermark.URL
	}
	var out bytes.Buffer
	edited, err := e.Edit(t.Context(), "group", core.Need{URL: e.server.URL + path, Field: "mediaUrl"}, what, &out)
	if err != nil {
		return media.Edited{}, nil, err
	}
	if int64(out.Len()) != edited.Size {
		t.Errorf("%d bytes were written, %d are told", out.Len(), edited.Size)
	}
	decode := jpeg.Decode
	if edited.MIME == "image/png" {
		decode = png.Decode
	}
	img, err := decode(&out)
	if err != nil {
		t.Fatalf("the result is no %s: %v", edited.MIME, err)
	}
	if img.Bounds().Dx() != edited.Width || img.Bounds().Dy() != edited.Height {
		t.Errorf("the file is %v, told is %d×%d", img.Bounds(), edited.Width, edited.Height)
	}
	return edited, img, nil
}

func TestEdit(t *testing.T) {
	t.Parallel()
	e := newEditor(t)
	e.server.File("turned.jpg", mediatest.JPEGOriented(60, 30, 6))
	e.server.File("photo.webp", mediatest.WebP(60, 30))
	e.server.File("cut.webp", mediatest.WebPAlpha(60, 30))
	e.server.File("plain.png", mediatest.PNG(60, 30))
	e.server.File("still.gif", mediatest.GIF(60, 30, 1))
	cases := []struct {
		name, path, request string
		want                media.Edited
	}{
		{
			"fitted", "/ok/turned.jpg", `{"dimensions":{"width":20,"height":20}}`,
			media.Edited{Name: "turned.jpg", MIME: "image/jpeg", Width: 20, Height: 10, Changes: []string{"turned upright, as its EXIF data ask", "scaled from 60×30 to 20×10"}},
		},
		{
			"enlarged by one side", "/ok/plain.png", `{"dimensions":{"height":60},"mode":"resize"}`,
			media.Edited{Name: "plain.png", MIME: "image/png", Width: 120, Height: 60, Changes: []string{"scaled from 60×30 to 120×60"}},
		},
		{
			"cropped", "/ok/photo.webp", `{"dimensions":{"width":40,"height":40},"mode":"crop"}`,
			media.Edited{Name: "photo.jpg", MIME: "image/jpeg", Width: 40, Height: 40, Changes: []string{"cropped from 60×30 to 40×40", "converted from image/webp to image/jpeg"}},
		},
		{
			"padded", "/ok/plain.png", `{"dimensions":{"width":40,"height":40},"mode":"pad","background":"#102030"}`,
			media.Edited{Name: "plain.png", MIME: "image/png", Width: 40, Height: 40, Changes: []string{"framed from 60×30 to 40×40"}},
		},
		{
			"transparent stays so", "/ok/cut.webp", `{"effects":{"rotate":-90}}`,
			media.Edited{Name: "cut.png", MIME: "image/png", Width: 30, Height: 60, Changes: []string{"rotated by 270°", "converted from image/webp to image/png"}},
		},
		{
			"still gif as jpeg", "/ok/still.gif", `{"convertToJpg":true,"effects":{"sepia":true,"quality":50}}`,
			media.Edited{Name: "still.jpg", MIME: "image/jpeg", Width: 60, Height: 30, Changes: []string{"effects applied", "converted from image/gif to image/jpeg"}},
		},
		{
			"marked", "/ok/plain.png", `{"watermark":{"url":"/ok/cut.webp","size":50,"opacity":80}}`,
			media.Edited{Name: "plain.png", MIME: "image/png", Width: 60, Height: 30, Changes: []string{"watermark added"}},
		},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got, _, err := e.edit(t, tc.path, tc.request)
			if err != nil {
				t.Fatal(err)
			}
			tc.want.Size = got.Size
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("edited (-want +got):\n%s", diff)
			}
		})
	}
}

// What the client writes is what happens to the pixels.
func TestEditPixels(t *testing.T) {
	t.Parallel()
	e := newEditor(t)
	e.server.File("a.png", mediatest.PNG(60, 30))
	e.server.File("mark.png", mediatest.EncodePNG(image.NewNRGBA(image.Rect(0, 0, 4, 4))))
	quarters := mediatest.Quarters()
	cases := []struct {
		name, request string
		at            image.Point
		want          color.NRGBA
	}{
		{"crop keeps the point", `{"dimensions":{"width":10,"height":10,"xCoordinate":60,"yCoordinate":30},"mode":"crop"}`, image.Pt(9, 9), quarters[3]},
		{"fill is crop", `{"dimensions":{"width":10,"height":10,"xCoordinate":0,"yCoordinate":0},"mode":"fill"}`, image.Pt(1, 1), quarters[0]},
		{"pad is filled", `{"dimensions":{"width":40,"height":40},"mode":"letterbox","background":"#102030"}`, image.Pt(0, 0), color.NRGBA{R: 0x10, G: 0x20, B: 0x30, A: 255}},
		{"pad is transparent", `{"dimensions":{"width":40,"height":40},"mode":"pad","background":"transparent"}`, image.Pt(0, 0), color.NRGBA{}},
		{"pad is white", `{"dimensions":{"width":40,"height":40},"mode":"pad"}`, image.Pt(39, 39), color.NRGBA{R: 255, G: 255, B: 255, A: 255}},
		{"stretch", `{"dimensions":{"width":10,"height":50},"mode":"stretch"}`, image.Pt(9, 49), quarters[3]},
		{"flip", `{"effects":{"flip":"horizontal"}}`, image.Pt(1, 1), quarters[1]},
		{"brightest", `{"effects":{"brightness":100}}`, image.Pt(1, 1), color.NRGBA{R: 255, G: 255, B: 255, A: 255}},
		{"tint", `{"effects":{"brightness":-100,"invert":true,"color":"#A020F0"}}`, image.Pt(1, 1), color.NRGBA{R: 255, G: 255, B: 255, A: 255}},
		{"faded", `{"effects":{"opacity":20}}`, image.Pt(1, 1), color.NRGBA{R: quarters[0].R, G: quarters[0].G, B: quarters[0].B, A: 51}},
		{"invisible mark", `{"watermark":{"url":"/ok/mark.png"}}`, image.Pt(50, 20), quarters[3]},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, img, err := e.edit(t, "/ok/a.png", tc.request)
			if err != nil {
				t.Fatal(err)
			}
			got := color.NRGBAModel.Convert(img.At(tc.at.X, tc.at.Y))
			if diff := cmp.Diff(color.Color(tc.want), got); diff != "" {
				t.Errorf("pixel %v (-want +got):\n%s", tc.at, diff)
			}
		})
	}
}

// problem is what a refusal tells.
type problem struct {
	Kind  core.Kind
	Code  core.Code
	Field string
}

func problemsOf(err error) []problem {
	var all []problem
	for _, e := range core.AsErrors(err) {
		all = append(all, problem{e.Kind, core.CodeOf(e), e.Field})
	}
	return all
}

func invalid(fields ...string) []problem {
	var all []problem
	for _, f := range fields {
		all = append(all, problem{core.KindInvalid, core.CodeParameters, f})
	}
	return all
}

func TestEditRefuses(t *testing.T) {
	t.Parallel()
	e := newEditor(t)
	e.server.File("a.png", mediatest.PNG(60, 30))
	e.server.File("thin.png", mediatest.PNG(4, 4000))
	e.server.File("moving.gif", mediatest.GIF(8, 8, 3))
	e.server.File("broken.jpg", mediatest.Truncated(mediatest.JPEG(64, 64)))
	e.server.File("bomb.png", mediatest.PNGLying(60000, 60000))
	e.server.File("doc.pdf", mediatest.PDF())
	e.server.File("page.html", mediatest.HTML())
	media := func(code core.Code, field string) []problem { return []problem{{core.KindMedia, code, field}} }
	cases := []struct {
		name, path, request string
		want                []problem
	}{
		{
			"all mistakes at once", "/ok/a.png", `{"dimensions":{"width":-1,"height":9000,"xCoordinate":-3},"mode":"tile","background":"red",` +
				`"watermark":{"position":"left","size":0,"opacity":101},` +
				`"effects":{"brightness":-101,"contrast":101,"saturation":1e9,"gamma":0,"blur":-1,"sharpen":11,"color":"#12345","opacity":0,"rotate":45,"flip":"up","quality":0}}`,
			invalid("dimensions.width", "dimensions.height", "dimensions.xCoordinate", "dimensions.yCoordinate", "mode", "background",
				"watermark.position", "watermark.size", "watermark.opacity", "watermark.url",
				"effects.brightness", "effects.contrast", "effects.saturation", "effects.gamma", "effects.blur", "effects.sharpen",
				"effects.color", "effects.opacity", "effects.rotate", "effects.flip", "effects.quality"),
		},
		{"a mode without a size", "/ok/a.png", `{"mode":"crop"}`, invalid("dimensions.width", "dimensions.height")},
		{
			"what the mode does not have", "/ok/a.png", `{"dimensions":{"width":5,"xCoordinate":1,"yCoordinate":1},"background":"#000000"}`,
			invalid("dimensions.xCoordinate", "background"),
		},
		{"two colours", "/ok/a.png", `{"effects":{"color":"#000000","sepia":true}}`, invalid("effects.sepia")},
		{"half transparent tint", "/ok/a.png", `{"effects":{"color":"#00000080"}}`, invalid("effects.color")},
		{"a side that follows is too long", "/ok/thin.png", `{"dimensions":{"width":100}}`, invalid("dimensions")},
		{"animation", "/ok/moving.gif", `{}`, media(core.CodeMediaType, "mediaUrl")},
		{"broken", "/ok/broken.jpg", `{}`, media(core.CodeMediaURL, "mediaUrl")},
		{"bomb", "/ok/bomb.png", `{}`, media(core.CodeImageTooLarge, "mediaUrl")},
		{"no picture", "/ok/doc.pdf", `{}`, media(core.CodeMediaType, "mediaUrl")},
		{"web page", "/ok/page.html", `{}`, media(core.CodeMediaURL, "mediaUrl")},
		{"missing", "/ok/none.png", `{}`, media(core.CodeMediaURL, "mediaUrl")},
		{"moving mark", "/ok/a.png", `{"watermark":{"url":"/ok/moving.gif"}}`, media(core.CodeMediaType, "watermarkUrl")},
		{"broken mark", "/ok/a.png", `{"watermark":{"url":"/ok/broken.jpg"}}`, media(core.CodeMediaURL, "watermarkUrl")},
		{"missing mark", "/ok/a.png", `{"watermark":{"url":"/ok/none.png"}}`, media(core.CodeMediaURL, "watermarkUrl")},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, _, err := e.edit(t, tc.path, tc.request)
			if diff := cmp.Diff(tc.want, problemsOf(err)); diff != "" {
				t.Errorf("problems (-want +got):\n%s\n%v", diff, err)
			}
		})
	}
}

// Trouble of the caller's is told as it is.
func TestEditKeepsForeignErrors(t *testing.T) {
	t.Parallel()
	e := newEditor(t)
	e.server.File("a.png", mediatest.PNG(60, 30))
	n := core.Need{URL: e.server.URL + "/ok/a.png", Field: "mediaUrl"}
	full := &core.Error{Kind: core.KindInvalid, Message: "full"}
	if _, err := e.Edit(t.Context(), "group", n, media.Edit{}, failing{full}); !errors.Is(err, full) {
		t.Errorf("got %v, want the writer's error", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := e.Edit(ctx, "group", n, media.Edit{}, io.Discard); core.KindOf(err) == core.KindMedia || err == nil {
		t.Errorf("got %v, want the end of the context", err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }
