package linkedin_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
	"github.com/crier-social/crier/providers/providertest"
)

const articleURL = "https://example.com/article"

func cover() coretest.File { return coretest.Picture("https://example.com/cover.png", 12, 6) }

// articlePage is what the page at articleURL says.
func articlePage() core.Page {
	return core.Page{
		URL: articleURL + "?redirected", Title: "A title (with [reserved] *characters*)",
		Description: "What it is about,\nin two lines", ImageURL: cover().URL,
	}
}

// reading gives the session pages, and counts how often one is read.
func reading(s *core.Session, pages map[string]core.Page) *int {
	reads := 0
	coretest.WithPages(pages)(s)
	read := s.Page
	s.Page = func(ctx context.Context, address string) (*core.Page, error) {
		reads++
		return read(ctx, address)
	}
	return &reads
}

// warned collects what the author is told.
func warned(s *core.Session) *[]core.Warning {
	var list []core.Warning
	s.OnWarning = func(w core.Warning) { list = append(list, w) }
	return &list
}

func messagesOf(warnings []core.Warning) string {
	var messages []string
	for _, w := range warnings {
		messages = append(messages, w.Message)
	}
	return strings.Join(messages, "\n")
}

func options(block string) json.RawMessage { return json.RawMessage(block) }

// shownCard is a card as readers see it.
type shownCard struct {
	Source, Title, Description string
	PictureWidth               int
}

func cardOf(p sandbox.Post) *shownCard {
	if p.Article == nil {
		return nil
	}
	c := &shownCard{Source: p.Article.Source, Title: p.Article.Title, Description: p.Article.Description}
	if p.Article.Thumbnail != nil {
		c.PictureWidth = p.Article.Thumbnail.Width
	}
	return c
}

