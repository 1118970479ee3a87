package sandbox_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/providers/bluesky/sandbox"
	"github.com/crier-social/crier/providers/bluesky/sandbox/appview"
)

type postView struct {
	URI    string
	Author struct{ Handle, DisplayName string }
	Record struct{ Text string }

	LikeCount, RepostCount, QuoteCount, ReplyCount int

	Embed json.RawMessage
}

type threadView struct {
	Post    postView
	Parent  *threadView
	Replies []threadView
}

// texts are the texts of a thread, each with those below it.
func (v threadView) texts() []any {
	out := []any{v.Post.Record.Text}
	for _, reply := range v.Replies {
		out = append(out, reply.texts())
	}
	return out
}

func (b *box) thread(uri string) threadView {
	b.t.Helper()
	var out struct{ Thread threadView }
	b.get("app.bsky.feed.getPostThread", url.Values{"uri": {uri}}, &out)
	return out.Thread
}

func (b *box) view(uri string) postView {
	b.t.Helper()
	var out struct{ Posts []postView }
	b.get("app.bsky.feed.getPosts", url.Values{"uris": {uri}}, &out)
	if len(out.Posts) != 1 {
		b.t.Fatalf("%d posts at %s", len(out.Posts), uri)
	}
	return out.Posts[0]
}

func TestThread(t *testing.T) {
	t.Parallel()
	b := start(t)
	alice, bob := b.alice(), b.bob()
	root := b.post(alice, "alice.test", "root")
	b.clock.Advance(time.Minute)
	first := b.post(bob, "bob.test", "first", reply(root, root))
	b.clock.Advance(time.Minute)
	b.post(alice, "alice.test", "thanks", reply(root, first))
	b.clock.Advance(time.Minute)
	second := b.post(bob, "bob.test", "second", reply(root, root))
	want := []any{"root", []any{"second"}, []any{"first", []any{"thanks"}}}
	if diff := cmp.Diff(want, b.thread(root.URI).texts()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if above := b.thread(first.URI).Parent; above == nil || above.Post.Record.Text != "root" {
		t.Errorf("parent %+v", above)
	}
	if got := b.view(root.URI); got.ReplyCount != 2 || got.Author.DisplayName != "Alice" {
		t.Errorf("%+v", got)
	}
	if !b.DeleteRecord(second.URI) || b.view(root.URI).ReplyCount != 1 {
		t.Error("the deleted reply counts")
	}
	missing := b.want(http.StatusBadRequest, http.MethodGet, "/xrpc/app.bsky.feed.getPostThread?uri="+url.QueryEscape(second.URI), "", nil)
	if missing.problem() != "NotFound" {
		t.Errorf("%s", missing.body)
	}
}

func TestGates(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		rules  []any
		facets []any
		follow string // who follows the other: "alice" or "bob"
		shown  int
	}{
		"nobody":       {rules: []any{}},
		"mentioned":    {rules: []any{object{"$type": "app.bsky.feed.threadgate#mentionRule"}}, facets: mention(0, 4, sandbox.BobDID), shown: 1},
		"no mention":   {rules: []any{object{"$type": "app.bsky.feed.threadgate#mentionRule"}}},
		"following":    {rules: []any{object{"$type": "app.bsky.feed.threadgate#followingRule"}}, follow: "alice", shown: 1},
		"not followed": {rules: []any{object{"$type": "app.bsky.feed.threadgate#followingRule"}}, follow: "bob"},
		"follower":     {rules: []any{object{"$type": "app.bsky.feed.threadgate#followerRule"}}, follow: "bob", shown: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := start(t)
			alice, bob := b.alice(), b.bob()
			fields := object{}
			if tt.facets != nil {
				fields["facets"] = tt.facets
			}
			switch tt.follow {
			case "alice":
				b.create(alice, "alice.test", "app.bsky.graph.follow", object{"subject": sandbox.BobDID})
			case "bob":
				b.create(bob, "bob.test", "app.bsky.graph.follow", object{"subject": sandbox.AliceDID})
			}
			root := b.post(alice, "alice.test", "root", fields)
			b.gate(alice, "alice.test", "app.bsky.feed.threadgate", root.URI, object{"allow": tt.rules})
			b.post(bob, "bob.test", "may I?", reply(root, root))
			b.post(alice, "alice.test", "I may", reply(root, root))
			if got := b.view(root.URI).ReplyCount; got != 1+tt.shown {
				t.Errorf("%d replies are shown, want %d", got, 1+tt.shown)
			}
		})
	}
}

func mention(from, to int, did string) []any {
	return []any{object{"index": object{"byteStart": from, "byteEnd": to}, "features": []any{object{"$type": "app.bsky.richtext.facet#mention", "did": did}}}}
}

func TestQuotesAndFigures(t *testing.T) {
	t.Parallel()
	b := start(t)
	alice, bob := b.alice(), b.bob()
	root := b.post(alice, "alice.test", "root")
	quote := object{"embed": object{"$type": "app.bsky.embed.record", "record": root}}
	b.post(bob, "bob.test", "look", quote)
	b.create(bob, "bob.test", "app.bsky.feed.like", object{"subject": root})
	b.create(bob, "bob.test", "app.bsky.feed.repost", object{"subject": root})
	b.create(bob, "bob.test", "app.bsky.feed.repost", object{"subject": root}) // takes the place of the one before
	if err := b.SetFigures(root.URI, sandbox.Figures{Likes: 10}); err != nil {
		t.Fatal(err)
	}
	got := b.view(root.URI)
	if got.LikeCount != 11 || got.RepostCount != 1 || got.QuoteCount != 1 {
		t.Errorf("%+v", got)
	}
	b.gate(alice, "alice.test", "app.bsky.feed.postgate", root.URI, object{"embeddingRules": []any{object{"$type": "app.bsky.feed.postgate#disableRule"}}})
	late := b.post(bob, "bob.test", "look again", quote)
	var embed struct {
		Record struct {
			Type string `json:"$type"`
		}
	}
	if err := json.Unmarshal(b.view(late.URI).Embed, &embed); err != nil || embed.Record.Type != "app.bsky.embed.record#viewDetached" {
		t.Errorf("embed %+v (%v)", embed, err)
	}
	if b.view(root.URI).QuoteCount != 0 {
		t.Error("detached quotes count")
	}
}

