package interop_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"io"
	"maps"
	"net/http"
	"strings"
)

// blob is a reference to a file, https://atproto.com/specs/data-model#blob-type.
type blob struct {
	Type     string            `json:"$type"`
	Ref      map[string]string `json:"ref"`
	MimeType string            `json:"mimeType"`
	Size     int               `json:"size"`
}

const onePixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

// Files by their first bytes: a server looks at no more.
func png() []byte {
	content, err := base64.StdEncoding.DecodeString(onePixel)
	if err != nil {
		panic(err) // it is a constant
	}
	return content
}

func jpeg(size int) []byte {
	content := bytes.Repeat([]byte{0xaa}, size)
	copy(content, "\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01")
	return content
}

func mp4(size int) []byte {
	content := bytes.Repeat([]byte{0xaa}, size)
	copy(content, "\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomiso2avc1mp41")
	return content
}

func upload(token, contentType string, content any) request {
	return request{method: http.MethodPost, path: "/xrpc/com.atproto.repo.uploadBlob", token: token, body: content, header: http.Header{"Content-Type": {contentType}}}
}

// zeros is a body of so many bytes.
type zeros int64

func (n zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func (n zeros) reader() io.Reader { return io.LimitReader(n, int64(n)) }

// uploaded is a blob that the server has.
func (a *asker) uploaded(question string, r request) blob {
	a.t.Helper()
	return into[struct{ Blob blob }](a, a.ok(question, r)).Blob
}

func download(did, cid string) request {
	r := query("com.atproto.sync.getBlob", "", "did", did, "cid", cid)
	r.headers = []string{"Content-Type", "Content-Length", "X-Content-Type-Options", "Content-Security-Policy"}
	return r
}

// askAboutBlobs is about files, https://atproto.com/specs/blob.
func askAboutBlobs(a *asker) {
	alice := a.w.alice
	token := a.signedIn(alice).AccessJWT
	picture := a.uploaded("upload a PNG", upload(token, "image/png", png()))
	a.uploaded("upload the same PNG", upload(token, "image/png", png()))
	a.uploaded("upload a PNG that is called a JPEG", upload(token, "image/jpeg", png()))
	a.uploaded("upload a PNG of no type", upload(token, "application/octet-stream", png()))
	small := a.uploaded("upload a JPEG", upload(token, "image/jpeg", jpeg(2000)))
	unused := a.uploaded("upload a JPEG that no post has", upload(token, "image/jpeg", jpeg(2001)))
	big := a.uploaded("upload a JPEG of more than a million bytes", upload(token, "image/jpeg", jpeg(1_000_001)))
	film := a.uploaded("upload an MP4", upload(token, "video/mp4", mp4(5000)))
	words := a.uploaded("upload captions", upload(token, "text/vtt", []byte("WEBVTT\n\n00:00.000 --> 00:01.000\nHello\n")))
	a.refused("upload without a token", upload("", "image/png", png()), 401, "AuthMissing")
	a.refused("upload without a type", request{method: http.MethodPost, path: "/xrpc/com.atproto.repo.uploadBlob", token: token, body: png()}, 400, "InvalidRequest")
	a.refused("upload too much", upload(token, "video/mp4", zeros(100<<20+1)), 413, "PayloadTooLarge")
	a.ok("upload nothing", upload(token, "image/png", []byte{}))

	a.refused("download what no record has", download(alice.did, picture.Ref["$link"]), 400, "InvalidRequest")
	askAboutEmbeds(a, token, map[string]blob{"png": picture, "jpeg": small, "new": unused, "big": big, "mp4": film, "vtt": words})

	if got := a.ok("download", download(alice.did, picture.Ref["$link"])); !bytes.Equal(got.raw, png()) {
		a.t.Errorf("a picture came back as %d other bytes", len(got.raw))
	}
	if got := a.ok("download a film", download(alice.did, film.Ref["$link"])); !bytes.Equal(got.raw, mp4(5000)) {
		a.t.Errorf("a film came back as %d other bytes", len(got.raw))
	}
	a.refused("download what is not there", download(alice.did, cidOf([]byte("of nothing there"))), 400, "InvalidRequest")
	a.refused("download of another", download(a.w.bob.did, picture.Ref["$link"]), 400, "InvalidRequest")
	a.refused("download of nobody", download("did:plc:aaaaaaaaaaaaaaaaaaaaaaaa", picture.Ref["$link"]), 400, "RepoNotFound")
	a.ok("the list of blobs", query("com.atproto.sync.listBlobs", "", "did", alice.did))

	a.ok("delete the only post of a film", remove(token, alice.did, filmKey))
	a.refused("download what no record has any more", download(alice.did, film.Ref["$link"]), 400, "InvalidRequest")
}

const filmKey = "3kcfaaaaaaa2a"

// askAboutEmbeds is about the files of a post, https://docs.bsky.app/docs/advanced-guides/posts#images-embeds.
func askAboutEmbeds(a *asker, token string, has map[string]blob) {
	did := a.w.alice.did
	refused := func(question, name string, r request) { a.t.Helper(); a.refused(question, r, 400, name) }
	a.ok("four images", put(token, did, "3kcaaaaaaaa2a", withImages(shot(has["png"]), shot(has["jpeg"]), shot(has["png"]), shot(has["jpeg"]))))
	refused("five images", "InvalidRequest", put(token, did, noKey, withImages(shot(has["png"]), shot(has["png"]), shot(has["png"]), shot(has["png"]), shot(has["png"]))))
	a.ok("no image", put(token, did, "3kcbaaaaaaa2a", withImages()))
	refused("an image without a description", "InvalidRequest", put(token, did, noKey, withImages(map[string]any{"image": has["png"]})))
	refused("an image of more than a million bytes", "InvalidRequest", put(token, did, noKey, withImages(shot(has["big"]))))
	refused("a film as an image", "InvalidRequest", put(token, did, noKey, withImages(shot(has["mp4"]))))
	refused("an image that nobody uploaded", "BlobNotFound", put(token, did, noKey, withImages(shot(otherCID(has["png"])))))
	refused("an image of another type than was uploaded", "InvalidMimeType", put(token, did, noKey, withImages(shot(otherType(has["new"])))))
	refused("an image of another size than was uploaded", "InvalidSize", put(token, did, noKey, withImages(shot(otherSize(has["new"])))))
	refused("an image with no height", "InvalidRequest", put(token, did, noKey, withImages(map[string]any{"image": has["png"], "alt": "", "aspectRatio": map[string]any{"width": 1, "height": 0}})))
	refused("another's image", "BlobNotFound", put(a.signedIn(a.w.bob).AccessJWT, a.w.bob.did, noKey, withImages(shot(has["png"]))))

	a.ok("a film with captions", put(token, did, filmKey, withVideo(has["mp4"], map[string]any{"alt": "A film", "captions": []any{map[string]any{"lang": "en", "file": has["vtt"]}}, "aspectRatio": map[string]any{"width": 16, "height": 9}})))
	refused("an image as a film", "InvalidRequest", put(token, did, noKey, withVideo(has["png"], nil)))
	a.ok("a card with an image", put(token, did, "3kccaaaaaaa2a", withCard(has["png"])))
	refused("a card with an image of more than a million bytes", "InvalidRequest", put(token, did, noKey, withCard(has["big"])))
	a.ok("images and a quote", put(token, did, "3kcdaaaaaaa2a", post("both", map[string]any{"embed": map[string]any{
		"$type":  "app.bsky.embed.recordWithMedia",
		"record": map[string]any{"$type": "app.bsky.embed.record", "record": map[string]any{"uri": address(a.w.alice, noKey), "cid": "bafyreib2rxk3rybk3aobmv5cjuql3bm2twh4jo5uxgf5kpqcsgz7soitae"}},
		"media":  map[string]any{"$type": "app.bsky.embed.images", "images": []any{shot(has["jpeg"])}},
	}})))
}

// shot is an image of a post.
func shot(b blob) map[string]any {
	return map[string]any{"image": b, "alt": "One pixel", "aspectRatio": map[string]any{"width": 1, "height": 1}}
}

func withImages(images ...map[string]any) map[string]any {
	if images == nil {
		images = []map[string]any{}
	}
	return post("pictures", map[string]any{"embed": map[string]any{"$type": "app.bsky.embed.images", "images": images}})
}

func withVideo(video blob, fields map[string]any) map[string]any {
	embed := map[string]any{"$type": "app.bsky.embed.video", "video": video}
	maps.Copy(embed, fields)
	return post("a film", map[string]any{"embed": embed})
}

func withCard(thumb blob) map[string]any {
	return post("a card", map[string]any{"embed": map[string]any{
		"$type": "app.bsky.embed.external", "external": map[string]any{"uri": "https://example.com/", "title": "Example", "description": "A page", "thumb": thumb},
	}})
}

func otherCID(b blob) blob {
	b.Ref = map[string]string{"$link": cidOf([]byte("of nothing there"))}
	return b
}

// cidOf is the CID of a file: version 1, raw bytes, SHA-256, in base32
// (https://atproto.com/specs/data-model#link-and-cid-formats).
func cidOf(content []byte) string {
	sum := sha256.Sum256(content)
	return "b" + strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(append([]byte{1, 0x55, 0x12, 0x20}, sum[:]...)))
}

func otherType(b blob) blob { b.MimeType = "image/webp"; return b }

func otherSize(b blob) blob { b.Size++; return b }
