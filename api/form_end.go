package api

import (
	"bytes"
	"io"
	"mime"
	"net/http"
)

// endWatcher looks for the line that closes a form. multipart.Reader takes a body that
// breaks off within the header of a part for a complete one.
// https://www.rfc-editor.org/rfc/rfc2046#section-5.1.1
type endWatcher struct {
	io.ReadCloser
	line []byte // what begins the line: "--boundary--"
	tail []byte // the last bytes before what is read next
	seen bool
}

// watchEnd watches the body of a request that is a form.
func watchEnd(r *http.Request) *endWatcher {
	_, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type")) // what is wrong with it, MultipartReader tells
	w := &endWatcher{ReadCloser: r.Body, line: []byte("--" + params["boundary"] + "--")}
	r.Body = w
	return w
}

// Read implements io.Reader.
func (w *endWatcher) Read(p []byte) (int, error) {
	n, err := w.ReadCloser.Read(p)
	if w.seen || n == 0 {
		return n, err
	}
	keep := len(w.line) - 1
	w.tail = append(w.tail, p[:min(n, keep)]...)
	w.seen = bytes.Contains(w.tail, w.line) || bytes.Contains(p[:n], w.line)
	if n > keep {
		w.tail = append(w.tail[:0], p[n-keep:n]...)
	} else if len(w.tail) > keep {
		w.tail = append(w.tail[:0], w.tail[len(w.tail)-keep:]...)
	}
	return n, err
}
