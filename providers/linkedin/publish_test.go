package linkedin_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/providers/linkedin"
	"github.com/crier-social/crier/providers/linkedin/linkedintest"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
	"github.com/crier-social/crier/providers/providertest"
)

// fixture is the adapter in front of a sandbox whose clock stands still.
type fixture struct {
	*linkedintest.Server
	t        *testing.T
	clock    *coretest.Clock
	deps     linkedin.Deps
	provider *linkedin.Provider
}

func newFixture(t *testing.T, options ...linkedintest.Option) *fixture {
	t.Helper()
	clock := coretest.NewClock(coretest.Epoch())
	clock.SkipWaits()
	server := linkedintest.New(t, append([]linkedintest.Option{linkedintest.WithClock(clock)}, options...)...)
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	deps := linkedin.Deps{HTTP: &http.Client{Transport: transport}, Clock: clock}
	p := newProvider(t, linkedin.Config{APIURL: server.URL}, deps)
	return &fixture{Server: server, t: t, clock: clock, deps: deps, provider: p}
}

func (f *fixture) plan(a providertest.Author, d core.Draft) core.Publication {
	f.t.Helper()
	pub, err := f.provider.Plan(f.t.Context(), a.Account, d)
	if err != nil {
		f.t.Fatal(err)
	}
	return pub
}

func (f *fixture) session(a providertest.Author, files ...coretest.File) *core.Session {
	return coretest.NewSession(f.t, a.Account, coretest.WithToken(a.Token), coretest.WithClock(f.clock),
		coretest.WithAssets(coretest.NewAssets(files...)))
}

// prepare goes on until the publication is ready.
func (f *fixture) prepare(pub core.Publication, s *core.Session) error {
	for range 100 {
		progress, err := pub.Prepare(f.t.Context(), s)
		if err != nil || progress.Ready {
			return err
		}
		f.clock.Advance(progress.After)
	}
	f.t.Fatal("never ready")
	return nil
}

func (f *fixture) count(method, prefix string) int {
	n := 0
	for _, r := range f.Sandbox.Requests() {
		if r.Method == method && strings.HasPrefix(r.Path, prefix) {
			n++
		}
	}
	return n
}

func jane() providertest.Author     { return author(sandbox.JaneURN, sandbox.MemberToken) }
func pageDemo() providertest.Author { return author(sandbox.PageURN, sandbox.PageToken) }

