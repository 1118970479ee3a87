package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/crier-social/crier/config"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/media/mediatest"
	"github.com/crier-social/crier/media/samples"
	"github.com/crier-social/crier/providers"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

const (
	hostileInputs      = 10_000
	hostileInputsShort = 1_000
	hostileClients     = 8
)

// TestHostileInput sends 10,000 requests as nobody should send them to a whole
// server with the sandbox behind it. None may be answered with a 5xx, or not at all, and
// nothing may panic.
func TestHostileInput(t *testing.T) {
	t.Parallel()
	inputs := hostileInputs
	if testing.Short() || raceEnabled {
		inputs = hostileInputsShort
		t.Logf("only %d of %d inputs: with -short or the race detector all would take too long", inputs, hostileInputs)
	}
	s := newHostileScene(t)
	var next atomic.Int64
	var wg sync.WaitGroup
	for n := range hostileClients {
		wg.Go(func() {
			h := coretest.NewHostile(uint64(n))
			for i := int(next.Add(1)); i <= inputs && !t.Failed(); i = int(next.Add(1)) {
				s.try(i, s.request(i, h))
			}
		})
	}
	wg.Wait()
	s.stop()
	if t.Failed() {
		return
	}
	for line := range strings.Lines(s.log.String()) {
		if strings.Contains(line, "panic") || strings.Contains(line, `"level":"ERROR"`) {
			t.Errorf("the server logged %s", line)
		}
	}
	if s.counts[http.StatusOK/100].Load() == 0 || s.counts[http.StatusBadRequest/100].Load() == 0 {
		t.Error("not one input was taken, or not one was refused: this test does not reach what it should")
	}
	t.Logf("%d answers 2xx, %d answers 4xx; the slowest took %v", s.counts[2].Load(), s.counts[4].Load(), time.Duration(s.slowest.Load()))
}

// hostileScene is a server in this process with what it talks to.
type hostileScene struct {
	t       *testing.T
	url     string
	picture string // address of a good one
	client  *http.Client
	media   *mediatest.Server
	files   []string // names on the media server
	log     *bytes.Buffer
	stop    func()
	counts  [6]atomic.Int64 // answers by the first digit of their status
	slowest atomic.Int64
}

func newHostileScene(t *testing.T) *hostileScene {
	t.Helper()
	network := sandbox.New(sandbox.Options{EveryVersion: true, Dir: t.TempDir(), MaxRequests: 1, MaxPosts: 1 << 20})
	upstream := httptest.NewServer(network)
	t.Cleanup(upstream.Close)
	s := &hostileScene{t: t, media: mediatest.NewServer(t), log: &bytes.Buffer{}}
	for name, content := range mediatest.Hostile() {
		name = strings.ReplaceAll(name, " ", "-")
		s.media.File(name, content)
		s.files = append(s.files, name)
	}
	slices.Sort(s.files)
	s.serve(upstream.URL)
	link := fmt.Sprintf(`{"platform":"linkedin","accessToken":%q,"expiresIn":5184000,"id":%q}`, sandbox.PageToken, sandbox.PageURN)
	if status, answer := s.send(s.newRequest(http.MethodPost, "/profiles/social", []byte(link))); status != http.StatusOK {
		t.Fatalf("linking: %d %s", status, answer)
	}
	return s
}

// serve starts the server; stop ends it.
func (s *hostileScene) serve(upstream string) {
	s.t.Helper()
	cfg, err := config.Load([]string{
		"CRIER_ADDR=127.0.0.1:0", "CRIER_OPS_ADDR=off", "CRIER_DATA_DIR=" + migratedDir(s.t), "CRIER_API_KEY=" + crashKey,
		"CRIER_LINKEDIN_API_URL=" + upstream, "CRIER_LINKEDIN_POSTS_PER_DAY=0", "CRIER_MEDIA_ALLOW=127.0.0.0/8", "CRIER_PUBLISH_WAIT=1s", "CRIER_SHUTDOWN_GRACE=1m",
	}, "", providers.Adapters()...)
	if err != nil {
		s.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(s.t.Context()))
	server, err := newServer(ctx, cfg, slog.New(slog.NewJSONHandler(s.log, nil)), serverOptions{api: true})
	if err != nil {
		s.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- server.run(ctx, nil) }()
	s.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			s.t.Error(err)
		}
	})
	s.t.Cleanup(s.stop)
	s.url = server.api.url()
	s.picture = s.url + "/samples/" + samples.Names()[0]
	s.client = &http.Client{Timeout: patience, Transport: &http.Transport{MaxIdleConnsPerHost: hostileClients}}
	s.t.Cleanup(s.client.CloseIdleConnections)
}

// request makes the i-th request.
func (s *hostileScene) request(i int, h *coretest.Hostile) *http.Request {
	switch i % 8 {
	case 0, 1:
		return s.newRequest(http.MethodPost, "/post", readable(i, h.Body(s.goodFields(i), "altText", "titles", "visibility")))
	case 2:
		return s.newRequest(http.MethodPost, "/validate/post", readable(i, h.Body(s.goodFields(i), "altText", "titles", "visibility")))
	case 3:
		return s.newRequest(http.MethodPost, "/post", s.textBody(i, h))
	case 4:
		block := readable(i, h.Block("altText", "titles", "visibility", "disableShare"))
		return s.newRequest(http.MethodPost, "/post", []byte(`{"post":"Options `+strconv.Itoa(i)+`","platforms":["linkedin"],"linkedInOptions":`+string(block)+`}`))
	case 5:
		return s.mediaRequest(i)
	case 6:
		return s.queryRequest(i, h)
	default:
		return s.otherRequest(i, h)
	}
}

