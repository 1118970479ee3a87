package linkedin_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin/littletext"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
	"github.com/crier-social/crier/providers/providertest"
)

func TestSearch(t *testing.T) {
	t.Parallel()
	corner := core.DirectoryEntry{
		ID: sandbox.SmallPageURN, Kind: core.AccountOrganization, Name: "Crier Corner (Beta)", VanityName: "crier-corner",
		ProfileURL: "https://www.linkedin.com/company/crier-corner", Mention: `@[Crier Corner \(Beta\)](urn:li:organization:18931420)`,
	}
	demo := core.DirectoryEntry{
		ID: sandbox.PageURN, Kind: core.AccountOrganization, Name: "Crier Demo", VanityName: "crier-demo", Website: "https://example.com/",
		ProfileURL: "https://www.linkedin.com/company/crier-demo", Mention: `@[Crier Demo](urn:li:organization:5515715)`,
	}
	maria := core.DirectoryEntry{
		ID: "urn:li:person:mJ_n-1", Kind: core.AccountPerson, Name: "María José Núñez (PhD)", Description: "Wine",
		Mention: `@[María José Núñez \(PhD\)](urn:li:person:mJ\_n-1)`,
	}
	kim := core.DirectoryEntry{
		ID: "urn:li:person:kim-1", Kind: core.AccountPerson, Name: "Alex Kim", VanityName: "alexkim",
		ProfileURL: "https://www.linkedin.com/in/alexkim", Mention: "@[Alex Kim](urn:li:person:kim-1)",
	}
	john := core.DirectoryEntry{
		ID: sandbox.JohnURN, Kind: core.AccountPerson, Name: "John Roe", VanityName: "john-roe-sandbox",
		ProfileURL: "https://www.linkedin.com/in/john-roe-sandbox", Mention: `@[John Roe](urn:li:person:jR0e-Zz\_42)`,
	}
	none := []core.DirectoryEntry{}
	member := author(sandbox.JaneURN, sandbox.PageToken)
	for _, tc := range []struct {
		name, text string
		people     bool
		as         providertest.Author
		want       []core.DirectoryEntry
	}{
		{name: "handle", text: " @Crier-Corner ", want: []core.DirectoryEntry{corner}},
		{name: "handle without its sign", text: "crier-demo", want: []core.DirectoryEntry{demo}},
		{name: "address", text: "https://www.linkedin.com/company/crier-corner/posts/", want: []core.DirectoryEntry{corner}},
		{name: "number", text: "5515715", want: []core.DirectoryEntry{demo}},
		{name: "URN", text: "urn:li:company:5515715", want: []core.DirectoryEntry{demo}},
		{name: "of a person", text: "crier-demo", as: member, want: []core.DirectoryEntry{demo}},
		{name: "beginning of an organization's name", text: "Crier", want: none},
		{name: "nobody", text: "@nobody", want: none},
		{name: "unknown number", text: "1", want: none},
		{name: "unknown URN", text: "urn:li:share:1", want: none},
		{name: "follower", text: "mar núñ", want: []core.DirectoryEntry{maria}},
		{name: "people alone", text: "crier-demo", people: true, want: none},
		{name: "follower by address", text: "linkedin.com/in/john-roe-sandbox", want: []core.DirectoryEntry{john}},
		{name: "person by address", text: "linkedin.com/in/ann-away", people: true, want: []core.DirectoryEntry{{
			ID: "urn:li:person:far_1", Kind: core.AccountPerson, VanityName: "ann-away", ProfileURL: "https://www.linkedin.com/in/ann-away",
		}}},
		{name: "person by an address that does not begin with the name", text: "linkedin.com/in/alexkim", want: []core.DirectoryEntry{{
			ID: kim.ID, Kind: kim.Kind, VanityName: kim.VanityName, ProfileURL: kim.ProfileURL,
		}}},
		{name: "address of nobody", text: "linkedin.com/in/nobody", want: none},
		{name: "a name, for a person", text: "Jane Doe", as: member, want: none},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f, as := newMentionFixture(t), tc.as
			if as.Token == "" {
				as = pageDemo()
			}
			s := f.session(as)
			s.Checkpoint = nil
			var told []core.Warning
			s.OnWarning = func(w core.Warning) { told = append(told, w) }
			got, err := f.provider.Search(t.Context(), s, core.DirectoryQuery{Text: tc.text, PeopleOnly: tc.people})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
			if why := len(told) == 1 && told[0].Field == "search" && strings.Contains(told[0].Message, "by its handle"); why != (len(got) == 0) {
				t.Errorf("%d found, and told %v", len(got), told)
			}
			for _, e := range got {
				if want := (littletext.Text{{Kind: littletext.Mention, Text: e.Name, URN: e.ID}}); e.Name != "" && cmp.Diff(want, littletext.Parse(e.Mention)) != "" {
					t.Errorf("%s is read as %v", e.Mention, littletext.Parse(e.Mention))
				}
			}
		})
	}
}

func TestSearchRefuses(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		as      providertest.Author
		q       core.DirectoryQuery
		fault   string
		kind    core.Kind
		message string
	}{
		{name: "nothing", as: pageDemo(), q: core.DirectoryQuery{Text: " "}, kind: core.KindInvalid, message: "Send whom to look for"},
		{name: "a token that may not", as: jane(), q: core.DirectoryQuery{Text: "@crier-demo"}, kind: core.KindForbidden, message: "rw_organization_admin"},
		{name: "people, for a person", as: jane(), q: core.DirectoryQuery{Text: "john", PeopleOnly: true}, kind: core.KindUnsupported, message: "only pages"},
		{name: "people without the scope", as: author(sandbox.PageURN, sandbox.MemberToken), q: core.DirectoryQuery{Text: "john", PeopleOnly: true}, kind: core.KindForbidden, message: "r_organization_followers"},
		{name: "trouble", as: pageDemo(), q: core.DirectoryQuery{Text: "@crier-demo"}, fault: finder, kind: core.KindTemporary},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newMentionFixture(t)
			if tc.fault != "" {
				f.Next(t, tc.fault, respond(http.StatusServiceUnavailable, -1))
			}
			got, err := f.provider.Search(t.Context(), f.session(tc.as), tc.q)
			if core.KindOf(err) != tc.kind || !strings.Contains(core.AsError(err).Message, tc.message) || len(got) != 0 {
				t.Errorf("%v, %v", got, err)
			}
		})
	}
}

// What one look-up refuses does not hide what another finds.
func TestSearchShowsWhatItFinds(t *testing.T) {
	t.Parallel()
	f := newMentionFixture(t)
	f.Next(t, search, respond(http.StatusServiceUnavailable, -1))
	got, err := f.provider.Search(t.Context(), f.session(pageDemo()), core.DirectoryQuery{Text: "crier-demo"})
	if err != nil || len(got) != 1 || got[0].ID != sandbox.PageURN {
		t.Errorf("%v, %v", got, err)
	}
}
