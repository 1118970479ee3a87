package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

const (
	// healthTimeout is longer than /readyz takes at most.
	healthTimeout = readyTimeout + time.Second
	maxHealth     = 4 << 10 // bytes of an answer
)

func runHealth(ctx context.Context, c cli, args []string) error {
	f := newFlags(c, "health", "[--live]", `
Asks /readyz at CRIER_OPS_ADDR, whose answer it prints. The exit code is 0 when the
server can take requests, and 1 when it cannot or does not answer. It is for the
health checks of containers, with the settings of the server.`)
	live := f.Bool("live", false, "Ask only whether the process lives: /healthz.")
	if _, err := f.parse(args, 0); err != nil {
		return err
	}
	cfg, err := c.loadSettings()
	if err != nil {
		return err
	}
	_, port, _ := net.SplitHostPort(string(cfg.OpsAddr)) // an error leaves it empty
	if port == "" || port == "0" {
		return errors.New("CRIER_OPS_ADDR: the server has no address with a known port to ask for its health; set it to one, such as 127.0.0.1:8081")
	}
	path := "/readyz"
	if *live {
		path = "/healthz"
	}
	return askHealth(ctx, c.stdout, cfg.OpsAddr.URL()+path)
}

// askHealth prints the answer of a server; any other status than 200 is an error with it.
func askHealth(ctx context.Context, out io.Writer, address string) error {
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	// A transport of its own asks no proxy: the server is on this machine.
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(io.LimitReader(res.Body, maxHealth))
	if err != nil {
		return fmt.Errorf("reading the answer of %s: %w", address, err)
	}
	text := strings.TrimSpace(string(raw))
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %d: %s", address, res.StatusCode, text)
	}
	_, err = fmt.Fprintln(out, text)
	return err
}
