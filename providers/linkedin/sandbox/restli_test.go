package sandbox

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func str(s string) value { return value{kind: kindString, str: s} }

func listValue(items ...value) value { return value{kind: kindList, list: items} }

func TestParseValue(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, raw string
		want      value
	}{
		{"string", "abc", str("abc")},
		{"encoded", "t%3F%27%3A%2C%2A%21", str("t?':,*!")},
		{"characters that need no encoding", "a!*~-._+b", str("a!*~-._+b")},
		{"empty string", "''", str("")},
		{"empty list", "List()", listValue()},
		{"list", "List(urn%3Ali%3Ashare%3A1,urn%3Ali%3AugcPost%3A2)", listValue(str("urn:li:share:1"), str("urn:li:ugcPost:2"))},
		{"a word that begins like a list", "Listing", str("Listing")},
		{"record", "(timeRange:(start:1,end:2),type:DAY)", value{kind: kindRecord, record: map[string]value{
			"timeRange": {kind: kindRecord, record: map[string]value{"start": str("1"), "end": str("2")}},
			"type":      str("DAY"),
		}}},
		{"nested lists", "List(List(a),List())", listValue(listValue(str("a")), listValue())},
		{"list of records", "List((k:v),(k:''))", listValue(
			value{kind: kindRecord, record: map[string]value{"k": str("v")}}, value{kind: kindRecord, record: map[string]value{"k": str("")}})},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := parseValue(tt.raw)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(value{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseValueRefuses(t *testing.T) {
	t.Parallel()
	for name, raw := range map[string]string{
		"nothing":               "",
		"raw colon":             "urn:li:share:1",
		"raw URN in a list":     "List(urn:li:share:1)",
		"list without its end":  "List(a",
		"empty item":            "List(a,)",
		"text behind a list":    "List(a)b",
		"record without values": "(a)",
		"record without an end": "(a:b",
		"field twice":           "(a:1,a:2)",
		"quote in a string":     "it's",
		"broken percent":        "a%2",
		"percent of nothing":    "%zz",
		"too deep":              strings.Repeat("List(", 40) + "a" + strings.Repeat(")", 40),
		"too many":              "List(a" + strings.Repeat(",a", 2000) + ")",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, err := parseValue(raw); err == nil {
				t.Errorf("%q was read as %+v", raw, got)
			}
		})
	}
}

func FuzzParseValue(f *testing.F) {
	for _, seed := range []string{"", "a", "''", "List(a,b)", "(a:b,c:List(d))", "List(%28)", "List((((", "%"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		v, err := parseValue(raw)
		if err != nil {
			return
		}
		again, err := parseValue(encodeValue(v))
		if err != nil {
			t.Fatalf("%q reads as %+v, whose encoding %q does not read: %v", raw, v, encodeValue(v), err)
		}
		if diff := cmp.Diff(v, again, cmp.AllowUnexported(value{})); diff != "" {
			t.Errorf("%q (-first +again):\n%s", raw, diff)
		}
	})
}

// encodeValue writes a value in URL form, every byte outside the unreserved
// characters encoded.
func encodeValue(v value) string {
	switch v.kind {
	case kindList:
		items := make([]string, len(v.list))
		for i, item := range v.list {
			items[i] = encodeValue(item)
		}
		return "List(" + strings.Join(items, ",") + ")"
	case kindRecord:
		var fields []string
		for name, item := range v.record {
			fields = append(fields, encodeValue(str(name))+":"+encodeValue(item))
		}
		return "(" + strings.Join(fields, ",") + ")"
	case kindString:
	}
	if v.str == "" {
		return "''"
	}
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(v.str) {
		c := v.str[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' {
			b.WriteByte(c)
		} else {
			b.WriteString("%" + string(hex[c>>4]) + string(hex[c&15]))
		}
	}
	return b.String()
}
