package rest

import "github.com/crier-social/crier/core"

// CallOf describes a request that was made, by what came of it.
func CallOf(platform, endpoint string, resp *Response, err *core.Error) core.Call {
	c := core.Call{Platform: platform, Endpoint: endpoint}
	switch {
	case err != nil:
		c.Status = err.Status
	case resp != nil:
		c.Status = resp.Status
	}
	return c
}
