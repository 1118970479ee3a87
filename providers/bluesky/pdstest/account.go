package pdstest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// Account is one on the server.
type Account struct {
	DID         string
	Handle      string
	Password    string // the main password
	AppPassword string // see https://atproto.com/specs/xrpc#app-passwords
}

// CreateAccount makes an account, with an app password. The handle must end in ".test".
func (s *Server) CreateAccount(t testing.TB, handle string) Account {
	t.Helper()
	a := Account{Handle: handle, Password: secret()}
	var created struct {
		DID       string `json:"did"`
		AccessJWT string `json:"accessJwt"`
	}
	name, _, _ := strings.Cut(handle, ".")
	s.call(t, "com.atproto.server.createAccount", "", map[string]string{"handle": handle, "email": name + "@example.com", "password": a.Password}, &created)
	a.DID = created.DID
	var password struct{ Password string }
	s.call(t, "com.atproto.server.createAppPassword", created.AccessJWT, map[string]string{"name": "crier"}, &password)
	a.AppPassword = password.Password
	return a
}

// call makes a procedure call that must be answered with 200.
func (s *Server) call(t testing.TB, method, token string, body, answer any) {
	t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/xrpc/"+method, bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := (&http.Client{Timeout: time.Minute}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if raw, err = io.ReadAll(res.Body); err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d %s", method, res.StatusCode, raw)
	}
	if err := json.Unmarshal(raw, answer); err != nil {
		t.Fatalf("%s: %v in %s", method, err, raw)
	}
}
