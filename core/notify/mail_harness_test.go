package notify_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/http/httptest"
	"net/mail"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/notify"
	"github.com/crier-social/crier/core/store"
)

const (
	mailUser     = "crier"
	mailPassword = "pa55 word"
)

// mailServer is an SMTP server in this process. It takes every mail until it is told
// otherwise.
type mailServer struct {
	t    *testing.T
	host string
	port int

	mu     sync.Mutex
	asked  []string // mechanisms of logins
	logins []bool   // whether each was right
	mails  []mailReceived
	// refuse is what a step is answered with: "mail", "rcpt", "data", "taken"; the last one
	// after the mail is there.
	refuse func(step, address string) error
}

// mailReceived is one mail.
type mailReceived struct {
	from, to string
	utf8     bool
	raw      string
}

// mailServerOptions is what a server can do.
type mailServerOptions struct {
	tls        *tls.Config
	implicit   bool // TLS from the start
	mechanisms []string
	utf8       bool
}

func newMailServer(t *testing.T, o mailServerOptions) *mailServer {
	t.Helper()
	m := &mailServer{t: t, host: "127.0.0.1"}
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m.port = listener.Addr().(*net.TCPAddr).Port
	s := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) {
		return &mailSession{server: m, mechanisms: o.mechanisms}, nil
	}))
	s.Domain, s.AllowInsecureAuth, s.EnableSMTPUTF8 = "mail.example", true, o.utf8
	s.ErrorLog = quiet{}
	if o.implicit {
		listener = tls.NewListener(listener, o.tls)
	} else {
		s.TLSConfig = o.tls
	}
	var done sync.WaitGroup
	done.Go(func() { _ = s.Serve(listener) })
	t.Cleanup(func() {
		_ = s.Close()
		done.Wait()
	})
	return m
}

type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

func (m *mailServer) take() []mailReceived {
	m.mu.Lock()
	defer m.mu.Unlock()
	mails := m.mails
	m.mails = nil
	return mails
}

func (m *mailServer) only(t *testing.T) mailReceived {
	t.Helper()
	mails := m.take()
	if len(mails) != 1 {
		t.Fatalf("%d mails arrived, want one", len(mails))
	}
	return mails[0]
}

// refuseAt sets what a step is answered with; nil: it is taken.
func (m *mailServer) refuseAt(step string, err error) {
	m.refuseWhen(func(s, _ string) error {
		if s == step {
			return err
		}
		return nil
	})
}

func (m *mailServer) refuseWhen(refuse func(step, address string) error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.refuse = refuse
}

func (m *mailServer) at(step, address string) error {
	m.mu.Lock()
	refuse := m.refuse
	m.mu.Unlock()
	if refuse == nil {
		return nil
	}
	return refuse(step, address)
}

// mailSession is one connection.
type mailSession struct {
	server     *mailServer
	mechanisms []string
	loggedIn   bool
	mail       mailReceived
}

func (s *mailSession) AuthMechanisms() []string { return s.mechanisms }

func (s *mailSession) Auth(mechanism string) (sasl.Server, error) {
	check := func(user, password string) error {
		s.server.mu.Lock()
		defer s.server.mu.Unlock()
		s.loggedIn = user == mailUser && password == mailPassword
		s.server.logins = append(s.server.logins, s.loggedIn)
		if !s.loggedIn {
			return errors.New("wrong")
		}
		return nil
	}
	s.server.mu.Lock()
	s.server.asked = append(s.server.asked, mechanism)
	s.server.mu.Unlock()
	switch mechanism {
	case sasl.Plain:
		return sasl.NewPlainServer(func(_, user, password string) error { return check(user, password) }), nil
	case sasl.Login:
		return &loginServer{check: check}, nil
	}
	return nil, smtp.ErrAuthUnknownMechanism
}

// loginServer is the server's side of LOGIN.
type loginServer struct {
	check func(user, password string) error
	step  int
	user  string
}

