package main

import (
	"io/fs"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/crier-social/crier/providers/bluesky/sandbox"
)

// A password that an account was linked with, or was not, is nowhere once the network has been
// told: in no output, no log and no file.
func TestPasswordsAreKeptNowhere(t *testing.T) {
	t.Parallel()
	const wrong = "not-the-password-of-alice"
	dir := t.TempDir()
	s := startServer(t, []string{"CRIER_LOG_LEVEL=debug", "CRIER_API_KEY=" + crashKey}, dir, "serve", "--sandbox")
	said := strings.Builder{}
	for _, password := range []string{wrong, sandbox.AliceAppPassword} {
		got := execute(t.Context(), []string{"CRIER_URL=" + s.url, "CRIER_API_KEY=" + crashKey}, password,
			"link", "--network", "bluesky", "--field", "handle="+sandbox.AliceHandle, "--field", "appPassword=-", "--json")
		if (got.code == exitOK) != (password != wrong) {
			t.Errorf("linking with %s: %+v", password, got)
		}
		said.WriteString(got.stdout + got.stderr)
	}
	page := newLinkForm(t, s.url)
	for _, password := range []string{wrong, sandbox.BobAppPassword, sandbox.Password} {
		status, answer := page.send(t, sandbox.BobHandle, password)
		if (status == http.StatusOK) != (password != wrong) {
			t.Errorf("linking on the page with %s: %d %s", password, status, answer)
		}
		said.WriteString(answer)
	}
	ended := s.stop()
	said.WriteString(ended.stdout + ended.stderr)
	if log := ended.stderr; !strings.Contains(log, "linking failed") || !strings.Contains(log, "account linked") || !strings.Contains(log, "createSession") {
		t.Errorf("the log lacks what happened:\n%s", log)
	}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		said.Write(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(said.String(), sandbox.BobDID) {
		t.Error("the files lack what was linked")
	}
	for _, password := range []string{wrong, sandbox.AliceAppPassword, sandbox.BobAppPassword, sandbox.Password} {
		if i := strings.Index(said.String(), password); i >= 0 {
			t.Errorf("%s is kept: …%q…", password, said.String()[max(0, i-200):min(said.Len(), i+200)])
		}
	}
}

// linkForm is the form of a link page in a browser.
type linkForm struct {
	client *http.Client
	action string
	token  string
}

func newLinkForm(t *testing.T, server string) *linkForm {
	t.Helper()
	made := execute(t.Context(), []string{"CRIER_URL=" + server, "CRIER_API_KEY=" + crashKey}, "", "link", "--network", "bluesky")
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	f := &linkForm{client: &http.Client{Jar: jar, Transport: &http.Transport{DisableKeepAlives: true}}}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, strings.TrimSpace(made.stdout), nil)
	if err != nil {
		t.Fatal(err)
	}
	_, page := doWith(t, f.client, req)
	action, token := startForm.FindStringSubmatch(page), formToken.FindStringSubmatch(page)
	if action == nil || token == nil {
		t.Fatalf("there is no form:\n%s", page)
	}
	f.action, f.token = server+action[1], token[1]
	return f
}

// send fills the form in, and follows where it leads.
func (f *linkForm) send(t *testing.T, handle, password string) (status int, page string) {
	t.Helper()
	form := url.Values{"form": {f.token}, "platform": {"bluesky"}, "app": {"appPassword"}, "field-handle": {handle}, "field-appPassword": {password}}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, f.action, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return doWith(t, f.client, req)
}
