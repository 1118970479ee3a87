package linkedin_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/media/mediatest"
	"github.com/crier-social/crier/providers/linkedin/linkedintest"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
	"github.com/crier-social/crier/providers/providertest"
)

const mebibyte = 1 << 20

// smallParts lets a small video have many parts.
func smallParts(o *sandbox.Options) { o.PartBytes = 8 << 10 }

// newVideoFixture is a fixture whose videos of 75,000 bytes have 10 parts.
func newVideoFixture(t *testing.T, changes ...func(*sandbox.Options)) *fixture {
	t.Helper()
	return newFixture(t, linkedintest.WithOptions(func(o *sandbox.Options) {
		smallParts(o)
		for _, change := range changes {
			change(o)
		}
	}))
}

func sum(data []byte) string {
	digest := sha256.Sum256(data)
	return hex.EncodeToString(digest[:])
}

// filmDraft is a post with the video alone.
func filmDraft(options string) core.Draft {
	return core.Draft{Text: "A film", Media: coretest.MediaRefs(filmURL), Options: json.RawMessage(options)}
}

// video returns the only video of the sandbox.
func (f *fixture) video() sandbox.Video {
	f.t.Helper()
	videos := f.Sandbox.Videos()
	if len(videos) != 1 {
		f.t.Fatalf("%d videos, want 1", len(videos))
	}
	return videos[0]
}

// publish prepares and commits.
func (f *fixture) publish(pub core.Publication, s *core.Session) sandbox.Post {
	f.t.Helper()
	if err := f.prepare(pub, s); err != nil {
		f.t.Fatal(err)
	}
	receipt, err := pub.Commit(f.t.Context(), s)
	if err != nil {
		f.t.Fatal(err)
	}
	post, ok := f.Sandbox.Post(receipt.RemoteID)
	if !ok {
		f.t.Fatalf("no post %s", receipt.RemoteID)
	}
	return post
}

func TestVideoArrivesAsItIs(t *testing.T) {
	t.Parallel()
	for _, size := range []int64{75_000, 4*mebibyte - 1, 4 * mebibyte, 4*mebibyte + 1, 9 * mebibyte} {
		for _, beyond := range []bool{false, true} {
			t.Run(fmt.Sprintf("%d bytes, last byte beyond the end %v", size, beyond), func(t *testing.T) {
				t.Parallel()
				f := newFixture(t, linkedintest.WithOptions(func(o *sandbox.Options) { o.LastByteBeyondEnd = beyond }))
				as := jane()
				if beyond {
					as = pageDemo()
				}
				file := film(size)
				s := f.session(as, file)
				post := f.publish(f.plan(as, filmDraft(`{"title":"A title"}`)), s)
				video := f.video()
				if video.SHA256 != sum(file.Data) || video.Status != "AVAILABLE" || video.Owner != as.Account.RemoteID {
					t.Errorf("%+v, want the SHA-256 %s", video, sum(file.Data))
				}
				for _, p := range video.Parts {
					if p.Attempts != 1 || p.Uploads != 1 {
						t.Errorf("part %d was sent %d times", p.Number, p.Attempts)
					}
				}
				if len(post.Media) != 1 || post.Media[0].ID != video.URN || post.Media[0].Title != "A title" {
					t.Errorf("the post shows %+v", post.Media)
				}
			})
		}
	}
}

// The calls of an upload leave nothing that LinkedIn would have to bear in silence.
func TestVideoWithThumbnailAndCaptions(t *testing.T) {
	t.Parallel()
	for _, as := range []providertest.Author{jane(), pageDemo()} {
		t.Run(kindOf(as), func(t *testing.T) {
			t.Parallel()
			f := newVideoFixture(t)
			cover := coretest.Picture("https://media.example/cover.png", 16, 9)
			s := f.session(as, film(75_000), cover, subtitles())
			post := f.publish(f.plan(as, filmDraft(withCompanions(cover.URL))), s)
			video := f.video()
			if video.Thumbnail == nil || video.Thumbnail.SHA256 != sum(cover.Data) {
				t.Errorf("thumbnail %+v", video.Thumbnail)
			}
			if video.Captions == nil || video.Captions.SHA256 != sum(subtitles().Data) || video.Captions.Cues != 1 {
				t.Errorf("captions %+v", video.Captions)
			}
			if len(post.Media) != 1 || post.Media[0].ThumbnailURL == "" || post.Media[0].CaptionsURL == "" {
				t.Errorf("the post shows %+v", post.Media)
			}
			for _, r := range f.Sandbox.Requests() {
				if len(r.Notes) > 0 || r.Status >= 400 {
					t.Errorf("%s %s: %d %v", r.Method, r.Path, r.Status, r.Notes)
				}
			}
		})
	}
}

