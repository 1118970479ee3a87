package main

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/crier-social/crier/core/store/mongo/mongotest"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

// commandCounter counts what a server process sends to the database.
type commandCounter struct {
	mu   sync.Mutex
	sent map[string]int // by name and collection
}

func (c *commandCounter) count(command mongotest.Command) mongotest.Fault {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sent[command.Name+" "+command.Collection]++
	return mongotest.Pass
}

// take returns what was counted since the last time.
func (c *commandCounter) take() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	sent := c.sent
	c.sent = map[string]int{}
	return sent
}

// TestCommandsOfRequests: how many commands a server sends to MongoDB for a request, from the
// check of the key to the answer, and for a post until it is out. They are the same whichever
// server takes them. What the process sends by itself is measured first and left out.
func TestCommandsOfRequests(t *testing.T) {
	t.Parallel()
	proxy, c := mongotest.NewProxy(t, mongotest.NewURL(t)), &commandCounter{sent: map[string]int{}}
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	s := newServerProcess(t, sandbox.Options{}, "CRIER_STORE="+proxy.URL(), "CRIER_MASTER_KEY="+base64.StdEncoding.EncodeToString(key),
		"CRIER_PUBLIC_URL=http://crier.example", "CRIER_MEDIA_STORE=disk:"+t.TempDir(), "CRIER_READ_BACK_AFTER=1s")
	warm := s.postText("The first one finds caches empty")
	s.await(warm, "success")
	s.wait(2 * time.Second) // it is looked at again, too
	proxy.Fail(c.count)
	const idle = 4 * time.Second
	s.wait(idle)
	alone := float64(total(c.take())) / idle.Seconds()
	t.Logf("a server that has nothing to do sends %.1f commands a second", alone)

	at, last := time.Now().Add(48*time.Hour), ""
	const lookedAtAgain = 3 * time.Second // a published post is, to see that it is still there
	for _, tc := range []struct {
		name string
		wait time.Duration
		n    int
		most float64 // commands for each
		do   func(i int)
	}{
		{"POST /post, scheduled", 0, 200, 11, func(i int) {
			id, status := s.scheduleAt(fmt.Sprintf("Number %d %s", i, strings.Repeat("lorem ipsum ", 20)), at.Add(time.Duration(i)*time.Second))
			if last = id; status != http.StatusOK {
				t.Fatalf("scheduling: %d", status)
			}
		}},
		{"GET /post/:id", 0, 200, 3, func(int) {
			if status, err := s.call(http.MethodGet, "/post/"+last, "", nil, nil); err != nil || status != http.StatusOK {
				t.Fatalf("reading: %d %v", status, err)
			}
		}},
		{"GET /history", 0, 50, 5, func(int) {
			if status, err := s.call(http.MethodGet, "/history", "", nil, nil); err != nil || status != http.StatusOK {
				t.Fatalf("listing: %d %v", status, err)
			}
		}},
		{"POST /post, published before it is answered", lookedAtAgain, 100, 70, func(i int) {
			var answer struct{ Status string }
			status, err := s.call(http.MethodPost, "/post", "", map[string]any{"post": fmt.Sprintf("At once, number %d", i), "platforms": []string{"linkedin"}}, &answer)
			if err != nil || status != http.StatusOK || answer.Status != "success" {
				t.Fatalf("posting: %d %v %v", status, answer, err)
			}
		}},
	} {
		c.take()
		began, used := time.Now(), processorTimeOf(strconv.Itoa(s.cmd.Process.Pid))
		for i := range tc.n {
			tc.do(i)
		}
		s.wait(tc.wait)
		took, cpu, sent := time.Since(began), processorTimeOf(strconv.Itoa(s.cmd.Process.Pid))-used, c.take()
		each := (float64(total(sent)) - alone*took.Seconds()) / float64(tc.n)
		t.Logf("%s: %.1f commands and %s of processor time each: %s", tc.name, each, cpu/time.Duration(tc.n), describeCommands(sent, tc.n))
		if each > tc.most {
			t.Errorf("%s: %.1f commands each, want at most %.0f", tc.name, each, tc.most)
		}
		if each < 1 {
			t.Errorf("%s: %.1f commands each: they are not counted", tc.name, each)
		}
	}
}

func total(sent map[string]int) (sum int) {
	for _, n := range sent {
		sum += n
	}
	return sum
}

// describeCommands lists how often each command was sent for one of n requests.
func describeCommands(sent map[string]int, n int) string {
	var list []string
	for _, command := range slices.SortedFunc(maps.Keys(sent), func(a, b string) int { return sent[b] - sent[a] }) {
		list = append(list, fmt.Sprintf("%s %.2f", command, float64(sent[command])/float64(n)))
	}
	return strings.Join(list, ", ")
}
