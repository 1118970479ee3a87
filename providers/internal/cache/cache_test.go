package cache_test

import (
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/providers/internal/cache"
)

func want(t *testing.T, c *cache.Cache[int], key string, value int, present bool) {
	t.Helper()
	if got, ok := c.Get(key); got != value || ok != present {
		t.Errorf("%s: %d, %v; want %d, %v", key, got, ok, value, present)
	}
}

func TestValuesEnd(t *testing.T) {
	t.Parallel()
	clock := coretest.NewClock(coretest.Epoch())
	c := cache.New[int](10, clock)
	want(t, c, "a", 0, false)
	c.Put("a", 1, time.Minute)
	c.Put("b", 2, time.Hour)
	clock.Advance(time.Minute - 1)
	want(t, c, "a", 1, true)
	clock.Advance(1)
	want(t, c, "a", 0, false)
	want(t, c, "b", 2, true)
	c.Put("b", 3, time.Second)
	want(t, c, "b", 3, true)
	clock.Advance(time.Second)
	want(t, c, "b", 0, false)
}

func TestTheLeastAskedForGoes(t *testing.T) {
	t.Parallel()
	c := cache.New[int](2, coretest.NewClock(coretest.Epoch()))
	c.Put("a", 1, time.Hour)
	c.Put("b", 2, time.Hour)
	want(t, c, "a", 1, true)
	c.Put("c", 3, time.Hour)
	want(t, c, "b", 0, false)
	want(t, c, "a", 1, true)
	want(t, c, "c", 3, true)
	c.Put("c", 4, time.Hour) // makes room for itself alone
	want(t, c, "a", 1, true)
}

func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	c := cache.New[int](5, coretest.NewClock(coretest.Epoch()))
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			for i := range 200 {
				key := strconv.Itoa(i % 9)
				c.Put(key, i%9, time.Hour)
				if got, ok := c.Get(key); ok && strconv.Itoa(got) != key {
					t.Errorf("worker %d: %d under %s", worker, got, key)
				}
			}
		})
	}
	wg.Wait()
}

func TestDelete(t *testing.T) {
	t.Parallel()
	c := cache.New[int](2, coretest.NewClock(coretest.Epoch()))
	c.Put("a", 1, time.Hour)
	c.Put("b", 2, time.Hour)
	c.Delete("a")
	c.Delete("a") // nothing is there
	want(t, c, "a", 0, false)
	want(t, c, "b", 2, true)
}