func withCompanions(thumbnail string) string {
	return `{"thumbNail":"` + thumbnail + `","captions":"` + subtitles().URL + `"}`
}

// savedParts returns the numbers of the parts that a checkpoint says are sent, of the
// video with the URN.
func savedParts(t *testing.T, c *coretest.Checkpoint) (urn string, numbers []int) {
	t.Helper()
	var state struct {
		Uploads map[string]struct {
			Video *struct {
				URN   string
				Parts []struct{ ID string }
			}
		}
	}
	if _, err := c.Load(&state); err != nil {
		t.Fatal(err)
	}
	for _, up := range state.Uploads {
		if up.Video == nil {
			continue
		}
		urn = up.Video.URN
		for i, p := range up.Video.Parts {
			if p.ID != "" {
				numbers = append(numbers, i+1)
			}
		}
	}
	return urn, numbers
}

// A worker that dies at whatever save is followed by one that sends no part again
// that was saved, and no second thumbnail.
func TestVideoResumesAfterEverySave(t *testing.T) {
	t.Parallel()
	cover := coretest.Picture("https://media.example/cover.png", 16, 9)
	file := film(75_000)
	const enough = 20 // more saves than there are: the last ones kill nobody
	for n := 1; n <= enough; n++ {
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("save %d, killed after it %v", n, after), func(t *testing.T) {
				t.Parallel()
				f := newVideoFixture(t)
				pub, c := f.plan(pageDemo(), filmDraft(withCompanions(cover.URL))), coretest.NewCheckpoint()
				s := f.session(pageDemo(), file, cover, subtitles())
				s.Checkpoint = c
				if c.KillBefore(n, nil); after {
					c.KillAfter(n, nil)
				}
				if err := f.prepare(pub, s); c.Killed() != errors.Is(err, coretest.ErrKilled) {
					t.Fatalf("a failed save is not what Prepare returns: %v", err)
				}
				c.Revive()
				urn, saved := savedParts(t, c)
				s = f.session(pageDemo(), file, cover, subtitles())
				s.Checkpoint = c
				f.publish(pub, s)
				video, ok := f.Sandbox.Video(urn)
				if !ok { // the place was not saved, or everything was
					if video = f.Sandbox.Videos()[len(f.Sandbox.Videos())-1]; len(saved) > 0 {
						t.Fatalf("the video %s is gone", urn)
					}
				}
				for _, p := range video.Parts {
					if slices.Contains(saved, p.Number) && p.Attempts != 1 {
						t.Errorf("part %d was saved, and sent %d times", p.Number, p.Attempts)
					}
				}
				if video.SHA256 != sum(file.Data) {
					t.Error("what arrived is not the file")
				}
			})
		}
	}
}

