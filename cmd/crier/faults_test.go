package main

import (
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/config"
	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/accounts"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/publish"
	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/media/mediatest"
	"github.com/crier-social/crier/providers"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

// faultScene is all of a server but its listeners, in front of a sandbox, with a clock
// that is moved from job to job.
type faultScene struct {
	t       *testing.T
	clock   shortWaits
	network *sandbox.Sandbox
	app     *app
	account core.Account
	began   time.Time
}

// shortWaits is a clock that is moved by hand, and by whoever waits a moment within a job.
type shortWaits struct{ *coretest.Clock }

// After implements core.Clock.
func (c shortWaits) After(d time.Duration) <-chan time.Time {
	const moment = time.Minute
	if d > 0 && d <= moment {
		c.Advance(d)
		d = 0
	}
	return c.Clock.After(d)
}

// faultAuthor is who posts, and how much the token may do.
type faultAuthor struct {
	urn   string
	token string
}

var (
	asPage   = faultAuthor{sandbox.PageURN, sandbox.PageToken}   // may read its posts back
	asMember = faultAuthor{sandbox.JaneURN, sandbox.MemberToken} // may only post
)

func newFaultScene(t *testing.T, as faultAuthor, o sandbox.Options, settings ...string) *faultScene {
	t.Helper()
	clock := shortWaits{coretest.NewClock(coretest.Epoch())}
	if o.Clock == nil {
		o.Clock = clock
	}
	o.EveryVersion, o.Dir = o.Versions == nil, t.TempDir()
	s := &faultScene{t: t, clock: clock, network: sandbox.New(o)}
	upstream := httptest.NewServer(s.network)
	cfg, err := config.Load(append([]string{
		"CRIER_DATA_DIR=" + migratedDir(t), "CRIER_API_KEY=" + crashKey, "CRIER_LINKEDIN_API_URL=" + upstream.URL, "CRIER_MEDIA_ALLOW=127.0.0.0/8",
	}, settings...), "", providers.Adapters()...)
	if err != nil {
		t.Fatal(err)
	}
	if s.app, err = newApp(t.Context(), cfg, appOptions{clock: clock}, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.app.Close(); err != nil {
			t.Error(err)
		}
		upstream.Close()
		if err := s.network.Close(); err != nil {
			t.Error(err)
		}
	})
	s.account, _, err = s.app.accounts.Link(t.Context(), s.app.profile.ID, accounts.LinkRequest{
		Platform: sandboxPlatform, RemoteID: as.urn,
		Credentials: core.Credentials{AccessToken: core.Secret(as.token), ExpiresAt: clock.Now().Add(sandboxTokenLife)},
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *faultScene) accept(r core.PostRequest) publish.Outcome {
	s.t.Helper()
	r.Platforms = []string{sandboxPlatform}
	o, err := s.app.publisher.Accept(s.t.Context(), publish.Submission{ProfileID: s.app.profile.ID, Request: r})
	if err != nil {
		s.t.Fatal(err)
	}
	return o
}

// finish works until the post has come to its end, as the server would in its time.
func (s *faultScene) finish(id string) (publish.Outcome, core.Delivery) {
	s.t.Helper()
	handlers := s.app.publisher.Handlers()
	kinds := slices.Collect(maps.Keys(handlers))
	for range 500 {
		o, err := s.app.publisher.Get(s.t.Context(), s.app.profile.ID, id)
		if err != nil {
			s.t.Fatal(err)
		}
		if d := o.Deliveries[0]; o.Final() && (d.State != core.DeliveryUncertain || d.Settled) {
			return o, d
		}
		s.work(kinds, handlers)
	}
	s.t.Fatal("the post comes to no end")
	return publish.Outcome{}, core.Delivery{}
}

// work does the next job when it is due.
func (s *faultScene) work(kinds []string, handlers map[string]queue.Handler) {
	s.t.Helper()
	next, err := s.app.store.NextRunAt(s.t.Context(), kinds, queue.Everything)
	if err != nil || next.IsZero() {
		s.t.Fatalf("nothing is left to do: %v", err)
	}
	if next.After(s.clock.Now()) {
		s.clock.Set(next)
	}
	jobs, err := s.app.store.Claim(s.t.Context(), queue.Wanted{Kinds: kinds, N: 1, Lease: time.Minute})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, j := range jobs {
		done := queue.Conclude(handlers[j.Kind](s.t.Context(), j), j, s.clock.Now(), queue.Backoff{Base: time.Second, Max: time.Second})
		if err := s.app.store.Finish(s.t.Context(), j, done); err != nil {
			s.t.Fatal(err)
		}
	}
}

func (s *faultScene) next(pattern string, faults ...sandbox.Fault) {
	s.t.Helper()
	if err := s.network.Next(pattern, faults...); err != nil {
		s.t.Fatal(err)
	}
}

// faultPosts are the kinds of posts; the address of the files goes before the name.
func faultPost(kind, base string) core.PostRequest {
	r := coretest.PostRequest("What may go wrong, will (see #murphy)")
	switch kind {
	case "image":
		r = coretest.PostRequest("With a picture", base+"/ok/picture.jpg")
	case "video":
		r = coretest.PostRequest("With a film", base+"/ok/talk.mp4")
	case "document":
		r = coretest.PostRequest("With slides", base+"/ok/deck.pdf")
	}
	return r
}

const (
	createPost = "POST /rest/posts"
	everyTime  = -1
	// faultPatience is for how long a post is tried at most: 26 hours, and when LinkedIn
	// names a limit at their end, until the limit is counted anew.
	faultPatience = 50 * time.Hour
)

func answering(status int, body string) sandbox.Fault { return sandbox.Respond(status, body) }

func always(f sandbox.Fault) sandbox.Fault {
	f.Times = everyTime
	return f
}

// faultCase is one kind of trouble and what becomes of the post.
type faultCase struct {
	name    string
	post    string // kind; empty: text
	as      *faultAuthor
	pattern string
	faults  []sandbox.Fault
	arm     func(*faultScene)
	options sandbox.Options
	setting string

	// A post that goes out: how long that takes at least. Any other: why it does not.
	after time.Duration
	kind  core.Kind
	code  core.Code
	field string
	says  string
	help  string
	retry bool // may be sent again by hand
	posts int  // on the network, if the post does not go out
}

// TestFaults holds for every kind of fault of the sandbox in which state a post ends,
// through the queue, the adapter and the network: published once, or not at all and with
// a message on which its author can act. The finer grain is held elsewhere: what each
// answer means by TestMapError; parts, thumbnails and captions of videos by
// TestVideoFaultsThatPass and TestVideoFaultsThatStay; the ways to find a lost answer by
// TestReconcile; parked endpoints by TestALimitIsLeftAlone; explained refusals by
// TestARefusalIsExplained; versions by TestASunsetVersionIsReplaced; a network that does
// not let itself be asked by TestLookUpsThatTroublePreventsEndInTheEnd.
func TestFaults(t *testing.T) {
	t.Parallel()
	files := mediatest.NewServer(t)
	files.File("picture.jpg", mediatest.JPEG(64, 48))
	files.File("talk.mp4", mediatest.MP4(75_000))
	files.File("deck.pdf", mediatest.PDFPages(3))
	for _, tc := range slices.Concat(passingFaults(), lostAnswers(), lastingFaults(), mediaFaults()) {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			tc.run(t, files.URL)
		})
	}
}

