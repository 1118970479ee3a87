package interop_test

import (
	"fmt"
	"strings"
)

// askAboutPosts is about what a post may have:
// https://github.com/bluesky-social/atproto/blob/main/lexicons/app/bsky/feed/post.json.
func askAboutPosts(a *asker) {
	alice := a.w.alice
	token := a.signedIn(alice).AccessJWT
	n := 0
	write := func(text string, fields map[string]any) request {
		n++
		return put(token, alice.did, fmt.Sprintf("3kbaaaaaa%c2a%c", 'a'+n/20, 'a'+n%20), post(text, fields))
	}
	refused := func(question string, r request) { a.t.Helper(); a.refused(question, r, 400, "InvalidRequest") }

	a.ok("no text", write("", nil))
	a.ok("300 graphemes", write(strings.Repeat("x", 300), nil))
	refused("301 graphemes", write(strings.Repeat("x", 301), nil))
	a.ok("300 graphemes of two code points", write(strings.Repeat("e\u0301", 300), nil))
	a.ok("120 families", write(strings.Repeat("👨‍👩‍👧‍👦", 120), nil))
	refused("121 families, which have 3025 bytes", write(strings.Repeat("👨‍👩‍👧‍👦", 121), nil))
	refused("3001 bytes", write(strings.Repeat("x", 3001), nil))
	refused("no time", write("x", map[string]any{"createdAt": nil}))
	refused("a time without a zone", write("x", map[string]any{"createdAt": "2026-01-02T03:04:05"}))
	a.ok("a time without fractions", write("x", map[string]any{"createdAt": "2026-01-02T03:04:05Z"}))
	a.ok("a field that nobody knows", write("x", map[string]any{"mood": "good"}))

	a.ok("three languages", write("x", map[string]any{"langs": []string{"en", "de-CH", "ja"}}))
	refused("four languages", write("x", map[string]any{"langs": []string{"en", "de", "ja", "fr"}}))
	refused("a language that is none", write("x", map[string]any{"langs": []string{"english language"}}))
	a.ok("eight tags", write("x", map[string]any{"tags": strings.Split("a b c d e f g h", " ")}))
	refused("nine tags", write("x", map[string]any{"tags": strings.Split("a b c d e f g h i", " ")}))
	refused("a tag of 65 graphemes", write("x", map[string]any{"tags": []string{strings.Repeat("x", 65)}}))
	a.ok("labels", write("x", map[string]any{"labels": selfLabels("sexual", "!no-unauthenticated")}))
	refused("eleven labels", write("x", map[string]any{"labels": selfLabels(strings.Split("a b c d e f g h i j k", " ")...)}))
	askAboutFacets(a, write)
	askAboutReferences(a, write)
	askAboutThreads(a)
}

func selfLabels(names ...string) map[string]any {
	list := make([]any, len(names))
	for i, name := range names {
		list[i] = map[string]any{"val": name}
	}
	return map[string]any{"$type": "com.atproto.label.defs#selfLabels", "values": list}
}

// facet marks bytes of a text, https://docs.bsky.app/docs/advanced-guides/post-richtext.
func facet(start, end any, kind, name, value string) map[string]any {
	return map[string]any{"facets": []any{map[string]any{
		"index":    map[string]any{"byteStart": start, "byteEnd": end},
		"features": []any{map[string]any{"$type": "app.bsky.richtext.facet#" + kind, name: value}},
	}}}
}

func askAboutFacets(a *asker, write func(string, map[string]any) request) {
	refused := func(question string, r request) { a.t.Helper(); a.refused(question, r, 400, "InvalidRequest") }
	a.ok("a link", write("go to example.com", facet(6, 17, "link", "uri", "https://example.com/")))
	a.ok("a mention", write("hi @bob.test", facet(3, 12, "mention", "did", a.w.bob.did)))
	a.ok("a hashtag", write("so #nice", facet(3, 8, "tag", "tag", "nice")))
	refused("a link that is no address", write("go there", facet(3, 8, "link", "uri", "there")))
	refused("a mention of nobody", write("hi @bob", facet(3, 7, "mention", "did", "bob.test")))
	refused("a hashtag of 65 graphemes", write("so #nice", facet(3, 8, "tag", "tag", strings.Repeat("x", 65))))
	refused("a range without an end", write("go there", facet(3, nil, "tag", "tag", "nice")))
	refused("a range before the text", write("go there", facet(-1, 3, "tag", "tag", "nice")))
	refused("a range of broken numbers", write("go there", facet(0.5, 3, "tag", "tag", "nice")))
	a.ok("a range beyond the text", write("short", facet(3, 80, "tag", "tag", "nice")))
	a.ok("a range within a character", write("é", facet(1, 2, "tag", "tag", "nice")))
	a.ok("a facet of a kind that nobody knows", write("so nice", facet(3, 7, "bold", "weight", "heavy")))
}

func askAboutReferences(a *asker, write func(string, map[string]any) request) {
	alice := a.w.alice
	refused := func(question string, r request) { a.t.Helper(); a.refused(question, r, 400, "InvalidRequest") }
	type made struct{ URI, CID string }
	root := into[made](a, a.ok("a post to refer to", write("root", nil)))
	ref := map[string]any{"uri": root.URI, "cid": root.CID}
	a.ok("a reply", write("reply", map[string]any{"reply": map[string]any{"root": ref, "parent": ref}}))
	refused("a reply without a root", write("reply", map[string]any{"reply": map[string]any{"parent": ref}}))
	refused("a reply to what is no address", write("reply", map[string]any{"reply": map[string]any{"root": ref, "parent": map[string]any{"uri": "there", "cid": root.CID}}}))
	refused("a reply to what has no CID", write("reply", map[string]any{"reply": map[string]any{"root": ref, "parent": map[string]any{"uri": root.URI, "cid": "none"}}}))
	gone := map[string]any{"uri": address(alice, noKey), "cid": root.CID}
	a.ok("a reply to what is not there", write("reply", map[string]any{"reply": map[string]any{"root": gone, "parent": gone}}))
	a.ok("a quote", write("quote", map[string]any{"embed": map[string]any{"$type": "app.bsky.embed.record", "record": ref}}))
	refused("a quote of nothing", write("quote", map[string]any{"embed": map[string]any{"$type": "app.bsky.embed.record"}}))
	card := map[string]any{"uri": "https://example.com/", "title": "Example", "description": "A page"}
	a.ok("a card", write("card", map[string]any{"embed": map[string]any{"$type": "app.bsky.embed.external", "external": card}}))
	refused("a card without a title", write("card", map[string]any{"embed": map[string]any{"$type": "app.bsky.embed.external", "external": map[string]any{"uri": "https://example.com/", "description": ""}}}))
	token := a.signedIn(alice).AccessJWT
	a.ok("a repost", putIn(token, alice.did, reposts, firstKey, map[string]any{"$type": reposts, "subject": ref, "createdAt": written}))
	refused("a repost of nothing", putIn(token, alice.did, reposts, secondKey, map[string]any{"$type": reposts, "createdAt": written}))
}
