package transfer

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/crier-social/crier/core/store"
)

// Refusal means that a move, or working with a store, would not be safe.
type Refusal struct {
	Reason string // a sentence without its full stop
	WayOut string // what the operator can do, as a sentence without its full stop
}

func (r *Refusal) Error() string { return r.Reason + "\n" + r.WayOut }

func refuse(wayOut, format string, args ...any) error {
	return &Refusal{Reason: fmt.Sprintf(format, args...), WayOut: wayOut}
}

// Enter marks a store as one that is worked with from now on, or refuses to as CheckEntry
// does. The caller has told others by a lease that it is about to, and holds it; what is due in
// a store that was left is held already, since the next start need not be told of it.
func Enter(ctx context.Context, s store.Transfer, lost store.Move, now time.Time) error {
	present, err := s.GetMove(ctx)
	if err != nil || present.State == store.Unmoved {
		return err
	}
	_, err = s.UpdateMove(ctx, func(m *store.Move) error {
		if m.State == store.Unmoved { // somebody else was first
			return nil
		}
		if err := CheckEntry(*m, lost); err != nil {
			return err
		}
		m.State, m.At = store.Unmoved, now
		return nil
	})
	return err
}

// CheckEntry refuses a store that must not be entered. lost is the move of which the operator
// says that nobody works with its other store, nor will; the zero Move: none.
func CheckEntry(m, lost store.Move) error {
	left := m.State == store.Leaving || m.State == store.Left
	if left && m.State == lost.State && m.PeerID == lost.PeerID && m.At.Equal(lost.At) {
		return nil
	}
	return CheckUnmoved(m)
}

// CheckUnmoved refuses a store that is marked.
func CheckUnmoved(m store.Move) error {
	since := m.At.UTC().Format(time.RFC3339)
	const lost = "only when that database is lost for good, and nothing works with it nor ever will, start with --restored once: " +
		"posts that are due are held then, and those due later go out from here"
	switch m.State {
	case store.Leaving:
		return refuse("Run `crier migrate` again to finish that, or with --cancel to stay here; "+lost,
			"its data is being moved to %s since %s", m.Peer, since)
	case store.Left:
		return refuse("Name that one in CRIER_STORE. To come back, run `crier migrate` with --cancel if nothing has worked with it, or from there to here; "+lost,
			"its data was moved to %s at %s, and both would publish the same posts", m.Peer, since)
	case store.Arriving:
		return refuse("Run `crier migrate` again to finish that, or name another database",
			"it does not have all data of %s, which was being moved here at %s", m.Peer, since)
	case store.Unmoved, store.Arrived:
	}
	return nil
}

// begin marks both stores, the target first.
func (m *mover) begin(ctx context.Context) error {
	source, err := m.identify(ctx, m.From)
	if err != nil {
		return err
	}
	target, err := m.identify(ctx, m.To)
	if err != nil {
		return err
	}
	if source.StoreID == target.StoreID {
		return refuse("Name two different databases, the target being an empty one",
			"%s and %s are the same database, or one is a copy of the other", m.From.Name, m.To.Name)
	}
	if err := m.checkSource(source, target); err != nil { // before anything is marked
		return err
	}
	err = m.mark(ctx, m.To, source.StoreID, m.From.Name, store.Arriving, func(present store.Move) error {
		return m.checkTarget(ctx, present, source)
	})
	if err != nil {
		return err
	}
	err = m.mark(ctx, m.From, target.StoreID, m.To.Name, store.Leaving, func(present store.Move) error {
		return m.checkSource(present, target)
	})
	if err != nil {
		return err
	}
	err = m.quiet(ctx) // who began before the marks could be seen
	if _, refused := errors.AsType[*Refusal](err); refused {
		return errors.Join(err, m.withdraw(ctx, source, target))
	}
	return err
}

// identify returns what a store knows of its moves, and gives it an identity if it has none.
func (m *mover) identify(ctx context.Context, s Side) (store.Move, error) {
	present, err := s.Store.GetMove(ctx)
	if err != nil || present.StoreID != "" {
		return present, err
	}
	return s.Store.UpdateMove(ctx, func(present *store.Move) error {
		if present.StoreID == "" {
			present.StoreID = newID()
		}
		return nil
	})
}

// mark brings a store into a state if check agrees to the one that it is in.
func (m *mover) mark(ctx context.Context, s Side, peerID, peer string, state store.MoveState, check func(store.Move) error) error {
	_, err := s.Store.UpdateMove(ctx, func(present *store.Move) error {
		if err := check(*present); err != nil {
			return err
		}
		if present.State != state {
			present.At = m.Clock.Now()
		}
		present.State, present.PeerID, present.Peer = state, peerID, peer
		return nil
	})
	return err
}

// withdraw gives both stores the marks that they had. The source comes first, since the target
// is not worked with.
func (m *mover) withdraw(ctx context.Context, source, target store.Move) error {
	for _, back := range []struct {
		store store.Store
		move  store.Move
	}{{m.From.Store, source}, {m.To.Store, target}} {
		if _, err := back.store.UpdateMove(ctx, func(present *store.Move) error { *present = back.move; return nil }); err != nil {
			return err
		}
	}
	return nil
}