// LinkedIn reads no page (quirk 46), and shows the texts of a card as they are (quirk 6).
func TestLinkCard(t *testing.T) {
	t.Parallel()
	const pictureLost = "The link card has no picture, since that of https://example.com/article could not be used: "
	full := &shownCard{articleURL, "A title (with [reserved] *characters*)", "What it is about, in two lines", 12}
	bare := &shownCard{articleURL, full.Title, full.Description, 0}
	pages := func(change func(*core.Page)) map[string]core.Page {
		page := articlePage()
		if change != nil {
			change(&page)
		}
		return map[string]core.Page{articleURL: page}
	}
	long, deep := strings.Repeat("word ", 100)+"end", "https://example.com/"+strings.Repeat("a", 400)
	for _, tc := range []struct {
		name     string
		draft    core.Draft
		pages    map[string]core.Page
		want     *shownCard
		reads    int
		warnings []string // how they begin
		failed   bool
	}{
		{name: "of the first address", draft: core.Draft{Text: "Read (" + articleURL + "), not https://example.com/other"}, pages: pages(nil), want: full, reads: 1},
		{name: "no address", draft: core.Draft{Text: "example.com"}, pages: pages(nil)},
		{name: "none wanted", draft: core.Draft{Text: articleURL, Options: options(`{"link":false}`)}, pages: pages(nil)},
		{name: "beside a picture", draft: core.Draft{Text: articleURL, Media: coretest.MediaRefs(cover().URL)}, pages: pages(nil)},
		{name: "beside a poll", draft: core.Draft{Text: articleURL, Options: options(`{"poll":{"question":"?","options":["a","b"]}}`)}, pages: pages(nil)},
		{name: "of the option", draft: core.Draft{Text: "see https://example.com/other", Options: options(`{"link":{"url":"` + articleURL + `"}}`)}, pages: pages(nil), want: full, reads: 1},
		{
			name:  "nothing is missing",
			draft: core.Draft{Text: "x", Options: options(`{"link":{"url":"` + articleURL + `","title":"Mine (1)","description":"*Own*","thumbNail":"` + cover().URL + `"}}`)},
			want:  &shownCard{articleURL, "Mine (1)", "*Own*", 12},
		},
		{
			name: "only the title is given", draft: core.Draft{Text: "x", Options: options(`{"link":{"url":"` + articleURL + `","title":"Mine"}}`)},
			pages: pages(nil), want: &shownCard{articleURL, "Mine", full.Description, 12}, reads: 1,
		},
		{
			name: "no description wanted", draft: core.Draft{Text: "x", Options: options(`{"link":{"url":"` + articleURL + `","description":""}}`)},
			pages: pages(nil), want: &shownCard{articleURL, full.Title, "", 12}, reads: 1,
		},
		{
			name: "page out of reach", draft: core.Draft{Text: articleURL}, reads: 1, failed: true,
			warnings: []string{"The post has no link card, since https://example.com/article does not give one: no page at " + articleURL},
		},
		{
			name: "page out of reach, title given", draft: core.Draft{Text: "x", Options: options(`{"link":{"url":"` + articleURL + `","title":"Mine"}}`)}, reads: 1,
			want: &shownCard{articleURL, "Mine", "", 0}, warnings: []string{"The link card shows only what is known without its page"},
		},
		{
			name: "page out of reach, no text", draft: core.Draft{Options: options(`{"link":{"url":"` + articleURL + `/"}}`)}, reads: 1,
			want: &shownCard{articleURL + "/", "example.com/article", "", 0}, warnings: []string{"The link card shows only what is known without its page"},
		},
		{
			name: "page without a title", draft: core.Draft{Text: articleURL}, pages: pages(func(p *core.Page) { p.Title = " " }), reads: 1, failed: true,
			warnings: []string{"The post has no link card, since https://example.com/article does not give one: the page has no title"},
		},
		{
			name: "page that talks much", draft: core.Draft{Text: articleURL}, reads: 1,
			pages: pages(func(p *core.Page) { p.Title, p.Description, p.ImageURL = long, strings.Repeat("a", 5000), "" }),
			want:  &shownCard{articleURL, strings.TrimSuffix(strings.Repeat("word ", 80), " ") + "…", strings.Repeat("a", 4084) + "…", 0},
		},
		{
			name: "page that talks in emoji", draft: core.Draft{Text: articleURL}, reads: 1,
			pages: pages(func(p *core.Page) { p.Title, p.Description, p.ImageURL = strings.Repeat("👋", 201), "", "" }),
			want:  &shownCard{articleURL, strings.Repeat("👋", 199) + "…", "", 0},
		},
		{
			name: "picture out of reach", draft: core.Draft{Text: articleURL}, pages: pages(func(p *core.Page) { p.ImageURL += "x" }), reads: 1,
			want: bare, warnings: []string{pictureLost},
		},
		{name: "picture of no web server", draft: core.Draft{Text: articleURL}, pages: pages(func(p *core.Page) { p.ImageURL = "upload:0123" }), reads: 1, want: bare},
		{
			name: "job", draft: core.Draft{Text: "We are hiring", Options: options(`{"jobPosting":123}`)}, reads: 1,
			pages: map[string]core.Page{"https://www.linkedin.com/jobs/view/123/": {Title: "Engineer"}},
			want:  &shownCard{"https://www.linkedin.com/jobs/view/123/", "Engineer", "", 0},
		},
		{
			name: "job that cannot be read", draft: core.Draft{Options: options(`{"jobPosting":"urn:li:jobPosting:123"}`)}, reads: 1,
			want: &shownCard{"https://www.linkedin.com/jobs/view/123/", "Job 123 on LinkedIn", "", 0}, warnings: []string{"The link card shows only"},
		},
		{
			name: "job elsewhere", draft: core.Draft{Options: options(`{"jobPosting":"https://example.com/job.html"}`)}, reads: 1,
			want: &shownCard{"https://example.com/job.html", "Job on example.com/job.html", "", 0}, warnings: []string{"The link card shows only"},
		},
		{
			name: "job elsewhere, far below", draft: core.Draft{Options: options(`{"jobPosting":"` + deep + `"}`)}, reads: 1,
			want: &shownCard{deep, ("Job on " + strings.TrimPrefix(deep, "https://"))[:399] + "…", "", 0}, warnings: []string{"The link card shows only"},
		},
	} {
		for _, as := range []providertest.Author{jane(), pageDemo()} {
			t.Run(tc.name+" by a "+string(as.Account.Kind), func(t *testing.T) {
				t.Parallel()
				f := newFixture(t)
				s := f.session(as, cover())
				reads, warnings := reading(s, tc.pages), warned(s)
				pub := f.plan(as, tc.draft)
				if err := f.prepare(pub, s); err != nil {
					t.Fatal(err)
				}
				receipt, err := pub.Commit(t.Context(), s)
				if err != nil {
					t.Fatal(err)
				}
				post, _ := f.Sandbox.Post(receipt.RemoteID)
				if diff := cmp.Diff(tc.want, cardOf(post)); diff != "" {
					t.Error(diff)
				}
				if failed := receipt.Extra["linkPreviewFailed"] == true; failed != tc.failed || *reads != tc.reads {
					t.Errorf("failed %v, page read %d times", failed, *reads)
				}
				checkWarnings(t, *warnings, tc.warnings)
			})
		}
	}
}

