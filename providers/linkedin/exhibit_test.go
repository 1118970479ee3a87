package linkedin_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/providers/linkedin/linkedintest"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
	"github.com/crier-social/crier/providers/providertest"
)

func TestPoll(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "Tell us"} {
		f := newFixture(t)
		pub := f.plan(jane(), core.Draft{Text: text, Options: options(`{"poll":{"question":"Tabs (or *spaces*)?","options":["Tabs #1","Spaces @2"],"duration":3}}`)})
		post := f.publish(pub, f.session(jane()))
		want := &sandbox.Poll{
			Question: "Tabs (or *spaces*)?", Options: []sandbox.PollOption{{Text: "Tabs #1"}, {Text: "Spaces @2"}},
			EndsAt: f.clock.Now().Add(3 * 24 * time.Hour),
		}
		if diff := cmp.Diff(want, post.Poll); diff != "" || post.DisplayText != text {
			t.Errorf("%q: %s", post.DisplayText, diff)
		}
	}
}

// parent publishes a post that can be repeated.
func (f *fixture) parent(options ...string) string {
	f.t.Helper()
	d := core.Draft{Text: "The first post"}
	if len(options) > 0 {
		d.Options = []byte(options[0])
	}
	return f.publish(f.plan(pageDemo(), d), f.session(pageDemo())).URN
}

func repostOf(what, text string) core.Draft {
	return core.Draft{Text: text, Options: options(`{"repost":"` + what + `"}`)}
}

func TestRepost(t *testing.T) {
	t.Parallel()
	const ownID = "0DgmVoP4OKCEsOyGG20c"
	for _, tc := range []struct {
		name, text string
		what       func(parent string) string
	}{
		{"plain", "", func(parent string) string { return parent }},
		{"with a comment", "So true (really), see https://example.com/article", func(parent string) string { return parent }},
		{"by its address", "", func(parent string) string { return "https://www.linkedin.com/feed/update/" + parent + "/" }},
		{"by its id on this server", "", func(string) string { return ownID }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			parent := f.parent()
			s := f.session(jane())
			coretest.WithPublished(map[string]string{ownID: parent})(s)
			pub := f.plan(jane(), repostOf(tc.what(parent), tc.text))
			if err := pub.(core.Preflighter).Preflight(t.Context(), s); err != nil {
				t.Fatal(err)
			}
			reshare, _ := pub.(core.Previewer).Preview().Request["reshareContext"].(map[string]any)
			if reshare["parent"] != parent {
				t.Errorf("the preview reposts %v, want %s", reshare, parent)
			}
			post := f.publish(pub, s)
			if post.Parent != parent || post.DisplayText != tc.text || post.Article != nil {
				t.Errorf("%+v", post)
			}
		})
	}
}

func TestRepostProblems(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		parent  func(*fixture) string
		message string
	}{
		{"resharing is off", func(f *fixture) string { return f.parent(`{"disableShare":true}`) }, "does not let"},
		{"not public", func(f *fixture) string { return f.parent(`{"visibility":"loggedin"}`) }, "does not let"},
		{"there is none", func(*fixture) string { return "urn:li:share:404" }, "refused the request"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			s := f.session(jane())
			pub := f.plan(jane(), repostOf(tc.parent(f), ""))
			if err := f.prepare(pub, s); err != nil {
				t.Fatal(err)
			}
			_, err := pub.Commit(t.Context(), s)
			e := core.AsError(err)
			if e.Kind != core.KindInvalid || e.Field != "linkedInOptions.repost" || e.Help == "" {
				t.Errorf("%+v", e)
			}
			checkContains(t, e.Message, tc.message)
		})
	}
}

// A refusal of another kind is not taken for one of the parent.
func TestRepostForbiddenOtherwise(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	s := f.session(jane())
	pub := f.plan(jane(), repostOf("urn:li:share:1", ""))
	f.Next(t, "POST /rest/posts", sandbox.Respond(http.StatusForbidden, `{"status":403,"code":"ACCESS_DENIED","message":"No role"}`))
	if _, err := pub.Commit(t.Context(), s); core.KindOf(err) != core.KindForbidden {
		t.Errorf("%v", err)
	}
}

