package config_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/config"
)

func TestMailServer(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]config.MailServer{
		"smtp://mail.example":                            {Host: "mail.example", Port: 587, TLS: config.MailTLSMandatory},
		"smtp://mail.example:25/":                        {Host: "mail.example", Port: 25, TLS: config.MailTLSMandatory},
		"smtps://mail.example":                           {Host: "mail.example", Port: 465, TLS: config.MailTLSImplicit},
		"smtps://a%40b.example:p%2F%3Aw%40@mail.example": {Host: "mail.example", Port: 465, TLS: config.MailTLSImplicit, User: "a@b.example", Password: "p/:w@"},
		"smtp://mail.example?tls=opportunistic":          {Host: "mail.example", Port: 587, TLS: config.MailTLSOpportunistic},
		"smtp://mail.example:2525?tls=none":              {Host: "mail.example", Port: 2525, TLS: config.MailTLSNone},
		"smtp://localhost:1025":                          {Host: "localhost", Port: 1025, TLS: config.MailTLSNone},
		"smtp://u:p@127.0.0.9:25?tls=mandatory":          {Host: "127.0.0.9", Port: 25, TLS: config.MailTLSMandatory, User: "u", Password: "p"},
		"smtp://[::1]:25":                                {Host: "::1", Port: 25, TLS: config.MailTLSNone},
		"smtp://localhost.example":                       {Host: "localhost.example", Port: 587, TLS: config.MailTLSMandatory},
	} {
		t.Run(value, func(t *testing.T) {
			t.Parallel()
			c, err := config.Load([]string{"CRIER_SMTP_URL=" + value, "CRIER_MAIL_FROM=Crier <crier@example.com>"}, "")
			if err != nil {
				t.Fatal(err)
			}
			got, ok := c.MailServer()
			if diff := cmp.Diff(want, got); diff != "" || !ok {
				t.Errorf("%t (-want +got):\n%s", ok, diff)
			}
			if got.Password.Reveal() != want.Password.Reveal() {
				t.Error("the password is another one")
			}
		})
	}
	if s, ok := (config.Config{}).MailServer(); ok {
		t.Errorf("without the setting there is %v", s)
	}
}

func TestMailMistakes(t *testing.T) {
	t.Parallel()
	for value, says := range map[string]string{
		"mail.example":                          "not a mail server",
		"smtp://":                               "not a mail server",
		"smtp://mail.example/path":              "nothing but ?tls=",
		"smtp://mail.example#x":                 "nothing but ?tls=",
		"smtp://mail.example:0":                 "port",
		"smtp://mail.example:70000":             "port",
		"smtp://user@mail.example":              "a user and a password",
		"smtp://:hush@mail.example":             "a user and a password",
		"smtp://u:hush@mail.example?tls=off":    "none of mandatory, opportunistic and none",
		"smtp://mail.example?tls=":              "none of mandatory, opportunistic and none",
		"smtp://mail.example?tls=none&tls=none": "the one parameter",
		"smtp://mail.example?starttls=no":       "the one parameter",
		"smtps://mail.example?tls=none":         "smtps:// has TLS from the start",
		"smtp://u:hush@hush@:x":                 "not a mail server",
	} {
		t.Run(value, func(t *testing.T) {
			t.Parallel()
			_, err := config.Load([]string{"CRIER_SMTP_URL=" + value, "CRIER_MAIL_FROM=crier@example.com"}, "")
			if err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "hush") {
				t.Errorf("it says %v", err)
			}
		})
	}
}

func TestMailAddresses(t *testing.T) {
	t.Parallel()
	c, err := config.Load([]string{
		"CRIER_SMTP_URL=smtp://localhost", "CRIER_MAIL_FROM=crier@example.com", "CRIER_MAIL_TO=a@example.com, Ops <b@example.com>,,A@example.com",
	}, "")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(config.MailAddresses{"a@example.com", "b@example.com"}, c.MailTo); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, environ := range [][]string{
		{"CRIER_MAIL_TO=a@example.com"}, // by which server?
		{"CRIER_MAIL_TO=a@example.com,nobody", "CRIER_SMTP_URL=smtp://localhost", "CRIER_MAIL_FROM=crier@example.com"},
	} {
		if _, err := config.Load(environ, ""); err == nil {
			t.Errorf("%v is taken", environ)
		}
	}
}
