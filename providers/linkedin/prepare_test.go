package linkedin_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/providers/linkedin"
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
			var last core.Activity
			s.OnActivity = func(a core.Activity) { last = a }
			first, err := pub.Prepare(t.Context(), s)
			if err != nil || first.Ready || first.After <= 0 || first.Note == "" || last.Stage != core.StageProcessing {
				t.Fatalf("%+v, %v, last at %+v", first, err, last)
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
	if e.Kind != core.KindTemporary || e.Field != "mediaUrls[0]" || !strings.Contains(e.Message, "15 minutes") {
		t.Errorf("%+v", e)
	}
}

// Processing that takes longer than usual is trouble that may pass: what was uploaded is
// looked at again.
func TestPrepareGoesOnAfterLongProcessing(t *testing.T) {
	t.Parallel()
	f := newVideoFixture(t, func(o *sandbox.Options) { o.VideoProcessingTime = 20 * time.Minute })
	pub, s := f.plan(jane(), filmDraft("")), f.session(jane(), film(75_000))
	if err := f.prepare(pub, s); core.KindOf(err) != core.KindTemporary {
		t.Fatalf("%v", err)
	}
	f.clock.Advance(5 * time.Minute)
	f.publish(pub, s)
	f.video() // the only one
}

// A page's token that is refused a look for a moment looks again.
func TestPrepareLooksAgain(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusForbidden, http.StatusNotFound} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, linkedintest.WithProcessingPolls(2))
			file := coretest.Picture("https://m.example/1.png", 3, 4)
			f.Next(t, "GET /rest/images/*", sandbox.Respond(status, `{}`))
			pub := f.plan(pageDemo(), core.Draft{Media: coretest.MediaRefs(file.URL)})
			if err := f.prepare(pub, f.session(pageDemo(), file)); err != nil {
				t.Fatal(err)
			}
			if n := f.count(http.MethodGet, "/rest/images/"); n != 4 {
				t.Errorf("%d looks, want the refused one and 3 more", n)
			}
		})
	}
}

// An upload that is refused names the image, and that it is the file's fault.
func TestPrepareNamesTheRefusedUpload(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	file := coretest.Picture("https://m.example/1.png", 3, 4)
	f.Next(t, "PUT /dms-uploads/*", sandbox.Respond(http.StatusBadRequest, `{"message":"not an image"}`))
	pub := f.plan(jane(), core.Draft{Media: coretest.MediaRefs("urn:li:image:C4E", file.URL)})
	e := core.AsError(f.prepare(pub, f.session(jane(), file)))
	if e.Kind != core.KindMedia || e.Code != core.CodeUpstreamInvalid || e.Field != "mediaUrls[1]" || !strings.Contains(e.Message, "not an image") {
		t.Errorf("%+v", e)
	}
}

// Few images are on their way at a time, and none sets out after one has failed.
func TestPrepareBoundsItsUploads(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pub, err := newProvider(t, linkedin.Config{}, linkedin.Deps{}).Plan(t.Context(), person(), core.Draft{Media: pictures(20)})
		if err != nil {
			t.Fatal(err)
		}
		s := coretest.NewSession(t, person())
		var begun atomic.Int32
		fail := make(chan struct{})
		s.Fetch = func(context.Context, core.Need) (*core.Asset, error) {
			begun.Add(1)
			<-fail
			return nil, &core.Error{Kind: core.KindMedia, Message: "gone"}
		}
		done := make(chan error, 1)
		go func() {
			_, err := pub.Prepare(t.Context(), s)
			done <- err
		}()
		synctest.Wait()
		if n := begun.Load(); n != 3 {
			t.Errorf("%d uploads at a time, want 3", n)
		}
		close(fail)
		if e := core.AsError(<-done); e.Message != "gone" {
			t.Errorf("%+v", e)
		}
		if n := begun.Load(); n != 3 {
			t.Errorf("%d uploads were begun, want none after the first 3 failed", n)
		}
	})
}

