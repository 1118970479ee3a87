package identity_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/providers/bluesky/identity"
)

const (
	alice = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"
	bob   = "did:plc:bbbbbbbbbbbbbbbbbbbbbbbb"
	pds   = "https://pds.example"
)

// world is an internet: who answers what at which address, without the scheme.
type world struct {
	mu    sync.Mutex
	pages map[string]page
	txt   map[string][]string
	asked []string
}

type page struct {
	status int
	body   string
	header http.Header
}

func (w *world) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	at := r.Host + r.URL.RequestURI()
	w.asked = append(w.asked, at)
	p, ok := w.pages[at]
	if !ok {
		http.NotFound(rw, r)
		return
	}
	maps.Copy(rw.Header(), p.header)
	if p.status != 0 {
		rw.WriteHeader(p.status)
	}
	_, _ = rw.Write([]byte(p.body))
}

func (w *world) lookUp(_ context.Context, name string) ([]string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked = append(w.asked, "dns "+name)
	if records, ok := w.txt[name]; ok {
		return records, nil
	}
	return nil, errors.New("no such host")
}

func (w *world) questions() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.asked)
}

// says makes the AppView lead a handle to a DID.
func (w *world) says(handle, did string) {
	w.pages["appview.example/xrpc/com.atproto.identity.resolveHandle?handle="+handle] = page{body: `{"did":"` + did + `"}`}
}

// document puts a document into the directory.
func (w *world) document(did, handle, server string) {
	w.pages["plc.example/"+did] = page{body: document(did, handle, server)}
}

func document(did, handle, server string) string {
	return fmt.Sprintf(`{"id":%q,"alsoKnownAs":["at://%s"],"service":[{"id":"#other","type":"X","serviceEndpoint":["a"]},{"id":"#atproto_pds","type":"AtprotoPersonalDataServer","serviceEndpoint":%q}]}`, did, handle, server)
}

// newResolver returns a resolver for whom all addresses lead into the world.
func newResolver(t *testing.T) (*identity.Resolver, *world, *coretest.Clock) {
	t.Helper()
	w := &world{pages: map[string]page{}, txt: map[string][]string{}}
	w.says("alice.example.com", alice)
	w.document(alice, "alice.example.com", pds)
	server := httptest.NewTLSServer(w)
	t.Cleanup(server.Close)
	client := &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, // all names are this server's
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, server.Listener.Addr().String())
		},
		DisableKeepAlives: true,
	}}
	clock := coretest.NewClock(coretest.Epoch())
	clock.SkipWaits()
	return identity.New(identity.Config{
		PLCURL: "https://plc.example", AppViewURL: "https://appview.example", HTTP: client, Guarded: client,
		LookupTXT: w.lookUp, Clock: clock,
	}), w, clock
}

