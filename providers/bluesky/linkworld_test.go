package bluesky_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/providers/bluesky"
	"github.com/crier-social/crier/providers/bluesky/blueskytest"
)

// linkWorld is a sandbox, and a provider that links its accounts.
type linkWorld struct {
	*blueskytest.Server

	clock    *coretest.Clock
	provider *bluesky.Provider
	wire     *wire
}

// newLinkWorld changes what the provider works with before it is made.
func newLinkWorld(t *testing.T, change func(*bluesky.Config, *bluesky.Deps)) *linkWorld {
	t.Helper()
	clock := coretest.NewClock(coretest.Epoch())
	clock.SkipWaits()
	w := &linkWorld{Server: blueskytest.New(t, blueskytest.WithClock(clock)), clock: clock, wire: &wire{base: &http.Transport{}}}
	t.Cleanup(w.wire.base.CloseIdleConnections)
	c := bluesky.Config{PLCURL: w.PLCURL(), AppViewURL: w.URL}
	d := bluesky.Deps{
		HTTP: &http.Client{Transport: w.wire}, Clock: clock,
		LookupTXT: func(context.Context, string) ([]string, error) { return nil, errors.New("no such host") },
	}
	if change != nil {
		change(&c, &d)
	}
	p, err := bluesky.New(c, d)
	if err != nil {
		t.Fatal(err)
	}
	w.provider = p
	return w
}

// wire carries requests, and may change what comes back.
type wire struct {
	base *http.Transport

	mu      sync.Mutex
	changes map[string]func(body []byte) (status int, changed []byte) // by a part of the address
	failing map[string]http.RoundTripper                              // by a part of the address
	sent    []string
}

// fail has requests whose address has a part go by way of another wire.
func (w *wire) fail(part string, by http.RoundTripper) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.failing == nil {
		w.failing = map[string]http.RoundTripper{}
	}
	w.failing[part] = by
}

// alter changes the answers to requests whose address has a part.
func (w *wire) alter(part string, change func(body []byte) (int, []byte)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.changes == nil {
		w.changes = map[string]func([]byte) (int, []byte){}
	}
	w.changes[part] = change
}

// answer has requests whose address has a part be answered so.
func (w *wire) answer(part string, status int, body string) {
	w.alter(part, func([]byte) (int, []byte) { return status, []byte(body) })
}

// count tells how many requests had a part in their address.
func (w *wire) count(part string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for _, address := range w.sent {
		if strings.Contains(address, part) {
			n++
		}
	}
	return n
}

// last is the address of the last request.
func (w *wire) last() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.sent[len(w.sent)-1]
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	w.mu.Lock()
	w.sent = append(w.sent, r.URL.String())
	var change func([]byte) (int, []byte)
	for part, c := range w.changes {
		if strings.Contains(r.URL.String(), part) {
			change = c
		}
	}
	var by http.RoundTripper = w.base
	for part, other := range w.failing {
		if strings.Contains(r.URL.String(), part) {
			by = other
		}
	}
	w.mu.Unlock()
	resp, err := by.RoundTrip(r)
	if err != nil || change == nil {
		return resp, err
	}
	body, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if err != nil {
		return nil, err
	}
	resp.StatusCode, body = change(body)
	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	resp.Header.Set("Content-Type", "application/json")
	resp.Header.Del("Content-Length")
	return resp, nil
}

// answers are those of a person who links with an app password.
func answers(handle, password string) map[string]core.Secret {
	return map[string]core.Secret{"handle": core.Secret(handle), "appPassword": core.Secret(password)}
}

// direct links with an app password.
func (w *linkWorld) direct(t *testing.T, handle, password string) (core.Grant, error) {
	t.Helper()
	return w.provider.Exchange(t.Context(), core.LinkRequest{App: "appPassword", Answers: answers(handle, password)}, core.LinkReturn{})
}

// linked is direct, which has to succeed.
func (w *linkWorld) linked(t *testing.T, handle, password string) core.Grant {
	t.Helper()
	g, err := w.direct(t, handle, password)
	if err != nil {
		t.Fatal(err)
	}
	return g
}
