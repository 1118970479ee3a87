package main

import (
	"context"
	"net"
	"net/mail"
	"os"
	"strconv"
	"time"

	"github.com/crier-social/crier/api"
	"github.com/crier-social/crier/config"
	"github.com/crier-social/crier/core/notify"
)

// mailConfig is how mail is sent; nil: none is.
func mailConfig(cfg config.Config) *notify.MailConfig {
	server, ok := cfg.MailServer()
	if !ok {
		return nil
	}
	from, err := mail.ParseAddress(cfg.MailFrom)
	if err != nil { // the settings were checked
		return nil
	}
	host, _ := os.Hostname() // without one, this is localhost
	return &notify.MailConfig{
		Server: notify.MailServer{
			Host: server.Host, Port: server.Port, TLS: notify.MailTLS(server.TLS), User: server.User, Password: server.Password,
		},
		From: *from, Operator: cfg.MailTo, RelinkGrace: time.Duration(cfg.RelinkGrace), Hostname: host,
	}
}

// inviter mails the addresses of link pages; nil: no mail is sent.
func (a *app) inviter() api.Inviter {
	if !a.notifier.SendsMail() {
		return nil
	}
	return invitations{a.notifier}
}

// invitations is the notifier as the API wants it.
type invitations struct{ *notify.Notifier }

func (i invitations) Invite(ctx context.Context, mail api.Invitation) error {
	return i.Notifier.Invite(ctx, notify.Invitation(mail))
}

// checkMail tells early that mail cannot be sent, so that nobody finds that out by a notice
// that did not come. What is wrong may pass: mail is tried again for a day.
func (a *app) checkMail(ctx context.Context) {
	if !a.notifier.SendsMail() {
		return
	}
	if err := a.notifier.CheckMail(ctx); err != nil && ctx.Err() == nil {
		a.log.ErrorContext(ctx, "mail cannot be sent; look at CRIER_SMTP_URL and at the mail server", "server", a.mailServer(), "reason", err)
	}
}

// mailServer is the address of the mail server, without user and password.
func (a *app) mailServer() string {
	server, _ := a.cfg.MailServer()
	return net.JoinHostPort(server.Host, strconv.Itoa(server.Port))
}
