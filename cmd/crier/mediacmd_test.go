package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/media/mediatest"
)

// uploadServer takes files as the API does, directly up to a limit.
type uploadServer struct {
	*httptest.Server
	direct int64 // bytes of a request

	mu   sync.Mutex
	seen []string // method, path, key, type and size of each request, as far as it was read
}

func newUploadServer(t *testing.T, direct int64) *uploadServer {
	t.Helper()
	s := &uploadServer{direct: direct}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *uploadServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var size int64
	kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	tooLarge := r.Method == http.MethodPost && r.ContentLength > s.direct
	if !tooLarge {
		size, _ = io.Copy(io.Discard, r.Body)
	}
	s.mu.Lock()
	s.seen = append(s.seen, strings.TrimSpace(fmt.Sprintf("%s %s %s %s %d", r.Method, r.URL.RequestURI(), r.Header.Get("Authorization"), kind, size)))
	s.mu.Unlock()
	switch {
	case tooLarge:
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		fmt.Fprint(w, `{"status":"error","code":1004,"message":"too large"}`)
	case r.URL.Path == "/media/uploadUrl":
		fmt.Fprintf(w, `{"uploadUrl":%q,"contentType":"video/mp4"}`, s.URL+"/media/upload/u2/ticket")
	default:
		fmt.Fprint(w, `{"status":"ready","id":"u1","url":"https://c.example/media/file/u1/a.mp4","size":7}`)
	}
}

func (s *uploadServer) requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string{}, s.seen...)
}

func (s *uploadServer) environ() []string {
	return []string{"CRIER_URL=" + s.URL, "CRIER_API_KEY=the-key"}
}

// sparse makes a file of the given size that takes no room on the disk.
func sparse(t *testing.T, name string, size int64) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, size); err != nil {
		t.Fatal(err)
	}
	return path
}

// A small file goes up in one request. One that is too large for that, by its size or
// by the server's word, goes to an address made for it, which is not shown the key.
func TestMediaUpload(t *testing.T) {
	t.Parallel()
	const address = "GET /media/uploadUrl?contentType=video%2Fmp4&fileName=a.mp4 Bearer the-key  0"
	tests := []struct {
		name   string
		size   int64
		direct int64
		want   []string // requests; %d is the size of the form
	}{
		{"small", 100, 1 << 20, []string{"POST /media/upload Bearer the-key multipart/form-data %d"}},
		{"too large for the server", 2 << 20, 1 << 20, []string{
			"POST /media/upload Bearer the-key multipart/form-data 0", address, "PUT /media/upload/u2/ticket  video/mp4 2097152",
		}},
		{"large", directLimit + 1, 1 << 40, []string{address, "PUT /media/upload/u2/ticket  video/mp4 67108865"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newUploadServer(t, test.direct)
			got := execute(t.Context(), s.environ(), "", "media", "upload", sparse(t, "a.mp4", test.size))
			if got.code != exitOK || got.stdout != "u1  https://c.example/media/file/u1/a.mp4\n" || !strings.HasPrefix(got.stderr, "uploading ") {
				t.Errorf("result %+v", got)
			}
			seen := s.requests()
			if strings.Contains(test.want[0], "%d") {
				var size int
				if _, err := fmt.Sscanf(seen[0], test.want[0], &size); err != nil || size <= int(test.size) {
					t.Errorf("the form has %d bytes for a file of %d: %v", size, test.size, err)
				}
				test.want[0] = fmt.Sprintf(test.want[0], size)
			}
			if diff := cmp.Diff(test.want, seen); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
		})
	}
}

// What was uploaded before a failure is told, and the failure names its file.
func TestMediaUploadOfSeveral(t *testing.T) {
	t.Parallel()
	api := newFakeAPI(t,
		`200 {"status":"ready","id":"u1","url":"https://c.example/1"}`,
		`400 {"status":"error","code":1030,"message":"the file is empty","field":"file"}`)
	one, two := sparse(t, "one.png", 5), sparse(t, "two.png", 0)
	got := execute(t.Context(), api.environ(), "", "media", "upload", "--json", one, two)
	var answer struct{ Media []upload }
	if err := json.Unmarshal([]byte(got.stdout), &answer); err != nil {
		t.Fatalf("%v in %+v", err, got)
	}
	if diff := cmp.Diff([]upload{{ID: "u1", URL: "https://c.example/1"}}, answer.Media); diff != "" {
		t.Errorf("uploaded (-want +got):\n%s", diff)
	}
	if got.code != exitFailure || !strings.Contains(got.stderr, two+": file: the file is empty (error 1030)") {
		t.Errorf("result %+v", got)
	}
	first := api.requests()[0]
	if diff := cmp.Diff(map[string][]string{"file": {"one.png image/png " + strings.Repeat("\x00", 5)}}, first.form); diff != "" {
		t.Errorf("form (-want +got):\n%s", diff)
	}
}

