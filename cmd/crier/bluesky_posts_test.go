package main

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/google/go-cmp/cmp"
)

// checkLinking links Alice by her app password.
func (w *atWorld) checkLinking() {
	alice := w.net.alice
	form := func(handle, password string) map[string]any {
		return map[string]any{"platform": "bluesky", "handle": handle, "appPassword": password}
	}
	w.refused(http.MethodPost, "/profiles/social", form(alice.handle, "aaaa-bbbb-cccc-dddd"), "appPassword")
	w.refused(http.MethodPost, "/profiles/social", form("nobody.test", alice.appPassword), "handle")
	w.refused(http.MethodPost, "/profiles/social", form("no handle", alice.appPassword), "handle")
	w.refused(http.MethodPost, "/profiles/social", form(alice.handle, ""), "appPassword")
	answer := w.api.ask(http.MethodPost, "/profiles/social", form("@"+strings.ToUpper(alice.handle), alice.appPassword))
	if got := dig(answer, "account", "remoteId"); got != alice.did {
		w.t.Errorf("linked %v, want %s: %v", got, alice.did, answer)
	}
}

// checkText publishes a text with every kind of facet.
func (w *atWorld) checkText() {
	const link = "https://example.com/a?b=c#d"
	text := "Grüße 👋🏽 @" + w.net.bob.handle + " aus " + link + " – 👨‍👩‍👧‍👦 #Häkeln! @nobody.test"
	entry := w.post(map[string]any{"post": text, "blueSkyOptions": map[string]any{"languages": []string{"de", "en-GB"}, "link": false, "tags": []string{"wool"}, "labels": []string{"graphic-media"}}})
	cid, record := w.record(entry.ID)
	if cid != entry.CID {
		w.t.Errorf("the record is %s, and the answer says %s", cid, entry.CID)
	}
	got := map[string]any{"text": record["text"], "langs": record["langs"], "tags": record["tags"], "embed": record["embed"], "labels": dig(record, "labels", "values", 0, "val")}
	want := map[string]any{"text": text, "langs": []any{"de", "en-GB"}, "tags": []any{"wool"}, "embed": nil, "labels": "graphic-media"}
	if diff := cmp.Diff(want, got); diff != "" {
		w.t.Errorf("the record (-want +got):\n%s", diff)
	}
	wantFacets := []string{
		"app.bsky.richtext.facet#mention @" + w.net.bob.handle + " " + w.net.bob.did,
		"app.bsky.richtext.facet#link " + link + " " + link,
		"app.bsky.richtext.facet#tag #Häkeln Häkeln",
	}
	if diff := cmp.Diff(wantFacets, facetsOf(text, record["facets"])); diff != "" {
		w.t.Errorf("facets (-want +got):\n%s", diff)
	}
	if len(entry.Warnings) != 1 || !strings.Contains(entry.Warnings[0].Message, "nobody.test") {
		w.t.Errorf("warnings: %+v", entry.Warnings)
	}
	if !strings.HasSuffix(entry.PostURL, "/profile/"+w.net.alice.did+"/post/"+entry.ID[strings.LastIndex(entry.ID, "/")+1:]) {
		w.t.Errorf("the post's address is %s", entry.PostURL)
	}
}

// facetsOf lists the kind of each facet, the bytes of the text that it marks, and its value.
func facetsOf(text string, facets any) []string {
	var list []string
	each, _ := facets.([]any)
	for _, one := range each {
		start, _ := dig(one, "index", "byteStart").(float64)
		end, _ := dig(one, "index", "byteEnd").(float64)
		feature, _ := dig(one, "features", 0).(map[string]any)
		for _, name := range []string{"did", "uri", "tag"} {
			if value, has := feature[name]; has {
				list = append(list, fmt.Sprintf("%s %s %s", feature["$type"], text[int(start):int(end)], value))
			}
		}
	}
	return list
}

