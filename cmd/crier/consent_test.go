package main

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
)

// consent goes to an address of the link pages that leads to the consent of the sandbox,
// signs in there as a person, allows what is asked for, and returns the page that follows.
func consent(t *testing.T, address, person string) string {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar, Timeout: patience}
	load := func(method, address string, form url.Values) (page string, at *url.URL) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		if form != nil {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		res, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		raw, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != http.StatusOK {
			t.Fatalf("%s %s: %d %v %s", method, res.Request.URL.Path, res.StatusCode, err, raw)
		}
		return string(raw), res.Request.URL
	}
	page, at := load(http.MethodGet, address, nil)
	if !strings.Contains(page, "Who are you?") {
		t.Fatalf("%s does not lead to the consent:\n%s", at.Path, page)
	}
	page, at = load(http.MethodPost, at.String(), url.Values{"member": {person}})
	if !strings.Contains(page, "would like to:") {
		t.Fatalf("nothing is asked for:\n%s", page)
	}
	page, _ = load(http.MethodPost, at.String(), url.Values{"decision": {"allow"}})
	return page
}