func TestPublishShowsWhatWasSent(t *testing.T) {
	t.Parallel()
	one, two := coretest.Picture("https://m.example/1.png", 3, 4), coretest.Picture("https://m.example/2.png", 5, 6)
	type shownMedia struct {
		AltText, Title string
		Width          int
	}
	for _, tc := range []struct {
		name       string
		as         providertest.Author
		draft      core.Draft
		text       string
		visibility string
		noReshare  bool
		media      []shownMedia
	}{
		{
			"text", jane(),
			core.Draft{Text: everyReserved, Options: json.RawMessage(`{"visibility":"CONNECTIONS","disableShare":true}`)},
			everyReserved, "CONNECTIONS", true, nil,
		},
		{
			"mention", jane(),
			core.Draft{Text: "With @[Crier Corner (Beta)](urn:li:organization:18931420) & @[John Roe](" + sandbox.JohnURN + ")!"},
			"With Crier Corner (Beta) & John Roe!", "PUBLIC", false, nil,
		},
		{
			"one image", pageDemo(),
			core.Draft{Text: "x", Media: coretest.MediaRefs(one.URL), Options: json.RawMessage(`{"altText":["A (b)"],"titles":["T_1"]}`)},
			"x", "PUBLIC", false,
			[]shownMedia{{"A (b)", "T_1", 3}},
		},
		{
			"two images in order", pageDemo(),
			core.Draft{Media: coretest.MediaRefs(two.URL, one.URL), Options: json.RawMessage(`{"altText":["second","first"]}`)},
			"", "PUBLIC", false,
			[]shownMedia{{"second", "", 5}, {"first", "", 3}},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			s := f.session(tc.as, one, two)
			pub := f.plan(tc.as, tc.draft)
			if err := f.prepare(pub, s); err != nil {
				t.Fatal(err)
			}
			receipt, err := pub.Commit(t.Context(), s)
			if err != nil {
				t.Fatal(err)
			}
			post, ok := f.Sandbox.Post(receipt.RemoteID)
			if !ok || receipt.URL != "https://www.linkedin.com/feed/update/"+post.URN+"/" || receipt.Extra["owner"] != tc.as.Account.RemoteID {
				t.Errorf("receipt %+v", receipt)
			}
			if diff := cmp.Diff(tc.text, post.DisplayText); diff != "" {
				t.Error(diff)
			}
			if post.Visibility != tc.visibility || post.NoReshare != tc.noReshare {
				t.Errorf("visibility %s, reshare disabled %v", post.Visibility, post.NoReshare)
			}
			var media []shownMedia
			for _, m := range post.Media {
				media = append(media, shownMedia{m.AltText, m.Title, m.Width})
			}
			if diff := cmp.Diff(tc.media, media); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Every call must keep to the rules that the real API lets slip in silence.
func TestCallsLeaveNothingToMend(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	file := coretest.Picture("https://m.example/1.png", 3, 4)
	s := f.session(pageDemo(), file)
	pub := f.plan(pageDemo(), core.Draft{Text: "x", Media: coretest.MediaRefs(file.URL)})
	if err := f.prepare(pub, s); err != nil {
		t.Fatal(err)
	}
	receipt, err := pub.Commit(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := pub.(core.Reconciler).Reconcile(t.Context(), s, f.clock.Now()); err != nil {
		t.Error(err)
	}
	if err := f.provider.Delete(t.Context(), s, receipt.RemoteID); err != nil {
		t.Error(err)
	}
	if _, err := f.provider.Identify(t.Context(), core.Credentials{AccessToken: sandbox.PageToken}, sandbox.PageURN); err != nil {
		t.Error(err)
	}
	for _, r := range f.Sandbox.Requests() {
		if len(r.Notes) > 0 || r.Status >= 400 {
			t.Errorf("%s %s: %d %v", r.Method, r.Path, r.Status, r.Notes)
		}
	}
}

// An image that LinkedIn has already is used as it is.
func TestPublishUsesAnAssetThatIsThere(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	file := coretest.Picture("https://m.example/1.png", 3, 4)
	first := f.plan(pageDemo(), core.Draft{Text: "first", Media: coretest.MediaRefs(file.URL)})
	if err := f.prepare(first, f.session(pageDemo(), file)); err != nil {
		t.Fatal(err)
	}
	urn := f.Sandbox.Images()[0].URN
	again := f.plan(pageDemo(), core.Draft{Text: "again", Media: coretest.MediaRefs(urn)})
	if len(again.Needs()) != 0 {
		t.Errorf("needs %v", again.Needs())
	}
	s := f.session(pageDemo())
	if err := f.prepare(again, s); err != nil {
		t.Fatal(err)
	}
	receipt, err := again.Commit(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	if post, _ := f.Sandbox.Post(receipt.RemoteID); len(post.Media) != 1 || post.Media[0].ID != urn {
		t.Errorf("post %+v", post)
	}
	if n := f.count(http.MethodPut, "/dms-uploads/"); n != 1 {
		t.Errorf("%d uploads, want 1", n)
	}
}

func TestCommitRefusals(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		as   providertest.Author
		kind core.Kind
	}{
		{"expired token", author(sandbox.PageURN, sandbox.ExpiredToken), core.KindAuth},
		{"revoked token", author(sandbox.PageURN, sandbox.RevokedToken), core.KindAuth},
		{"sign-in only", author(sandbox.JaneURN, sandbox.LoginToken), core.KindForbidden},
		{"member token, page author", author(sandbox.PageURN, sandbox.MemberToken), core.KindForbidden},
		{"another member's page", author(sandbox.PageURN, sandbox.OtherToken), core.KindForbidden},
		{"another member", author(sandbox.JohnURN, sandbox.MemberToken), core.KindForbidden},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			_, err := f.plan(tc.as, core.Draft{Text: "x"}).Commit(t.Context(), f.session(tc.as))
			e := core.AsError(err)
			if e.Kind != tc.kind || e.RequestID == "" || e.Status == 0 || e.Help == "" && tc.kind == core.KindForbidden {
				t.Errorf("%+v", e)
			}
		})
	}
}

func TestCommitNamesTheOriginalOfADuplicate(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	first, err := f.plan(jane(), core.Draft{Text: "same words"}).Commit(t.Context(), f.session(jane()))
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.plan(jane(), core.Draft{Text: "same   words"}).Commit(t.Context(), f.session(jane()))
	if e := core.AsError(err); e.Kind != core.KindDuplicate || e.RemoteID != first.RemoteID {
		t.Errorf("%+v", e)
	}
}

// Whatever keeps the token from being read, nothing was sent.
func TestCommitWithoutAToken(t *testing.T) {
	t.Parallel()
	disk := errors.New("the disk is gone")
	for _, tc := range []struct {
		name    string
		err     error
		kind    core.Kind
		message string
	}{
		{"the store fails", disk, core.KindTemporary, "the account's token could not be read"},
		{"to be linked again", &core.Error{Kind: core.KindAuth, Message: "link it again", Err: disk}, core.KindAuth, "link it again"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			s := f.session(jane())
			s.Token = func(context.Context) (core.Secret, error) { return "", tc.err }
			_, err := f.plan(jane(), core.Draft{Text: "x"}).Commit(t.Context(), s)
			if e := core.AsError(err); e.Kind != tc.kind || !e.Unsent || e.Message != tc.message || !errors.Is(err, disk) {
				t.Errorf("%+v", e)
			}
			if n := len(f.Sandbox.Requests()); n != 0 {
				t.Errorf("%d calls", n)
			}
		})
	}
}

// A post is described the same whether it was just published or is known by its
// URN alone.
func TestReceiptOfAnID(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	receipt, err := f.plan(jane(), core.Draft{Text: "x"}).Commit(t.Context(), f.session(jane()))
	if err != nil {
		t.Fatal(err)
	}
	var describer core.Describer = f.provider
	if diff := cmp.Diff(receipt, describer.Receipt(jane().Account, receipt.RemoteID)); diff != "" {
		t.Error(diff)
	}
	if got := describer.Receipt(jane().Account, ""); got.URL != "" {
		t.Errorf("a post without an id has the address %s", got.URL)
	}
}

func TestCommitUnprepared(t *testing.T) {
	t.Parallel()
	for name, draft := range map[string]core.Draft{
		"file":    {Media: coretest.MediaRefs("https://m.example/1.png")},
		"mention": {Text: "@crier-demo"},
		"card":    {Text: articleURL},
		"picture": {Text: "x", Options: options(`{"link":{"url":"` + articleURL + `","title":"T","description":"","thumbNail":"https://m.example/1.png"}}`)},
		"repost":  repostOf("0DgmVoP4OKCEsOyGG20c", ""),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			_, err := f.plan(jane(), draft).Commit(t.Context(), f.session(jane()))
			if e := core.AsError(err); e.Kind != core.KindInternal || !e.Unsent {
				t.Errorf("%+v", e)
			}
			if n := len(f.Sandbox.Requests()); n != 0 {
				t.Errorf("%d calls", n)
			}
		})
	}
}

