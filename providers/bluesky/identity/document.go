package identity

import (
	"context"
	"encoding/json"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/internal/rest"
)

const (
	plcPrefix = "did:plc:"
	webPrefix = "did:web:"
	// pdsService names the server of an account within its document.
	// https://atproto.com/specs/did#did-documents
	pdsService = "#atproto_pds"
	pdsType    = "AtprotoPersonalDataServer"
)

// plcDID is what the directory can be asked for. https://web.plc.directory/spec/v0.1/did-plc
var plcDID = regexp.MustCompile(`^did:plc:[a-z0-9]{24}$`)

// Document is what an account says of itself.
type Document struct {
	DID    string
	Handle string // that it claims, in small letters; empty: none
	PDS    string // origin of its server; empty: it names none that can be used
}

// identity is the account under a handle that was checked.
func (d Document) identity(handle syntax.Handle) (Identity, error) {
	if d.PDS == "" {
		return Identity{}, noServer(d.DID)
	}
	return Identity{DID: d.DID, Handle: handle.String(), PDS: d.PDS}, nil
}

// Document returns the document of a DID.
func (r *Resolver) Document(ctx context.Context, did string) (Document, error) {
	if doc, ok := r.documents.Get(did); ok && !r.anew {
		return doc, nil
	}
	client, address, ok := r.place(did)
	if !ok {
		return Document{}, malformedDID(did)
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	resp, err := client.Do(ctx, rest.Request{
		Op: opDocument, Method: http.MethodGet, URL: address, Header: http.Header{"Accept": {"application/did+ld+json, application/json"}},
		Repeatable: true,
	})
	switch e := core.AsError(err); {
	case err == nil:
	case e.Status == http.StatusGone:
		return Document{}, gone(did)
	case e.Kind == core.KindNotFound:
		return Document{}, unknownDID(did)
	default:
		return Document{}, unanswered(opDocument, did, r.keeper(did, address), err)
	}
	doc, ok := parseDocument(did, resp.Body)
	if !ok {
		return Document{}, unanswered(opDocument, did, r.keeper(did, address), &core.Error{Kind: core.KindTemporary, Status: resp.Status, Message: "its document cannot be read"})
	}
	r.documents.Put(did, doc, keep)
	return doc, nil
}

// IsDID tells whether the form of a DID is one that accounts have: did:plc:… or did:web:….
func IsDID(did string) bool {
	_, _, ok := (&Resolver{}).place(did)
	return ok
}

// place returns the address of a document, and the client that may go there.
func (r *Resolver) place(did string) (*rest.Client, string, bool) {
	if plcDID.MatchString(did) {
		return r.own, r.cfg.PLCURL + "/" + did, true
	}
	host, isWeb := strings.CutPrefix(did, webPrefix)
	if !isWeb {
		return nil, "", false
	}
	// A port belongs to tests on this machine alone; paths are not taken at all.
	// https://atproto.com/specs/did#blessed-did-methods
	if port, local := strings.CutPrefix(host, "localhost%3A"); local && isPort(port) {
		return r.strangers, "http://localhost:" + port + "/.well-known/did.json", true
	}
	if _, err := syntax.ParseHandle(host); err != nil {
		return nil, "", false
	}
	return r.strangers, "https://" + strings.ToLower(host) + "/.well-known/did.json", true
}

// keeper tells the operator who keeps the document at an address.
func (r *Resolver) keeper(did, address string) string {
	if strings.HasPrefix(did, plcPrefix) {
		return "the directory of identities at " + r.cfg.PLCURL + " (CRIER_BLUESKY_PLC_URL)"
	}
	return address
}

// isPort tells whether s is the number of a port.
func isPort(s string) bool {
	port, err := strconv.ParseUint(s, 10, 16)
	return err == nil && port > 0
}

// parseDocument reads a document of a DID; false: it is none, or another's.
func parseDocument(did string, body []byte) (Document, bool) {
	var wire struct {
		ID          string            `json:"id"`
		AlsoKnownAs []string          `json:"alsoKnownAs"`
		Service     []json.RawMessage `json:"service"`
	}
	if json.Unmarshal(body, &wire) != nil || wire.ID != did {
		return Document{}, false
	}
	doc := Document{DID: did}
	// Of either, the first one counts. https://atproto.com/specs/did#did-documents
	for _, name := range wire.AlsoKnownAs {
		claimed, ok := strings.CutPrefix(name, "at://")
		if handle, err := syntax.ParseHandle(claimed); ok && err == nil {
			doc.Handle = handle.Normalize().String()
			break
		}
	}
	for _, raw := range wire.Service {
		if address, ok := serverOf(did, raw); ok {
			doc.PDS, _ = Origin(address)
			break
		}
	}
	return doc, true
}

// serverOf reads the address of the account's server from an entry of its services; false: the
// entry is about something else, and may have any form.
func serverOf(did string, raw json.RawMessage) (string, bool) {
	var service struct {
		ID       string          `json:"id"`
		Type     string          `json:"type"`
		Endpoint json.RawMessage `json:"serviceEndpoint"`
	}
	if json.Unmarshal(raw, &service) != nil || service.Type != pdsType || strings.TrimPrefix(service.ID, did) != pdsService {
		return "", false
	}
	var address string
	if json.Unmarshal(service.Endpoint, &address) != nil {
		return "", true // of a form that no address has
	}
	return address, true
}

// hostName is a name as the DNS of the internet, or that of a network of containers, has it.
var hostName = regexp.MustCompile(`^[a-z0-9]([a-z0-9._-]{0,251}[a-z0-9])?$`)

// Origin returns scheme, host and port of an address that consists of nothing else, as browsers
// write them: in small letters, without the port that the scheme has anyway, and without a
// slash at its end.
func Origin(address string) (string, bool) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.User != nil {
		return "", false
	}
	if u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "" || u.ForceQuery {
		return "", false
	}
	host := strings.ToLower(u.Hostname())
	if ip, err := netip.ParseAddr(host); err == nil && ip.Is6() && ip.Zone() == "" {
		host = "[" + ip.String() + "]"
	} else if !hostName.MatchString(host) {
		return "", false
	}
	switch port := u.Port(); {
	case port == "", port == "443" && u.Scheme == "https", port == "80" && u.Scheme == "http":
		return u.Scheme + "://" + host, true
	case !isPort(port):
		return "", false
	default:
		return u.Scheme + "://" + host + ":" + port, true
	}
}
