package coretest_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
)

const (
	hostileInputs = 500
	// hostileSearch is how many bodies are looked through for a rare feature.
	hostileSearch = 4000
)

// goodBody is a request that the tests spoil.
func goodBody() map[string]string {
	return map[string]string{
		"post":            `"hello"`,
		"platforms":       `["scripted"]`,
		"mediaUrls":       `["https://media.example/a.png"]`,
		"scriptedOptions": `{"altText":["a"]}`,
	}
}

func TestHostileIsReproducible(t *testing.T) {
	t.Parallel()
	sample := func(seed uint64) []string {
		h := coretest.NewHostile(seed)
		var out []string
		for range 40 {
			out = append(out, h.Text(), string(h.Block("altText")), string(h.Body(goodBody(), "altText")))
		}
		return out
	}
	if diff := cmp.Diff(sample(7), sample(7)); diff != "" {
		t.Error(diff)
	}
	if cmp.Equal(sample(7), sample(8)) {
		t.Error("two seeds give the same input")
	}
}

func TestHostileCoversWhatItShould(t *testing.T) {
	t.Parallel()
	features := map[string]func(body []byte) bool{
		"valid JSON":           json.Valid,
		"invalid JSON":         func(b []byte) bool { return !json.Valid(b) },
		"invalid UTF-8":        func(b []byte) bool { return !utf8.Valid(b) },
		"a NUL":                func(b []byte) bool { return bytes.Contains(b, []byte(`\u0000`)) },
		"half a surrogate":     func(b []byte) bool { return bytes.Contains(b, []byte(`\ud800"`)) },
		"right to left":        func(b []byte) bool { return bytes.Contains(b, []byte("\u202e")) },
		"a huge number":        func(b []byte) bool { return bytes.Contains(b, []byte("1e400")) },
		"64 KiB":               func(b []byte) bool { return len(b) > 64<<10 },
		"deep arrays":          func(b []byte) bool { return bytes.Contains(b, bytes.Repeat([]byte("["), 9000)) },
		"deep objects":         func(b []byte) bool { return bytes.Contains(b, bytes.Repeat([]byte(`{"a":`), 9000)) },
		"duplicate keys":       func(b []byte) bool { return bytes.Contains(b, []byte(`"same":1,"same":1`)) },
		"a field of two types": func(b []byte) bool { return bytes.Contains(b, []byte(`"post":[`)) },
		"an unknown option":    func(b []byte) bool { return bytes.Contains(b, []byte(`"altTexts":`)) },
	}
	h := coretest.NewHostile(1)
	valid := 0
	for i := range hostileSearch {
		body := h.Body(goodBody(), "altText", "delay")
		if i < hostileInputs && json.Valid(body) {
			valid++
		}
		maps.DeleteFunc(features, func(_ string, has func([]byte) bool) bool { return has(body) })
		if len(features) == 0 && i >= hostileInputs {
			break
		}
	}
	for name := range features {
		t.Errorf("none of %d bodies has %s", hostileSearch, name)
	}
	if valid < hostileInputs/2 {
		t.Errorf("%d of %d bodies are JSON at all, want half or more: the rest ends at the decoder", valid, hostileInputs)
	}
}

func TestHostileBlocksAreJSON(t *testing.T) {
	t.Parallel()
	h := coretest.NewHostile(2)
	for range hostileInputs {
		if block := h.Block("altText", "delay"); !json.Valid(block) {
			t.Fatalf("not JSON: %.200q", block)
		}
	}
}

func TestProviderSurvivesHostileDrafts(t *testing.T) {
	t.Parallel()
	p, h := coretest.NewProvider(coretest.Config{}), coretest.NewHostile(3)
	accepted := 0
	for range hostileInputs {
		d := core.Draft{Text: h.Text(), Options: h.Block("altText", "delay", "thumbnail", "warn")}
		_, err := p.Plan(t.Context(), coretest.Account(), d)
		if err == nil {
			accepted++
			continue
		}
		for _, e := range core.AsErrors(err) {
			if e.Kind != core.KindInvalid || !strings.HasPrefix(e.Field, "scriptedOptions") && e.Field != "post" {
				t.Fatalf("%.300q is refused with %+v", d.Options, e)
			}
		}
	}
	if accepted == 0 || accepted == hostileInputs {
		t.Errorf("%d of %d drafts accepted", accepted, hostileInputs)
	}
}
