package notify_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core/notify"
	"github.com/crier-social/crier/core/store"
)

// anywhere reaches this machine by an address that does not look like it.
const anywhere = "0.0.0.0"

// How the connection is encrypted, and what is sent on one that is not.
func TestMailTLSAndLogin(t *testing.T) {
	t.Parallel()
	valid, roots := certificate(t)
	login := func(c *notify.MailConfig) { c.Server.User, c.Server.Password = mailUser, mailPassword }
	for name, tc := range map[string]struct {
		server mailServerOptions
		change func(*notify.MailConfig)
		// fails is part of what the log says; empty: the mail arrives.
		fails  string
		logins int
	}{
		"STARTTLS":                       {mailServerOptions{tls: valid}, func(c *notify.MailConfig) { c.Server.TLS, c.Roots = notify.MailTLSMandatory, roots }, "", 0},
		"STARTTLS is not offered":        {mailServerOptions{}, func(c *notify.MailConfig) { c.Server.TLS = notify.MailTLSMandatory }, "offers no STARTTLS", 0},
		"STARTTLS, unknown authority":    {mailServerOptions{tls: valid}, func(c *notify.MailConfig) { c.Server.TLS = notify.MailTLSMandatory }, "the certificate of the mail server is not signed by an authority", 0},
		"STARTTLS if offered":            {mailServerOptions{tls: valid}, func(c *notify.MailConfig) { c.Server.TLS, c.Roots = notify.MailTLSOpportunistic, roots }, "", 0},
		"STARTTLS if offered, not valid": {mailServerOptions{tls: valid}, func(c *notify.MailConfig) { c.Server.TLS = notify.MailTLSOpportunistic }, "not signed by an authority", 0},
		"STARTTLS if offered, is not":    {mailServerOptions{}, func(c *notify.MailConfig) { c.Server.TLS = notify.MailTLSOpportunistic }, "", 0},
		"certificate of another name": {mailServerOptions{tls: valid}, func(c *notify.MailConfig) {
			c.Server.TLS, c.Server.Host, c.Roots = notify.MailTLSMandatory, anywhere, roots
		}, `is for another name than "0.0.0.0"`, 0},
		"TLS":                        {mailServerOptions{tls: valid, implicit: true}, func(c *notify.MailConfig) { c.Server.TLS, c.Roots = notify.MailTLSImplicit, roots }, "", 0},
		"TLS, unknown authority":     {mailServerOptions{tls: valid, implicit: true}, func(c *notify.MailConfig) { c.Server.TLS = notify.MailTLSImplicit }, "not signed by an authority", 0},
		"TLS where there is none":    {mailServerOptions{}, func(c *notify.MailConfig) { c.Server.TLS, c.Roots = notify.MailTLSImplicit, roots }, "does not speak TLS on this port", 0},
		"login needed, none set":     {mailServerOptions{mechanisms: []string{sasl.Plain}}, func(*notify.MailConfig) {}, "refused the sender, CRIER_MAIL_FROM (502)", 0},
		"login at this machine":      {mailServerOptions{mechanisms: []string{sasl.Plain}}, login, "", 1},
		"login, the other way":       {mailServerOptions{mechanisms: []string{sasl.Login}}, login, "", 1},
		"login is not offered":       {mailServerOptions{}, login, "offers no login", 0},
		"login is none that is safe": {mailServerOptions{mechanisms: []string{"XOAUTH2"}}, login, "offers no login", 0},
		"login over STARTTLS": {mailServerOptions{tls: valid, mechanisms: []string{sasl.Plain, sasl.Login}}, func(c *notify.MailConfig) {
			login(c)
			c.Server.TLS, c.Roots = notify.MailTLSMandatory, roots
		}, "", 1},
		"login over TLS": {mailServerOptions{tls: valid, implicit: true, mechanisms: []string{sasl.Login}}, func(c *notify.MailConfig) {
			login(c)
			c.Server.TLS, c.Roots = notify.MailTLSImplicit, roots
		}, "", 1},
		"no password without TLS": {mailServerOptions{mechanisms: []string{sasl.Plain, sasl.Login}}, func(c *notify.MailConfig) {
			login(c)
			c.Server.Host = anywhere
		}, "passwords are not sent", 0},
		"no password when TLS was taken away": {mailServerOptions{mechanisms: []string{sasl.Plain, sasl.Login}}, func(c *notify.MailConfig) {
			login(c)
			c.Server.Host, c.Server.TLS = anywhere, notify.MailTLSOpportunistic
		}, "passwords are not sent", 0},
		"wrong password": {mailServerOptions{mechanisms: []string{sasl.Plain}}, func(c *notify.MailConfig) {
			login(c)
			c.Server.Password = "wrong"
		}, "refused user and password of CRIER_SMTP_URL", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := newMailServer(t, tc.server)
			f := newFixture(t, server.use(tc.change))
			f.setEmail(f.customer, "owner@acme.example")
			checked := f.CheckMail(t.Context())
			id := f.tellOf(f.customer, f.refreshNotice(f.account(f.customer))) + "-mail"
			f.work()
			m, arrived := f.message(id), server.take()
			server.mu.Lock()
			logins := len(server.logins)
			server.mu.Unlock()
			if want := 2 * tc.logins; logins != want { // the check has logged in, too
				t.Errorf("%d logins, want %d", logins, want)
			}
			if tc.fails == "" {
				if len(arrived) != 1 || m.State != store.MessageDelivered || checked != nil {
					t.Fatalf("%d mails arrived; %+v; check: %v", len(arrived), m, checked)
				}
				return
			}
			// The operator may mend it: until then it is tried again.
			if len(arrived) != 0 || m.State != store.MessagePending || len(m.Tries) != 1 || !strings.Contains(m.Tries[0].Error, tc.fails) {
				t.Errorf("%d mails arrived; %+v", len(arrived), m)
			}
			if strings.Contains(m.Tries[0].Error+m.Tries[0].Answer, mailPassword) {
				t.Error("the log shows the password")
			}
			if sender := strings.Contains(tc.fails, "CRIER_MAIL_FROM"); !sender && (checked == nil || !strings.Contains(checked.Error(), tc.fails)) {
				t.Errorf("the check says %v", checked)
			}
		})
	}
}

