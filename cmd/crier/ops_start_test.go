package main

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/config"
	"github.com/crier-social/crier/providers"
)

// TestHealthWhileTheStoreIsAwaited: a process that waits for its database lives, and is not
// ready; when it gives up, or is stopped, its address is free.
func TestHealthWhileTheStoreIsAwaited(t *testing.T) {
	t.Parallel()
	ops := freeAddress(t)
	environ := append(sharedEnviron("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
		"CRIER_STORE=mongodb://127.0.0.1:1/db?serverSelectionTimeoutMS=100", "CRIER_DATA_DIR="+t.TempDir(), "CRIER_OPS_ADDR="+ops)
	cfg, err := config.Load(environ, "", providers.Adapters()...)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	messages := make(chanHandler, 100)
	ended := make(chan error, 1)
	go func() {
		_, err := newServer(ctx, cfg, slog.New(messages), serverOptions{})
		ended <- err
	}()
	select {
	case <-messages: // that the store is awaited
	case <-time.After(patience):
		t.Fatal("the store is not awaited")
	}
	got := map[string]int{}
	for _, path := range []string{"/healthz", "/readyz", "/metrics"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+ops+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, res.Body); err != nil {
			t.Error(err)
		}
		_ = res.Body.Close()
		got[path] = res.StatusCode
	}
	if diff := cmp.Diff(map[string]int{"/healthz": 200, "/readyz": 503, "/metrics": 503}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	stop()
	if err := <-ended; err == nil {
		t.Error("it started without a store")
	}
	again, err := new(net.ListenConfig).Listen(t.Context(), "tcp", ops)
	if err != nil {
		t.Fatal(err)
	}
	_ = again.Close()
}
