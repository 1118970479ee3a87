package providertest

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
)

// maxKills bounds at how many places of a long preparation a worker is killed.
const maxKills = 8

// checkPreflight: the early look changes nothing.
func checkPreflight(s *scene) error {
	for _, d := range []core.Draft{s.h.Text, s.h.Media} {
		try, err := s.plan(s.Author, d)
		if err != nil {
			return err
		}
		p, ok := try.Publication.(core.Preflighter)
		if !ok {
			return s.skipped(Preflighter)
		}
		err = p.Preflight(s.t.Context(), try.session)
		if writes := s.writes(0); len(writes) > 0 {
			return wrongf("Preflight wrote: %v", writes)
		}
		if err != nil {
			return wrongf("Preflight fails on a healthy network: %w", s.hear(err))
		}
	}
	return nil
}

// checkPrepare: every file is uploaded once and nothing is published, and
// preparing what is ready does no work.
func checkPrepare(s *scene) error {
	try, err := s.ready(s.Author, s.h.Media)
	if err != nil {
		return err
	}
	var ps problems
	uploads := s.count(ClassUpload)
	ps.when(uploads != len(try.Needs()), "%d uploads of %d files", uploads, len(try.Needs()))
	ps.when(try.checkpoint.Saves() == 0, "Prepare uploads and saves no checkpoint")
	ps.when(len(s.Network.Posts()) > 0, "Prepare published: %v", s.Network.Posts())
	ps.when(s.count(ClassCommit)+s.count(ClassDelete) > 0, "Prepare made a call that is not for preparing: %v", s.writes(0))
	if err := s.prepare(s.t.Context(), try); err != nil {
		ps.add("Prepare fails when it is ready already: %w", err)
	}
	ps.when(s.count(ClassUpload) != uploads, "Prepare uploads again when it is ready already")
	return ps.err()
}

// baseline is what an undisturbed preparation of a draft comes to.
type baseline struct {
	saves, uploads, announces, others, reads int
}

func (v Variant) baseline(t testing.TB, h Harness) (baseline, error) {
	t.Helper()
	var b baseline
	err := h.with(t, func(s *scene) error {
		try, err := s.ready(s.Author, v.Draft)
		if err != nil {
			return err
		}
		b = baseline{
			saves: try.checkpoint.Saves(), uploads: s.count(ClassUpload),
			announces: s.count(ClassAnnounce), others: s.count(ClassOther), reads: s.count(ClassRead),
		}
		return nil
	})
	return b, err
}

// places spreads at most maxKills places over 1 to n, the ends included.
func places(n int) []int {
	if n <= maxKills {
		out := make([]int, n)
		for i := range out {
			out[i] = i + 1
		}
		return out
	}
	out := make([]int, maxKills)
	for i := range out {
		out[i] = 1 + i*(n-1)/(maxKills-1)
	}
	return slices.Compact(out)
}

// few returns the draft that is prepared again and again.
func (h Harness) few() core.Draft {
	if len(h.Few.Media) > 0 {
		return h.Few
	}
	return h.Media
}

// variants returns every draft that is prepared again and again.
func (h Harness) variants() []Variant {
	return append([]Variant{{Name: "pictures", Draft: h.few(), Uploads: h.Uploads}}, h.Variants...)
}

// parallel is how many uploads may be under way at a time.
func (v Variant) parallel() int { return max(1, v.Uploads) }

// forVariants runs a check for each of the drafts.
func forVariants(check func(testing.TB, Harness, Variant) error) func(testing.TB, Harness) error {
	return func(t testing.TB, h Harness) error {
		t.Helper()
		var ps problems
		for _, v := range h.variants() {
			if err := check(t, h, v); err != nil {
				ps.add("%s: %w", v.Name, err)
			}
		}
		return ps.err()
	}
}