func TestLookup(t *testing.T) {
	t.Parallel()
	whole := identity.Identity{DID: alice, Handle: "alice.example.com", PDS: pds}
	for name, tc := range map[string]struct {
		who  string
		set  func(w *world)
		want identity.Identity
		is   error
		kind core.Kind
	}{
		"handle":                    {who: "alice.example.com", want: whole},
		"handle as it is copied":    {who: " \u202a@Alice.Example.com\u202c\n", want: whole},
		"address of a profile":      {who: "https://bsky.app/profile/alice.example.com/post/3k", want: whole},
		"DID":                       {who: alice, want: whole},
		"at address":                {who: "at://alice.example.com", want: whole},
		"nothing":                   {who: "", is: identity.ErrMalformed, kind: core.KindInvalid},
		"half a handle":             {who: "alice", is: identity.ErrMalformed, kind: core.KindInvalid},
		"mail address":              {who: "alice@example.com", is: identity.ErrMalformed, kind: core.KindInvalid},
		"name that nobody can have": {who: "alice.localhost", is: identity.ErrMalformed, kind: core.KindInvalid},
		"other kind of DID":         {who: "did:key:z6Mk", is: identity.ErrMalformed, kind: core.KindInvalid},
		"DID with a path":           {who: "did:web:example.com:user:alice", is: identity.ErrMalformed, kind: core.KindInvalid},
		"DID that leads out of the directory": {
			who: "did:plc:../../../admin/aaaaaaaaaa", is: identity.ErrMalformed, kind: core.KindInvalid,
		},
		"unknown handle": {who: "ghost.example.com", is: identity.ErrUnknown, kind: core.KindNotFound},
		"unknown DID":    {who: bob, is: identity.ErrUnknown, kind: core.KindNotFound},
		"deleted account": {
			who: "alice.example.com", is: identity.ErrGone, kind: core.KindNotFound,
			set: func(w *world) { w.pages["plc.example/"+alice] = page{status: http.StatusGone} },
		},
		"handle of another account": {
			who: "alice.example.com", is: identity.ErrStray, kind: core.KindInvalid,
			set: func(w *world) { w.document(alice, "bob.example.com", pds) },
		},
		"second handle of an account": {
			who: "old.example.com", is: identity.ErrStray, kind: core.KindInvalid,
			set: func(w *world) {
				w.says("old.example.com", alice)
				w.pages["plc.example/"+alice] = page{body: strings.Replace(document(alice, "alice.example.com", pds), `"],"service`, `","at://old.example.com"],"service`, 1)}
			},
		},
		"no server": {
			who: "alice.example.com", is: identity.ErrNoServer, kind: core.KindInvalid,
			set: func(w *world) { w.document(alice, "alice.example.com", "https://pds.example/with/path") },
		},
		"first of two servers is none": {
			who: "alice.example.com", is: identity.ErrNoServer, kind: core.KindInvalid,
			set: func(w *world) {
				const entry = `{"id":"#atproto_pds","type":"AtprotoPersonalDataServer","serviceEndpoint":`
				w.pages["plc.example/"+alice] = page{body: strings.Replace(document(alice, "alice.example.com", pds), entry, entry+`["https://first.example"]},`+entry, 1)}
			},
		},
		"document of somebody else": {
			who: "alice.example.com", kind: core.KindTemporary,
			set: func(w *world) { w.pages["plc.example/"+alice] = page{body: document(bob, "alice.example.com", pds)} },
		},
		"document that is too long": {
			who: "alice.example.com", kind: core.KindTemporary,
			set: func(w *world) {
				w.pages["plc.example/"+alice] = page{body: strings.Repeat(" ", 70<<10) + document(alice, "alice.example.com", pds)}
			},
		},
		"directory is away": {
			who: "alice.example.com", kind: core.KindTemporary,
			set: func(w *world) { w.pages["plc.example/"+alice] = page{status: http.StatusBadGateway} },
		},
		"directory is busy": {
			who: "alice.example.com", kind: core.KindRateLimited,
			set: func(w *world) { w.pages["plc.example/"+alice] = page{status: http.StatusTooManyRequests} },
		},
		"known to the DNS alone": {
			who: "carol.example.com", want: identity.Identity{DID: bob, Handle: "carol.example.com", PDS: pds},
			set: func(w *world) {
				w.txt["_atproto.carol.example.com."] = []string{"v=spf1", "did=" + bob}
				w.document(bob, "carol.example.com", pds)
			},
		},
		"known to its web server alone": {
			who: "carol.example.com", want: identity.Identity{DID: bob, Handle: "carol.example.com", PDS: pds},
			set: func(w *world) {
				w.pages["carol.example.com/.well-known/atproto-did"] = page{status: http.StatusFound, header: http.Header{"Location": {"https://www.carol.example.com/did"}}}
				w.pages["www.carol.example.com/did"] = page{body: bob + "\n"}
				w.document(bob, "carol.example.com", pds)
			},
		},
		"web server that leads round in circles": {
			who: "carol.example.com", is: identity.ErrUnknown, kind: core.KindNotFound,
			set: func(w *world) {
				w.pages["carol.example.com/.well-known/atproto-did"] = page{status: http.StatusFound, header: http.Header{"Location": {"/.well-known/atproto-did"}}}
			},
		},
		"web server that leads out of TLS": {
			who: "carol.example.com", is: identity.ErrUnknown, kind: core.KindNotFound,
			set: func(w *world) {
				w.pages["carol.example.com/.well-known/atproto-did"] = page{status: http.StatusFound, header: http.Header{"Location": {"http://carol.example.com/did"}}}
			},
		},
		"web server with a page": {
			who: "carol.example.com", is: identity.ErrUnknown, kind: core.KindNotFound,
			set: func(w *world) {
				w.pages["carol.example.com/.well-known/atproto-did"] = page{body: "<html>" + bob}
			},
		},
		"DNS with two answers": {
			who: "carol.example.com", is: identity.ErrUnknown, kind: core.KindNotFound,
			set: func(w *world) { w.txt["_atproto.carol.example.com."] = []string{"did=" + alice, "did=" + bob} },
		},
		"AppView is behind the DNS": {
			who: "alice.example.com", want: identity.Identity{DID: bob, Handle: "alice.example.com", PDS: pds},
			set: func(w *world) {
				w.document(alice, "moved.example.com", pds)
				w.txt["_atproto.alice.example.com."] = []string{"did=" + bob}
				w.document(bob, "alice.example.com", pds)
			},
		},
		"AppView is away, the DNS knows": {
			who: "alice.example.com", want: whole,
			set: func(w *world) {
				w.pages["appview.example/xrpc/com.atproto.identity.resolveHandle?handle=alice.example.com"] = page{status: http.StatusBadGateway}
				w.txt["_atproto.alice.example.com."] = []string{"did=" + alice}
			},
		},
		"AppView is away, nobody else knows": {
			who: "ghost.example.com", kind: core.KindTemporary,
			set: func(w *world) {
				w.pages["appview.example/xrpc/com.atproto.identity.resolveHandle?handle=ghost.example.com"] = page{status: http.StatusBadGateway}
			},
		},
		"DID of a web server": {
			who: "did:web:example.com", want: identity.Identity{DID: "did:web:example.com", Handle: "alice.example.com", PDS: pds},
			set: func(w *world) {
				w.says("alice.example.com", "did:web:example.com")
				w.pages["example.com/.well-known/did.json"] = page{body: document("did:web:example.com", "alice.example.com", pds)}
			},
		},
		"DID whose handle leads elsewhere": {
			who: bob, want: identity.Identity{DID: bob, PDS: pds},
			set: func(w *world) { w.document(bob, "alice.example.com", pds) },
		},
		"DID whose handle nobody can tell of": {
			who: alice, want: whole,
			set: func(w *world) {
				w.pages["appview.example/xrpc/com.atproto.identity.resolveHandle?handle=alice.example.com"] = page{status: http.StatusBadGateway}
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, w, _ := newResolver(t)
			if tc.set != nil {
				tc.set(w)
			}
			got, err := r.Lookup(t.Context(), tc.who)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\n%v", diff, err)
			}
			if core.KindOf(err) != tc.kind || tc.is != nil && !errors.Is(err, tc.is) {
				t.Errorf("error %v of kind %q, want %q, %v", err, core.KindOf(err), tc.kind, tc.is)
			}
			if e := core.AsError(err); err != nil && (e.Message == "" || e.Help == "" || e.Op == "" || e.Platform != "bluesky") {
				t.Errorf("incomplete error %+v", e)
			}
		})
	}
}

