package atonce_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/providers/internal/atonce"
)

func TestPrepare(t *testing.T) {
	t.Parallel()
	refused := &core.Error{Kind: core.KindInvalid, Message: "no"}
	wait := core.Progress{After: 8 * time.Second, Note: "the network is at work"}
	for _, tc := range []struct {
		name    string
		steps   []core.Progress
		err     error // of the step after these
		message string
		kind    core.Kind
		waited  time.Duration
	}{
		{"ready", []core.Progress{{Ready: true}}, nil, "", "", 0},
		{"ready after a while", []core.Progress{wait, wait, {Ready: true}}, nil, "", "", 16 * time.Second},
		{"too late", []core.Progress{wait, wait, wait}, nil, "The comment was not sent: the network is at work.", core.KindTemporary, 16 * time.Second},
		{"refused", []core.Progress{wait}, refused, "no", core.KindInvalid, 8 * time.Second},
		{"out of time", nil, context.DeadlineExceeded, "The time was up before the comment was ready; it was not sent.", core.KindTemporary, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			clock := coretest.NewClock(coretest.Epoch())
			clock.SkipWaits()
			s := coretest.NewSession(t, coretest.Account(), coretest.WithClock(clock))
			err := atonce.Prepare(t.Context(), s, "test.comment", func(context.Context, *core.Session) (core.Progress, error) {
				if len(tc.steps) == 0 {
					return core.Progress{}, tc.err
				}
				step := tc.steps[0]
				tc.steps = tc.steps[1:]
				return step, nil
			})
			if core.KindOf(err) != tc.kind || tc.message != "" && core.AsError(err).Message != tc.message {
				t.Error(err)
			}
			if waited := clock.Now().Sub(coretest.Epoch()); waited != tc.waited {
				t.Errorf("waited %v, want %v", waited, tc.waited)
			}
		})
	}
}

// The end of a call that is waited in is told as that of one in which nothing was sent.
func TestPrepareEnds(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	s := coretest.NewSession(t, coretest.Account(), coretest.WithClock(coretest.NewClock(coretest.Epoch())))
	err := atonce.Prepare(ctx, s, "test.comment", func(context.Context, *core.Session) (core.Progress, error) {
		cancel()
		return core.Progress{After: time.Second}, nil
	})
	if e := core.AsError(err); e.Kind != core.KindTemporary || e.Op != "test.comment" || e.Platform != s.Account.Platform {
		t.Errorf("%+v", e)
	}
}

func TestMemory(t *testing.T) {
	t.Parallel()
	var m atonce.Memory
	got := map[string]int{}
	if found, err := m.Load(&got); found || err != nil {
		t.Errorf("nothing was saved: %v, %v", found, err)
	}
	want := map[string]int{"a": 1}
	if err := m.Save(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	if found, err := m.Load(&got); !found || err != nil {
		t.Errorf("%v, %v", found, err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
