package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestHealth(t *testing.T) {
	t.Parallel()
	ops := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/healthz" {
			answer(w, http.StatusServiceUnavailable, "not ready: the server is stopping\n")
			return
		}
		answer(w, http.StatusOK, "ok\n")
	}))
	t.Cleanup(ops.Close)
	at := func(s *httptest.Server) string { return "CRIER_OPS_ADDR=" + s.Listener.Addr().String() }
	for name, tc := range map[string]struct {
		environ string
		args    []string
		code    int
		stdout  string
		stderr  string
	}{
		"alive":         {environ: at(ops), args: []string{"--live"}, stdout: "ok\n"},
		"not ready":     {environ: at(ops), code: exitFailure, stderr: "answered 503: not ready: the server is stopping"},
		"does not run":  {environ: "CRIER_OPS_ADDR=127.0.0.1:1", code: exitFailure, stderr: "connection refused"},
		"no address":    {environ: "CRIER_OPS_ADDR=off", code: exitFailure, stderr: "CRIER_OPS_ADDR: the server has no address"},
		"unknown port":  {environ: "CRIER_OPS_ADDR=127.0.0.1:0", code: exitFailure, stderr: "CRIER_OPS_ADDR: the server has no address"},
		"bad settings":  {environ: "CRIER_WORKERS=none", code: exitFailure, stderr: "CRIER_WORKERS"},
		"one word more": {environ: at(ops), args: []string{"now"}, code: exitUsage, stderr: "now"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := execute(t.Context(), []string{tc.environ}, "", append([]string{"health"}, tc.args...)...)
			if got.code != tc.code || got.stdout != tc.stdout || !strings.Contains(got.stderr, tc.stderr) {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestHealthOfAServer(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil, t.TempDir(), "serve", "--sandbox")
	environ := []string{"CRIER_OPS_ADDR=" + strings.TrimPrefix(s.ops, "http://")}
	if got := execute(t.Context(), environ, "", "health"); got.code != exitOK || got.stdout != "ready\n" {
		t.Errorf("it runs: %+v", got)
	}
	s.stop()
	if got := execute(t.Context(), environ, "", "health"); got.code != exitFailure {
		t.Errorf("it was stopped: %+v", got)
	}
}
