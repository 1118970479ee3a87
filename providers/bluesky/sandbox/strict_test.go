package sandbox_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/providers/bluesky/sandbox"
)

// What the genuine server takes although nobody would see it is refused, and says so; unless
// the sandbox is to be lenient.
func TestStrictness(t *testing.T) {
	t.Parallel()
	link := []any{object{"$type": "app.bsky.richtext.facet#link", "uri": "https://example.com"}}
	facet := func(from, to int, features []any) object {
		return object{"index": object{"byteStart": from, "byteEnd": to}, "features": features}
	}
	const other = "bafyreihch7gnszmmhd42xua2df25ygxw7gedl4es6tztejgt2cdd76nttu"
	for name, tt := range map[string]struct {
		record object
		want   string // in the message
	}{
		"beyond the text":      {object{"text": "abc", "facets": []any{facet(0, 4, link)}}, "no part of the text"},
		"empty facet":          {object{"text": "abc", "facets": []any{facet(1, 1, link)}}, "no part of the text"},
		"half a character":     {object{"text": "é", "facets": []any{facet(0, 1, link)}}, "splits a character"},
		"facets that overlap":  {object{"text": "abc", "facets": []any{facet(0, 2, link), facet(1, 3, link)}}, "within another facet"},
		"facet of nothing":     {object{"text": "abc", "facets": []any{facet(0, 2, []any{})}}, "has no features"},
		"reply to nothing":     {object{"text": "abc", "reply": object{"root": ghost(other), "parent": ghost(other)}}, "there is no at://"},
		"quote of nothing":     {object{"text": "abc", "embed": object{"$type": "app.bsky.embed.record", "record": ghost(other)}}, "there is no at://"},
		"embed that is no one": {object{"text": "abc", "embed": object{"$type": "com.example.embed"}}, "nobody shows"},
		"no images":            {object{"text": "abc", "embed": object{"$type": "app.bsky.embed.images", "images": []any{}}}, "is empty"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := start(t)
			if got := b.refused(b.alice(), "alice.test", tt.record); !strings.Contains(got.body, "Sandbox: ") || !strings.Contains(got.body, tt.want) {
				t.Errorf("%s", got.body)
			}
			lenient := start(t, func(o *sandbox.Options) { o.Lenient = true })
			lenient.create(lenient.alice(), "alice.test", postCollection, tt.record)
		})
	}
}

func ghost(cid string) object {
	return object{"uri": "at://" + sandbox.AliceDID + "/app.bsky.feed.post/3mzzzzzzzz2zz", "cid": cid}
}

func TestStrictReferences(t *testing.T) {
	t.Parallel()
	b := start(t)
	alice := b.alice()
	root := b.post(alice, "alice.test", "root")
	first := b.post(alice, "alice.test", "first", reply(root, root))
	wrong := reply(first, first)
	wrong["text"] = "second"
	if got := b.refused(alice, "alice.test", wrong); !strings.Contains(got.body, "reply.root is not the root") {
		t.Errorf("%s", got.body)
	}
	stale := reply(root, strongRef{root.URI, first.CID})
	stale["text"] = "second"
	if got := b.refused(alice, "alice.test", stale); !strings.Contains(got.body, "reply.parent.cid") {
		t.Errorf("%s", got.body)
	}
	gate := b.want(http.StatusBadRequest, http.MethodPost, "/xrpc/com.atproto.repo.putRecord", alice, object{
		"repo": "alice.test", "collection": "app.bsky.feed.threadgate", "rkey": "3mzzzzzzzz222", "record": b.dated(object{"post": root.URI}),
	})
	if !strings.Contains(gate.body, "record key of its post") {
		t.Errorf("%s", gate.body)
	}
}

