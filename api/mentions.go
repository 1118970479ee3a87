package api

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/crier-social/crier/core"
)

// maxMentions is how many entries a list of mentions has at most.
const maxMentions = 50

// maxMentionText is how many characters a name or an id of a mention has at most.
const maxMentionText = 512

// mentions reads whom the placeholders of a text stand for.
func (f *fields) mentions() []core.MentionRef {
	const key = "mentions"
	raw, sent := f.raw(key)
	if !sent || blank(raw) {
		return nil
	}
	elements, ok := asArray(raw)
	if !ok {
		f.add(invalid(key, key+" must be an array of objects, not "+describe(raw)))
		return nil
	}
	if len(elements) > maxMentions {
		f.add(invalid(key, fmt.Sprintf("%s has %d entries; at most %d are allowed", key, len(elements), maxMentions)))
		return nil
	}
	refs := make([]core.MentionRef, len(elements))
	for i, e := range elements {
		refs[i] = f.mention(element(key, i), e)
	}
	return refs
}

// mention reads one entry. One that cannot be read keeps its place: placeholders count
// on it.
func (f *fields) mention(path string, raw json.RawMessage) core.MentionRef {
	ref := core.MentionRef{Field: path}
	o, ok := asObject(raw)
	if !ok {
		f.add(invalid(path, path+` must be an object such as {"name":"Acme","id":"1234"}, not `+describe(raw)))
		return ref
	}
	m := members{fields: f, path: path, object: o}
	m.only("name", "id", "isCompany", "platform")
	ref.Name = m.text("name", maxMentionText)
	ref.ID = m.identifier("id", maxMentionText)
	ref.Platform = m.text("platform", maxMentionText)
	if raw, sent := m.raw("isCompany"); sent {
		var company bool
		if json.Unmarshal(raw, &company) != nil {
			m.add("isCompany", "must be true or false, not "+describe(raw))
		}
		ref.Company = &company
	}
	if ref.ID == "" && ref.Name == "" && !m.unreadable("id") && !m.unreadable("name") { // whether a name is enough, the network knows
		m.add("id", "is missing: send the network's id of whom "+path+" mentions")
	}
	return ref
}

// members reads the keys of an object within the request. Its problems are those of the
// request, with the path of the member.
type members struct {
	*fields
	path   string
	object object
}

// only refuses every other key: leaving it out would give something else than what was
// asked for.
func (m members) only(known ...string) {
	for _, key := range m.object.keys {
		if !slices.Contains(known, key) {
			m.fields.add(unknownKey(m.path, key, known))
		}
	}
}

// unknownKey refuses a key that an object within the request does not have.
func unknownKey(path, key string, known []string) *core.Error {
	at := printable(path + "." + key)
	e := &core.Error{
		Kind: core.KindInvalid, Code: core.CodeUnknownOption, Field: at,
		Message: at + " is unknown; " + path + " takes " + strings.Join(known, ", "),
	}
	if meant, found := nearest(key, known); found {
		e.Help = "Did you mean " + path + "." + meant + "?"
	}
	return e
}

func (m members) add(key, problem string) {
	at := m.path + "." + key
	m.fields.add(invalid(at, at+" "+problem))
}

func (m members) unreadable(key string) bool { return m.fields.unreadable(m.path + "." + key) }

// raw returns the value of a key and whether it was sent.
func (m members) raw(key string) (json.RawMessage, bool) {
	v, there := m.object.values[key]
	return v, there && string(v) != "null"
}

// text reads a string of at most so many characters; "" when it was not sent.
func (m members) text(key string, most int) string {
	raw, sent := m.raw(key)
	if !sent {
		return ""
	}
	s, ok := asText(raw)
	if !ok {
		m.add(key, "must be a string, not "+describe(raw))
	}
	m.checkLength(m.path+"."+key, s, most)
	return s
}

// identifier is text, but for numbers, which clients send as they are.
func (m members) identifier(key string, most int) string {
	raw, sent := m.raw(key)
	if sent && describe(raw) == "a number" {
		if strings.ContainsAny(string(raw), ".eE-") || len(raw) > most {
			m.add(key, "must be a string or a whole number, not "+printable(string(raw)))
		}
		return string(raw)
	}
	return strings.TrimSpace(m.text(key, most))
}