func TestMediaList(t *testing.T) {
	t.Parallel()
	const list = `200 {"media":[{"id":"u2","created":"C2","expires":"E2","size":500000000,"contentType":"image/png","fileName":"b.png"},` +
		`{"id":"u1","created":"C1","size":5,"contentType":"video/mp4","fileName":"a b.mp4"}],"pagination":{"hasMore":true},"usage":{"used":500000005,"quota":1000000000}}`
	tests := []struct {
		name, answer string
		args         []string
		path, stdout string
	}{
		{"files", list, nil, "/media", "ID  CREATED  EXPIRES  SIZE     TYPE       NAME\n" +
			"u2  C2       E2       500 MB   image/png  b.png\n" +
			"u1  C1                5 bytes  video/mp4  a b.mp4\n" +
			"There are more; --limit shows them.\n500 MB of 1 GB are used.\n"},
		{"none", `200 {"media":[],"pagination":{"hasMore":false},"usage":{"used":0,"quota":0}}`, []string{"--limit", "3"}, "/media?limit=3", "No files.\n"},
		{"for programs", `200 {"media":[]}`, []string{"--json"}, "/media", "{\n  \"media\": []\n}\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			api := newFakeAPI(t, test.answer)
			got := execute(t.Context(), api.environ(), "", append([]string{"media", "list"}, test.args...)...)
			if diff := cmp.Diff(result{stdout: test.stdout}, got, cmp.AllowUnexported(result{})); diff != "" {
				t.Errorf("result (-want +got):\n%s", diff)
			}
			if path := api.requests()[0].path; path != test.path {
				t.Errorf("asked for %s, want %s", path, test.path)
			}
		})
	}
}

// Deleting goes on after a file that is not there.
func TestMediaDelete(t *testing.T) {
	t.Parallel()
	api := newFakeAPI(t, `200 {"status":"success"}`, `404 {"status":"error","code":114,"message":"no such upload"}`, `200 {"status":"success"}`)
	got := execute(t.Context(), api.environ(), "", "media", "delete", "u1", "u/2", "upload:u3")
	if got.code != exitFailure || got.stdout != "u1\nu3\n" || !strings.Contains(got.stderr, "u/2: no such upload (error 114)") {
		t.Errorf("result %+v", got)
	}
	var paths []string
	for _, r := range api.requests() {
		paths = append(paths, r.method+" "+r.path)
	}
	if diff := cmp.Diff([]string{"DELETE /media/u1", "DELETE /media/u%2F2", "DELETE /media/u3"}, paths); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

func TestMediaUsage(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	tests := []struct {
		name           string
		args           []string
		code           int
		stdout, stderr string // must be contained
	}{
		{"help", []string{"media", "--help"}, exitOK, "list       List the uploaded files", ""},
		{"help of one", []string{"help", "media", "upload"}, exitOK, "crier media upload file...", ""},
		{"nothing", []string{"media"}, exitUsage, "", "upload, list or delete\nTry `crier media --help`."},
		{"unknown", []string{"media", "burn"}, exitUsage, "", `no command "burn" below media`},
		{"no file", []string{"media", "upload"}, exitUsage, "", "no file is named\nTry `crier media upload --help`."},
		{"no id", []string{"media", "delete"}, exitUsage, "", "Try `crier media delete --help`."},
		{"missing file", []string{"media", "upload", filepath.Join(dir, "none")}, exitUsage, "", "none: no such file"},
		{"folder", []string{"media", "upload", dir}, exitUsage, "", "is not a file"},
		{"negative limit", []string{"media", "list", "--limit", "-1"}, exitUsage, "", "--limit: -1 is negative"},
		{"thumbnail of nothing", []string{"post", "x", "--platform", "all", "--thumbnail", "a.jpg"}, exitUsage, "", "--thumbnail: there is nothing"},
		{"missing captions", []string{"post", "x", "--platform", "all", "--media", "https://e.example/v.mp4", "--captions", filepath.Join(dir, "none")}, exitUsage, "", "--captions: "},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := execute(t.Context(), []string{"CRIER_API_KEY=k"}, "", test.args...)
			if got.code != test.code || !strings.Contains(got.stdout, test.stdout) || !strings.Contains(got.stderr, test.stderr) {
				t.Errorf("result %+v", got)
			}
		})
	}
}

