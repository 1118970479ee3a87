package identity

import (
	"net/url"
	"strings"
	"testing"

	"github.com/bluesky-social/indigo/atproto/syntax"
)

// What is read out of a stranger's document can be used as it is: handles are handles, and
// the server is an origin.
func FuzzParseDocument(f *testing.F) {
	const did = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"
	f.Add([]byte(`{"id":"` + did + `","alsoKnownAs":["at://a.example","https://a.example","at://A.EXAMPLE"],"service":[{"id":"#atproto_pds","type":"AtprotoPersonalDataServer","serviceEndpoint":"https://PDS.example/"}]}`))
	f.Add([]byte(`{"id":"` + did + `","service":[{"id":"` + did + `#atproto_pds","type":"AtprotoPersonalDataServer","serviceEndpoint":{"a":1}},null,7]}`))
	f.Add([]byte(`{"id":"` + did + `","service":[{"id":"#atproto_pds","type":"AtprotoPersonalDataServer","serviceEndpoint":"https://u:p@pds.example#x"}]}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, body []byte) {
		doc, ok := parseDocument(did, body)
		if !ok {
			if doc.DID != "" || doc.PDS != "" || doc.Handle != "" {
				t.Errorf("a document that is none says %+v", doc)
			}
			return
		}
		if _, err := syntax.ParseHandle(doc.Handle); doc.Handle != "" && (err != nil || doc.Handle != strings.ToLower(doc.Handle)) {
			t.Errorf("handle %q", doc.Handle)
		}
		if doc.PDS == "" {
			return
		}
		u, err := url.Parse(doc.PDS)
		if err != nil || u.Host == "" || u.User != nil || u.Path != "" || u.RawQuery != "" || u.Fragment != "" || doc.PDS != u.Scheme+"://"+u.Host {
			t.Errorf("server %q", doc.PDS)
		}
		if again, ok := Origin(doc.PDS); !ok || again != doc.PDS {
			t.Errorf("server %q is read as %q", doc.PDS, again)
		}
	})
}

// Whatever people type, what is asked for is a handle or a DID, and tidying it twice changes
// nothing.
func FuzzTidy(f *testing.F) {
	for _, s := range []string{"@Alice.bsky.social", "https://bsky.app/profile/did:plc:abc/post/x", "\u202aa.b\u202c", "at://@x", "/profile//profile/x", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, who string) {
		tidy := Tidy(who)
		if handle, err := parseHandle(tidy); err == nil && url.QueryEscape(handle.String()) != handle.String() {
			t.Errorf("handle %q", handle)
		}
		if strings.ContainsAny(tidy, " \n\t") {
			t.Errorf("%q", tidy)
		}
	})
}

// Records and pages of strangers name a DID, or nothing.
func FuzzReadDID(f *testing.F) {
	f.Add("did:plc:aaaaaaaaaaaaaaaaaaaaaaaa\n")
	f.Add("did=did:web:example.com")
	f.Add("<html>")
	f.Fuzz(func(t *testing.T, text string) {
		for _, did := range []string{readDID(strings.NewReader(text)), didIn([]string{text}), didIn([]string{"did=" + text, "did=" + text})} {
			if did == "" {
				continue
			}
			if _, err := syntax.ParseDID(did); err != nil {
				t.Errorf("%q gives %q", text, did)
			}
		}
	})
}