// The token goes to LinkedIn's own servers alone, and only what is an image's URN
// is believed to be one.
func TestPrepareRefusesForeignUploadAddresses(t *testing.T) {
	t.Parallel()
	foreign := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("a foreign server was sent %s with %d headers", r.Method, len(r.Header))
	}))
	t.Cleanup(foreign.Close)
	f := newFixture(t)
	file := coretest.Picture("https://m.example/1.png", 3, 4)
	pub := f.plan(jane(), core.Draft{Media: coretest.MediaRefs(file.URL)})
	for _, place := range []string{
		`{"uploadUrl":"` + foreign.URL + `/x","image":"urn:li:image:C4E"}`,
		`{"uploadUrl":"` + f.URL + `/x","image":"urn:li:video:C4E"}`,
	} {
		f.Next(t, "POST /rest/images", sandbox.Respond(200, `{"value":`+place+`}`))
		if e := core.AsError(f.prepare(pub, f.session(jane(), file))); e.Kind != core.KindTemporary || e.Field != "mediaUrls[0]" {
			t.Errorf("%s: %+v", place, e)
		}
	}
	if n := f.count(http.MethodPut, "/x"); n != 0 {
		t.Errorf("%d uploads to a place that is no image's", n)
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

// A defect on the way of one image ends that attempt, not the process.
func TestPrepareSurvivesAPanic(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	file := coretest.Picture("https://m.example/1.png", 3, 4)
	s := f.session(jane(), file)
	fetch := s.Fetch
	s.Fetch = func(ctx context.Context, n core.Need) (*core.Asset, error) {
		if n.URL != file.URL {
			panic("a defect")
		}
		return fetch(ctx, n)
	}
	pub := f.plan(jane(), core.Draft{Media: coretest.MediaRefs(file.URL, "https://m.example/2.png")})
	_, err := pub.Prepare(t.Context(), s)
	if e := core.AsError(err); e.Kind != core.KindInternal || e.Field != "mediaUrls[1]" || !strings.Contains(e.Error(), "a defect") {
		t.Errorf("%+v", e)
	}
}

// The author learns what was changed about an image, also when another attempt
// than the one that uploaded it publishes the post.
func TestPrepareWarnsOfChanges(t *testing.T) {
	t.Parallel()
	f := newFixture(t, linkedintest.WithProcessingPolls(2))
	plain := coretest.Picture("https://m.example/1.png", 3, 4)
	changed := coretest.Picture("https://m.example/2.webp", 5, 6)
	changed.Asset.Changes = []string{"converted from image/webp to image/jpeg", "scaled from 50×60 to 5×6"}
	pub := f.plan(pageDemo(), core.Draft{Media: coretest.MediaRefs(plain.URL, changed.URL)})
	want := []core.Warning{
		{Code: core.CodeMediaLimits, Field: "mediaUrls[1]", Message: "The image was changed to fit: converted from image/webp to image/jpeg"},
		{Code: core.CodeMediaLimits, Field: "mediaUrls[1]", Message: "The image was changed to fit: scaled from 50×60 to 5×6"},
	}
	checkpoint := coretest.NewCheckpoint()
	for _, attempt := range []string{"the one that uploads", "a later one"} {
		s := f.session(pageDemo(), plain, changed)
		s.Checkpoint = checkpoint
		var got []core.Warning
		s.OnWarning = func(w core.Warning) { got = append(got, w) }
		if _, err := pub.Prepare(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", attempt, diff)
		}
	}
	s := f.session(pageDemo())
	s.Checkpoint = checkpoint
	if err := f.prepare(pub, s); err != nil {
		t.Fatal(err)
	}
	if receipt, err := pub.Commit(t.Context(), s); err != nil || receipt.RemoteID == "" {
		t.Errorf("%+v, %v", receipt, err)
	}
	if n := f.count(http.MethodPut, "/dms-uploads/"); n != 2 {
		t.Errorf("%d uploads, want 2", n)
	}
}
