package interop_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"
)

// What differs from run to run, by its look.
var (
	anyDID  = regexp.MustCompile(`did:plc:[a-z2-7]{24}`)
	anyTime = regexp.MustCompile(`20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z`)
	anyKey  = regexp.MustCompile(`\bz[1-9A-HJ-NP-Za-km-z]{40,100}\b`)
	anyJWT  = regexp.MustCompile(`^[\w-]+\.([\w-]+)\.[\w-]+$`)
	anyPAR  = regexp.MustCompile(`urn:ietf:params:oauth:request_uri:req-[0-9a-f]+`)
	anyRef  = regexp.MustCompile(`\bref-[0-9a-f]{64}\b`)
	anyCID  = regexp.MustCompile(`\bbafyrei[a-z2-7]{52}\b`)
)

// words replaces what is another on each network, or each time.
func (w world) words(text string) string {
	text = strings.NewReplacer(w.names()...).Replace(text)
	for pattern, word := range map[*regexp.Regexp]string{anyDID: "{did}", anyTime: "{time}", anyKey: "{key}", anyPAR: "{request}", anyRef: "{refresh token}", anyCID: "{cid}"} {
		text = pattern.ReplaceAllString(text, word)
	}
	return text
}

func (w world) names() []string {
	pairs := []string{w.alice.did, "{alice}", w.bob.did, "{bob}", w.pds, "{pds}", w.plc, "{plc}"}
	if address, err := url.Parse(w.pds); err == nil {
		// https://atproto.com/specs/did: the port of a did:web is percent-encoded.
		pairs = append(pairs, "did:web:"+address.Hostname()+"%3A"+address.Port(), "{service}", "did:web:"+address.Hostname(), "{service}", address.Host, "{host}")
	}
	return pairs
}

// bodyInWords makes a body comparable: JSON value by value, text as it is, a file by its size.
func (w world) bodyInWords(raw []byte) any {
	switch {
	case len(raw) == 0:
		return nil
	case !utf8.Valid(raw):
		return fmt.Sprintf("{%d bytes}", len(raw))
	}
	var value any
	if json.Unmarshal(raw, &value) != nil {
		return w.words(string(raw))
	}
	return w.valueInWords(value)
}

func (w world) valueInWords(value any) any {
	switch v := value.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, inner := range v {
			out[w.words(name)] = w.valueInWords(inner)
		}
		if rev, has := out["rev"].(string); has && len(rev) == 13 { // of a commit: the time of it
			out["rev"] = "{revision}"
		}
		if seconds, has := out["expires_in"].(float64); has {
			out["expires_in"] = aboutTen(seconds)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, inner := range v {
			out[i] = w.valueInWords(inner)
		}
		return out
	case string:
		if claims := w.claims(v); claims != nil {
			return claims
		}
		return w.words(v)
	default:
		return value
	}
}

// claims opens a token: what it says of itself counts, and how long it lives.
func (w world) claims(token string) map[string]any {
	found := anyJWT.FindStringSubmatch(token)
	if found == nil {
		return nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(found[1])
	var claims map[string]any
	if err != nil || json.Unmarshal(raw, &claims) != nil {
		return nil
	}
	out := maps.Clone(claims)
	issued, _ := claims["iat"].(float64)
	if expires, has := claims["exp"].(float64); has {
		out["exp"] = map[string]any{"secondsAfterIssue": aboutTen(expires - issued)}
	}
	for _, name := range []string{"iat", "jti"} {
		if _, has := out[name]; has {
			out[name] = "{" + name + "}"
		}
	}
	if _, bound := out["cnf"]; bound { // to a key, which is another one each time
		out["cnf"] = "{key}"
	}
	return map[string]any{"token": w.valueInWords(out)}
}

// aboutTen rounds seconds: some have passed since whoever answered counted them.
func aboutTen(seconds float64) float64 { return math.Round(seconds/10) * 10 }
