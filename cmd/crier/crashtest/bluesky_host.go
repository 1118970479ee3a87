package crashtest

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

// plcPath is where the directory of members is on a host.
const plcPath = "/plc"

// BlueskyServers makes one handler of a genuine server and of the directory beside it, to be
// reached at another address than the server knows: what the directory tells of members names
// that one.
func BlueskyServers(server, directory, address string) (http.Handler, error) {
	serverURL, err := url.Parse(server)
	directoryURL, err2 := url.Parse(directory)
	if err := errors.Join(err, err2); err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	// A request whose process was killed is nothing to be told of.
	failed := func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) }
	mux.Handle("/", &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(serverURL) }, ErrorHandler: failed})
	mux.Handle(plcPath+"/", http.StripPrefix(plcPath, &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(directoryURL)
			r.Out.Header.Del("Accept-Encoding") // the answer has to be read
		},
		ModifyResponse: func(r *http.Response) error { return rename(r, server, address) }, ErrorHandler: failed,
	}))
	return mux, nil
}

// rename gives a server another address in an answer.
func rename(r *http.Response, from, to string) error {
	body, err := io.ReadAll(r.Body)
	if err := errors.Join(err, r.Body.Close()); err != nil {
		return err
	}
	body = bytes.ReplaceAll(body, []byte(strings.TrimSuffix(from, "/")), []byte(to))
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	r.Header.Set("Content-Length", strconv.Itoa(len(body)))
	return nil
}

// slowed answers after a while, which differs from request to request by the seed.
type slowed struct {
	http.Handler

	mu     sync.Mutex
	random *rand.Rand
}

func newSlowed(h http.Handler, seed uint64) *slowed {
	return &slowed{Handler: h, random: rand.New(rand.NewPCG(seed, 0))} //nolint:gosec // a delay that can be repeated is what it is for
}

// ServeHTTP implements http.Handler.
func (s *slowed) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	d := between(s.random, time.Millisecond, 25*time.Millisecond)
	s.mu.Unlock()
	wait(d)
	s.Handler.ServeHTTP(w, r)
}
