package netguard

import (
	"errors"
	"net"
	"strconv"

	"github.com/crier-social/crier/core"
)

const op = "netguard"

// reason tells why an address was not connected to.
type reason int

const (
	reasonAddress reason = iota // it is not public
	reasonScheme                // it is public, but was to be reached by http
	reasonPort                  // it is public, but the port belongs to another service
)

// refusal is the verdict on a resolved address. The dialer knows no more than the
// address; named adds the host.
type refusal struct {
	address string
	reason  reason
}

func (r *refusal) Error() string { return "refused to connect to " + r.address }

// named turns a refusal within a dialing error into the error that callers see.
// What the name resolved to stays in the cause, for the log alone: whoever chose
// the name must not be able to map the inner network with it.
func named(err error, hostPort string) error {
	var r *refusal
	if !errors.As(err, &r) {
		return err
	}
	host, port, splitErr := net.SplitHostPort(hostPort)
	if splitErr != nil {
		host = hostPort
	}
	switch r.reason {
	case reasonScheme:
		return plainHTTP(host)
	case reasonPort:
		e := refusedURL("port " + port + " of " + quote(host) + " belongs to another service; only 443 and those from " + strconv.Itoa(firstUserPort) + " up are taken")
		e.Help = "Use one of these ports, or allow the network with CRIER_MEDIA_ALLOW."
		return e
	case reasonAddress:
	}
	return &core.Error{
		Kind: core.KindMedia, Code: core.CodeMediaBlocked, Op: op,
		Message: "the host " + quote(host) + " is not on the public internet",
		Err:     r,
	}
}

func plainHTTP(host string) *core.Error {
	e := refusedURL("the host " + quote(host) + " is to be reached by http, only https is taken")
	e.Help = "Use the https address, or allow the network with CRIER_MEDIA_ALLOW."
	return e
}

func tooManyRedirects() *core.Error {
	return refusedURL("the address redirects more than " + strconv.Itoa(MaxRedirects) + " times")
}

func refusedURL(message string) *core.Error {
	return &core.Error{Kind: core.KindMedia, Code: core.CodeMediaURL, Op: op, Message: message}
}

// quote shows a part of a stranger's address in a message, shortened.
func quote(s string) string {
	const most = 100
	if len(s) > most {
		s = s[:most] + "…"
	}
	return strconv.Quote(s)
}
