package sandbox

import (
	"encoding/json"
	"strings"
	"unicode/utf16"
)

// maxComment is the longest comment, in UTF-16 code units; the unit is not documented.
const maxComment = 1250

// commentSchema is the body of a create.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/comments-api
func commentSchema() record {
	return record{
		{name: "actor", typ: text{}, need: required},
		{name: "object", typ: text{}, need: required},
		{name: "message", typ: messageSchema(), need: required},
		{name: "parentComment", typ: text{}},
		{name: "content", typ: listOf{record{
			{name: "entity", need: required, typ: union{
				{name: "image", typ: text{}},
				{name: "digitalmediaAsset", typ: text{}},
			}},
			{name: "type", typ: words{"IMAGE"}},
		}}},
		{name: "id", need: readOnly, where: "create"},
		{name: "commentUrn", need: readOnly, where: "create"},
		{name: "created", need: readOnly, where: "create"},
		{name: "lastModified", need: readOnly, where: "create"},
		{name: "likesSummary", need: readOnly, where: "create"},
		{name: "commentsSummary", need: readOnly, where: "create"},
	}
}

func messageSchema() record {
	return record{{name: "text", typ: text{}, need: required}, {name: "attributes", typ: attributesSchema()}}
}

func attributesSchema() listOf {
	return listOf{record{
		{name: "start", typ: integer{bits: 32}, need: required},
		{name: "length", typ: integer{bits: 32}, need: required},
		{name: "value", need: required, typ: union{
			{name: memberEntity, typ: record{{name: "member", typ: text{}, need: required}}},
			{name: companyEntity, typ: record{{name: "company", typ: text{}, need: required}}},
		}},
	}}
}

// commentPatchSchema is the body of an edit: only the message can be changed.
func commentPatchSchema() record {
	return record{{name: "patch", need: required, typ: record{
		{name: "message", need: required, typ: record{
			{name: "$set", need: required, typ: record{
				{name: "text", typ: text{}, need: required},
				{name: "attributes", typ: attributesSchema()},
			}},
		}},
	}}}
}

const (
	memberEntity  = "com.linkedin.common.MemberAttributedEntity"
	companyEntity = "com.linkedin.common.CompanyAttributedEntity"
)

// attribute is a mention in a comment: which part of the plain text it is, in UTF-16
// code units, and whom it mentions.
type attribute struct {
	start, length int
	urn           string
	raw           any // as it came
}

// message is what a comment says.
type message struct {
	text       string
	attributes []attribute
}

// readMessage reads a message whose shape the schema has checked. The text is plain:
// nothing in it is markup.
func readMessage(m map[string]any) (message, *problem) {
	out := message{text: stringIn(m, "text")}
	units := utf16Length(out.text)
	if units > maxComment {
		return message{}, tooLong("message", units, maxComment)
	}
	items, _ := m["attributes"].([]any)
	end := 0
	for _, item := range items {
		a, bad := readAttribute(item)
		if bad != nil {
			return message{}, bad
		}
		if a.start < end || a.length < 1 || a.start+a.length > units || splitsCharacter(out.text, a) {
			return message{}, invalidField("INVALID_VALUE_FOR_FIELD", "message/attributes",
				"attributes can't be set to a range from %d of length %d in a text of length %d", a.start, a.length, units)
		}
		end = a.start + a.length
		out.attributes = append(out.attributes, a)
	}
	return out, nil
}

func readAttribute(item any) (attribute, *problem) {
	m, _ := item.(map[string]any)
	value := mapIn(m, "value")
	a := attribute{start: wholeIn(m, "start"), length: wholeIn(m, "length"), raw: item}
	a.urn = stringIn(mapIn(value, memberEntity), "member")
	field, kind := "member", "person"
	if company := mapIn(value, companyEntity); company != nil {
		a.urn, field, kind = stringIn(company, "company"), "company", "organization"
	}
	_, bad := checkURN(field, a.urn, kind)
	return a, bad
}

// wholeIn returns a number as far as it fits.
func wholeIn(m map[string]any, name string) int {
	n, _ := m[name].(json.Number)
	whole, err := n.Int64()
	if err != nil || whole < 0 || whole > maxAPIBody {
		return -1
	}
	return int(whole)
}

// splitsCharacter tells whether a range begins or ends within a character.
func splitsCharacter(s string, a attribute) bool {
	units := utf16.Encode([]rune(s))
	half := func(at int) bool {
		return at < len(units) && utf16.IsSurrogate(rune(units[at])) && units[at] >= 0xDC00
	}
	return half(a.start) || half(a.start+a.length)
}

// spans is the message as readers see it: a mention is a link when its part of the text
// is exactly the name, and plain text otherwise. The caller holds the lock.
func (s *Sandbox) messageSpans(m message) []Span {
	units := utf16.Encode([]rune(m.text))
	var out []Span
	at := 0
	plain := func(to int) {
		if to > at {
			out = append(out, Span{Kind: SpanText, Text: string(utf16.Decode(units[at:to]))})
		}
	}
	for _, a := range m.attributes {
		span := Span{Kind: SpanMention, Text: string(utf16.Decode(units[a.start : a.start+a.length])), URN: a.urn}
		plain(a.start)
		if at = a.start + a.length; !s.mentionResolves(span) {
			span = Span{Kind: SpanText, Text: span.Text}
		}
		out = append(out, span)
	}
	plain(len(units))
	return out
}

// empty tells whether a message shows nothing.
func (m message) empty() bool { return strings.TrimSpace(m.text) == "" }
