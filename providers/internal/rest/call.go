package rest

import (
	"context"
	"strings"

	"github.com/crier-social/crier/core"
)

// Around stands around every attempt of a call; see Config.
type Around func(ctx context.Context, r Request, send Send) (*Response, *core.Error)

// Counted returns an Around that makes every request at once, and tells onCall what came of
// it; nil: nobody.
func Counted(platform string, onCall func(core.Call)) Around {
	return func(ctx context.Context, r Request, send Send) (*Response, *core.Error) {
		resp, err := send(ctx, r)
		if onCall != nil {
			onCall(callOf(platform, r, resp, err))
		}
		return resp, err
	}
}

// Endpoint is how figures name what the request calls: its Op without the platform.
func (r Request) Endpoint(platform string) string { return strings.TrimPrefix(r.Op, platform+".") }

// callOf describes a request that was made, by what came of it.
func callOf(platform string, r Request, resp *Response, err *core.Error) core.Call {
	c := core.Call{Platform: platform, Endpoint: r.Endpoint(platform)}
	switch {
	case err != nil:
		c.Status = err.Status
	case resp != nil:
		c.Status = resp.Status
	}
	return c
}
