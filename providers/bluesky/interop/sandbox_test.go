package interop_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/crier-social/crier/providers/bluesky/blueskytest"
	"github.com/crier-social/crier/providers/bluesky/sandbox"
)

// sandboxDiffers are the questions to which the sandbox answers otherwise, and why.
func sandboxDiffers() map[string]exception {
	const (
		defect    = "this version of the genuine server answers 500 to parameters that are wrong; before and after it was 400"
		directory = "this version of the directory describes keys as plc.directory did before 2023"
	)
	return map[string]exception{
		"the DID of what is no handle": {why: defect, status: http.StatusBadRequest, name: "InvalidRequest"},
		"the DID of no handle":         {why: defect, status: http.StatusBadRequest, name: "InvalidRequest"},
		"list too many":                {why: defect, status: http.StatusBadRequest, name: "InvalidRequest"},
		"the document of a DID":        {why: directory},
		"an account":                   {why: directory + "; and people of the sandbox have profiles"},
		"nobody's account":             {why: "nobody is called otherwise"},
		"a body that is no JSON":       {why: "JSON is read by another parser, which has other words"},
		"upload nothing":               {why: "no record could show an empty file", status: http.StatusBadRequest, name: "InvalidRequest"},
	}
}

func TestSandbox(t *testing.T) {
	t.Parallel()
	server := blueskytest.New(t, blueskytest.WithOptions(func(o *sandbox.Options) { o.Lenient, o.WriteLimit = true, 5000 }))
	hold(t, world{
		pds: server.URL, plc: server.PLCURL(), client: &http.Client{Timeout: time.Minute},
		alice: account{sandbox.AliceDID, sandbox.AliceHandle, sandbox.Password, sandbox.AliceAppPassword},
		bob:   account{sandbox.BobDID, sandbox.BobHandle, sandbox.Password, sandbox.BobAppPassword},
		advance: func(t *testing.T, by time.Duration) {
			t.Helper()
			if err := server.Sandbox.Advance(by); err != nil {
				t.Fatal(err)
			}
		},
		consent: func(t *testing.T, page string, who account, agrees bool) string {
			t.Helper()
			decision := sandbox.Allow
			if !agrees {
				decision = sandbox.Deny
			}
			back, err := server.Sandbox.Decide(page, who.did, decision)
			if err != nil {
				t.Fatal(err)
			}
			return back
		},
	}, sandboxDiffers(), false)
}
