package main

import (
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
)

// visitor is somebody's browser on the link pages.
type visitor struct {
	w      *atWorld
	client *http.Client
}

// newVisitor opens a browser; transport nil: one that asks the DNS where hosts are.
func (w *atWorld) newVisitor(transport http.RoundTripper) *visitor {
	w.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return &visitor{w: w, client: &http.Client{Jar: jar, Timeout: patience, Transport: transport}}
}

// load makes a request, and returns the page that it leads to.
func (v *visitor) load(method, address string, form url.Values) string {
	v.w.t.Helper()
	req, err := http.NewRequestWithContext(v.w.t.Context(), method, address, strings.NewReader(form.Encode()))
	if err != nil {
		v.w.t.Fatal(err)
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Origin", v.w.public)
	}
	res, err := v.client.Do(req)
	if err != nil {
		v.w.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode >= http.StatusBadRequest {
		v.w.t.Fatalf("%s %s: %d %v %s", method, address, res.StatusCode, err, raw)
	}
	return string(raw)
}

var (
	onward    = regexp.MustCompile(`class="button primary" href="([^"]+)">Continue to Bluesky`)
	startForm = regexp.MustCompile(`action="(/link/[^"]+/start)"`)
	formToken = regexp.MustCompile(`name="form" value="([^"]+)"`)
)

// leadOff opens a link page and says who wants to link; it returns the network's page.
func (v *visitor) leadOff(handle string) string {
	v.w.t.Helper()
	address, _ := v.w.api.ask(http.MethodPost, "/profiles/link-sessions", map[string]any{"network": "bluesky"})["url"].(string)
	page := v.load(http.MethodGet, address, nil)
	action, token := startForm.FindStringSubmatch(page), formToken.FindStringSubmatch(page)
	if action == nil || token == nil {
		v.w.t.Fatalf("no form to begin with:\n%s", page)
	}
	page = v.load(http.MethodPost, v.w.public+action[1], url.Values{
		"form": {token[1]}, "platform": {"bluesky"}, "app": {"oauth"}, "field-handle": {handle},
	})
	next := onward.FindStringSubmatch(page)
	if next == nil {
		v.w.t.Fatalf("nothing leads to the network:\n%s", page)
	}
	return html.UnescapeString(next[1])
}

// checkConsent links Bob by OAuth, and posts in his name.
func (w *atWorld) checkConsent() {
	bob, v := w.net.bob, w.newVisitor(nil)
	wrong := v.load(http.MethodGet, w.net.consent(w.t, v.leadOff(bob.handle), w.net.alice), nil)
	if !strings.Contains(wrong, w.net.alice.handle) || strings.Contains(wrong, "is linked") {
		w.t.Errorf("somebody else has signed in, and the page says:\n%s", wrong)
	}
	v.linkBob()
	w.postAsBob("By consent")
}

// linkBob has Bob consent.
func (v *visitor) linkBob() {
	v.w.t.Helper()
	bob := v.w.net.bob
	page := v.load(http.MethodGet, v.w.net.consent(v.w.t, v.leadOff(bob.handle), bob), nil)
	if !strings.Contains(page, "is linked") {
		v.w.t.Fatalf("after the consent:\n%s", page)
	}
}

// postAsBob posts in the name of the account that was linked by OAuth.
func (w *atWorld) postAsBob(text string) {
	w.t.Helper()
	id := ""
	list, _ := w.api.ask(http.MethodGet, "/accounts", nil)["accounts"].([]any)
	for _, one := range list {
		if dig(one, "remoteId") == w.net.bob.did {
			id, _ = dig(one, "id").(string)
		}
	}
	if id == "" {
		w.t.Fatalf("Bob is not among %v", list)
	}
	entry := w.post(map[string]any{"post": text, "platforms": []string{}, "accountIds": []string{id}})
	if _, record := w.record(entry.ID); record["text"] != text || !strings.HasPrefix(entry.ID, "at://"+w.net.bob.did+"/") {
		w.t.Errorf("%s is %v", entry.ID, record)
	}
}
