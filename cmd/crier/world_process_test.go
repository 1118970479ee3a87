package main

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

// worldText is the post that meets the trouble of a test.
const worldText = "Come what may"

// fill writes a file until the disk has no room left.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	for size := 1 << 20; size > 0; {
		if _, err = f.Write(make([]byte, size)); err != nil {
			size /= 2
		}
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("filling the disk ended with %v", err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// refusedPost is an answer of a server that cannot store a post.
type refusedPost struct {
	ID, Message, Help, Field string
	Code                     core.Code
}

// TestFullDisk fills the disk of a running server. It refuses posts and says why, forgets
// nothing that it promised, and goes on by itself when there is room again; a post that
// was being sent at that moment is recorded then.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	withOwnMounts(t, func() { fillTheDisk(t) })
}

func fillTheDisk(t *testing.T) {
	t.Helper()
	dir, ops := t.TempDir(), freeAddress(t)
	mountSmall(t, dir, "24m")
	s := newServerProcess(t, sandbox.Options{}, "CRIER_DATA_DIR="+dir, "CRIER_OPS_ADDR="+ops)
	promised := map[int]string{}
	if err := s.network.Next(createPost, sandbox.Delay(700*time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	var under sync.WaitGroup
	under.Go(func() { promised[0] = s.postText(worldText) })
	s.untilCalled()
	filler := filepath.Join(dir, "filler")
	fill(t, filler)

	refused, status := s.scheduleUntilRefused(promised)
	if status != http.StatusServiceUnavailable || refused.Code != core.CodeStoreUnavailable || refused.Field != "" ||
		!strings.Contains(refused.Message, "disk is full") || !strings.Contains(refused.Help, "makes room") {
		t.Errorf("refused with %d %+v", status, refused)
	}
	if status, body := fetch(t, "http://"+ops+"/readyz"); status != http.StatusServiceUnavailable || !strings.Contains(body, "disk is full") {
		t.Errorf("ready: %d %q", status, body)
	}
	s.until("the network has the post", func() bool { return len(s.network.Posts()) > 0 })
	s.wait(300 * time.Millisecond) // the answer comes in, and cannot be recorded
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	under.Wait()
	if promised[0] == "" {
		t.Fatal("the post that was under way was not answered")
	}
	s.checkOnce(promised[0], worldText)
	ids := make([]string, 0, len(promised))
	for _, id := range promised {
		ids = append(ids, id)
	}
	if id, status := s.schedule("There is room again"); status != http.StatusOK {
		t.Errorf("with room again: %d", status)
	} else {
		ids = append(ids, id)
	}
	s.checkHistory(ids)
	if status, body := fetch(t, "http://"+ops+"/readyz"); status != http.StatusOK {
		t.Errorf("ready: %d %q", status, body)
	}
	s.untilLogged("store.recovered")
	s.kill()
	const most = 20 // lines: a few messages, each once a minute
	if n := strings.Count(s.log.String(), "disk is full"); n == 0 || n > most {
		t.Errorf("the log says %d times that the disk is full", n)
	}
	for _, event := range []string{"store.failing", "store.recovered"} {
		if n := strings.Count(s.log.String(), event); n != 1 {
			t.Errorf("the log has the event %s %d times, want once", event, n)
		}
	}
}

// TestLockedDatabase has another program hold the write lock of a running server's database
// for longer than a write waits. The server goes on answering what only reads, refuses
// posts and says why, and publishes what it had promised once the lock is free.
func TestLockedDatabase(t *testing.T) {
	t.Parallel()
	file, ops := filepath.Join(t.TempDir(), "crier.db"), freeAddress(t)
	s := newServerProcess(t, sandbox.Options{}, "CRIER_STORE=sqlite:"+file, "CRIER_OPS_ADDR="+ops)
	promised, text, release := s.lockBeforeDue(file)
	var answer refusedPost
	status, err := s.call(http.MethodPost, "/post", "", map[string]any{"post": "Locked out", "platforms": []string{"linkedin"}}, &answer)
	if err != nil {
		t.Fatal(err)
	}
	if status != http.StatusServiceUnavailable || answer.Code != core.CodeStoreUnavailable ||
		!strings.Contains(answer.Message, "another program keeps it locked") || !strings.Contains(answer.Help, "goes on by itself") {
		t.Errorf("refused with %d %+v", status, answer)
	}
	s.await(promised, "processing") // reads do not wait
	var view struct{ Progress []apiProgress }
	if _, err := s.call(http.MethodGet, "/post/"+promised, "", nil, &view); err != nil {
		t.Fatal(err)
	}
	if len(view.Progress) != 1 || view.Progress[0].LateSeconds == 0 || !strings.Contains(view.Progress[0].WaitsFor, "another program keeps it locked") {
		t.Errorf("what the overdue post waits for: %+v", view.Progress)
	}
	if status, body := fetch(t, "http://"+ops+"/readyz"); status != http.StatusServiceUnavailable || !strings.Contains(body, "another program keeps it locked") {
		t.Errorf("ready: %d %q", status, body)
	}
	if n := s.timesOf(text); n != 0 {
		t.Errorf("a post went out that could not be recorded, %d times", n)
	}
	release()
	s.checkOnce(promised, text)
	s.checkHistory([]string{promised})
	if status, body := fetch(t, "http://"+ops+"/readyz"); status != http.StatusOK {
		t.Errorf("ready: %d %q", status, body)
	}
	s.untilLogged("store.recovered")
	s.kill()
	for _, event := range []string{"store.failing", "store.recovered"} {
		if n := strings.Count(s.log.String(), event); n != 1 {
			t.Errorf("the log has the event %s %d times, want once", event, n)
		}
	}
}

// lockBeforeDue schedules a post and locks the database before the post is due, which it is soon.
func (s *serverProcess) lockBeforeDue(file string) (id, text string, release func()) {
	s.t.Helper()
	for n := range 20 {
		text := fmt.Sprintf("%s, for the time no. %d", worldText, n)
		id, status := s.scheduleAt(text, time.Now().Add(3*time.Second))
		if status != http.StatusOK {
			s.t.Fatalf("scheduling: %d", status)
		}
		release := lockDatabase(s.t, file)
		if s.statusOf(id) == statusPending {
			return id, text, release
		}
		release() // the machine had other things to do
	}
	s.t.Fatal("the database could not be locked within seconds")
	return "", "", nil
}

// timesOf counts how often the network has a post.
func (s *serverProcess) timesOf(text string) (n int) {
	for _, p := range s.network.Posts() {
		if p.DisplayText == text {
			n++
		}
	}
	return n
}

// scheduleUntilRefused schedules posts until one is refused, and adds the ids of the others.
func (s *serverProcess) scheduleUntilRefused(promised map[int]string) (refusedPost, int) {
	s.t.Helper()
	at := time.Now().Add(24 * time.Hour).UTC().Format(time.RFC3339)
	for i := 1; i < 5000; i++ {
		var answer refusedPost
		status, err := s.call(http.MethodPost, "/post", "", map[string]any{
			"post": fmt.Sprintf("Room for number %d? %s", i, strings.Repeat("x", 2000)), "platforms": []string{"linkedin"}, "scheduleDate": at,
		}, &answer)
		if err != nil {
			s.t.Fatal(err)
		}
		if status != http.StatusOK {
			return answer, status
		}
		promised[i] = answer.ID
	}
	s.t.Fatal("the disk does not get full")
	return refusedPost{}, 0
}

// checkOnce waits until a post is published, and makes sure that it is there once.
func (s *serverProcess) checkOnce(id, text string) {
	s.t.Helper()
	s.await(id, "success")
	if n := s.timesOf(text); n != 1 {
		s.t.Errorf("%q is there %d times", text, n)
	}
}

// await waits until a post has a status.
func (s *serverProcess) await(id, want string) {
	s.t.Helper()
	s.until("the post "+id+" is "+want, func() bool { return s.statusOf(id) == want })
}

// statusOf returns the status of a post; empty: the server does not tell.
func (s *serverProcess) statusOf(id string) string {
	var answer struct{ Status string }
	if status, err := s.call(http.MethodGet, "/post/"+id, "", nil, &answer); err != nil || status != http.StatusOK {
		return ""
	}
	return answer.Status
}

// untilCalled waits until a call has come in that meets the fault which the network has been told.
func (s *serverProcess) untilCalled() {
	s.t.Helper()
	s.until("the network is called", func() bool { return len(s.network.Faults()) == 0 })
}

// TestClockSetBackBetweenRuns kills a server whose answer was lost, and starts it with a
// clock that is an hour behind.
func TestClockSetBackBetweenRuns(t *testing.T) {
	t.Parallel()
	s := newServerProcess(t, sandbox.Options{})
	if err := s.network.Next("POST /rest/posts", sandbox.CutAfter()); err != nil {
		t.Fatal(err)
	}
	id := s.postText(worldText)
	if id == "" {
		t.Fatal("not accepted")
	}
	s.kill()
	s.clock.skip(-time.Hour)
	s.start()
	s.untilLogged("clock.set_back")
	s.wait(crashLease + time.Second) // the lease of the dead process was cut
	s.kill()
	s.startAfter(10 * time.Minute)
	s.checkOnce(id, worldText)
	s.kill()
}

// TestTwoServersShareAStore lets two servers with data folders of their own work on one
// database: each post goes out once.
func TestTwoServersShareAStore(t *testing.T) {
	t.Parallel()
	const posts = 120
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	one := newServerProcess(t, sandbox.Options{},
		"CRIER_STORE=sqlite:"+filepath.Join(t.TempDir(), "shared.db"), "CRIER_MASTER_KEY="+base64.StdEncoding.EncodeToString(key))
	two := *one
	addr := freeAddress(t)
	two.url, two.cmd, two.log = "http://"+addr, nil, &processLog{}
	two.env = append(slices.Clip(two.env), "CRIER_ADDR="+addr, "CRIER_DATA_DIR="+t.TempDir())
	two.start()
	defer two.kill()

	ids := make([]string, posts)
	var clients sync.WaitGroup
	for c := range 4 {
		clients.Go(func() {
			for i := c; i < posts; i += 4 {
				server := one
				if i%2 == 1 {
					server = &two
				}
				ids[i] = server.postText(fmt.Sprintf("Shared number %d", i))
			}
		})
	}
	clients.Wait()
	for i, id := range ids {
		if id == "" {
			t.Fatalf("post %d was not accepted", i)
		}
		one.await(id, "success")
	}
	seen := map[string]int{}
	for _, p := range one.network.Posts() {
		seen[p.DisplayText]++
	}
	for i := range posts {
		if n := seen[fmt.Sprintf("Shared number %d", i)]; n != 1 {
			t.Errorf("post %d is there %d times", i, n)
		}
	}
}

// postText posts a text at once, without waiting for its outcome.
func (s *serverProcess) postText(text string) string {
	var answer struct{ ID string }
	if _, err := s.call(http.MethodPost, "/post", text, map[string]any{"post": text, "platforms": []string{"linkedin"}}, &answer); err != nil {
		return ""
	}
	return answer.ID
}
