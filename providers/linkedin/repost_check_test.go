package linkedin_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
)

// What cannot be reposted is told before the post goes out, where the account may read it.
func TestRepostIsChecked(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		parent  func(*fixture) string
		message string // PARENT stands for it
	}{
		{"public", func(f *fixture) string { return f.parent() }, ""},
		{"resharing is off", func(f *fixture) string { return f.parent(`{"disableShare":true}`) }, "PARENT cannot be reposted: its author does not allow it."},
		{"not public", func(f *fixture) string { return f.parent(`{"visibility":"loggedin"}`) }, "PARENT cannot be reposted: not everybody may see it."},
		{"there is none", func(*fixture) string { return "urn:li:share:999999" }, "LinkedIn has no post PARENT that could be reposted."},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			parent := tc.parent(f)
			pub := f.plan(pageDemo(), repostOf(parent, ""))
			_, err := f.preflight(pub, f.session(pageDemo()))
			if warnings := pub.(core.Previewer).Preview().Warnings; len(warnings) > 0 {
				t.Errorf("warned of %+v", warnings)
			}
			want := strings.ReplaceAll(tc.message, "PARENT", parent)
			if want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if e := core.AsError(err); e.Kind != core.KindInvalid || e.Field != "linkedInOptions.repost" || e.Message != want || e.Help == "" {
				t.Errorf("%+v", e)
			}
		})
	}
}

// What the account may not read is told of as not checked, and so is a post of this
// server that LinkedIn does not show yet.
func TestRepostThatCannotBeChecked(t *testing.T) {
	t.Parallel()
	for name, status := range map[string]int{"not allowed": http.StatusForbidden, "in trouble": http.StatusBadGateway, "not there yet": http.StatusNotFound} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			parent := f.parent()
			f.refuse(status, "posts/")
			s := f.session(pageDemo())
			coretest.WithPublished(map[string]string{"0DgmVoP4OKCEsOyGG20c": parent})(s)
			pub := f.plan(pageDemo(), repostOf("0DgmVoP4OKCEsOyGG20c", ""))
			if _, err := f.preflight(pub, s); err != nil {
				t.Fatal(err)
			}
			want := []core.Warning{{Field: "linkedInOptions.repost", Message: "Whether " + parent + " may be reposted could not be checked, since LinkedIn does not show it to this account. " +
				"LinkedIn refuses to repost what was deleted, what is not public, and what its author does not allow to be."}}
			if diff := cmp.Diff(want, pub.(core.Previewer).Preview().Warnings); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A preview shows the comment that goes below the post, with the names that are mentioned.
func TestPreviewOfTheFirstComment(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	pub := f.plan(pageDemo(), core.Draft{Text: "Below:", FirstComment: &core.FirstComment{Text: "By @crier-demo"}})
	want := &core.CommentPreview{Text: "By crier-demo", Length: 13, Limit: 1250}
	if diff := cmp.Diff(want, pub.(core.Previewer).Preview().FirstComment); diff != "" {
		t.Error(diff)
	}
	if _, err := f.preflight(pub, f.session(pageDemo())); err != nil {
		t.Fatal(err)
	}
	want.Text = "By Crier Demo"
	if diff := cmp.Diff(want, pub.(core.Previewer).Preview().FirstComment); diff != "" {
		t.Error(diff)
	}
	if c := f.plan(pageDemo(), core.Draft{Text: "x"}).(core.Previewer).Preview().FirstComment; c != nil {
		t.Errorf("%+v", c)
	}
}