func (l *loginServer) Next(response []byte) (challenge []byte, done bool, err error) {
	l.step++
	switch {
	case l.step == 1 && response == nil:
		return []byte("Username:"), false, nil
	case l.user == "":
		l.user = string(response)
		return []byte("Password:"), false, nil
	}
	return nil, true, l.check(l.user, string(response))
}

func (s *mailSession) Mail(from string, o *smtp.MailOptions) error {
	if len(s.mechanisms) > 0 && !s.loggedIn {
		return smtp.ErrAuthRequired
	}
	s.mail.from, s.mail.utf8 = from, o.UTF8
	return s.server.at("mail", from)
}

func (s *mailSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.mail.to = to
	return s.server.at("rcpt", to)
}

func (s *mailSession) Data(r io.Reader) error {
	if err := s.server.at("data", s.mail.to); err != nil {
		return err
	}
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.mail.raw = string(raw)
	s.server.mu.Lock()
	s.server.mails = append(s.server.mails, s.mail)
	s.server.mu.Unlock()
	return s.server.at("taken", s.mail.to)
}

func (s *mailSession) Reset()        { s.mail = mailReceived{} }
func (s *mailSession) Logout() error { return nil }

// certificate is one for 127.0.0.1, and the authority that has signed it.
func certificate(t *testing.T) (*tls.Config, *x509.CertPool) {
	t.Helper()
	s := httptest.NewTLSServer(nil)
	defer s.Close()
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	return &tls.Config{Certificates: s.TLS.Certificates, MinVersion: tls.VersionTLS12}, roots
}

// mailTo makes a notifier send mail through the server.
func (m *mailServer) use(change ...func(*notify.MailConfig)) func(*notify.Config) {
	return func(c *notify.Config) {
		c.Mail = &notify.MailConfig{
			Server: notify.MailServer{Host: m.host, Port: m.port, TLS: notify.MailTLSNone},
			From:   mail.Address{Name: "Crier", Address: "crier@crier.example"}, Operator: []string{"ops@crier.example"},
			RelinkGrace: 24 * time.Hour, Timeout: patience,
		}
		for _, f := range change {
			f(c.Mail)
		}
	}
}

// newMailFixture is a fixture with a mail server and an account of the customer, which ends in
// 10 days.
func newMailFixture(t *testing.T, change ...func(*notify.MailConfig)) (*fixture, *mailServer) {
	t.Helper()
	server := newMailServer(t, mailServerOptions{})
	f := newFixture(t, server.use(change...))
	f.setEmail(f.customer, "owner@acme.example")
	return f, server
}

func (f *fixture) setEmail(p core.Profile, address string) {
	f.t.Helper()
	_, err := f.store.UpdateProfile(f.t.Context(), p.ID, func(p *core.Profile) error {
		p.Email = address
		return nil
	})
	if err != nil {
		f.t.Fatal(err)
	}
}

// account stores an account of the profile whose authorization ends in 10 days.
func (f *fixture) account(p core.Profile, change ...func(*core.Account)) core.Account {
	f.t.Helper()
	a := coretest.Account(append([]func(*core.Account){func(a *core.Account) {
		a.ProfileID, a.DisplayName, a.ExpiresAt = p.ID, "Acme Ltd", f.clock.Now().Add(10*24*time.Hour)
	}}, change...)...)
	if err := f.store.CreateAccount(f.t.Context(), a, []byte("sealed")); err != nil {
		f.t.Fatal(err)
	}
	return a
}

// lose marks an account as one that has to be linked again.
func (f *fixture) lose(a core.Account) {
	f.t.Helper()
	_, err := f.store.UpdateAccount(f.t.Context(), a.ID, func(a *core.Account) error {
		a.Status = core.AccountRelinkRequired
		return nil
	})
	if err != nil {
		f.t.Fatal(err)
	}
}

// refreshNotice tells that the account ends soon, lostNotice that it has ended.
func (f *fixture) refreshNotice(a core.Account) core.Notice {
	return f.socialNotice(a, core.SocialNotice{Type: core.SocialRefresh, Source: core.SocialBySystem, RefreshBy: a.EndsAt(), Days: 10})
}

