package api

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/publish"
	"github.com/crier-social/crier/core/schedule"
)

// decodeAutoSchedule reads the title of the schedule that is to choose the time.
func (d *decoder) decodeAutoSchedule() {
	const key = "autoSchedule"
	m, sent := d.subObject(key, `{"schedule":true}`)
	if !sent {
		return
	}
	m.only("schedule", "title")
	raw, there := m.raw("schedule")
	var wanted bool
	switch {
	case !there:
		m.add("schedule", "is missing: send true")
	case json.Unmarshal(raw, &wanted) != nil:
		m.add("schedule", "must be true or false, not "+describe(raw))
	}
	title := cmp.Or(m.text("title", maxMentionText), schedule.DefaultTitle)
	if !wanted {
		return
	}
	if d.namesTime() {
		d.add(invalid(key, "autoSchedule chooses the time, and scheduleDate names one: send one of them"))
		return
	}
	d.request.AutoSchedule = title
}

// namesTime tells whether the request has a scheduleDate, of whatever kind.
func (d *decoder) namesTime() bool {
	raw, sent := d.raw("scheduleDate")
	return sent && !blank(raw)
}

// subObject reads a key that is an object; false when it asks for nothing.
func (d *decoder) subObject(key, example string) (members, bool) {
	raw, sent := d.raw(key)
	if !sent || string(raw) == "false" {
		return members{}, false
	}
	o, ok := asObject(raw)
	if !ok {
		d.add(invalid(key, key+" must be an object such as "+example+", not "+describe(raw)))
	}
	return members{fields: d.fields, path: key, object: o}, ok
}

// chooseSlot gives the request the time of the next free slot, without taking it. err is a
// failure of the store.
func (d *decoder) chooseSlot(ctx context.Context) error {
	if d.request.AutoSchedule == "" {
		return nil
	}
	at, err := d.api.Schedules.Next(ctx, d.profileID, d.request.AutoSchedule, time.Time{})
	if known, ok := errors.AsType[*core.Error](err); ok {
		d.add(known)
		return nil
	}
	d.request.ScheduleAt = at
	return err
}

// nextSlot returns how the publisher finds the slot of a request; nil when it asks for
// none. The files of the post are kept until then.
func (r *creation) nextSlot(request core.PostRequest) func(context.Context, time.Time) (time.Time, error) {
	if request.AutoSchedule == "" {
		return nil
	}
	return func(ctx context.Context, after time.Time) (at time.Time, err error) {
		request.ScheduleAt, err = r.Schedules.Next(ctx, r.profile.ID, request.AutoSchedule, after)
		if err != nil {
			return time.Time{}, err
		}
		return request.ScheduleAt, r.keepUploads(r.ctx, r.profile.ID, request, request.RequiresApproval)
	}
}

// decodeAutoRepost reads how often and when the post is published again.
func (d *decoder) decodeAutoRepost() {
	const key = "autoRepost"
	m, sent := d.subObject(key, `{"repeat":3,"days":7}`)
	if !sent {
		return
	}
	if d.namesTime() {
		d.warn(warning{
			Code: core.CodeParameters, Field: key,
			Message: "autoRepost was ignored, because the post has a scheduleDate; autoRepost.startDate is when a post that is repeated first appears",
		})
		return
	}
	m.only("repeat", "days", "startDate")
	repost := core.AutoRepost{
		Repeat: m.number("repeat", "repetitions", 1, core.MaxRepeat),
		Days:   m.number("days", "days between one publication and the next", core.MinRepeatDays, int(maxScheduleAhead.Hours()/24)),
	}
	repost.StartAt = d.repostStart(m)
	if d.request.AutoSchedule != "" {
		d.add(invalid(key, "a post whose time a schedule chooses is not repeated: send either autoSchedule or autoRepost"))
	}
	if m.unreadable("repeat") || m.unreadable("days") || m.unreadable("startDate") {
		return
	}
	first := d.now
	if repost.StartAt.After(first) {
		first = repost.StartAt
	}
	times := repost.Times(first)
	if times[len(times)-1].Sub(d.now) > maxScheduleAhead {
		m.add("days", fmt.Sprintf("is too much: the last of %d repetitions would be more than ten years ahead", repost.Repeat))
		return
	}
	d.request.AutoRepost, d.request.ScheduleAt = &repost, repost.StartAt
}

// warnOfApprovals tells that each post of a series is approved by itself.
func (d *decoder) warnOfApprovals() {
	if d.request.AutoRepost != nil && d.request.RequiresApproval {
		d.warn(warning{
			Code: core.CodeParameters, Field: "autoRepost",
			Message: "each repetition awaits an approval of its own: autoReposts lists them, and one that is approved after its time goes out at once",
		})
	}
}

// repostStart reads when the first publication is due; zero: at once.
func (d *decoder) repostStart(m members) time.Time {
	s := m.text("startDate", maxMentionText)
	if s == "" {
		return time.Time{}
	}
	path := m.path + ".startDate"
	at, err := core.ParseTime(s)
	switch {
	case err != nil:
		d.addUnread(path, s, err)
	case at.Sub(d.now) > maxScheduleAhead:
		m.add("startDate", "lies more than ten years ahead")
	case at.After(d.now):
		return at
	default:
		d.warn(warning{Code: core.CodeParameters, Field: path, Message: path + " has passed, which means at once"})
	}
	return time.Time{}
}

// number reads a whole number within bounds that must be there; what tells of what.
func (m members) number(key, what string, least, most int) int {
	raw, sent := m.raw(key)
	if !sent {
		m.add(key, fmt.Sprintf("is missing: send the number of %s, from %d to %d", what, least, most))
		return least
	}
	var n int
	if json.Unmarshal(raw, &n) != nil || n < least || n > most {
		got := describe(raw)
		if got == "a number" {
			got = printable(string(raw))
		}
		m.add(key, fmt.Sprintf("must be a whole number from %d to %d, the number of %s, not %s", least, most, what, got))
		return least
	}
	return n
}

// repetition is one of the posts that repeat another.
type repetition struct {
	ID           string `json:"id"`
	ScheduleDate string `json:"scheduleDate"`
}

// repetitionsOf lists the repetitions of a post, as they were planned.
func repetitionsOf(post core.Post) []repetition {
	var list []repetition
	for _, r := range publish.Repetitions(post) {
		list = append(list, repetition{ID: r.PostID, ScheduleDate: scheduleStamp(r.DueAt)})
	}
	return list
}
