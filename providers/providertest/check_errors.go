package providertest

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
)

// announced is how long the network tells to wait when it limits calls.
const announced = 30 * time.Second

// failing is a way in which calls fail, and what has to follow from it.
type failing struct {
	name  string
	fault Fault
	kind  core.Kind // empty: any
}

// refusals are the answers that mean the same for every call.
func refusals() []failing {
	status := func(n int) Fault { return Fault{Mode: Refuse, Status: n} }
	return []failing{
		{"401", status(401), core.KindAuth},
		{"403", status(403), core.KindForbidden},
		{"429", Fault{Mode: Refuse, Status: 429, RetryAfter: announced}, core.KindRateLimited},
		{"500", status(500), core.KindTemporary},
		{"502", status(502), core.KindTemporary},
		{"503", status(503), core.KindTemporary},
	}
}

// cuts are the connections that end early. The adapter cannot tell them apart.
func cuts() []failing {
	return []failing{
		{"connection cut before the request is applied", Fault{Mode: CutBefore}, core.KindTemporary},
		{"connection cut after the request is applied", Fault{Mode: CutAfter}, core.KindTemporary},
	}
}

// misleading is the answer that looks like success and is not the network's: whether the
// call was applied is not known.
func misleading() []failing {
	return []failing{{"a web page with status 200", Fault{Mode: Mislead}, core.KindTemporary}}
}

// elsewhere is the answer that looks as if the network had nothing there, and is not the
// network's.
func elsewhere() Fault { return Fault{Mode: Mislead, Status: http.StatusNotFound} }

// every runs a step on a network of its own for every way of failing, while the
// calls of a class fail, and holds what it returns against the contract. The one
// irreversible call is never repeated.
// prepare leads to the step on a healthy network.
func (h Harness) every(t testing.TB, ways []failing, class Class, prepare func(*scene) (func() error, error)) error {
	t.Helper()
	var ps problems
	for _, way := range ways {
		err := h.with(t, func(s *scene) error {
			step, err := prepare(s)
			if err != nil || step == nil {
				return err
			}
			before := s.count(class)
			s.Network.Fail(class, way.fault)
			err = s.hear(step())
			switch made := s.count(class) - before; {
			case made == 0:
				return wrongf("no call of class %s was made: if one was, the harness classifies it otherwise", class)
			case made > 1 && (class == ClassCommit || class == ClassGrant):
				return wrongf("the irreversible call was made %d times", made)
			}
			return s.follows(way, err)
		})
		if err != nil {
			ps.add("%s at %s: %w", way.name, class, err)
		}
	}
	return ps.err()
}

// follows holds an error against what has to follow from the way of failing.
func (s *scene) follows(way failing, err error) error {
	if err == nil {
		return wrongf("no error, want one of kind %q", cmp.Or(way.kind, "any"))
	}
	e, ok := errors.AsType[*core.Error](err)
	if !ok {
		return wrongf("%T is no *core.Error: %w", err, err)
	}
	var ps problems
	ps.when(way.kind != "" && e.Kind != way.kind, "kind %q, want %q", e.Kind, way.kind)
	ps.when(e.Unsent, "Unsent is set although the request arrived")
	ps.when(e.Platform != s.info.Name, "platform %q, want %q", e.Platform, s.info.Name)
	ps.when(e.Op == "", "Op is empty")
	ps.when(e.Message == "", "there is no message")
	if way.fault.Mode == Refuse {
		ps.when(e.Status != way.fault.Status, "status %d, want %d", e.Status, way.fault.Status)
		ps.when(e.RequestID == "" && !s.h.NoRequestID, "the network's request id is missing: set Error.RequestID where answers are mapped and let the harness's refusals send one, or set Harness.NoRequestID")
		ps.when(e.RetryAfter < way.fault.RetryAfter, "RetryAfter is %s, the network told %s", e.RetryAfter, way.fault.RetryAfter)
	}
	if err := ps.err(); err != nil {
		return wrongf("%w\nin the error: %w", err, e)
	}
	return nil
}

