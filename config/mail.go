package config

import (
	"errors"
	"fmt"
	"net/mail"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"github.com/crier-social/crier/core"
)

// MailTLS says how the connection to a mail server is encrypted.
type MailTLS string

// The ways.
const (
	MailTLSImplicit      MailTLS = "implicit"      // from the first byte
	MailTLSMandatory     MailTLS = "mandatory"     // by STARTTLS, or nothing is sent
	MailTLSOpportunistic MailTLS = "opportunistic" // by STARTTLS where the server offers it
	MailTLSNone          MailTLS = "none"
)

// The ports of message submission.
// https://www.rfc-editor.org/rfc/rfc8314#section-7.3
const (
	submissionPort    = 587
	submissionTLSPort = 465
)

// MailServer is what CRIER_SMTP_URL says.
type MailServer struct {
	Host     string
	Port     int
	TLS      MailTLS
	User     string // empty: mail is sent without a login
	Password core.Secret
}

// MailServer returns the server that mail is sent through; false: none is set.
func (c Config) MailServer() (MailServer, bool) {
	s, err := parseMailServer(c.SMTPURL.Reveal())
	return s, err == nil && c.SMTPURL != ""
}

// parseMailServer reads smtp://user:password@host:587 or smtps://…:465. Its errors never
// repeat the value, which holds a password.
func parseMailServer(value string) (MailServer, error) {
	u, err := url.Parse(value)
	if err != nil || u.Hostname() == "" || u.Scheme != "smtp" && u.Scheme != "smtps" {
		return MailServer{}, errors.New("not a mail server as smtp://user:password@host:587 or smtps://user:password@host:465; characters like @ and / in user and password are written as %40 and %2F")
	}
	if u.Path != "" && u.Path != "/" || u.Fragment != "" {
		return MailServer{}, errors.New("nothing but ?tls= may follow the host and port of the mail server")
	}
	s := MailServer{Host: u.Hostname(), Port: submissionPort}
	if u.Scheme == "smtps" {
		s.Port = submissionTLSPort
	}
	if port := u.Port(); port != "" {
		if s.Port, err = strconv.Atoi(port); err != nil || s.Port < 1 || s.Port > 65535 {
			return MailServer{}, errors.New("the port of the mail server is not a number from 1 to 65535")
		}
	}
	if u.User != nil {
		password, _ := u.User.Password()
		if s.User, s.Password = u.User.Username(), core.Secret(password); s.User == "" || password == "" {
			return MailServer{}, errors.New("a login at the mail server takes a user and a password")
		}
	}
	s.TLS, err = mailTLS(u, s.Host)
	return s, err
}

// mailTLS reads how the connection is encrypted.
func mailTLS(u *url.URL, host string) (MailTLS, error) {
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil || len(query) > 1 || len(query) == 1 && len(query["tls"]) != 1 {
		return "", errors.New("tls is the one parameter of the mail server, as in ?tls=mandatory")
	}
	wish := MailTLS(query.Get("tls"))
	switch {
	case u.Scheme == "smtps" && wish == "":
		return MailTLSImplicit, nil
	case u.Scheme == "smtps":
		return "", errors.New("smtps:// has TLS from the start and takes no parameter tls")
	case wish == MailTLSMandatory, wish == MailTLSOpportunistic, wish == MailTLSNone:
		return wish, nil
	case len(query) > 0:
		return "", errors.New("tls of the mail server is none of mandatory, opportunistic and none")
	case isLoopback(host):
		return MailTLSNone, nil
	}
	return MailTLSMandatory, nil
}

// isLoopback tells whether a host is this machine by its name.
func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback() || strings.EqualFold(host, "localhost")
}

// MailAddresses is a list of mail addresses.
type MailAddresses []string

// UnmarshalText takes a comma list; names before the addresses are left out. One that is
// named twice counts once.
func (m *MailAddresses) UnmarshalText(text []byte) error {
	var list MailAddresses
	seen := map[string]bool{}
	for item := range splitList(text) {
		a, err := mail.ParseAddress(item)
		if err != nil {
			return fmt.Errorf("%q is not a mail address", item)
		}
		if key := strings.ToLower(a.Address); !seen[key] {
			seen[key] = true
			list = append(list, a.Address)
		}
	}
	*m = list
	return nil
}

// String writes the list as it is read.
func (m MailAddresses) String() string { return strings.Join(m, ",") }
