package bluesky_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/providers/bluesky/sandbox"
)

const articleURL = "https://example.com/article"

// A post is not lost for what its card lacks, and the author is told.
func TestCardTrouble(t *testing.T) {
	t.Parallel()
	picture := coretest.Picture("https://m.example/1.png", 3, 4)
	page := core.Page{Title: "Dunes", ImageURL: picture.URL}
	drawn := core.Page{Title: "Dunes", Drawing: "https://m.example/1.svg"}
	down := func(context.Context, string) (*core.Page, error) {
		return nil, &core.Error{Kind: core.KindTemporary, Message: "the page is down"}
	}
	for name, tc := range map[string]struct {
		change func(*core.Session)
		files  []coretest.File
		fault  *sandbox.Fault
		title  string
		thumb  bool
		says   string
	}{
		"none":                      {coretest.WithPages(map[string]core.Page{articleURL: page}), []coretest.File{picture}, nil, "Dunes", true, ""},
		"a page without anything":   {coretest.WithPages(map[string]core.Page{articleURL: {}}), nil, nil, "example.com/article", false, ""},
		"a page that is down":       {func(s *core.Session) { s.Page = down }, nil, nil, "example.com/article", false, "the page is down."},
		"a picture that is not":     {coretest.WithPages(map[string]core.Page{articleURL: page}), nil, nil, "Dunes", false, "has no picture"},
		"a drawing":                 {coretest.WithPages(map[string]core.Page{articleURL: drawn}), nil, nil, "Dunes", false, "vector drawing"},
		"a picture that is refused": {coretest.WithPages(map[string]core.Page{articleURL: page}), []coretest.File{picture}, &sandbox.Fault{Action: sandbox.ActionRespond, Status: 400, Body: `{"error":"InvalidMimeType","message":"no"}`}, "Dunes", false, "no file of this type"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			if tc.fault != nil {
				f.Next(t, "POST /xrpc/com.atproto.repo.uploadBlob", *tc.fault)
			}
			_, record := f.publish(f.alice, core.Draft{Text: "Read " + articleURL}, tc.change, tc.files...)
			external := value(t, record)["embed"].(map[string]any)["external"].(map[string]any)
			if external["title"] != tc.title || (external["thumb"] != nil) != tc.thumb || external["uri"] != articleURL {
				t.Errorf("card %v", external)
			}
			if said := f.said(); (said == "") != (tc.says == "") || !strings.Contains(said, tc.says) {
				t.Errorf("warnings %q, want %q", said, tc.says)
			}
		})
	}
}

// A limit of calls, or a token that is no good any more, is no matter of the picture.
func TestCardWaitsForTheServer(t *testing.T) {
	t.Parallel()
	picture := coretest.Picture("https://m.example/1.png", 3, 4)
	pages := coretest.WithPages(map[string]core.Page{articleURL: {Title: "Dunes", ImageURL: picture.URL}})
	for kind, fault := range map[core.Kind]sandbox.Fault{
		core.KindRateLimited: sandbox.RateLimit(),
		core.KindAuth:        sandbox.Fail(http.StatusBadRequest, "InvalidToken", "x"),
	} {
		f := newFixture(t)
		s := f.session(f.alice, picture)
		pages(s)
		f.Next(t, "POST /xrpc/com.atproto.repo.uploadBlob", fault)
		if err := f.prepare(f.plan(f.alice, core.Draft{Text: "Read " + articleURL}), s); core.KindOf(err) != kind {
			t.Errorf("%v, want one of kind %s", err, kind)
		}
	}
}

// The preview shows the card as it would be, and what it would lack.
func TestPreviewShowsTheCard(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	pub, s := f.plan(f.alice, core.Draft{Text: "Read " + articleURL}), f.session(f.alice)
	coretest.WithPages(map[string]core.Page{articleURL: {Title: "Dunes", Description: "What the wind does", ImageURL: "https://m.example/none.png"}})(s)
	if err := pub.(core.Preflighter).Preflight(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	preview := pub.(core.Previewer).Preview()
	external := preview.Request["record"].(map[string]any)["embed"].(map[string]any)["external"].(map[string]any)
	if external["title"] != "Dunes" || external["description"] != "What the wind does" || external["thumb"] != nil {
		t.Errorf("card %v", external)
	}
	if len(preview.Warnings) != 1 || !strings.HasSuffix(preview.Warnings[0].Message, "The page is read again when the post goes out.") {
		t.Errorf("warnings %v", preview.Warnings)
	}
}
