package api_test

import (
	"net/http"
	"testing"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/internal/rest"
	"github.com/crier-social/crier/providers/linkedin/api"
	"github.com/crier-social/crier/providers/linkedin/linkedintest"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

// The size of a video and the places in it are beyond what 32 bits hold.
func TestVideoBeyondFourGigabytes(t *testing.T) {
	t.Parallel()
	const size = 5_000_000_000
	server := linkedintest.New(t, linkedintest.WithOptions(func(o *sandbox.Options) { o.MaxVideoBytes = size }))
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	client := api.New(rest.New(rest.Config{
		Platform: "linkedin", HTTP: &http.Client{Transport: transport},
		MapError: func(_ string, r *rest.Response) *core.Error {
			return &core.Error{Kind: core.KindInvalid, Message: string(r.Body)}
		},
	}), server.URL, func() string { return "202607" })
	place, err := client.InitializeVideoUpload(t.Context(), sandbox.MemberToken, api.VideoRequest{Owner: sandbox.JaneURN, FileSizeBytes: size})
	if err != nil {
		t.Fatal(err)
	}
	var next int64
	for i, part := range place.UploadInstructions {
		if part.FirstByte != next || part.LastByte < part.FirstByte {
			t.Fatalf("part %d is from %d to %d, want it to begin at %d", i, part.FirstByte, part.LastByte, next)
		}
		next = part.LastByte + 1
	}
	if next != size {
		t.Errorf("the parts end at %d, want %d", next, int64(size))
	}
}
