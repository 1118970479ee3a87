package sandbox

import (
	"crypto/ecdsa"
	"math/big"
	"net/http"
	"strings"
)

// plcPrefix begins the addresses of the directory of DIDs: CRIER_BLUESKY_PLC_URL is the
// sandbox's address with it.
const plcPrefix = "/plc/"

// document is a DID document. https://atproto.com/specs/did#did-documents
type document struct {
	Context     []string  `json:"@context"`
	ID          string    `json:"id"`
	AlsoKnownAs []string  `json:"alsoKnownAs"`
	Keys        []docKey  `json:"verificationMethod"`
	Services    []service `json:"service"`
}

type docKey struct {
	ID         string `json:"id"`
	Type       string `json:"type"`
	Controller string `json:"controller"`
	Key        string `json:"publicKeyMultibase"`
}

type service struct {
	ID       string `json:"id"`
	Type     string `json:"type"`
	Endpoint string `json:"serviceEndpoint"`
}

func didDocument(a *account, base string) document {
	return document{
		Context: []string{
			"https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1", "https://w3id.org/security/suites/ecdsa-2019/v1",
		},
		ID: a.did, AlsoKnownAs: []string{"at://" + a.handle},
		Keys:     []docKey{{ID: a.did + "#atproto", Type: "Multikey", Controller: a.did, Key: multikey(&a.key.PublicKey)}},
		Services: []service{{ID: "#atproto_pds", Type: "AtprotoPersonalDataServer", Endpoint: base}},
	}
}

// servePLC answers as the directory does. https://web.plc.directory/api/redoc
func (s *Sandbox) servePLC(r *http.Request) *reply {
	did := strings.TrimPrefix(r.URL.Path, plcPrefix)
	header := http.Header{"Access-Control-Allow-Origin": {"*"}}
	failed := func(status int, message string) *reply {
		return jsonReply(status, header, struct {
			Message string `json:"message"`
		}{message + did})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.accounts[did]
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		return failed(http.StatusMethodNotAllowed, "The sandbox takes no operations for ")
	case a == nil:
		return failed(http.StatusNotFound, "DID not registered: ")
	case a.status == StatusDeleted:
		return failed(http.StatusGone, "DID not available: ")
	}
	out := jsonReply(http.StatusOK, header, didDocument(a, s.baseURL(r)))
	out.header.Set("Content-Type", "application/did+ld+json; charset=utf-8")
	return out
}

// multicodecP256 begins a compressed public key of P-256, as a varint.
// https://atproto.com/specs/cryptography#public-key-encoding
var multicodecP256 = []byte{0x80, 0x24}

func multikey(key *ecdsa.PublicKey) string {
	point, err := key.Bytes() // 4, x, y
	if err != nil {
		return ""
	}
	half := len(point) / 2
	compressed := append([]byte{2 | point[len(point)-1]&1}, point[1:1+half]...)
	return "z" + base58(append(append([]byte(nil), multicodecP256...), compressed...))
}

const base58Digits = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

func base58(raw []byte) string {
	n, base, digit := new(big.Int).SetBytes(raw), big.NewInt(int64(len(base58Digits))), new(big.Int)
	var out []byte
	for n.Sign() > 0 {
		n.DivMod(n, base, digit)
		out = append([]byte{base58Digits[digit.Int64()]}, out...)
	}
	return string(out)
}
