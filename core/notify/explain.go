package notify

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/crier-social/crier/core"
)

// explain tells in plain words why a call of an endpoint, or a mail server, got no answer, and
// whether a later one may get one. The words hold no address that a name resolved to.
func explain(called string, err error, timeout time.Duration) (words string, passing bool) {
	if refused, ok := errors.AsType[*core.Error](err); ok {
		return guarded(refused), false
	}
	if words, ok := explainTLS(called, err); ok {
		return words, true
	}
	var dns *net.DNSError
	var network net.Error
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		return fmt.Sprintf("there is no host of the name %q", dns.Name), true
	case errors.As(err, &dns):
		return fmt.Sprintf("the name %q could not be resolved", dns.Name), true
	case errors.Is(err, syscall.ECONNREFUSED):
		return "the connection was refused: nothing listens there", true
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return fmt.Sprintf("there was no answer within %v", timeout), true
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the connection was closed without an answer", true
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "the host cannot be reached", true
	}
	return "the connection failed", true
}

// allowSetting names the setting by which the operator admits more than public addresses.
const allowSetting = "CRIER_MEDIA_ALLOW"

// guarded tells why an address was not connected to, and what the operator can do about it.
func guarded(refused *core.Error) string {
	if help := core.HelpOf(refused); strings.Contains(help, allowSetting) {
		return refused.Message + "; the operator of this server can allow its network with " + allowSetting
	}
	return refused.Message
}

// explainTLS explains what is wrong with the certificate of what was called, or with its TLS.
func explainTLS(called string, err error) (string, bool) {
	var (
		unknown  x509.UnknownAuthorityError
		hostname x509.HostnameError
		invalid  x509.CertificateInvalidError
		record   tls.RecordHeaderError
		alert    tls.AlertError
		verify   *tls.CertificateVerificationError
	)
	switch {
	case errors.As(err, &unknown):
		return "the certificate of the " + called + " is not signed by an authority that is known: it is self-signed, or the server sends it without the intermediate ones", true
	case errors.As(err, &hostname):
		return fmt.Sprintf("the certificate of the %s is for another name than %q", called, hostname.Host), true
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "the certificate of the " + called + " has expired, or is not valid yet", true
	case errors.As(err, &invalid), errors.As(err, &verify):
		return "the certificate of the " + called + " is not valid", true
	case errors.As(err, &record), errors.Is(err, http.ErrSchemeMismatch):
		return "the " + called + " does not speak TLS on this port", true
	case errors.As(err, &alert):
		return "the " + called + " broke off the TLS handshake: " + alert.Error(), true
	}
	return "", false
}