// An account may claim many handles: it has none if the first one leads elsewhere, and nobody is
// asked about the others.
func TestOneHandleCounts(t *testing.T) {
	t.Parallel()
	r, w, _ := newResolver(t)
	w.pages["plc.example/"+bob] = page{body: strings.Replace(document(bob, "alice.example.com", pds), `"],"service`, strings.Repeat(`","at://bob.example.com`, 1000)+`"],"service`, 1)}
	w.says("bob.example.com", bob)
	got, err := r.Lookup(t.Context(), bob)
	if diff := cmp.Diff(identity.Identity{DID: bob, PDS: pds}, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if n := w.questions(); n != 2 {
		t.Errorf("%d questions, want one for the document and one for the handle: %v", n, w.asked)
	}
}

func TestOrigin(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"https://PDS.Example":                 "https://pds.example",
		"https://pds.example/":                "https://pds.example",
		"https://pds.example:443":             "https://pds.example",
		"https://pds.example:":                "https://pds.example",
		"https://pds.example:80":              "https://pds.example:80",
		"http://localhost:80":                 "http://localhost",
		"http://pds_1:2583":                   "http://pds_1:2583",
		"https://192.0.2.7":                   "https://192.0.2.7",
		"https://[2001:DB8::0:1]:8443":        "https://[2001:db8::1]:8443",
		"https://[::1]:443":                   "https://[::1]",
		"https://[fe80::1%25eth0]":            "",
		"https://pds.example:0":               "",
		"https://pds.example:65536":           "",
		"https://pds.example/xrpc":            "",
		"https://pds.example?x":               "",
		"https://pds.example?":                "",
		"https://pds.example#x":               "",
		"https://user@pds.example":            "",
		"https://<b>.example":                 "",
		"https://pds.exämple":                 "",
		"https://pds.ex%C3%A4mple":            "",
		"https://" + strings.Repeat("a", 254): "",
		"ftp://pds.example":                   "",
		"pds.example":                         "",
		"https:///":                           "",
		"":                                    "",
	} {
		if got, ok := identity.Origin(address); got != want || ok != (want != "") {
			t.Errorf("%q is read as %q, %v; want %q", address, got, ok, want)
		}
	}
}