// A part sets out when the file has arrived so far, not before: while LinkedIn waits
// for the source, it may lose patience.
func TestVideoPartsWaitForTheirBytes(t *testing.T) {
	t.Parallel()
	f := newVideoFixture(t)
	file := film(75_000)
	file.Arrival = coretest.NewArrival()
	s := f.session(jane(), file)
	var mu sync.Mutex
	var early []string
	s.OnActivity = func(a core.Activity) {
		mu.Lock()
		defer mu.Unlock()
		if there := file.Arrival.There(); a.Stage == core.StageUpload && a.Done > there {
			early = append(early, fmt.Sprintf("%d sent of %d", a.Done, there))
		}
		for _, r := range f.Sandbox.Requests() {
			if r.Transfer != nil && r.Transfer.Offset+r.Transfer.Bytes > file.Arrival.There() {
				early = append(early, fmt.Sprintf("a part from %d of %d", r.Transfer.Offset, file.Arrival.There()))
			}
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var arriving sync.WaitGroup
	arriving.Go(func() {
		for {
			select {
			case <-file.Arrival.Wanted: // somebody waits: a little more comes
				file.Arrival.Upto(file.Arrival.There() + 5000)
			case <-ctx.Done():
				return
			}
		}
	})
	f.publish(f.plan(jane(), filmDraft("")), s)
	cancel()
	arriving.Wait()
	if len(early) > 0 {
		t.Errorf("sent before it was there: %s", early)
	}
	if f.video().SHA256 != sum(file.Data) {
		t.Error("what arrived is not the file")
	}
}

// A download that breaks is what the post fails with, and what was sent until then is
// not sent again.
func TestVideoGoesOnAfterABrokenDownload(t *testing.T) {
	t.Parallel()
	f := newVideoFixture(t)
	whole, broken := film(75_000), film(75_000)
	broken.Arrival = coretest.NewArrival()
	broken.Arrival.Upto(30_000) // three parts and a bit
	broken.Arrival.Break(&core.Error{Kind: core.KindTemporary, Code: core.CodeMediaURL, Message: "the download broke", Status: 404})
	pub, c := f.plan(jane(), filmDraft("")), coretest.NewCheckpoint()
	s := f.session(jane(), broken)
	s.Checkpoint = c
	e := core.AsError(f.prepare(pub, s))
	if e.Message != "the download broke" || e.Kind != core.KindTemporary || e.Code != core.CodeMediaURL || e.Field != "mediaUrls[0]" {
		t.Fatalf("%+v", e)
	}
	if _, saved := savedParts(t, c); len(saved) != 3 {
		t.Errorf("the parts %v are saved, want the first 3", saved)
	}
	s = f.session(jane(), whole)
	s.Checkpoint = c
	f.publish(pub, s)
	for _, p := range f.video().Parts {
		if p.Attempts != 1 {
			t.Errorf("part %d was sent %d times", p.Number, p.Attempts)
		}
	}
}

// A source that has another file when it is asked again gets a new video, not one
// that is made of both.
func TestVideoOfAChangedFileBeginsAnew(t *testing.T) {
	t.Parallel()
	first := film(75_000)
	longer := film(75_000)
	longer.Data = append(slices.Clone(longer.Data), "\x00\x00\x00\x08free"...)
	for name, second := range map[string]coretest.File{
		"another size":     film(80_000),
		"a longer end":     longer,
		"other bytes":      filmOf(mediatest.VideoOptions{Size: 75_000, Seed: 7}),
		"no video anymore": {URL: filmURL, Data: slides(1).Data, Asset: slides(1).Asset},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newVideoFixture(t)
			pub, c := f.plan(pageDemo(), filmDraft(`{"title":"T"}`)), coretest.NewCheckpoint()
			s := f.session(pageDemo(), first)
			s.Checkpoint = c
			f.Next(t, "PUT /dms-uploads/*/uploaded-video/5", sandbox.Fault{Action: sandbox.ActionRespond, Status: 503, Times: -1})
			if err := f.prepare(pub, s); core.KindOf(err) != core.KindTemporary {
				t.Fatalf("%v", err)
			}
			f.Sandbox.ClearFaults()
			s = f.session(pageDemo(), second)
			s.Checkpoint = c
			post := f.publish(pub, s)
			if len(post.Media) != 1 || post.Media[0].Size != int64(len(second.Data)) {
				t.Fatalf("the post shows %+v", post.Media)
			}
			if video, ok := f.Sandbox.Video(post.Media[0].ID); ok && video.SHA256 != sum(second.Data) {
				t.Error("what arrived is not the second file")
			}
		})
	}
}

// What is shown is how much of the whole file was sent, and not every byte of it.
func TestVideoReportsTheSumOfItsParts(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	file := film(9 * mebibyte)
	s := f.session(jane(), file)
	var mu sync.Mutex
	var got []core.Activity
	s.OnActivity = func(a core.Activity) {
		mu.Lock()
		defer mu.Unlock()
		got = append(got, a)
	}
	if err := f.prepare(f.plan(jane(), filmDraft("")), s); err != nil {
		t.Fatal(err)
	}
	size := int64(len(file.Data))
	last := core.Activity{Stage: core.StageUpload, Item: "mediaUrls[0]", Done: size, Total: size}
	if !slices.Contains(got, last) {
		t.Errorf("%+v is not among the reports", last)
	}
	if len(got) < 3 || len(got) > 100 {
		t.Errorf("%d reports", len(got))
	}
	for _, a := range got {
		if a.Done > size || a.Total != size {
			t.Errorf("%+v", a)
		}
	}
}

