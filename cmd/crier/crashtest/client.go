package crashtest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/crier-social/crier/core"
)

// client calls the API as any other would: each server in turn, as a load balancer has it.
type client struct {
	servers []string // base URLs
	turns   atomic.Uint64
	http    *http.Client
}

func newClient(servers []string) *client {
	return &client{servers: servers, http: &http.Client{
		Timeout: time.Minute, Transport: &http.Transport{DisableKeepAlives: true},
	}}
}

// next is the server whose turn it is.
func (c *client) next() string { return c.servers[c.turns.Add(1)%uint64(len(c.servers))] }

// errStoreTrouble means that the database did not answer: the request may have been carried
// out, in part as well.
var errStoreTrouble = errors.New("the server's database does not answer")

// call is one request to the API.
type call struct {
	method, path string
	key          string // Idempotency-Key
	body         any
}

// do makes a request and decodes the answer. An error means that it may have been carried out,
// unless neverSent tells otherwise.
func (c *client) do(ctx context.Context, what call, answer any) (status int, err error) {
	var payload io.Reader
	if what.body != nil {
		raw, err := json.Marshal(what.body)
		if err != nil {
			return 0, err
		}
		payload = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, what.method, c.next()+what.path, payload)
	if err != nil {
		return 0, err
	}
	req.Header.Set("Authorization", "Bearer "+apiKey)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Prefer", "wait=1")
	if what.key != "" {
		req.Header.Set("Idempotency-Key", what.key)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return 0, err
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, err
	}
	if res.StatusCode == http.StatusServiceUnavailable {
		var refusal told
		if err := json.Unmarshal(raw, &refusal); err == nil && hasCode(refusal, core.CodeStoreUnavailable) {
			return 0, errStoreTrouble
		}
	}
	if answer != nil {
		if err := json.Unmarshal(raw, answer); err != nil {
			return 0, fmt.Errorf("%s %s answered %d, and what cannot be read: %w: %s", what.method, what.path, res.StatusCode, err, raw)
		}
	}
	return res.StatusCode, nil
}

// neverSent tells whether a failed request has not even reached the server.
func neverSent(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "dial"
}

// answers tells whether somebody answers 200 at the URL.
func (c *client) answers(ctx context.Context, url string) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return false
	}
	res, err := c.http.Do(req)
	if err != nil {
		return false
	}
	_ = res.Body.Close()
	return res.StatusCode == http.StatusOK
}

// told is what Crier says about a post.
type told struct {
	Status  string
	ID      string
	Code    core.Code
	Message string
	Errors  []toldError
	PostIDs []toldPost `json:"postIds"`
}

type toldError struct {
	Code      core.Code
	Message   string
	AccountID string `json:"accountId"`
}

type toldPost struct {
	ID           string
	AccountID    string       `json:"accountId"`
	FirstComment *toldComment `json:"firstComment"`
}

type toldComment struct {
	Status    string
	CommentID string `json:"commentId"`
}

func (t told) String() string {
	raw, err := json.Marshal(t)
	if err != nil {
		return err.Error()
	}
	return string(raw)
}