// Half a handle gets the most likely whole one as its way out.
func TestHalfAHandle(t *testing.T) {
	t.Parallel()
	r, _, _ := newResolver(t)
	_, err := r.Lookup(t.Context(), "@Alice")
	if e := core.AsError(err); !strings.Contains(e.Help, "alice.bsky.social is meant") {
		t.Error(e.Help)
	}
}

func TestDID(t *testing.T) {
	t.Parallel()
	r, w, clock := newResolver(t)
	for range 3 {
		if did, err := r.DID(t.Context(), "@alice.example.com"); did != alice || err != nil {
			t.Fatal(did, err)
		}
	}
	if n := w.questions(); n != 1 {
		t.Errorf("%d questions for the same handle, want 1: %v", n, w.asked)
	}
	clock.Advance(6 * time.Minute)
	w.says("alice.example.com", bob)
	if did, err := r.DID(t.Context(), "alice.example.com"); did != bob || err != nil {
		t.Error("an answer is kept for too long:", did, err)
	}
	if _, err := r.DID(t.Context(), "ghost.example.com"); !errors.Is(err, identity.ErrUnknown) {
		t.Error(err)
	}
}

// Names below .test are known to the AppView at the most: nobody else is asked.
func TestReservedNamesAreNotLookedUp(t *testing.T) {
	t.Parallel()
	r, w, _ := newResolver(t)
	if _, err := r.DID(t.Context(), "ghost.test"); !errors.Is(err, identity.ErrUnknown) {
		t.Error(err)
	}
	want := []string{"appview.example/xrpc/com.atproto.identity.resolveHandle?handle=ghost.test"}
	if diff := cmp.Diff(want, w.asked); diff != "" {
		t.Error(diff)
	}
}

// What is kept is asked for anew by whoever wants that, and after some minutes.
func TestDocumentIsKept(t *testing.T) {
	t.Parallel()
	r, w, clock := newResolver(t)
	now := func(want string) {
		t.Helper()
		if doc, err := r.Document(t.Context(), alice); err != nil || doc.PDS != want {
			t.Errorf("%+v, %v, want %s", doc, err, want)
		}
	}
	now(pds)
	w.document(alice, "alice.example.com", "https://second.example")
	now(pds)
	if doc, err := r.Anew().Document(t.Context(), alice); err != nil || doc.PDS != "https://second.example" {
		t.Error(doc, err)
	}
	now("https://second.example")
	w.document(alice, "alice.example.com", "https://third.example")
	clock.Advance(6 * time.Minute)
	now("https://third.example")
}