// checkWarnings compares the beginnings of warnings, each of which may be repeated.
func checkWarnings(t *testing.T, got []core.Warning, want []string) {
	t.Helper()
	seen := map[string]bool{}
	var messages []string
	for _, w := range got {
		if seen[w.Message] {
			continue
		}
		seen[w.Message] = true
		messages = append(messages, w.Message)
		if w.Code != core.CodeLinkPreview || w.Field == "" {
			t.Errorf("%+v", w)
		}
	}
	if len(messages) != len(want) {
		t.Fatalf("warned of %q", messages)
	}
	for i, begin := range want {
		if !strings.HasPrefix(messages[i], begin) {
			t.Errorf("warned of %q, want %q…", messages[i], begin)
		}
	}
}

// A picture that fails on LinkedIn's side costs the card its picture, and no time.
func TestLinkPictureTrouble(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		arm  func(*fixture)
		want string
	}{
		{"no place for it", func(f *fixture) { f.Next(f.t, "POST /rest/images", respond(http.StatusBadRequest, -1)) }, "could not be used"},
		{"LinkedIn has trouble", func(f *fixture) { f.Next(f.t, "POST /rest/images", respond(http.StatusServiceUnavailable, -1)) }, "could not be used"},
		{"the upload is refused", func(f *fixture) { f.Next(f.t, "PUT /dms-uploads/*", respond(http.StatusForbidden, -1)) }, "could not be used"},
		{"processing fails", func(f *fixture) {
			f.Next(f.t, "GET /rest/images/*", sandbox.Fault{Action: sandbox.ActionRespond, Status: http.StatusOK, Body: `{"status":"PROCESSING_FAILED"}`, Times: -1})
		}, "could not process"},
		{"processing takes long", func(f *fixture) {
			f.Next(f.t, "GET /rest/images/*", sandbox.Fault{Action: sandbox.ActionRespond, Status: http.StatusOK, Body: `{"status":"PROCESSING"}`, Times: -1})
		}, "LinkedIn has not finished processing it within 20 seconds."},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			tc.arm(f)
			s := f.session(pageDemo(), cover())
			reading(s, map[string]core.Page{articleURL: articlePage()})
			warnings, began := warned(s), f.clock.Now()
			pub := f.plan(pageDemo(), core.Draft{Text: articleURL})
			if err := f.prepare(pub, s); err != nil {
				t.Fatal(err)
			}
			if took := f.clock.Now().Sub(began); took > time.Minute {
				t.Errorf("the post was held up for %s", took)
			}
			receipt, err := pub.Commit(t.Context(), s)
			if err != nil {
				t.Fatal(err)
			}
			if post, _ := f.Sandbox.Post(receipt.RemoteID); post.Article == nil || post.Article.Thumbnail != nil {
				t.Errorf("%+v", post.Article)
			}
			if n := len(*warnings); n == 0 || !strings.Contains((*warnings)[n-1].Message, tc.want) {
				t.Errorf("warned of %+v", *warnings)
			}
		})
	}
}

// A token that is no good any more is no matter of the picture.
func TestLinkPictureWithoutAToken(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.Next(t, "POST /rest/images", sandbox.ExpireToken())
	s := f.session(pageDemo(), cover())
	reading(s, map[string]core.Page{articleURL: articlePage()})
	if err := f.prepare(f.plan(pageDemo(), core.Draft{Text: articleURL}), s); core.KindOf(err) != core.KindAuth {
		t.Errorf("%v", err)
	}
}

