package api

import (
	"context"
	"slices"

	"github.com/crier-social/crier/core"
)

// fieldsOfNew are the fields of POST /post that a change cannot have, with the way out. A
// blank one asks for nothing, unless it is a switch that is turned off by that.
func fieldsOfNew() []fieldOfNew {
	const anew = "POST /post/copy creates the post anew with it."
	return []fieldOfNew{
		{"autoSchedule", "a post gets a slot of a schedule only when it is created", "Send the time as scheduleDate; " + anew, false},
		{"autoRepost", "the repetitions of a post are fixed when it is created", "Change or delete each of them by its id; " + anew, false},
		{"requiresApproval", "whether a post requires approval is fixed when it is created", "approved: true lets it go, scheduledPause: true holds a scheduled one.", true},
		{"validateScheduled", "a change is checked as the post was when it was created", "Leave validateScheduled out.", true},
		{"randomPost", "a random text is for new posts", "Send the text as post.", false},
		{"randomMediaUrl", "random media are for new posts", "Send the addresses in mediaUrls.", false},
	}
}

type fieldOfNew struct {
	key, why, help string
	off            bool // false asks for something
}

// refuseFieldsOfNew refuses what only a new post can have, and what no post can: without it
// the post would be another one than the author wants.
func (d *changeDecoder) refuseFieldsOfNew() {
	for _, f := range fieldsOfNew() {
		if raw, sent := d.raw(f.key); sent && (f.off || !blank(raw)) {
			d.add(&core.Error{
				Kind: core.KindInvalid, Code: core.CodeNotChangeable, Field: f.key,
				Message: f.key + " cannot be changed: " + f.why, Help: f.help,
			})
		}
	}
	for _, key := range notHonouredKeys() {
		if raw, sent := d.raw(key); sent && !blank(raw) && !d.unreadable(key) {
			d.add(notHonoured(key))
		}
	}
	if raw, sent := d.raw("isVideo"); sent && !blank(raw) && d.change.Media == nil {
		d.add(invalid("isVideo", "isVideo belongs to new media: send mediaUrls with it"))
	}
	if _, sent := d.raw("idempotencyKey"); sent {
		d.warn(warning{
			Code: core.CodeParameters, Field: "idempotencyKey",
			Message: "idempotencyKey was ignored: a change takes none, since sending it again does no harm",
		})
	}
}

// refuseEmpty refuses a change that changes nothing, with what was in it instead.
func (d *changeDecoder) refuseEmpty() {
	const way = "Send scheduleDate, scheduledPause, approved, post, mediaUrls, the options of a network, firstComment, disableComments or notes."
	ignored := slices.Concat(d.warnings, d.unused.warnings(), d.ignored())
	for _, w := range ignored {
		d.add(&core.Error{Kind: core.KindInvalid, Code: w.Code, Field: w.Field, Message: "nothing is to be changed: " + w.Message, Help: way})
	}
	if len(ignored) == 0 {
		e := invalid("post", "nothing is to be changed: no field but id asks for anything")
		if d.change.AllowDuplicate != nil {
			e = invalid("allowDuplicate", "nothing is to be changed: allowDuplicate stands beside what is")
		}
		e.Help = way
		d.add(e)
	}
}

// addPlannedChange adds to the problems of a change that is refused anyway what can be seen
// to be wrong with the rest of it. err is a failure to look something up.
func (d *changeDecoder) addPlannedChange(ctx context.Context) error {
	if len(d.problems) == 0 || d.change.PostID == "" || slices.ContainsFunc(d.problems, d.misleads) {
		return nil
	}
	planned, err := d.api.Publisher.PlanChange(ctx, d.profileID, d.change.PostID, d.change.PostChange)
	if err == nil {
		d.addUnknown(planned)
	}
	return err
}