// A file that no record has in time is gone; one that a record had goes with it.
func TestBlobsEnd(t *testing.T) {
	t.Parallel()
	b := start(t)
	alice := b.alice()
	upload := func() object {
		t.Helper()
		got, err := b.try(http.MethodPost, "/xrpc/com.atproto.repo.uploadBlob", alice, "image/png", []byte("\x89PNG\r\n\x1a\n and so on"))
		if err != nil || got.status != http.StatusOK {
			t.Fatalf("status %d: %s (%v)", got.status, got.body, err)
		}
		var out struct{ Blob object }
		got.decode(t, &out)
		return out.Blob
	}
	embed := func(blob object) object {
		return object{"text": "", "embed": object{"$type": "app.bsky.embed.images", "images": []any{object{"image": blob, "alt": ""}}}}
	}
	late := upload()
	b.clock.Advance(time.Hour)
	if got := b.refused(alice, "alice.test", embed(late)); got.problem() != "BlobNotFound" {
		t.Errorf("%s", got.body)
	}
	blob := upload()
	post := b.create(alice, "alice.test", postCollection, embed(blob))
	b.clock.Advance(30 * time.Minute)
	cid, _ := blob["ref"].(object)["$link"].(string)
	address := "/xrpc/com.atproto.sync.getBlob?did=" + sandbox.AliceDID + "&cid=" + cid
	if got := b.want(http.StatusOK, http.MethodGet, address, "", nil); got.header.Get("Content-Type") != "image/png" {
		t.Errorf("%s", got.header)
	}
	foreign := b.want(http.StatusBadRequest, http.MethodPost, "/xrpc/com.atproto.repo.createRecord", b.bob(),
		object{"repo": "bob.test", "collection": postCollection, "record": b.dated(embed(blob))})
	if foreign.problem() != "BlobNotFound" {
		t.Errorf("a file of somebody else: %s", foreign.body)
	}
	if !b.DeleteRecord(post.URI) {
		t.Fatal("no record")
	}
	b.want(http.StatusBadRequest, http.MethodGet, address, "", nil)
}

func TestBlobLimit(t *testing.T) {
	t.Parallel()
	b := start(t, func(o *sandbox.Options) { o.MaxBlobBytes = 10 })
	got, err := b.try(http.MethodPost, "/xrpc/com.atproto.repo.uploadBlob", b.alice(), "text/vtt", []byte("eleven byte"))
	if err != nil || got.status != http.StatusRequestEntityTooLarge || got.problem() != "PayloadTooLarge" {
		t.Errorf("status %d: %s (%v)", got.status, got.body, err)
	}
}

// What is written by one request may refer to what comes before it there, as it will be.
func TestReferencesWithinARequest(t *testing.T) {
	t.Parallel()
	b := start(t)
	alice := b.alice()
	first := b.dated(object{"$type": postCollection, "text": "first"})
	const firstKey, secondKey = "3mzzzzzzzz222", "3mzzzzzzzz223"
	made := b.post(alice, "alice.test", "first")
	uri := "at://" + sandbox.AliceDID + "/" + postCollection + "/" + firstKey
	apply := func(status int, cid string) answer {
		second := b.dated(object{"$type": postCollection, "text": "second", "reply": object{"root": strongRef{uri, cid}, "parent": strongRef{uri, cid}}})
		create := func(rkey string, value object) object {
			return object{"$type": "com.atproto.repo.applyWrites#create", "collection": postCollection, "rkey": rkey, "value": value}
		}
		return b.want(status, http.MethodPost, "/xrpc/com.atproto.repo.applyWrites", alice, object{"repo": "alice.test", "writes": []object{create(firstKey, first), create(secondKey, second)}})
	}
	if got := apply(http.StatusBadRequest, "bafyreihch7gnszmmhd42xua2df25ygxw7gedl4es6tztejgt2cdd76nttu"); !strings.Contains(got.body, "reply.root.cid: "+uri+" is at "+made.CID) {
		t.Errorf("another version: %s", got.body)
	}
	apply(http.StatusOK, made.CID)
}
