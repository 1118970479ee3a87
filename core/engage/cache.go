package engage

import (
	"container/list"
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/crier-social/crier/core"
)

// subject is what an answer is about. Forgetting a subject forgets every answer about it.
type subject struct {
	kind      string
	accountID string
	of        string // the network's id of a post; empty: the account itself
}

// cacheKey is one question.
type cacheKey struct {
	subject
	query string
}

// cacheEntry is an answer with its age.
type cacheEntry struct {
	key   cacheKey
	value any
	fresh Freshness
}

// cache keeps answers of networks for a while, the most recently used ones if there are
// too many, and asks one question once at a time.
type cache struct {
	clock   core.Clock
	limit   int
	flights singleflight.Group

	mu      sync.Mutex
	entries map[cacheKey]*list.Element
	recent  *list.List // of *cacheEntry, the most recently used first
	epoch   map[subject]int64
}

func newCache(clock core.Clock, limit int) *cache {
	return &cache{clock: clock, limit: limit, entries: map[cacheKey]*list.Element{}, recent: list.New(), epoch: map[subject]int64{}}
}

// get returns the answer that is kept, if it is fresh.
func (c *cache) get(key cacheKey) (any, Freshness, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	element, there := c.entries[key]
	if !there {
		return nil, Freshness{}, false
	}
	entry := element.Value.(*cacheEntry) //nolint:forcetypeassert // the list holds nothing else
	if !c.clock.Now().Before(entry.fresh.Next) {
		c.remove(element)
		return nil, Freshness{}, false
	}
	c.recent.MoveToFront(element)
	return entry.value, entry.fresh, true
}

// begin returns the state of a subject, for put.
func (c *cache) begin(s subject) (epoch int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.epoch[s]
}

// put keeps an answer to a question that was asked when the subject had the epoch. What
// has changed since is not kept: the answer may be older than the change.
func (c *cache) put(key cacheKey, value any, ttl time.Duration, epoch int64) Freshness {
	now := c.clock.Now()
	fresh := Freshness{Updated: now, Next: now.Add(ttl)}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.epoch[key.subject] != epoch || ttl <= 0 {
		fresh.Next = now
		return fresh
	}
	if element, there := c.entries[key]; there {
		c.remove(element)
	}
	c.entries[key] = c.recent.PushFront(&cacheEntry{key, value, fresh})
	for c.recent.Len() > c.limit {
		c.remove(c.recent.Back())
	}
	return fresh
}

// remove drops an entry, with c.mu held.
func (c *cache) remove(element *list.Element) {
	c.recent.Remove(element)
	delete(c.entries, element.Value.(*cacheEntry).key) //nolint:forcetypeassert // the list holds nothing else
}

// maxEpochs bounds the memory of changes. Forgetting all of them can only keep an answer
// that was under way at that moment, for its time to live.
const maxEpochs = 4096

// forget drops every answer about a subject, those that are under way included.
func (c *cache) forget(s subject) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.epoch) >= maxEpochs {
		clear(c.epoch)
	}
	c.epoch[s]++
	for key, element := range c.entries {
		if key.subject == s {
			c.remove(element)
		}
	}
}

// kept is an answer with its age, on its way out of a flight.
type kept[T any] struct {
	value T
	fresh Freshness
}

// recall returns the answer to a question: the one that is kept, or what ask answers.
// Equal questions that come meanwhile wait for the same answer. ask is not ended when a
// client hangs up, only by its own time limit; errors are not kept.
func recall[T any](ctx context.Context, c *cache, key cacheKey, ttl time.Duration, ask func(context.Context) (T, error)) (T, Freshness, error) {
	if value, fresh, found := c.get(key); found {
		return value.(T), fresh, nil //nolint:forcetypeassert // one kind of question has one type of answer
	}
	epoch := c.begin(key.subject)
	name := fmt.Sprintf("%q %d", []string{key.kind, key.accountID, key.of, key.query}, epoch)
	detached := context.WithoutCancel(ctx)
	answer := c.flights.DoChan(name, func() (any, error) {
		if value, fresh, found := c.get(key); found { // another flight has ended just now
			return kept[T]{value.(T), fresh}, nil //nolint:forcetypeassert // one kind of question has one type of answer
		}
		value, err := ask(detached)
		if err != nil {
			return nil, err
		}
		return kept[T]{value, c.put(key, value, ttl, epoch)}, nil
	})
	select {
	case <-ctx.Done():
		return *new(T), Freshness{}, context.Cause(ctx)
	case result := <-answer:
		if result.Err != nil {
			return *new(T), Freshness{}, result.Err
		}
		k := result.Val.(kept[T]) //nolint:forcetypeassert // one kind of question has one type of answer
		return k.value, k.fresh, nil
	}
}
