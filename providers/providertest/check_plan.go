package providertest

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
)

// planned is what can be seen of a plan from outside.
type planned struct {
	Needs   []core.Need   `json:"needs"`
	Preview *core.Preview `json:"preview,omitempty"`
}

// look plans a draft and describes the result.
func (s *scene) look(d core.Draft) (planned, error) {
	try, err := s.plan(s.Author, d)
	if err != nil {
		return planned{}, err
	}
	seen := planned{Needs: try.Needs()}
	if p, ok := try.Publication.(core.Previewer); ok {
		preview := p.Preview()
		seen.Preview = &preview
	}
	return seen, nil
}

// checkPure: a plan depends on nothing but its input, changes nothing, and calls
// nobody, also when many are made at a time.
func checkPure(s *scene) error {
	var ps problems
	for name, d := range map[string]core.Draft{"Text": s.h.Text, "Media": s.h.Media} {
		before := copyDraft(d)
		first, err := s.look(d)
		if err != nil {
			return err
		}
		if diff := cmp.Diff(before, d); diff != "" {
			return wrongf("Plan changed the draft %s: %s", name, diff)
		}
		for i, again := range s.lookManyTimes(d) {
			if diff := cmp.Diff(first, again); diff != "" {
				ps.add("plan %d of %s differs from the first: %s", i+2, name, diff)
				break
			}
		}
	}
	for _, c := range s.Network.Calls() {
		ps.add("Plan made the call %s", c.Name)
	}
	return ps.err()
}

// lookManyTimes plans a draft concurrently.
func (s *scene) lookManyTimes(d core.Draft) []planned {
	const times = 8
	out := make([]planned, times)
	var work sync.WaitGroup
	for i := range out {
		work.Go(func() {
			seen, err := s.look(d)
			if err != nil {
				s.t.Logf("plan %d: %v", i, err) // shows as a difference
			}
			out[i] = seen
		})
	}
	work.Wait()
	return out
}

func copyDraft(d core.Draft) core.Draft {
	d.Media = slices.Clone(d.Media)
	d.Options = slices.Clone(d.Options)
	return d
}

// refusal is what a draft must be refused with; empty parts are not compared.
type refusal struct {
	field string // a trailing "*" stands for anything
	kind  core.Kind
	code  core.Code
}

// refused plans a draft that must be refused, and holds the problems against the
// contract and the expected one.
func (s *scene) refused(d core.Draft, want refusal) error {
	pub, err := s.Provider.Plan(s.t.Context(), s.Author.Account, d)
	if err == nil {
		return wrongf("accepted; want a problem with %s", want.field)
	}
	if pub != nil {
		return errors.New("refused, but a publication was returned as well")
	}
	if err := s.wellFormed(err); err != nil {
		return err
	}
	if slices.ContainsFunc(core.AsErrors(err), want.matches) {
		return nil
	}
	return wrongf("refused with %q; want a problem with field %s, kind %q and code %d", err, want.field, want.kind, want.code)
}

func (want refusal) matches(e *core.Error) bool {
	prefix, open := strings.CutSuffix(want.field, "*")
	fits := e.Field == want.field || open && strings.HasPrefix(e.Field, prefix)
	return fits && (want.kind == "" || e.Kind == want.kind) && (want.code == 0 || core.CodeOf(e) == want.code)
}

// wellFormed holds an error of Plan against the contract.
func (s *scene) wellFormed(err error) error {
	var ps problems
	for _, e := range core.AsErrors(s.hear(err)) {
		ps.when(e.Kind != core.KindInvalid && e.Kind != core.KindUnsupported,
			"an error of Plan is of kind %q: %w", e.Kind, error(e))
		ps.when(e.Field == "", "an error of Plan names no field: %w", error(e))
		ps.when(e.Message == "", "an error of Plan has no message: %w", error(e))
	}
	return ps.err()
}

// checkRejected: every limit and rule is enforced before anything is sent.
func checkRejected(s *scene) error {
	var ps problems
	for _, r := range s.h.Rejected {
		if err := s.refused(r.Draft, refusal{field: r.Field, kind: r.Kind, code: r.Code}); err != nil {
			ps.add("%s: %w", r.Name, err)
		}
	}
	ps.when(len(s.Network.Calls()) > 0, "Plan called the network")
	return ps.err()
}

// checkLimits: the limits that Info tells are those that Plan enforces.
func checkLimits(s *scene) error {
	var ps problems
	limit := s.info.Limits.TextLength
	exact := core.Draft{Text: strings.Repeat("a", limit)}
	if _, err := s.plan(s.Author, exact); err != nil {
		ps.add("a text of exactly %d: %w", limit, err)
	}
	if err := s.refused(core.Draft{Text: exact.Text + "a"}, refusal{field: "post", code: core.CodeTextTooLong}); err != nil {
		ps.add("a text of %d: %w", limit+1, err)
	}
	ps = append(ps, s.checkBytes()...)
	if err := s.refused(core.Draft{}, refusal{field: "post"}); err != nil {
		ps.add("an empty draft: %w", err)
	}
	ps.when(len(s.h.Media.Media) < s.info.Limits.Images, "Harness.Media has %d pictures, Info says that the network takes %d",
		len(s.h.Media.Media), s.info.Limits.Images)
	var urls []string
	for i := range s.info.Limits.Images + 1 {
		urls = append(urls, fmt.Sprintf("https://media.example/one-of-too-many-%d.png", i))
	}
	many := core.Draft{Text: "too many", Media: coretest.MediaRefs(urls...)}
	if err := s.refused(many, refusal{field: "mediaUrls*"}); err != nil {
		ps.add("%d pictures: %w", len(urls), err)
	}
	return ps.err()
}