func TestVideoWarnings(t *testing.T) {
	t.Parallel()
	hevc := film(75_000)
	hevc.Asset.VideoCodec = "hvc1"
	cover := coretest.Picture("https://media.example/cover.png", 16, 9)
	cover.Asset.Changes = []string{"converted from image/webp to image/png"}
	picture := coretest.Picture(filmURL, 3, 4)
	for _, tc := range []struct {
		name    string
		file    coretest.File
		options string
		want    []string
	}{
		{"H.264", film(75_000), "", nil},
		{"HEVC", hevc, "", []string{"mediaUrls[0]: The video is encoded as hvc1; LinkedIn recommends H.264, and may fail to process it."}},
		{"alt text", film(75_000), `{"altText":["x"]}`, []string{"linkedInOptions.altText: LinkedIn keeps a description of images only; that of the video is left out."}},
		{"changed thumbnail", film(75_000), withCompanions(cover.URL), []string{"linkedInOptions.thumbNail: The thumbnail was changed to fit: converted from image/webp to image/png"}},
		{"thumbnail of an image", picture, withCompanions(cover.URL), []string{
			"linkedInOptions.thumbNail: linkedInOptions.thumbNail goes with a video; the file is none, so it is left out.",
			"linkedInOptions.captions: linkedInOptions.captions goes with a video; the file is none, so it is left out.",
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newVideoFixture(t)
			pub, c := f.plan(pageDemo(), filmDraft(tc.options)), coretest.NewCheckpoint()
			for _, attempt := range []string{"the one that uploads", "a later one"} {
				s := f.session(pageDemo(), tc.file, cover, subtitles())
				s.Checkpoint = c
				var got []string
				s.OnWarning = func(w core.Warning) { got = append(got, w.Field+": "+w.Message) }
				if err := f.prepare(pub, s); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(tc.want, got); diff != "" {
					t.Errorf("%s (-want +got):\n%s", attempt, diff)
				}
			}
		})
	}
}

// A video whose parts are all sent needs its file no more.
func TestVideoDoesNotFetchWhatIsSent(t *testing.T) {
	t.Parallel()
	f := newVideoFixture(t, func(o *sandbox.Options) { o.VideoProcessingPolls = 2 })
	pub, c := f.plan(pageDemo(), filmDraft("")), coretest.NewCheckpoint()
	s := f.session(pageDemo(), film(75_000))
	s.Checkpoint = c
	f.Next(t, "POST /rest/videos?action=finalizeUpload", sandbox.CutBefore())
	if err := f.prepare(pub, s); core.KindOf(err) != core.KindTemporary {
		t.Fatalf("%v", err)
	}
	s = f.session(pageDemo()) // without files
	s.Checkpoint = c
	f.publish(pub, s)
	if n := len(f.Sandbox.Videos()); n != 1 {
		t.Errorf("%d videos, want 1", n)
	}
}