// Which login is chosen of those that are offered.
func TestMailMechanisms(t *testing.T) {
	t.Parallel()
	valid, roots := certificate(t)
	for name, tc := range map[string]struct {
		host    string
		tls     notify.MailTLS
		offered []string
		want    string
	}{
		"to this machine":          {"127.0.0.1", notify.MailTLSNone, []string{"CRAM-MD5", "SCRAM-SHA-256", "LOGIN", "PLAIN"}, "PLAIN"},
		"to another one":           {anywhere, notify.MailTLSNone, []string{"PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256"}, "SCRAM-SHA-256"},
		"to another one, older":    {anywhere, notify.MailTLSNone, []string{"PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1"}, "SCRAM-SHA-1"},
		"to another one, long ago": {anywhere, notify.MailTLSNone, []string{"PLAIN", "LOGIN", "CRAM-MD5"}, "CRAM-MD5"},
		"over TLS":                 {"127.0.0.1", notify.MailTLSMandatory, []string{"CRAM-MD5", "LOGIN"}, "LOGIN"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := newMailServer(t, mailServerOptions{tls: valid, mechanisms: tc.offered})
			f := newFixture(t, server.use(func(c *notify.MailConfig) {
				c.Server.User, c.Server.Password = mailUser, mailPassword
				c.Server.Host, c.Server.TLS, c.Roots = tc.host, tc.tls, roots
			}))
			if err := f.CheckMail(t.Context()); (err == nil) != (tc.want == "PLAIN" || tc.want == "LOGIN") { // what the server can
				t.Errorf("the check says %v", err)
			}
			server.mu.Lock()
			defer server.mu.Unlock()
			if diff := cmp.Diff([]string{tc.want}, server.asked); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// What a server answers to the steps of a mail, and what follows.
func TestMailRefusals(t *testing.T) {
	t.Parallel()
	status := func(code int) error { return &smtp.SMTPError{Code: code, Message: "no luck <owner@acme.example>"} }
	for name, tc := range map[string]struct {
		step  string
		err   error
		state store.MessageState
		says  string
	}{
		"sender, later":     {"mail", status(451), store.MessagePending, "refused the sender, CRIER_MAIL_FROM for now (451)"},
		"sender":            {"mail", status(550), store.MessagePending, "refused the sender, CRIER_MAIL_FROM (550)"},
		"greylisted":        {"rcpt", status(450), store.MessagePending, "refused the receiver for now (450)"},
		"no such address":   {"rcpt", status(550), store.MessageFailed, "refused the receiver (550)"},
		"content, later":    {"data", status(452), store.MessagePending, "refused the mail for now (452)"},
		"content":           {"data", status(554), store.MessageFailed, "refused the mail (554)"},
		"too busy to store": {"taken", status(451), store.MessagePending, "refused the mail for now (451)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, server := newMailFixture(t)
			server.refuseAt(tc.step, tc.err)
			id := f.tellOf(f.customer, f.refreshNotice(f.account(f.customer))) + "-mail"
			f.work()
			m := f.message(id)
			if m.State != tc.state || len(m.Tries) != 1 || !strings.HasSuffix(m.Tries[0].Error, tc.says) || !strings.Contains(m.Tries[0].Answer, "no luck") {
				t.Fatalf("the message is %+v", m)
			}
			if tc.state == store.MessageFailed {
				return
			}
			server.take()
			server.refuseAt("", nil)
			f.workAll()
			server.only(t)
			if m := f.message(id); m.State != store.MessageDelivered || m.Attempts != 2 {
				t.Errorf("the message is %+v", m)
			}
		})
	}
}

// One address that is refused keeps no other from its mail.
func TestMailReceiversAreApart(t *testing.T) {
	t.Parallel()
	f, server := newMailFixture(t)
	server.refuseWhen(func(step, address string) error {
		if step == "rcpt" && address == "owner@acme.example" {
			return &smtp.SMTPError{Code: 550, Message: "gone"}
		}
		return nil
	})
	a := f.account(f.customer)
	f.lose(a)
	f.tellOf(f.customer, f.lostNotice(a))
	f.work()
	if got := server.only(t); got.to != "ops@crier.example" {
		t.Errorf("the mail went to %s", got.to)
	}
}

// A server that is away is tried for about a day.
func TestMailIsTriedForADay(t *testing.T) {
	t.Parallel()
	f, server := newMailFixture(t)
	server.refuseAt("rcpt", &smtp.SMTPError{Code: 421, Message: "later"})
	begun := f.clock.Now()
	id := f.tellOf(f.customer, f.refreshNotice(f.account(f.customer))) + "-mail"
	f.workAll()
	m := f.message(id)
	if took := m.EndedAt.Sub(begun); m.State != store.MessageFailed || m.Attempts != 12 || took < 23*time.Hour || took > 27*time.Hour {
		t.Errorf("given up after %v and %d tries: %s", took, m.Attempts, m.State)
	}
}

// rawServer answers each connection by talk.
func rawServer(t *testing.T, talk func(net.Conn)) (port int) {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				defer func() { _ = conn.Close() }()
				talk(conn)
			})
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		all.Wait()
	})
	return listener.Addr().(*net.TCPAddr).Port
}

