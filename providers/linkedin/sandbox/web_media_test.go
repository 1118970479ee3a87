package sandbox_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

func TestPageOfAVideo(t *testing.T) {
	t.Parallel()
	b := start(t)
	content := clip{duration: 3_723_000_000, width: 640, height: 360, size: 1_500_000}.bytes()
	place := b.initializeVideo(sandbox.PageURN, len(content), bothAttachments)
	b.want(http.StatusCreated, "PUT", place.ThumbnailURL, string(pngOf(t, 64, 36)), partHeaders)
	form, kind := formOf(t, metadata(goodMetadata), srt(goodSRT))
	b.want(http.StatusCreated, "POST", place.CaptionsURL, form, kind)
	b.want(http.StatusOK, "POST", finalizeTarget, finalizeBody(place, b.fill(place, content)))
	urn := b.post(m{"content": m{"media": m{"id": place.Video, "title": "A <clip>"}}})
	path := "/dms/video/" + strings.TrimPrefix(place.Video, "urn:li:video:")
	for _, target := range []string{"/feed/update/" + urn + "/", "/sandbox/", "/company/crier-demo/"} {
		a := b.want(http.StatusOK, "GET", target, "", without("Authorization"))
		for _, want := range []string{
			`<video controls preload="metadata" width="640" height="360" poster="` + path + `/thumbnail">`,
			`<source src="` + path + `" type="video/mp4">`,
			`<track kind="captions" src="` + path + `/captions" srclang="en" label="en" default>`,
			"A &lt;clip&gt;", "0:04 · 640 × 360 · 1.5 MB",
		} {
			if !strings.Contains(a.body, want) {
				t.Errorf("%s lacks %s", target, want)
			}
		}
		if strings.Contains(a.body, "<figure>") {
			t.Errorf("%s shows the video as a picture", target)
		}
	}
	for _, target := range []string{path, path + "/thumbnail", path + "/captions"} {
		b.wantHarmless(b.want(http.StatusOK, "GET", target, ""))
	}
	a := b.want(http.StatusPartialContent, "GET", path, "", with("Range", "bytes=4-7"))
	if a.body != "ftyp" || a.header.Get("Content-Range") != "bytes 4-7/1500000" {
		t.Errorf("range %q of %s", a.body, a.header.Get("Content-Range"))
	}
}

// wantHarmless checks that a browser runs nothing of a file that somebody uploaded.
func (b *box) wantHarmless(a answer) {
	b.t.Helper()
	if a.header.Get("Content-Security-Policy") != "default-src 'none'; sandbox" || a.header.Get("X-Content-Type-Options") != "nosniff" {
		b.t.Errorf("headers %v", a.header)
	}
}

func TestPageOfADocument(t *testing.T) {
	t.Parallel()
	b := start(t)
	for pages, want := range map[int]string{1: "1 page · ", 2: "2 pages · "} {
		id := b.document(sandbox.PageURN, pdfOf(pages))
		urn := b.post(m{"commentary": want, "content": m{"media": m{"id": id, "title": `The "<plan>"`}}})
		a := b.want(http.StatusOK, "GET", "/feed/update/"+urn+"/", "", without("Authorization"))
		link := `href="/dms/document/` + strings.TrimPrefix(id, "urn:li:document:") + `?title=The%20%22%3cplan%3e%22"`
		for _, want := range []string{want, link, ">PDF<", "The &#34;&lt;plan&gt;&#34;", "<dt>Document 1</dt>"} {
			if !strings.Contains(a.body, want) {
				t.Errorf("the page lacks %s", want)
			}
		}
	}
}

func TestDurationsAndSizesAsPeopleReadThem(t *testing.T) {
	t.Parallel()
	for ms, want := range map[int64]string{0: "0:00", 3_499: "0:03", 62_000: "1:02", 11_524_000: "3:12:04"} {
		if got := sandbox.ClockTime(ms); got != want {
			t.Errorf("%d ms are %q, want %q", ms, got, want)
		}
	}
	for n, want := range map[int64]string{2: "2 bytes", 999: "999 bytes", 75_000: "75.0 kB", 1_500_000: "1.5 MB"} {
		if got := sandbox.ByteCount(n); got != want {
			t.Errorf("%d bytes are %q, want %q", n, got, want)
		}
	}
}