// goodFields are the fields of a request without fault.
func (s *hostileScene) goodFields(i int) map[string]string {
	return map[string]string{
		"post": `"A good text ` + strconv.Itoa(i) + `"`, "platforms": `["linkedin"]`, "mediaUrls": `["` + s.picture + `"]`,
		"scheduleDate": `"2027-01-01T00:00:00Z"`, "idempotencyKey": `"key-` + strconv.Itoa(i) + `"`, "notes": `"a note"`,
		"randomPost": "false", "validateScheduled": "false", "linkedInOptions": `{"altText":["tiles"],"visibility":"public"}`,
	}
}

// readable makes every other input one that gets past the first look: without the
// bytes that no text may have, which would end it there.
func readable(i int, body []byte) []byte {
	if i/8%2 == 0 {
		return body
	}
	body = bytes.ToValidUTF8(body, []byte("?"))
	for _, half := range []string{`\ud800`, `\udfff`, `\ud83d`, `\udc00`, `\u0000`} {
		body = bytes.ReplaceAll(body, []byte(half), nil)
	}
	return body
}

// textBody is a request without fault but for its texts.
func (s *hostileScene) textBody(i int, h *coretest.Hostile) []byte {
	text := func() string {
		if i/8%2 == 0 {
			return h.Text()
		}
		return fmt.Sprintf("%d %s", i, strings.Map(func(r rune) rune {
			if r < ' ' && r != '\n' {
				return -1
			}
			return r
		}, h.Text()))
	}
	raw, err := json.Marshal(map[string]any{
		"post": text(), "platforms": []string{"linkedin"}, "notes": text(), "mediaUrls": []string{s.picture},
		"linkedInOptions": map[string]any{"titles": []string{text()}, "altText": []string{text()}},
	})
	if err != nil {
		s.t.Error(err)
	}
	return raw
}

// mediaRequest asks for a post with a file that a decoder should not trust, each
// served in several ways.
func (s *hostileScene) mediaRequest(i int) *http.Request {
	ways := []string{"ok", "chunked", "typed", "named", "gzip", "long"}
	n := i / 8
	address := s.media.URL + "/" + ways[n/len(s.files)%len(ways)] + "/" + s.files[n%len(s.files)]
	path := "/validate/post"
	if n%2 == 0 {
		path = "/post"
	}
	return s.newRequest(http.MethodPost, path, fmt.Appendf(nil, `{"post":"Media %d","platforms":["linkedin"],"mediaUrls":[%q]}`, i, address))
}

func (s *hostileScene) queryRequest(i int, h *coretest.Hostile) *http.Request {
	paths := []string{"/history", "/history/" + url.PathEscape(short(h.Text())), "/post/" + url.PathEscape(short(h.Text())), "/accounts", "/user", "/providers"}
	names := []string{"limit", "lastDays", "status", "platforms[0]", "platforms", "type", "before", short(h.Text())}
	query := url.Values{}
	for k := range 1 + i%3 {
		query.Add(names[(i/8+k)%len(names)], short(h.Text()))
	}
	return s.newRequest(http.MethodGet, paths[i/8%len(paths)]+"?"+query.Encode(), nil)
}

// otherRequest sends what belongs elsewhere to the other routes.
func (s *hostileScene) otherRequest(i int, h *coretest.Hostile) *http.Request {
	body := h.Body(map[string]string{"id": `"x"`, "bulk": `["a"]`, "platform": `"linkedin"`, "accessToken": `"t"`, "markManualDeleted": "true"})
	routes := [][2]string{{http.MethodDelete, "/post"}, {http.MethodPut, "/post/retry"}, {http.MethodPost, "/profiles/social"}, {http.MethodPost, "/post"}}
	route := routes[i/8%len(routes)]
	req := s.newRequest(route[0], route[1], body)
	if route[1] == "/post" && route[0] == http.MethodPost {
		req.Header.Set("Content-Type", "multipart/form-data; boundary=a")
	}
	if key := headerValue(h.Text()); key != "" {
		req.Header.Set("Idempotency-Key", key)
		req.Header.Set("Prefer", key)
	}
	return req
}

// short cuts a text to what fits into the head of a request.
func short(text string) string { return text[:min(len(text), 2000)] }

// headerValue leaves what a header can carry.
func headerValue(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, short(text))
}

func (s *hostileScene) newRequest(method, path string, body []byte) *http.Request {
	req, err := http.NewRequestWithContext(context.WithoutCancel(s.t.Context()), method, s.url+path, bytes.NewReader(body))
	if err != nil {
		s.t.Errorf("%s %q is no request: %v", method, path, err)
		return nil
	}
	req.Header.Set("Authorization", "Bearer "+crashKey)
	req.Header.Set("Content-Type", "application/json")
	return req
}

// try sends a request and judges the answer.
func (s *hostileScene) try(i int, req *http.Request) {
	if req == nil {
		return
	}
	begin := time.Now()
	status, answer := s.send(req)
	took := time.Since(begin)
	if status == 0 || status >= http.StatusInternalServerError {
		s.t.Errorf("input %d, %s %s: answered %d %.500s after %v", i, req.Method, req.URL, status, answer, took)
		return
	}
	if !json.Valid(answer) {
		s.t.Errorf("input %d, %s %s: the answer %d is no JSON: %.500q", i, req.Method, req.URL, status, answer)
	}
	s.counts[status/100].Add(1)
	for slowest := s.slowest.Load(); int64(took) > slowest && !s.slowest.CompareAndSwap(slowest, int64(took)); {
		slowest = s.slowest.Load()
	}
}

func (s *hostileScene) send(req *http.Request) (int, []byte) {
	res, err := s.client.Do(req)
	if err != nil {
		return 0, []byte(err.Error())
	}
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, []byte(err.Error())
	}
	return res.StatusCode, answer
}
