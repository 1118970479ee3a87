// Package api holds the wire types of the network's API and thin calls, one for each operation
// that the adapter uses. It decides nothing: what an answer means is the adapter's business.
package api

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/internal/rest"
)

// Client calls the network. It is safe for concurrent use.
type Client struct {
	rest *rest.Client
	base string
}

// New returns a client of the API at base, which has no slash at its end.
func New(c *rest.Client, base string) *Client { return &Client{rest: c, base: base} }

// Person is who a token belongs to.
type Person struct {
	ID   string `json:"id"`
	User string `json:"user"`
	Name string `json:"name"`
	URL  string `json:"url"` // of the page that shows it
}

// Post is what is published.
type Post struct {
	Text   string  `json:"text"`
	Images []Image `json:"images,omitempty"`
}

// Image is an uploaded picture of a post.
type Image struct {
	ID  string `json:"id"`
	Alt string `json:"alt,omitempty"`
}

// Published is a post that can be seen.
type Published struct {
	ID  string `json:"id"`
	URL string `json:"url"`
}

// Problem is the body of a refusal.
type Problem struct {
	Error   string `json:"error"`
	Message string `json:"message"`
}

// The codes of refusals that mean more than their status.
const (
	ErrUnknownUser   = "unknown_user"
	ErrWrongPassword = "wrong_password"
	ErrNoPost        = "no_post"
)

// ParseProblem reads a refusal; what is no refusal of the network's has no fields.
func ParseProblem(body []byte) Problem {
	var p Problem
	if json.Unmarshal(body, &p) != nil {
		return Problem{}
	}
	return p
}

// SignIn trades a name and a password for a token.
func (c *Client) SignIn(ctx context.Context, user string, password core.Secret) (core.Secret, error) {
	r := c.request("signIn", http.MethodPost, "/sign-in", "")
	r.Secrets = []core.Secret{password}
	var out struct {
		Token string `json:"token"`
	}
	_, err := c.rest.JSON(ctx, r, map[string]string{"user": user, "password": password.Reveal()}, &out)
	return core.Secret(out.Token), err
}

// Me tells who a token belongs to.
func (c *Client) Me(ctx context.Context, token core.Secret) (Person, error) {
	r := c.request("me", http.MethodGet, "/me", token)
	r.Repeatable = true
	var out Person
	_, err := c.rest.JSON(ctx, r, nil, &out)
	return out, err
}

// UploadImage uploads a picture and returns its id.
func (c *Client) UploadImage(ctx context.Context, token core.Secret, a *core.Asset) (string, error) {
	r := c.request("uploadImage", http.MethodPost, "/images", token)
	r.Header = http.Header{"Content-Type": {a.MIME}}
	r.Body = func(ctx context.Context) (io.ReadCloser, error) { return a.Open(ctx) }
	r.Size, r.Repeatable = a.Size, true
	var out struct {
		ID string `json:"id"`
	}
	_, err := c.rest.JSON(ctx, r, nil, &out)
	return out.ID, err
}

// PutPost publishes a post under a key of the caller's. The same key makes the same post.
func (c *Client) PutPost(ctx context.Context, token core.Secret, key string, p Post) (Published, error) {
	var out Published
	_, err := c.rest.JSON(ctx, c.request("putPost", http.MethodPut, postPath(key), token), p, &out)
	return out, err
}

// GetPost returns the post of a key.
func (c *Client) GetPost(ctx context.Context, token core.Secret, key string) (Published, error) {
	r := c.request("getPost", http.MethodGet, postPath(key), token)
	r.Repeatable = true
	var out Published
	_, err := c.rest.JSON(ctx, r, nil, &out)
	return out, err
}

// DeletePost deletes the post of a key.
func (c *Client) DeletePost(ctx context.Context, token core.Secret, key string) error {
	r := c.request("deletePost", http.MethodDelete, postPath(key), token)
	r.DiscardBody = true
	_, err := c.rest.Do(ctx, r)
	return err
}

func postPath(key string) string { return "/posts/" + url.PathEscape(key) }

func (c *Client) request(op, method, path string, token core.Secret) rest.Request {
	return rest.Request{Op: "template." + op, Method: method, URL: c.base + path, Token: token}
}
