package crashtest

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestByNumber holds that nothing a network has gets lost: what no post of the plan explains
// is kept as stray.
func TestByNumber(t *testing.T) {
	t.Parallel()
	own, late, foreign := Seen{ID: "a", Text: Post{Number: 3}.Text()}, Seen{ID: "b", Text: Post{Number: 9}.Text()}, Seen{ID: "c", Text: "?"}
	comment, other := SeenComment{ID: "d", Text: Post{Number: 3}.CommentText()}, SeenComment{ID: "e", Text: "?"}
	got := View{Posts: []Seen{own, late, foreign}, Comments: []SeenComment{comment, other}, Odd: []string{"odd"}}.byNumber(9)
	want := numbered{
		posts:    map[int][]Seen{3: {own}, stray: {late, foreign}},
		comments: map[int][]SeenComment{3: {comment}, stray: {other}},
		odd:      []string{"odd"},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(numbered{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
