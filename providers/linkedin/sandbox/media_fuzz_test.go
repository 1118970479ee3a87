package sandbox

import (
	"bytes"
	"io"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/crier-social/crier/core/coretest"
)

// FuzzDocumentFacts reads any bytes as a document.
func FuzzDocumentFacts(f *testing.F) {
	f.Add([]byte("%PDF-1.4\n<< /Type /Page >>\n<< /Type /ObjStm >>\nstream\n\x78\x9c"))
	f.Add([]byte("PK\x03\x04"))
	f.Add([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1W\x00o\x00r\x00d\x00D\x00o\x00c\x00u\x00m\x00e\x00n\x00t\x00"))
	f.Fuzz(func(t *testing.T, content []byte) {
		facts := examineDocument(bytes.NewReader(content), int64(len(content)))
		known := documentEnding(facts.MIME) != ""
		if facts.Failure == "" && (!known || facts.Pages > maxDocumentPages) || facts.Pages < 0 {
			t.Errorf("%+v", facts)
		}
	})
}

// FuzzCaptions reads any bytes as captions: what is taken can be shown by a browser,
// with as many captions as were counted.
func FuzzCaptions(f *testing.F) {
	f.Add("1\n00:00:00,000 --> 00:00:02,500\nHello\n\n2\n00:00:03,000 --> 00:00:04,000\n")
	f.Add("\xef\xbb\xbf1\r\n100:00:00,000 --> 100:00:02,500\r\nx\r\n")
	f.Add("WEBVTT\n\n00:00.000 --> 00:02.500\n")
	f.Fuzz(func(t *testing.T, content string) {
		cues, err := checkSRT(strings.NewReader(content))
		if err != nil {
			return
		}
		var out bytes.Buffer
		if err := writeVTT(&out, strings.NewReader(content)); err != nil {
			t.Fatalf("%d captions cannot be written: %v", cues, err)
		}
		if n := strings.Count(out.String(), " --> "); cues < 1 || n < cues || !strings.HasPrefix(out.String(), "WEBVTT\n\n") {
			t.Errorf("%d captions became %d", cues, n)
		}
	})
}

// FuzzCaptionsForm sends any form to the captions address: the answer is a 201 or a
// 4xx, and nothing is left behind after the latter.
func FuzzCaptionsForm(f *testing.F) {
	form := "--B\r\nContent-Disposition: form-data; name=\"metadata\"\r\n\r\n" +
		`{"format":"SRT","source":"USER_PROVIDED","transcriptType":"CLOSED_CAPTION","locale":{"language":"EN"}}` +
		"\r\n--B\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n1\n00:00:00,000 --> 00:00:02,500\nHi\n\r\n--B--\r\n"
	f.Add("multipart/form-data; boundary=B", form)
	f.Add("multipart/form-data; boundary=B", strings.ReplaceAll(form, "file", "metadata"))
	f.Add("multipart/form-data; boundary=C", form)
	f.Add("multipart/mixed", "")
	dir := f.TempDir()
	s := New(Options{Clock: coretest.NewClock(coretest.Epoch()), EveryVersion: true, Dir: dir})
	f.Cleanup(func() { _ = s.Close() })
	begin := func(t *testing.T) *asset {
		t.Helper()
		s.Reset()
		body := `{"initializeUploadRequest":{"owner":"` + PageURN + `","fileSizeBytes":80000,"uploadCaptions":true}}`
		r := httptest.NewRequestWithContext(t.Context(), "POST", "/rest/videos?action=initializeUpload", strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+PageToken)
		r.Header.Set("LinkedIn-Version", "202606")
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		if s.ServeHTTP(w, r); w.Code != 200 {
			t.Fatalf("status %d: %s", w.Code, w.Body)
		}
		return s.assetOrder[0]
	}
	f.Fuzz(func(t *testing.T, contentType, content string) {
		a := begin(t)
		r := httptest.NewRequestWithContext(t.Context(), "POST", a.video.captionsURI, io.NopCloser(strings.NewReader(content)))
		r.Header.Set("Authorization", "Bearer "+PageToken)
		r.Header.Set("LinkedIn-Version", "202606")
		r.Header.Set("Content-Type", contentType)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if taken := a.video.captions != nil; taken != (w.Code == 201) || !taken && (w.Code < 400 || w.Code >= 500) {
			t.Errorf("status %d, taken: %v: %s", w.Code, taken, w.Body)
		}
		if files, err := os.ReadDir(dir); err != nil || len(files) > 0 && a.video.captions == nil {
			t.Errorf("left behind: %v (%v)", files, err)
		}
	})
}
