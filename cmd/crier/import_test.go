package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestImport sends a file to a server, twice: its posts are there, and not again.
func TestImport(t *testing.T) {
	t.Parallel()
	const key = "CRIER_API_KEY=A-KEY-FOR-THIS-TEST-01"
	dir := t.TempDir()
	s := startServer(t, append(serveEnviron(dir), key), dir, "serve", "--sandbox")
	environ := []string{"CRIER_URL=" + s.url, key}
	file := filepath.Join(t.TempDir(), "posts.csv")
	const csv = "post,platforms,scheduleDate\n\"Hello, world\",linkedin,1/5/30 9:30\nSecond,linkedin,2030-01-06T09:30:00Z\n"
	if err := os.WriteFile(file, []byte(csv), 0o600); err != nil {
		t.Fatal(err)
	}
	got := execute(t.Context(), environ, "", "import", file)
	for _, at := range []string{"2030-01-05T09:30:00Z", "2030-01-06T09:30:00Z"} { // as they were understood
		if !strings.Contains(got.stdout, ": scheduled\n  to appear at "+at+"\n") {
			t.Errorf("no post is said to appear at %s:\n%s", at, got.stdout)
		}
	}
	if got.code != exitOK || !strings.HasSuffix(got.stdout, "2 posts were accepted.\n") {
		t.Errorf("exit code %d\n%s%s", got.code, got.stdout, got.stderr)
	}
	again := execute(t.Context(), environ, "", "import", file)
	if again.code != exitFailure || !strings.Contains(again.stdout, "file[row 3].post") || !strings.Contains(again.stdout, "137") {
		t.Errorf("again: exit code %d\n%s%s", again.code, again.stdout, again.stderr)
	}
	if got := execute(t.Context(), environ, "", "import", "--allow-duplicate", file); got.code != exitOK {
		t.Errorf("allowed: exit code %d\n%s%s", got.code, got.stdout, got.stderr)
	}
	if err := os.WriteFile(file, []byte("post,platforms,scheduleDate\nThird,linkedin,1/7/30 9:30\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := execute(t.Context(), environ, "", "import", file); got.code != exitOK || !strings.HasSuffix(got.stdout, "\n1 post was accepted.\n") {
		t.Errorf("one: exit code %d\n%s%s", got.code, got.stdout, got.stderr)
	}
	if got := execute(t.Context(), environ, "", "import"); got.code != exitUsage {
		t.Errorf("without a file: exit code %d", got.code)
	}
	if got := execute(t.Context(), environ, "", "import", file+".not"); got.code != exitFailure {
		t.Errorf("without its file: exit code %d", got.code)
	}
}