func TestRepostOfThisServersPost(t *testing.T) {
	t.Parallel()
	temporary := &core.Error{Kind: core.KindTemporary, Message: "the store is away"}
	for _, tc := range []struct {
		name string
		urn  string
		err  error
		kind core.Kind
	}{
		{name: "unknown", err: &core.Error{Kind: core.KindNotFound, Message: "no such post"}, kind: core.KindInvalid},
		{name: "not published", err: &core.Error{Kind: core.KindInvalid, Message: "not published"}, kind: core.KindInvalid},
		{name: "known as an activity", urn: "urn:li:activity:5", kind: core.KindInvalid},
		{name: "known as something else", urn: "7141", kind: core.KindInvalid},
		{name: "not known now", err: temporary, kind: core.KindTemporary},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			s := f.session(jane())
			s.Published = func(context.Context, string) (string, error) { return tc.urn, tc.err }
			pub := f.plan(jane(), repostOf("0DgmVoP4OKCEsOyGG20c", ""))
			for step, err := range map[string]error{"Preflight": pub.(core.Preflighter).Preflight(t.Context(), s), "Prepare": f.prepare(pub, s)} {
				e := core.AsError(err)
				if e.Kind != tc.kind || (tc.kind == core.KindInvalid && e.Field != "linkedInOptions.repost") {
					t.Errorf("%s: %+v", step, e)
				}
			}
		})
	}
}

// What was found out is not asked again.
func TestRepostKeepsItsParent(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	parent, asked := f.parent(), 0
	s := f.session(jane())
	s.Published = func(context.Context, string) (string, error) {
		asked++
		return parent, nil
	}
	for range 2 {
		if err := f.prepare(f.plan(jane(), repostOf("0DgmVoP4OKCEsOyGG20c", "")), s); err != nil {
			t.Fatal(err)
		}
	}
	if asked != 1 {
		t.Errorf("asked %d times", asked)
	}
}

// A lost post of every kind is found again: read back by a page, sent again by a member.
func TestReconcileFindsExhibits(t *testing.T) {
	t.Parallel()
	article := options(`{"link":{"url":"https://Example.com/Article/","title":"T","description":"","thumbNail":"` + cover().URL + `"}}`)
	for _, tc := range []struct {
		name  string
		draft func(parent string) core.Draft
	}{
		{"article", func(string) core.Draft { return core.Draft{Text: "x", Options: article} }},
		{"article without text", func(string) core.Draft { return core.Draft{Options: article} }},
		{"poll", func(string) core.Draft { return core.Draft{Options: options(`{` + validPoll + `}`)} }},
		{"repost", func(parent string) core.Draft { return repostOf(parent, "") }},
		{"repost with a comment", func(parent string) core.Draft { return repostOf(parent, "So true") }},
	} {
		for _, as := range []providertest.Author{jane(), pageDemo()} {
			t.Run(fmt.Sprintf("%s by a %s", tc.name, as.Account.Kind), func(t *testing.T) {
				t.Parallel()
				f := newFixture(t)
				draft := tc.draft(f.parent())
				// Posts of the same words that show something else are not taken for it.
				f.publish(f.plan(as, core.Draft{Text: "other", Options: options(`{"link":{"url":"https://example.com/b","title":"T"}}`)}), f.session(as))
				pub, s, since := f.lose(as, draft, sandbox.CutAfter(), cover())
				posts := f.Sandbox.Posts()
				receipt, found, err := pub.Reconcile(t.Context(), s, since)
				if err != nil || !found || receipt.RemoteID != posts[len(posts)-1].URN {
					t.Errorf("found %v, %+v, %v", found, receipt, err)
				}
				if n := len(f.Sandbox.Posts()); n != len(posts) {
					t.Errorf("%d posts, want %d", n, len(posts))
				}
			})
		}
	}
}

