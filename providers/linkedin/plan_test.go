package linkedin_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/providers/linkedin"
)

const (
	personURN = "urn:li:person:Ab_1"
	pageURN   = "urn:li:organization:5515715"
)

func person() core.Account {
	return coretest.Account(func(a *core.Account) { a.Platform, a.RemoteID, a.Kind = "linkedin", personURN, core.AccountPerson })
}

func page() core.Account {
	return coretest.Account(func(a *core.Account) { a.Platform, a.RemoteID, a.Kind = "linkedin", pageURN, core.AccountOrganization })
}

func newProvider(t testing.TB, c linkedin.Config, d linkedin.Deps) *linkedin.Provider {
	t.Helper()
	p, err := linkedin.New(c, d)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func media(urls ...string) []core.MediaRef { return coretest.MediaRefs(urls...) }

const companionOptions = `{"thumbNail":"https://example.com/t.png","captions":"upload:0123"}`

// pictures returns n addresses of images.
func pictures(n int) []core.MediaRef {
	urls := make([]string, n)
	for i := range urls {
		urls[i] = fmt.Sprintf("https://example.com/%d.png", i)
	}
	return media(urls...)
}

type problem struct {
	Field string
	Kind  core.Kind
	Code  core.Code
}

func TestPlanProblems(t *testing.T) {
	t.Parallel()
	const inv, uns = core.KindInvalid, core.KindUnsupported
	const params, unknown, later = core.CodeParameters, core.CodeUnknownOption, core.CodeUnsupported
	long := strings.Repeat("x", 4087)
	for _, tc := range []struct {
		name  string
		as    core.Account
		draft core.Draft
		want  []problem
	}{
		{"empty", person(), core.Draft{}, []problem{{"post", inv, params}}},
		{"white space", person(), core.Draft{Text: " \n\t"}, []problem{{"post", inv, params}}},
		{"too long", person(), core.Draft{Text: strings.Repeat("x", 3001)}, []problem{{"post", inv, core.CodeTextTooLong}}},
		{"too long in UTF-16", person(), core.Draft{Text: strings.Repeat("👋", 1501)}, []problem{{"post", inv, core.CodeTextTooLong}}},
		{"unknown author", coretest.Account(func(a *core.Account) { a.RemoteID = "urn:li:company:1" }), core.Draft{Text: "x"}, []problem{{"accountIds", inv, params}}},
		{"21 images", person(), core.Draft{Media: pictures(21)}, []problem{{"mediaUrls[20]", inv, params}}},
		{"unusable media", person(), core.Draft{Text: "x", Media: media(
			"urn:li:video:C5", "urn:li:document:C5",
			"urn:li:digitalmediaAsset:C5", "urn:li:image:", "URN:x", " ",
		)}, []problem{
			{"mediaUrls[0]", uns, later}, // both want to be alone
			{"mediaUrls[1]", uns, later},
			{"mediaUrls[2]", inv, params},
			{"mediaUrls[3]", inv, params},
			{"mediaUrls[4]", inv, params},
			{"mediaUrls[5]", inv, params},
		}},
		{
			"declared videos", person(),
			core.Draft{Media: []core.MediaRef{
				{URL: "https://example.com/x", Field: "mediaUrls[0]", Video: true},
				{URL: "urn:li:image:C5", Field: "mediaUrls[1]", Video: true},
			}},
			[]problem{{"mediaUrls[0]", uns, later}, {"mediaUrls[1]", inv, params}},
		},
		{
			"a document's URN as a video", person(),
			core.Draft{Media: []core.MediaRef{{URL: "urn:li:document:C5", Field: "mediaUrls[0]", Video: true}}, Options: json.RawMessage(`{"title":"T"}`)},
			[]problem{{"mediaUrls[0]", inv, params}},
		},
		{
			"a document's URN without a title", person(),
			core.Draft{Media: media("urn:li:document:C5")},
			[]problem{{"linkedInOptions.title", inv, params}},
		},
		{
			"files of a video without one", person(),
			core.Draft{Text: "x", Options: json.RawMessage(companionOptions)},
			[]problem{{"linkedInOptions.thumbNail", inv, params}, {"linkedInOptions.captions", inv, params}},
		},
		{
			"files of a video with several images", person(),
			core.Draft{Media: pictures(2), Options: json.RawMessage(companionOptions)},
			[]problem{{"linkedInOptions.thumbNail", inv, params}, {"linkedInOptions.captions", inv, params}},
		},
		{
			"files of a video with a document", person(),
			core.Draft{Media: media("urn:li:document:C5"), Options: json.RawMessage(`{"title":"T",` + companionOptions[1:])},
			[]problem{{"linkedInOptions.thumbNail", inv, params}, {"linkedInOptions.captions", inv, params}},
		},
		{
			"files of a video that is there", person(),
			core.Draft{Media: media("urn:li:video:C5"), Options: json.RawMessage(companionOptions)},
			[]problem{{"linkedInOptions.thumbNail", uns, later}, {"linkedInOptions.captions", uns, later}},
		},
		{
			"unusable addresses", person(),
			core.Draft{Media: pictures(1), Options: json.RawMessage(`{"thumbNail":" ","captions":"urn:li:image:C5"}`)},
			[]problem{{"linkedInOptions.thumbNail", inv, params}, {"linkedInOptions.captions", inv, params}},
		},
		{
			"more unusable addresses", person(),
			core.Draft{Media: pictures(1), Options: json.RawMessage(`{"thumbNail":"/etc/passwd","captions":"https://user:pass@example.com/c.srt"}`)},
			[]problem{{"linkedInOptions.thumbNail", inv, params}, {"linkedInOptions.captions", inv, params}},
		},
		{
			"connections of an organization", page(),
			core.Draft{Text: "x", Options: json.RawMessage(`{"visibility":"Connections"}`)},
			[]problem{{"linkedInOptions.visibility", inv, params}},
		},
		{
			"unknown visibility", person(),
			core.Draft{Text: "x", Options: json.RawMessage(`{"visibility":"friends"}`)},
			[]problem{{"linkedInOptions.visibility", inv, params}},
		},
		{
			"more texts than images", person(),
			core.Draft{Media: pictures(1), Options: json.RawMessage(`{"altText":["a","b"],"titles":["a","b","c"]}`)},
			[]problem{{"linkedInOptions.altText[1]", inv, params}, {"linkedInOptions.titles[1]", inv, params}},
		},
		{
			"long texts", person(),
			core.Draft{Media: pictures(2), Options: json.RawMessage(
				`{"altText":["a","` + long + `"],"titles":["` + long[:401] + `"],"title":"` + long[:401] + `"}`)},
			[]problem{{"linkedInOptions.altText[1]", inv, params}, {"linkedInOptions.titles[0]", inv, params}, {"linkedInOptions.title", inv, params}},
		},
		{
			"an audience for a person's post", person(),
			core.Draft{Text: "x", Options: json.RawMessage(`{"targeting":{"countries":["DE"]}}`)},
			[]problem{{"linkedInOptions.targeting", uns, later}},
		},
		{
			"everything at once", page(),
			core.Draft{Options: json.RawMessage(`{"altTexts":[],"visibility":3,"asOrganization":"x"}`)},
			[]problem{{"post", inv, params}, {"linkedInOptions.altTexts", inv, unknown}, {"linkedInOptions.visibility", inv, params}, {"linkedInOptions.asOrganization", inv, params}},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			pub, err := newProvider(t, linkedin.Config{}, linkedin.Deps{}).Plan(t.Context(), tc.as, tc.draft)
			if err == nil || pub != nil {
				t.Fatalf("planned: %v, %v", pub, err)
			}
			var got []problem
			for _, e := range core.AsErrors(err) {
				if e.Message == "" {
					t.Errorf("%s: no message", e.Field)
				}
				got = append(got, problem{e.Field, e.Kind, e.Code})
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestPlanTellsTheOverrun(t *testing.T) {
	t.Parallel()
	_, err := newProvider(t, linkedin.Config{}, linkedin.Deps{}).Plan(t.Context(), person(), core.Draft{Text: strings.Repeat("é", 3007)})
	want := "The text has 3007 characters; LinkedIn takes 3000, so it is 7 too long."
	if diff := cmp.Diff(want, core.AsError(err).Message); diff != "" {
		t.Error(diff)
	}
}

// Escapes and the markup of mentions do not count.
func TestPlanTakesWhatFits(t *testing.T) {
	t.Parallel()
	for name, d := range map[string]core.Draft{
		"exactly the limit":           {Text: strings.Repeat("(", 3000)},
		"a mention counts its name":   {Text: strings.Repeat("x", 2996) + "@[Jane](urn:li:person:x)"},
		"media without text":          {Media: pictures(20)},
		"assets that are there":       {Media: media("urn:li:image:C4E", "https://example.com/a.gif")},
		"uploads and samples":         {Media: media("upload:0123", "sample:harbour")},
		"a video that is there":       {Media: media("urn:li:video:C5")},
		"a document that is there":    {Media: media("urn:li:document:C5"), Options: json.RawMessage(`{"titles":["T"]}`)},
		"a declared video":            {Media: []core.MediaRef{{URL: "https://example.com/x", Field: "mediaUrls[0]", Video: true}}},
		"files of a video":            {Media: pictures(1), Options: json.RawMessage(companionOptions)},
		"null options":                {Text: "x", Options: json.RawMessage(`{"altText":null,"poll":null,"link":false}`)},
		"visibility in any case":      {Text: "x", Options: json.RawMessage(`{"visibility":"LoggedIn"}`)},
		"option key in any case":      {Media: pictures(1), Options: json.RawMessage(`{"alttext":["a"],"DISABLESHARE":true}`)},
		"longest alt text and title":  {Media: pictures(1), Options: json.RawMessage(`{"altText":["` + strings.Repeat("x", 4086) + `"],"title":"` + strings.Repeat("x", 400) + `"}`)},
		"text that is no valid UTF-8": {Text: "a\xff"},
	} {
		if _, err := newProvider(t, linkedin.Config{}, linkedin.Deps{}).Plan(t.Context(), person(), d); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The bytes decide what a file is, whatever its address says: a single one may be of
// any kind, one of several an image alone.
func TestPlanLeavesTheKindToTheBytes(t *testing.T) {
	t.Parallel()
	p := newProvider(t, linkedin.Config{MaxVideoBytes: 7_000_000}, linkedin.Deps{})
	needs := func(urls ...string) []core.Need {
		pub, err := p.Plan(t.Context(), person(), core.Draft{Text: "x", Media: media(urls...)})
		if err != nil {
			t.Fatal(err)
		}
		return pub.Needs()
	}
	single := needs("https://example.com/a.PNG")
	var kinds []core.MediaKind
	for _, a := range single[0].Accept {
		kinds = append(kinds, a.Kind)
	}
	if diff := cmp.Diff([]core.MediaKind{core.MediaImage, core.MediaVideo, core.MediaDocument}, kinds); diff != "" {
		t.Error(diff)
	}
	if a, _ := single[0].AcceptFor(core.MediaVideo); a.MaxBytes != 7_000_000 || a.MinBytes != 75_000 {
		t.Errorf("videos of %d to %d bytes", a.MinBytes, a.MaxBytes)
	}
	several := needs("https://example.com/a.MP4", "https://example.com/b.pdf#p", "https://example.com/c.png")
	if len(several) != 3 {
		t.Fatalf("%d needs for 3 files", len(several))
	}
	for _, n := range several {
		if _, ok := n.AcceptFor(core.MediaImage); !ok || len(n.Accept) != 1 {
			t.Errorf("%s accepts %+v", n.Key, n.Accept)
		}
		want := map[core.MediaKind]string{
			core.MediaVideo:    "LinkedIn takes a video alone: a post with a video has no other media.",
			core.MediaDocument: "LinkedIn takes a document alone: a post with a document has no other media.",
		}
		if diff := cmp.Diff(want, n.Unsupported); diff != "" {
			t.Errorf("%s: %s", n.Key, diff)
		}
	}
}

func TestPlanWarnsOfTitlesWithoutAPlace(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, options string
		images        int
		want          []string
	}{
		{"no image", `{"title":"T"}`, 0, []string{"linkedInOptions.title"}},
		{"one image", `{"title":"T","titles":["U"]}`, 1, nil},
		{"two images", `{"title":"T","titles":["U"]}`, 2, []string{"linkedInOptions.titles", "linkedInOptions.title"}},
		{"two images, empty titles", `{"title":"","titles":["",""]}`, 2, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			d := core.Draft{Text: "x", Media: pictures(tc.images), Options: json.RawMessage(tc.options)}
			pub, err := newProvider(t, linkedin.Config{}, linkedin.Deps{}).Plan(t.Context(), person(), d)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, w := range pub.(core.Previewer).Preview().Warnings {
				got = append(got, w.Field)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func FuzzPlan(f *testing.F) {
	f.Add("Hi #go_x (y) @[A](urn:li:person:x)", "https://example.com/a.png", `{"altText":["a"],"visibility":"public"}`)
	f.Add("\xff", "urn:li:image:x", `{"titles":[1],"x":{}}`)
	p := newProvider(f, linkedin.Config{}, linkedin.Deps{})
	f.Fuzz(func(t *testing.T, text, url, options string) {
		d := core.Draft{Text: text, Media: media(url), Options: json.RawMessage(options)}
		pub, err := p.Plan(t.Context(), page(), d)
		if err != nil {
			for _, e := range core.AsErrors(err) {
				if (e.Kind != core.KindInvalid && e.Kind != core.KindUnsupported) || e.Message == "" || e.Field == "" {
					t.Fatalf("unclear problem: %+v", e)
				}
			}
			return
		}
		if preview := pub.(core.Previewer).Preview(); preview.Length > preview.Limit || preview.Request["commentary"] == nil {
			t.Fatalf("preview %+v", preview)
		}
	})
}
