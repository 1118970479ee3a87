// Package identity finds out who an account of the AT protocol is, and which server keeps it:
// from its handle to its DID, from that to its document, and back.
// https://atproto.com/guides/identity
package identity

import (
	"cmp"
	"context"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/internal/cache"
	"github.com/crier-social/crier/providers/internal/rest"
)

const (
	platform = "bluesky"
	// keep is for how long an answer is taken for true: somebody who moves to another server,
	// or takes another handle, is found again after it.
	keep = 5 * time.Minute
	// kept is how many answers of a kind are kept at the most.
	kept = 4096
	// maxAnswer bounds the answers of strangers, in bytes. Documents have about 1 KiB.
	maxAnswer = 64 << 10
	// timeout bounds one question, with its repetitions. One that hangs leaves time for whoever
	// else may know.
	timeout = 4 * time.Second
)

// Config says whom to ask. PLCURL and AppViewURL are base addresses without a slash at their
// end.
type Config struct {
	PLCURL     string // the directory of did:plc
	AppViewURL string // the one that is asked first for a handle
	// HTTP reaches these two, Guarded the addresses that strangers have named; nil: a client of
	// its own, and HTTP.
	HTTP, Guarded *http.Client
	// LookupTXT reads TXT records of the DNS; nil: the system's resolver.
	LookupTXT func(ctx context.Context, name string) ([]string, error)
	Clock     core.Clock
	Log       *slog.Logger // nil: none
	// Around stands around every question, as that of rest.Config does; nil: nothing does.
	Around rest.Around
}

// Identity is an account whose handle and document name each other.
type Identity struct {
	DID string
	// Handle is in small letters. Empty: its document names none that leads to it.
	Handle string
	PDS    string // origin of the server that keeps it: "https://pds.example"
}

// Resolver finds accounts. It keeps what it has found for some minutes, and may be used
// concurrently. Its errors are *core.Error, written for whoever named the account, and wrap
// one of the Err values where the answer is certain:
//
//   - KindInvalid: what was named is no handle, or one that its account does not bear, or the
//     account has no server, or its document is at an address that this server does not call;
//   - KindNotFound: there is no such account, or not any more;
//   - KindTemporary and KindRateLimited: nobody could tell at the moment.
type Resolver struct {
	cfg       Config
	own       *rest.Client
	strangers *rest.Client
	wellKnown *http.Client
	handles   *cache.Cache[string] // DID by handle
	documents *cache.Cache[Document]
	anew      bool // asks whatever is kept
}

// New returns a Resolver.
func New(c Config) *Resolver {
	if c.LookupTXT == nil {
		c.LookupTXT = net.DefaultResolver.LookupTXT
	}
	c.Clock = cmp.Or[core.Clock](c.Clock, core.SystemClock{})
	if c.HTTP == nil {
		c.HTTP = rest.NewHTTPClient()
	}
	c.Guarded = cmp.Or(c.Guarded, c.HTTP)
	client := func(h *http.Client) *rest.Client {
		return rest.New(rest.Config{
			Platform: platform, HTTP: h, Clock: c.Clock, Log: c.Log, MaxBody: maxAnswer, MapError: mapError(c.Clock), Around: c.Around,
		})
	}
	return &Resolver{
		cfg: c, own: client(c.HTTP), strangers: client(c.Guarded), wellKnown: following(c.Guarded),
		handles: cache.New[string](kept, c.Clock), documents: cache.New[Document](kept, c.Clock),
	}
}

// Lookup finds the account that somebody has named by its handle or its DID, in any of the
// ways in which people write these.
func (r *Resolver) Lookup(ctx context.Context, who string) (Identity, error) {
	who = Tidy(who)
	if strings.HasPrefix(who, "did:") {
		return r.byDID(ctx, who)
	}
	handle, err := parseHandle(who)
	if err != nil {
		return Identity{}, err
	}
	return r.byHandle(ctx, handle)
}

// byHandle asks everybody who knows of the handle until one leads to an account that bears it.
func (r *Resolver) byHandle(ctx context.Context, handle syntax.Handle) (Identity, error) {
	var stray error
	for did, err := range r.leads(ctx, handle) {
		if err != nil {
			return Identity{}, cmp.Or(stray, err)
		}
		doc, err := r.Document(ctx, did)
		switch {
		case err != nil:
			stray = err
		case doc.Handle == handle.String():
			r.handles.Put(handle.String(), did, keep)
			return doc.identity(handle)
		default:
			stray = notPointingBack(handle, did)
		}
	}
	return Identity{}, cmp.Or[error](stray, noSuchHandle(handle))
}

// byDID finds the account of a DID. A handle that does not lead back to it is left out; one
// of which nobody can tell is believed.
func (r *Resolver) byDID(ctx context.Context, did string) (Identity, error) {
	doc, err := r.Document(ctx, did)
	if err != nil {
		return Identity{}, err
	}
	if doc.Handle == "" {
		return doc.identity("")
	}
	found, err := r.DID(ctx, doc.Handle)
	if found == did || core.KindOf(err) == core.KindTemporary || core.KindOf(err) == core.KindRateLimited {
		return doc.identity(syntax.Handle(doc.Handle))
	}
	return doc.identity("")
}

// DID returns the DID that a handle leads to, without asking whether that bears it.
func (r *Resolver) DID(ctx context.Context, handle string) (string, error) {
	parsed, err := parseHandle(Tidy(handle))
	if err != nil {
		return "", err
	}
	if did, ok := r.handles.Get(parsed.String()); ok && !r.anew {
		return did, nil
	}
	for did, err := range r.leads(ctx, parsed) {
		if err == nil {
			r.handles.Put(parsed.String(), did, keep)
		}
		return did, err
	}
	return "", noSuchHandle(parsed)
}

// Anew returns r for a question whose answer has to be true now, and not minutes ago: what is
// kept is not looked at, and replaced.
func (r *Resolver) Anew() *Resolver {
	own := *r
	own.anew = true
	return &own
}
