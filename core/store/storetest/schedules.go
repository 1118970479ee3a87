package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

func scheduleChecks() []check {
	return []check{
		{"UpdateAndGet", checkUpdateSchedule},
		{"FailedUpdate", checkFailedScheduleUpdate},
		{"List", checkListSchedules},
		{"Delete", checkDeleteSchedule},
		{"UpdateRace", checkScheduleRace},
		{"SlotTaken", checkSlotTaken},
		{"SlotTakenByDuplicate", checkSlotTakenByDuplicate},
		{"TakenSlots", checkTakenSlots},
		{"RefusedPostHoldsNone", checkRefusedSlot},
		{"SlotsAreGivenBack", checkSlotsGivenBack},
		{"SlotRace", checkSlotRace},
	}
}

// fullSchedule has every field set.
func fullSchedule(profileID, title string) store.Schedule {
	return store.Schedule{
		ProfileID: profileID, Title: title, Times: []time.Duration{time.Minute, 13*time.Hour + 5*time.Minute},
		Days: []time.Weekday{time.Monday, time.Friday}, Excluded: []string{"2027-01-01"}, StartAt: start(),
	}
}

// putSchedule stores a schedule as it is.
func putSchedule(t *testing.T, f *fixture, want store.Schedule) store.Schedule {
	t.Helper()
	got, err := f.UpdateSchedule(t.Context(), want.ProfileID, want.Title, func(s *store.Schedule) error {
		s.Times, s.Days, s.Excluded, s.StartAt = want.Times, want.Days, want.Excluded, want.StartAt
		return nil
	})
	must(t, err)
	return got
}

func checkUpdateSchedule(t *testing.T, f *fixture) {
	want := fullSchedule(profileA, "default")
	returned := putSchedule(t, f, want)
	got, err := f.GetSchedule(t.Context(), profileA, "default")
	must(t, err)
	equal(t, want, got)
	equal(t, got, returned)
	wantKept(t, "StartAt", want.StartAt, got.StartAt)
	changed, err := f.UpdateSchedule(t.Context(), profileA, "default", func(s *store.Schedule) error {
		equal(t, want, *s)
		s.ProfileID, s.Title, s.Days = profileB, "other", nil
		return nil
	})
	must(t, err)
	if changed.Version != got.Version+1 {
		t.Errorf("version %d after %d", changed.Version, got.Version)
	}
	want.Days = nil
	got, err = f.GetSchedule(t.Context(), profileA, "default")
	must(t, err)
	equal(t, want, got)
	for _, other := range [][2]string{{profileA, "other"}, {profileB, "default"}, {profileB, "other"}} {
		_, err := f.GetSchedule(t.Context(), other[0], other[1])
		wantErr(t, err, store.ErrNotFound)
	}
}

func checkFailedScheduleUpdate(t *testing.T, f *fixture) {
	refused := errors.New("refused")
	for range 2 { // of one that is not there, then of one that is
		_, err := f.UpdateSchedule(t.Context(), profileA, "default", func(s *store.Schedule) error {
			s.Times = []time.Duration{time.Hour}
			return refused
		})
		wantErr(t, err, refused)
		list, err := f.ListSchedules(t.Context(), profileA)
		must(t, err)
		for _, s := range list {
			equal(t, fullSchedule(profileA, "default"), s)
		}
		putSchedule(t, f, fullSchedule(profileA, "default"))
	}
}

func checkListSchedules(t *testing.T, f *fixture) {
	for _, title := range []string{"b", "a", "Z", "10"} {
		putSchedule(t, f, fullSchedule(profileA, title))
	}
	putSchedule(t, f, fullSchedule(profileB, "c"))
	list, err := f.ListSchedules(t.Context(), profileA)
	must(t, err)
	equal(t, []string{"10", "Z", "a", "b"}, ids(list, func(s store.Schedule) string { return s.Title }))
	none, err := f.ListSchedules(t.Context(), "nobody")
	must(t, err)
	equal(t, nil, none)
}

