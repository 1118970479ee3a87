package publish

import (
	"slices"
	"sync"

	"github.com/crier-social/crier/core"
)

// warnings is what an adapter has told the author, each thing once. Adapters may
// warn from several goroutines.
type warnings struct {
	mu      sync.Mutex
	earlier []core.Warning // told when the post was accepted, or by earlier attempts
	list    []core.Warning // told since
}

// add keeps a warning. What was told earlier about the same thing is replaced by it.
func (w *warnings) add(v core.Warning) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if slices.Contains(w.list, v) {
		return
	}
	w.earlier = slices.DeleteFunc(slices.Clone(w.earlier), func(old core.Warning) bool {
		return old == v || v.Code != 0 && old.Code == v.Code && old.Field == v.Field
	})
	w.list = append(w.list, v)
}

// examinedAnew drops what an earlier look at the network foresaw: a later one has told what
// of it still holds, or the preparation that follows will.
func (w *warnings) examinedAnew() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.earlier = slices.DeleteFunc(slices.Clone(w.earlier), func(old core.Warning) bool { return !ofThisServer(old) })
}

// ofThisServer tells whether a warning is about the account's authorization or the server's
// database, which nobody tells of a second time.
func ofThisServer(w core.Warning) bool {
	return w.Code == core.CodeAccountRelink || w.Code == core.CodeUncertain
}

// all returns the warnings so far.
func (w *warnings) all() []core.Warning {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Concat(w.earlier, w.list)
}