func TestAuthorFeed(t *testing.T) {
	t.Parallel()
	b := start(t)
	alice, bob := b.alice(), b.bob()
	var root strongRef
	for _, text := range []string{"one", "two", "three"} {
		root = b.post(alice, "alice.test", text)
		b.clock.Advance(time.Minute)
	}
	b.post(bob, "bob.test", "mine")
	b.clock.Advance(time.Minute)
	b.post(bob, "bob.test", "reply", reply(root, root))
	b.clock.Advance(time.Minute)
	b.create(bob, "bob.test", "app.bsky.feed.repost", object{"subject": root})
	feed := func(actor, filter, limit, cursor string) ([]string, string) {
		var out struct {
			Feed []struct {
				Post   postView
				Reason *struct{ By struct{ Handle string } }
			}
			Cursor string
		}
		b.get("app.bsky.feed.getAuthorFeed", url.Values{"actor": {actor}, "filter": {filter}, "limit": {limit}, "cursor": {cursor}}, &out)
		texts := []string{}
		for _, item := range out.Feed {
			text := item.Post.Record.Text
			if item.Reason != nil {
				text += " by " + item.Reason.By.Handle
			}
			texts = append(texts, text)
		}
		return texts, out.Cursor
	}
	all, end := feed("bob.test", "", "10", "")
	if diff := cmp.Diff([]string{"three by bob.test", "reply", "mine"}, all); diff != "" || end != "" {
		t.Errorf("cursor %q, -want +got:\n%s", end, diff)
	}
	own, _ := feed(sandbox.BobDID, "posts_no_replies", "10", "")
	if diff := cmp.Diff([]string{"three by bob.test", "mine"}, own); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	page, cursor := feed("alice.test", "", "2", "")
	rest, end := feed("alice.test", "", "2", cursor)
	if diff := cmp.Diff([]string{"three", "two", "one"}, append(page, rest...)); diff != "" || end != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestProfiles(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.post(b.alice(), "alice.test", "hi")
	var profile struct {
		Handle, DisplayName, Description string
		PostsCount                       int
	}
	b.get("app.bsky.actor.getProfile", url.Values{"actor": {sandbox.AliceDID}}, &profile)
	if profile.Handle != "alice.test" || profile.DisplayName != "Alice" || profile.PostsCount != 1 {
		t.Errorf("%+v", profile)
	}
	for actor, want := range map[string]string{"nobody.test": "InvalidRequest", "dave.test": "AccountDeactivated"} {
		a := b.want(http.StatusBadRequest, http.MethodGet, "/xrpc/app.bsky.actor.getProfile?actor="+actor, "", nil)
		if a.problem() != want {
			t.Errorf("%s: %s", actor, a.body)
		}
	}
	var found struct{ Actors []struct{ Handle string } }
	b.get("app.bsky.actor.searchActorsTypeahead", url.Values{"q": {"CAR"}}, &found)
	if len(found.Actors) != 1 || found.Actors[0].Handle != "carol.test" {
		t.Errorf("%+v", found)
	}
}

// An AppView that reads a server over HTTP shows what the sandbox's own shows.
func TestAppViewOfAServer(t *testing.T) {
	t.Parallel()
	b := start(t)
	alice, bob := b.alice(), b.bob()
	root := b.post(alice, "alice.test", "root")
	b.post(bob, "bob.test", "quote", object{"embed": object{"$type": "app.bsky.embed.record", "record": root}})
	b.post(bob, "bob.test", "reply", reply(root, root))
	b.create(bob, "bob.test", "app.bsky.feed.like", object{"subject": root})
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	other := appview.New(appview.FromServer(client, b.url), appview.Options{Blob: appview.BlobsOf(b.url)})
	for _, method := range []string{"app.bsky.feed.getPostThread", "app.bsky.feed.getPosts"} {
		params := url.Values{"uri": {root.URI}, "uris": {root.URI}}
		got, bad := other.Answer(t.Context(), method, params)
		if bad != nil {
			t.Fatal(bad)
		}
		raw, err := json.Marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		own := b.want(http.StatusOK, http.MethodGet, "/xrpc/"+method+"?"+params.Encode(), "", nil)
		if diff := cmp.Diff(parsed(t, []byte(own.body)), parsed(t, raw)); diff != "" {
			t.Errorf("%s: own (-), over HTTP (+):\n%s", method, diff)
		}
	}
}

// parsed is JSON without when accounts were made, which a server does not tell.
func parsed(t *testing.T, raw []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	return without(v)
}

func without(v any) any {
	switch v := v.(type) {
	case map[string]any:
		delete(v, "indexedAt")
		if _, isAuthor := v["handle"]; isAuthor {
			delete(v, "createdAt")
		}
		for name := range v {
			v[name] = without(v[name])
		}
	case []any:
		for i := range v {
			v[i] = without(v[i])
		}
	}
	return v
}
