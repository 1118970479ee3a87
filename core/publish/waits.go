package publish

import (
	"context"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

// untilDue is what a delivery waits for that only waits for its time.
const untilDue = "everything is ready for its time"

// overdueAtOnce is from when on whoever looks at a post is told what keeps it.
const overdueAtOnce = time.Second

// Wait is what a delivery waits for that has not been sent.
type Wait struct {
	For   string // for people
	Since time.Time
	Until time.Time // when a delivery that failed is tried again; zero otherwise
}

// waits finds out what deliveries wait for, at the moment at which somebody looks. Each
// fact is looked up once.
type waits struct {
	*Publisher
	now     time.Time
	holders map[string]string // by lane: the delivery that is being sent
}

func (p *Publisher) newWaits() *waits {
	return &waits{Publisher: p, now: p.clock.Now(), holders: map[string]string{}}
}

// of returns what the delivery waits for, as far as it is known; the zero value when it is
// not, or when it waits for nothing. What an attempt has noted holds until the delivery is
// due: what keeps it from then on cannot always be noted, since the store may be what does.
func (w *waits) of(ctx context.Context, d core.Delivery) (Wait, error) {
	if !d.Unsent() || d.Held {
		return Wait{}, nil
	}
	var noted Wait
	if d.State == core.DeliveryPreparing {
		noted = Wait{d.WaitsFor, d.WaitsSince, d.PutOffUntil}
	}
	late := w.now.Sub(d.DueAt)
	if late < 0 || late < overdueAtOnce && noted.For != untilDue {
		return noted, nil
	}
	if err := w.store.Trouble(); err != nil {
		return Wait{"the server's database, which cannot be written: " + troubleReason(err), d.DueAt, time.Time{}}, nil
	}
	if noted.For != "" && noted.For != untilDue {
		return noted, nil
	}
	if w.activity.begun(d.ID) {
		return Wait{}, nil
	}
	reason, err := w.turn(ctx, d)
	if err != nil || reason == "" {
		return Wait{}, err
	}
	return Wait{reason, d.DueAt, time.Time{}}, nil
}

func troubleReason(err error) string {
	if trouble, known := store.TroubleOf(err); known {
		return trouble.Reason
	}
	return "the server's log says why"
}

// turn tells what keeps a delivery that nothing but its turn is known to keep: empty when
// it is being sent.
func (w *waits) turn(ctx context.Context, d core.Delivery) (string, error) {
	lane := laneOf(d)
	holder, known := w.holders[lane]
	if !known {
		var err error
		if holder, err = w.store.LaneHolder(ctx, JobKind, lane); err != nil {
			return "", err
		}
		w.holders[lane] = holder
	}
	switch holder {
	case "":
		return "a worker of the server that is free", nil
	case d.ID:
		return "", nil
	}
	return "its turn: another post of the same account is being sent", nil
}
