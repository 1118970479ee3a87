package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/crier-social/crier/cmd/crier/crashtest"
	"github.com/crier-social/crier/providers/bluesky/blueskytest"
	"github.com/crier-social/crier/providers/bluesky/sandbox"
)

func TestCommentsOnceOnBluesky(t *testing.T) {
	t.Parallel()
	server := blueskytest.New(t)
	testCommentsOnce(t, atNetwork{
		pds: server.URL, plc: server.PLCURL(), appView: server.URL, video: server.URL,
		alice: atAccount{sandbox.AliceDID, sandbox.AliceHandle, sandbox.Password, sandbox.AliceAppPassword},
	})
}

// puttingFront stands before a network, and has the next records that are put meet trouble.
type puttingFront struct {
	http.Handler

	mu      sync.Mutex
	trouble []trouble
}

// trouble is what becomes of a request instead of an answer; apply has the network do what it asks
// for, and returns the status.
type trouble func(apply func() int)

// ServeHTTP implements http.Handler. What meets trouble gets no answer.
func (f *puttingFront) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/xrpc/com.atproto.repo.putRecord" {
		f.Handler.ServeHTTP(w, r)
		return
	}
	f.mu.Lock()
	var met trouble
	if len(f.trouble) > 0 {
		met, f.trouble = f.trouble[0], f.trouble[1:]
	}
	f.mu.Unlock()
	if met == nil {
		f.Handler.ServeHTTP(w, r)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	met(func() int {
		later, answer := r.Clone(context.WithoutCancel(r.Context())), httptest.NewRecorder()
		later.Body = io.NopCloser(bytes.NewReader(body))
		f.Handler.ServeHTTP(answer, later)
		return answer.Code
	})
	panic(http.ErrAbortHandler)
}

// next has the next record that is put meet trouble.
func (f *puttingFront) next(t trouble) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.trouble = append(f.trouble, t)
}

// testCommentsOnce has connections break and Crier die while it comments. The genuine server and
// the sandbox are held to the same: the client is told of the one comment that there is.
func testCommentsOnce(t *testing.T, net atNetwork) {
	t.Helper()
	front := &puttingFront{}
	at := httptest.NewServer(front)
	t.Cleanup(at.Close)
	var err error
	if front.Handler, err = crashtest.BlueskyServers(net.pds, net.plc, at.URL); err != nil {
		t.Fatal(err)
	}
	net.plc = at.URL + "/plc"
	w := newATWorld(t, net)
	w.api.ask(http.MethodPost, "/profiles/social", map[string]any{"platform": "bluesky", "handle": net.alice.handle, "appPassword": net.alice.appPassword})
	answer := w.api.ask(http.MethodPost, "/post", map[string]any{"post": "Say something", "platforms": []string{"bluesky"}})
	id, _ := answer["id"].(string)
	root := readPublished(t, answer).Entries["bluesky"].ID

	held, dead := make(chan struct{}), make(chan struct{})
	late, arrived := make(chan struct{}), make(chan int)
	hold := func() { held <- struct{}{}; <-dead }
	for _, tc := range []struct {
		name    string
		trouble trouble
		dies    bool
		late    bool
	}{
		{name: "nothing", trouble: nil},
		{name: "answer lost", trouble: func(apply func() int) { apply() }},
		{name: "request lost", trouble: func(func() int) {}},
		{name: "request late", trouble: func(apply func() int) { go func() { <-late; arrived <- apply() }() }, late: true},
		{name: "killed after", trouble: func(apply func() int) { apply(); hold() }, dies: true},
		{name: "killed before", trouble: func(func() int) { hold() }, dies: true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			text := "A comment: " + tc.name
			ask := func() (int, map[string]any) {
				var answer map[string]any
				status, _ := w.server.call(http.MethodPost, "/comments", tc.name, map[string]any{"id": id, "comment": text, "platforms": []string{"bluesky"}}, &answer)
				return status, answer
			}
			if tc.trouble != nil {
				front.next(tc.trouble)
			}
			if tc.dies {
				go func() {
					<-held
					w.server.kill()
					dead <- struct{}{} // the request
					dead <- struct{}{} // the test
				}()
				if status, answer := ask(); status != 0 {
					t.Fatalf("it was killed, and answers %d %v", status, answer)
				}
				<-dead
				w.server.startAfter(2 * time.Minute)
			}
			status, answer := ask()
			told, _ := dig(answer, "bluesky", "commentId").(string)
			if status != http.StatusOK || told == "" {
				t.Fatalf("%d %v", status, answer)
			}
			if tc.late {
				late <- struct{}{}
				if status := <-arrived; status != http.StatusOK { // the same record under the same key
					t.Errorf("the request that arrives late: %d", status)
				}
			}
			if there := w.in(t).answersTo(root, text); !slices.Equal(there, []string{told}) {
				t.Errorf("comments %v, want %s alone", there, told)
			}
			if again, same := ask(); again != http.StatusOK || dig(same, "bluesky", "commentId") != told {
				t.Errorf("the same request again: %d %v", again, same)
			}
		})
	}
}

// answersTo lists the posts of alice that answer one with a text.
func (w *atWorld) answersTo(parent, text string) (uris []string) {
	w.t.Helper()
	status, body := w.fetch("com.atproto.repo.listRecords", "repo", w.net.alice.did, "collection", "app.bsky.feed.post", "limit", "100")
	var list struct {
		Records []struct {
			URI   string
			Value map[string]any
		}
	}
	if err := json.Unmarshal([]byte(body), &list); err != nil || status != http.StatusOK {
		w.t.Fatalf("%d %s %v", status, body, err)
	}
	for _, r := range list.Records {
		if r.Value["text"] == text && dig(r.Value, "reply", "parent", "uri") == parent {
			uris = append(uris, r.URI)
		}
	}
	return uris
}
