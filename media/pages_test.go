package media_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/netguard"
	"github.com/crier-social/crier/media"
	"github.com/crier-social/crier/media/mediatest"
)

const article = `<!DOCTYPE html><title>An article</title><meta name="description" content="What it is about"><link rel="image_src" href="/picture.jpg">`

// site starts a server of web pages.
func site(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return server.URL
}

// html answers with a page of the type that pages usually have.
func html(w http.ResponseWriter, content string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = io.WriteString(w, content)
}

func compressed(content string) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = io.WriteString(z, content)
	_ = z.Close()
	return b.Bytes()
}

func TestPage(t *testing.T) {
	t.Parallel()
	e := setup(t)
	jpeg := mediatest.JPEG(4, 3)
	base := site(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/moved":
			http.Redirect(w, r, "/article", http.StatusMovedPermanently)
		case "/gzip":
			w.Header().Set("Content-Type", "text/html")
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(compressed(article))
		case "/untyped":
			w.Header()["Content-Type"] = nil
			_, _ = io.WriteString(w, article)
		case "/octets":
			w.Header().Set("Content-Type", "application/octet-stream")
			_, _ = io.WriteString(w, article)
		case "/xhtml":
			w.Header().Set("Content-Type", "application/xhtml+xml; charset=utf-8; broken")
			_, _ = io.WriteString(w, article)
		case "/cut":
			w.Header().Set("Content-Length", "100000")
			html(w, article)
		case "/photos/my%20photo.jpg", "/photos/my photo.jpg":
			w.Header().Set("Content-Type", "image/jpeg")
			_, _ = w.Write(jpeg)
		default:
			html(w, article)
		}
	})
	want := func(path string) *core.Page {
		return &core.Page{URL: base + path, Title: "An article", Description: "What it is about", ImageURL: base + "/picture.jpg"}
	}
	for _, tc := range []struct {
		name, path string
		want       *core.Page
	}{
		{"page", "/article?a=b#part", want("/article?a=b#part")},
		{"redirected", "/moved", want("/article")},
		{"compressed", "/gzip", want("/gzip")},
		{"without a type", "/untyped", want("/untyped")},
		{"of no particular type", "/octets", want("/octets")},
		{"XHTML", "/xhtml", want("/xhtml")},
		{"broken off when all was said", "/cut", want("/cut")},
		{"picture itself", "/photos/my%20photo.jpg#x", &core.Page{URL: base + "/photos/my%20photo.jpg", Title: "my photo", ImageURL: base + "/photos/my%20photo.jpg"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got, err := e.Page(t.Context(), base+tc.path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestPageRequest(t *testing.T) {
	t.Parallel()
	e := setup(t)
	headers := make(chan http.Header, 1)
	base := site(t, func(w http.ResponseWriter, r *http.Request) {
		headers <- r.Header
		html(w, article)
	})
	if _, err := e.Page(t.Context(), base); err != nil {
		t.Fatal(err)
	}
	want := http.Header{
		"Accept":          {"text/html,application/xhtml+xml;q=0.9,*/*;q=0.1"},
		"Accept-Encoding": {"gzip"},
		"User-Agent":      {"Crier (+https://github.com/crier-social/crier)"},
		"Connection":      {"close"},
	}
	if diff := cmp.Diff(want, <-headers); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
}

func TestPagesThatCannotBeRead(t *testing.T) {
	t.Parallel()
	patient := setup(t)
	impatient := setup(t, func(c *media.Config) { c.PageTimeout = 300 * time.Millisecond })
	bomb := compressed(strings.Repeat(" ", 100<<20))
	base := site(t, func(w http.ResponseWriter, r *http.Request) {
		name, argument, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		switch name {
		case "status":
			code, _ := strconv.Atoi(argument)
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(code)
		case "pdf":
			w.Header().Set("Content-Type", "application/pdf")
			_, _ = io.WriteString(w, "%PDF-1.7")
		case "brotli":
			w.Header().Set("Content-Encoding", "br")
			html(w, article)
		case "notgzip":
			w.Header().Set("Content-Encoding", "gzip")
			html(w, article)
		case "corrupt":
			w.Header().Set("Content-Encoding", "gzip")
			w.Header().Set("Content-Type", "text/html")
			_, _ = w.Write(append(compressed("")[:10], bytes.Repeat([]byte{0xff}, 100)...))
		case "bomb":
			w.Header().Set("Content-Encoding", "gzip")
			w.Header().Set("Content-Type", "text/html")
			_, _ = w.Write(bomb)
		case "nothing":
			html(w, `<div id="root"></div>`)
		case "empty":
			html(w, "")
		case "cut":
			w.Header().Set("Content-Length", "100000")
			html(w, "<html>")
		case "file", "inner":
			http.Redirect(w, r, map[string]string{"file": "file:///etc/passwd", "inner": "http://192.168.0.1/admin"}[name], http.StatusFound)
		case "loop":
			http.Redirect(w, r, r.URL.Path, http.StatusFound)
		case "silent", "slow":
			if name == "slow" {
				html(w, "<html><head>")
				_ = http.NewResponseController(w).Flush()
			}
			<-r.Context().Done()
		}
	})
	for _, tc := range []struct {
		name, address string
		kind          core.Kind
		says          string
	}{
		{"not found", base + "/status/404", core.KindMedia, "the server answers 404 Not Found instead of the page"},
		{"not for everybody", base + "/status/403", core.KindMedia, "the server answers 403 Forbidden instead of the page"},
		{"no content", base + "/status/204", core.KindMedia, "the server answers 204 No Content instead of the page"},
		{"server error", base + "/status/503", core.KindTemporary, "the server answers 503 Service Unavailable instead of the page"},
		{"too often", base + "/status/429", core.KindTemporary, "the server answers 429 Too Many Requests instead of the page"},
		{"another type", base + "/pdf", core.KindMedia, `a file of the type "application/pdf" instead of a web page`},
		{"compressed in another way", base + "/brotli", core.KindMedia, `Content-Encoding "br", which was not asked for`},
		{"not compressed", base + "/notgzip", core.KindMedia, "compressed and damaged"},
		{"compressed and damaged", base + "/corrupt", core.KindMedia, "compressed and damaged"},
		{"endless when unfolded", base + "/bomb", core.KindMedia, "neither a title nor a description nor a picture"},
		{"says nothing", base + "/nothing", core.KindMedia, "neither a title nor a description nor a picture"},
		{"empty", base + "/empty", core.KindMedia, "an empty page"},
		{"broken off", base + "/cut", core.KindTemporary, "the connection broke before the page had said anything"},
		{"leads to a file of the server", base + "/file", core.KindMedia, `the scheme "file" cannot be fetched`},
		{"leads to the inner network", base + "/inner", core.KindMedia, `the host "192.168.0.1" is not on the public internet`},
		{"leads to itself", base + "/loop", core.KindMedia, "redirects more than 5 times"},
		{"does not answer", base + "/silent", core.KindTemporary, "the page did not arrive within 300ms"},
		{"does not go on", base + "/slow", core.KindTemporary, "the page did not arrive within 300ms"},
		{"nobody listens", "http://127.0.0.1:1/", core.KindTemporary, `the host "127.0.0.1" does not answer`},
		{"malformed", "https://[::1", core.KindMedia, "malformed"},
		{"other scheme", "ftp://news.example/", core.KindMedia, `the scheme "ftp" cannot be fetched`},
		{"password", "https://user:secret@news.example/", core.KindMedia, "holds a user name or password"},
		{"no host", "https:///story", core.KindMedia, "names no host"},
		{"too long", base + "/" + strings.Repeat("a", 9000), core.KindMedia, "longer than 8192 bytes"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			e := patient
			if strings.Contains(tc.says, "300ms") {
				e = impatient
			}
			_, err := e.Page(t.Context(), tc.address)
			checkSays(t, err, tc.kind, tc.says)
			got := core.AsError(err)
			if got.Code != core.CodeLinkPreview || got.Op != "media.page" || core.HelpOf(got) == "" {
				t.Errorf("code %d, op %q, help %q", got.Code, got.Op, core.HelpOf(got))
			}
			if strings.Contains(got.Message+got.Help, "file of") && tc.name != "another type" {
				t.Errorf("the message speaks of files: %q %q", got.Message, got.Help)
			}
		})
	}
}

// What keeps a guard from an address is told in terms of what to do about it.
func TestPageThatTheGuardRefuses(t *testing.T) {
	t.Parallel()
	e := setup(t, func(c *media.Config) { c.Guard = netguard.New([]netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}) })
	base := site(t, func(w http.ResponseWriter, _ *http.Request) { html(w, article) })
	_, err := e.Page(t.Context(), base)
	checkSays(t, err, core.KindMedia, `the host "127.0.0.1" is not on the public internet`)
	if got := core.AsError(err); !strings.Contains(got.Help, "CRIER_MEDIA_ALLOW") || got.Code != core.CodeLinkPreview {
		t.Errorf("code %d, help %q", got.Code, got.Help)
	}
}

// A page that is still arriving when the time is up has usually said what a card needs.
func TestPageThatArrivesSlowly(t *testing.T) {
	t.Parallel()
	base := site(t, func(w http.ResponseWriter, r *http.Request) {
		html(w, "<title>Early</title>"+strings.Repeat(" ", 8<<10))
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	coretest.LongEnough(t, 300*time.Millisecond, func(limit time.Duration) error {
		e := setup(t, func(c *media.Config) { c.PageTimeout = limit })
		got, err := e.Page(t.Context(), base)
		if err == nil && got.Title != "Early" {
			err = fmt.Errorf("got %v", got)
		}
		return err
	})
}

// visits serves a page that tells how often it was asked for, by path.
type visits struct {
	mu     sync.Mutex
	counts map[string]int
}

func (v *visits) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v.mu.Lock()
	v.counts[r.URL.Path]++
	n := v.counts[r.URL.Path]
	v.mu.Unlock()
	switch r.URL.Path {
	case "/broken":
		w.WriteHeader(http.StatusServiceUnavailable)
	case "/missing":
		w.WriteHeader(http.StatusNotFound)
	default:
		html(w, fmt.Sprintf("<title>visit %d</title>", n))
	}
}

func (v *visits) of(path string) int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.counts[path]
}

func TestPagesAreKept(t *testing.T) {
	t.Parallel()
	clock := coretest.NewClock(coretest.Epoch())
	e := setup(t, func(c *media.Config) { c.Clock = clock })
	v := &visits{counts: map[string]int{}}
	base := site(t, v.ServeHTTP)
	read := func(path string) string {
		t.Helper()
		p, err := e.Page(t.Context(), base+path)
		if err != nil {
			return string(core.KindOf(err))
		}
		title := p.Title
		p.Title = "changed by its reader"
		return title
	}
	for i, step := range []struct {
		advance time.Duration
		path    string
		want    string
		visits  int
	}{
		{0, "/a", "visit 1", 1},
		{0, "/a", "visit 1", 1},
		{5*time.Minute - 1, "/a", "visit 1", 1},
		{1, "/a", "visit 2", 2},
		{0, "/missing", "media", 1},
		{time.Minute - 1, "/missing", "media", 1},
		{1, "/missing", "media", 2},
		{0, "/broken", "temporary", 1},
		{0, "/broken", "temporary", 2},
	} {
		clock.Advance(step.advance)
		if got := read(step.path); got != step.want || v.of(step.path) != step.visits {
			t.Errorf("step %d: %s gave %q after %d visits, want %q after %d", i, step.path, got, v.of(step.path), step.want, step.visits)
		}
	}
}

// The memory for pages is bounded: those that were read first make room.
func TestPagesMakeRoom(t *testing.T) {
	t.Parallel()
	const room = 256
	clock := coretest.NewClock(coretest.Epoch())
	e := setup(t, func(c *media.Config) { c.Clock = clock })
	v := &visits{counts: map[string]int{}}
	base := site(t, v.ServeHTTP)
	read := func(n int) {
		t.Helper()
		if _, err := e.Page(t.Context(), base+"/"+strconv.Itoa(n)); err != nil {
			t.Fatal(err)
		}
		clock.Advance(time.Millisecond)
	}
	for n := range room + 1 {
		read(n)
	}
	read(room)
	read(1)
	read(0)
	for n, want := range map[int]int{0: 2, 1: 1, 2: 1, room: 1} {
		if got := v.of("/" + strconv.Itoa(n)); got != want {
			t.Errorf("page %d was read %d times, want %d", n, got, want)
		}
	}
}

func TestPageIsReadOnceForAll(t *testing.T) {
	t.Parallel()
	e := setup(t)
	var asked atomic.Int32
	arrived, resume := make(chan struct{}), make(chan struct{})
	base := site(t, func(w http.ResponseWriter, _ *http.Request) {
		if asked.Add(1) == 1 {
			close(arrived)
		}
		<-resume
		html(w, article)
	})
	impatient, leave := context.WithCancel(t.Context())
	left := make(chan error, 1)
	go func() {
		_, err := e.Page(impatient, base)
		left <- err
	}()
	<-arrived
	leave()
	if err := <-left; core.KindOf(err) != core.KindTemporary {
		t.Errorf("who leaves gets %v", err)
	}
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if p, err := e.Page(t.Context(), base); err != nil || p.Title != "An article" {
				t.Errorf("got %v, %v", p, err)
			}
		})
	}
	close(resume)
	all.Wait()
	if n := asked.Load(); n != 1 {
		t.Errorf("the page was asked for %d times", n)
	}
}

func TestPageOfAClosedService(t *testing.T) {
	t.Parallel()
	e := setup(t)
	arrived := make(chan struct{})
	base := site(t, func(_ http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-r.Context().Done()
	})
	waiting := make(chan error, 1)
	go func() {
		_, err := e.Page(t.Context(), base)
		waiting <- err
	}()
	<-arrived
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-waiting; core.KindOf(err) != core.KindTemporary {
		t.Errorf("who waits gets %v", err)
	}
	if _, err := e.Page(t.Context(), base); core.KindOf(err) != core.KindTemporary {
		t.Errorf("who comes later gets %v", err)
	}
}