func (tc faultCase) run(t *testing.T, files string) {
	t.Helper()
	as := asPage
	if tc.as != nil {
		as = *tc.as
	}
	s := newFaultScene(t, as, tc.options, tc.setting)
	if tc.pattern != "" {
		s.next(tc.pattern, tc.faults...)
	}
	if tc.arm != nil {
		tc.arm(s)
	}
	s.began = s.clock.Now()
	outcome, d := s.finish(s.accept(faultPost(tc.post, files)).Post.ID)
	took := s.clock.Now().Sub(s.began)
	if took > faultPatience {
		t.Errorf("it took %s", took)
	}
	if tc.kind == "" {
		tc.checkPublished(t, s, d, took)
		return
	}
	tc.checkFailed(t, s, outcome, d)
}

func (tc faultCase) checkPublished(t *testing.T, s *faultScene, d core.Delivery, took time.Duration) {
	t.Helper()
	posts := s.network.Posts()
	if d.State != core.DeliveryPublished || len(posts) != 1 || d.Receipt.RemoteID != posts[0].URN || d.Receipt.URL == "" {
		t.Fatalf("state %s, %v, receipt %+v, %d posts on the network", d.State, d.Error, d.Receipt, len(posts))
	}
	if took < tc.after {
		t.Errorf("published after %s, want %s at least", took, tc.after)
	}
}

func (tc faultCase) checkFailed(t *testing.T, s *faultScene, o publish.Outcome, d core.Delivery) {
	t.Helper()
	want := core.DeliveryFailed
	if tc.kind == core.KindUncertain {
		want = core.DeliveryUncertain
	}
	if d.State != want || d.Error == nil {
		t.Fatalf("state %s, %v; want %s", d.State, d.Error, want)
	}
	e := d.Error
	if e.Kind != tc.kind || core.CodeOf(e) != tc.code || e.Field != tc.field || !strings.Contains(e.Message, tc.says) {
		t.Errorf("kind %s, code %d, field %q, message %q; want %s, %d, %q, saying %q",
			e.Kind, core.CodeOf(e), e.Field, e.Message, tc.kind, tc.code, tc.field, tc.says)
	}
	if help := core.HelpOf(e); tc.help == "" || !strings.Contains(help, tc.help) {
		t.Errorf("help %q does not say %q", help, tc.help)
	}
	if o.RetryAvailable() != tc.retry {
		t.Errorf("retry available: %v, want %v", o.RetryAvailable(), tc.retry)
	}
	if n := len(s.network.Posts()); n != tc.posts {
		t.Errorf("%d posts on the network, want %d", n, tc.posts)
	}
}

