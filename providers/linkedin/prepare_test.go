package linkedin_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/providers/linkedin/linkedintest"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
	"github.com/crier-social/crier/providers/providertest"
)

func TestPrepareWaitsForProcessing(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name       string
		as         providertest.Author
		processing linkedintest.Option
		looks      int
	}{
		{"a page looks until it is done", pageDemo(), linkedintest.WithProcessingPolls(4), 5},
		{"a member is told off once and waits", jane(), linkedintest.WithOptions(func(o *sandbox.Options) { o.ProcessingTime = 4 * time.Second }), 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, tc.processing)
			file := coretest.Picture("https://m.example/1.png", 3, 4)
			s := f.session(tc.as, file)
			pub := f.plan(tc.as, core.Draft{Media: coretest.MediaRefs(file.URL)})
			first, err := pub.Prepare(t.Context(), s)
			if err != nil || first.Ready || first.After <= 0 || first.Note == "" {
				t.Fatalf("%+v, %v", first, err)
			}
			if err := f.prepare(pub, s); err != nil {
				t.Fatal(err)
			}
			if _, err := pub.Commit(t.Context(), s); err != nil {
				t.Error(err)
			}
			if n := f.count(http.MethodGet, "/rest/images/"); n != tc.looks {
				t.Errorf("%d looks, want %d", n, tc.looks)
			}
		})
	}
}

// An image that fails in processing is uploaded once more; then its place in the
// request is named.
func TestPrepareGivesUpOnABadImage(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	bad := coretest.Picture("https://m.example/1.png", 3, 4)
	bad.Data = []byte("no picture at all")
	pub := f.plan(pageDemo(), core.Draft{Media: coretest.MediaRefs("urn:li:image:C4E", bad.URL)})
	e := core.AsError(f.prepare(pub, f.session(pageDemo(), bad)))
	if e.Kind != core.KindMedia || e.Field != "mediaUrls[1]" {
		t.Errorf("%+v", e)
	}
	if n := f.count(http.MethodPut, "/dms-uploads/"); n != 2 {
		t.Errorf("%d uploads, want 2", n)
	}
}

func TestPrepareGivesUpOnEndlessProcessing(t *testing.T) {
	t.Parallel()
	f := newFixture(t, linkedintest.WithProcessingPolls(1_000_000))
	file := coretest.Picture("https://m.example/1.png", 3, 4)
	pub := f.plan(pageDemo(), core.Draft{Media: coretest.MediaRefs(file.URL)})
	e := core.AsError(f.prepare(pub, f.session(pageDemo(), file)))
	if e.Kind != core.KindMedia || e.Field != "mediaUrls[0]" || !strings.Contains(e.Message, "15m") {
		t.Errorf("%+v", e)
	}
}

// The token goes to LinkedIn's own servers alone.
func TestPrepareRefusesForeignUploadAddresses(t *testing.T) {
	t.Parallel()
	foreign := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("a foreign server was sent %s with %d headers", r.Method, len(r.Header))
	}))
	t.Cleanup(foreign.Close)
	f := newFixture(t)
	f.Next(t, "POST /rest/images", sandbox.Respond(200, `{"value":{"uploadUrl":"`+foreign.URL+`/x","image":"urn:li:image:C4E"}}`))
	file := coretest.Picture("https://m.example/1.png", 3, 4)
	pub := f.plan(jane(), core.Draft{Media: coretest.MediaRefs(file.URL)})
	if e := core.AsError(f.prepare(pub, f.session(jane(), file))); e.Kind != core.KindTemporary || e.Field != "mediaUrls[0]" {
		t.Errorf("%+v", e)
	}
}

func TestPrepareReportsUploads(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	file := coretest.Picture("https://m.example/1.png", 3, 4)
	s := f.session(jane(), file)
	var mu sync.Mutex
	var last core.Activity
	s.OnActivity = func(a core.Activity) {
		mu.Lock()
		defer mu.Unlock()
		if a.Stage == core.StageUpload {
			last = a
		}
	}
	if err := f.prepare(f.plan(jane(), core.Draft{Media: coretest.MediaRefs(file.URL)}), s); err != nil {
		t.Fatal(err)
	}
	size := int64(len(file.Data))
	want := core.Activity{Stage: core.StageUpload, Item: "mediaUrls[0]", Done: size, Total: size}
	if diff := cmp.Diff(want, last); diff != "" {
		t.Error(diff)
	}
}
