package interop_test

import (
	"fmt"
	"strconv"
)

// askAboutLimits is about https://docs.bsky.app/docs/advanced-guides/rate-limits: 5,000 points
// in an hour, of which a record that is created costs 3.
func askAboutLimits(a *asker) {
	bob := a.w.bob
	token := a.signedIn(bob).AccessJWT
	looked := []string{"Ratelimit-Limit", "Ratelimit-Remaining", "Ratelimit-Policy", "Retry-After"}
	const most = 200 // writes at once
	several := func(batch, n int) request {
		var writes []map[string]any
		for i := range n {
			key := fmt.Sprintf("3kd%c%c%caaaaaaa", 'a'+batch, 'a'+i/20, 'a'+i%20)
			writes = append(writes, write("create", posts, key, post(strconv.Itoa(i), nil)))
		}
		r := apply(token, bob.did, writes...)
		r.headers = looked
		return r
	}
	for batch := range 8 {
		if got := a.ask(several(batch, most)); got.Status != 200 {
			a.t.Fatalf("%d %s", got.Status, got.raw)
		}
	}
	a.refused("more than is left", several(8, 100), 429, "RateLimitExceeded")
	last := put(token, bob.did, firstKey, post("Last", nil))
	last.headers = looked
	got := a.refused("a write after that", last, 429, "RateLimitExceeded")
	if reset, err := strconv.ParseInt(got.header.Get("Ratelimit-Reset"), 10, 64); err != nil || reset == 0 {
		a.t.Errorf("the limit begins anew at %q", got.header.Get("Ratelimit-Reset"))
	}
	a.ok("a read after that", read(bob.did, "3kdaaaaaaaaaa"))
}
