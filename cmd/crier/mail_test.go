package main

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
)

// inbox is an SMTP server in this process that takes every mail.
type inbox struct {
	address string
	mails   chan inboxMail
}

type inboxMail struct{ to, raw string }

func newInbox(t *testing.T) *inbox {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	in := &inbox{address: listener.Addr().String(), mails: make(chan inboxMail, 100)}
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &inboxSession{inbox: in}, nil }))
	var done sync.WaitGroup
	done.Go(func() { _ = server.Serve(listener) })
	t.Cleanup(func() {
		_ = server.Close()
		done.Wait()
	})
	return in
}

// next waits for a mail.
func (in *inbox) next(t *testing.T) inboxMail {
	t.Helper()
	select {
	case m := <-in.mails:
		return m
	case <-time.After(patience):
		t.Fatal("no mail arrived")
		return inboxMail{}
	}
}

type inboxSession struct {
	*inbox
	to string
}

func (s *inboxSession) Mail(string, *smtp.MailOptions) error { return nil }
func (s *inboxSession) Reset()                               {}
func (s *inboxSession) Logout() error                        { return nil }

func (s *inboxSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = to
	return nil
}

func (s *inboxSession) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	s.mails <- inboxMail{s.to, string(raw)}
	return err
}

// TestMailedInvitation: the address of a link page is mailed, and leads to the page.
func TestMailedInvitation(t *testing.T) {
	t.Parallel()
	in := newInbox(t)
	s := startServer(t, []string{
		"CRIER_API_KEY=" + crashKey, "CRIER_SMTP_URL=smtp://" + in.address, "CRIER_MAIL_FROM=Crier <crier@crier.example>",
	}, t.TempDir(), "serve", "--sandbox")
	status, body := send(t, s.url+"/profiles/link-sessions", crashKey, `{"email":{"to":"jane@acme.example","company":"Acme Ltd"},"expiresIn":60}`)
	var answer struct {
		URL       string
		SessionID string
		EmailSent bool
	}
	if err := json.Unmarshal([]byte(body), &answer); err != nil || status != http.StatusOK || !answer.EmailSent {
		t.Fatalf("%d %s", status, body)
	}
	got := in.next(t)
	m, err := mail.ReadMessage(strings.NewReader(got.raw))
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(m.Body)
	if err != nil {
		t.Fatal(err)
	}
	// As quoted-printable has it.
	text := strings.ReplaceAll(strings.ReplaceAll(string(content), "=\r\n", ""), "=3D", "=")
	if got.to != "jane@acme.example" || m.Header.Get("Subject") != "Acme Ltd invites you to link your social media accounts" || !strings.Contains(text, "\r\n"+answer.URL+"\r\n") {
		t.Errorf("the mail to %s is %s", got.to, got.raw)
	}
	result := s.stop()
	if token := answer.URL[strings.LastIndex(answer.URL, "/")+1:]; result.code != 0 || strings.Contains(result.stderr, token) || strings.Contains(result.stderr, "jane@") {
		t.Errorf("ended with %d; the log shows a secret, or an address:\n%s", result.code, result.stderr)
	}
}

// TestMailThatCannotBeSent: that is told at the start, so that nobody has to wait for a notice
// that does not come.
func TestMailThatCannotBeSent(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithTimeout(t.Context(), patience)
	defer stop()
	const secret = "pa55word"
	server := newInbox(t).address
	environ := append(serveEnviron(t.TempDir()), "CRIER_SMTP_URL=smtp://crier:"+secret+"@"+server+"?tls=mandatory", "CRIER_MAIL_FROM=crier@crier.example")
	log := &stopAt{text: "mail cannot be sent", stop: stop}
	code := run(ctx, cli{environ: environ, stdin: strings.NewReader(""), stdout: io.Discard, stderr: log}, []string{"serve"})
	if said := log.written.String(); code != exitOK || !strings.Contains(said, log.text) || !strings.Contains(said, `"server":"`+server+`"`) || !strings.Contains(said, "offers no STARTTLS") || strings.Contains(said, secret) {
		t.Errorf("ended with %d; the log is\n%s", code, said)
	}
}
