package mediatest

import (
	"compress/gzip"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"sync"
	"testing"
)

// Server serves media, well and badly. Every path counts its requests.
//
//	/ok/<name>         what File was given under the name
//	/chunked/<name>    the same without a Content-Length
//	/short/<name>      the same, with a Content-Length 1000 bytes too large
//	/long/<name>       the same, with a Content-Length of half
//	/cut/<name>        half of it, then the connection breaks
//	/typed/<name>      the same, with the Content-Type of an executable
//	/named/<name>      the same, with a Content-Disposition (a path as file name)
//	/gzip/<name>       the same, compressed although nobody asked for it
//	/hold/<name>       half of it, the rest once Resume was called
//	/endless           bytes without end
//	/endless/<name>    the same, beginning with the file
//	/empty             200 without a body
//	/html, /login      web pages; /to-login redirects to the latter
//	/status/<code>     that status; 503 and 429 with Retry-After: 7
//	/flaky/<name>      503 at the first request, then the file
//	/loop              redirects to itself
//	/private, /file    redirects to a private address, to a local file
//	/dead              redirects to a host where nothing listens: DeadHost
//	/redirect/<name>   redirects to /ok/<name>
//	/media/<name>      what Serve was given under the name, with ranges; see Behaviour
type Server struct {
	*httptest.Server
	*Files
	resume chan struct{}
	once   sync.Once

	mu    sync.Mutex
	files map[string][]byte
	calls map[string]int
}

// NewServer starts a server that ends with the test.
func NewServer(t testing.TB) *Server {
	t.Helper()
	s := &Server{Files: NewFiles(), files: map[string][]byte{}, calls: map[string]int{}, resume: make(chan struct{})}
	s.Server = httptest.NewServer(s.count(s.routes()))
	t.Cleanup(func() {
		s.Resume()
		s.CloseClientConnections()
		s.Close()
	})
	return s
}

// DeadHost is one that Allow admits, and where nothing listens on the port that
// /dead redirects to. The loopback address in this form is the same everywhere.
const DeadHost = "::ffff:127.0.0.1"

// Allow returns the networks that a guard must allow for this server to be reached.
func Allow() []netip.Prefix { return []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} }

// File makes content available under a name.
func (s *Server) File(name string, content []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files[name] = content
}

// Calls tells how often a path was requested.
func (s *Server) Calls(path string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[path]
}

// Resume lets /hold go on, for good.
func (s *Server) Resume() { s.once.Do(func() { close(s.resume) }) }

func (s *Server) count(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.calls[r.URL.Path]++
		s.mu.Unlock()
		next.ServeHTTP(w, r)
	})
}

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	for name, serve := range map[string]func(http.ResponseWriter, *http.Request, []byte){
		"ok": whole, "chunked": chunked, "short": short, "long": long, "cut": cut, "typed": typed,
		"named": named, "gzip": gzipped, "hold": s.hold, "endless": endless, "flaky": s.flaky,
	} {
		mux.HandleFunc("/"+name+"/{name}", func(w http.ResponseWriter, r *http.Request) {
			s.mu.Lock()
			content, ok := s.files[r.PathValue("name")]
			s.mu.Unlock()
			if !ok {
				http.NotFound(w, r)
				return
			}
			serve(w, r, content)
		})
	}
	mux.HandleFunc("/endless", func(w http.ResponseWriter, r *http.Request) { endless(w, r, nil) })
	mux.HandleFunc("/empty", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("/html", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(HTML()) })
	mux.HandleFunc("/login", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(LoginPage()) })
	mux.HandleFunc("/status/{code}", status)
	for path, target := range map[string]string{
		"/to-login": "/login", "/loop": "/loop", "/private": "http://192.168.0.1/a.png", "/file": "file:///etc/passwd",
		"/dead": "http://[" + DeadHost + "]:1/",
	} {
		mux.Handle(path, redirect(target))
	}
	mux.Handle("/media/", s.Files)
	mux.HandleFunc("/redirect/{name}", func(w http.ResponseWriter, r *http.Request) {
		redirect("/ok/"+r.PathValue("name")).ServeHTTP(w, r)
	})
	return mux
}

func redirect(target string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", target)
		w.WriteHeader(http.StatusFound)
	})
}

func whole(w http.ResponseWriter, _ *http.Request, content []byte) {
	w.Header().Set("Content-Length", strconv.Itoa(len(content)))
	_, _ = w.Write(content)
}

func chunked(w http.ResponseWriter, _ *http.Request, content []byte) {
	half := len(content) / 2
	_, _ = w.Write(content[:half])
	_ = http.NewResponseController(w).Flush()
	_, _ = w.Write(content[half:])
}

func short(w http.ResponseWriter, _ *http.Request, content []byte) {
	w.Header().Set("Content-Length", strconv.Itoa(len(content)+1000))
	_, _ = w.Write(content)
}

func long(w http.ResponseWriter, _ *http.Request, content []byte) {
	conn, buf, err := http.NewResponseController(w).Hijack() // the server itself would not lie
	if err != nil {
		return
	}
	defer func() { _ = conn.Close() }()
	_, _ = buf.WriteString("HTTP/1.1 200 OK\r\nContent-Length: " + strconv.Itoa(len(content)/2) + "\r\n\r\n")
	_, _ = buf.Write(content)
	_ = buf.Flush()
}

func cut(w http.ResponseWriter, _ *http.Request, content []byte) {
	w.Header().Set("Content-Length", strconv.Itoa(len(content)))
	_, _ = w.Write(content[:len(content)/2])
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

func typed(w http.ResponseWriter, r *http.Request, content []byte) {
	w.Header().Set("Content-Type", "application/x-msdownload")
	whole(w, r, content)
}

func named(w http.ResponseWriter, r *http.Request, content []byte) {
	w.Header().Set("Content-Disposition", `attachment; filename="../../etc/My Photo.JPG"`)
	whole(w, r, content)
}

func gzipped(w http.ResponseWriter, _ *http.Request, content []byte) {
	w.Header().Set("Content-Encoding", "gzip")
	z := gzip.NewWriter(w)
	_, _ = z.Write(content)
	_ = z.Close()
}

func (s *Server) hold(w http.ResponseWriter, r *http.Request, content []byte) {
	w.Header().Set("Content-Length", strconv.Itoa(len(content)))
	_, _ = w.Write(content[:len(content)/2])
	_ = http.NewResponseController(w).Flush()
	select {
	case <-s.resume:
		_, _ = w.Write(content[len(content)/2:])
	case <-r.Context().Done():
	}
}

func endless(w http.ResponseWriter, r *http.Request, content []byte) {
	_, _ = w.Write(content)
	block := make([]byte, 64<<10)
	for r.Context().Err() == nil {
		if _, err := w.Write(block); err != nil {
			return
		}
	}
}

func (s *Server) flaky(w http.ResponseWriter, r *http.Request, content []byte) {
	if s.Calls(r.URL.Path) == 1 {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	whole(w, r, content)
}

func status(w http.ResponseWriter, r *http.Request) {
	code, err := strconv.Atoi(r.PathValue("code"))
	if err != nil {
		http.NotFound(w, r)
		return
	}
	if code == http.StatusServiceUnavailable || code == http.StatusTooManyRequests {
		w.Header().Set("Retry-After", "7")
	}
	w.WriteHeader(code)
}
