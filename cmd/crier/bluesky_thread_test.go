package main

import (
	"net/http"
	"testing"

	"github.com/crier-social/crier/media/mediatest"
)

// checkThread publishes a thread, looks at each post where it is kept, and deletes it.
func (w *atWorld) checkThread() {
	request := map[string]any{
		"post": "One, by @bob.test\n\ntwo\n\nthree", "platforms": []string{"bluesky"}, "mediaUrls": []string{w.file("thread.jpg", mediatest.Bytes(mediatest.JPEG(64, 40)))},
		"firstComment":   map[string]any{"comment": "four"},
		"blueSkyOptions": map[string]any{"thread": true, "threadNumber": true, "allowQuotes": false, "replies": "nobody", "altText": []string{"A picture"}},
	}
	preview := w.api.ask(http.MethodPost, "/validate/post", request)
	if third := dig(preview, "preview", "bluesky", "thread", 2, "text"); third != "three 3/3" {
		w.t.Errorf("the preview of the third post is %v", third)
	}
	answer := w.api.ask(http.MethodPost, "/post", request)
	uris := threadURIs(w.t, answer)
	refs := make([]map[string]any, len(uris))
	for i, text := range []string{"One, by @bob.test 1/3", "two 2/3", "three 3/3"} {
		cid, record := w.record(uris[i])
		refs[i] = map[string]any{"uri": uris[i], "cid": cid}
		if record["text"] != text || (record["embed"] != nil) != (i == 0) {
			w.t.Errorf("post %d: %v", i+1, record)
		}
		if i == 0 {
			continue
		}
		for at, want := range map[string]map[string]any{"root": refs[0], "parent": refs[i-1]} {
			if dig(record, "reply", at, "cid") != want["cid"] || dig(record, "reply", at, "uri") != want["uri"] {
				w.t.Errorf("the %s of post %d is %v, want %v", at, i+1, dig(record, "reply", at), want)
			}
		}
	}
	comment, named := dig(answer, "postIds", 0, "firstComment", "commentId").(string)
	if !named || !w.there(comment) {
		w.t.Errorf("the first comment is not there: %v", answer)
	}
	list := w.api.ask(http.MethodGet, "/comments/"+answer["id"].(string), nil)
	if dig(list, "bluesky", 0, "commentId") != uris[1] || dig(list, "bluesky", 0, "part") != true {
		w.t.Errorf("the list of comments does not tell that the second post is a part of the thread: %v", list)
	}
	w.api.ask(http.MethodDelete, "/comments/"+answer["id"].(string), map[string]any{})
	for i, uri := range append(uris, comment) {
		if w.there(uri) != (i < len(uris)) {
			w.t.Errorf("after the comments were deleted, post %d is there: %v", i+1, w.there(uri))
		}
	}
	w.api.ask(http.MethodDelete, "/post", map[string]any{"id": answer["id"]})
	for i, uri := range uris {
		if w.there(uri) {
			w.t.Errorf("post %d is still there", i+1)
		}
	}
}

// threadURIs are the addresses of the posts of a thread, by the answer of POST /post.
func threadURIs(t *testing.T, answer map[string]any) []string {
	t.Helper()
	var uris []string
	for _, id := range []any{
		dig(answer, "postIds", 0, "id"), dig(answer, "postIds", 0, "thread", 0, "id"), dig(answer, "postIds", 0, "thread", 1, "id"),
	} {
		uri, named := id.(string)
		if !named {
			t.Fatalf("the answer does not name the thread: %v", answer)
		}
		uris = append(uris, uri)
	}
	return uris
}
