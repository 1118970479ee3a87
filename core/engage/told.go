package engage

import (
	"slices"
	"sync"

	"github.com/crier-social/crier/core"
)

// told is what adapters have told the author, each thing once. Adapters may warn from
// several goroutines, and after their call has ended.
type told struct {
	mu   sync.Mutex
	list []core.Warning
}

// add keeps a warning; on nil it is dropped.
func (t *told) add(w core.Warning) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if !slices.Contains(t.list, w) {
		t.list = append(t.list, w)
	}
}

// all returns the warnings so far.
func (t *told) all() []core.Warning {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.list)
}
