package rest

import (
	"io"
	"mime"
	"net/http"

	"github.com/crier-social/crier/core"
)

// isPage tells whether an answer is a web page, which no API answers with: a gateway, a
// sign-in page or a page of maintenance stands in between. An empty answer is none,
// whatever type it is said to have.
func isPage(resp *http.Response) bool {
	kind, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if err != nil || (kind != "text/html" && kind != "application/xhtml+xml") {
		return false
	}
	n, _ := io.ReadFull(resp.Body, make([]byte, 1)) // what cannot be read is not there
	return n > 0
}

// pageInstead is the error of a call that was answered with a web page, as if it had
// succeeded: whether the network has seen it is not known.
func (c *Client) pageInstead(r Request, resp *Response) *core.Error {
	return &core.Error{
		Kind: core.KindTemporary, Op: r.Op, Platform: c.cfg.Platform, Status: resp.Status,
		Message: "a web page came instead of the network's answer",
	}
}