func TestVideoProcessingTakesItsTime(t *testing.T) {
	t.Parallel()
	f := newVideoFixture(t, func(o *sandbox.Options) { o.VideoProcessingTime = 90 * time.Second })
	s := f.session(jane(), film(75_000))
	pub := f.plan(jane(), filmDraft(""))
	var waits []time.Duration
	for {
		progress, err := pub.Prepare(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		if progress.Ready {
			break
		}
		waits = append(waits, progress.After)
		f.clock.Advance(progress.After)
	}
	if waits[0] != 2*time.Second || waits[len(waits)-1] != 15*time.Second || !slices.IsSorted(waits) {
		t.Errorf("waits of %v, want 2s growing to 15s", waits)
	}
}

func TestVideoFailsInProcessing(t *testing.T) {
	t.Parallel()
	f := newVideoFixture(t)
	short := filmOf(mediatest.VideoOptions{Size: 75_000, Duration: time.Second})
	e := core.AsError(f.prepare(f.plan(pageDemo(), filmDraft("")), f.session(pageDemo(), short)))
	if e.Kind != core.KindMedia || e.Field != "mediaUrls[0]" || !strings.Contains(e.Message, f.Sandbox.Videos()[0].Failure) || !strings.Contains(e.Help, "H.264") {
		t.Errorf("%+v", e)
	}
	if n := len(f.Sandbox.Videos()); n != 2 {
		t.Errorf("%d uploads, want another one after the first failed", n)
	}
}

// A look at a video may be refused for a while; then it is trusted to be there.
func TestVideoLooksThatAreRefused(t *testing.T) {
	t.Parallel()
	for times, want := range map[int]int{2: 3, -1: 5} {
		t.Run(strconv.Itoa(times), func(t *testing.T) {
			t.Parallel()
			f := newVideoFixture(t)
			f.Next(t, "GET /rest/videos/*", sandbox.Fault{Action: sandbox.ActionRespond, Status: http.StatusForbidden, Body: `{}`, Times: times})
			f.publish(f.plan(jane(), filmDraft("")), f.session(jane(), film(75_000)))
			if n := f.count(http.MethodGet, "/rest/videos/"); n != want {
				t.Errorf("%d looks, want %d", n, want)
			}
		})
	}
}

// Looks that are refused now and then do not add up: a video that LinkedIn is seen to
// work on is waited for.
func TestVideoLooksThatAreRefusedNowAndThen(t *testing.T) {
	t.Parallel()
	f := newVideoFixture(t, func(o *sandbox.Options) { o.VideoProcessingTime = 5 * time.Minute })
	refused := sandbox.Fault{Action: sandbox.ActionRespond, Status: http.StatusForbidden, Body: `{}`, Times: 4}
	seen := sandbox.Respond(http.StatusOK, `{"status":"PROCESSING"}`)
	f.Next(t, "GET /rest/videos/*", refused, seen, refused, seen, refused)
	f.publish(f.plan(jane(), filmDraft("")), f.session(jane(), film(75_000)))
}

// An attempt whose time ends while the file is waited for has no fault of its own: it
// goes on later, with what was sent.
func TestVideoWhoseSourceIsSlow(t *testing.T) {
	t.Parallel()
	f := newVideoFixture(t)
	file := film(75_000)
	pub, c := f.plan(jane(), filmDraft("")), coretest.NewCheckpoint()
	session := func(file coretest.File) *core.Session {
		s := f.session(jane(), file)
		s.Checkpoint = c
		return s
	}
	endsWaiting := func(when string) {
		slow := film(75_000)
		slow.Arrival = coretest.NewArrival()
		ctx, end := context.WithCancelCause(t.Context())
		go func() {
			<-slow.Arrival.Wanted
			end(context.DeadlineExceeded)
		}()
		_, err := pub.Prepare(ctx, session(slow))
		if _, own := errors.AsType[*core.Error](err); own || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %+v", when, err)
		}
	}
	endsWaiting("before the first part")
	f.Next(t, "PUT /dms-uploads/*/uploaded-video/5", respond(503, 3))
	if err := f.prepare(pub, session(file)); core.KindOf(err) != core.KindTemporary {
		t.Fatalf("%v", err)
	}
	endsWaiting("in the comparison of what was sent")
	f.publish(pub, session(file))
	if f.video().SHA256 != sum(file.Data) {
		t.Error("what arrived is not the file")
	}
}

// A defect on the way of one part ends that attempt, not the process, and what was
// sent is kept.
func TestVideoSurvivesAPanic(t *testing.T) {
	t.Parallel()
	f := newVideoFixture(t)
	file := film(75_000)
	pub, c := f.plan(jane(), filmDraft("")), coretest.NewCheckpoint()
	s := f.session(jane(), file)
	s.Checkpoint = c
	fetch := s.Fetch
	s.Fetch = func(ctx context.Context, n core.Need) (*core.Asset, error) {
		asset, err := fetch(ctx, n)
		open, opened := asset.Open, atomic.Int32{}
		asset.Open = func(ctx context.Context) (core.AssetReader, error) {
			if opened.Add(1) > 6 {
				panic("a defect")
			}
			return open(ctx)
		}
		return asset, err
	}
	_, err := pub.Prepare(t.Context(), s)
	if e := core.AsError(err); e.Kind != core.KindInternal || e.Field != "mediaUrls[0]" || !strings.Contains(e.Error(), "a defect") {
		t.Fatalf("%+v", e)
	}
	s = f.session(jane(), file)
	s.Checkpoint = c
	_, saved := savedParts(t, c)
	f.publish(pub, s)
	for _, p := range f.video().Parts {
		if slices.Contains(saved, p.Number) && p.Attempts != 1 {
			t.Errorf("part %d was saved, and sent %d times", p.Number, p.Attempts)
		}
	}
}
