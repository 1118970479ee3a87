package linkedin_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
	"github.com/crier-social/crier/providers/providertest"
)

func TestEdit(t *testing.T) {
	t.Parallel()
	for _, as := range []providertest.Author{pageDemo(), jane()} {
		t.Run(kindOf(as), func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			urn := f.written(as, "before")
			text := "(after) by {{0}} & @[Crier Corner (Beta)](urn:li:organization:18931420) #Go"
			e := core.Edit{Text: text, Mentions: []core.MentionRef{{Name: "John Roe", ID: sandbox.JohnURN, Field: "mentions[0]"}}}
			for range 2 { // it may be repeated
				if err := f.provider.Edit(t.Context(), f.session(as), urn, e); err != nil {
					t.Fatal(err)
				}
			}
			post, _ := f.Sandbox.Post(urn)
			if want := "(after) by John Roe & Crier Corner (Beta) #Go"; post.DisplayText != want || post.Cut || post.EditedAt.IsZero() {
				t.Errorf("readers see %q", post.DisplayText)
			}
			f.noNotes()
		})
	}
}

// LinkedIn takes a POST to an entity for an update only with the header that says so
// (quirk 48).
func TestUpdatesNameTheirMethod(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	urn, s := f.written(pageDemo(), "before"), f.session(pageDemo())
	if err := f.provider.Edit(t.Context(), s, urn, core.Edit{Text: "after"}); err != nil {
		t.Fatal(err)
	}
	if err := f.provider.SetComments(t.Context(), s, urn, false); err != nil {
		t.Fatal(err)
	}
	calls := f.Sandbox.WriteCalls()
	for _, r := range calls[len(calls)-2:] {
		if r.RestMethod != "PARTIAL_UPDATE" {
			t.Errorf("%s %s is a %s", r.Method, r.Path, r.RestMethod)
		}
	}
}

func TestEditErrors(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		as    providertest.Author
		urn   string
		text  string
		kind  core.Kind
		code  core.Code
		field string
	}{
		{"too long", pageDemo(), "", strings.Repeat("a", 3001), core.KindInvalid, core.CodeTextTooLong, "post"},
		{"blank", pageDemo(), "", "", core.KindInvalid, core.CodeUpstreamInvalid, "post"},
		{"gone", pageDemo(), "urn:li:share:1", "x", core.KindNotFound, 0, ""},
		{"no post", pageDemo(), "1", "x", core.KindInvalid, core.CodeParameters, "id"},
		{"without the role", author(sandbox.PageURN, sandbox.OtherToken), "", "x", core.KindForbidden, 0, ""},
		{"self-serve app", author(sandbox.PageURN, sandbox.MemberToken), "", "x", core.KindForbidden, 0, ""},
		{"lost authorization", author(sandbox.PageURN, sandbox.RevokedToken), "", "x", core.KindAuth, 0, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			urn := tc.urn
			if urn == "" {
				urn = f.written(pageDemo(), "before")
			}
			err := f.provider.Edit(t.Context(), f.session(tc.as), urn, core.Edit{Text: tc.text})
			if e := core.AsError(err); err == nil || e.Kind != tc.kind || e.Code != tc.code || e.Field != tc.field {
				t.Errorf("%+v", e)
			}
			if post, known := f.Sandbox.Post(urn); known && post.DisplayText != "before" {
				t.Errorf("the text is %q", post.DisplayText)
			}
		})
	}
}

// What Plan refuses Edit refuses with the same error.
func TestEditRefusesWhatPlanRefuses(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, text := range []string{strings.Repeat("a", 3001), "{{1}}"} {
		mentions := []core.MentionRef{{Name: "Jane", ID: sandbox.JaneURN, Field: "mentions[0]"}}
		_, planned := f.provider.Plan(t.Context(), pageDemo().Account, core.Draft{Text: text, Mentions: mentions})
		edited := f.provider.Edit(t.Context(), f.session(pageDemo()), "urn:li:share:1", core.Edit{Text: text, Mentions: mentions})
		if planned == nil || edited == nil || planned.Error() != edited.Error() {
			t.Errorf("Plan: %v\nEdit: %v", planned, edited)
		}
	}
}

func TestSetComments(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name        string
		post, as    providertest.Author
		kind        core.Kind
		openedAgain bool
	}{
		{"page", pageDemo(), pageDemo(), "", true},
		{"person", janeWithFeeds(), janeWithFeeds(), "", true},
		{"a member's post for a page", pageDemo(), janeWithFeeds(), "", true},
		{"self-serve app", jane(), jane(), core.KindForbidden, false},
		{"somebody else", pageDemo(), john(), core.KindForbidden, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			urn, s := f.written(tc.post, "x"), f.session(tc.as)
			err := f.provider.SetComments(t.Context(), s, urn, false)
			if core.KindOf(err) != tc.kind {
				t.Fatal(err)
			}
			if post, _ := f.Sandbox.Post(urn); (post.CommentsState == "CLOSED") != tc.openedAgain {
				t.Errorf("state %s", post.CommentsState)
			}
			if !tc.openedAgain {
				return
			}
			if err := f.provider.SetComments(t.Context(), s, urn, true); err != nil {
				t.Fatal(err)
			}
			if post, _ := f.Sandbox.Post(urn); post.CommentsState != "OPEN" {
				t.Errorf("state %s", post.CommentsState)
			}
		})
	}
	f := newFixture(t)
	if err := f.provider.SetComments(t.Context(), f.session(pageDemo()), "urn:li:share:1", true); core.KindOf(err) != core.KindNotFound {
		t.Errorf("unknown post: %v", err)
	}
	if err := f.provider.SetComments(t.Context(), f.session(pageDemo()), "1", true); core.KindOf(err) != core.KindInvalid {
		t.Errorf("no post: %v", err)
	}
	f.Next(t, "POST /rest/socialMetadata/*", sandbox.Respond(http.StatusNotFound, `{"status":404,"code":"RESOURCE_NOT_FOUND","message":"No virtual resource found"}`))
	if err := f.provider.SetComments(t.Context(), f.session(pageDemo()), "urn:li:share:1", true); core.KindOf(err) != core.KindForbidden {
		t.Errorf("app without the product: %v", err)
	}
}