// converse answers every command until the mail is there, and returns what it got.
func converse(conn net.Conn) string {
	_, _ = io.WriteString(conn, "220 mail.example ESMTP\r\n")
	r := bufio.NewReader(conn)
	var mail strings.Builder
	inData := false
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return mail.String()
		}
		switch {
		case inData && line == ".\r\n":
			return mail.String()
		case inData:
			mail.WriteString(line)
		case strings.HasPrefix(line, "DATA"):
			inData = true
			_, _ = io.WriteString(conn, "354 go on\r\n")
		default:
			_, _ = io.WriteString(conn, "250 fine\r\n")
		}
	}
}

// drain reads until the other side hangs up.
func drain(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }

// Servers that hang, hang up or talk nonsense cost one try.
func TestMailServersThatFail(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		talk  func(net.Conn)
		says  string
		limit time.Duration // 0: none that matters
	}{
		"hangs at once":         {drain, "no answer within 100ms", 100 * time.Millisecond},
		"hangs up at once":      {func(net.Conn) {}, "closed without an answer", 0},
		"is no mail server":     {func(c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.1 400 Bad Request\r\n\r\n"); drain(c) }, "the connection failed", 0},
		"is full":               {func(c net.Conn) { _, _ = io.WriteString(c, "421 too many\r\n"); drain(c) }, "does not talk to this one for now (421)", 0},
		"is for others":         {func(c net.Conn) { _, _ = io.WriteString(c, "554 go away\r\n"); drain(c) }, "does not talk to this one (554)", 0},
		"hangs after the mail":  {func(c net.Conn) { converse(c); drain(c) }, "no answer within 100ms", 100 * time.Millisecond},
		"hangs up on the mail":  {func(c net.Conn) { converse(c) }, "closed without an answer", 0},
		"knows no EHLO or HELO": {func(c net.Conn) { _, _ = io.WriteString(c, "220 x\r\n500 what\r\n500 what\r\n"); drain(c) }, "does not talk to this one (500)", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			port := rawServer(t, tc.talk)
			f, _ := newMailFixture(t, func(c *notify.MailConfig) {
				if c.Server.Port = port; tc.limit > 0 {
					c.Timeout = tc.limit
				}
			})
			id := f.tellOf(f.customer, f.refreshNotice(f.account(f.customer))) + "-mail"
			f.work()
			if m := f.message(id); m.State != store.MessagePending || len(m.Tries) != 1 || !strings.Contains(m.Tries[0].Error, tc.says) {
				t.Errorf("the message is %+v", m)
			}
		})
	}
}

