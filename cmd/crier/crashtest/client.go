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
	"time"

	"github.com/crier-social/crier/core"
)

// client calls the API as any other would.
type client struct {
	base string
	http *http.Client
}

func newClient(address string) *client {
	return &client{base: "http://" + address, http: &http.Client{
		Timeout: 20 * time.Second, Transport: &http.Transport{DisableKeepAlives: true},
	}}
}

// call is one request to the API.
type call struct {
	method, path string
	key          string // Idempotency-Key
	body         any
}

// do makes a request and decodes the answer. Status 0 means that there was none.
func (c *client) do(ctx context.Context, what call, answer any) (status int, err error) {
	var payload io.Reader
	if what.body != nil {
		raw, err := json.Marshal(what.body)
		if err != nil {
			return 0, err
		}
		payload = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, what.method, c.base+what.path, payload)
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

// answers tells whether the server is up.
func (c *client) answers(ctx context.Context) bool {
	status, err := c.do(ctx, call{method: http.MethodGet, path: "/openapi.json"}, nil)
	return err == nil && status == http.StatusOK
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
	Code    core.Code
	Message string
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

// link makes the accounts known to Crier and returns their ids.
func (c *client) link(ctx context.Context) ([]string, error) {
	for _, a := range Accounts() {
		var answer json.RawMessage
		status, err := c.do(ctx, call{method: http.MethodPost, path: "/profiles/social", body: map[string]any{
			"platform": "linkedin", "accessToken": a.Token, "expiresIn": 5184000, "id": a.URN,
		}}, &answer)
		if err != nil || status != http.StatusOK {
			return nil, fmt.Errorf("linking the %s: %d %s %w", a.Name, status, answer, err)
		}
	}
	var list struct {
		Accounts []struct {
			ID       string
			RemoteID string `json:"remoteId"`
		}
	}
	if _, err := c.do(ctx, call{method: http.MethodGet, path: "/accounts"}, &list); err != nil {
		return nil, err
	}
	var ids []string
	for _, a := range Accounts() {
		for _, linked := range list.Accounts {
			if linked.RemoteID == a.URN {
				ids = append(ids, linked.ID)
			}
		}
	}
	if len(ids) != len(Accounts()) {
		return nil, fmt.Errorf("%d of %d accounts are linked: %+v", len(ids), len(Accounts()), list)
	}
	return ids, nil
}