func (f *fixture) lostNotice(a core.Account) core.Notice {
	s := core.SocialNotice{Type: core.SocialUnlink, Source: core.SocialBySystem, Reason: "the network says:\nrevoked by the member"}
	if reason, over := a.EndedAt(f.clock.Now()); over {
		s.Reason, s.RefreshBy = reason, a.EndsAt()
	}
	return f.socialNotice(a, s)
}

func (f *fixture) socialNotice(a core.Account, s core.SocialNotice) core.Notice {
	f.clock.Advance(time.Millisecond)
	s.AccountID, s.Platform, s.RemoteID, s.DisplayName = a.ID, a.Platform, a.RemoteID, a.DisplayName
	now := f.clock.Now()
	return core.Notice{ID: core.NewID(now), Action: core.NoticeSocial, CreatedAt: now, Social: &s}
}

// tellOf tells a notice of the account.
func (f *fixture) tellOf(p core.Profile, n core.Notice) string {
	f.t.Helper()
	if err := f.Tell(f.t.Context(), p.ID, n); err != nil {
		f.t.Fatal(err)
	}
	return n.ID
}

// mailsOf are the mails in the log of a profile, which owns them.
func (f *fixture) mailsOf(p core.Profile) []store.Message {
	f.t.Helper()
	list, err := f.Messages(f.t.Context(), store.MessageQuery{ProfileID: p.ID, Channel: store.ChannelMail})
	if err != nil {
		f.t.Fatal(err)
	}
	owned, err := f.Messages(f.t.Context(), store.MessageQuery{OwnerID: p.ID, Channel: store.ChannelMail})
	if err != nil {
		f.t.Fatal(err)
	}
	if diff := cmp.Diff(list, owned); diff != "" {
		f.t.Errorf("the mails that the profile owns are others (-about it +owned):\n%s", diff)
	}
	return list
}

// parsed is a mail taken apart.
type parsed struct {
	header     mail.Header
	subject    string
	text, html string
}

func parse(t *testing.T, raw string) parsed {
	t.Helper()
	for line := range strings.SplitSeq(raw, "\r\n") {
		if len(line) > 998 || strings.ContainsAny(line, "\r\n") {
			t.Errorf("a line is malformed: %q", line)
		}
	}
	m, err := mail.ReadMessage(strings.NewReader(raw))
	if err != nil {
		t.Fatalf("%v\n%s", err, raw)
	}
	p := parsed{header: m.Header}
	if p.subject, err = (&mime.WordDecoder{}).DecodeHeader(m.Header.Get("Subject")); err != nil {
		t.Fatal(err)
	}
	kind, parameters, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("the mail is %s (%v)", kind, err)
	}
	parts := multipart.NewReader(m.Body, parameters["boundary"])
	p.text = nextPart(t, parts, "text/plain; charset=UTF-8")
	p.html = nextPart(t, parts, "text/html; charset=UTF-8")
	if _, err := parts.NextRawPart(); !errors.Is(err, io.EOF) {
		t.Errorf("after the two parts: %v", err)
	}
	return p
}

func nextPart(t *testing.T, parts *multipart.Reader, contentType string) string {
	t.Helper()
	part, err := parts.NextRawPart()
	if err != nil {
		t.Fatal(err)
	}
	if got := part.Header.Get("Content-Type"); got != contentType {
		t.Errorf("a part is %q, want %q", got, contentType)
	}
	if got := part.Header.Get("Content-Transfer-Encoding"); got != "quoted-printable" {
		t.Fatalf("a part is encoded as %q", got)
	}
	body, err := io.ReadAll(quotedprintable.NewReader(part))
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(body), "\r\n", "\n")
}

func sorted(list []string) []string { return slices.Sorted(slices.Values(list)) }

// busy refuses for now.
func busy() error { return &smtp.SMTPError{Code: 450, Message: "later"} }
