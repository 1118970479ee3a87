package providertest

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
)

// checkWholeDraft: no part of a draft is left out silently. Plan refuses it by name, or
// it is carried out.
func checkWholeDraft(s *scene) error {
	var ps problems
	for name, change := range map[core.FollowUpName]func(*core.Draft){
		core.FollowUpComment:    func(d *core.Draft) { d.FirstComment = &core.FirstComment{Text: "The link is below"} },
		core.FollowUpNoComments: func(d *core.Draft) { d.DisableComments = true },
	} {
		d := s.h.Text
		change(&d)
		pub, err := s.Provider.Plan(s.t.Context(), s.Author.Account, d)
		if err != nil {
			ps.when(!refuses(s.hear(err), string(name)), "Plan with %s fails, and no problem names it: %w", name, err)
			continue
		}
		ps.when(!carriesOut(pub, name) && !s.shownIn(pub), "Plan takes %s, which nothing carries out", name)
	}
	ps.when(s.plainlyFinished(s.h.Text), "FollowUps of a draft that asks for nothing are not empty")
	return errors.Join(ps.err(), s.mentionsElsewhere())
}

// carriesOut tells whether a publication does something once it is published.
func carriesOut(pub core.Publication, name core.FollowUpName) bool {
	f, ok := pub.(core.Finisher)
	return ok && slices.Contains(f.FollowUps(), name)
}

// shownIn tells whether the request that publishes differs from that of the plain draft: what
// the network can do together with the post needs nothing afterwards.
func (s *scene) shownIn(pub core.Publication) bool {
	plain, err := s.Provider.Plan(s.t.Context(), s.Author.Account, s.h.Text)
	if err != nil {
		return false // other checks say so
	}
	with, ok := pub.(core.Previewer)
	without, both := plain.(core.Previewer)
	return ok && both && !cmp.Equal(with.Preview().Request, without.Preview().Request)
}

// plainlyFinished tells whether a draft has follow-ups.
func (s *scene) plainlyFinished(d core.Draft) bool {
	pub, err := s.Provider.Plan(s.t.Context(), s.Author.Account, d)
	if err != nil {
		return false // other checks say so
	}
	f, ok := pub.(core.Finisher)
	return ok && len(f.FollowUps()) > 0
}

// mentionsElsewhere plans a text with a mention that is meant for another network: a
// reader sees the name.
func (s *scene) mentionsElsewhere() error {
	d := s.h.Text
	d.Text = "Thanks, {{0}}!"
	d.Mentions = []core.MentionRef{{Name: "Ada Example", ID: "1", Platform: "anothernetwork", Field: "mentions[0]"}}
	seen, err := s.look(d)
	if err != nil {
		if refuses(err, "mentions") {
			return nil
		}
		return wrongf("Plan of a text with a mention for another network fails: %w", err)
	}
	if seen.Preview != nil && seen.Preview.Text != "Thanks, Ada Example!" {
		return wrongf("the preview of a mention for another network reads %q, want the plain name", seen.Preview.Text)
	}
	return nil
}

// refuses tells whether an error names a field, or something in it.
func refuses(err error, field string) bool {
	return slices.ContainsFunc(core.AsErrors(err), func(e *core.Error) bool {
		return (e.Kind == core.KindInvalid || e.Kind == core.KindUnsupported) && strings.HasPrefix(e.Field, field)
	})
}

// finishing is a published post with a first comment that is still to be written.
type finishing struct {
	core.Finisher

	try     *attempt
	receipt core.Receipt
}

