package store

import (
	"context"
	"time"
)

// MostNotStarted bounds what Watch.NotStarted and Watch.Overdue count, since whoever is behind has no time
// to count by how much.
const MostNotStarted = 1000

// Watch is what a server looks at to notice that time goes wrong: that the clock was set
// back, that nobody takes up what is due, or that whoever did is gone.
type Watch interface {
	// LatestTime returns the latest time that the store knows of: the one that was noted
	// last, or that of the last write, to the second; zero in a new store. A store that
	// machines share compares their clocks by it and fails with ErrClock in a process whose
	// clock is wrong, as everything does that would be wrong with it.
	LatestTime(ctx context.Context) (time.Time, error)
	// NoteTime makes at the latest time, even if it is earlier than what the store knew:
	// the clock was set back then, and whoever notes it has drawn the consequences.
	NoteTime(ctx context.Context, at time.Time) error
	// CutLeases lets no lease end after the time until, and no job that is held run later
	// than now when its lease has ended. It returns how many jobs that changed.
	CutLeases(ctx context.Context, now, until time.Time) (int, error)
	// CutWaits lets the jobs of the kind run now that nobody holds, that were put off to a
	// time until the given one, and that belong to deliveries which are not idle and are
	// due now. A job's key is its delivery's id. It returns how many there were.
	CutWaits(ctx context.Context, jobKind string, now, until time.Time) (int, error)
	// ReleaseDead ends the leases of processes that are known to have ended, so that their
	// jobs need not wait for it, and returns how many there were. A store that cannot know
	// returns 0.
	ReleaseDead(ctx context.Context) (int, error)
	// OpenDeliveries returns the ids of the deliveries that are not idle and were due by
	// the time, the oldest first.
	OpenDeliveries(ctx context.Context, dueBy time.Time) ([]string, error)
	// NotStarted counts the deliveries that are not idle, were due before the time, and
	// have a job that should have run before it and is held by nobody: MostNotStarted of
	// them at the most, whose jobs should have run first. Of a lane only the first job
	// counts, and only while none of the lane is held: those behind it have to wait. oldest
	// is since when the first of them has been waiting so; zero when there is none.
	NotStarted(ctx context.Context, jobKind string, before time.Time) (n int, oldest time.Time, err error)
	// Overdue counts the deliveries that are not idle and were due before the time, whatever
	// keeps them: MostNotStarted of them at the most, the oldest first. oldest is when the
	// first of them was due; zero when there is none.
	Overdue(ctx context.Context, before time.Time) (n int, oldest time.Time, err error)
	// LaneHolder returns the key of the job of a lane that is held; empty when none is.
	LaneHolder(ctx context.Context, jobKind, lane string) (key string, err error)
	// Trouble tells why the data cannot be written at present, as far as the writes of this
	// process have shown: one of the errors of this package that TroubleOf describes, or
	// another; nil while writing works. It does not wait for the store.
	Trouble() error
}
