package accounts

import (
	"fmt"
	"testing"
	"time"

	"github.com/crier-social/crier/core/coretest"
)

// The turns of a thousand accounts are spread over the day, and each stays at its time of day.
func TestDailyAfter(t *testing.T) {
	t.Parallel()
	const accounts = 1000
	perHour := map[int]int{}
	for i := range accounts {
		id, now := fmt.Sprintf("account-%d", i), coretest.Epoch()
		first := dailyAfter(id, now)
		if wait := first.Sub(now); wait <= 0 || wait > day {
			t.Fatalf("%s has to wait %v", id, wait)
		}
		perHour[first.Hour()]++
		for late, want := range map[time.Duration]time.Time{0: first.Add(day), time.Minute: first.Add(day), 2 * time.Hour: first.Add(2 * day)} {
			if got := dailyAfter(id, first.Add(late+introspectApart)); !got.Equal(want) {
				t.Errorf("%s: asked %v after its turn at %v, it is asked again at %v, want %v", id, late, first, got, want)
			}
		}
	}
	for hour := range 24 {
		if n := perHour[hour]; n < accounts/24/2 || n > accounts/24*2 {
			t.Errorf("%d of %d accounts have their turn at %d o'clock", n, accounts, hour)
		}
	}
}
