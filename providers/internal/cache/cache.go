// Package cache keeps what a network was asked for some time, in memory.
package cache

import (
	"container/list"
	"sync"
	"time"

	"github.com/crier-social/crier/core"
)

// Cache keeps values by key, each until its time is over or room is wanted for
// another: then that goes which was not asked for the longest. It is safe for
// concurrent use.
type Cache[V any] struct {
	clock core.Clock
	limit int

	mu      sync.Mutex
	entries map[string]*list.Element
	recent  *list.List // of *entry[V], the one asked for last at the front
}

type entry[V any] struct {
	key   string
	value V
	until time.Time
}

// New returns a cache of at most limit values.
func New[V any](limit int, clock core.Clock) *Cache[V] {
	return &Cache[V]{clock: clock, limit: max(limit, 1), entries: map[string]*list.Element{}, recent: list.New()}
}

// Get returns the value of a key, and whether there is one.
func (c *Cache[V]) Get(key string) (V, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if found, ok := c.entries[key]; ok {
		e := found.Value.(*entry[V])
		if c.clock.Now().Before(e.until) {
			c.recent.MoveToFront(found)
			return e.value, true
		}
		c.remove(found)
	}
	var none V
	return none, false
}

// Put keeps a value for some time, in the place of one that has the key already.
func (c *Cache[V]) Put(key string, value V, keep time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if old, ok := c.entries[key]; ok {
		c.remove(old)
	}
	for len(c.entries) >= c.limit {
		c.remove(c.recent.Back())
	}
	c.entries[key] = c.recent.PushFront(&entry[V]{key: key, value: value, until: c.clock.Now().Add(keep)})
}

// Delete forgets the value of a key.
func (c *Cache[V]) Delete(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if found, ok := c.entries[key]; ok {
		c.remove(found)
	}
}

func (c *Cache[V]) remove(e *list.Element) {
	delete(c.entries, c.recent.Remove(e).(*entry[V]).key)
}
