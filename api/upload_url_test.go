package api_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/api"
	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
)

// uploadPath asks for an address to send a file to.
func (s *server) uploadPath(name string) (path string, r *response) {
	s.t.Helper()
	r = s.call(http.MethodGet, query("/media/uploadUrl", "fileName", name), nil).want(http.StatusOK)
	return strings.TrimPrefix(r.text("uploadUrl"), "https://crier.example"), r
}

// put sends a file without a key.
func (s *server) put(path string, body any, headers ...header) *response {
	s.t.Helper()
	contentType := header{"Content-Type", "application/octet-stream"}
	if !slices.ContainsFunc(headers, func(h header) bool { return h.name == contentType.name }) {
		headers = append(headers, contentType)
	}
	return s.send(s.t.Context(), http.MethodPut, path, body, headers...)
}

func TestUploadURL(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(o *options) { o.idle = true })
	path, r := s.uploadPath("Harbour at dawn.png")
	access := strings.TrimPrefix(r.text("accessUrl"), "https://crier.example")
	equal(t, []string{"application/octet-stream", "2027-01-05T10:00:00.000Z"}, []string{r.text("contentType"), s.clockless(r.text("expires"))})
	s.send(t.Context(), http.MethodGet, access, nil).want(http.StatusNotFound)

	done := s.put("/api"+path, picture()).want(http.StatusOK)
	equal(t, []string{"success", "Harbour at dawn.png", "image/png", r.text("id"), r.text("accessUrl")},
		[]string{done.text("status"), done.text("fileName"), done.text("contentType"), done.text("id"), done.text("url")})
	equal(t, picture(), s.send(t.Context(), http.MethodGet, access, nil).want(http.StatusOK).body)
	equal(t, []string{"Harbour at dawn.png"}, s.uploads.names())

	// An address is good for one file.
	s.put(path, "other").want(http.StatusForbidden)
	equal(t, picture(), s.send(t.Context(), http.MethodGet, access, nil).want(http.StatusOK).body)
}

// clockless checks that a time is half an hour ahead, and returns a fixed one then.
func (s *server) clockless(stamp string) string {
	s.t.Helper()
	at, err := time.Parse(time.RFC3339, stamp)
	if err != nil || at.Sub(s.clock.Now()).Round(time.Second) != 30*time.Minute {
		return stamp
	}
	return "2027-01-05T10:00:00.000Z"
}

func TestUploadURLTypes(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(o *options) { o.idle = true })
	for given, want := range map[string]string{
		"mp4": "video/mp4", "MOV": "video/quicktime", "quicktime": "video/quicktime", "png": "image/png", "jpg": "image/jpeg",
		".jpeg": "image/jpeg", "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
		"": "application/octet-stream", "Video/MP4; codecs=avc1": "video/mp4", "x/y": "x/y",
	} {
		r := s.call(http.MethodGet, query("/media/uploadUrl", "fileName", "a", "contentType", given), nil).want(http.StatusOK)
		equal(t, want, r.text("contentType"))
	}
	for bad, fields := range map[string][]string{
		"?contentType=mp5": {"contentType", "fileName"}, "?fileName=a&contentType=video": {"contentType"}, "?fileName=a&contentType=video/": {"contentType"},
		"?fileName=" + strings.Repeat("a", 256): {"fileName"}, "?fileName=%ff": {"fileName"}, "?fileName=a&fileName=b": {"fileName"}, "": {"fileName"},
	} {
		equal(t, fields, s.call(http.MethodGet, "/media/uploadUrl"+bad, nil).want(http.StatusBadRequest).fields())
	}
}

func TestFillProblems(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(o *options) { o.idle, o.api = true, func(c *api.Config) { c.MaxPut = 100 } })
	path, _ := s.uploadPath("a.txt")
	s.put(path[:len(path)-1]+"0x", "1").want(http.StatusNotFound)
	equal(t, "upload", s.put("/media/upload/none/none", "1").want(http.StatusNotFound).text("action"))
	equal(t, core.CodeContentType, s.put(path, "1", header{"Content-Type", "multipart/form-data; boundary=x"}).want(http.StatusUnsupportedMediaType).problems()[0].Code)
	s.put(path, "1", header{"Content-Encoding", "gzip"}).want(http.StatusUnsupportedMediaType)
	for name, body := range map[string]any{"announced": strings.Repeat("x", 101), "unannounced": unannounced(strings.Repeat("x", 101))} {
		r := s.put(path, body).want(http.StatusRequestEntityTooLarge)
		equal(t, []string{name, "the file is larger than the 100 bytes that may be uploaded at once", "Make the file smaller, or ask the operator to raise CRIER_MAX_UPLOAD."},
			[]string{name, r.text("message"), r.text("help")})
	}
	s.put(path, "").want(http.StatusBadRequest)
	equal(t, 0, len(s.uploads.names()))
	s.put(path, "1").want(http.StatusOK) // nothing of that used it up

	late, _ := s.uploadPath("b.txt")
	s.clock.Advance(31 * time.Minute)
	s.put(late, "1").want(http.StatusForbidden)
	equal(t, []string{"a.txt"}, s.uploads.names())
}

