package mongo

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/mongo/address"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/description"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/topology"

	"github.com/crier-social/crier/core/coretest"
)

// TestCheckURL: what would have no effect, or one that nobody wants, is refused in words that
// tell what to change.
func TestCheckURL(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ url, want string }{
		"all is well":              {"mongodb://user:p@a,b:1/crier?replicaSet=rs0&tls=true&authSource=admin&timeoutMS=1000&appName=x", ""},
		"no database":              {"mongodb://a", ""},
		"a name that is not known": {"mongodb://a/?replicaSt=rs0&foo=bar", "the option foo, replicaSt of the URL is not known"},
		"time that is none":        {"mongodb://a/?connectTimeoutMS=soon", "connectTimeoutMS is a number of milliseconds"},
		"value that is none":       {"mongodb://a/?tls=perhaps", optionsManual},
		"no limit of time":         {"mongodb://a/?timeoutMS=0", "timeoutMS has to be 1000 or more"},
		"too short a time":         {"mongodb://a/?timeoutMS=999", "timeoutMS has to be 1000 or more"},
		"database with a space":    {"mongodb://a/a%20b", "cannot hold spaces"},
		"database with a dot":      {"mongodb://a/a.b", "cannot hold spaces"},
		"database with a dollar":   {"mongodb://a/cr$ier", "cannot hold spaces"},
		"long name of a database":  {"mongodb://a/" + strings.Repeat("x", 64), "longer than 63 bytes"},
		"MongoDB's own database":   {"mongodb://a/admin", "?authSource=admin"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := CheckURL(tc.url)
			if (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v, want %q", err, tc.want)
			}
			if s, openErr := Open(tc.url, Options{}); openErr == nil {
				defer func() { _ = s.Close() }()
			} else if err == nil {
				t.Errorf("opening: %v", openErr)
			}
		})
	}
}

// TestAdvice: errors by which the driver tells of a server that it does not reach.
func TestAdvice(t *testing.T) {
	t.Parallel()
	chosen := func(servers ...description.Server) error {
		return classify(topology.ServerSelectionError{Wrapped: errors.New("deadline"), Desc: description.Topology{Servers: servers}})
	}
	server := func(addr string, err error) description.Server {
		return description.Server{Addr: address.Address(addr), LastError: err}
	}
	for name, tc := range map[string]struct {
		url  string
		err  error
		want string // empty: no advice
	}{
		"refused":               {"mongodb://a/", chosen(server("a:27017", errors.New("connection refused"))), ""},
		"no set of that name":   {"mongodb://a,b/?replicaSet=wrong", chosen(), `named "wrong"`},
		"one that is of no set": {"mongodb://a:1,b/", chosen(server("a:1", nil)), "What answers at b is not a member"},
		"a set of other names":  {"mongodb+srv://cluster.example/", chosen(server("x:1", nil)), ""},
		"IPv6 without a port":   {"mongodb://[::1]/", chosen(server("[::1]:27017", nil)), ""},
		"server without TLS":    {"mongodb://a/?tls=true", chosen(server("a:27017", fmt.Errorf("handshake: %w", io.EOF))), "leave tls=true out"},
		"server with TLS":       {"mongodb://a/", chosen(server("a:27017", fmt.Errorf("handshake: %w", io.EOF))), "add tls=true"},
		"private authority":     {"mongodb://a/?tls=true", chosen(server("a:27017", x509.UnknownAuthorityError{})), "tlsCAFile"},
		"of the call itself":    {"mongodb://a/", fmt.Errorf("read: %w", io.EOF), "add tls=true"},
		"while it is away":      {"mongodb://a/?replicaSet=wrong", fmt.Errorf("mongo: %w", &awayError{since: coretest.Epoch(), noticed: chosen()}), `named "wrong"`},
		"another error":         {"mongodb://a/", errors.New("x"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := Advice(tc.url, tc.err)
			if (got == "") != (tc.want == "") || !strings.Contains(got, tc.want) {
				t.Error(cmp.Diff(tc.want, got))
			}
		})
	}
}
