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
}