func checkPreflightErrors(t testing.TB, h Harness) error {
	t.Helper()
	asks := false
	err := h.with(t, func(s *scene) error {
		step, err := s.preflight()
		if err != nil || step == nil {
			return err
		}
		err = step()
		asks = s.count(ClassRead) > 0
		return s.hear(err)
	})
	if err != nil {
		return err
	}
	if !asks {
		t.Log("not checked: errors of Preflight, since it does not ask the network about the draft with media")
		return nil
	}
	return h.every(t, refusals(), ClassRead, (*scene).preflight)
}

// preflight returns the early look at the draft with media, nil if there is none.
func (s *scene) preflight() (func() error, error) {
	try, err := s.plan(s.Author, s.h.Media)
	if err != nil {
		return nil, err
	}
	p, ok := try.Publication.(core.Preflighter)
	if !ok {
		return nil, s.skipped(Preflighter)
	}
	return func() error { return p.Preflight(s.t.Context(), try.session) }, nil
}

// checkPrepareErrors: of the drafts but the one with pictures, only the calls that
// announce uploads are looked at, since their uploads may be allowed by something else
// than the token.
func checkPrepareErrors(t testing.TB, h Harness) error {
	t.Helper()
	pictures := h.variants()[0]
	ways := slices.Concat(refusals(), cuts(), misleading())
	upload := h.every(t, ways, ClassUpload, pictures.preparing)
	base, err := pictures.baseline(t, h)
	if err != nil {
		return err
	}
	if base.announces == 0 {
		t.Log("not checked: errors of calls that announce an upload, since there are none")
		return upload
	}
	var ps problems
	for _, v := range h.variants() {
		if err := h.every(t, ways, ClassAnnounce, v.preparing); err != nil {
			ps.add("%s: %w", v.Name, err)
		}
	}
	return errors.Join(upload, ps.err())
}

// preparing returns the step that prepares the draft.
func (v Variant) preparing(s *scene) (func() error, error) {
	try, err := s.plan(s.Author, v.Draft)
	return func() error { return s.prepare(s.t.Context(), try) }, err
}

func checkCommitErrors(t testing.TB, h Harness) error {
	t.Helper()
	return h.every(t, append(refusals(), cuts()...), ClassCommit, (*scene).committing)
}

// checkCommitProof: only the network's own answer proves that the post is there.
func checkCommitProof(t testing.TB, h Harness) error {
	t.Helper()
	return h.every(t, misleading(), ClassCommit, (*scene).committing)
}

// committing returns the step that publishes.
func (s *scene) committing() (func() error, error) {
	try, err := s.ready(s.Author, s.h.Text)
	return func() error {
		_, err := try.Commit(s.t.Context(), try.session)
		return err
	}, err
}

func checkDeleteErrors(t testing.TB, h Harness) error {
	t.Helper()
	ways := append(misleading(), failing{"a web page with status 404", elsewhere(), ""})
	return h.every(t, slices.Concat(refusals(), cuts(), ways), ClassDelete, func(s *scene) (func() error, error) {
		deleter, ok := s.Provider.(core.Deleter)
		if !ok {
			return nil, s.skipped(Deleter)
		}
		try, err := s.ready(s.Author, s.h.Text)
		if err != nil {
			return nil, err
		}
		receipt, err := try.Commit(s.t.Context(), try.session)
		return func() error { return deleter.Delete(s.t.Context(), try.session, receipt.RemoteID) }, s.hear(err)
	})
}

func checkIdentifyErrors(t testing.TB, h Harness) error {
	t.Helper()
	return h.every(t, append(refusals(), cuts()...), ClassRead, func(s *scene) (func() error, error) {
		identifier, ok := s.Provider.(core.Identifier)
		if !ok {
			return nil, s.skipped(Identifier)
		}
		return func() error {
			_, err := identifier.Identify(s.t.Context(), s.Author.credentials(), "")
			return err
		}, nil
	})
}
