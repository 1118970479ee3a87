package sandbox_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/crier-social/crier/providers/bluesky/sandbox"
)

func TestPages(t *testing.T) {
	t.Parallel()
	b := start(t)
	alice := b.alice()
	root := b.post(alice, "alice.test", "Hi @bob <script>alert(1)</script> #go https://example.com", object{
		"facets": append(mention(3, 7, sandbox.BobDID),
			object{"index": object{"byteStart": 34, "byteEnd": 37}, "features": []any{object{"$type": "app.bsky.richtext.facet#tag", "tag": "go"}}},
			object{"index": object{"byteStart": 38, "byteEnd": 57}, "features": []any{object{"$type": "app.bsky.richtext.facet#link", "uri": "https://example.com"}}}),
		"embed": object{"$type": "app.bsky.embed.external", "external": object{"uri": "https://example.com/page", "title": "A card", "description": "of something"}},
	})
	b.gate(alice, "alice.test", "app.bsky.feed.threadgate", root.URI, object{"allow": []any{}})
	b.post(alice, "alice.test", "to myself", reply(root, root), object{"embed": object{"$type": "app.bsky.embed.record", "record": root}})
	path := "/profile/" + sandbox.AliceDID + "/post/" + root.URI[strings.LastIndex(root.URI, "/")+1:]
	page := b.want(http.StatusOK, http.MethodGet, path, "", nil)
	for _, want := range []string{
		`href="/profile/did:plc:sandboxbob22222222222222">@bob</a>`, `href="/sandbox/?tag=go">#go</a>`, `href="https://example.com">https://example.com</a>`,
		"&lt;script&gt;", "A card", "of something", "to myself", "Nobody can reply.", root.CID,
	} {
		if !strings.Contains(page.body, want) {
			t.Errorf("the page does not have %q:\n%s", want, page.body)
		}
	}
	if strings.Contains(page.body, "<script>") || !strings.Contains(page.header.Get("Content-Security-Policy"), "default-src 'none'") {
		t.Error("the page lets scripts in")
	}
	for path, want := range map[string]string{
		"/sandbox/": "to myself", "/sandbox/?tag=GO": "#go", "/sandbox/?tag=rust": "Nobody has posted", "/profile/alice.test": "Knits",
		strings.Replace(path, sandbox.AliceDID, "alice.test", 1): "A card", "/sandbox/style.css": "color-scheme",
	} {
		if page := b.want(http.StatusOK, http.MethodGet, path, "", nil); !strings.Contains(page.body, want) {
			t.Errorf("%s does not have %q", path, want)
		}
	}
	for _, path := range []string{"/profile/nobody.test", "/profile/alice.test/post/3mzzzzzzzz2zz", "/profile/nobody.test/post/3mzzzzzzzz2zz"} {
		b.want(http.StatusNotFound, http.MethodGet, path, "", nil)
	}
}

// A page has fifty posts, however many there are, and finds the few with a tag among them.
func TestManyPostsOnAPage(t *testing.T) {
	t.Parallel()
	b := start(t)
	alice := b.alice()
	b.post(alice, "alice.test", "the first", object{"tags": []any{"wool"}})
	for i := range 60 {
		b.post(alice, "alice.test", "post "+strconv.Itoa(i))
	}
	page := b.want(http.StatusOK, http.MethodGet, "/sandbox/", "", nil).body
	if got := strings.Count(page, "<article"); got != 50 || !strings.Contains(page, "post 59<") || !strings.Contains(page, "post 10<") || strings.Contains(page, "post 9<") {
		t.Errorf("%d posts on the page:\n%s", got, page)
	}
	page = b.want(http.StatusOK, http.MethodGet, "/sandbox/?tag=Wool", "", nil).body
	if got := strings.Count(page, "<article"); got != 1 || !strings.Contains(page, "the first") {
		t.Errorf("%d posts with the tag:\n%s", got, page)
	}
}

func TestImagesAreShownWithTheirText(t *testing.T) {
	t.Parallel()
	b := start(t)
	alice := b.alice()
	var out struct{ Blob object }
	got, err := b.try(http.MethodPost, "/xrpc/com.atproto.repo.uploadBlob", alice, "image/png", []byte("\x89PNG\r\n\x1a\n and so on"))
	if err != nil {
		t.Fatal(err)
	}
	got.decode(t, &out)
	b.post(alice, "alice.test", "", object{"embed": object{"$type": "app.bsky.embed.images", "images": []any{object{"image": out.Blob, "alt": `a "cat"`}}}})
	page := b.want(http.StatusOK, http.MethodGet, "/profile/alice.test", "", nil)
	if !strings.Contains(page.body, `src="/xrpc/com.atproto.sync.getBlob?cid=`) || !strings.Contains(page.body, "a &#34;cat&#34;") {
		t.Errorf("%s", page.body)
	}
}

// A file lasts as long as a record has it.
func TestFilesGoWithTheirLastRecord(t *testing.T) {
	t.Parallel()
	b := start(t)
	alice := b.alice()
	var out struct{ Blob object }
	got, err := b.try(http.MethodPost, "/xrpc/com.atproto.repo.uploadBlob", alice, "image/png", []byte("\x89PNG\r\n\x1a\n and so on"))
	if err != nil {
		t.Fatal(err)
	}
	got.decode(t, &out)
	address := "/xrpc/com.atproto.sync.getBlob?did=" + sandbox.AliceDID + "&cid=" + out.Blob["ref"].(map[string]any)["$link"].(string)
	embed := object{"embed": object{"$type": "app.bsky.embed.images", "images": []any{object{"image": out.Blob, "alt": ""}}}}
	first, second := b.post(alice, "alice.test", "one", embed), b.post(alice, "alice.test", "two", embed)
	b.post(alice, "alice.test", "without a picture")
	remove := func(post strongRef) {
		b.want(http.StatusOK, http.MethodPost, "/xrpc/com.atproto.repo.deleteRecord", alice,
			object{"repo": "alice.test", "collection": "app.bsky.feed.post", "rkey": post.URI[strings.LastIndex(post.URI, "/")+1:]})
	}
	remove(first)
	b.want(http.StatusOK, http.MethodGet, address, "", nil)
	remove(second)
	b.want(http.StatusBadRequest, http.MethodGet, address, "", nil)
}
