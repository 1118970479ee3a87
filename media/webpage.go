package media

import (
	"compress/flate"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/media/internal/filename"
	"github.com/crier-social/crier/media/page"
	"github.com/crier-social/crier/media/sniff"
)

const (
	pageOp = "media.page"
	// maxPageAddress is the longest address that is asked for, in bytes.
	maxPageAddress = 8 << 10
)

// webPageRequest asks for a page. Compression is taken because some servers compress
// whatever is asked for; what it unfolds to is bounded.
func webPageRequest() http.Header {
	return http.Header{
		"Accept":          {"text/html,application/xhtml+xml;q=0.9,*/*;q=0.1"},
		"Accept-Encoding": {"gzip"},
	}
}

// page reads a page within the time limit. A page that breaks off, or is still arriving
// when the time is up, is good for what it had said until then.
func (w *web) page(ctx context.Context, address string, limit time.Duration) (core.Page, error) {
	u, err := url.Parse(address)
	switch {
	case len(address) > maxPageAddress:
		return core.Page{}, badPage("the address is longer than "+strconv.Itoa(maxPageAddress)+" bytes", nil)
	case err != nil:
		return core.Page{}, badPage("the address is malformed", err)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, limit, errTimeout)
	defer cancel()
	resp, err := w.get(ctx, u, webPageRequest())
	if err == nil {
		defer func() { _ = resp.Body.Close() }()
		var found core.Page
		if found, err = readPage(resp, u); err == nil {
			return found, nil
		}
	}
	switch {
	case errors.Is(context.Cause(ctx), errTimeout):
		return core.Page{}, temporary("the page did not arrive within "+limit.String(), err)
	case ctx.Err() != nil:
		return core.Page{}, interrupted(context.Cause(ctx))
	}
	return core.Page{}, err
}

// readPage reads the page that an answer has.
func readPage(resp *http.Response, asked *url.URL) (core.Page, error) {
	if resp.StatusCode != http.StatusOK {
		return core.Page{}, badStatus(resp, "page")
	}
	body, err := plainBody(resp)
	if err != nil {
		return core.Page{}, err
	}
	found := *resp.Request.URL
	found.User = nil
	contentType := resp.Header.Get("Content-Type")
	head := make([]byte, sniff.HeadSize)
	n, err := io.ReadFull(body, head)
	switch kind := pageType(contentType, head[:n]); {
	case n == 0 && errors.Is(err, io.EOF):
		return core.Page{}, badPage("the server answers with an empty page", nil)
	case n == 0:
		return core.Page{}, brokenPage(err)
	case strings.HasPrefix(kind, "image/"):
		return pictureItself(resp, asked, head[:n]), nil
	case kind != "text/html" && kind != "application/xhtml+xml":
		return core.Page{}, badPage("the address leads to a file of the type "+strconv.Quote(shortened(kind))+" instead of a web page", nil)
	}
	p, err := page.Parse(io.MultiReader(strings.NewReader(string(head[:n])), body), contentType, &found)
	switch {
	case errors.Is(err, page.ErrNothing):
		return core.Page{}, badPage("the page has neither a title nor a description nor a picture", err)
	case errors.Is(err, page.ErrTooLate):
		return core.Page{}, badPage("the page has neither a title nor a description nor a picture in its first "+strconv.Itoa(page.MaxBytes>>20)+" MiB, and no more is read", err)
	case err != nil:
		return core.Page{}, brokenPage(err)
	}
	return p, nil
}

// plainBody returns the page itself, decompressed. What arrives is bounded here, what it
// unfolds to where it is read.
func plainBody(resp *http.Response) (io.Reader, error) {
	arriving := io.LimitReader(resp.Body, page.MaxBytes)
	switch encoding := strings.ToLower(resp.Header.Get("Content-Encoding")); encoding {
	case "", "identity":
		return arriving, nil
	case "gzip":
		plain, err := gzip.NewReader(arriving)
		if err != nil {
			return nil, brokenPage(err)
		}
		return plain, nil
	default:
		return nil, badPage("the server sends the page with Content-Encoding "+strconv.Quote(shortened(encoding))+
			", which was not asked for", nil)
	}
}

// pageType is what the server says that the answer is, or what it begins like where the
// server says nothing.
func pageType(contentType string, head []byte) string {
	name, _, err := mime.ParseMediaType(contentType)
	if (err != nil && !errors.Is(err, mime.ErrInvalidMediaParameter)) || name == "application/octet-stream" {
		return sniff.Detect(head).MIME
	}
	return name
}

// pictureItself is the card of a picture that an address leads to.
func pictureItself(resp *http.Response, asked *url.URL, head []byte) core.Page {
	found := *resp.Request.URL
	found.User, found.Fragment = nil, ""
	name := filename.Clean(remoteName(resp, asked), sniff.Detect(head))
	return core.Page{URL: found.String(), Title: strings.TrimSuffix(name, path.Ext(name)), ImageURL: found.String()}
}

// badPage is an error about a page that will be no better in a moment.
func badPage(message string, cause error) *core.Error {
	return &core.Error{Kind: core.KindMedia, Code: core.CodeLinkPreview, Op: pageOp, Message: message, Err: cause}
}

// brokenPage tells that nothing of use arrived before the connection broke.
func brokenPage(cause error) *core.Error {
	_, corrupt := errors.AsType[flate.CorruptInputError](cause)
	if corrupt || errors.Is(cause, gzip.ErrHeader) || errors.Is(cause, gzip.ErrChecksum) {
		return badPage("the server sends the page compressed and damaged", cause)
	}
	return temporary("the connection broke before the page had said anything about itself", cause)
}

// pageError completes an error of reading a page: all have the same number, and what
// helps against the particular trouble stays.
func pageError(err error) *core.Error {
	e := *core.AsError(err)
	if e.Kind == core.KindInternal {
		return &e
	}
	if e.Code == core.CodeMediaBlocked {
		e.Help = core.HelpOf(&e)
	}
	e.Op, e.Code = pageOp, core.CodeLinkPreview
	return &e
}
