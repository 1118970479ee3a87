package mongo

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/connstring"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/description"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/topology"
)

// Advice tells what in the URL of the database may be why its server cannot be reached, which
// err, an error of a Store that was opened with it, does not say; empty where that shows
// nothing. It asks nobody.
func Advice(url string, err error) string {
	parsed, parseErr := connstring.Parse(url)
	if parseErr != nil {
		return ""
	}
	if away := (*awayError)(nil); errors.As(err, &away) {
		err = away.noticed
	}
	selection := topology.ServerSelectionError{}
	if !errors.As(err, &selection) {
		return adviceOnTLS(parsed, err)
	}
	if advice := adviceOnMembers(parsed, selection.Desc); advice != "" {
		return advice
	}
	for _, server := range selection.Desc.Servers {
		if advice := adviceOnTLS(parsed, server.LastError); advice != "" {
			return advice
		}
	}
	return ""
}

// adviceOnMembers looks for servers of the URL that the driver has left out, since they are no
// members of the replica set.
func adviceOnMembers(parsed *connstring.ConnString, known description.Topology) string {
	var dropped []string
	for _, host := range parsed.Hosts {
		same := func(s description.Server) bool { return strings.EqualFold(s.Addr.String(), withPort(host)) }
		if parsed.Scheme == connstring.SchemeMongoDB && !slices.ContainsFunc(known.Servers, same) {
			dropped = append(dropped, host)
		}
	}
	switch {
	case parsed.ReplicaSet != "" && len(known.Servers) == 0:
		return fmt.Sprintf("None of the hosts is a member of a replica set named %q: correct replicaSet in the URL; a server that is of no replica set is named without it", parsed.ReplicaSet)
	case len(dropped) > 0:
		return fmt.Sprintf("What answers at %s is not a member of the same replica set as the others: name the members of one set, and the set by replicaSet; a server that is of none is the only host of its URL",
			strings.Join(dropped, " and "))
	}
	return ""
}

// withPort is the address of a host as the driver has it.
func withPort(host string) string {
	const port = ":27017"
	if i := strings.LastIndex(host, ":"); i > strings.LastIndex(host, "]") {
		return host
	}
	return host + port
}

// adviceOnTLS looks for a client and a server one of which speaks TLS and the other does not.
func adviceOnTLS(parsed *connstring.ConnString, err error) string {
	_, unknown := errors.AsType[x509.UnknownAuthorityError](err)
	_, plain := errors.AsType[tls.RecordHeaderError](err)
	ended := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
	withTLS := parsed.SSL || parsed.Scheme == connstring.SchemeMongoDBSRV && !parsed.SSLSet
	switch {
	case unknown:
		return "The certificate of the server is of an authority that this machine does not know: name the file of its certificate by tlsCAFile in the URL"
	case withTLS && (plain || ended):
		return "The server does not answer in TLS: leave tls=true out of the URL if the server is set up without TLS"
	case ended:
		return "The server ended the connection at once: add tls=true to the URL if it demands TLS"
	}
	return ""
}
