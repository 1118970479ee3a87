package sandbox_test

import (
	"archive/zip"
	"bytes"
	"compress/zlib"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

func (b *box) initializeDocument(owner string, edits ...edit) (address, urn string) {
	b.t.Helper()
	a := b.want(http.StatusOK, "POST", "/rest/documents?action=initializeUpload", fmt.Sprintf(`{"initializeUploadRequest":{"owner":%q}}`, owner), edits...)
	var v struct{ Value map[string]any }
	a.decode(b.t, &v)
	address, _ = v.Value["uploadUrl"].(string)
	urn, _ = v.Value["document"].(string)
	if len(v.Value) != 3 || v.Value["uploadUrlExpiresAt"] == nil || !strings.HasPrefix(urn, "urn:li:document:") {
		b.t.Fatalf("answer %s", a.body)
	}
	return address, urn
}

// document uploads a document and returns its URN.
func (b *box) document(owner, content string, edits ...edit) string {
	b.t.Helper()
	address, urn := b.initializeDocument(owner, edits...)
	b.want(http.StatusCreated, "PUT", address, content, edits...)
	return urn
}

// pdfOf is a PDF as far as its page objects matter.
func pdfOf(pages int) string {
	var out strings.Builder
	out.WriteString("%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n2 0 obj\n<< /Type/Pages /Count 1 >>\nendobj\n")
	for i := range pages {
		fmt.Fprintf(&out, "%d 0 obj\n<< /Type /Page\n/Parent 2 0 R >>\nendobj\n", i+3)
		if i%50 == 0 {
			out.WriteString("% " + strings.Repeat("padding ", 10_000) + "\n")
		}
	}
	return out.String() + "%%EOF\n"
}

// compressedPDF is a PDF whose page objects are in a compressed object stream.
func compressedPDF(t *testing.T, pages int) string {
	t.Helper()
	var data bytes.Buffer
	w := zlib.NewWriter(&data)
	for range pages {
		if _, err := fmt.Fprint(w, "<</Type/Page/Parent 2 0 R>>"); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%%PDF-1.7\n5 0 obj\n<< /Type /ObjStm /N %d /Length %d /Filter /FlateDecode >>\nstream\r\n%s\nendstream\nendobj\n", pages, data.Len(), data.String())
}

func zipOf(t *testing.T, names ...string) string {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, name := range names {
		if _, err := w.Create(name); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func slides(n int) []string {
	names := []string{"[Content_Types].xml", "ppt/presentation.xml"}
	for i := range n {
		names = append(names, fmt.Sprintf("ppt/slides/slide%d.xml", i+1), fmt.Sprintf("ppt/slides/_rels/slide%d.xml.rels", i+1))
	}
	return names
}

func compound(stream string) string {
	var wide strings.Builder
	for _, c := range stream {
		wide.WriteString(string(c) + "\x00")
	}
	return "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 300_000) + wide.String() + strings.Repeat("\x00", 100)
}

func TestProcessingLooksAtTheDocument(t *testing.T) {
	t.Parallel()
	b := start(t)
	const (
		word    = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
		present = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
	)
	for _, tt := range []struct {
		name, content string
		mime          string
		pages         int
		failure       string
	}{
		{"PDF", pdfOf(3), "application/pdf", 3, ""},
		{"PDF of 300 pages", pdfOf(300), "application/pdf", 300, ""},
		{"PDF of 301 pages", pdfOf(301), "application/pdf", 301, "more than 300 pages"},
		{"compressed PDF", compressedPDF(t, 4), "application/pdf", 4, ""},
		{"compressed PDF of 301 pages", compressedPDF(t, 301), "application/pdf", 301, "more than 300 pages"},
		{"PDF of which nothing is known", "%PDF-1.4\n", "application/pdf", 0, ""},
		{"DOCX", zipOf(t, "[Content_Types].xml", "word/document.xml"), word, 0, ""},
		{"PPTX", zipOf(t, slides(12)...), present, 12, ""},
		{"PPTX of 301 slides", zipOf(t, slides(301)...), present, 301, "more than 300 pages"},
		{"XLSX", zipOf(t, "[Content_Types].xml", "xl/workbook.xml"), "application/zip", 0, "not a PDF"},
		{"cut ZIP", zipOf(t, "word/document.xml")[:40], "application/zip", 0, "damaged"},
		{"DOC", compound("WordDocument"), "application/msword", 0, ""},
		{"PPT", compound("PowerPoint Document"), "application/vnd.ms-powerpoint", 0, ""},
		{"XLS", compound("Workbook"), "application/x-ole-storage", 0, "not a PDF"},
		{"image", string(pngOf(t, 2, 2)), "application/octet-stream", 0, "not a PDF"},
		{"web page", "<!doctype html>", "application/octet-stream", 0, "not a PDF"},
		{"empty", "", "application/octet-stream", 0, "not a PDF"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := b.at(t)
			urn := b.document(sandbox.PageURN, tt.content)
			var got sandbox.Document
			for _, d := range b.Documents() {
				if d.URN == urn {
					got = d
				}
			}
			if got.ContentType != tt.mime || got.Pages != tt.pages || !strings.Contains(got.Failure, tt.failure) || (got.Failure != "") != (tt.failure != "") {
				t.Errorf("%+v", got)
			}
			var state struct {
				Status      string
				DownloadURL string
			}
			b.want(http.StatusOK, "GET", "/rest/documents/"+enc(urn), "").decode(t, &state)
			want := "AVAILABLE"
			if tt.failure != "" {
				want = "PROCESSING_FAILED"
			}
			if state.Status != want || (state.DownloadURL != "") != (tt.failure == "") {
				t.Errorf("state %+v, want %s", state, want)
			}
		})
	}
}

func TestLargeDocuments(t *testing.T) {
	t.Parallel()
	const largest = 100 << 20
	for size, failure := range map[int64]string{largest: "", largest + 1: "document is larger than 100 MB"} {
		if got := sandbox.DocumentFailure([]byte(pdfOf(1)), size); got != failure {
			t.Errorf("%d bytes: %q, want %q", size, got, failure)
		}
	}
}

func TestPostOfADocument(t *testing.T) {
	t.Parallel()
	b := start(t, func(o *sandbox.Options) { o.ProcessingPolls = 1 })
	content := pdfOf(2)
	urn := b.document(sandbox.PageURN, content)
	create := body(m{"content": m{"media": m{"id": urn, "title": `Über "uns"/<alles>`}}})
	if got := b.want(http.StatusBadRequest, "POST", "/rest/posts", create).problem(t).Code; got != "MEDIA_ASSET_WAITING_UPLOAD" {
		t.Errorf("code %s", got)
	}
	id := b.want(http.StatusCreated, "POST", "/rest/posts", create).header.Get("x-restli-id")
	if !strings.HasPrefix(id, "urn:li:share:") {
		t.Errorf("post %s", id)
	}
	post, _ := b.Post(id)
	want := []sandbox.Media{{
		ID: urn, Kind: "document", Title: `Über "uns"/<alles>`, ContentType: "application/pdf", Pages: 2, Size: int64(len(content)),
		SHA256: b.Documents()[0].SHA256, DownloadURL: "/dms/document/" + strings.TrimPrefix(urn, "urn:li:document:"),
	}}
	if diff := cmp.Diff(want, post.Media); diff != "" {
		t.Errorf("media (-want +got):\n%s", diff)
	}
	a := b.want(http.StatusOK, "GET", post.Media[0].DownloadURL+"?title="+enc(post.Media[0].Title), "", without("Authorization"))
	if a.body != content || a.header.Get("Content-Type") != "application/pdf" {
		t.Error("the download differs from the upload")
	}
	b.wantHarmless(a)
	if got := a.header.Get("Content-Disposition"); got != `attachment; filename*=utf-8''%C3%9Cber%20_uns___alles_.pdf` {
		t.Errorf("Content-Disposition: %s", got)
	}
	for title, name := range map[string]string{
		"": "document.pdf", "..": "document.pdf", "a.PDF": "a.PDF", "../../b": "_.._b.pdf", "c\r\nX: y\x7f": `"c__X_ y_.pdf"`,
	} {
		got := b.want(http.StatusOK, "GET", post.Media[0].DownloadURL+"?title="+enc(title), "").header.Get("Content-Disposition")
		if want := "attachment; filename=" + name; got != want {
			t.Errorf("title %q: Content-Disposition: %s, want %s", title, got, want)
		}
	}
	foreign := b.document(sandbox.JaneURN, content)
	e := b.want(http.StatusBadRequest, "POST", "/rest/posts", body(m{"content": m{"media": m{"id": foreign, "title": "t"}}})).problem(t)
	if e.Code != "INVALID_URN_ID" {
		t.Errorf("document of another owner: %+v", e)
	}
}

func TestDocumentsAreForCommunityApps(t *testing.T) {
	t.Parallel()
	b := start(t)
	member := token(sandbox.MemberToken)
	urn := b.document(sandbox.JaneURN, pdfOf(1), member)
	a := b.want(http.StatusForbidden, "GET", "/rest/documents/"+enc(urn), "", member)
	if want := "Accessing this document resource is forbidden. Please check your permissions for this resource"; a.problem(t).Message != want {
		t.Errorf("body %s", a.body)
	}
	b.want(http.StatusCreated, "POST", "/rest/posts", body(m{"author": sandbox.JaneURN, "content": m{"media": m{"id": urn, "title": "t"}}}), member)
	address, _ := b.initializeDocument(sandbox.PageURN)
	b.want(http.StatusUnauthorized, "PUT", address, pdfOf(1), without("Authorization"))
	b.want(http.StatusForbidden, "PUT", address, pdfOf(1), token(sandbox.OtherToken))
}

// A text that is repeated counts as a duplicate whatever is attached to it. Posts
// without any text are compared by the bytes of their media.
func TestDuplicatesOfMediaAlone(t *testing.T) {
	t.Parallel()
	b := start(t)
	first, second := clipOf(2*mib), clip{duration: 11e9, width: 640, height: 360, size: 2 * mib}.bytes()
	changed := bytes.Clone(first)
	changed[len(changed)-1]++
	create := func(urn string) answer {
		media := m{"id": urn}
		if strings.Contains(urn, ":document:") {
			media["title"] = "t"
		}
		return b.do("POST", "/rest/posts", body(m{"commentary": "", "content": m{"media": media}}))
	}
	for _, tt := range []struct {
		name, urn string
		status    int
	}{
		{"video", b.video(sandbox.PageURN, first), 201},
		{"the same video uploaded again", b.video(sandbox.PageURN, first), 422},
		{"another video of that size", b.video(sandbox.PageURN, second), 201},
		{"a video with another end", b.video(sandbox.PageURN, changed), 201},
		{"document", b.document(sandbox.PageURN, pdfOf(1)), 201},
		{"the same document uploaded again", b.document(sandbox.PageURN, pdfOf(1)), 422},
		{"another document", b.document(sandbox.PageURN, pdfOf(2)), 201},
	} {
		if a := create(tt.urn); a.status != tt.status {
			t.Errorf("%s: status %d, want %d: %s", tt.name, a.status, tt.status, a.body)
		}
	}
}

func TestControlShowsUploads(t *testing.T) {
	t.Parallel()
	b := start(t, func(o *sandbox.Options) { o.PartBytes = 50_000 })
	content := clipOf(80_000)
	b.want(http.StatusCreated, "POST", "/sandbox/faults", `{"match":"PUT */uploaded-video/2","action":"cutDuring","bytes":1000}`)
	if f := b.Faults(); len(f) != 1 || f[0].Fault.Bytes != 1000 || !strings.Contains(b.do("GET", "/sandbox/faults", "").body, `"bytes": 1000`) {
		t.Errorf("faults %+v", f)
	}
	place := b.initializeVideo(sandbox.PageURN, len(content), "")
	if _, err := b.try("PUT", place.Instructions[1].URL, place.slice(1, content), partHeaders); err == nil {
		t.Fatal("the connection was not cut")
	}
	b.want(http.StatusOK, "POST", finalizeTarget, finalizeBody(place, b.fill(place, content)))
	b.document(sandbox.PageURN, pdfOf(1))
	want, known := b.Video(place.Video)
	if !known || want.Parts[1].Attempts != 2 || want.Parts[1].Uploads != 1 || len(want.SHA256) != 64 || want.ContentType != "video/mp4" {
		t.Errorf("video %+v", want)
	}
	for target, list := range map[string]bool{"/sandbox/videos": true, "/sandbox/videos/" + place.Video: false} {
		a := b.want(http.StatusOK, "GET", target, "", without("Authorization"))
		var got []sandbox.Video
		if !list {
			a.body = "[" + a.body + "]"
		}
		if err := json.Unmarshal([]byte(a.body), &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]sandbox.Video{want}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", target, diff)
		}
	}
	b.want(http.StatusNotFound, "GET", "/sandbox/videos/urn:li:video:x", "")
	var documents []sandbox.Document
	b.want(http.StatusOK, "GET", "/sandbox/documents", "").decode(t, &documents)
	if diff := cmp.Diff(b.Documents(), documents); diff != "" || len(documents) != 1 {
		t.Errorf("documents (-want +got):\n%s", diff)
	}
	if c := b.Counts(); c.Videos != 1 || c.Documents != 1 || c.Images != 0 {
		t.Errorf("counts %+v", c)
	}
}
