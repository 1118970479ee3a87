//go:build interop

package cluster_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

// pause is how long a client waits between two requests.
const pause = 150 * time.Millisecond

// load is clients that post, and what they were told.
type load struct {
	t    *testing.T
	url  string
	key  string // of the API
	http *http.Client

	mu       sync.Mutex
	next     int
	accepted map[int]string // id of a post, by its number
	repeated []string       // failures of requests that were sent again
	fatal    []string       // failures of requests that must not be
}

func newLoad(t *testing.T, url, key, certificate string) *load {
	t.Helper()
	raw, err := os.ReadFile(certificate)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(raw) {
		t.Fatal("there is no certificate for the load balancer")
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 20}
	t.Cleanup(transport.CloseIdleConnections)
	return &load{t: t, url: url, key: key, http: &http.Client{Transport: transport, Timeout: patience}, accepted: map[int]string{}}
}

// call is one request.
type call struct {
	method, path string
	header       map[string]string
	body         any
}

// send makes a request once, and decodes an answer of status 2xx. Every other is an error.
func (l *load) send(c call, answer any) error {
	var payload io.Reader
	if c.body != nil {
		raw, err := json.Marshal(c.body)
		if err != nil {
			return err
		}
		// Of another type than http.NewRequest knows, so that the client cannot send it again by itself.
		payload = struct{ io.Reader }{bytes.NewReader(raw)}
	}
	req, err := http.NewRequestWithContext(context.WithoutCancel(l.t.Context()), c.method, l.url+c.path, payload)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+l.key)
	req.Header.Set("Content-Type", "application/json")
	for name, value := range c.header {
		req.Header.Set(name, value)
	}
	res, err := l.http.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode/100 != 2 {
		return fmt.Errorf("%s %s: %d %s", c.method, c.path, res.StatusCode, raw)
	}
	return json.Unmarshal(raw, answer)
}

// text is that of a post, by which it is known again.
func text(number int) string { return "Post number " + strconv.Itoa(number) + " of the load" }

// number takes the next one.
func (l *load) number() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.next++
	return l.next
}

// note records how a post ended that was sent.
func (l *load) note(number int, id string, list *[]string, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if id != "" {
		l.accepted[number] = id
	}
	if err != nil {
		*list = append(*list, fmt.Sprintf("%s post %d: %v", time.Now().Format("15:04:05.000"), number, err))
	}
}

// keyed posts with an Idempotency-Key and waits a second for the outcome; what fails is sent
// again.
func (l *load) keyed(body map[string]any) {
	n := l.number()
	body["post"], body["platforms"] = text(n), []string{"linkedin"}
	c := call{method: http.MethodPost, path: "/post", body: body, header: map[string]string{"Idempotency-Key": strconv.Itoa(n), "Prefer": "wait=1"}}
	var answer struct{ ID string }
	for range 20 {
		err := l.send(c, &answer)
		l.note(n, answer.ID, &l.repeated, err)
		if err == nil {
			return
		}
	}
	l.note(n, "", &l.fatal, errors.New("sent 20 times in vain"))
}

// unkeyed posts without an Idempotency-Key: nobody could tell whether it is safe to send it
// again, so that no such request may fail.
func (l *load) unkeyed() {
	n := l.number()
	c := call{method: http.MethodPost, path: "/post", body: map[string]any{"post": text(n), "platforms": []string{"linkedin"}}, header: map[string]string{"Prefer": "respond-async"}}
	var answer struct{ ID string }
	err := l.send(c, &answer)
	l.note(n, answer.ID, &l.fatal, err)
}

// illustrated uploads a picture, without a key, and posts it.
func (l *load) illustrated() {
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 400, 300))); err != nil {
		l.note(0, "", &l.fatal, err)
		return
	}
	var upload struct{ URL string }
	err := l.send(call{method: http.MethodPost, path: "/media/upload", body: map[string]any{
		"fileName": "picture.png", "file": base64.StdEncoding.EncodeToString(picture.Bytes()),
	}}, &upload)
	if err != nil || upload.URL == "" {
		l.note(0, "", &l.fatal, fmt.Errorf("upload: %w: %+v", err, upload))
		return
	}
	l.keyed(map[string]any{"mediaUrls": []string{upload.URL}})
}

// read asks what became of a post that was accepted.
func (l *load) read() {
	l.mu.Lock()
	numbers := slices.Sorted(maps.Keys(l.accepted))
	l.mu.Unlock()
	if len(numbers) == 0 {
		return
	}
	n := numbers[len(numbers)/2]
	l.note(n, "", &l.fatal, l.send(call{method: http.MethodGet, path: "/post/" + l.accepted[n]}, &struct{}{}))
}

// run has the clients at work until ctx ends.
func (l *load) run(ctx context.Context) {
	var clients sync.WaitGroup
	for i, request := range []func(){
		func() { l.keyed(map[string]any{}) }, func() { l.keyed(map[string]any{}) }, l.unkeyed, l.unkeyed, l.illustrated, l.read,
	} {
		clients.Go(func() {
			every := time.NewTicker(pause + time.Duration(i)*7*time.Millisecond)
			defer every.Stop()
			for {
				select {
				case <-every.C:
					request()
				case <-ctx.Done():
					return
				}
			}
		})
	}
	clients.Wait()
}

// link links the page that all posts are for.
func (l *load) link() {
	err := l.send(call{method: http.MethodPost, path: "/profiles/social", body: map[string]any{
		"platform": "linkedin", "accessToken": sandbox.PageToken, "expiresIn": 5184000, "id": sandbox.PageURN,
	}}, &struct{}{})
	if err != nil {
		l.t.Fatal(err)
	}
}

// published waits until every post that was accepted is out.
func (l *load) published() {
	for n, id := range l.accepted {
		var answer struct{ Status string }
		until(l.t, fmt.Sprintf("post %d, %s, to be out", n, id), func() bool {
			err := l.send(call{method: http.MethodGet, path: "/post/" + id}, &answer)
			if err != nil || answer.Status == "error" {
				l.t.Fatalf("post %d, %s: %+v, %v", n, id, answer, err)
			}
			return answer.Status == "success"
		})
	}
}

// onNetwork counts the posts there, by number.
func onNetwork(posts []sandbox.Post) map[int]int {
	counts := map[int]int{}
	for _, p := range posts {
		n := -1
		_, _ = fmt.Sscanf(p.DisplayText, "Post number %d of the load", &n) // -1: it is no post of the load
		counts[n]++
	}
	return counts
}

// certificateOf is the file with the load balancer's certificate.
func (f *fleet) certificateOf() string { return filepath.Join(f.secrets, "tls.pem") }
