package api

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestCheckJSON(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		text string
		want string // part of the error; "" when there is none
	}{
		"object":              {`{"a":[{"b":1},{"b":2}],"c":{"a":1}}`, ""},
		"brackets in strings": {`{"a":"{[\"\\","b":"]}"}`, ""},
		"escaped key":         {`{"a":1,"\u0062":2}`, ""},
		"deepest":             {strings.Repeat("[", maxDepth) + strings.Repeat("]", maxDepth), ""},
		"too deep":            {strings.Repeat("[", maxDepth+1) + strings.Repeat("]", maxDepth+1), "nests deeper than 32 levels"},
		"far too deep":        {strings.Repeat("[", 20000), "not valid JSON"},
		"key twice":           {`{"a":1,"a":2}`, "the key a occurs twice"},
		"escaped twice":       {`{"a":1,"\u0061":2}`, "the key a occurs twice"},
		"inner key twice":     {`{"a":[0,{"b":{"c":1,"c":2}}]}`, "the key a[1].b.c occurs twice"},
		"open":                {`{"a":1`, "line 1, column 6"},
		"comma":               {"{\n\"a\":1,\n}", "line 3, column 1"},
		"trailing data":       {`{} 1`, "line 1, column 4"},
		"empty":               {" \n", "empty"},
		"surrogate pair":      {`{"a":"\ud83c\udf0d","\\ud800":"\\\ud83c\udf0d\u0041"}`, ""},
		"first half alone":    {`{"a":["b","x\ud83cy"]}`, "the string at a[1] is not valid Unicode"},
		"first half at end":   {`{"a":"\ud83c"}`, "the string at a is not valid Unicode"},
		"second half alone":   {`"\udf0d"`, "the string at the top is not valid Unicode"},
		"halves turned round": {`{"a":{"b":"\udf0d\ud83c"}}`, "the string at a.b is not valid Unicode"},
		"two first halves":    {`{"a":"\ud83c\ud83c\udf0d"}`, "not valid Unicode"},
		"in a key":            {`{"a":{"\ud83c":1}}`, "the string at a is not valid Unicode"},
		"not UTF-8":           {"\"\xc3\x28\"", "UTF-8"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := checkJSON([]byte(tt.text))
			switch {
			case tt.want == "" && err != nil:
				t.Errorf("error %v", err)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
		})
	}
}

