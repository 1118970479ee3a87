package media

import (
	"context"
	"crypto/tls"
	"errors"
	"mime"
	"net"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/netguard"
)

const userAgent = "Crier (+https://github.com/crier-social/crier)"

// web fetches files of web addresses.
type web struct {
	guard  *netguard.Guard
	client *http.Client
}

func newWeb(g *netguard.Guard) *web { return &web{guard: g, client: g.Client(0)} }

// open asks for a file. The time is bounded by ctx alone.
func (w *web) open(ctx context.Context, u *url.URL) (*content, error) {
	resp, err := w.get(ctx, u, plainFile())
	if err != nil {
		return nil, err
	}
	if err := checkResponse(resp); err != nil {
		_ = resp.Body.Close()
		return nil, err
	}
	v := versionOf(resp)
	return &content{
		body: resp.Body, size: resp.ContentLength, name: remoteName(resp, u), page: resp.Request.URL, versioned: v.strong() != "",
		section: func(ctx context.Context, from, length int64) (section, error) {
			return w.section(ctx, u, v, from, length)
		},
	}, nil
}

// plainFile asks for a file of any type, as it is.
func plainFile() http.Header {
	return http.Header{"Accept": {"*/*"}, "Accept-Encoding": {"identity"}}
}

func (w *web) get(ctx context.Context, u *url.URL, header http.Header) (*http.Response, error) {
	if err := w.guard.CheckURL(u); err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), http.NoBody)
	if err != nil {
		return nil, badAddress("the address is malformed", err)
	}
	req.Header = header
	req.Header.Set("User-Agent", userAgent)
	resp, err := w.client.Do(req)
	if err != nil {
		return nil, unreachable(err)
	}
	return resp, nil
}

// checkResponse refuses answers that are not a file.
func checkResponse(resp *http.Response) error {
	if resp.StatusCode != http.StatusOK {
		return badStatus(resp, "file")
	}
	return checkEncoding(resp)
}

// checkEncoding refuses bytes that are not the file's own.
func checkEncoding(resp *http.Response) error {
	if encoding := resp.Header.Get("Content-Encoding"); encoding != "" && !strings.EqualFold(encoding, "identity") {
		return badAddress("the server sends the file with Content-Encoding "+strconv.Quote(shortened(encoding))+
			", although the plain file was asked for", nil)
	}
	return nil
}

// badStatus turns an answer without what is wanted into an error.
func badStatus(resp *http.Response, wanted string) *core.Error {
	status := strings.TrimSpace(strconv.Itoa(resp.StatusCode) + " " + http.StatusText(resp.StatusCode))
	e := badAddress("the server answers "+status+" instead of the "+wanted, nil)
	switch code := resp.StatusCode; {
	case code >= http.StatusInternalServerError, code == http.StatusRequestTimeout,
		code == http.StatusTooEarly, code == http.StatusTooManyRequests:
		e.Kind = core.KindTemporary
		e.RetryAfter = retryAfter(resp.Header.Get("Retry-After"))
	case code == http.StatusUnauthorized || code == http.StatusForbidden:
		e.Help = "Make the " + wanted + " public, or use a signed address that has not expired."
	}
	return e
}

// maxRetryAfter is the longest that a server may have a post wait for a file: it
// is a stranger's, and the author waits.
const maxRetryAfter = 5 * time.Minute

// retryAfter reads a wait in seconds; the form with a date is left to the caller's
// own patience.
func retryAfter(value string) time.Duration {
	seconds, err := strconv.ParseUint(value, 10, 31)
	if err != nil {
		return 0
	}
	return min(time.Duration(seconds)*time.Second, maxRetryAfter)
}

// unreachable turns a failed request into an error. Of the address that the standard
// library puts around a cause only the host is kept, which after a redirect is not
// the one that was asked for: the rest may carry a signature.
func unreachable(err error) error {
	host := "host"
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err
		if u, parseErr := url.Parse(wrapped.URL); parseErr == nil {
			host = "host " + strconv.Quote(shortened(u.Hostname()))
		}
	}
	var (
		refused     *core.Error
		lookup      *net.DNSError
		certificate *tls.CertificateVerificationError
	)
	switch {
	case errors.As(err, &refused):
		return refused
	case errors.As(err, &lookup) && lookup.IsNotFound:
		return badAddress("the "+host+" does not exist", err)
	case errors.As(err, &certificate):
		return badAddress("the certificate of the "+host+" is not valid", err)
	}
	return temporary("the "+host+" does not answer", err)
}

// remoteName returns what the server calls the file: by header, by the address
// that answered, or by the one that was asked.
func remoteName(resp *http.Response, asked *url.URL) string {
	if _, params, err := mime.ParseMediaType(resp.Header.Get("Content-Disposition")); err == nil && params["filename"] != "" {
		return params["filename"]
	}
	for _, u := range []*url.URL{resp.Request.URL, asked} {
		if name := path.Base(u.Path); strings.Contains(name, ".") && name != "." {
			return name
		}
	}
	return path.Base(asked.Path)
}