// CheckSource refuses a source that no server has worked with, such as one whose name is
// misspelt.
func CheckSource(ctx context.Context, from Side) error {
	migrated, err := from.Store.Migrated(ctx)
	if err == nil && migrated {
		if _, err = from.Store.PrimaryProfile(ctx); !errors.Is(err, store.ErrNotFound) {
			return err
		}
	} else if err != nil {
		return err
	}
	return refuse("Name the database that the servers have worked with", "%s has no data of a server", from.Name)
}

// CheckFresh refuses to move a source to a target that is not there yet, as Run would, so that
// the target need not be made for that.
func CheckFresh(ctx context.Context, o Options) error {
	m := newMover(o)
	source, err := m.From.Store.GetMove(ctx)
	if err == nil {
		err = m.checkSource(source, store.Move{})
	}
	if err != nil {
		return err
	}
	return m.quietSide(ctx, m.From)
}

// checkSource refuses a source that another move has to do with.
func (m *mover) checkSource(source, target store.Move) error {
	switch source.State {
	case store.Unmoved, store.Arrived:
		return nil
	case store.Arriving:
		return refuse("Finish that move first, or move from that database",
			"%s does not have all data of %s", m.From.Name, source.Peer)
	case store.Leaving, store.Left:
		if source.PeerID == target.StoreID && (target.State == store.Arriving || target.State == store.Arrived) {
			return nil
		}
	}
	return refuse("Finish that move, or end it by `crier migrate --cancel` with the same --from and --to",
		"%s was moved, or is being moved, to %s", m.From.Name, source.Peer)
}

// checkTarget refuses a target with data that a move could destroy.
func (m *mover) checkTarget(ctx context.Context, target, source store.Move) error {
	if target.State != store.Unmoved && target.State != store.Leaving && target.PeerID == source.StoreID {
		return nil // it has nothing but what an earlier run wrote, or what the source got from it
	}
	const wayOut = "Name an empty database as the target"
	if target.State != store.Unmoved && target.State != store.Arrived {
		return refuse(wayOut, "%s has to do with a move from or to %s", m.To.Name, target.Peer)
	}
	held, started, err := m.contents(ctx)
	switch {
	case err != nil || len(held) == 0:
		return err
	case target.State == store.Arrived:
		return refuse(wayOut, "%s has to do with a move from or to %s", m.To.Name, target.Peer)
	case target.PeerID == source.StoreID:
		return refuse(wayOut, "%s has been worked with since it got the data of %s, and would lose what is new", m.To.Name, m.From.Name)
	case started:
		return refuse("If that is so, empty it and run this again: with MongoDB, db.dropDatabase() in mongosh; with SQLite, remove the file and those with -wal and -shm beside it. Else name an empty database as the target",
			"%s is not empty: it has a profile and nothing else, as when a server was started with it once", m.To.Name)
	}
	return refuse(wayOut, "%s is not empty: it has %s", m.To.Name, strings.Join(held, ", "))
}

// contents returns what kinds of records the target has, and whether that is only what the
// first start of a server makes.
func (m *mover) contents(ctx context.Context) (held []string, started bool, err error) {
	started = true
	for _, kind := range store.RecordKinds() {
		some, err := m.To.Store.ReadRecords(ctx, kind, "", 2)
		if err != nil {
			return nil, false, err
		}
		if len(some) > 0 {
			held = append(held, string(kind))
			started = started && kind == store.ProfileRecords && len(some) == 1
		}
	}
	return held, started, nil
}

// finish hands the data over, the source first.
func (m *mover) finish(ctx context.Context) error {
	for _, s := range []struct {
		side          Side
		before, after store.MoveState
	}{{m.From, store.Leaving, store.Left}, {m.To, store.Arriving, store.Arrived}} {
		if err := m.still(ctx); err != nil {
			return err
		}
		if _, err := s.side.Store.UpdateMove(ctx, func(present *store.Move) error {
			if present.State != s.before {
				return errLeaseLost
			}
			present.State, present.At = s.after, m.Clock.Now()
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}

// cancel takes the target out of use for good, then the mark from the source.
func (m *mover) cancel(ctx context.Context) error {
	source, err := m.From.Store.GetMove(ctx)
	if err != nil {
		return err
	}
	target, err := m.To.Store.GetMove(ctx)
	if err != nil {
		return err
	}
	if source.State != store.Leaving && source.State != store.Left || source.PeerID != target.StoreID {
		return refuse("Name the databases of the move as --from and --to", "%s is not being moved to %s", m.From.Name, m.To.Name)
	}
	_, err = m.To.Store.UpdateMove(ctx, func(present *store.Move) error {
		if present.PeerID != source.StoreID || present.State != store.Arriving && present.State != store.Arrived {
			return refuse("Stop what works with it, and move from there to here",
				"%s has been worked with since it got the data of %s", m.To.Name, m.From.Name)
		}
		present.State = store.Arriving
		return nil
	})
	if err != nil {
		return err
	}
	_, err = m.From.Store.UpdateMove(ctx, func(present *store.Move) error {
		present.State, present.At = store.Unmoved, m.Clock.Now()
		return nil
	})
	return err
}
