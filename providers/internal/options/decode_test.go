package options_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/internal/options"
)

type sample struct {
	AltText []string        `json:"altText"`
	Title   string          `json:"title"`
	Disable bool            `json:"disable"`
	Days    int             `json:"days"`
	Ratio   float64         `json:"ratio"`
	Note    *string         `json:"note"`
	Poll    *poll           `json:"poll"`
	Later   json.RawMessage `json:"later"`
	Hidden  string          `json:"-"`
}

type poll struct {
	Question string `json:"question"`
	Options  []struct {
		Text string `json:"text"`
	} `json:"options"`
}

func TestDecodeValues(t *testing.T) {
	t.Parallel()
	raw := `{"ALTTEXT":["a",null,"c"],"title":"T","disable":true,"days":3,"ratio":1.5,
		"poll":{"question":"Q","options":[{"text":"x"},{"text":"y"}]},"later":{"any":[1]}}`
	var got sample
	if err := options.Decode([]byte(raw), "o", &got); err != nil {
		t.Fatal(err)
	}
	want := sample{
		AltText: []string{"a", "", "c"}, Title: "T", Disable: true, Days: 3, Ratio: 1.5,
		Poll: &poll{Question: "Q"}, Later: json.RawMessage(`{"any":[1]}`),
	}
	want.Poll.Options = append(want.Poll.Options, struct {
		Text string `json:"text"`
	}{"x"}, struct {
		Text string `json:"text"`
	}{"y"})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestDecodeNothing(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{"", "  ", "null", "{}", `{"title":null,"poll":null,"later":null}`} {
		var got sample
		if err := options.Decode([]byte(raw), "o", &got); err != nil {
			t.Errorf("%q: %v", raw, err)
		}
		if diff := cmp.Diff(sample{}, got); diff != "" {
			t.Errorf("%q: %s", raw, diff)
		}
	}
}

type problem struct {
	Field, Message string
	Code           core.Code
}

func TestDecodeProblems(t *testing.T) {
	t.Parallel()
	const params, unknown = core.CodeParameters, core.CodeUnknownOption
	const all = "; there are altText, title, disable, days, ratio, note, poll, later."
	for _, tc := range []struct {
		name, raw string
		want      []problem
	}{
		{"misspelt", `{"altTexts":[]}`, []problem{{"o.altTexts", "o.altTexts is not a known option: did you mean altText?", unknown}}},
		{"nothing near", `{"zzzzzzzz":1}`, []problem{{"o.zzzzzzzz", "o.zzzzzzzz is not a known option" + all, unknown}}},
		{"a part of a name", `{"alt":[],"LATE":1}`, []problem{
			{"o.alt", "o.alt is not a known option: did you mean altText?", unknown},
			{"o.LATE", "o.LATE is not a known option: did you mean later?", unknown},
		}},
		{"another form of a name", `{"poll":{"optionally":[],"questionies":1}}`, []problem{
			{"o.poll.optionally", "o.poll.optionally is not a known option: did you mean options?", unknown},
			{"o.poll.questionies", "o.poll.questionies is not a known option: did you mean question?", unknown},
		}},
		{"a pointer", `{"note":5}`, []problem{{"o.note", "o.note must be text, not a number.", params}}},
		{"hidden field", `{"-":"x","Hidden":"y"}`, []problem{
			{"o.-", "o.- is not a known option" + all, unknown},
			{"o.Hidden", "o.Hidden is not a known option" + all, unknown},
		}},
		{"types, all at once", `{"altText":["a",2,{}],"title":7,"disable":"yes","days":1.5,"ratio":[]}`, []problem{
			{"o.altText[1]", "o.altText[1] must be text, not a number.", params},
			{"o.altText[2]", "o.altText[2] must be text, not an object.", params},
			{"o.title", "o.title must be text, not a number.", params},
			{"o.disable", "o.disable must be true or false, not text.", params},
			{"o.days", "o.days must be a whole number in range.", params},
			{"o.ratio", "o.ratio must be a number, not a list.", params},
		}},
		{"list expected", `{"altText":"a"}`, []problem{{"o.altText", "o.altText must be a list, not text.", params}}},
		{"nested", `{"poll":{"question":true,"option":[]}}`, []problem{
			{"o.poll.question", "o.poll.question must be text, not true or false.", params},
			{"o.poll.option", "o.poll.option is not a known option: did you mean options?", unknown},
		}},
		{"deep path", `{"poll":{"options":[{"text":"a"},{"text":4}]}}`, []problem{
			{"o.poll.options[1].text", "o.poll.options[1].text must be text, not a number.", params},
		}},
		{"twice", `{"title":"a","TITLE":"b"}`, []problem{{"o.TITLE", "o.TITLE is given twice.", params}}},
		{"long key", `{"` + strings.Repeat("ä", 100) + `":1}`, []problem{
			{"o." + strings.Repeat("ä", 32) + "…", "o." + strings.Repeat("ä", 32) + "… is not a known option" + all, unknown},
		}},
		{"not an object", `["title"]`, []problem{{"o", "o must be an object, not a list.", params}}},
		{"not JSON", `{"title"`, []problem{{"o", "o is not valid JSON.", params}}},
		{"trailing data", `{} {}`, []problem{{"o", "o is not valid JSON.", params}}},
		{"too large", `{"title":"` + strings.Repeat("a", 1<<20) + `"}`, []problem{{"o", "o is larger than 1048576 bytes.", params}}},
		{"too deep", strings.Repeat("[", 20000) + strings.Repeat("]", 20000), []problem{{"o", "o is not valid JSON.", params}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var s sample
			var got []problem
			for _, e := range core.AsErrors(options.Decode([]byte(tc.raw), "o", &s)) {
				if e.Kind != core.KindInvalid {
					t.Errorf("%s: kind %s", e.Field, e.Kind)
				}
				got = append(got, problem{e.Field, e.Message, e.Code})
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
			if s.Note != nil {
				t.Errorf("what could not be read became %q", *s.Note)
			}
		})
	}
}

func TestDecodeBoundsItsReport(t *testing.T) {
	t.Parallel()
	var raw strings.Builder
	raw.WriteString(`{"altText":[0`)
	for range 5000 {
		raw.WriteString(",0")
	}
	raw.WriteString("]}")
	var s sample
	if n := len(core.AsErrors(options.Decode([]byte(raw.String()), "o", &s))); n != 100 {
		t.Errorf("%d problems reported, want 100", n)
	}
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{"altText":["a"],"poll":{"options":[{"text":"x"}]}}`, `{"ALTTEXT":3,"x":null}`, `[]`, `{"later":[[[]]]}`, `{"":1}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var s sample
		err := options.Decode(raw, "o", &s)
		if err != nil {
			for _, e := range core.AsErrors(err) {
				if e.Kind != core.KindInvalid || !strings.HasPrefix(e.Field, "o") || e.Message == "" {
					t.Fatalf("unclear problem %+v", e)
				}
			}
			return
		}
		// What is accepted says the same to the standard decoder.
		var std sample
		if len(strings.TrimSpace(string(raw))) == 0 {
			return
		}
		if err := json.Unmarshal(raw, &std); err != nil {
			t.Fatalf("accepted what encoding/json refuses: %v", err)
		}
		std.Hidden = s.Hidden
		if a, b := s.Title+strings.Join(s.AltText, "|"), std.Title+strings.Join(std.AltText, "|"); a != b {
			t.Fatalf("decoded %q, encoding/json %q", a, b)
		}
	})
}