// A page in trouble is asked twice at most, whoever asks.
func TestLinkPatience(t *testing.T) {
	t.Parallel()
	busy := &core.Error{Kind: core.KindTemporary, Message: "the page is busy"}
	for _, tc := range []struct {
		name      string
		failures  []error // of the first reads
		preflight bool
		reads     int
		card      bool
	}{
		{"at once", nil, false, 1, true},
		{"asked before", nil, true, 1, true},
		{"the second time", []error{busy}, false, 2, true},
		{"the second time, asked before", []error{busy}, true, 2, true},
		{"a deadline", []error{context.DeadlineExceeded}, false, 2, true},
		{"never", []error{busy, busy, busy}, false, 2, false},
		{"never, asked before", []error{busy, busy, busy}, true, 2, false},
		{"for good", []error{&core.Error{Kind: core.KindMedia, Message: "gone"}}, false, 1, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			s, reads := f.session(pageDemo(), cover()), 0
			s.Page = func(context.Context, string) (*core.Page, error) {
				reads++
				if reads <= len(tc.failures) {
					return nil, tc.failures[reads-1]
				}
				page := articlePage()
				return &page, nil
			}
			pub := f.plan(pageDemo(), core.Draft{Text: articleURL})
			if tc.preflight {
				if err := pub.(core.Preflighter).Preflight(t.Context(), s); err != nil {
					t.Fatal(err)
				}
			}
			if err := f.prepare(pub, s); err != nil {
				t.Fatal(err)
			}
			receipt, err := pub.Commit(t.Context(), s)
			if err != nil {
				t.Fatal(err)
			}
			if post, _ := f.Sandbox.Post(receipt.RemoteID); (post.Article != nil) != tc.card || reads != tc.reads {
				t.Errorf("card %+v after %d reads", post.Article, reads)
			}
		})
	}
}

// A page and its picture have ten seconds together, however often they are asked for.
func TestLinkTimeIsLimited(t *testing.T) {
	t.Parallel()
	busy := &core.Error{Kind: core.KindTemporary, Message: "the page is busy"}
	for _, tc := range []struct {
		name    string
		reads   []error // what comes of each
		each    time.Duration
		picture time.Duration // that is left for it; 0: it is not asked for
	}{
		{"quick", []error{nil}, time.Second, 9 * time.Second},
		{"slow", []error{nil}, 8 * time.Second, 2 * time.Second},
		{"busy and slow", []error{busy, nil}, 3 * time.Second, 2 * time.Second},
		{"too slow to be asked again", []error{busy}, 8 * time.Second, 0},
	} {
		for _, preflight := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, asked before: %v", tc.name, preflight), func(t *testing.T) {
				t.Parallel()
				f := newFixture(t)
				s, reads := f.session(pageDemo(), cover()), 0
				var asked, deadline time.Time // of the picture
				s.Page = func(ctx context.Context, _ string) (*core.Page, error) {
					f.clock.Advance(tc.each)
					page := articlePage()
					reads, asked = reads+1, time.Now()
					return &page, tc.reads[reads-1]
				}
				fetch := s.Fetch
				s.Fetch = func(ctx context.Context, n core.Need) (*core.Asset, error) {
					if at, limited := ctx.Deadline(); limited && deadline.IsZero() {
						deadline = at
					}
					return fetch(ctx, n)
				}
				pub := f.plan(pageDemo(), core.Draft{Text: articleURL})
				if preflight {
					if _, err := f.preflight(pub, s); err != nil {
						t.Fatal(err)
					}
				}
				if err := f.prepare(pub, s); err != nil {
					t.Fatal(err)
				}
				if reads != len(tc.reads) || deadline.IsZero() != (tc.picture == 0) {
					t.Fatalf("%d reads, and the picture is waited for until %s", reads, deadline)
				}
				// Its time begins at some moment after the page was read.
				if soonest, latest := asked.Add(tc.picture), time.Now().Add(tc.picture); tc.picture > 0 && (deadline.Before(soonest) || deadline.After(latest)) {
					t.Errorf("the picture is waited for until %s, want from %s to %s", deadline, soonest, latest)
				}
			})
		}
	}
}

