package publish_test

import (
	"context"
	"testing"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
)

// unhurried is a publication whose time ends in the middle of what is asked beforehand.
type unhurried struct{ core.Publication }

func (unhurried) Preflight(context.Context, *core.Session) error { return context.DeadlineExceeded }

// That is the network's trouble, which passes, and no defect of this server.
func TestCheckOfANetworkThatTakesTooLong(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.use(func(pub core.Publication) core.Publication { return unhurried{pub} })
	report, err := w.publisher.Check(t.Context(), w.profile.ID, coretest.PostRequest("Look"))
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Problems) != 1 {
		t.Fatalf("problems %v", report.Problems)
	}
	e := report.Problems[0]
	if e.Kind != core.KindTemporary || e.Message != "the network took too long" || e.Platform != w.account.Platform {
		t.Errorf("%+v", e)
	}
}