// A 201 that names no post is a published post all the same.
// Only an answer of LinkedIn that names the post proves it; any other one that looks like
// success counts as lost.
func TestCommitWithoutProof(t *testing.T) {
	t.Parallel()
	const urn = "urn:li:share:7141"
	for name, tc := range map[string]struct {
		status int
		header http.Header
		body   string
		proof  bool
	}{
		"created":                   {status: 201, header: http.Header{"X-Restli-Id": {urn}}, proof: true},
		"created, the older header": {status: 201, header: http.Header{"X-Linkedin-Id": {urn}}, proof: true},
		"created, no id":            {status: 201},
		"created, another's id":     {status: 201, header: http.Header{"X-Restli-Id": {"urn:li:person:abc"}}},
		"created, an id in a page":  {status: 201, header: http.Header{"X-Restli-Id": {urn}, "Content-Type": {"text/html"}}, body: "<html>"},
		"no content":                {status: 204},
		"accepted":                  {status: 202},
		"accepted, with an id":      {status: 202, header: http.Header{"X-Restli-Id": {urn}}},
		"a sign-in page":            {status: 200, header: http.Header{"Content-Type": {"text/html; charset=utf-8"}}, body: "<html>login</html>"},
		"a page of no known type":   {status: 200, header: http.Header{"Content-Type": {""}}, body: "<html>login</html>"},
		"somebody's JSON":           {status: 200, header: http.Header{"Content-Type": {"application/json"}}, body: "{}"},
		"a redirection":             {status: 302, header: http.Header{"Location": {"https://www.linkedin.com/login"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				maps.Copy(w.Header(), tc.header)
				w.WriteHeader(tc.status)
				_, _ = io.WriteString(w, tc.body)
			}))
			t.Cleanup(server.Close)
			p := newProvider(t, linkedin.Config{APIURL: server.URL}, linkedin.Deps{})
			pub, err := p.Plan(t.Context(), person(), core.Draft{Text: "x"})
			if err != nil {
				t.Fatal(err)
			}
			receipt, err := pub.Commit(t.Context(), coretest.NewSession(t, person()))
			if tc.proof {
				if err != nil || receipt.RemoteID != urn {
					t.Errorf("%+v, %v", receipt, err)
				}
				return
			}
			if e := core.AsError(err); err == nil || e.Kind != core.KindTemporary || e.Refused() || e.Status != tc.status || e.Op != "linkedin.createPost" {
				t.Errorf("%+v, %+v; want an error that leaves the outcome open", receipt, e)
			}
		})
	}
}

