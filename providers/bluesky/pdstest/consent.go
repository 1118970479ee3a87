package pdstest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"testing"
	"time"
)

// Consent does in place of a browser what a person does at the address that an app sends them
// to: it signs in with the main password and consents. It returns the address that the browser
// is then sent to, which is the app's.
func (s *Server) Consent(t testing.TB, address string, who Account) string {
	t.Helper()
	v := s.visit(t, address)
	token := v.signIn(who)
	return v.leave(v.answer("/consent", token, map[string]any{"sub": who.DID}))
}

// Refuse is Consent of a person who signs in and then declines.
func (s *Server) Refuse(t testing.TB, address string, who Account) string {
	t.Helper()
	v := s.visit(t, address)
	v.signIn(who)
	return v.leave(v.answer("/reject", "", map[string]any{}))
}

// visitor is a browser at the page that asks for consent. What it sends is what the page's own
// script does; its cookies are kept here, since a browser sends secure ones to localhost, and
// Go's jar does not.
type visitor struct {
	t       testing.TB
	server  string
	page    string
	cookies map[string]string
	client  *http.Client
}

func (s *Server) visit(t testing.TB, address string) *visitor {
	t.Helper()
	v := &visitor{t: t, server: s.URL, page: address, cookies: map[string]string{}, client: &http.Client{
		Timeout:       time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	got := v.send(http.MethodGet, address, nil, map[string]string{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"})
	if got.status != http.StatusOK {
		t.Fatalf("the page that asks for consent: %d %s", got.status, got.body)
	}
	return v
}

// signIn returns the token that stands for the person until the page is left.
func (v *visitor) signIn(who Account) string {
	v.t.Helper()
	var signedIn struct{ EphemeralToken string }
	v.call("/sign-in", "", map[string]any{"username": who.Handle, "password": who.Password, "locale": "en", "remember": false}, &signedIn)
	return signedIn.EphemeralToken
}

// answer tells what the person wants, and returns where the page goes next.
func (v *visitor) answer(endpoint, token string, body map[string]any) string {
	v.t.Helper()
	var next struct{ URL string }
	v.call(endpoint, token, body, &next)
	return next.URL
}

// leave goes where the page goes next, which sends the browser to the app.
func (v *visitor) leave(address string) string {
	v.t.Helper()
	got := v.send(http.MethodGet, address, nil, map[string]string{
		"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Referer": v.page,
	})
	if got.location == "" {
		v.t.Fatalf("the way back to the app: %d %s", got.status, got.body)
	}
	return got.location
}

// call is one of the page's script.
func (v *visitor) call(endpoint, token string, body map[string]any, answer any) {
	v.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		v.t.Fatal(err)
	}
	headers := map[string]string{
		"Content-Type": "application/json", "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "same-origin",
		"Origin": v.server, "Referer": v.page, "X-Csrf-Token": v.cookies["csrf-token"],
	}
	if token != "" {
		headers["Authorization"] = "Bearer " + token
	}
	got := v.send(http.MethodPost, v.server+"/@atproto/oauth-provider/~api"+endpoint, raw, headers)
	if got.status != http.StatusOK {
		v.t.Fatalf("%s: %d %s", endpoint, got.status, got.body)
	}
	if err := json.Unmarshal(got.body, answer); err != nil {
		v.t.Fatalf("%s: %v in %s", endpoint, err, got.body)
	}
}

// response is what the server sends a browser.
type response struct {
	status   int
	location string
	body     []byte
}

func (v *visitor) send(method, address string, body []byte, headers map[string]string) response {
	v.t.Helper()
	req, err := http.NewRequestWithContext(v.t.Context(), method, address, bytes.NewReader(body))
	if err != nil {
		v.t.Fatal(err)
	}
	for name, value := range headers {
		req.Header.Set(name, value)
	}
	for name, value := range v.cookies {
		req.AddCookie(&http.Cookie{Name: name, Value: value}) //nolint:gosec // a browser sends no more of it than this
	}
	res, err := v.client.Do(req)
	if err != nil {
		v.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	for _, c := range res.Cookies() {
		v.cookies[c.Name] = c.Value
	}
	got, err := io.ReadAll(res.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return response{res.StatusCode, res.Header.Get("Location"), got}
}
