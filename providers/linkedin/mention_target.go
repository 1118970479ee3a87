package linkedin

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin/littletext"
)

var (
	numericID = regexp.MustCompile(`^\d{1,18}$`)
	memberID  = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
)

// target is whom a reference of a text names, as far as its author told.
type target struct {
	kind   core.AccountKind
	urn    string // empty: to be looked up
	vanity string // of the page or profile
	name   string // as its author wrote it; empty: to be looked up
	plain  bool   // not to be mentioned: an entry for another network

	label string // what messages call it: "@acme", "mentions[0]"
	field string
}

// known tells whether nothing has to be looked up. The names of organizations always
// are: a mention whose name is not exactly the page's is no link.
func (t target) known() bool {
	return t.plain || t.kind == core.AccountPerson && t.urn != "" && t.name != ""
}

// fallback is what stays in the text of a mention that cannot be made; empty if
// nothing can.
func (t target) fallback() string {
	if t.name == "" && t.kind == core.AccountOrganization {
		return t.vanity
	}
	return t.name
}

// mention is the segment that mentions the target under a name.
func (t target) mention(name string) littletext.Segment {
	return littletext.Segment{Kind: littletext.Mention, Text: name, URN: t.urn}
}

// handleTarget is whom a handle names.
func handleTarget(field string, s littletext.Segment) target {
	return target{kind: core.AccountOrganization, vanity: s.Name(), label: s.Text, field: field}
}

// mentionTarget reads one entry of the mentions.
func (p *Provider) mentionTarget(m core.MentionRef) (target, *core.Error) {
	t := target{name: strings.Join(strings.Fields(m.Name), " "), label: m.Field, field: m.Field}
	id := strings.TrimSpace(m.ID)
	if m.Platform != "" && !strings.EqualFold(strings.TrimSpace(m.Platform), name) {
		t.plain = true
		if t.name == "" {
			t.name = strings.TrimPrefix(id, "@")
		}
		return t, nil
	}
	if id == "" {
		return p.namedTarget(t, m)
	}
	return p.identifiedTarget(t, id, m)
}

// namedTarget reads an entry that has a name alone, by which people are found.
func (p *Provider) namedTarget(t target, m core.MentionRef) (target, *core.Error) {
	switch {
	case t.name == "":
		return t, badMention(m.Field+".id", m.Field+" names nobody: send the id of whom it mentions, "+idForms)
	case m.Company == nil || *m.Company:
		return t, badMention(m.Field+".id", "LinkedIn finds no organization by its name: send the id of the page as well, "+pageForms+
			". To look a person up among the page's followers, send isCompany: false.")
	}
	t.kind = core.AccountPerson
	return t, nil
}

const (
	pageForms = `such as "5515715", "urn:li:organization:5515715", "@handle" or the page's address`
	idForms   = pageForms + `; for a person, "urn:li:person:…" or the profile's address.`
)

// identifiedTarget reads an entry by its id.
func (p *Provider) identifiedTarget(t target, id string, m core.MentionRef) (target, *core.Error) {
	t, ok := p.readTarget(t, id, m.Company != nil && !*m.Company)
	switch {
	case !ok:
		return t, badMention(m.Field+".id", fmt.Sprintf("%q is nobody's id on LinkedIn: send one %s", id, idForms))
	case m.Company != nil && *m.Company != (t.kind == core.AccountOrganization):
		return t, badMention(m.Field+".isCompany", fmt.Sprintf("%s.isCompany is %v, but %q is the id of %s.", m.Field, *m.Company, id, article(t.kind)))
	case t.kind == core.AccountPerson && t.urn != "" && t.name == "":
		return t, badMention(m.Field+".name", "LinkedIn does not tell the names of people: send the first name, the last name or both, exactly as in the profile of "+t.urn+".")
	}
	return t, nil
}

// readTarget reads an id. person tells that it is that of a person where the id itself
// does not say.
func (p *Provider) readTarget(t target, id string, person bool) (target, bool) {
	switch {
	case organizationID.MatchString(id) && (!person || !numericID.MatchString(id)):
		return t.organization(id)
	case personURN.MatchString(id):
		t.kind, t.urn = core.AccountPerson, id
		return t, true
	case strings.HasPrefix(id, "urn:"):
		return t, false
	case strings.Contains(id, "/"):
		return p.readAddress(t, id)
	case person && memberID.MatchString(id):
		t.kind, t.urn = core.AccountPerson, personPrefix+id
		return t, true
	}
	t.kind = core.AccountOrganization
	if person {
		t.kind = core.AccountPerson
	}
	t.vanity = strings.TrimPrefix(id, "@")
	return t, littletext.IsVanityName(t.vanity)
}

func (t target) organization(id string) (target, bool) {
	urn, ok := organizationOf(id)
	t.kind, t.urn = core.AccountOrganization, urn
	return t, ok
}

// readAddress reads the address of a page or a profile.
func (p *Provider) readAddress(t target, address string) (target, bool) {
	if !strings.Contains(address, "://") {
		address = "https://" + address
	}
	u, err := url.Parse(address)
	if err != nil || !p.linkedInPage(u) {
		return t, false
	}
	parts := strings.Split(strings.Trim(u.Path, "/"), "/")
	if len(parts) < 2 || !littletext.IsVanityName(parts[1]) {
		return t, false
	}
	t.vanity = parts[1]
	switch parts[0] {
	case "company", "school", "showcase":
		if numericID.MatchString(t.vanity) {
			t.vanity = ""
			return t.organization(parts[1])
		}
		t.kind = core.AccountOrganization
		return t, true
	case "in":
		t.kind = core.AccountPerson
		return t, true
	}
	return t, false
}

func article(kind core.AccountKind) string {
	if kind == core.AccountOrganization {
		return "an organization"
	}
	return "a person"
}

func badMention(field, message string) *core.Error {
	return &core.Error{Kind: core.KindInvalid, Code: core.CodeMention, Platform: name, Field: field, Message: message}
}
