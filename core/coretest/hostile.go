package coretest

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
)

const (
	hostileLong  = 64 << 10 // bytes of the longest strings
	hostileDeep  = 9000     // levels of the deepest nesting that is valid JSON for package encoding/json
	hostileWide  = 2000     // members of the widest arrays and objects
	rareOneIn    = 40       // how often what is large is chosen
	maxDefects   = 4        // fields of a body that are made hostile
	maxMutations = 3        // bytes of a body that are damaged
)

// Hostile makes input that a server has to survive: requests, texts and option
// blocks as nobody should send them. The same seed gives the same input. It is
// not safe for concurrent use.
type Hostile struct{ rng *rand.Rand }

// NewHostile returns a source of hostile input.
func NewHostile(seed uint64) *Hostile {
	return &Hostile{rng: rand.New(rand.NewPCG(seed, 0x9e3779b97f4a7c15))} //nolint:gosec // reproducible on purpose
}

// Text returns a text. It may be empty, huge, and no valid UTF-8.
func (h *Hostile) Text() string {
	if h.oneIn(rareOneIn) {
		piece := "a" + pick(h, hostileTexts())
		return strings.Repeat(piece, 1+hostileLong/len(piece))[:hostileLong]
	}
	parts := make([]string, 1+h.rng.IntN(3))
	for i := range parts {
		parts[i] = pick(h, hostileTexts())
		if h.oneIn(10) {
			parts[i] = strings.Repeat(parts[i], 1+h.rng.IntN(50))
		}
	}
	return strings.Join(parts, pick(h, []string{"", " ", "\n", "\x00"}))
}

// Block returns an option block: valid JSON, and mostly an object in which some
// of the keys have hostile values and some are misspelt.
func (h *Hostile) Block(keys ...string) json.RawMessage {
	if h.oneIn(8) {
		return json.RawMessage(h.value(0))
	}
	members := make([]string, 1+h.rng.IntN(5))
	for i := range members {
		members[i] = h.quote(h.key(keys)) + ":" + h.value(0)
	}
	return json.RawMessage("{" + strings.Join(members, ",") + "}")
}

// Body returns the body of a request that would be good but for what was done to
// it: fields have hostile values or are named twice, and sometimes bytes are
// damaged, so that it is not even JSON. fields are the names of the fields with
// good values, as JSON; optionKeys are the keys of the option blocks in it.
func (h *Hostile) Body(fields map[string]string, optionKeys ...string) []byte {
	if h.oneIn(12) {
		return []byte(h.value(0))
	}
	names := slices.Sorted(maps.Keys(fields))
	spoilt := map[string]bool{}
	for range 1 + h.rng.IntN(maxDefects) {
		if len(names) > 0 {
			spoilt[pick(h, names)] = true
		}
	}
	var members []string
	for _, name := range names {
		value := fields[name]
		if spoilt[name] {
			value = h.spoil(name, optionKeys)
		}
		members = append(members, h.quote(name)+":"+value)
		if h.oneIn(10) {
			members = append(members, h.quote(h.key(names))+":"+h.value(0))
		}
	}
	return h.damage([]byte("{" + strings.Join(members, ",") + "}"))
}

// spoil returns a hostile value for a field; for an option block mostly one with
// the right keys.
func (h *Hostile) spoil(name string, optionKeys []string) string {
	if strings.HasSuffix(name, "Options") && !h.oneIn(4) {
		return string(h.Block(optionKeys...))
	}
	return h.value(0)
}

// damage changes, removes or adds bytes in one of four bodies.
func (h *Hostile) damage(body []byte) []byte {
	if !h.oneIn(4) {
		return body
	}
	for range 1 + h.rng.IntN(maxMutations) {
		if len(body) == 0 {
			return body
		}
		at := h.rng.IntN(len(body))
		switch h.rng.IntN(4) {
		case 0:
			body = body[:at]
		case 1:
			body[at] = byte(h.rng.UintN(256)) //nolint:gosec // below 256
		case 2:
			body = append(body[:at:at], body[at+1:]...)
		case 3:
			body = append(body[:at:at], append([]byte(pick(h, hostileTexts())), body[at:]...)...)
		}
	}
	return body
}

// value returns a JSON value, depth levels below the top.
func (h *Hostile) value(depth int) string {
	if depth == 0 && h.oneIn(rareOneIn) {
		return h.large()
	}
	kinds := 4
	if depth > 3 {
		kinds = 2
	}
	switch h.rng.IntN(kinds) {
	case 0:
		return pick(h, hostileScalars())
	case 1:
		return h.quote(h.Text())
	case 2:
		items := make([]string, h.rng.IntN(5))
		for i := range items {
			items[i] = h.value(depth + 1)
		}
		return "[" + strings.Join(items, ",") + "]"
	default:
		members := make([]string, h.rng.IntN(5))
		for i := range members {
			members[i] = h.quote(h.key(nil)) + ":" + h.value(depth+1)
		}
		return "{" + strings.Join(members, ",") + "}"
	}
}

