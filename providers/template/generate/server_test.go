package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const apiKey = "key-of-the-tiny-network"

// server is `crier serve --sandbox` as a process of its own.
type server struct{ url string }

// start runs the program until the test ends.
func start(t *testing.T, program string) server {
	t.Helper()
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), program, "serve", "--sandbox")
	cmd.Dir = t.TempDir()
	cmd.Env = append(
		slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "CRIER_") }),
		"CRIER_ADDR=127.0.0.1:0", "CRIER_SANDBOX_ADDR=127.0.0.1:0", "CRIER_OPS_ADDR=off", "CRIER_DATA_DIR="+t.TempDir(),
		"CRIER_API_KEY="+apiKey, "CRIER_LOG_FORMAT=json",
	)
	stderr, err := cmd.StderrPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	log := bufio.NewReader(stderr)
	url, said, err := untilStarted(log)
	if err != nil {
		t.Fatalf("the server did not start: %v\n%s", errors.Join(err, cmd.Wait()), said)
	}
	rest := make(chan error, 1)
	go func() { _, err := io.Copy(io.Discard, log); rest <- err }()
	t.Cleanup(func() {
		if err := errors.Join(cmd.Process.Signal(os.Interrupt), <-rest, cmd.Wait()); err != nil {
			t.Errorf("the server ended badly: %v", err)
		}
	})
	return server{url}
}

// untilStarted reads the log until the server tells its address.
func untilStarted(log *bufio.Reader) (url, said string, err error) {
	for {
		line, err := log.ReadString('\n')
		said += line
		if err != nil {
			return "", said, err
		}
		var entry struct{ Msg, API string }
		if json.Unmarshal([]byte(line), &entry) == nil && entry.Msg == "started" {
			return entry.API, said, nil
		}
	}
}

// call makes a request of the API, and fails the test unless it succeeds.
func (s server) call(t *testing.T, method, path string, body, answer any) {
	t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, s.url+path, bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+apiKey)
	req.Header.Set("Content-Type", "application/json")
	client := &http.Client{}
	defer client.CloseIdleConnections()
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	said, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode == http.StatusOK {
		err = json.Unmarshal(said, answer)
	}
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %d, %v\n%s", method, path, res.StatusCode, err, said)
	}
}
