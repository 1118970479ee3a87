package media

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// version is what a server says about which state of a file it sends.
type version struct {
	tag      string // entity tag, strong or weak
	modified string
}

func versionOf(resp *http.Response) version {
	return version{tag: resp.Header.Get("ETag"), modified: resp.Header.Get("Last-Modified")}
}

// strong returns the entity tag if it stands for the very same bytes.
func (v version) strong() string {
	if strings.HasPrefix(v.tag, `"`) {
		return v.tag
	}
	return ""
}

// contradicts tells whether two answers cannot be about the same state. Tags decide
// where both have one: the servers behind one address may disagree about the time.
func (v version) contradicts(other version) bool {
	if v.tag != "" && other.tag != "" {
		return strings.TrimPrefix(v.tag, "W/") != strings.TrimPrefix(other.tag, "W/")
	}
	return v.modified != "" && other.modified != "" && v.modified != other.modified
}

// section asks for a part of the file if it is still of this version.
// https://www.rfc-editor.org/rfc/rfc9110#section-14
func (w *web) section(ctx context.Context, u *url.URL, v version, from, length int64) (section, error) {
	header := plainFile()
	header.Set("Range", byteRange(from, length))
	if v.strong() != "" {
		header.Set("If-Range", v.strong())
	}
	resp, err := w.get(ctx, u, header)
	if err != nil {
		return section{}, err
	}
	s, err := readSection(resp, v)
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

// readSection finds out what part of the file an answer holds. The answer is looked at
// even where If-Range was sent: not every server heeds it.
func readSection(resp *http.Response, v version) (section, error) {
	switch resp.StatusCode {
	case http.StatusPartialContent, http.StatusOK:
		if v.contradicts(versionOf(resp)) {
			return section{}, changedMeanwhile()
		}
	case http.StatusRequestedRangeNotSatisfiable:
		return section{}, changedMeanwhile()
	default:
		return section{}, badStatus(resp, "file")
	}
	s := section{size: resp.ContentLength}
	if resp.StatusCode == http.StatusPartialContent {
		var ok bool
		if s, ok = parseContentRange(resp.Header.Get("Content-Range")); !ok {
			return section{}, badAddress("the server answers 206 Partial Content without telling which part it sends", nil)
		}
	}
	s.body = resp.Body
	s.same = v.strong() != "" && versionOf(resp).strong() == v.strong()
	return s, checkEncoding(resp)
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
