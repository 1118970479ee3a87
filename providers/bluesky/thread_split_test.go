package bluesky_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/providers/bluesky/richtext"
	"github.com/crier-social/crier/providers/bluesky/sandbox"
)

// However many posts there are, the numbers fit into them, and nothing of the text is lost or
// doubled.
func TestNumbersTakeRoom(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	seen := map[int]bool{}
	for words := 58; words <= 700; words += 6 {
		text := strings.TrimSpace(strings.Repeat("word ", words))
		posts := f.plan(f.alice, threadOf(text, `,"threadNumber":true`)).(core.Previewer).Preview().Thread
		seen[len(posts)] = true
		var pieces []string
		for i, p := range posts {
			piece, numbered := strings.CutSuffix(p.Text, fmt.Sprintf(" %d/%d", i+1, len(posts)))
			if n := richtext.Graphemes(p.Text); !numbered || n > 300 || p.Length != n {
				t.Fatalf("%d words: post %d of %d has %d characters: %q", words, i+1, len(posts), n, p.Text)
			}
			pieces = append(pieces, piece)
		}
		if len(posts) == 0 && words > 60 {
			t.Fatalf("%d words are one post", words)
		}
		if diff := cmp.Diff(text, strings.Join(pieces, " ")); diff != "" && len(posts) > 0 {
			t.Fatalf("%d words: %s", words, diff)
		}
	}
	for _, n := range []int{0, 2, 9, 10, 11, 12} { // 0: one post has no number
		if !seen[n] {
			t.Errorf("no text became %d posts", n)
		}
	}
}

// A thread whose files were lost is sent again under the same keys, with the versions that it then
// has.
func TestThreadWhoseFilesWereLost(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	picture, other := coretest.Picture("https://m.example/1.png", 3, 4), coretest.Picture("https://m.example/2.png", 5, 6)
	draft := threadOf("a\n\nb\n\nc", "")
	draft.Media = coretest.MediaRefs(picture.URL)
	pub, s := f.plan(f.alice, draft), f.session(f.alice, picture)
	if err := f.prepare(pub, s); err != nil {
		t.Fatal(err)
	}
	var before, after threadState
	if _, err := s.Checkpoint.Load(&before); err != nil {
		t.Fatal(err)
	}
	f.Next(t, applyWrites, sandbox.Fail(http.StatusBadRequest, "BlobNotFound", "it is not here"))
	if _, err := pub.Commit(t.Context(), s); core.KindOf(err) != core.KindTemporary {
		t.Fatalf("Commit: %v", err)
	}
	other.URL = picture.URL // its server has another one by now
	again := f.session(f.alice, other)
	again.Checkpoint = s.Checkpoint
	if err := f.prepare(pub, again); err != nil {
		t.Fatal(err)
	}
	if _, err := again.Checkpoint.Load(&after); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("the keys: %s", diff)
	}
	if _, err := pub.Commit(t.Context(), again); err != nil {
		t.Fatal(err)
	}
	posts := f.posts()
	checkChain(t, posts)
	if len(posts) != 3 || len(f.warnings) != 0 {
		t.Errorf("%d posts, %s", len(posts), f.said())
	}
}
