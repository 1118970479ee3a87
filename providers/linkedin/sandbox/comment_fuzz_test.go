package sandbox_test

import (
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

// FuzzComment sends any bytes as a comment: what is accepted is shown as it came, whole,
// with its mentions where they were said to be.
func FuzzComment(f *testing.F) {
	s := sandbox.New(sandbox.Options{Clock: coretest.NewClock(coretest.Epoch()), EveryVersion: true})
	f.Cleanup(func() { _ = s.Close() })
	send := func(tb testing.TB, method, target, content string) *httptest.ResponseRecorder {
		tb.Helper()
		r := httptest.NewRequestWithContext(tb.Context(), method, target, strings.NewReader(content))
		for name, v := range map[string]string{
			"Authorization": "Bearer " + sandbox.PageToken, "LinkedIn-Version": "202606", "X-Restli-Protocol-Version": "2.0.0",
			"Content-Type": "application/json", "Content-Length": "1",
		} {
			r.Header.Set(name, v)
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		return w
	}
	urn := send(f, "POST", "/rest/posts", body(nil)).Header().Get("X-Restli-Id")
	f.Add(said(urn, `Plain \(text\)`, nil))
	f.Add(said(urn, "👋 Crier Demo", m{"message": m{"text": "👋 Crier Demo", "attributes": []any{
		m{"start": 3, "length": 10, "value": m{"com.linkedin.common.CompanyAttributedEntity": m{"company": sandbox.PageURN}}},
	}}}))
	f.Add(said(urn, "x", m{"content": []any{m{"entity": m{"image": "urn:li:image:C4"}}}}))
	f.Add(`{"message":{"attributes":[{"start":1e9,"length":-1}]}}`)
	f.Fuzz(func(t *testing.T, content string) {
		w := send(t, "POST", commentsPath(urn), content)
		if w.Code >= 400 && w.Code < 500 {
			return
		}
		if w.Code != 201 {
			t.Fatalf("status %d: %s", w.Code, w.Body)
		}
		all := s.Comments(urn)
		var c sandbox.Comment
		for _, one := range all {
			if one.ID == w.Header().Get("X-Restli-Id") {
				c = one
			}
		}
		var shown strings.Builder
		for _, span := range c.Spans {
			shown.WriteString(span.Text)
		}
		if shown.String() != c.Text || !utf8.ValidString(c.Text) || c.ID == "" {
			t.Errorf("sent %q, shown %q", c.Text, shown.String())
		}
		if w := send(t, "DELETE", commentsPath(urn)+"/"+c.ID+"?actor="+enc(c.Actor), ""); w.Code != 204 {
			t.Errorf("delete: status %d: %s", w.Code, w.Body)
		}
	})
}