// Files that accompany a video are sent with it, and what is said about it stands in
// the block of each network that takes it.
func TestPostCompanions(t *testing.T) {
	t.Parallel()
	const networks = `200 {"providers":[{"name":"scripted","optionsKey":"scriptedOptions","options":[{"name":"title"},{"name":"thumbNail"},{"name":"captions"}]},` +
		`{"name":"other","optionsKey":"otherOptions","options":[{"name":"delay"}]}]}`
	video, picture := sparse(t, "v.mp4", 3), sparse(t, "t.jpg", 2)
	api := newFakeAPI(t, networks, published)
	got := execute(t.Context(), api.environ(), "", "post", "Hi", "--platform", "scripted,other", "--media", video, "--video", "--thumbnail", picture,
		"--captions", "https://e.example/c.srt", "--title", "The talk")
	if got.code != exitOK {
		t.Fatalf("result %+v", got)
	}
	want := map[string][]string{
		"post": {"Hi"}, "platforms": {`["scripted","other"]`}, "isVideo": {"true"},
		"scriptedOptions": {`{"captions":"https://e.example/c.srt","title":"The talk"}`},
		"media":           {"v.mp4 video/mp4 \x00\x00\x00"}, "thumbNail": {"t.jpg image/jpeg \x00\x00"},
	}
	if diff := cmp.Diff(want, api.requests()[1].form); diff != "" {
		t.Errorf("form (-want +got):\n%s", diff)
	}

	api = newFakeAPI(t, networks)
	got = execute(t.Context(), api.environ(), "", "post", "Hi", "--platform", "other", "--media", video, "--title", "The talk")
	if got.code != exitFailure || !strings.Contains(got.stderr, "--title: no network that the post goes to takes a title of media") {
		t.Errorf("result %+v", got)
	}
}

// What was not sent to its end is not shown as if it was.
func TestBarsStopWhereTheyStood(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	b := newBars(t.Context(), &out)
	b.sent("uploading a", 512, 2048)
	b.close()
	if !strings.Contains(out.String(), "512 bytes / 2 kB") || strings.Contains(out.String(), "2 kB / 2 kB") {
		t.Errorf("shown:\n%s", out.String())
	}
}

// A file that changes while it is sent does not pass for the file that it was.
func TestFileThatBecomesShorter(t *testing.T) {
	t.Parallel()
	file := sparse(t, "a.png", 100)
	p, err := filePayload(file, "image/png", func(int64, int64) {})
	if err != nil {
		t.Fatal(err)
	}
	for _, now := range []struct {
		size int64
		want string
	}{{200, ""}, {100, ""}, {99, "a.png has become shorter while it was sent"}} {
		if err := os.Truncate(file, now.size); err != nil {
			t.Fatal(err)
		}
		r, err := p.open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		if now.want == "" && (err != nil || len(content) != 100) || now.want != "" && (err == nil || !strings.Contains(err.Error(), now.want)) {
			t.Errorf("at %d bytes: %d were read, %v", now.size, len(content), err)
		}
	}
}

// Trouble with a file is told as such, and at once: no other try would end it.
func TestFileThatBecomesShorterIsNotSentAgain(t *testing.T) {
	t.Parallel()
	file := sparse(t, "v.mp4", 32<<20)
	var requests atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		_, _ = io.ReadFull(r.Body, make([]byte, 1<<20))
		if err := os.Truncate(file, 1<<20); err != nil {
			t.Error(err)
		}
		_, _ = io.Copy(io.Discard, r.Body)
	}))
	t.Cleanup(s.Close)
	got := execute(t.Context(), []string{"CRIER_URL=" + s.URL, "CRIER_API_KEY=k"}, "", "post", "x", "--platform", "all", "--media", file)
	want := result{code: exitFailure, stderr: "sending files (33.6 MB)\ncrier: " + file + " has become shorter while it was sent\n"}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(result{})); diff != "" {
		t.Errorf("result (-want +got):\n%s", diff)
	}
	if n := requests.Load(); n != 1 {
		t.Errorf("it was sent %d times", n)
	}
}