// checkTextLimits goes up to the limits of a text, and beyond.
func (w *atWorld) checkTextLimits() {
	const family = "👨‍👩‍👧‍👦" // one grapheme of 25 bytes
	for text, fits := range map[string]bool{
		strings.Repeat("n", 300): true, strings.Repeat("n", 301): false,
		strings.Repeat("e\u0301", 300): true, strings.Repeat("e\u0301", 301): false,
		strings.Repeat(family, 120): true, strings.Repeat(family, 121): false, // 3000 bytes and 3025
	} {
		body := map[string]any{"post": text, "platforms": []string{"bluesky"}}
		if !fits {
			w.refused(http.MethodPost, "/post", body, "post")
			continue
		}
		if _, record := w.record(w.post(body).ID); record["text"] != text {
			w.t.Errorf("the text is %q, want %q", record["text"], text)
		}
	}
}

// checkReferences replies to a post, quotes it and reposts it.
func (w *atWorld) checkReferences() {
	root := w.post(map[string]any{"post": "The first of them"})
	ref := map[string]any{"uri": root.ID, "cid": root.CID}
	reply := w.post(map[string]any{"post": "A reply", "blueSkyOptions": map[string]any{"replyTo": root.ID}})
	_, record := w.record(reply.ID)
	if diff := cmp.Diff(map[string]any{"root": ref, "parent": ref}, record["reply"]); diff != "" {
		w.t.Errorf("a reply (-want +got):\n%s", diff)
	}
	deeper := w.post(map[string]any{"post": "A reply to the reply", "blueSkyOptions": map[string]any{"replyTo": reply.PostURL}})
	_, record = w.record(deeper.ID)
	if diff := cmp.Diff(map[string]any{"root": ref, "parent": map[string]any{"uri": reply.ID, "cid": reply.CID}}, record["reply"]); diff != "" {
		w.t.Errorf("a reply to the reply (-want +got):\n%s", diff)
	}
	_, record = w.record(w.post(map[string]any{"post": "A quote", "blueSkyOptions": map[string]any{"quote": root.ID}}).ID)
	if diff := cmp.Diff(map[string]any{"$type": "app.bsky.embed.record", "record": ref}, record["embed"]); diff != "" {
		w.t.Errorf("a quote (-want +got):\n%s", diff)
	}
	again := w.post(map[string]any{"post": "", "blueSkyOptions": map[string]any{"repost": root.ID}})
	_, record = w.record(again.ID)
	if !strings.Contains(again.ID, "/app.bsky.feed.repost/") || !cmp.Equal(record["subject"], any(ref)) {
		w.t.Errorf("a repost at %s: %v", again.ID, record)
	}
	gone := root.ID[:strings.LastIndex(root.ID, "/")] + "/3kaaaaaaaaz2a"
	w.refused(http.MethodPost, "/post", map[string]any{"post": "To nothing", "platforms": []string{"bluesky"}, "blueSkyOptions": map[string]any{"replyTo": gone}}, "blueSkyOptions.replyTo")
}

// checkGates publishes a post that nobody may answer or quote.
func (w *atWorld) checkGates() {
	entry := w.post(map[string]any{"post": "No answers, please", "disableComments": true, "blueSkyOptions": map[string]any{"allowQuotes": false}})
	gate := strings.Replace(entry.ID, "app.bsky.feed.post", "app.bsky.feed.threadgate", 1)
	if _, record := w.record(gate); record["post"] != entry.ID || dig(record, "allow", 0) != nil || record["allow"] == nil {
		w.t.Errorf("who may reply: %v", record)
	}
	if _, record := w.record(strings.Replace(entry.ID, "app.bsky.feed.post", "app.bsky.feed.postgate", 1)); dig(record, "embeddingRules", 0, "$type") != "app.bsky.feed.postgate#disableRule" {
		w.t.Errorf("who may quote: %v", record)
	}
	if !w.there(gate) {
		w.t.Error("there is no gate")
	}
}

// checkDelete deletes a post.
func (w *atWorld) checkDelete() {
	answer := readPublished(w.t, w.api.ask(http.MethodPost, "/post", map[string]any{"post": "Not for long", "platforms": []string{"bluesky"}}))
	uri := answer.Entries["bluesky"].ID
	if !w.there(uri) {
		w.t.Fatal("the post did not arrive")
	}
	w.api.ask(http.MethodDelete, "/post", map[string]any{"id": answer.ID})
	if w.there(uri) {
		w.t.Error("the post is still there")
	}
	if got := w.api.ask(http.MethodGet, "/history/"+answer.ID, nil); got["status"] != "deleted" {
		w.t.Errorf("the history says %v", got)
	}
}
