package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// newStallingServer reads the beginning of a request, calls began, and then neither
// reads nor answers.
func newStallingServer(ctx context.Context, t *testing.T, began func()) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadFull(r.Body, make([]byte, 1<<20))
		began()
		<-ctx.Done()
		panic(http.ErrAbortHandler) // returning would be an answer, which may come in time
	}))
	t.Cleanup(s.Close)
	return s
}

// Who breaks off learns what has happened.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	file := sparse(t, "v.mp4", 32<<20)
	tests := []struct {
		name string
		args []string
		want string
	}{
		{"a post's file", []string{"post", "x", "--platform", "all", "--media", file}, "were sent; there is no post"},
		{"an upload", []string{"media", "upload", file}, "were sent; there is no upload"},
		{"a check", []string{"validate", "x", "--platform", "all", "--media", file}, "crier: interrupted\n"},
		{"a question", []string{"media", "list"}, "crier: interrupted\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			s := newStallingServer(ctx, t, cancel)
			got := execute(ctx, []string{"CRIER_URL=" + s.URL, "CRIER_API_KEY=k"}, "", test.args...)
			if got.code != exitFailure || !strings.Contains(got.stderr, "crier: ") || !strings.Contains(got.stderr, test.want) || strings.Contains(got.stderr, "context canceled") {
				t.Errorf("result %+v", got)
			}
		})
	}
}

// A request that was sent in full may have been carried out.
func TestInterruptedAfterSending(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		cancel()
		<-r.Context().Done()
	}))
	t.Cleanup(s.Close)
	got := execute(ctx, []string{"CRIER_URL=" + s.URL, "CRIER_API_KEY=k"}, "", "post", "x", "--platform", "all", "--media", sparse(t, "a.png", 10))
	if got.code != exitFailure || !strings.Contains(got.stderr, "interrupted before the server had answered; whether there is a post now, `crier history` tells") {
		t.Errorf("result %+v", got)
	}
}

// What is being sent again may have arrived the first time.
func TestInterruptedWhileSendingAgain(t *testing.T) {
	t.Parallel()
	sent := &tally{shown: newProgress(t.Context(), io.Discard)}
	sent.add(10, 10)
	sent.add(3, 10)
	if err := sent.interrupted("post"); !strings.Contains(err.Error(), "whether there is a post now, `crier history` tells") {
		t.Errorf("got %v", err)
	}
}

func TestInterruptedWhileWaiting(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			w.WriteHeader(http.StatusAccepted)
		} else {
			cancel()
		}
		fmt.Fprint(w, `{"status":"processing","id":"p1"}`)
	}))
	t.Cleanup(s.Close)
	got := execute(ctx, []string{"CRIER_URL=" + s.URL, "CRIER_API_KEY=k"}, "", "post", "x", "--platform", "all")
	if got.code != exitFailure || !strings.Contains(got.stderr, "interrupted; the post goes on without this command: `crier history p1`") {
		t.Errorf("result %+v", got)
	}
}