// published publishes a draft with a first comment; nil when the adapter writes none.
func (s *scene) published() (*finishing, error) {
	d := s.h.Text
	d.FirstComment = &core.FirstComment{Text: "The link is below"}
	pub, err := s.Provider.Plan(s.t.Context(), s.Author.Account, d)
	if err != nil {
		return nil, nil //nolint:nilnil,nilerr // refused: checkWholeDraft says how
	}
	if _, ok := pub.(core.Finisher); !ok {
		return nil, s.skipped(Finisher)
	}
	try, err := s.ready(s.Author, d)
	if err != nil {
		return nil, err
	}
	receipt, err := try.Commit(s.t.Context(), try.session)
	if err != nil {
		return nil, wrongf("Commit fails on a healthy network: %w", s.hear(err))
	}
	return &finishing{Finisher: try.Publication.(core.Finisher), try: try, receipt: receipt}, nil
}

func (f *finishing) comment(s *scene) (map[string]any, error) {
	result, err := f.FollowUp(s.t.Context(), f.try.session, core.FollowUpComment, f.receipt)
	return result, s.hear(err)
}

func (f *finishing) find(s *scene, since time.Time) (map[string]any, bool, error) {
	result, found, err := f.FindFollowUp(s.t.Context(), f.try.session, core.FollowUpComment, f.receipt, since)
	return result, found, s.hear(err)
}

// checkFollowUp: a first comment is one call that changes something, and what it
// returns names the comment.
func checkFollowUp(s *scene) error {
	f, err := s.published()
	if err != nil || f == nil {
		return err
	}
	before := len(s.Network.Calls())
	result, err := f.comment(s)
	if err != nil {
		return wrongf("FollowUp fails on a healthy network: %w", err)
	}
	var ps problems
	writes := s.writes(before)
	ps.when(len(writes) != 1, "FollowUp wrote %v, want exactly one call", writes)
	ps.when(result["commentId"] == nil || result["commentId"] == "", "the result names no commentId: %v", result)
	return ps.err()
}

// checkLostFollowUp: a comment whose answer was lost may have been written, and
// FindFollowUp tells whether it was.
func checkLostFollowUp(t testing.TB, h Harness) error {
	t.Helper()
	var ps problems
	for _, mode := range []Mode{CutBefore, CutAfter} {
		err := h.with(t, func(s *scene) error { return s.lostFollowUp(mode) })
		ps.when(err != nil, "%s: %w", mode, err)
	}
	return ps.err()
}

func (s *scene) lostFollowUp(mode Mode) error {
	f, err := s.published()
	if err != nil || f == nil {
		return err
	}
	since := s.clock.Now()
	s.Network.Fail(ClassOther, Fault{Mode: mode})
	before := s.count(ClassOther)
	_, err = f.comment(s)
	if e := core.AsError(err); err == nil || e.Kind != core.KindTemporary || e.Unsent {
		return wrongf("FollowUp returns %w, want an error of kind temporary without Unsent", orNone(err))
	}
	if made := s.count(ClassOther) - before; made != 1 {
		return wrongf("FollowUp made the call %d times", made)
	}
	s.Network.Heal()
	s.clock.Advance(later) // comments may show late
	before = len(s.Network.Calls())
	result, found, err := f.find(s, since)
	var ps problems
	ps.when(err != nil, "FindFollowUp fails on a healthy network: %w", orNone(err))
	ps.when(found != (mode == CutAfter), "FindFollowUp says found=%v", found)
	ps.when(found && (result["commentId"] == nil || result["commentId"] == ""), "what is found names no commentId: %v", result)
	ps.when(len(s.writes(before)) > 0, "FindFollowUp wrote %v", s.writes(before))
	return ps.err()
}

// checkFollowUpErrors: the network's refusals mean what they mean everywhere.
func checkFollowUpErrors(t testing.TB, h Harness) error {
	t.Helper()
	writes := false
	err := h.with(t, func(s *scene) error {
		f, err := s.published()
		writes = f != nil
		return err
	})
	if err != nil || !writes {
		return err
	}
	return h.every(t, append(refusals(), misleading()...), ClassOther, func(s *scene) (func() error, error) {
		f, err := s.published()
		if err != nil {
			return nil, err
		}
		return func() error { _, err := f.comment(s); return err }, nil
	})
}