func TestDelete(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for id, kind := range map[string]core.Kind{
		"":                        core.KindInvalid,
		"urn:li:person:x":         core.KindInvalid,
		"urn:li:share:1/../posts": core.KindInvalid,
		"urn:li:share:1":          "",
	} {
		if err := f.provider.Delete(t.Context(), f.session(jane()), id); core.KindOf(err) != kind {
			t.Errorf("%q: %v, want kind %q", id, err, kind)
		}
	}
	// That LinkedIn offers no such thing to the app says nothing about the post.
	f.Next(t, "DELETE *", sandbox.Respond(http.StatusNotFound, `{"status":404,"code":"RESOURCE_NOT_FOUND","message":"No virtual resource found"}`))
	if err := f.provider.Delete(t.Context(), f.session(jane()), "urn:li:share:1"); core.KindOf(err) != core.KindForbidden {
		t.Errorf("app without the product: %v", err)
	}
}

// The encoder and the sandbox's reader were written apart from each other: what
// the one says that readers see is what the other shows, for any text.
func TestReadersSeeWhatThePreviewShows(t *testing.T) {
	t.Parallel()
	f := newFixture(t, linkedintest.WithOptions(func(o *sandbox.Options) { o.DuplicateWindow = -1 }))
	pieces := strings.Split(`|,{,},@,[,],(,),<,>,#,\,*,_,~,＃,a,B,7,é,日, ,	,!,.,/,:,-,👋,`+"\u0301,\ufe0f,\n,\x00,\xff,"+
		` @crier-corner, @nobody,@[Crier Demo](urn:li:organization:5515715),@[J_ (x)](urn:li:person:a_B),](urn:li:person:x),{hashtag|\#|,https://x.io/#,#go,#a_b,\#`, ",")
	random := rand.New(rand.NewPCG(1, 2))
	for i := range 300 {
		as := []providertest.Author{jane(), pageDemo()}[i%2]
		parts := []string{"x"}
		for range 1 + random.IntN(25) {
			parts = append(parts, pieces[random.IntN(len(pieces))])
		}
		text := strings.Join(parts, "")
		pub, s := f.plan(as, core.Draft{Text: text}), f.session(as)
		if _, err := f.preflight(pub, s); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if err := f.prepare(pub, s); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		receipt, err := pub.Commit(t.Context(), s)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		post, _ := f.Sandbox.Post(receipt.RemoteID)
		if diff := cmp.Diff(pub.(core.Previewer).Preview().Text, post.DisplayText); diff != "" || post.Cut {
			t.Fatalf("%q, sent as %q: %s", text, post.Commentary, diff)
		}
	}
}