// checkResume: a worker that dies at a save is followed by one that goes on from
// the checkpoint and uploads nothing that is saved.
func checkResume(t testing.TB, h Harness, v Variant) error {
	t.Helper()
	base, err := v.baseline(t, h)
	if err != nil {
		return err
	}
	if base.saves == 0 {
		return wrongf("Prepare saves no checkpoint")
	}
	var ps problems
	for _, n := range places(base.saves) {
		before := func(c *coretest.Checkpoint) { c.KillBefore(n, nil) }
		if err := h.again(t, func(s *scene) error { return s.killed(v, before, n, base.uploads+v.parallel()) }); err != nil {
			ps.add("killed before save %d of %d: %w", n, base.saves, err)
		}
		after := func(c *coretest.Checkpoint) { c.KillAfter(n, nil) }
		if err := h.again(t, func(s *scene) error { return s.killed(v, after, n, base.uploads+v.parallel()-1) }); err != nil {
			ps.add("killed after save %d of %d: %w", n, base.saves, err)
		}
	}
	return ps.err()
}

// again runs a check of a worker that follows a dead one, up to three times: what the
// dead one had sent can arrive after what its successor sends, and spoil that. An
// adapter that is wrong is so every time.
func (h Harness) again(t testing.TB, check func(*scene) error) error {
	t.Helper()
	const tries = 3
	var err error
	for range tries {
		if err = h.with(t, check); err == nil {
			return nil
		}
	}
	return err
}

// killed prepares with a worker that dies at its n-th save, then with another one.
// maxUploads is how many uploads both may make together if nothing was uploaded
// between the last save that is stored and the death: an adapter may save in the
// background, and go on meanwhile.
func (s *scene) killed(v Variant, kill func(*coretest.Checkpoint), n, maxUploads int) error {
	try, err := s.plan(s.Author, v.Draft)
	if err != nil {
		return err
	}
	kill(try.checkpoint)
	w := &witness{Checkpoint: try.checkpoint, uploads: func() int { return s.count(ClassUpload) }}
	try.session.Checkpoint = w
	err = s.prepare(s.t.Context(), try)
	maxUploads += s.count(ClassUpload) - w.atSave
	if n > 1 && err == nil && !try.checkpoint.Killed() {
		return nil // saves that came together became one, so that there are fewer this time
	}
	if !errors.Is(err, coretest.ErrKilled) {
		return wrongf("a failed Save is not what Prepare returns: %w", orNone(err))
	}
	try.checkpoint.Revive()
	if err := s.goOn(v.Draft, try.checkpoint); err != nil {
		return err
	}
	if n := s.count(ClassUpload); n > maxUploads {
		return wrongf("%d uploads, want at most %d: something that was saved is uploaded again", n, maxUploads)
	}
	return nil
}

// witness keeps a checkpoint, and how many uploads there were when what is stored in it
// was saved. An adapter saves one state at a time.
type witness struct {
	*coretest.Checkpoint

	uploads func() int
	atSave  int
}

// Save implements core.Checkpoint.
func (w *witness) Save(ctx context.Context, v any) error {
	uploads, before := w.uploads(), w.Data()
	err := w.Checkpoint.Save(ctx, v)
	if !bytes.Equal(before, w.Data()) {
		w.atSave = uploads
	}
	return err
}

// orNone makes a nil error printable.
func orNone(err error) error {
	if err == nil {
		return errors.New("no error")
	}
	return err
}

// goOn prepares and publishes from a checkpoint, as another process would, and
// holds the post against the draft.
func (s *scene) goOn(d core.Draft, c *coretest.Checkpoint) error {
	try, err := s.resume(s.Provider, s.Author, d, c)
	if err != nil {
		return err
	}
	if err := s.prepare(s.t.Context(), try); err != nil {
		return wrongf("Prepare does not go on from the checkpoint: %w", err)
	}
	if _, err := try.Commit(s.t.Context(), try.session); err != nil {
		return wrongf("Commit fails after a resumed Prepare: %w", s.hear(err))
	}
	return s.shows(d, 1)
}

// checkCutUploads: a connection that is cut at an upload costs that upload alone, and
// one that is cut at another call costs none.
func checkCutUploads(t testing.TB, h Harness, v Variant) error {
	t.Helper()
	base, err := v.baseline(t, h)
	if err != nil {
		return err
	}
	var ps problems
	for class, n := range map[Class]int{ClassUpload: base.uploads, ClassAnnounce: base.announces, ClassOther: base.others} {
		for _, at := range places(n) {
			for _, mode := range []Mode{CutBefore, CutAfter} {
				fault := Fault{Skip: at - 1, Mode: mode}
				if err := h.with(t, func(s *scene) error { return s.cutUpload(v, class, fault, base.uploads) }); err != nil {
					ps.add("%s at %s %d of %d: %w", mode, class, at, n, err)
				}
			}
		}
	}
	return ps.err()
}

