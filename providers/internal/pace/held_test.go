package pace_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/providers/internal/pace"
)

func TestHeldByARefusal(t *testing.T) {
	t.Parallel()
	p, clock := newPacer(nil)
	_ = call(t, p, ada, "read", nil)
	if n := p.Held(); n != 0 {
		t.Errorf("%d endpoints are held, want none", n)
	}
	_ = call(t, p, ada, "post", limited(0))
	_ = call(t, p, bob, "post", limited(time.Hour))
	if n := p.Held(); n != 2 {
		t.Errorf("%d endpoints are held, want one of each", n)
	}
	clock.Advance(time.Minute)
	if n := p.Held(); n != 1 || len(p.Spent()) != 0 {
		t.Errorf("%d endpoints are held, want the one for an hour; spent %q", n, p.Spent())
	}
}

func TestHeldByAQuota(t *testing.T) {
	t.Parallel()
	p, clock := newPacer(func(c *pace.Config) { c.MemberQuota, c.AppQuota = 2, 3 })
	for range 2 {
		_ = call(t, p, ada, "post", nil)
	}
	if n := p.Held(); n != 1 || len(p.Spent()) != 0 {
		t.Errorf("%d endpoints are held, want ada's; spent %q", n, p.Spent())
	}
	_ = call(t, p, bob, "post", nil)
	if diff := cmp.Diff([]string{"post"}, p.Spent()); diff != "" || p.Held() != 2 {
		t.Errorf("%d endpoints are held, want both; spent %s", p.Held(), diff)
	}
	if got := p.Usage(pace.MemberOf(bob)).Endpoints[0].HeldUntil; !got.Equal(clock.Now().Truncate(24 * time.Hour).Add(24 * time.Hour)) {
		t.Errorf("bob is held until %v", got)
	}
	clock.Advance(15 * time.Hour)
	if n := p.Held(); n != 0 || len(p.Spent()) != 0 {
		t.Errorf("on the next day %d endpoints are held, spent %q", n, p.Spent())
	}
}
