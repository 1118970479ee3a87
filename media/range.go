package media

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// section asks for a part of the file whose entity tag, if it has one, is still this.
// https://www.rfc-editor.org/rfc/rfc9110#section-14
func (w *web) section(ctx context.Context, u *url.URL, tag string, from, length int64) (section, error) {
	header := http.Header{"Range": {byteRange(from, length)}}
	if tag != "" {
		header.Set("If-Range", tag)
	}
	resp, err := w.get(ctx, u, header)
	if err != nil {
		return section{}, err
	}
	s, err := readSection(resp, tag)
	if err != nil {
		_ = resp.Body.Close()
	}
	return s, err
}

func byteRange(from, length int64) string {
	value := "bytes=" + strconv.FormatInt(from, 10) + "-"
	if length > 0 {
		value += strconv.FormatInt(from+length-1, 10)
	}
	return value
}

// readSection finds out what part of the file an answer holds.
func readSection(resp *http.Response, tag string) (section, error) {
	switch resp.StatusCode {
	case http.StatusPartialContent:
		if current := strongTag(resp); tag != "" && current != "" && current != tag {
			return section{}, changedMeanwhile() // the server does not heed If-Range
		}
		s, ok := parseContentRange(resp.Header.Get("Content-Range"))
		if !ok {
			return section{}, badAddress("the server answers 206 Partial Content without telling which part it sends", nil)
		}
		s.body = resp.Body
		return s, checkEncoding(resp)
	case http.StatusOK:
		if tag != "" && strongTag(resp) != tag {
			return section{}, changedMeanwhile()
		}
		return section{body: resp.Body, size: resp.ContentLength}, checkEncoding(resp)
	case http.StatusRequestedRangeNotSatisfiable:
		return section{}, changedMeanwhile()
	}
	return section{}, badStatus(resp)
}

// parseContentRange reads "bytes 100-199/1000"; the size is unknown where it is "*".
func parseContentRange(value string) (section, bool) {
	rest, isBytes := strings.CutPrefix(value, "bytes ")
	span, size, hasSize := strings.Cut(rest, "/")
	first, _, hasSpan := strings.Cut(span, "-")
	from, err := strconv.ParseInt(strings.TrimSpace(first), 10, 64)
	if !isBytes || !hasSize || !hasSpan || err != nil || from < 0 {
		return section{}, false
	}
	s := section{from: from, size: -1}
	if size != "*" {
		if s.size, err = strconv.ParseInt(size, 10, 64); err != nil || s.size <= from {
			return section{}, false
		}
	}
	return s, true
}

// strongTag returns an entity tag that stands for the very same bytes; "" if the
// answer has none.
func strongTag(resp *http.Response) string {
	tag := resp.Header.Get("ETag")
	if !strings.HasPrefix(tag, `"`) {
		return ""
	}
	return tag
}
