package main

import (
	"bytes"
	"net/http"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/media/mediatest"
)

// mostImageBytes is how large an image may be on Bluesky.
// https://github.com/bluesky-social/atproto/blob/main/lexicons/app/bsky/embed/images.json
const mostImageBytes = 1_000_000

// checkImages publishes one image and four, of which one is too large as it is.
func (w *atWorld) checkImages() {
	first := mediatest.JPEG(640, 400)
	_, record := w.record(w.post(map[string]any{
		"post": "One", "mediaUrls": []string{w.file("one.jpg", mediatest.Bytes(first))}, "blueSkyOptions": map[string]any{"altText": []string{"Four squares"}},
	}).ID)
	w.checkImage(dig(record, "embed", "images", 0), first, "Four squares", 640, 400)
	if more := dig(record, "embed", "images", 1); more != nil {
		w.t.Errorf("another image: %v", more)
	}

	files := [][]byte{mediatest.PNG(300, 300), mediatest.EncodeJPEG(mediatest.Noise(1200, 900), 95), mediatest.WebP(64, 48), mediatest.JPEG(100, 300)}
	if len(files[1]) <= mostImageBytes {
		w.t.Fatalf("the large image has only %d bytes", len(files[1]))
	}
	names := []string{"a.png", "b.jpg", "c.webp", "d.jpg"}
	var addresses []string
	for i, name := range names {
		addresses = append(addresses, w.file(name, mediatest.Bytes(files[i])))
	}
	_, record = w.record(w.post(map[string]any{"post": "Four", "mediaUrls": addresses, "blueSkyOptions": map[string]any{"altText": []string{"", "Noise"}}}).ID)
	w.checkImage(dig(record, "embed", "images", 0), files[0], "", 300, 300)
	w.checkImage(dig(record, "embed", "images", 2), files[2], "", 64, 48)
	w.checkImage(dig(record, "embed", "images", 3), files[3], "", 100, 300)
	scaled := dig(record, "embed", "images", 1)
	width, _ := dig(scaled, "aspectRatio", "width").(float64)
	height, _ := dig(scaled, "aspectRatio", "height").(float64)
	if got := w.blob(dig(scaled, "image")); len(got) > mostImageBytes || len(got) < mostImageBytes/10 || dig(scaled, "alt") != "Noise" || width*3 != height*4 {
		w.t.Errorf("the large image came out as %d bytes: %v", len(got), scaled)
	}
}

// checkImage looks at an image of a post, which has arrived as it was.
func (w *atWorld) checkImage(image any, content []byte, alt string, width, height float64) {
	w.t.Helper()
	want := map[string]any{"width": width, "height": height}
	if dig(image, "alt") != alt || !cmp.Equal(dig(image, "aspectRatio"), any(want)) {
		w.t.Errorf("%v, want %q, %v", image, alt, want)
	}
	if got := w.blob(dig(image, "image")); !bytes.Equal(got, content) {
		w.t.Errorf("%v is not the image of %d bytes: %d", image, len(content), len(got))
	}
}

// checkVideo publishes a video with captions.
func (w *atWorld) checkVideo() {
	content := mediatest.Whole(mediatest.Video(mediatest.VideoOptions{Size: 3 << 20, Duration: 10 * time.Second, Width: 1080, Height: 1920}))
	_, record := w.record(w.post(map[string]any{
		"post": "A film", "mediaUrls": []string{w.file("film.mp4", mediatest.Bytes(content))},
		"blueSkyOptions": map[string]any{"altText": []string{"Noise"}, "captions": []any{map[string]any{"url": w.file("words.srt", mediatest.Bytes(mediatest.SRT())), "language": "en"}}},
	}).ID)
	embed := dig(record, "embed")
	if dig(embed, "$type") != "app.bsky.embed.video" || dig(embed, "alt") != "Noise" || dig(embed, "captions", 0, "lang") != "en" ||
		!cmp.Equal(dig(embed, "aspectRatio"), any(map[string]any{"width": 1080.0, "height": 1920.0})) {
		w.t.Errorf("the film: %v", embed)
	}
	if got := w.blob(dig(embed, "video")); !bytes.Equal(got, content) {
		w.t.Errorf("the film of %d bytes arrived as %d other ones", len(content), len(got))
	}
	if got := w.blob(dig(embed, "captions", 0, "file")); !bytes.HasPrefix(got, []byte("WEBVTT\n")) || !bytes.Contains(got, []byte("00:00:00.000 --> 00:00:02.000\nHello")) {
		w.t.Errorf("captions: %q", got)
	}
}

// checkMediaLimits tries what Bluesky does not take, and Crier cannot change.
func (w *atWorld) checkMediaLimits() {
	video := func(o mediatest.VideoOptions) mediatest.Content { return mediatest.Video(o) }
	one := mediatest.Bytes(mediatest.JPEG(64, 64))
	for name, content := range map[string]mediatest.Content{
		"large.mp4":  video(mediatest.VideoOptions{Size: 100_000_001, Duration: time.Minute}),
		"long.mp4":   video(mediatest.VideoOptions{Size: 1 << 20, Duration: 181 * time.Second}),
		"moves.gif":  mediatest.Bytes(mediatest.GIF(64, 64, 3)),
		"phone.heic": mediatest.Bytes(mediatest.HEIC(2000)),
		"words.pdf":  mediatest.Bytes(mediatest.PDF()),
	} {
		w.refused(http.MethodPost, "/post", map[string]any{"post": "x", "platforms": []string{"bluesky"}, "mediaUrls": []string{w.file(name, content)}}, "mediaUrls[0]")
	}
	var five []string
	for _, name := range []string{"1.jpg", "2.jpg", "3.jpg", "4.jpg", "5.jpg"} {
		five = append(five, w.file(name, one))
	}
	w.refused(http.MethodPost, "/post", map[string]any{"post": "x", "platforms": []string{"bluesky"}, "mediaUrls": five}, "mediaUrls[4]")
}

// checkCard publishes the card of a link, with an image.
func (w *atWorld) checkCard() {
	thumb := mediatest.JPEG(400, 210)
	link := map[string]any{"url": "https://example.com/story", "title": "A story", "description": "Of a card", "thumbNail": w.file("thumb.jpg", mediatest.Bytes(thumb))}
	_, record := w.record(w.post(map[string]any{"post": "Read this", "blueSkyOptions": map[string]any{"link": link}}).ID)
	external, _ := dig(record, "embed", "external").(map[string]any)
	if external["uri"] != link["url"] || external["title"] != link["title"] || external["description"] != link["description"] {
		w.t.Errorf("the card: %v", record["embed"])
	}
	if got := w.blob(external["thumb"]); !bytes.Equal(got, thumb) {
		w.t.Errorf("its image of %d bytes arrived as %d other ones", len(thumb), len(got))
	}
}
