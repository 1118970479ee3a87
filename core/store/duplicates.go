package store

import (
	"context"
	"errors"
	"time"

	"github.com/crier-social/crier/core"
)

// ErrDuplicate means that a delivery has the content of another one that is due at about
// the same time.
var ErrDuplicate = errors.New("store: the same content is due at about this time")

// DuplicateQuery asks for another delivery of the same content.
type DuplicateQuery struct {
	Content string // core.Delivery.Content; nothing is found for ""
	// Due and Window tell when: what is due less than Window before or after Due.
	Due    time.Time
	Window time.Duration
	// Except is the id of a post whose deliveries do not count; empty: all count.
	Except string
}

// Duplicates finds deliveries by their content.
type Duplicates interface {
	// FindDuplicate returns a delivery that is alive (core.Delivery.Alive) and that the
	// query describes, the one that is due first; ErrNotFound when there is none.
	FindDuplicate(ctx context.Context, q DuplicateQuery) (core.Delivery, error)
}