// A post of the same words that shows something else is another post.
func TestReconcileTellsExhibitsApart(t *testing.T) {
	t.Parallel()
	link := func(path string) core.Draft {
		return core.Draft{Text: "x", Options: options(`{"link":{"url":"https://example.com/` + path + `","title":"T"}}`)}
	}
	poll := func(option string) core.Draft {
		return core.Draft{Text: "x", Options: options(`{"poll":{"question":"?","options":["a","` + option + `"]}}`)}
	}
	for _, tc := range []struct {
		name        string
		there, lost core.Draft
	}{
		{"links", link("a"), link("b")},
		{"queries of a link", link("a?id=1"), link("a?id=2")},
		{"polls", poll("b"), poll("c")},
		{"link and text", core.Draft{Text: "x"}, link("a")},
		{"poll and link", link("a"), poll("b")},
		{"text and repost", core.Draft{Text: "x"}, repostOf("urn:li:share:1", "x")},
		{"repost and text", repostOf("PARENT", "x"), core.Draft{Text: "x"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, linkedintest.WithOptions(func(o *sandbox.Options) { o.DuplicateWindow = -1 }))
			if string(tc.there.Options) == `{"repost":"PARENT"}` {
				tc.there = repostOf(f.parent(), "x")
			}
			f.publish(f.plan(pageDemo(), tc.there), f.session(pageDemo()))
			pub, s, since := f.lose(pageDemo(), tc.lost, sandbox.CutBefore())
			f.clock.Advance(time.Minute)
			if receipt, found, err := pub.Reconcile(t.Context(), s, since); found || err != nil {
				t.Errorf("found %v, %+v, %v", found, receipt, err)
			}
		})
	}
}

// A repost of a repost is none of the first post, which LinkedIn names as its root.
func TestReconcileTellsRepostsApart(t *testing.T) {
	t.Parallel()
	f := newFixture(t, linkedintest.WithOptions(func(o *sandbox.Options) { o.DuplicateWindow = -1 }))
	first := f.parent()
	repost := func(what, text string) string {
		return f.publish(f.plan(pageDemo(), repostOf(what, text)), f.session(pageDemo())).URN
	}
	repost(repost(first, "Look"), "x")
	pub, s, since := f.lose(pageDemo(), repostOf(first, "x"), sandbox.CutBefore())
	f.clock.Advance(time.Minute)
	if receipt, found, err := pub.Reconcile(t.Context(), s, since); found || err != nil {
		t.Errorf("found %v, %+v, %v", found, receipt, err)
	}
}

// What LinkedIn refuses of the part that an option made is told with the option's name.
func TestCommitNamesTheOption(t *testing.T) {
	t.Parallel()
	refusal := func(field string) string {
		return `{"status":400,"code":"INVALID_VALUE_FOR_FIELD","message":"` + field + ` can't be set","errorDetails":{"inputErrors":[{"code":"INVALID_VALUE_FOR_FIELD","description":"` + field + ` can't be set","input":{"inputPath":{"fieldPath":"` + field + `"}}}]}}`
	}
	for _, tc := range []struct{ name, options, path, want string }{
		{"source of a link", `{"link":{"url":"https://example.com","title":"T"}}`, "source", "linkedInOptions.link"},
		{"path of a link", `{"link":{"url":"https://example.com","title":"T"}}`, "/content/article", "linkedInOptions.link"},
		{"a job", `{"jobPosting":1}`, "/content/article", "linkedInOptions.jobPosting"},
		{"a poll", `{` + validPoll + `}`, "duration", "linkedInOptions.poll"},
		{"visibility of a poll", `{` + validPoll + `}`, "visibility", "linkedInOptions.visibility"},
		{"something else", `{` + validPoll + `}`, "container", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			s := f.session(jane())
			pub := f.plan(jane(), core.Draft{Text: "x", Options: options(tc.options)})
			if err := f.prepare(pub, s); err != nil {
				t.Fatal(err)
			}
			f.Next(t, "POST /rest/posts", sandbox.Respond(http.StatusBadRequest, refusal(tc.path)))
			_, err := pub.Commit(t.Context(), s)
			if e := core.AsError(err); e.Kind != core.KindInvalid || e.Field != tc.want {
				t.Errorf("%+v", e)
			}
		})
	}
}
