package providertest

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
)

// checkGolden: every option is understood as the golden files say, in whatever
// order and layout the block is written.
func checkGolden(s *scene) error {
	var ps problems
	used := map[string]bool{}
	for _, g := range s.h.Golden {
		block, err := blockOf(g.Draft)
		if err != nil {
			return err
		}
		for name := range block {
			used[strings.ToLower(name)] = true
		}
		if err := s.golden(g); err != nil {
			ps.add("%s: %w", g.Name, err)
		}
	}
	for _, o := range s.info.Options {
		ps.when(!used[strings.ToLower(o.Name)], "no golden draft uses the option %s", o.Name)
	}
	return ps.err()
}

// golden compares one plan with its file.
func (s *scene) golden(g Golden) error {
	seen, err := s.look(g.Draft)
	if err != nil {
		return err
	}
	if seen.Preview == nil {
		s.t.Logf("not compared: what %s would send, since it is no core.%s", s.info.Name, Previewer)
	}
	got, err := goldenJSON(seen)
	if err != nil {
		return err
	}
	got = append(got, '\n')
	var ps problems
	if err := s.compareFile(filepath.Join(s.h.GoldenDir, g.Name+".json"), got); err != nil {
		ps.add("%w", err)
	}
	if err := s.rewritten(g, seen); err != nil {
		ps.add("with the options written differently: %w", err)
	}
	if err := s.normal(g, seen); err != nil {
		ps.add("with the options in their normal form: %w", err)
	}
	return ps.err()
}

// goldenJSON writes a plan without what its needs leave open, so that a limit which
// they do not set changes no file.
func goldenJSON(seen planned) ([]byte, error) {
	raw, err := json.Marshal(seen.Needs)
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var needs any
	if err := decoder.Decode(&needs); err != nil {
		return nil, err
	}
	return json.MarshalIndent(struct {
		Needs   any           `json:"needs"`
		Preview *core.Preview `json:"preview,omitempty"`
	}{withoutZeros(needs), seen.Preview}, "", "  ")
}

// withoutZeros returns decoded JSON without the members that are null, zero, false or
// empty.
func withoutZeros(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, member := range v {
			if v[key] = withoutZeros(member); isZero(v[key]) {
				delete(v, key)
			}
		}
	case []any:
		for i := range v {
			v[i] = withoutZeros(v[i])
		}
	}
	return v
}

func isZero(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case bool:
		return !v
	case string:
		return v == ""
	case json.Number:
		return v == "0"
	case map[string]any:
		return len(v) == 0
	case []any:
		return len(v) == 0
	}
	return false
}

// rewritten plans the draft with the same options, sorted and spread out.
func (s *scene) rewritten(g Golden, want planned) error {
	if len(g.Draft.Options) == 0 {
		return nil
	}
	var block any
	decoder := json.NewDecoder(bytes.NewReader(g.Draft.Options))
	decoder.UseNumber()
	if err := decoder.Decode(&block); err != nil {
		return err
	}
	d := g.Draft
	var err error
	if d.Options, err = json.MarshalIndent(block, "\t", "  "); err != nil {
		return err
	}
	got, err := s.look(d)
	if err != nil {
		return err
	}
	if diff := cmp.Diff(want, got); diff != "" {
		return errorDiff(diff)
	}
	return nil
}

// normal plans a draft with the provider's own form of its options.
func (s *scene) normal(g Golden, want planned) error {
	n, ok := s.Provider.(core.Normalizer)
	if !ok || len(g.Draft.Options) == 0 {
		return nil
	}
	d := g.Draft
	d.Options = n.NormalOptions(d.Options)
	if again := n.NormalOptions(d.Options); !bytes.Equal(again, d.Options) {
		return wrongf("the normal form of %s is %s", d.Options, again)
	}
	got, err := s.look(d)
	if err != nil {
		return err
	}
	if diff := cmp.Diff(want, got); diff != "" {
		return errorDiff(diff)
	}
	return nil
}

// compareFile compares with a golden file, or writes it.
func (s *scene) compareFile(path string, got []byte) error {
	if s.h.Update {
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			return err
		}
		return os.WriteFile(path, got, 0o600)
	}
	want, err := os.ReadFile(path) //nolint:gosec // the harness names its own testdata
	if err != nil {
		return err
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		return errorDiff(diff)
	}
	return nil
}

// errorDiff is the error of two things that should be the same.
type errorDiff string

func (d errorDiff) Error() string { return "want (-) and got (+) differ: " + string(d) }