func TestParsePrefer(t *testing.T) {
	t.Parallel()
	const usual, longest = 30 * time.Second, 5 * time.Minute
	tests := map[string]struct {
		headers []string
		wait    time.Duration
		applied string
	}{
		"none":            {nil, usual, ""},
		"wait":            {[]string{"wait=7"}, 7 * time.Second, "wait=7"},
		"quoted":          {[]string{`wait="7"`}, 7 * time.Second, "wait=7"},
		"space":           {[]string{"foo , wait = 7 ;x=y"}, 7 * time.Second, "wait=7"},
		"async":           {[]string{"Respond-Async"}, 0, "respond-async"},
		"async and wait":  {[]string{"respond-async, wait=10"}, 10 * time.Second, "respond-async, wait=10"},
		"two headers":     {[]string{"respond-async", "wait=10"}, 10 * time.Second, "respond-async, wait=10"},
		"first counts":    {[]string{"wait=1, wait=2"}, time.Second, "wait=1"},
		"too long":        {[]string{"wait=99999999999999999999"}, usual, ""},
		"longer than max": {[]string{"wait=9999999999"}, longest, "wait=300"},
		"negative":        {[]string{"wait=-1"}, usual, ""},
		"no number":       {[]string{"wait"}, usual, ""},
		"in a string":     {[]string{`foo="a, wait=3"`}, usual, ""},
		"open string":     {[]string{`foo="a, wait=3\`}, usual, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wait, applied := parsePrefer(tt.headers).apply(usual, longest)
			if wait != tt.wait || applied != tt.applied {
				t.Errorf("got %v, %q; want %v, %q", wait, applied, tt.wait, tt.applied)
			}
		})
	}
}

func TestQueryList(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		raw  string
		want []string
	}{
		"none":         {"x=1", []string{}},
		"one":          {"p=a", []string{"a"}},
		"commas":       {"p=a,%20b,,c", []string{"a", "b", "c"}},
		"repeated":     {"p=a&p=b", []string{"a", "b"}},
		"brackets":     {"p[]=a&p[]=b", []string{"a", "b"}},
		"indexed":      {"p%5B10%5D=c&p%5B2%5D=b&p[0]=a", []string{"a", "b", "c"}},
		"other names":  {"p[x]=a&p[=b&p]=c&pp=d&p[0][1]=e&p[-1]=f", []string{}},
		"huge indexes": {"p[99999999999]=a&p[2147483647]=b", []string{"b"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, parseQuery(tt.raw).list("p")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestPrintable(t *testing.T) {
	t.Parallel()
	if got := printable("a\nb\x00c\u202e"); got != "a\uFFFDb\uFFFDc\uFFFD" {
		t.Errorf("got %q", got)
	}
	if got := printable(strings.Repeat("ü", 500)); utf8.RuneCountInString(got) != 121 {
		t.Errorf("%d runes", utf8.RuneCountInString(got))
	}
}

func FuzzCheckJSON(f *testing.F) {
	for _, seed := range []string{`{"a":[1,{"b":"\"\\"}]}`, `{"a":1,"a":2}`, `[[[`, `[{"a":1}]`, " { \"a\" : [ 1 , {\"b\":2} ] ,\n\"c\":{ } } ", `{}`, `"\ud800"`, "\xff", ``, `{"":{"":0}}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		o, err := parseObject(data)
		if err != nil {
			return
		}
		var want map[string]json.RawMessage
		if err := json.Unmarshal(data, &want); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, o.values, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%q was read differently than by encoding/json (-want +got):\n%s", data, diff)
		}
		if decoded, err := encode(o.values); err != nil || !strings.Contains(string(data), "\ufffd") &&
			!strings.Contains(strings.ToLower(string(data)), `\ufffd`) && strings.Contains(plain(t, decoded), "\ufffd") {
			t.Errorf("a string of %q is not Unicode", data)
		}
		if len(o.keys) != len(o.values) {
			t.Errorf("%d keys and %d values", len(o.keys), len(o.values))
		}
	})
}

// plain decodes every string of a JSON text and writes it without escapes.
func plain(t *testing.T, data []byte) string {
	t.Helper()
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	out, err := encode(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func FuzzPrefer(f *testing.F) {
	for _, seed := range []string{"wait=7", `respond-async, wait="7"; x=y`, `a="b\`, ",;=,", "wait=99999999999999999999"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		wait, _ := parsePrefer([]string{s, s}).apply(time.Second, time.Minute)
		if wait < 0 || wait > time.Minute {
			t.Errorf("%q means a wait of %v", s, wait)
		}
	})
}

func FuzzQuery(f *testing.F) {
	for _, seed := range []string{"limit=3&platforms[0]=a", "p%5B1%5D=x&p[]=y", "%zz", "a=;b", "startDate=2027-01-05T09:30:00Z", "status=error&type=odd"} {
		f.Add(seed)
	}
	a := &API{Config: Config{Clock: fixedClock{}}}
	f.Fuzz(func(t *testing.T, raw string) {
		q := parseQuery(raw)
		filter := a.readFilter(q, "profile")
		if filter.Limit < 1 || filter.Limit > maxHistoryLimit {
			t.Errorf("%q means a limit of %d", raw, filter.Limit)
		}
		for _, p := range q.list("platforms") {
			if strings.TrimSpace(p) == "" {
				t.Errorf("%q has an empty platform", raw)
			}
		}
	})
}

type fixedClock struct{}

func (fixedClock) Now() time.Time                       { return time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC) }
func (fixedClock) After(time.Duration) <-chan time.Time { return nil }
