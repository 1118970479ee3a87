package rest_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/providers/internal/rest"
)

// transport is a way to the network that is made of a function.
type transport func(*http.Request) (*http.Response, error)

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) { return t(r) }

// An address that the client does not go to is one thing; that the call is called off, whatever
// that is said with, is another.
func TestOffLimits(t *testing.T) {
	t.Parallel()
	why := &core.Error{Kind: core.KindMedia, Message: "The reason."}
	for name, tc := range map[string]struct {
		calledOff bool
		kind      core.Kind
		told      string
	}{
		"refused by the client": {false, core.KindTemporary, "the reason"},
		"called off":            {true, core.KindMedia, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, callOff := context.WithCancelCause(t.Context())
			defer callOff(nil)
			client := rest.New(rest.Config{
				Platform: "net", Clock: coretest.NewClock(coretest.Epoch()), MapError: mapError,
				HTTP: &http.Client{Transport: transport(func(*http.Request) (*http.Response, error) {
					if tc.calledOff {
						callOff(why)
						return nil, ctx.Err()
					}
					return nil, why
				})},
			})
			_, err := client.Do(ctx, rest.Request{Op: "net.post", Method: http.MethodPost, URL: "https://net.example/"})
			told, off := rest.OffLimits(err)
			if e := core.AsError(err); e.Kind != tc.kind || !e.Unsent || off == tc.calledOff || told != tc.told {
				t.Errorf("%+v, off limits %v: %q", e, off, told)
			}
		})
	}
}
