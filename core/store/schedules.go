package store

import (
	"context"
	"errors"
	"time"
)

// ErrSlotTaken means that another post of the profile holds the slot.
var ErrSlotTaken = errors.New("store: slot taken")

// Schedule is the rule by which the times of posts are chosen: the slots of a profile's
// schedule lie at Times of every day that Days and Excluded leave. All is in UTC.
type Schedule struct {
	ProfileID string
	Title     string
	Times     []time.Duration // since midnight, whole minutes, ascending
	Days      []time.Weekday  // none: every day
	Excluded  []string        // dates without slots, as time.DateOnly writes them, ascending
	StartAt   time.Time       // no slot lies before it; zero: no bound
	Version   int64           // counts updates, 0: not stored yet; owned by the store
}

// Schedules keeps the automatic schedules of profiles and tells which of their slots are
// taken.
//
// A slot is a profile, a title and a time, and at most one post holds it: the one whose
// Request.AutoSchedule is the title and whose Request.ScheduleAt is the time. InsertPost
// gives it the slot, or fails with ErrSlotTaken, rather than with ErrDuplicate, and stores
// nothing; a post that is stored as refused holds none. UpdatePost takes the slot from a
// post that is deleted or that no longer has the title or the time, and gives a post the
// slot of its title and time, such as one that becomes again what it was, unless another
// holds it; the post is stored in any case. There is no other record of slots, so that none can outlive its post.
type Schedules interface {
	// UpdateSchedule stores what fn makes of the profile's schedule of the title; where
	// there is none, fn gets one without times. Profile and title stay.
	UpdateSchedule(ctx context.Context, profileID, title string, fn func(*Schedule) error) (Schedule, error)
	GetSchedule(ctx context.Context, profileID, title string) (Schedule, error)
	// ListSchedules returns the profile's schedules by title.
	ListSchedules(ctx context.Context, profileID string) ([]Schedule, error)
	// DeleteSchedule forgets the schedule; posts keep their slots. ErrNotFound when there
	// is none.
	DeleteSchedule(ctx context.Context, profileID, title string) error
	// TakenSlots returns the times of the schedule's slots that posts hold, from the given
	// one on, ascending and at most limit of them.
	TakenSlots(ctx context.Context, profileID, title string, from time.Time, limit int) ([]time.Time, error)
	// LastSlot returns the latest time of the schedule's slots that posts hold;
	// ErrNotFound when none does.
	LastSlot(ctx context.Context, profileID, title string) (time.Time, error)
}
