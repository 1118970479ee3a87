package identity

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"strings"
	"unicode"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/internal/rest"
)

const (
	// maxRedirects is how often the web address of a handle may lead elsewhere.
	maxRedirects = 5
	// maxDID is the longest DID, in bytes. https://atproto.com/specs/did#at-protocol-did-identifier-syntax
	maxDID = 2048
)

// Tidy takes away what people copy along with a handle: spaces, the @, the marks of writing
// direction that the app puts around it, the address of a profile; and capitals.
func Tidy(who string) string {
	who = strings.Map(func(c rune) rune {
		if unicode.IsSpace(c) || unicode.Is(unicode.Cf, c) || unicode.IsControl(c) {
			return -1
		}
		return c
	}, who)
	if _, path, ok := strings.Cut(who, "/profile/"); ok {
		who, _, _ = strings.Cut(path, "/")
	}
	who = strings.TrimPrefix(strings.TrimPrefix(who, "at://"), "@")
	if strings.HasPrefix(who, "did:") {
		return who
	}
	return strings.ToLower(who)
}

func dotted(s string) bool { return strings.Contains(s, ".") }

// parseHandle refuses what no account can have.
func parseHandle(who string) (syntax.Handle, error) {
	handle, err := syntax.ParseHandle(who)
	if err != nil || !handle.AllowedTLD() {
		return "", malformed(who)
	}
	return handle.Normalize(), nil
}

// leads returns the DIDs that a handle leads to, as those tell who were asked, one after the
// other: the AppView, the DNS, the web server of that name. None: there is no such handle. An
// error is the last, and means that this is not certain.
// https://atproto.com/specs/handle#handle-resolution
func (r *Resolver) leads(ctx context.Context, handle syntax.Handle) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		did, unsure := r.askAppView(ctx, handle)
		if unsure == nil && did != "" && !yield(did, nil) {
			return
		}
		if handle.TLD() != "test" { // nobody has a name there: https://www.rfc-editor.org/rfc/rfc6761#section-6.2
			for _, ask := range []func(context.Context, syntax.Handle) string{r.askDNS, r.askWeb} {
				next := ask(ctx, handle)
				if next == "" || next == did {
					continue
				}
				if did = next; !yield(next, nil) {
					return
				}
				unsure = nil
			}
		}
		if unsure != nil {
			yield("", unanswered(opHandle, handle.String(), "the AppView at "+r.cfg.AppViewURL+" (CRIER_BLUESKY_APPVIEW_URL)", unsure))
		}
	}
}

// askAppView returns "" without an error for a handle that is not there.
// https://docs.bsky.app/docs/api/com-atproto-identity-resolve-handle
func (r *Resolver) askAppView(ctx context.Context, handle syntax.Handle) (string, error) {
	var out struct {
		DID string `json:"did"`
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	_, err := r.own.JSON(ctx, rest.Request{
		Op: opHandle, Method: http.MethodGet, Repeatable: true,
		URL: r.cfg.AppViewURL + "/xrpc/com.atproto.identity.resolveHandle?handle=" + url.QueryEscape(handle.String()),
	}, nil, &out)
	if core.KindOf(err) == core.KindNotFound {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	did, err := syntax.ParseDID(out.DID)
	if err != nil {
		return "", &core.Error{Kind: core.KindTemporary, Message: "it answered with something that is no DID"}
	}
	return did.String(), nil
}

// askDNS returns "" if there is no record of the handle, or none that is clear.
// https://atproto.com/specs/handle#dns-txt-method
func (r *Resolver) askDNS(ctx context.Context, handle syntax.Handle) string {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	records, err := r.cfg.LookupTXT(ctx, "_atproto."+handle.String()+".")
	if err != nil {
		return ""
	}
	return didIn(records)
}

// didIn reads the DID out of TXT records; "" if they name none, or more than one.
func didIn(records []string) string {
	var found string
	for _, record := range records {
		value, ok := strings.CutPrefix(record, "did=")
		if !ok {
			continue
		}
		did, err := syntax.ParseDID(value)
		if err != nil || found != "" && found != did.String() {
			return ""
		}
		found = did.String()
	}
	return found
}

// askWeb returns "" if no web server of that name tells a DID.
// https://atproto.com/specs/handle#https-well-known-method
func (r *Resolver) askWeb(ctx context.Context, handle syntax.Handle) string {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+handle.String()+"/.well-known/atproto-did", http.NoBody)
	if err != nil {
		return ""
	}
	resp, err := r.wellKnown.Do(req)
	if err != nil {
		return ""
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return ""
	}
	return readDID(resp.Body)
}

// readDID reads a text that is a DID and nothing else.
func readDID(body io.Reader) string {
	const room = 64 // for spaces
	text, err := io.ReadAll(io.LimitReader(body, maxDID+room))
	if err != nil {
		return ""
	}
	did, err := syntax.ParseDID(strings.TrimSpace(string(text)))
	if err != nil {
		return ""
	}
	return did.String()
}

// following returns a client that follows redirects as far as the address of a handle may
// lead elsewhere.
func following(c *http.Client) *http.Client {
	own := *c
	own.CheckRedirect = func(req *http.Request, via []*http.Request) error {
		if len(via) > maxRedirects {
			return fmt.Errorf("more than %d redirects", maxRedirects)
		}
		if req.URL.Scheme != "https" {
			return errors.New("a redirect to an address without TLS")
		}
		return nil
	}
	return &own
}