// checkBytes: a text of as many bytes as Info says is taken, and no longer one. It is made of
// characters with many bytes, so that its length is no reason.
func (s *scene) checkBytes() problems {
	const heavy = "👨‍👩‍👧‍👦"
	var ps problems
	limit := s.info.Limits.TextBytes
	if limit == 0 {
		return nil
	}
	exact := strings.Repeat(heavy, limit/len(heavy)) + strings.Repeat("a", limit%len(heavy))
	if _, err := s.plan(s.Author, core.Draft{Text: exact}); err != nil {
		ps.add("a text of exactly %d bytes: %w", limit, err)
	}
	if err := s.refused(core.Draft{Text: exact + "a"}, refusal{field: "post", code: core.CodeTextTooLong}); err != nil {
		ps.add("a text of %d bytes: %w", limit+1, err)
	}
	if w, ok := s.Provider.(core.Weigher); ok {
		ps.when(w.TextBytes(exact) != limit, "TextBytes of %d bytes is %d", limit, w.TextBytes(exact))
	}
	return ps
}

// checkUnknownOptions: a key that the network does not know is refused by name,
// wherever the block is used.
func checkUnknownOptions(s *scene) error {
	var ps problems
	for _, g := range s.h.Golden {
		for _, unknown := range []string{"noSuchOption", s.info.Options[0].Name + "Xyz"} {
			d := g.Draft
			block, err := blockOf(d)
			if err != nil {
				return err
			}
			block[unknown] = json.RawMessage(`"x"`)
			if d.Options, err = json.Marshal(block); err != nil {
				return err
			}
			want := refusal{field: s.info.OptionsKey + "." + unknown, kind: core.KindInvalid, code: core.CodeUnknownOption}
			if err := s.refused(d, want); err != nil {
				ps.add("%s with the option %s: %w", g.Name, unknown, err)
			}
		}
	}
	return ps.err()
}

// blockOf decodes the option block of a draft.
func blockOf(d core.Draft) (map[string]json.RawMessage, error) {
	block := map[string]json.RawMessage{}
	if len(d.Options) == 0 {
		return block, nil
	}
	err := json.Unmarshal(d.Options, &block)
	return block, err
}

// checkMalformedOptions: what is no object is refused, an empty one is like none.
func checkMalformedOptions(s *scene) error {
	var ps problems
	for _, raw := range []string{`[]`, `"text"`, `12`, `true`} {
		d := s.h.Text
		d.Options = json.RawMessage(raw)
		if err := s.refused(d, refusal{field: s.info.OptionsKey, kind: core.KindInvalid}); err != nil {
			ps.add("%s %s: %w", s.info.OptionsKey, raw, err)
		}
	}
	plain := s.h.Text
	plain.Options = nil
	want, err := s.look(plain)
	if err != nil {
		return err
	}
	for _, raw := range []string{`{}`, `null`, ` { } `} {
		plain.Options = json.RawMessage(raw)
		got, err := s.look(plain)
		if err != nil {
			ps.add("%s %s: %w", s.info.OptionsKey, raw, err)
		} else if diff := cmp.Diff(want, got); diff != "" {
			ps.add("%s %s is not like none: %s", s.info.OptionsKey, raw, diff)
		}
	}
	return ps.err()
}

// checkNeeds: every file is asked for, with its path and with what the network
// takes, in the order of the draft.
func checkNeeds(s *scene) error {
	text, err := s.plan(s.Author, s.h.Text)
	if err != nil {
		return err
	}
	try, err := s.plan(s.Author, s.h.Media)
	if err != nil {
		return err
	}
	var ps problems
	ps.when(len(text.Needs()) > 0, "a text needs the files %v", text.Needs())
	keys, wanted := map[string]bool{}, s.h.addresses()
	var got []string
	for _, n := range try.Needs() {
		got = append(got, n.URL)
		ps.when(n.Key == "" || keys[n.Key], "the need of %s has the key %q, which is empty or taken", n.URL, n.Key)
		keys[n.Key] = true
		ps.need(s, n)
	}
	if diff := cmp.Diff(slices.Sorted(slices.Values(wanted)), slices.Sorted(slices.Values(got))); diff != "" {
		ps.add("the needs are not the addresses of the draft: %s", diff)
	}
	media := slices.DeleteFunc(slices.Clone(got), func(url string) bool { return slices.Contains(s.h.Nested, url) })
	if diff := cmp.Diff(wanted[:len(s.h.Media.Media)], media); diff != "" {
		ps.add("the needs of mediaUrls are out of order: %s", diff)
	}
	return ps.err()
}

// need holds one need against the contract.
func (ps *problems) need(s *scene, n core.Need) {
	ps.when(len(n.Accept) == 0, "the need of %s accepts nothing", n.URL)
	for _, a := range n.Accept {
		ps.when(a.Kind == "" || len(a.MIME) == 0, "the need of %s has an incomplete accept list: %+v", n.URL, a)
	}
	if slices.Contains(s.h.Nested, n.URL) {
		ps.when(!strings.HasPrefix(n.Field, s.info.OptionsKey+"."), "the need of %s has the field %q, want a path below %s", n.URL, n.Field, s.info.OptionsKey)
		return
	}
	for _, ref := range s.h.Media.Media {
		if ref.URL == n.URL {
			ps.when(n.Field != ref.Field, "the need of %s has the field %q, want %q", n.URL, n.Field, ref.Field)
		}
	}
}