// A mail whose answer was lost is sent again as the same one.
func TestMailIsRecognized(t *testing.T) {
	t.Parallel()
	mails := make(chan string, 2)
	port := rawServer(t, func(c net.Conn) {
		mails <- converse(c)
		if len(mails) == 2 {
			_, _ = io.WriteString(c, "250 taken\r\n")
		}
	})
	f, _ := newMailFixture(t, func(c *notify.MailConfig) { c.Server.Port = port })
	id := f.tellOf(f.customer, f.refreshNotice(f.account(f.customer))) + "-mail"
	f.workAll()
	if m := f.message(id); m.State != store.MessageDelivered || m.Attempts != 2 {
		t.Fatalf("the message is %+v", m)
	}
	first, second := parse(t, <-mails), parse(t, <-mails)
	if a, b := first.header.Get("Message-Id"), second.header.Get("Message-Id"); a == "" || a != b {
		t.Errorf("the ids are %q and %q", a, b)
	}
}

// What goes wrong after a mail was taken makes no second one.
func TestMailIsTakenOnce(t *testing.T) {
	t.Parallel()
	port := rawServer(t, func(c net.Conn) {
		converse(c)
		_, _ = io.WriteString(c, "250 taken\r\n") // and hangs up
	})
	f, _ := newMailFixture(t, func(c *notify.MailConfig) { c.Server.Port = port })
	id := f.tellOf(f.customer, f.refreshNotice(f.account(f.customer))) + "-mail"
	f.workAll()
	if m := f.message(id); m.State != store.MessageDelivered || m.Attempts != 1 || m.Tries[0].Answer != "taken" {
		t.Errorf("the message is %+v", m)
	}
}

// The end of the server cuts a mail off without counting it as a failure, but waits for the
// answer to one that is on its way.
func TestMailAtTheEnd(t *testing.T) {
	t.Parallel()
	for name, onItsWay := range map[string]bool{"before the mail": false, "after the mail": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reached, stopped := make(chan struct{}), make(chan struct{})
			port := rawServer(t, func(c net.Conn) {
				if !onItsWay {
					close(reached)
					drain(c)
					return
				}
				converse(c)
				close(reached)
				<-stopped
				_, _ = io.WriteString(c, "250 taken\r\n")
				drain(c)
			})
			f, _ := newMailFixture(t, func(c *notify.MailConfig) { c.Server.Port = port })
			id := f.tellOf(f.customer, f.refreshNotice(f.account(f.customer))) + "-mail"
			ctx, cancel := context.WithCancelCause(t.Context())
			j, _ := f.claim()
			done := make(chan error)
			go func() { done <- f.Handlers()[notify.MailJob](ctx, j) }()
			<-reached
			stopping := errors.New("stopping")
			cancel(stopping)
			close(stopped)
			err := <-done
			m := f.message(id)
			if onItsWay && (err != nil || m.State != store.MessageDelivered) {
				t.Errorf("%v; the message is %+v", err, m)
			}
			if !onItsWay && (!errors.Is(err, stopping) || m.Attempts != 0 || len(m.Tries) != 0 || m.State != store.MessagePending) {
				t.Errorf("%v; the message is %+v", err, m)
			}
		})
	}
}
