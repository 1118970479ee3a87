package providertest

import (
	"context"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
)

// later is when a network that shows its posts late shows them.
const later = 2 * time.Minute

// lost publishes a draft on a network that loses the answer, and returns the
// attempt as another process would go on with it, and when Commit began. It
// returns nothing when the adapter cannot reconcile.
func (s *scene) lost(d core.Draft, mode Mode) (*attempt, core.Reconciler, time.Time, error) {
	try, err := s.ready(s.Author, d)
	if err != nil {
		return nil, nil, time.Time{}, err
	}
	if _, ok := try.Publication.(core.Reconciler); !ok {
		return nil, nil, time.Time{}, s.skipped(Reconciler)
	}
	since := s.clock.Now()
	s.Network.Fail(ClassCommit, Fault{Mode: mode})
	if _, err = try.Commit(s.t.Context(), try.session); core.KindOf(s.hear(err)) != core.KindTemporary {
		return nil, nil, since, wrongf("Commit that lost its answer returns %w, want an error of kind temporary", orNone(err))
	}
	s.Network.Heal()
	again, err := s.resume(s.Provider, s.Author, d, try.checkpoint)
	if err != nil {
		return nil, nil, since, err
	}
	return again, again.Publication.(core.Reconciler), since, nil
}

// checkReconcileFinds: a post whose answer was lost is found, and stays the only
// one.
func checkReconcileFinds(s *scene) error {
	for i, d := range []core.Draft{s.h.Text, s.h.Media} {
		try, reconciler, since, err := s.lost(d, CutAfter)
		if err != nil || reconciler == nil {
			return err
		}
		receipt, found, err := reconciler.Reconcile(s.t.Context(), try.session, since)
		if err != nil || !found {
			return wrongf("the post exists, Reconcile says %v, %w", found, orNone(s.hear(err)))
		}
		if err := s.shows(d, i+1); err != nil {
			return err
		}
		if post := s.Network.Posts()[i]; receipt.RemoteID != post.RemoteID || receipt.URL == "" {
			return wrongf("the receipt is %+v, the post is %s", receipt, post.RemoteID)
		}
	}
	return nil
}

// checkReconcileForeign: neither another's post with the same content, nor the
// author's own with other content, is taken for the one that was lost.
func checkReconcileForeign(s *scene) error {
	if _, err := s.publish(s.Other, s.h.Text); err != nil {
		return err
	}
	if _, err := s.publish(s.Author, vary(s.h.Text, "and more")); err != nil {
		return err
	}
	try, reconciler, since, err := s.lost(s.h.Text, CutBefore)
	if err != nil || reconciler == nil {
		return err
	}
	for _, wait := range []time.Duration{0, later} {
		s.clock.Advance(wait)
		receipt, found, err := reconciler.Reconcile(s.t.Context(), try.session, since)
		if err != nil && core.KindOf(s.hear(err)) == core.KindUncertain {
			continue
		}
		if err != nil {
			return wrongf("Reconcile fails on a healthy network: %w", err)
		}
		return s.settled(receipt, found)
	}
	s.t.Logf("%s cannot tell what became of a post that never arrived", s.info.Name)
	return s.settled(core.Receipt{}, false)
}

// settled holds the answer of Reconcile against what the network shows: either
// the post is there once (Reconcile may have sent it again) and is the one that
// is named, or it is not there.
func (s *scene) settled(receipt core.Receipt, found bool) error {
	own := map[string]bool{}
	for _, p := range s.Network.Posts() {
		if p.Author == s.Author.Account.RemoteID && p.Text == s.h.Text.Text {
			own[p.RemoteID] = true
		}
	}
	switch {
	case found && !own[receipt.RemoteID]:
		return wrongf("Reconcile found %s, which is not the post that was lost", receipt.RemoteID)
	case len(own) > 1:
		return wrongf("the post is there %d times", len(own))
	case !found && len(own) > 0:
		return wrongf("Reconcile does not find a post that is there")
	}
	return nil
}

// checkReconcileBlind: while the network cannot be asked, absence is not proved.
func checkReconcileBlind(s *scene) error {
	try, reconciler, since, err := s.lost(s.h.Text, CutAfter)
	if err != nil || reconciler == nil {
		return err
	}
	for _, class := range []Class{ClassRead, ClassCommit} {
		s.Network.Fail(class, Fault{Mode: Refuse, Status: 503})
	}
	s.clock.Advance(later)
	_, found, err := reconciler.Reconcile(s.t.Context(), try.session, since)
	if err == nil {
		return wrongf("nobody could be asked, and Reconcile answers found=%v without an error", found)
	}
	if kind := core.KindOf(s.hear(err)); kind != core.KindUncertain && kind != core.KindTemporary {
		return wrongf("nobody could be asked, and Reconcile returns %w, want an error of kind uncertain or temporary", err)
	}
	return nil
}

// checkReconcileMisled: a web page that says that nothing is there is not the network's word.
func checkReconcileMisled(t testing.TB, h Harness) error {
	t.Helper()
	var ps problems
	for _, classes := range [][]Class{{ClassRead}, {ClassRead, ClassCommit}} {
		err := h.with(t, func(s *scene) error { return s.misled(classes) })
		if err != nil {
			ps.add("a web page with status 404 at %v: %w", classes, err)
		}
	}
	return ps.err()
}

// misled reconciles a post that is there while somebody in between answers calls.
func (s *scene) misled(classes []Class) error {
	try, reconciler, since, err := s.lost(s.h.Text, CutAfter)
	if err != nil || reconciler == nil {
		return err
	}
	for _, class := range classes {
		s.Network.Fail(class, elsewhere())
	}
	s.clock.Advance(later)
	receipt, found, err := reconciler.Reconcile(s.t.Context(), try.session, since)
	if err == nil {
		return s.settled(receipt, found)
	}
	if kind := core.KindOf(s.hear(err)); kind != core.KindUncertain && kind != core.KindTemporary {
		return wrongf("Reconcile returns %w, want an error of kind uncertain or temporary", err)
	}
	return nil
}

// checkReconcileTaken: the author's own post with the same content is not the one that was
// lost, if it is known to be another's.
func checkReconcileTaken(s *scene) error {
	twin, err := s.publish(s.Author, s.h.Text)
	if err != nil {
		return err
	}
	try, reconciler, since, err := s.lost(s.h.Text, CutBefore)
	if err != nil || reconciler == nil {
		return err
	}
	try.session.Taken = func(ctx context.Context, remoteID string) (bool, error) { return remoteID == twin.RemoteID, ctx.Err() }
	s.clock.Advance(later)
	receipt, found, err := reconciler.Reconcile(s.t.Context(), try.session, since)
	if err != nil && core.KindOf(s.hear(err)) != core.KindUncertain {
		return wrongf("Reconcile fails on a healthy network: %w", err)
	}
	posts := 1
	switch {
	case err != nil || !found:
	case receipt.RemoteID != twin.RemoteID:
		posts = 2 // it was sent again
	case !receipt.Inferred: // by the network, which refuses the twin as a duplicate
		return wrongf("Reconcile takes %s for the post that was lost, of which Session.IsTaken says that it is another's", twin.RemoteID)
	}
	return s.shows(s.h.Text, posts)
}