// A picture that does not arrive in time is left out; nobody waits for it twice.
func TestLinkPictureInTime(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	s, fetches := f.session(pageDemo()), 0
	reading(s, map[string]core.Page{articleURL: articlePage()})
	s.Fetch = func(context.Context, core.Need) (*core.Asset, error) {
		fetches++
		return nil, context.DeadlineExceeded
	}
	pub, warnings := f.plan(pageDemo(), core.Draft{Text: articleURL}), warned(s)
	if err := pub.(core.Preflighter).Preflight(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	if err := f.prepare(pub, s); err != nil {
		t.Fatal(err)
	}
	if n := len(*warnings); fetches != 1 || n == 0 || !strings.HasSuffix((*warnings)[n-1].Message, ": the picture did not arrive in time.") {
		t.Errorf("%d fetches, warned of %+v", fetches, *warnings)
	}
}

// An address that makes no card, although its author may expect one, is told of without
// its password.
func TestLinkThatMakesNoCard(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"https://a:secret@example.com/x": "The post has no link card: Crier makes none of an address with a user name or password.",
		"http://localhost:9485/og":       "The post has no link card: http://localhost:9485/og is no address of the public web. Name it in linkedInOptions.link.url if you want one.",
		"example.com":                    "",
		articleURL + " http://localhost": "",
	} {
		pub := newFixture(t).plan(pageDemo(), core.Draft{Text: text})
		if got := messagesOf(pub.(core.Previewer).Preview().Warnings); got != want {
			t.Errorf("%s: %q", text, got)
		}
	}
}

// Whoever ends the work ends the reading of the page.
func TestLinkReadEnds(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	s := f.session(pageDemo())
	ctx, cancel := context.WithCancel(t.Context())
	s.Page = func(ctx context.Context, _ string) (*core.Page, error) {
		cancel()
		return nil, ctx.Err()
	}
	pub := f.plan(pageDemo(), core.Draft{Text: articleURL})
	if _, err := pub.Prepare(ctx, s); err == nil || !strings.Contains(err.Error(), "canceled") {
		t.Errorf("Prepare: %v", err)
	}
	if err := pub.(core.Preflighter).Preflight(ctx, s); err == nil || !strings.Contains(err.Error(), "canceled") {
		t.Errorf("Preflight: %v", err)
	}
}

// Every attempt sends what the first has found, whatever the page says by then.
func TestLinkCardStaysTheSame(t *testing.T) {
	t.Parallel()
	for _, as := range []providertest.Author{jane(), pageDemo()} {
		f := newFixture(t)
		checkpoint := coretest.NewCheckpoint()
		draft := core.Draft{Text: "Read " + articleURL}
		first := f.session(as, cover())
		coretest.WithCheckpoint(checkpoint)(first)
		reading(first, map[string]core.Page{articleURL: articlePage()})
		if err := f.prepare(f.plan(as, draft), first); err != nil {
			t.Fatal(err)
		}
		second := f.session(as)
		coretest.WithCheckpoint(checkpoint)(second)
		reads := reading(second, map[string]core.Page{articleURL: {Title: "Another title"}})
		pub := f.plan(as, draft)
		if err := f.prepare(pub, second); err != nil {
			t.Fatal(err)
		}
		since := f.clock.Now()
		f.Next(t, "POST /rest/posts", sandbox.CutAfter())
		if _, err := pub.Commit(t.Context(), second); core.KindOf(err) != core.KindTemporary {
			t.Fatal(err)
		}
		receipt, found, err := pub.(core.Reconciler).Reconcile(t.Context(), second, since)
		if err != nil || !found {
			t.Fatalf("found %v, %v", found, err)
		}
		post, _ := f.Sandbox.Post(receipt.RemoteID)
		if card := cardOf(post); card == nil || card.Title != articlePage().Title || card.PictureWidth != 12 || *reads != 0 {
			t.Errorf("%+v after %d reads", card, *reads)
		}
		if len(f.Sandbox.Posts()) != 1 || receipt.Extra["linkPreviewFailed"] != nil {
			t.Errorf("%d posts, receipt %+v", len(f.Sandbox.Posts()), receipt)
		}
	}
}