// TestLargeUploadTakesLittleMemory counts what is allocated, and so runs alone.
func TestLargeUploadTakesLittleMemory(t *testing.T) { //nolint:paralleltest // as said
	s := newUploadServer(t, 1<<40)
	file := sparse(t, "v.mp4", 200<<20)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for _, args := range [][]string{
		{"media", "upload", file},
		{"post", "x", "--platform", "all", "--media", file},
	} {
		if got := execute(t.Context(), s.environ(), "", args...); got.code != exitOK && args[0] == "media" {
			t.Errorf("result %+v", got)
		}
	}
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 32<<20 {
		t.Errorf("sending 400 MiB allocated %d bytes", used)
	}
	var sent int64
	for _, r := range s.requests() {
		fields := strings.Fields(r)
		var n int64
		if _, err := fmt.Sscan(fields[len(fields)-1], &n); err != nil {
			t.Fatal(err)
		}
		sent += n
	}
	if sent < 400<<20 {
		t.Errorf("%d bytes arrived", sent)
	}
}

// The whole way with a real server: a video with all that belongs to it is posted from
// files, and files are uploaded, listed, posted by their id, and deleted.
func TestMediaAgainstTheServer(t *testing.T) {
	t.Parallel()
	s := startServer(t, []string{"CRIER_API_KEY=A-KEY-FOR-THIS-TEST-01"}, t.TempDir(), "serve", "--sandbox")
	t.Cleanup(func() { s.stop() })
	environ := []string{"CRIER_URL=" + s.url, "CRIER_API_KEY=A-KEY-FOR-THIS-TEST-01"}
	dir := t.TempDir()
	file := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	video := file("talk.mp4", mediatest.MP4(5<<20))

	posted := execute(t.Context(), environ, "", "post", "The talk", "--platform", "linkedin", "--media", video, "--title", "Talk",
		"--thumbnail", file("first.jpg", mediatest.JPEG(1280, 720)), "--captions", file("talk.srt", mediatest.SRT()))
	if posted.code != exitOK || !strings.Contains(posted.stdout, "urn:li:") {
		t.Fatalf("post: %+v", posted)
	}

	uploaded := execute(t.Context(), environ, "", "media", "upload", "--json", video, file("slides.pdf", mediatest.PDF()))
	var answer struct{ Media []upload }
	if err := json.Unmarshal([]byte(uploaded.stdout), &answer); err != nil || uploaded.code != exitOK || len(answer.Media) != 2 {
		t.Fatalf("upload: %v, %+v", err, uploaded)
	}
	film, slides := answer.Media[0], answer.Media[1]
	if film.ContentType != "video/mp4" || film.Size != 5<<20 || slides.FileName != "slides.pdf" {
		t.Errorf("uploaded: %+v", answer.Media)
	}
	if status, content := fetch(t, slides.URL); status != http.StatusOK || content != string(mediatest.PDF()) {
		t.Errorf("%s answers %d with %d bytes", slides.URL, status, len(content))
	}
	if got := execute(t.Context(), environ, "", "post", "The slides", "--platform", "linkedin", "--media", "upload:"+slides.ID, "--title", "Slides"); got.code != exitOK {
		t.Errorf("post of an upload: %+v", got)
	}

	deleted := execute(t.Context(), environ, "", "media", "delete", film.ID, film.ID)
	if deleted.code != exitFailure || deleted.stdout != film.ID+"\n" || !strings.Contains(deleted.stderr, film.ID) {
		t.Errorf("delete twice: %+v", deleted)
	}
	listed := execute(t.Context(), environ, "", "media", "list")
	if listed.code != exitOK || !strings.Contains(listed.stdout, slides.ID) || strings.Contains(listed.stdout, film.ID) || !strings.Contains(listed.stdout, "slides.pdf") {
		t.Errorf("list: %+v", listed)
	}
}

// A file that is too large for one request goes to an address of the real server.
func TestLargeUploadToTheServer(t *testing.T) {
	t.Parallel()
	s := startServer(t, []string{"CRIER_API_KEY=A-KEY-FOR-THIS-TEST-01"}, t.TempDir(), "serve", "--sandbox")
	t.Cleanup(func() { s.stop() })
	environ := []string{"CRIER_URL=" + s.url, "CRIER_API_KEY=A-KEY-FOR-THIS-TEST-01"}
	got := execute(t.Context(), environ, "", "media", "upload", sparse(t, "large.bin", directLimit+1))
	if got.code != exitOK || !strings.Contains(got.stdout, "/large.bin\n") {
		t.Errorf("result %+v", got)
	}
	listed := execute(t.Context(), environ, "", "media", "list")
	if !strings.Contains(listed.stdout, "67.1 MB") {
		t.Errorf("list: %+v", listed)
	}
}