// cutUpload prepares on a network with a fault, then on a healthy one.
func (s *scene) cutUpload(v Variant, class Class, f Fault, uploads int) error {
	try, err := s.plan(s.Author, v.Draft)
	if err != nil {
		return err
	}
	s.Network.Fail(class, f)
	err = s.prepare(s.t.Context(), try)
	if err == nil || core.KindOf(err) != core.KindTemporary {
		return wrongf("Prepare returns %w, want an error of kind temporary", orNone(err))
	}
	s.Network.Heal()
	if err := s.goOn(v.Draft, try.checkpoint); err != nil {
		return err
	}
	// Whether what was sent when the answer got lost has arrived, the adapter
	// cannot know: only the uploads that never took effect can be counted on.
	n := s.applied(ClassUpload)
	if class != ClassUpload && n != uploads || f.Mode == CutBefore && n > uploads+v.parallel()-1 {
		return wrongf("%d files or parts were stored, want %d: something is uploaded again", n, uploads)
	}
	return nil
}

// checkFailedLooks: a failure to learn how far the network is costs no upload. An
// adapter may do without the answer, but not take a failure for another one.
func checkFailedLooks(t testing.TB, h Harness, v Variant) error {
	t.Helper()
	base, err := v.baseline(t, h)
	if err != nil {
		return err
	}
	if base.reads == 0 {
		t.Log("not checked: failed looks at what is in processing, since Prepare takes none")
		return nil
	}
	var ps problems
	for _, way := range append(refusals(), cuts()...) {
		if way.kind == core.KindForbidden {
			continue // tokens that may write and not read are common; what follows is the adapter's rule
		}
		if err := h.with(t, func(s *scene) error { return s.failedLook(v, way, base.uploads) }); err != nil {
			ps.add("%s at a look: %w", way.name, err)
		}
	}
	return ps.err()
}

// failedLook prepares while nothing can be read, then on a healthy network.
func (s *scene) failedLook(v Variant, way failing, uploads int) error {
	try, err := s.plan(s.Author, v.Draft)
	if err != nil {
		return err
	}
	s.Network.Fail(ClassRead, way.fault)
	if failure := s.prepare(s.t.Context(), try); failure != nil {
		if err := s.follows(way, failure); err != nil {
			return err
		}
		s.clock.Advance(core.AsError(failure).RetryAfter)
	}
	s.Network.Heal()
	if err := s.goOn(v.Draft, try.checkpoint); err != nil {
		return err
	}
	if n := s.count(ClassUpload); n != uploads {
		return wrongf("%d uploads, want %d: a failed look starts them again", n, uploads)
	}
	return nil
}

// checkPrepareContext: Prepare ends when its context does.
func checkPrepareContext(t testing.TB, h Harness, v Variant) error {
	t.Helper()
	ended := h.with(t, func(s *scene) error {
		try, err := s.plan(s.Author, v.Draft)
		if err != nil {
			return err
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		return s.leaves(ctx, try, 0)
	})
	stalled := h.with(t, func(s *scene) error {
		try, err := s.plan(s.Author, v.Draft)
		if err != nil {
			return err
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		s.Network.Fail(ClassUpload, Fault{Mode: Stall, Met: cancel})
		return s.leaves(ctx, try, v.parallel())
	})
	return errors.Join(ended, stalled)
}

// leaves prepares under a context that ends.
func (s *scene) leaves(ctx context.Context, try *attempt, maxUploads int) error {
	err := soon("Prepare", func() error {
		_, err := try.Prepare(ctx, try.session)
		return s.hear(err)
	})
	if !errors.Is(err, context.Canceled) && core.KindOf(err) != core.KindTemporary {
		return wrongf("Prepare under a context that ended returns %w, want its error or one of kind temporary", orNone(err))
	}
	if n := s.count(ClassUpload); n > maxUploads {
		return wrongf("%d uploads although the context ended, want at most %d", n, maxUploads)
	}
	return nil
}
