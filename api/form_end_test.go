package api

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
)

func TestEndWatcher(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]bool{
		"":                       false,
		"--b\r\n":                false,
		"--b\r\n\r\nx\r\n--b-":   false,
		"--b\r\n\r\nx\r\n--b--":  true,
		"x--b--epilogue":         true,
		"--b---b--":              true,
		"-- b--":                 false,
		"----b-\r\n-b--\r\n--b-": false,
	} {
		for _, r := range []io.Reader{strings.NewReader(body), iotest.OneByteReader(strings.NewReader(body)), iotest.HalfReader(strings.NewReader(body))} {
			w := watchEnd(&http.Request{Header: http.Header{"Content-Type": {"multipart/form-data; boundary=b"}}, Body: io.NopCloser(r)})
			if got, err := io.ReadAll(w); string(got) != body || err != nil || w.seen != want {
				t.Errorf("%q: read %q, %v; seen %v, want %v", body, got, err, w.seen, want)
			}
		}
	}
}
