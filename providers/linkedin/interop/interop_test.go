//go:build interop

package interop

import (
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/crier-social/crier/providers/linkedin/linkedintest"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

// wantChecks is how many checks client.mjs makes; fewer mean that it ended early.
const wantChecks = 25

func TestLinkedInsOwnClient(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"bash", "node", "npm"} {
		if _, err := exec.LookPath(tool); err != nil {
			_, _ = os.Stderr.WriteString("SKIPPED: LinkedIn's own client was NOT run against the sandbox: " + tool + " is not installed\n")
			t.Skip(tool + " is not installed")
		}
	}
	server := linkedintest.New(t)
	cmd := exec.CommandContext(t.Context(), "bash", "run.sh", server.URL, sandbox.PageToken, sandbox.PageURN)
	out, err := cmd.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Fatalf("run.sh: %v", err)
	}
	last := regexp.MustCompile(`(?m)^(\d+) checks passed$`).FindSubmatch(out)
	if last == nil {
		t.Fatal("client.mjs did not come to its end")
	}
	if n, err := strconv.Atoi(string(last[1])); err != nil || n != wantChecks {
		t.Errorf("%d checks (%v), want %d", n, err, wantChecks)
	}
	checkTraces(t, server.Sandbox)
}

// checkTraces looks at what the client left behind: its word alone is not enough.
func checkTraces(t *testing.T, box *sandbox.Sandbox) {
	t.Helper()
	posts := box.Posts()
	if len(posts) != 7 || posts[0].DisplayText != "Changed" || posts[0].CommentsState != "CLOSED" {
		t.Fatalf("posts %+v", posts)
	}
	if posts[4].Poll == nil || posts[5].Parent != posts[0].URN || len(posts[6].Targets) != 1 {
		t.Errorf("a poll, a repost and a post for some: %+v", posts[4:])
	}
	want := []sandbox.Media{{Kind: "image", AltText: "One pixel"}, {Kind: "video", Title: "Ten seconds"}, {Kind: "document", Title: "One page"}}
	for i, media := range want {
		got := posts[i+1].Media
		if len(got) != 1 || got[0].Kind != media.Kind || got[0].AltText != media.AltText || got[0].Title != media.Title {
			t.Errorf("media of post %d: %+v", i+1, got)
		}
	}
	for _, part := range box.Videos()[0].Parts {
		if part.Uploads != 1 {
			t.Errorf("part %+v", part)
		}
	}
	tunnelled := false
	for _, r := range box.Requests() {
		if len(r.Notes) > 0 && strings.HasPrefix(r.Path, "/rest/") {
			t.Errorf("%s %s: %v", r.Method, r.Path, r.Notes)
		}
		tunnelled = tunnelled || (r.Method == http.MethodPost && r.RestMethod == "BATCH_GET" && r.Query == "")
	}
	if !tunnelled {
		t.Error("no query was tunnelled")
	}
}
