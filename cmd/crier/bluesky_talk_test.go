package main

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/media/mediatest"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

// checkComments writes, lists and deletes what is below a post.
func (w *atWorld) checkComments() {
	answer := w.api.ask(http.MethodPost, "/post", map[string]any{"post": "Say something", "platforms": []string{"bluesky"}})
	id, _ := answer["id"].(string)
	root := readPublished(w.t, answer).Entries["bluesky"]
	comment, _ := w.api.ask(http.MethodPost, "/comments", map[string]any{"id": id, "platforms": []string{"bluesky"}, "comment": "First, see #this"})["commentId"].(string)
	w.api.ask(http.MethodPost, "/comments/reply", map[string]any{"commentId": comment, "platforms": []string{"bluesky"}, "comment": "And a reply"})
	list := w.comments(id)
	if len(list) != 1 || list[0].Comment != "First, see #this" || len(list[0].Replies) != 1 || list[0].Replies[0].Comment != "And a reply" {
		w.t.Fatalf("comments: %+v", list)
	}
	cid, record := w.record(list[0].CommentID)
	if dig(record, "reply", "root", "uri") != root.ID || dig(record, "reply", "parent", "uri") != root.ID || len(facetsOf("First, see #this", record["facets"])) != 1 {
		w.t.Errorf("the comment: %v", record)
	}
	_, record = w.record(list[0].Replies[0].CommentID)
	want := map[string]any{"root": map[string]any{"uri": root.ID, "cid": root.CID}, "parent": map[string]any{"uri": list[0].CommentID, "cid": cid}}
	if diff := cmp.Diff(any(want), record["reply"]); diff != "" {
		w.t.Errorf("the reply (-want +got):\n%s", diff)
	}
	w.api.ask(http.MethodDelete, "/comments/"+url.PathEscape(list[0].Replies[0].CommentID), map[string]any{"searchPlatformId": true, "platform": "bluesky"})
	w.api.ask(http.MethodDelete, "/comments/"+comment, nil)
	if w.there(list[0].CommentID) || w.there(list[0].Replies[0].CommentID) {
		w.t.Error("what was deleted is still there")
	}
	if left := w.comments(id); len(left) != 0 {
		w.t.Errorf("left: %+v", left)
	}
}

// atComment is a comment as Crier lists it.
type atComment struct {
	CommentID, Comment string
	Replies            []atComment
}

func (w *atWorld) comments(id string) []atComment {
	w.t.Helper()
	raw, err := json.Marshal(w.api.ask(http.MethodGet, "/comments/"+id, nil)["bluesky"])
	var list []atComment
	if err == nil {
		err = json.Unmarshal(raw, &list)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return list
}

// checkFigures reads what is told of a post and of the account.
func (w *atWorld) checkFigures() {
	answer := w.api.ask(http.MethodPost, "/post", map[string]any{"post": "Count this", "platforms": []string{"bluesky"}})
	id, _ := answer["id"].(string)
	w.api.ask(http.MethodPost, "/comments", map[string]any{"id": id, "platforms": []string{"bluesky"}, "comment": "One"})
	figures := dig(w.api.ask(http.MethodPost, "/analytics/post", map[string]any{"id": id, "platforms": []string{"bluesky"}}), "bluesky", "analytics")
	got := map[string]any{}
	for _, name := range []string{"likeCount", "repostCount", "replyCount", "quoteCount"} {
		got[name] = dig(figures, name)
	}
	if diff := cmp.Diff(map[string]any{"likeCount": 0.0, "repostCount": 0.0, "replyCount": 1.0, "quoteCount": 0.0}, got); diff != "" {
		w.t.Errorf("figures of the post (-want +got):\n%s\nof %v", diff, figures)
	}
	figures = dig(w.api.ask(http.MethodPost, "/analytics/social", map[string]any{"platforms": []string{"bluesky"}}), "bluesky", "analytics")
	if count, is := dig(figures, "postsCount").(float64); !is || count < 5 {
		w.t.Errorf("figures of the account: %v", figures)
	}
}

// checkBoth publishes on two networks at once, from one download.
func (w *atWorld) checkBoth() {
	both := []string{"linkedin", "bluesky"}
	picture := mediatest.JPEG(500, 500)
	address := w.file("both.jpg", mediatest.Bytes(picture))
	answer := w.api.ask(http.MethodPost, "/post", map[string]any{"post": "On both", "platforms": both, "mediaUrls": []string{address}})
	p := readPublished(w.t, answer)
	if p.Entries["linkedin"].Status != "success" || p.Entries["bluesky"].Status != "success" {
		w.t.Fatalf("%+v", p)
	}
	_, record := w.record(p.Entries["bluesky"].ID)
	w.checkImage(dig(record, "embed", "images", 0), picture, "", 500, 500)
	if images := w.server.network.Images(); len(images) == 0 || images[len(images)-1].Size != int64(len(picture)) {
		w.t.Errorf("images of LinkedIn: %+v", images)
	}
	bodies := 0
	for _, r := range w.media.Requests("both.jpg") {
		if r.Method == http.MethodGet {
			bodies++
		}
	}
	if bodies != 1 || w.media.Served("both.jpg") != int64(len(picture)) {
		w.t.Errorf("the image was fetched %d times, %d bytes of %d", bodies, w.media.Served("both.jpg"), len(picture))
	}

	// One fails, the other does not.
	again := map[string]any{"post": "On one", "platforms": both, "mediaUrls": []string{address}}
	if err := w.server.network.Next("POST /rest/posts", sandbox.Respond(http.StatusForbidden, `{"status":403,"code":"ACCESS_DENIED","message":"Not today"}`)); err != nil {
		w.t.Fatal(err)
	}
	w.checkHalf(again, "bluesky", "linkedin")
	again["post"], again["blueSkyOptions"] = "On the other", map[string]any{"replyTo": "at://" + w.net.bob.did + "/app.bsky.feed.post/3kaaaaaaaaz2a"}
	w.checkHalf(again, "linkedin", "bluesky")
}

// checkHalf publishes what goes well on one network and badly on the other, and looks at what
// the answer and the history tell of it.
func (w *atWorld) checkHalf(body map[string]any, well, badly string) {
	w.t.Helper()
	status, answer := w.api.try(http.MethodPost, "/post", body)
	if status < 400 || answer["status"] != "error" {
		w.t.Errorf("%d %v", status, answer["status"])
	}
	id, _ := answer["id"].(string)
	for where, told := range map[string]map[string]any{"the answer": answer, "the history": w.api.ask(http.MethodGet, "/history/"+id, nil)} {
		if entry := readPublished(w.t, told).Entries[well]; entry.Status != "success" {
			w.t.Errorf("%s says of %s: %+v", where, well, entry)
		}
		raw, err := json.Marshal(told["errors"])
		if err != nil || !strings.Contains(string(raw), `"platform":"`+badly+`"`) || strings.Contains(string(raw), `"platform":"`+well+`"`) {
			w.t.Errorf("%s has the errors %s, want one of %s", where, raw, badly)
		}
	}
}

// checkSession has sessions end: the next post renews them, and nobody notices. At first only
// the network's clock goes on, so that it refuses a token that Crier takes to be good; then
// Crier's does so too, which sees by itself that its tokens have ended.
func (w *atWorld) checkSession() {
	const first, second = 3 * time.Hour, 30 * time.Hour
	w.net.advance(w.t, first)
	w.post(map[string]any{"post": "After " + first.String()})
	w.server.kill()
	w.net.advance(w.t, second)
	w.server.startAfter(first + second)
	w.post(map[string]any{"post": "After " + second.String()})
	w.postAsBob("After " + second.String())
}