// slowPut sends a file in two halves over a connection of its own: the second when
// between was called. It returns the answer's status and body.
func (s *server) slowPut(path, body string, length int, between func()) (status int, answer string, err error) {
	s.t.Helper()
	u, err := url.Parse(s.url)
	if err != nil {
		s.t.Fatal(err)
	}
	conn, err := (&net.Dialer{}).DialContext(s.t.Context(), "tcp", u.Host)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(coretest.Patience)); err != nil {
		s.t.Fatal(err)
	}
	if _, err := fmt.Fprintf(conn, "PUT %s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s", path, length, body[:len(body)/2]); err != nil {
		return 0, "", err
	}
	between()
	if _, err := io.WriteString(conn, body[len(body)/2:]); err != nil {
		return 0, "", err
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0, "", err
	}
	data, err := io.ReadAll(res.Body)
	return res.StatusCode, string(data), errors.Join(err, res.Body.Close())
}

// TestSlowUpload sends a file for longer than the server gives to a request.
func TestSlowUpload(t *testing.T) {
	t.Parallel()
	coretest.LongEnough(t, 50*time.Millisecond, func(limit time.Duration) error {
		s := newServer(t, func(o *options) { o.idle = true })
		path, _ := s.uploadPath("a.txt")
		s.listen(func(srv *http.Server) { srv.ReadTimeout = limit })
		status, answer, err := s.slowPut(path, "slowly but surely", 17, func() { <-time.After(2 * limit) })
		if err != nil {
			return err
		}
		if status != http.StatusOK {
			return fmt.Errorf("status %d: %s", status, answer)
		}
		equal(t, []string{"a.txt"}, s.uploads.names())
		return nil
	})
}

// TestStalledUpload gives up a client that sends no more; the file can be sent again.
func TestStalledUpload(t *testing.T) {
	t.Parallel()
	coretest.LongEnough(t, 50*time.Millisecond, func(limit time.Duration) error {
		s := newServer(t, func(o *options) { o.idle, o.api = true, func(c *api.Config) { c.UploadPause = limit } })
		path, _ := s.uploadPath("a.txt")
		status, answer, err := s.slowPut(path, "half", 100, func() {})
		if err != nil {
			t.Fatal(err)
		}
		equal(t, http.StatusBadRequest, status)
		if !strings.Contains(answer, "nothing arrived for "+limit.String()) {
			t.Errorf("the answer is %s", answer)
		}
		if r := s.put(path, "whole"); r.status != http.StatusOK {
			return fmt.Errorf("status %d: %s", r.status, r.body)
		}
		return nil
	})
}

func TestGallery(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(o *options) { o.idle, o.quota = true, 1000 })
	empty := s.call(http.MethodGet, "/media", nil).want(http.StatusOK).object()
	equal(t, any([]any{}), empty["media"])
	var ids []string
	for i := range 5 {
		s.clock.Advance(time.Second)
		body, contentType := form(t, part{"file", fmt.Sprintf("%d.txt", i), "text"})
		ids = append(ids, s.call(http.MethodPost, "/media/upload", body, contentType).want(http.StatusOK).text("id"))
	}
	other, err := s.uploads.Gallery.Save(t.Context(), core.NewUpload{ProfileID: "other", Name: "secret.txt"}, strings.NewReader("secret"))
	if err != nil {
		t.Fatal(err)
	}
	s.uploadPath("pending.txt")

	var listed []string
	pages := 0
	for cursor := ""; ; pages++ {
		page := s.call(http.MethodGet, query("/media", "limit", "2", "cursor", cursor), nil).want(http.StatusOK).object()
		for _, entry := range page["media"].([]any) {
			listed = append(listed, entry.(jsonMap)["id"].(string))
		}
		pagination := page["pagination"].(jsonMap)
		if pagination["hasMore"] != true {
			break
		}
		cursor = pagination["nextCursor"].(string)
	}
	equal(t, []string{ids[4], ids[3], ids[2], ids[1], ids[0]}, listed)
	equal(t, 2, pages)
	list := s.call(http.MethodGet, "/media?colour=1", nil).want(http.StatusOK).object()
	equal(t, any(jsonMap{"used": 20.0, "quota": 1000.0}), list["usage"])
	equal(t, 1, len(list["warnings"].([]any)))

	entry := s.call(http.MethodGet, "/media/"+ids[0], nil).want(http.StatusOK)
	equal(t, list["media"].([]any)[4], any(entry.object()))
	for _, path := range []string{"/media/" + other.ID, "/media/none", "/media/file"} {
		s.call(http.MethodGet, path, nil).want(http.StatusNotFound)
		s.call(http.MethodDelete, path, nil).want(http.StatusNotFound)
	}
	s.call(http.MethodDelete, "/media/"+ids[0], nil).want(http.StatusOK)
	for _, method := range []string{http.MethodGet, http.MethodDelete} {
		r := s.call(method, "/media/"+ids[0], nil).want(http.StatusNotFound)
		equal(t, "GET /media lists the uploads of this profile.", r.text("help"))
	}
	s.send(t.Context(), http.MethodGet, "/media/file/"+ids[0], nil).want(http.StatusNotFound)
	equal(t, []string{"1.txt", "2.txt", "3.txt", "4.txt"}, s.uploads.names())
	for _, bad := range []string{"limit=0", "limit=1001", "limit=x"} {
		equal(t, []string{"limit"}, s.call(http.MethodGet, "/media?"+bad, nil).want(http.StatusBadRequest).fields())
	}
}