// passingFaults pass by themselves: the post goes out, once.
func passingFaults() []faultCase {
	const (
		conflict  = `{"status":409,"code":"CONFLICT","message":"conflict"}`
		forbidden = `{"status":403,"message":"Accessing this image resource is forbidden. Please check your permissions for this resource"}`
	)
	waiting := `{"status":400,"errorDetails":{"inputErrors":[{"code":"MEDIA_ASSET_WAITING_UPLOAD","description":"not yet"}]}}`
	return []faultCase{
		{name: "no fault"},
		{name: "429 once", pattern: createPost, faults: []sandbox.Fault{sandbox.RateLimit()}, after: 30 * time.Second},
		{name: "429 twice", pattern: createPost, faults: []sandbox.Fault{{Action: sandbox.ActionRateLimit, Times: 2}}, after: 5*time.Minute + 30*time.Second},
		{name: "429 thrice", pattern: createPost, faults: []sandbox.Fault{{Action: sandbox.ActionRateLimit, Times: 3}}, after: 15 * time.Hour},
		{name: "429 with a time", pattern: createPost, faults: []sandbox.Fault{{Action: sandbox.ActionRespond, Status: http.StatusTooManyRequests, Header: map[string]string{"Retry-After": "600"}}}, after: 10 * time.Minute},
		{name: "409 twice", pattern: createPost, faults: []sandbox.Fault{{Action: sandbox.ActionRespond, Status: http.StatusConflict, Body: conflict, Times: 2}}},
		{name: "file not ready", post: "image", pattern: createPost, faults: []sandbox.Fault{{Action: sandbox.ActionRespond, Status: http.StatusBadRequest, Body: waiting, Times: 3}}, after: 15 * time.Second},
		{name: "file not yet allowed", post: "image", pattern: createPost, faults: []sandbox.Fault{{Action: sandbox.ActionRespond, Status: http.StatusForbidden, Body: forbidden, Times: 2}}, after: 10 * time.Second},
		{name: "sunset version", setting: "CRIER_LINKEDIN_VERSION=202504", options: sandbox.Options{Versions: sandbox.DefaultVersions()}},
		{name: "short delay", pattern: createPost, faults: []sandbox.Fault{sandbox.Delay(20 * time.Second)}},
	}
}

// lostAnswers leave it open whether the post was made.
func lostAnswers() []faultCase {
	return []faultCase{
		{name: "page: 500", pattern: createPost, faults: []sandbox.Fault{answering(http.StatusInternalServerError, "")}, after: time.Minute},
		{name: "page: 502 in HTML", pattern: createPost, faults: []sandbox.Fault{answering(http.StatusBadGateway, "<html>Bad gateway</html>")}, after: time.Minute},
		{name: "page: cut before it was applied", pattern: createPost, faults: []sandbox.Fault{sandbox.CutBefore()}, after: time.Minute},
		{name: "page: cut in the middle", pattern: createPost, faults: []sandbox.Fault{sandbox.CutDuring(10)}, after: time.Minute},
		{name: "page: cut after it was applied", pattern: createPost, faults: []sandbox.Fault{sandbox.CutAfter()}},
		{name: "page: applied, and unreadable for a while", pattern: createPost, faults: []sandbox.Fault{sandbox.CutAfter()}, arm: func(s *faultScene) {
			s.next("GET /rest/posts?*", sandbox.Fault{Action: sandbox.ActionRespond, Status: http.StatusServiceUnavailable, Times: 5})
		}},
		{
			name: "page: slower than its time limit", pattern: createPost, faults: []sandbox.Fault{sandbox.Delay(1500 * time.Millisecond)},
			options: sandbox.Options{Clock: realWaits{}}, setting: "CRIER_COMMIT_TIMEOUT=1s",
		},
		{name: "member: 500", as: &asMember, pattern: createPost, faults: []sandbox.Fault{answering(http.StatusInternalServerError, "")}},
		{name: "member: cut before it was applied", as: &asMember, pattern: createPost, faults: []sandbox.Fault{sandbox.CutBefore()}},
		{name: "member: cut after it was applied", as: &asMember, pattern: createPost, faults: []sandbox.Fault{sandbox.CutAfter()}},
		{
			name: "member: lost again and again", as: &asMember, pattern: createPost, faults: []sandbox.Fault{always(sandbox.CutAfter())},
			kind: core.KindUncertain, code: core.CodeUncertain, says: "no longer recognise", help: "Look at the account on the network", posts: 1,
		},
	}
}

// realWaits is a clock of real time, whose waits take as long as they are.
type realWaits struct{ core.SystemClock }

// Now is a time at which the versions of the API that tests speak were served.
func (realWaits) Now() time.Time { return coretest.Epoch() }
