package providertest

import (
	"time"

	"github.com/crier-social/crier/core"
)

// checkRepeatable: a Commit that calls itself repeatable makes one post, however often it is
// sent, whatever became of the answers, and whoever sends it again.
func checkRepeatable(s *scene) error {
	drafts := []core.Draft{s.h.Text, s.h.Media}
	for _, v := range s.h.Variants {
		drafts = append(drafts, v.Draft)
	}
	posts := 0
	for _, d := range drafts {
		for _, fault := range []*Fault{nil, {Mode: CutAfter}, {Mode: CutBefore}} {
			posts++
			repeatable, err := s.repeats(d, fault, posts)
			if err != nil || !repeatable {
				return err
			}
		}
	}
	return nil
}

// repeats sends a draft twice, the first time with a fault, and looks at the posts that are
// there then. It returns false when the adapter does not call it repeatable.
func (s *scene) repeats(d core.Draft, fault *Fault, posts int) (bool, error) {
	try, err := s.ready(s.Author, d)
	if err != nil {
		return false, err
	}
	if !repeatable(try.Publication) {
		return false, s.skipped(Repeatable)
	}
	reconciler, ok := try.Publication.(core.Reconciler)
	if !ok {
		return false, wrongf("%s is Repeatable, and no core.Reconciler", s.info.Name)
	}
	if fault != nil {
		s.Network.Fail(ClassCommit, *fault)
	}
	since := s.clock.Now()
	first, err := try.Commit(s.t.Context(), try.session)
	s.Network.Heal()
	if fault == nil && err != nil {
		return false, wrongf("Commit fails on a healthy network: %w", s.hear(err))
	}
	there := fault == nil || fault.Mode == CutAfter
	if _, found, err := reconciler.Reconcile(s.t.Context(), try.session, since); err != nil || found != there {
		return false, wrongf("Reconcile right after a Commit says %v, %w; want %v", found, orNone(s.hear(err)), there)
	}
	s.clock.Advance(time.Second)
	return true, s.repeated(try, d, first, there, posts)
}

// repeated sends the draft of an attempt again, as another process would.
func (s *scene) repeated(try *attempt, d core.Draft, first core.Receipt, there bool, posts int) error {
	again, err := s.resume(s.Provider, s.Author, d, try.checkpoint)
	if err != nil {
		return err
	}
	receipt, err := again.Commit(s.t.Context(), again.session)
	switch e := core.AsError(s.hear(err)); {
	case err != nil && !there:
		return wrongf("Commit fails on a healthy network, after one that did not arrive: %w", err)
	case err != nil && e.Refused():
		return wrongf("Commit of what is there already returns %w: that proves that it is not", err)
	}
	if err := s.shows(d, posts); err != nil {
		return err
	}
	post := s.Network.Posts()[posts-1]
	if err == nil && receipt.RemoteID != post.RemoteID || first.RemoteID != "" && first.RemoteID != post.RemoteID {
		return wrongf("the receipts name %q and %q, the post is %q", first.RemoteID, receipt.RemoteID, post.RemoteID)
	}
	return nil
}

func repeatable(p core.Publication) bool {
	r, ok := p.(core.Repeatable)
	return ok && r.Repeatable()
}
