package publish

import (
	"slices"
	"sync"

	"github.com/crier-social/crier/core"
)

// warnings is what an adapter has told the author, each thing once. Adapters may
// warn from several goroutines.
type warnings struct {
	mu   sync.Mutex
	list []core.Warning
}

func (w *warnings) add(v core.Warning) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !slices.Contains(w.list, v) {
		w.list = append(w.list, v)
	}
}

// all returns the warnings so far.
func (w *warnings) all() []core.Warning {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.list)
}
