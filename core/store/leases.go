package store

import (
	"context"
	"time"
)

// Leases let one of several processes do what only one of them should do at a time, such
// as a sweep. They keep work from being done twice for nothing; what must not be done twice
// rests on compare-and-swap.
type Leases interface {
	// TakeLease gives the lease of the name to the holder for so long, or extends it if the
	// holder has it already, and tells whether it is the holder's now. A lease that has ended
	// is nobody's.
	TakeLease(ctx context.Context, name, holder string, d time.Duration) (bool, error)
	// ReleaseLease ends the lease of the name, if the holder has it.
	ReleaseLease(ctx context.Context, name, holder string) error
	// NoteLease leaves a note at the lease of the name, in place of one before, and tells
	// whether the holder has the lease. The note is there for as long as it is the holder's.
	NoteLease(ctx context.Context, name, holder, note string) (bool, error)
	// ListLeases returns the leases whose names begin with the prefix, which is not empty, and
	// that have not ended, by name.
	ListLeases(ctx context.Context, prefix string) ([]Lease, error)
}

// Lease is a lease that somebody has.
type Lease struct {
	Name   string
	Holder string
	Until  time.Time // when it ends unless it is extended
	Note   string    // what the holder says of itself; may be empty
}
