package linkedin

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin/littletext"
)

// Whatever a client names, it is refused by the field or becomes somebody whom a mention
// can name.
func FuzzMentionTarget(f *testing.F) {
	for _, id := range []string{
		"5515715", "urn:li:company:7", "urn:li:person:a_B-9", "@acme", "h&m", "l'oréal", "https://de.linkedin.com/company/007/x?y#z",
		"linkedin.com/in/jane%2Fdoe", "//linkedin.com/in/x", "https://linkedin.com@x.io/in/x", "http://[::1", "",
	} {
		f.Add("Jane", id, true, true)
		f.Add("", id, true, false)
		f.Add("Jane", id, false, false)
	}
	p := newProvider(f, Config{})
	f.Fuzz(func(t *testing.T, name, id string, said, company bool) {
		ref := core.MentionRef{Name: name, ID: id, Field: "mentions[0]"}
		if said {
			ref.Company = &company
		}
		got, e := p.mentionTarget(ref)
		if e != nil {
			if e.Kind != core.KindInvalid || e.Code != core.CodeMention || e.Field == "" || e.Message == "" {
				t.Fatalf("unclear problem: %+v", e)
			}
			return
		}
		switch {
		case got.kind != core.AccountOrganization && got.kind != core.AccountPerson:
			t.Fatalf("%q is of no kind: %+v", id, got)
		case got.urn == "" && got.vanity == "" && (got.name == "" || got.kind != core.AccountPerson):
			t.Fatalf("%q cannot be looked up: %+v", id, got)
		case got.urn != "" && !authorURN.MatchString(got.urn):
			t.Fatalf("%q is %q", id, got.urn)
		case said && company != (got.kind == core.AccountOrganization):
			t.Fatalf("%q is %s", id, got.kind)
		}
		if got.urn != "" {
			text := littletext.Text{got.mention("A name")}
			if diff := cmp.Diff(text, littletext.Parse(text.Encode())); diff != "" {
				t.Fatal(diff)
			}
		}
	})
}
