package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/crier-social/crier/providers/bluesky/blueskytest"
	blueskysandbox "github.com/crier-social/crier/providers/bluesky/sandbox"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

// TestBlueskyExamples runs every curl command of Bluesky's page as TestExamples does, against
// Bluesky's sandbox. The page begins with linking an account.
func TestBlueskyExamples(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile(filepath.Join(root, "providers/bluesky/README.md"))
	if err != nil {
		t.Fatal(err)
	}
	network := blueskytest.New(t)
	tokens := network.Login(t, blueskysandbox.BobHandle, blueskysandbox.BobAppPassword)
	r := &exampleReader{
		serverProcess: newServerProcess(t, sandbox.Options{},
			"CRIER_BLUESKY_PLC_URL="+network.PLCURL(), "CRIER_BLUESKY_APPVIEW_URL="+network.URL, "CRIER_BLUESKY_VIDEO_URL="+network.URL),
		web: newExampleWeb(t), options: map[string]bool{},
		published: func(id string) bool { _, ok := network.Sandbox.Record(id); return ok },
	}
	r.own = strings.NewReplacer(exampleHost, r.web.url,
		"alice.bsky.social", blueskysandbox.AliceHandle, "abcd-efgh-ijkl-mnop", blueskysandbox.AliceAppPassword,
		`"accessToken": "eyJ…"`, `"accessToken": "`+tokens.AccessToken+`"`, `"refreshToken": "eyJ…"`, `"refreshToken": "`+tokens.RefreshToken+`"`)
	r.variables = map[string]string{"CRIER_URL": r.url, "CRIER_API_KEY": crashKey}
	for _, e := range readExamples(string(content)) {
		r.run(e)
	}
	if r.commands < 10 {
		t.Errorf("%d commands", r.commands)
	}
}
