package linkedin_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/providers/linkedin/linkedintest"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
	"github.com/crier-social/crier/providers/providertest"
)

func slidesDraft(options string) core.Draft {
	return core.Draft{Text: "Slides", Media: coretest.MediaRefs(slides(1).URL), Options: json.RawMessage(options)}
}

// LinkedIn wants a title for a document: its file's name, unless there is a better one.
func TestDocumentHasATitle(t *testing.T) {
	t.Parallel()
	named := func(name string) coretest.File {
		file := slides(1)
		file.Asset.Name = name
		return file
	}
	for _, tc := range []struct {
		name    string
		file    coretest.File
		options string
		want    string
	}{
		{"the file's name", slides(1), "", "Slides 2026.pdf"},
		{"title", slides(1), `{"title":"The title"}`, "The title"},
		{"titles", slides(1), `{"titles":["The first"],"title":"The title"}`, "The first"},
		{"no name", named(" "), "", "Document"},
		{"a long name", named(strings.Repeat("n", 500)), "", strings.Repeat("n", 400)},
		{"a long name that would be cut within a character", named("n" + strings.Repeat("👋", 300)), "", "n" + strings.Repeat("👋", 199)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			for _, as := range []providertest.Author{jane(), pageDemo()} {
				f := newFixture(t)
				post := f.publish(f.plan(as, slidesDraft(tc.options)), f.session(as, tc.file))
				if len(post.Media) != 1 || post.Media[0].SHA256 != sum(tc.file.Data) || post.Media[0].ContentType != "application/pdf" {
					t.Fatalf("the post shows %+v", post.Media)
				}
				if diff := cmp.Diff(tc.want, post.Media[0].Title); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}

// A page's token looks until the document is there; a member's, which may not look,
// waits a moment.
func TestDocumentProcessing(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name       string
		as         providertest.Author
		processing linkedintest.Option
		looks      int
		waited     time.Duration
	}{
		{"page", pageDemo(), linkedintest.WithProcessingPolls(3), 4, 6 * time.Second},
		{"member", jane(), linkedintest.WithOptions(func(o *sandbox.Options) { o.ProcessingTime = 14 * time.Second }), 1, 15 * time.Second},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, tc.processing)
			before := f.clock.Now()
			f.publish(f.plan(tc.as, slidesDraft("")), f.session(tc.as, slides(1)))
			if waited := f.clock.Now().Sub(before); waited != tc.waited {
				t.Errorf("waited %s, want %s", waited, tc.waited)
			}
			if n := f.count(http.MethodGet, "/rest/documents/"); n != tc.looks {
				t.Errorf("%d looks, want %d", n, tc.looks)
			}
		})
	}
}

func TestDocumentFailsInProcessing(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	bad := slides(1)
	bad.Data = []byte("no document at all")
	e := core.AsError(f.prepare(f.plan(pageDemo(), slidesDraft("")), f.session(pageDemo(), bad)))
	if e.Kind != core.KindMedia || e.Field != "mediaUrls[0]" || !strings.Contains(e.Message, "document") || !strings.Contains(e.Help, "PDF") {
		t.Errorf("%+v", e)
	}
	if n := len(f.Sandbox.Documents()); n != 2 {
		t.Errorf("%d uploads, want another one after the first failed", n)
	}
}

func TestDocumentRefusals(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, pattern string
		kind          core.Kind
		field         string
	}{
		{"upload", "PUT /dms-uploads/*", core.KindMedia, "mediaUrls[0]"},
		{"place", "POST /rest/documents", core.KindInvalid, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.Next(t, tc.pattern, respond(http.StatusBadRequest, -1))
			e := core.AsError(f.prepare(f.plan(jane(), slidesDraft("")), f.session(jane(), slides(1))))
			if e.Kind != tc.kind || e.Field != tc.field || !strings.Contains(e.Message, "refused") {
				t.Errorf("%+v", e)
			}
		})
	}
}

// Videos and documents that LinkedIn has already are used as they are, by their owner
// alone.
func TestPublishUsesOtherAssetsThatAreThere(t *testing.T) {
	t.Parallel()
	for name, file := range map[string]coretest.File{"video": film(75_000), "document": slides(1)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			first := f.publish(f.plan(pageDemo(), core.Draft{Text: "first", Media: coretest.MediaRefs(file.URL)}), f.session(pageDemo(), file))
			urn := first.Media[0].ID
			again := core.Draft{Text: "again", Media: coretest.MediaRefs(urn), Options: json.RawMessage(`{"title":"Anew"}`)}
			pub := f.plan(pageDemo(), again)
			if len(pub.Needs()) != 0 {
				t.Errorf("needs %v", pub.Needs())
			}
			post := f.publish(pub, f.session(pageDemo()))
			if len(post.Media) != 1 || post.Media[0].ID != urn || post.Media[0].Title != "Anew" {
				t.Errorf("the post shows %+v", post.Media)
			}
			other := f.plan(jane(), again)
			_, err := other.Commit(t.Context(), f.session(jane()))
			if e := core.AsError(err); e.Kind != core.KindMedia || e.Field != "mediaUrls[0]" || !strings.Contains(e.Help, "address of the file") {
				t.Errorf("another author: %+v", e)
			}
		})
	}
}

// A lost answer to a post with a video or a document is found again on both roads.
func TestReconcileFindsOtherMedia(t *testing.T) {
	t.Parallel()
	for name, file := range map[string]coretest.File{"video": film(75_000), "document": slides(1)} {
		for _, as := range []providertest.Author{jane(), pageDemo()} {
			t.Run(name+" of a "+kindOf(as), func(t *testing.T) {
				t.Parallel()
				f := newFixture(t)
				pub := f.plan(as, core.Draft{Text: "x", Media: coretest.MediaRefs(file.URL)})
				s := f.session(as, file)
				if err := f.prepare(pub, s); err != nil {
					t.Fatal(err)
				}
				since := f.clock.Now()
				f.Next(t, "POST /rest/posts", sandbox.CutAfter())
				if _, err := pub.Commit(t.Context(), s); core.KindOf(err) != core.KindTemporary {
					t.Fatalf("%v", err)
				}
				receipt, found, err := pub.(core.Reconciler).Reconcile(t.Context(), s, since)
				if err != nil || !found {
					t.Fatalf("%v, %v", found, err)
				}
				if posts := f.Sandbox.Posts(); len(posts) != 1 || posts[0].URN != receipt.RemoteID {
					t.Errorf("%+v, and %d posts", receipt, len(posts))
				}
			})
		}
	}
}
