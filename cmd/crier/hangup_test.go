package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

const (
	hangupClients = 100
	hangupRounds  = 5
	hangupGood    = 40
)

// TestClientsThatHangUp lets 100 clients leave in the middle of their requests,
// again and again, among others that stay for their answers; then it cuts the
// server's power. Whatever was answered with 200 is in the history of the next
// start, and the next request is served.
func TestClientsThatHangUp(t *testing.T) {
	t.Parallel()
	s := newServerProcess(t, sandbox.Options{Latency: sandbox.Latency{Min: time.Millisecond, Max: 10 * time.Millisecond, Seed: 1}})

	var rude sync.WaitGroup
	for n := range hangupClients {
		rude.Go(func() {
			random := rand.New(rand.NewPCG(uint64(n), 1))
			for round := range hangupRounds {
				s.hangUp(random, fmt.Sprintf("Nobody waits for number %d of client %d", round, n))
			}
		})
	}
	promised := s.goodRequests()
	rude.Wait()

	s.kill()
	s.start()
	s.checkHistory(promised)
	if id, status := s.schedule("The next request"); status != http.StatusOK || id == "" {
		t.Errorf("the next request was answered %d with id %q", status, id)
	}
	s.kill()
}

// goodRequests sends scheduled and immediate posts, and returns the ids of those
// that were answered with 200. None may be refused.
func (s *serverProcess) goodRequests() []string {
	s.t.Helper()
	var ids []string
	for i := range hangupGood {
		text := fmt.Sprintf("Somebody waits for number %d", i)
		id, status := s.schedule(text)
		if status != http.StatusOK {
			s.t.Errorf("scheduling %q among clients that hang up: %d", text, status)
		}
		ids = append(ids, id)
		var answer struct{ ID string }
		status, err := s.call(http.MethodPost, "/post", fmt.Sprintf("good-%d", i), map[string]any{"post": text, "platforms": []string{"linkedin"}}, &answer)
		switch {
		case err != nil || status != http.StatusOK && status != http.StatusAccepted:
			s.t.Errorf("posting %q among clients that hang up: %d %v", text, status, err)
		case status == http.StatusOK:
			ids = append(ids, answer.ID)
		}
	}
	return ids
}

// schedule asks for a post in the far future.
func (s *serverProcess) schedule(text string) (id string, status int) {
	return s.scheduleAt(text, time.Now().Add(48*time.Hour))
}

// scheduleAt asks for a post at a time; status 0 means that there was no answer.
func (s *serverProcess) scheduleAt(text string, at time.Time) (id string, status int) {
	var answer struct{ ID string }
	status, err := s.call(http.MethodPost, "/post", "", map[string]any{
		"post": text, "platforms": []string{"linkedin"}, "scheduleDate": at.UTC().Format(time.RFC3339),
	}, &answer)
	if err != nil {
		return "", 0
	}
	return answer.ID, status
}

// hangUp begins a request and leaves: within its head, within its body, as soon as
// it is sent, or while its answer is being made.
func (s *serverProcess) hangUp(random *rand.Rand, text string) {
	addr, begun := strings.TrimPrefix(s.url, "http://"), time.Now()
	var d net.Dialer
	conn, err := d.DialContext(s.t.Context(), "tcp", addr)
	if err != nil {
		s.t.Errorf("the server takes no connection: %v", err)
		return
	}
	defer func() { _ = conn.Close() }()
	body := fmt.Sprintf(`{"post":%q,"platforms":["linkedin"],"randomMediaUrl":%t}`, text, random.IntN(2) == 0)
	head := fmt.Sprintf("POST /post HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", addr, crashKey, len(body))
	whole := head + body
	keep := len(whole)
	switch random.IntN(4) {
	case 0:
		keep = random.IntN(len(head))
	case 1:
		keep = len(head) + random.IntN(len(body))
	}
	if _, err := conn.Write([]byte(whole[:keep])); err != nil && time.Since(begun) < headerTimeout {
		s.t.Errorf("the server closed the connection of a request under way: %v", err)
	}
	if tcp, ok := conn.(*net.TCPConn); ok && random.IntN(2) == 0 {
		_ = tcp.SetLinger(0) // ends the connection by a reset
	}
	if random.IntN(2) == 0 {
		s.wait(time.Duration(random.Int64N(int64(30 * time.Millisecond))))
	}
}

// checkHistory looks for the posts in GET /history.
func (s *serverProcess) checkHistory(ids []string) {
	s.t.Helper()
	var list struct {
		History []struct{ ID string }
	}
	var raw json.RawMessage
	status, err := s.call(http.MethodGet, "/history?limit=1000", "", nil, &raw)
	if err == nil {
		err = json.Unmarshal(raw, &list)
	}
	if err != nil || status != http.StatusOK {
		s.t.Fatalf("history: %d %s %v", status, raw, err)
	}
	there := map[string]bool{}
	for _, p := range list.History {
		there[p.ID] = true
	}
	for _, id := range ids {
		if !there[id] {
			s.t.Errorf("the post %q was answered with 200 and is lost", id)
		}
	}
	s.t.Logf("%d posts were promised; the history has %d", len(ids), len(there))
}
