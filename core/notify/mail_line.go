package notify

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/wneessen/go-mail/smtp"

	"github.com/crier-social/crier/core"
)

// MailTLS says how the connection to the mail server is encrypted.
type MailTLS string

// The ways.
const (
	MailTLSImplicit      MailTLS = "implicit"      // from the first byte
	MailTLSMandatory     MailTLS = "mandatory"     // by STARTTLS, or nothing is sent
	MailTLSOpportunistic MailTLS = "opportunistic" // by STARTTLS where the server offers it
	MailTLSNone          MailTLS = "none"
)

// MailServer takes mail for all addresses.
type MailServer struct {
	Host     string
	Port     int
	TLS      MailTLS
	User     string // empty: no login
	Password core.Secret
}

// mailLine brings mail to a server. https://www.rfc-editor.org/rfc/rfc5321
type mailLine struct {
	server  MailServer
	helo    string // the name of this machine
	roots   *x509.CertPool
	timeout time.Duration // of each step
}

// parcel is a mail as it is handed to a server.
type parcel struct {
	from, to string // plain addresses
	content  []byte
}

// finishGrace is for how long a server that stops waits for the answer to a mail that was
// handed over: without the answer, the mail is sent again.
const finishGrace = 2 * time.Second

// quitTimeout is for how long a server may take to say goodbye.
const quitTimeout = time.Second

// talk is one connection to the server.
type talk struct {
	mailLine
	conn   net.Conn
	client *smtp.Client
	// handedOver tells that all of the mail is on its way.
	handedOver atomic.Bool
}

// deliver sends a mail once.
func (l mailLine) deliver(ctx context.Context, p parcel) reply {
	return l.meet(ctx, func(t *talk) reply { return t.transmit(ctx, p) })
}

// check finds out whether the server lets mail be sent, without sending any.
func (l mailLine) check(ctx context.Context) reply {
	return l.meet(ctx, func(*talk) reply { return reply{} })
}

// meet connects, does what comes before mail, and then the work.
func (l mailLine) meet(ctx context.Context, work func(*talk) reply) reply {
	conn, err := l.dial(ctx)
	if err != nil {
		return l.broken(err)
	}
	defer func() { _ = conn.Close() }()
	t := &talk{mailLine: l, conn: conn}
	defer context.AfterFunc(ctx, t.interrupt)()
	for _, step := range []func(context.Context) reply{t.greet, t.secure, t.login} {
		if r := step(ctx); r.failure != "" {
			return r
		}
	}
	r := work(t)
	t.timeout = min(t.timeout, quitTimeout)
	if t.begin(ctx) == nil {
		_ = t.client.Quit() // what was taken is taken
	}
	return r
}

// dial connects, with TLS where that is there from the start.
func (l mailLine) dial(ctx context.Context) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, l.timeout)
	defer cancel()
	address := net.JoinHostPort(l.server.Host, strconv.Itoa(l.server.Port))
	if l.server.TLS == MailTLSImplicit {
		return (&tls.Dialer{Config: l.tlsConfig()}).DialContext(ctx, "tcp", address)
	}
	return (&net.Dialer{}).DialContext(ctx, "tcp", address)
}

func (l mailLine) tlsConfig() *tls.Config {
	return &tls.Config{ServerName: l.server.Host, RootCAs: l.roots, MinVersion: tls.VersionTLS12}
}

// interrupt breaks off what the server is waited for.
func (t *talk) interrupt() {
	var until time.Time
	if t.handedOver.Load() {
		until = time.Now().Add(finishGrace)
	} else {
		until = time.Unix(1, 0)
	}
	_ = t.conn.SetDeadline(until) // it fails on a connection that is closed, which is as good
}

// begin gives the next step its time.
func (t *talk) begin(ctx context.Context) error {
	if err := t.conn.SetDeadline(time.Now().Add(t.timeout)); err != nil {
		return err
	}
	return ctx.Err() // an interrupt after this comes after the deadline, too
}

// greet waits for the server's greeting and answers it.
func (t *talk) greet(ctx context.Context) reply {
	err := t.begin(ctx)
	if err == nil {
		t.client, err = smtp.NewClient(t.conn, t.server.Host)
	}
	if err == nil {
		err = t.client.Hello(t.helo)
	}
	return t.refusal(err, "the mail server does not talk to this one", always)
}

