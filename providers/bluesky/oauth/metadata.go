package oauth

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/crier-social/crier/providers/bluesky/identity"
	"github.com/crier-social/crier/providers/internal/rest"
)

const (
	// keepMetadata is for how long the endpoints of a server are taken to be the same.
	keepMetadata = 10 * time.Minute
	maxServers   = 1024
	readTimeout  = 10 * time.Second

	opMetadata = "bluesky.oauthMetadata"
)

// Issuer is a server that people sign in at.
type Issuer struct {
	URL       string // its name, and where its metadata are
	Authorize string // where the browser goes
	Token     string
	Push      string // takes requests before the browser goes there
}

// resource is what the server that keeps an account says of who gives out tokens for it.
// https://www.rfc-editor.org/rfc/rfc9728#section-2
type resource struct {
	Resource string   `json:"resource"`
	Issuers  []string `json:"authorization_servers"`
}

// metadata are what a server that gives out tokens says of itself.
// https://atproto.com/specs/oauth#authorization-servers
type metadata struct {
	Issuer        string   `json:"issuer"`
	Authorize     string   `json:"authorization_endpoint"`
	Token         string   `json:"token_endpoint"`
	Push          string   `json:"pushed_authorization_request_endpoint"`
	MustPush      bool     `json:"require_pushed_authorization_requests"`
	ResponseTypes []string `json:"response_types_supported"`
	GrantTypes    []string `json:"grant_types_supported"`
	Challenges    []string `json:"code_challenge_methods_supported"`
	AuthMethods   []string `json:"token_endpoint_auth_methods_supported"`
	AuthAlgs      []string `json:"token_endpoint_auth_signing_alg_values_supported"`
	Scopes        []string `json:"scopes_supported"`
	ProofAlgs     []string `json:"dpop_signing_alg_values_supported"`
	TellsIssuer   bool     `json:"authorization_response_iss_parameter_supported"`
	ReadsClients  bool     `json:"client_id_metadata_document_supported"`
	Resources     []string `json:"protected_resources"`
}

// Discover finds out who gives out tokens for the accounts of a server, and makes sure that
// it does so in the way that the protocol asks for.
func (f *Flow) Discover(ctx context.Context, pds string) (Issuer, error) {
	if known, ok := f.issuers.Get(pds); ok {
		return known, nil
	}
	var r resource
	if err := f.read(ctx, pds+"/.well-known/oauth-protected-resource", &r); err != nil {
		return Issuer{}, notOffered(pds, err)
	}
	if r.Resource != pds || len(r.Issuers) != 1 || !isOrigin(r.Issuers[0]) || !keepsTLS(pds, r.Issuers[0]) {
		return Issuer{}, unfit(pds, "it does not name the one server that people sign in at")
	}
	var m metadata
	if err := f.read(ctx, r.Issuers[0]+"/.well-known/oauth-authorization-server", &m); err != nil {
		return Issuer{}, notOffered(r.Issuers[0], err)
	}
	if lack := m.lacks(pds, r.Issuers[0]); lack != "" {
		return Issuer{}, unfit(r.Issuers[0], lack)
	}
	found := Issuer{URL: m.Issuer, Authorize: m.Authorize, Token: m.Token, Push: m.Push}
	f.issuers.Put(pds, found, keepMetadata)
	return found, nil
}

// read gets a document of metadata.
func (f *Flow) read(ctx context.Context, address string, out any) error {
	_, err := f.rest.JSON(ctx, rest.Request{
		Op: opMetadata, Method: http.MethodGet, URL: address, Repeatable: true, Timeout: readTimeout,
		Header: http.Header{"Accept": {"application/json"}},
	}, nil, out)
	return err
}

// lacks tells what keeps a server from being used, as a clause; "": nothing.
func (m metadata) lacks(pds, issuer string) string {
	needs := []struct {
		what string
		met  bool
	}{
		{"it calls itself by another name", m.Issuer == issuer},
		{"it gives out no tokens for the accounts of " + pds, m.Resources == nil || slices.Contains(m.Resources, pds)},
		{"its addresses are of no use", keepsTLS(issuer, m.Authorize) && keepsTLS(issuer, m.Token) && keepsTLS(issuer, m.Push)},
		{"it takes no pushed requests", m.MustPush},
		{"it gives out no codes", slices.Contains(m.ResponseTypes, "code") && slices.Contains(m.GrantTypes, grantCode)},
		{"its tokens cannot be renewed", slices.Contains(m.GrantTypes, grantRefresh)},
		{"it takes no code challenges by S256", slices.Contains(m.Challenges, "S256")},
		{"clients cannot authenticate themselves by ES256", slices.Contains(m.AuthMethods, "none") && slices.Contains(m.AuthMethods, "private_key_jwt") && slices.Contains(m.AuthAlgs, "ES256")},
		{"it takes no proofs by ES256", slices.Contains(m.ProofAlgs, "ES256")},
		{"it does not know the scopes " + Scopes, !slices.ContainsFunc(strings.Fields(Scopes), func(s string) bool { return !slices.Contains(m.Scopes, s) })},
		{"it does not tell who it is with the answers that browsers bring", m.TellsIssuer},
		{"it does not read the documents of clients", m.ReadsClients},
	}
	for _, need := range needs {
		if !need.met {
			return need.what
		}
	}
	return ""
}

// isOrigin tells whether an address is scheme, host and port, and nothing else.
func isOrigin(address string) bool {
	origin, ok := identity.Origin(address)
	return ok && origin == address
}

// keepsTLS tells whether an address that a server has named can be used: one that is named by a
// server with TLS has it too.
func keepsTLS(server, named string) bool {
	u, err := url.Parse(named)
	if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && strings.HasPrefix(server, "http://")
}
