//go:build interop

package mail_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/cmd/crier/interop/internal/programtest"
)

const (
	day      = 24 * time.Hour
	operator = "ops@example.com"
	customer = "jörg@example.com"
	user     = "crier@example.com"
	password = "pa55 w/rd:?"
	// escaped is the login as it stands in an address.
	escaped = "crier%40example.com:pa55%20w%2Frd%3A%3F"
)

func TestMail(t *testing.T) {
	t.Parallel()
	dir, binary := install(t), programtest.Build(t)
	t.Run("notices", func(t *testing.T) {
		t.Parallel()
		testNotices(t, dir, binary)
	})
	t.Run("TLS from the start, and a login", func(t *testing.T) {
		t.Parallel()
		cert, key := certificate(t)
		m := startMaildev(t, dir, "--incoming-secure", "--incoming-cert", cert, "--incoming-key", key, "--incoming-user", user, "--incoming-pass", password)
		s := start(t, binary, "smtps://"+escaped+"@"+m.smtp, "SSL_CERT_FILE="+cert)
		invite(t, s, "jane@example.com")
		if got := m.await(1)[0]; got.To[0].Address != "jane@example.com" || address(got.Text) == "" {
			t.Errorf("%+v", got)
		}
	})
	t.Run("STARTTLS, and a login", func(t *testing.T) {
		t.Parallel()
		testStartTLS(t, dir, binary)
	})
}

// start starts a server that sends its mail to an address.
func start(t *testing.T, binary, smtp string, settings ...string) *programtest.Server {
	t.Helper()
	return programtest.Start(t, binary, append(settings,
		"CRIER_SMTP_URL="+smtp, "CRIER_MAIL_FROM=Crier <crier@example.com>", "CRIER_MAIL_TO="+operator)...)
}

// invite has the address of a link page mailed.
func invite(t *testing.T, s *programtest.Server, to string) {
	t.Helper()
	var made struct{ EmailSent bool }
	s.Call(t, http.MethodPost, "/profiles/link-sessions", map[string]any{"email": map[string]any{"to": to, "company": "Søren & Sons <\"quoted\">"}}, &made)
	if !made.EmailSent {
		t.Error("the answer says that no mail was sent")
	}
}

// address finds the address of a link page.
func address(text string) string {
	return regexp.MustCompile(`http://\S+/link/open/[\w-]+`).FindString(text)
}

// testNotices: 10 days before the sandbox's two accounts end, there is one mail for each, in
// two forms, with an address that leads straight to the consent.
func testNotices(t *testing.T, dir, binary string) {
	t.Helper()
	m := startMaildev(t, dir)
	s := start(t, binary, "smtp://"+m.smtp)
	s.MoveClock(t, 50*day)
	mails := m.await(2)
	invite(t, s, customer) // if anything came twice, it would be there by now
	all := m.await(3)
	ids := map[string]bool{}
	for _, mail := range all {
		ids[mail.Headers["message-id"]] = true
	}
	if len(ids) != len(all) {
		t.Errorf("mails have the same id: %v", ids)
	}
	for _, name := range []string{"Jane Doe", "Crier Demo"} {
		i := slices.IndexFunc(mails, func(r received) bool { return strings.Contains(r.Subject, name) })
		if i < 0 {
			t.Errorf("no mail tells of %s: %+v", name, mails)
			continue
		}
		checkNotice(t, s, mails[i], name)
	}
}

func checkNotice(t *testing.T, s *programtest.Server, mail received, name string) {
	t.Helper()
	link := address(mail.Text)
	for what, ok := range map[string]bool{
		"10 days in the subject":       strings.Contains(mail.Subject, "10 days"),
		"the operator as the receiver": len(mail.To) == 1 && mail.To[0].Address == operator,
		"the name in the text":         strings.Contains(mail.Text, name),
		"the name in the HTML":         strings.Contains(mail.HTML, name) && strings.Contains(mail.HTML, "<html"),
		"one address":                  link != "" && address(mail.HTML) == link,
		"that no human has sent it":    mail.Headers["auto-submitted"] == "auto-generated",
		"two parts":                    strings.HasPrefix(mail.Headers["content-type"], "multipart/alternative"),
	} {
		if !ok {
			t.Errorf("the mail about %s lacks %s: %+v", name, what, mail)
		}
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, link, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := (&http.Client{Jar: jar, Timeout: patience}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	page, err := io.ReadAll(res.Body)
	if err != nil || !strings.HasPrefix(res.Request.URL.String(), s.Sandbox) || !strings.Contains(string(page), "Sign in to continue to Sandbox Pages") {
		t.Errorf("the address in the mail about %s leads to %s, %v:\n%s", name, res.Request.URL.Path, err, page)
	}
}

// testStartTLS sends through a server that takes nothing without STARTTLS and a login.
func testStartTLS(t *testing.T, dir, binary string) {
	t.Helper()
	cert, key := certificate(t)
	out := run(t, dir, "starttls.mjs", cert, key, user, password)
	var server struct{ Port int }
	decodeLine(t, out, &server)
	s := start(t, binary, fmt.Sprintf("smtp://%s@127.0.0.1:%d?tls=mandatory", escaped, server.Port), "SSL_CERT_FILE="+cert)
	invite(t, s, "jane@example.com")
	var got struct {
		Secure        bool
		User, To, Raw string
	}
	decodeLine(t, out, &got)
	if !got.Secure || got.User != user || got.To != "jane@example.com" || !strings.Contains(got.Raw, "multipart/alternative") {
		t.Errorf("%+v", got)
	}
}

// decodeLine reads a line of JSON.
func decodeLine(t *testing.T, out *bufio.Reader, into any) {
	t.Helper()
	lines := make(chan []byte, 1)
	go func() {
		line, err := out.ReadBytes('\n')
		if err != nil {
			line = nil
		}
		lines <- line
	}()
	select {
	case line := <-lines:
		if err := json.Unmarshal(line, into); err != nil {
			t.Fatalf("%v in %q", err, line)
		}
	case <-time.After(patience):
		t.Fatal("the mail server prints nothing")
	}
}