// secure encrypts the connection, as the settings have it.
func (t *talk) secure(ctx context.Context) reply {
	if t.server.TLS == MailTLSImplicit || t.server.TLS == MailTLSNone {
		return reply{}
	}
	if offered, _ := t.client.Extension("STARTTLS"); !offered {
		if t.server.TLS == MailTLSOpportunistic {
			return reply{}
		}
		return reply{passing: true, failure: "the mail server offers no STARTTLS, so that nothing was sent to it: CRIER_SMTP_URL begins with smtps:// for a server with TLS from the start (mostly port 465), and ends with ?tls=none for one without TLS"}
	}
	err := t.begin(ctx)
	if err == nil {
		err = t.client.StartTLS(t.tlsConfig())
	}
	return t.refusal(err, "the mail server refused STARTTLS", always)
}

// login proves who sends, where the settings have a user.
func (t *talk) login(ctx context.Context) reply {
	if t.server.User == "" {
		return reply{}
	}
	_, offered := t.client.Extension("AUTH")
	auth, ok := t.authentication(strings.Fields(strings.ToUpper(offered)))
	if !ok {
		return reply{passing: true, failure: "the mail server offers no login that is known and safe on this connection; without TLS, passwords are not sent: change CRIER_SMTP_URL, or leave user and password out"}
	}
	err := t.begin(ctx)
	if err == nil {
		err = t.client.Auth(auth)
	}
	return t.refusal(err, "the mail server refused user and password of CRIER_SMTP_URL", always)
}

// authentication chooses how to log in. Passwords themselves go over TLS, and to this machine,
// alone.
func (t *talk) authentication(offered []string) (smtp.Auth, bool) {
	user, password, host := t.server.User, t.server.Password.Reveal(), t.server.Host
	_, encrypted := t.client.TLSConnectionState()
	plain := encrypted || isLoopback(host)
	switch {
	case plain && slices.Contains(offered, "PLAIN"):
		return smtp.PlainAuth("", user, password, host, true), true
	case plain && slices.Contains(offered, "LOGIN"):
		return smtp.LoginAuth(user, password, host, true), true
	case slices.Contains(offered, "SCRAM-SHA-256"):
		return smtp.ScramSHA256Auth(user, password), true
	case slices.Contains(offered, "SCRAM-SHA-1"):
		return smtp.ScramSHA1Auth(user, password), true
	case slices.Contains(offered, "CRAM-MD5"):
		return smtp.CRAMMD5Auth(user, password), true
	}
	return nil, false
}

// transmit hands a mail over.
func (t *talk) transmit(ctx context.Context, p parcel) reply {
	if !isASCII(p.from + p.to) {
		if able, _ := t.client.Extension("SMTPUTF8"); !able {
			return reply{failure: "the mail server takes no addresses with letters that ASCII does not have"}
		}
	}
	// A server that has to hand the mail on to one without it would send it back.
	t.client.SkipSMTPUTF8(isASCII(p.from + p.to))
	err := t.begin(ctx)
	if err == nil {
		err = t.client.Mail("<" + p.from + ">")
	}
	if r := t.refusal(err, "the mail server refused the sender, CRIER_MAIL_FROM", always); r.failure != "" {
		return r
	}
	if err = t.begin(ctx); err == nil {
		err = t.client.Rcpt("<" + p.to + ">")
	}
	if r := t.refusal(err, "the mail server refused the receiver", temporary); r.failure != "" {
		return r
	}
	return t.content(ctx, p.content)
}

// content sends the mail itself.
func (t *talk) content(ctx context.Context, mail []byte) reply {
	const refused = "the mail server refused the mail"
	err := t.begin(ctx)
	if err != nil {
		return t.broken(err)
	}
	w, err := t.client.Data()
	if err == nil {
		_, err = w.Write(mail)
	}
	if err == nil {
		err = t.begin(ctx)
	}
	if err != nil {
		return t.refusal(err, refused, temporary)
	}
	t.handedOver.Store(true)
	if err := w.Close(); err != nil {
		return t.refusal(err, refused, temporary)
	}
	r := reply{status: mailTaken}
	if taken, ok := w.(*smtp.DataCloser); ok {
		r.answer = printable([]byte(taken.ServerResponse()))
	}
	return r
}

// isLoopback tells whether a host is this machine by its name.
func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback() || strings.EqualFold(host, "localhost")
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > '~' })
}