func checkDeleteSchedule(t *testing.T, f *fixture) {
	putSchedule(t, f, fullSchedule(profileA, "default"))
	putSchedule(t, f, fullSchedule(profileB, "default"))
	must(t, f.InsertPost(t.Context(), slotPost("p1", "default", start())))
	must(t, f.DeleteSchedule(t.Context(), profileA, "default"))
	wantErr(t, f.DeleteSchedule(t.Context(), profileA, "default"), store.ErrNotFound)
	_, err := f.GetSchedule(t.Context(), profileA, "default")
	wantErr(t, err, store.ErrNotFound)
	_, err = f.GetSchedule(t.Context(), profileB, "default")
	must(t, err)
	wantErr(t, f.InsertPost(t.Context(), slotPost("p2", "default", start())), store.ErrSlotTaken)
	putSchedule(t, f, fullSchedule(profileA, "default"))
}

func checkScheduleRace(t *testing.T, f *fixture) {
	race(func(i int) {
		_, err := f.UpdateSchedule(t.Context(), profileA, "default", func(s *store.Schedule) error {
			s.Times = append(s.Times, time.Duration(i)*time.Minute)
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
	got, err := f.GetSchedule(t.Context(), profileA, "default")
	must(t, err)
	equal(t, racers, len(got.Times))
	equal(t, racers, int(got.Version))
}

// slotPost is a post of profile A that is to hold a slot.
func slotPost(id, title string, at time.Time, changes ...func(*core.Post)) store.NewPost {
	return newPost(id, append([]func(*core.Post){func(p *core.Post) {
		p.Request.AutoSchedule, p.Request.ScheduleAt = title, at
	}}, changes...)...)
}

func checkSlotTaken(t *testing.T, f *fixture) {
	at := start().Add(time.Hour)
	first := slotPost("p1", "default", at)
	must(t, f.InsertPost(t.Context(), first))
	second := slotPost("p2", "default", at, func(p *core.Post) { p.Request.IdempotencyKey = "key" })
	second.Request = &store.Request{ProfileID: profileA, Key: "header", PostID: "p2", CreatedAt: start()}
	second.Also = []store.NewPost{newPost("p3")}
	wantErr(t, f.InsertPost(t.Context(), second), store.ErrSlotTaken)
	wantAbsent(t, f, second)
	wantAbsent(t, f, second.Also[0])
	_, err := f.GetRequest(t.Context(), profileA, "header")
	wantErr(t, err, store.ErrNotFound)
	wantErr(t, f.InsertPost(t.Context(), first), store.ErrExists)
	for _, free := range []store.NewPost{
		slotPost("f1", "default", at.Add(time.Minute)),
		slotPost("f2", "other", at),
		slotPost("f3", "default", at, func(p *core.Post) { p.ProfileID = profileB }),
		slotPost("f4", "", at), // a time of its author's own
		slotPost("f5", "", at),
	} {
		must(t, f.InsertPost(t.Context(), free))
	}
}

// checkSlotTakenByDuplicate: the slot is told first, since in another one the post may be
// no duplicate.
func checkSlotTakenByDuplicate(t *testing.T, f *fixture) {
	same := func(id string, at time.Time) store.NewPost {
		n := slotPost(id, "default", at)
		n.Deliveries[0].Content, n.DuplicateWindow = "content", 24*time.Hour
		return n
	}
	at := start().Add(time.Hour)
	must(t, f.InsertPost(t.Context(), same("p1", at)))
	wantErr(t, f.InsertPost(t.Context(), same("p2", at)), store.ErrSlotTaken)
	wantErr(t, f.InsertPost(t.Context(), same("p2", at.Add(time.Hour))), store.ErrDuplicate)
	must(t, f.InsertPost(t.Context(), same("p2", at.Add(24*time.Hour))))
}

func checkTakenSlots(t *testing.T, f *fixture) {
	at := func(i int) time.Time {
		return start().UTC().Truncate(time.Microsecond).Add(time.Duration(i) * time.Hour)
	}
	_, err := f.LastSlot(t.Context(), profileA, "default")
	wantErr(t, err, store.ErrNotFound)
	for _, i := range []int{4, 1, 3, 2} {
		must(t, f.InsertPost(t.Context(), slotPost(fmt.Sprintf("p%d", i), "default", at(i))))
	}
	must(t, f.InsertPost(t.Context(), slotPost("other", "other", at(9))))
	must(t, f.InsertPost(t.Context(), slotPost("foreign", "default", at(9), func(p *core.Post) { p.ProfileID = profileB })))
	must(t, f.InsertPost(t.Context(), slotPost("own", "", at(9))))
	for name, c := range map[string]struct {
		from  time.Time
		limit int
		want  []time.Time
	}{
		"all":       {at(0), 10, []time.Time{at(1), at(2), at(3), at(4)}},
		"inclusive": {at(2), 10, []time.Time{at(2), at(3), at(4)}},
		"limit":     {at(2), 2, []time.Time{at(2), at(3)}},
		"none":      {at(5), 10, nil},
	} {
		got, err := f.TakenSlots(t.Context(), profileA, "default", c.from, c.limit)
		must(t, err)
		if !slices.Equal(c.want, got) {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
	last, err := f.LastSlot(t.Context(), profileA, "default")
	must(t, err)
	equal(t, at(4), last)
}

func checkRefusedSlot(t *testing.T, f *fixture) {
	at := start().Add(time.Hour)
	must(t, f.InsertPost(t.Context(), slotPost("p1", "default", at, func(p *core.Post) { p.Status = core.PostError })))
	_, err := f.UpdatePost(t.Context(), "p1", func(p *core.Post) error { p.Request.Notes = "refused"; return nil })
	must(t, err)
	must(t, f.InsertPost(t.Context(), slotPost("p2", "default", at)))
}

// checkSlotsGivenBack: what takes a slot from a post lets another one have it. The first
// gets it back when it is what it was and the slot is free.
func checkSlotsGivenBack(t *testing.T, f *fixture) {
	changes := map[string]func(*core.Post){
		"deleted":     func(p *core.Post) { p.Status = core.PostDeleted },
		"other time":  func(p *core.Post) { p.Request.ScheduleAt = p.Request.ScheduleAt.Add(time.Minute) },
		"no time":     func(p *core.Post) { p.Request.ScheduleAt = time.Time{} },
		"other title": func(p *core.Post) { p.Request.AutoSchedule = "other" },
		"no title":    func(p *core.Post) { p.Request.AutoSchedule = "" },
	}
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			at := start().Add(time.Hour)
			wantTaken := func(want bool) {
				t.Helper()
				taken, err := f.TakenSlots(t.Context(), profileA, "default", start(), 10)
				must(t, err)
				equal(t, want, slices.ContainsFunc(taken, at.Truncate(time.Microsecond).Equal))
			}
			update := func(id string, fn func(*core.Post)) {
				t.Helper()
				_, err := f.UpdatePost(t.Context(), id, func(p *core.Post) error { fn(p); return nil })
				must(t, err)
			}
			first, second := slotPost("first "+name, "default", at), slotPost("second "+name, "default", at)
			restore := func(p *core.Post) { p.Status, p.Request = first.Post.Status, first.Post.Request }
			remove := func(p *core.Post) { p.Status = core.PostDeleted }
			must(t, f.InsertPost(t.Context(), first))
			update(first.Post.ID, func(p *core.Post) { p.Status = core.PostPaused })
			wantErr(t, f.InsertPost(t.Context(), second), store.ErrSlotTaken)
			update(first.Post.ID, change)
			wantTaken(false)
			must(t, f.InsertPost(t.Context(), second))
			update(first.Post.ID, restore)
			wantTaken(true)
			update(second.Post.ID, remove)
			wantTaken(false)
			update(first.Post.ID, restore)
			wantTaken(true)
			wantErr(t, f.InsertPost(t.Context(), slotPost("third "+name, "default", at)), store.ErrSlotTaken)
			update(first.Post.ID, remove)
			wantTaken(false)
		})
	}
}

func checkSlotRace(t *testing.T, f *fixture) {
	won := winners(t, store.ErrSlotTaken, func(i int) error {
		return f.InsertPost(t.Context(), slotPost(fmt.Sprintf("p%d", i), "default", start()))
	})
	if len(won) != 1 {
		t.Errorf("the slot went to %v", won)
	}
}