// A preview shows the card that would be sent.
func TestLinkPreview(t *testing.T) {
	t.Parallel()
	with := func(key, value string) map[string]any {
		card := map[string]any{"source": articleURL, "title": articlePage().Title, "description": "What it is about, in two lines"}
		if key != "" {
			card[key] = value
		}
		return card
	}
	drawing := articlePage()
	drawing.ImageURL, drawing.Drawing = "", "https://example.com/logo.svg"
	for _, tc := range []struct {
		name    string
		pages   map[string]core.Page
		files   []coretest.File
		want    any
		warning string
	}{
		{"read", map[string]core.Page{articleURL: articlePage()}, []coretest.File{cover()}, with("thumbnail", "(image of https://example.com/cover.png)"), ""},
		{
			"no picture there",
			map[string]core.Page{articleURL: articlePage()},
			nil, with("", ""),
			"The link card has no picture, since that of https://example.com/article could not be used: the address does not answer with a file. The page is read again when the post goes out.",
		},
		{
			"a drawing",
			map[string]core.Page{articleURL: drawing},
			nil, with("", ""),
			"The link card has no picture, since that of https://example.com/article could not be used: https://example.com/logo.svg is a vector drawing or an icon, of which LinkedIn shows none. The page is read again when the post goes out.",
		},
		{
			"not read", nil, nil, nil,
			"The post has no link card, since https://example.com/article does not give one: no page at https://example.com/article. The page is read again when the post goes out.",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			s := f.session(pageDemo(), tc.files...)
			reading(s, tc.pages)
			pub := f.plan(pageDemo(), core.Draft{Text: articleURL})
			if err := pub.(core.Preflighter).Preflight(t.Context(), s); err != nil {
				t.Fatal(err)
			}
			preview := pub.(core.Previewer).Preview()
			content, _ := preview.Request["content"].(map[string]any)
			if diff := cmp.Diff(tc.want, content["article"]); diff != "" {
				t.Error(diff)
			}
			if got := messagesOf(preview.Warnings); got != tc.warning {
				t.Errorf("warned of %s", got)
			}
			if n := f.count(http.MethodPost, "/"); n != 0 {
				t.Errorf("Preflight wrote %d times", n)
			}
		})
	}
}

// The picture that the author names is one of the post's files: without it the post does
// not go out.
func TestLinkThumbnail(t *testing.T) {
	t.Parallel()
	link := func(picture string) core.Draft {
		return core.Draft{Text: "x", Options: options(`{"link":{"url":"` + articleURL + `","title":"T","description":"","thumbNail":"` + picture + `"}}`)}
	}
	f := newFixture(t)
	pub := f.plan(pageDemo(), link(cover().URL))
	if needs := pub.Needs(); len(needs) != 1 || needs[0].Field != "linkedInOptions.link.thumbNail" {
		t.Fatalf("needs %+v", needs)
	}
	if err := f.prepare(pub, f.session(pageDemo())); core.KindOf(err) != core.KindMedia {
		t.Errorf("without the file: %v", err)
	}
	if err := f.prepare(pub, f.session(pageDemo(), cover())); err != nil {
		t.Fatal(err)
	}
	urn := f.Sandbox.Images()[0].URN
	again := f.plan(pageDemo(), link(urn))
	s := f.session(pageDemo())
	if err := f.prepare(again, s); err != nil || len(again.Needs()) != 0 {
		t.Fatalf("%v, needs %v", err, again.Needs())
	}
	receipt, err := again.Commit(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	if post, _ := f.Sandbox.Post(receipt.RemoteID); post.Article == nil || post.Article.Thumbnail == nil || post.Article.Thumbnail.ID != urn {
		t.Errorf("%+v", post.Article)
	}
	foreign := f.plan(jane(), link(urn))
	_, err = foreign.Commit(t.Context(), f.session(jane()))
	if e := core.AsError(err); e.Kind != core.KindMedia || e.Field != "linkedInOptions.link.thumbNail" || e.Help == "" {
		t.Errorf("an image of another author: %+v", e)
	}
}

// A worker that dies at a save is followed by one that goes on from there: the page is
// not read again once that is saved, and the picture not uploaded again.
func TestLinkCardAfterADeath(t *testing.T) {
	t.Parallel()
	const saves = 3 // the page, the picture, and that it is ready
	for n := 1; n <= saves; n++ {
		f := newFixture(t)
		checkpoint, draft := coretest.NewCheckpoint(), core.Draft{Text: articleURL}
		checkpoint.KillAfter(n, nil)
		s := f.session(pageDemo(), cover())
		coretest.WithCheckpoint(checkpoint)(s)
		reads := reading(s, map[string]core.Page{articleURL: articlePage()})
		if err := f.prepare(f.plan(pageDemo(), draft), s); !errors.Is(err, coretest.ErrKilled) {
			t.Fatalf("killed after save %d: %v", n, err)
		}
		checkpoint.Revive()
		post := f.publish(f.plan(pageDemo(), draft), s)
		if card := cardOf(post); card == nil || card.PictureWidth != 12 {
			t.Errorf("killed after save %d: %+v", n, card)
		}
		if uploads := f.count(http.MethodPut, "/dms-uploads/"); uploads != 1 || *reads != 1 {
			t.Errorf("killed after save %d: %d uploads, %d reads", n, uploads, *reads)
		}
	}
}
