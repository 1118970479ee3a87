package schedule

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core/store"
)

func at(s string) time.Time {
	t, err := time.Parse("2006-01-02 15:04", s)
	if err != nil {
		panic(err)
	}
	return t
}

func TestSlots(t *testing.T) {
	t.Parallel()
	morning := []time.Duration{9 * time.Hour}
	for name, c := range map[string]struct {
		schedule store.Schedule
		after    time.Time
		want     []string
	}{
		"each of a day": {
			store.Schedule{Times: []time.Duration{0, 9 * time.Hour, 23*time.Hour + 59*time.Minute}},
			at("2026-11-20 08:00"),
			[]string{"2026-11-20 09:00", "2026-11-20 23:59", "2026-11-21 00:00", "2026-11-21 09:00"},
		},
		"not the one of now": {
			store.Schedule{Times: morning},
			at("2026-11-20 09:00"),
			[]string{"2026-11-21 09:00", "2026-11-22 09:00", "2026-11-23 09:00", "2026-11-24 09:00"},
		},
		"end of a month": {
			store.Schedule{Times: morning},
			at("2027-02-27 12:00"),
			[]string{"2027-02-28 09:00", "2027-03-01 09:00", "2027-03-02 09:00", "2027-03-03 09:00"},
		},
		"leap year": {
			store.Schedule{Times: morning},
			at("2028-02-28 08:00"),
			[]string{"2028-02-28 09:00", "2028-02-29 09:00", "2028-03-01 09:00", "2028-03-02 09:00"},
		},
		"end of a year": {
			store.Schedule{Times: []time.Duration{0}},
			at("2026-12-30 12:00"),
			[]string{"2026-12-31 00:00", "2027-01-01 00:00", "2027-01-02 00:00", "2027-01-03 00:00"},
		},
		"days of the week": { // 20 November 2026 is a Friday
			store.Schedule{Times: morning, Days: []time.Weekday{time.Sunday, time.Friday}},
			at("2026-11-20 10:00"),
			[]string{"2026-11-22 09:00", "2026-11-27 09:00", "2026-11-29 09:00", "2026-12-04 09:00"},
		},
		"excluded dates": {
			store.Schedule{Times: morning, Excluded: []string{"2026-11-21", "2026-11-23"}},
			at("2026-11-20 10:00"),
			[]string{"2026-11-22 09:00", "2026-11-24 09:00", "2026-11-25 09:00", "2026-11-26 09:00"},
		},
		"start": {
			store.Schedule{Times: []time.Duration{8 * time.Hour, 10 * time.Hour}, StartAt: at("2027-01-31 10:00")},
			at("2026-11-20 10:00"),
			[]string{"2027-01-31 10:00", "2027-02-01 08:00", "2027-02-01 10:00", "2027-02-02 08:00"},
		},
		"start within a day": {
			store.Schedule{Times: []time.Duration{8 * time.Hour}, StartAt: at("2027-01-31 08:01")},
			at("2026-11-20 10:00"),
			[]string{"2027-02-01 08:00", "2027-02-02 08:00", "2027-02-03 08:00", "2027-02-04 08:00"},
		},
		"start that has passed": {
			store.Schedule{Times: morning, StartAt: at("2026-01-01 10:00")},
			at("2026-11-20 10:00"),
			[]string{"2026-11-21 09:00", "2026-11-22 09:00", "2026-11-23 09:00", "2026-11-24 09:00"},
		},
		"another zone": {
			store.Schedule{Times: morning},
			at("2026-11-20 23:30").In(time.FixedZone("UTC+2", 2*60*60)),
			[]string{"2026-11-21 09:00", "2026-11-22 09:00", "2026-11-23 09:00", "2026-11-24 09:00"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for slot := range slots(c.schedule, c.after, c.after.Add(Horizon)) {
				if got = append(got, slot.Format("2006-01-02 15:04")); len(got) == len(c.want) {
					break
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestSlotsEnd(t *testing.T) {
	t.Parallel()
	s := store.Schedule{Times: []time.Duration{9 * time.Hour, 10 * time.Hour}}
	for until, want := range map[string]int{"2026-11-20 08:59": 0, "2026-11-20 09:00": 1, "2026-11-21 09:30": 3} {
		n := 0
		for range slots(s, at("2026-11-20 00:00"), at(until)) {
			n++
		}
		if n != want {
			t.Errorf("%d slots until %s, want %d", n, until, want)
		}
	}
}