// large returns a value that is deep, wide or long.
func (h *Hostile) large() string {
	switch h.rng.IntN(5) {
	case 0:
		return strings.Repeat("[", hostileDeep) + strings.Repeat("]", hostileDeep)
	case 1:
		return strings.Repeat(`{"a":`, hostileDeep) + "1" + strings.Repeat("}", hostileDeep)
	case 2:
		return "[" + strings.TrimSuffix(strings.Repeat(pick(h, hostileScalars())+",", hostileWide), ",") + "]"
	case 3:
		return "{" + strings.TrimSuffix(strings.Repeat(`"same":1,`, hostileWide), ",") + "}"
	default:
		return strings.Repeat("9", hostileWide)
	}
}

// key returns one of the keys, often misspelt, or one that nobody would choose.
func (h *Hostile) key(keys []string) string {
	if len(keys) == 0 || h.oneIn(5) {
		return pick(h, []string{"", "\x00", "__proto__", "constructor", ".", "a.b", "a[0]", "$ne", strings.Repeat("k", 300), "ключ", "\u202e", "\xff"})
	}
	key := pick(h, keys)
	switch h.rng.IntN(6) {
	case 0:
		return strings.ToUpper(key)
	case 1:
		return key + "s"
	case 2:
		return " " + key
	}
	return key
}

// quote writes a JSON string. Invalid UTF-8 stays as it is, and sometimes half a
// surrogate pair is added; package encoding/json takes both.
func (h *Hostile) quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < 0x20:
			fmt.Fprintf(&b, `\u%04x`, c)
		default:
			b.WriteByte(c)
		}
	}
	if h.oneIn(20) {
		b.WriteString(pick(h, []string{`\ud800`, `\udfff`, `\ud83d`, `\udc00\ud800`}))
	}
	b.WriteByte('"')
	return b.String()
}

func (h *Hostile) oneIn(n int) bool { return h.rng.IntN(n) == 0 }

// pick returns one of the list.
func pick[T any](h *Hostile, list []T) T { return list[h.rng.IntN(len(list))] }

// hostileScalars are JSON values that are no arrays or objects.
func hostileScalars() []string {
	return []string{
		"null", "true", "false", "0", "-0", "-1", "0.1", "1e400", "-1e400", "1e-400", "1E+2",
		"9007199254740993", "9223372036854775808", "-9223372036854775809", "18446744073709551616",
		"1.7976931348623159e308", "3.141592653589793238462643383279", `""`, `" "`, `"null"`, `"0"`,
		`"2026-02-30T25:61:61Z"`, `"0000-01-01T00:00:00Z"`, `"9999-12-31T23:59:59.999999999+14:00"`, `"292277026596-12-04T15:30:08Z"`,
	}
}

// hostileTexts are pieces of text that break what reads, counts, shows or stores
// them carelessly.
func hostileTexts() []string {
	return []string{
		"", " ", "a", "\x00", "\x00a\x00", "\xff", "\xc3\x28", "\xed\xa0\x80", "\xf5\x80\x80\x80", "a\x80b", "\ufeff", "\ufffd",
		"\u202eright to left\u202c", "\u2066isolated", "مرحبا بالعالم", "שלום", "e\u0301\u0302\u0303\u0304", "👩‍👩‍👧‍👦", "🇩🇪", "\U0010ffff",
		"\u2028\u2029", "\t\r\n", "\x1b[31m", "\x7f", "\u200b\u200d", "İıſK", "ﬃ", "＃tag", "#", "#a#b", "@", "@[", "@[x]", "@[x](",
		"@[x](urn:x:organization:1)", "@[x](urn:x:person:_a)", "{{0}}", "{{-1}}", "{{99999999999999999999}}", "{hashtag|\\#|x}",
		`\`, `\\`, `\"`, "(((((", ")]}|~*_<>", "%", "%s%n%d", "%00", "%2e%2e%2f", "../../../../etc/passwd", "'; DROP TABLE posts;--",
		"<script>alert(1)</script>", "<!--", "&amp;&#0;", "${7*7}", "{{.}}", "\r\nSet-Cookie: a=b", "javascript:alert(1)", "data:text/html,x",
		"file:///etc/passwd", "http://127.0.0.1:1/", "http://[::1]/", "http://0x7f.1/", "https://user:pass@host.example/", "https://" + strings.Repeat("a.", 130),
		"https://xn--/", "https:///", "https://h:99999/", "urn:", "urn:x:", "urn:x:image:", "upload:", "upload:../x", "sample:", "sample:\x00",
	}
}
