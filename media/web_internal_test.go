package media

import (
	"crypto/tls"
	"errors"
	"net"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
)

// A host that does not exist, or whom nobody vouches for, will be no better in a
// minute; one that does not answer may be.
func TestUnreachableHosts(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		cause error
		want  core.Error
	}{
		{"unknown name", &net.DNSError{IsNotFound: true}, core.Error{Kind: core.KindMedia, Message: `the host "cdn.example" does not exist`}},
		{"no name server", &net.DNSError{IsTimeout: true}, core.Error{Kind: core.KindTemporary, Message: `the host "cdn.example" does not answer`}},
		{"certificate", &tls.CertificateVerificationError{Err: errors.New("expired")}, core.Error{Kind: core.KindMedia, Message: `the certificate of the host "cdn.example" is not valid`}},
		{"connection", net.ErrClosed, core.Error{Kind: core.KindTemporary, Message: `the host "cdn.example" does not answer`}},
	} {
		tc.want.Op, tc.want.Code, tc.want.Err = op, core.CodeMediaURL, tc.cause
		got := unreachable(&url.Error{Op: "Get", URL: "https://cdn.example:8443/a.png?signature=x", Err: tc.cause})
		if diff := cmp.Diff(tc.want, *core.AsError(got), cmp.Comparer(func(a, b error) bool { return a == b })); diff != "" { //nolint:errorlint // the very same
			t.Errorf("%s (-want +got):\n%s", tc.name, diff)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]time.Duration{
		"":                              0,
		"0":                             0,
		"7":                             7 * time.Second,
		"300":                           5 * time.Minute,
		"301":                           5 * time.Minute,
		"2147483647":                    5 * time.Minute,
		"99999999999999999999":          0,
		"-1":                            0,
		"1.5":                           0,
		"Fri, 20 Nov 2026 09:00:00 GMT": 0,
	} {
		if got := retryAfter(value); got != want {
			t.Errorf("%q: %s, want %s", value, got, want)
		}
	}
}
