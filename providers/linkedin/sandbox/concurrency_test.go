package sandbox_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

func TestOfManyEqualPostsOneIsMade(t *testing.T) {
	t.Parallel()
	b := start(t)
	var created, refused atomic.Int32
	var group sync.WaitGroup
	for range 50 {
		group.Go(func() {
			switch a, err := b.try("POST", "/rest/posts", body(nil)); {
			case err != nil:
				t.Error(err)
			case a.status == http.StatusCreated:
				created.Add(1)
			case a.status == http.StatusUnprocessableEntity:
				refused.Add(1)
			}
		})
	}
	group.Wait()
	if created.Load() != 1 || refused.Load() != 49 {
		t.Errorf("%d created, %d refused; want 1 and 49", created.Load(), refused.Load())
	}
}

func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	b := start(t, func(o *sandbox.Options) { o.MaxPosts, o.MaxRequests = 10, 20 })
	content := string(pngOf(t, 2, 2))
	send := func(method, target, body string) answer {
		a, err := b.try(method, target, body)
		if err != nil || a.status >= 500 || a.status == http.StatusUnauthorized {
			t.Errorf("%s %s: status %d: %s (%v)", method, target, a.status, a.body, err)
		}
		return a
	}
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			for j := range 5 {
				if i == 0 && j == 3 {
					b.Reset()
				}
				urn := send("POST", "/rest/posts", body(m{"commentary": fmt.Sprint(i, j)})).header.Get("x-restli-id")
				var begun struct{ Value upload }
				raw := send("POST", "/rest/images?action=initializeUpload", `{"initializeUploadRequest":{"owner":"`+sandbox.PageURN+`"}}`).body
				if err := json.Unmarshal([]byte(raw), &begun); err != nil {
					t.Errorf("answer %q: %v", raw, err)
					return
				}
				send("PUT", begun.Value.URL, content)
				send("GET", "/rest/images/"+enc(begun.Value.Image), "")
				send("GET", "/rest/posts/"+enc(urn), "")
				send("DELETE", "/rest/posts/"+enc(urn), "")
				send("GET", "/sandbox/", "")
				b.Counts()
				b.AllPosts()
			}
		})
	}
	group.Wait()
}

func TestCloseRemovesWhatWasStored(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	b := start(t, func(o *sandbox.Options) { o.Dir = "" })
	b.image(sandbox.PageURN, pngOf(t, 2, 2))
	stored := func() []string {
		found, err := filepath.Glob(filepath.Join(dir, "crier-sandbox-*", "*"))
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	if n := len(stored()); n != 1 {
		t.Fatalf("%d files, want 1", n)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v (%v)", left, err)
	}
}
