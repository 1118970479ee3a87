package api

import (
	"context"
	"strings"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/engage"
)

// maxNotes is how many characters the notes of a post have at most.
const maxNotes = 10000

// changeDecoder reads a change of a post.
type changeDecoder struct {
	*decoder
	change engage.Change
}

// readChange reads what is to be changed. err is a failure to look something up.
func (a *API) readChange(ctx context.Context, f *fields, profileID string) (engage.Change, []warning, error) {
	d := &changeDecoder{decoder: &decoder{fields: f, api: a, profileID: profileID, now: a.Clock.Now()}}
	d.change.PostID = f.text("id")
	if d.change.PostID == "" && !f.unreadable("id") {
		f.add(invalid("id", "id is missing: send the id of the post"))
	}
	d.refuseTargets()
	d.readCourse()
	d.readContent()
	d.readBlocks()
	if _, sent := f.raw("notes"); sent {
		notes := f.text("notes")
		f.checkLength("notes", notes, maxNotes)
		d.change.Notes = &notes
	}
	d.refuseFieldsOfNew()
	if len(f.problems) == 0 && d.isEmpty() {
		d.refuseEmpty()
	}
	if err := d.checkUploads(ctx); err != nil {
		return d.change, nil, err
	}
	err := d.addPlannedChange(ctx)
	return d.change, append(d.warnings, d.unused.warnings()...), err
}

func (d *changeDecoder) isEmpty() bool {
	c := d.change.PostChange
	return c.ScheduleAt == nil && c.Paused == nil && c.Approved == nil && c.Text == nil && c.Media == nil &&
		len(c.Options) == 0 && c.FirstComment == nil && c.DisableComments == nil && c.Notes == nil
}

// refuseTargets refuses what would make it another post.
func (d *changeDecoder) refuseTargets() {
	for _, key := range []string{"platforms", "platform", "accountIds"} {
		if raw, sent := d.raw(key); sent && !blank(raw) {
			e := invalid(key, key+": the networks and accounts of a post cannot be changed")
			e.Code = core.CodeNotChangeable
			e.Help = "Leave " + key + " out; POST /post/copy publishes the post elsewhere."
			d.add(e)
		}
	}
}

// readCourse reads when and whether the post is to go out.
func (d *changeDecoder) readCourse() {
	d.change.Paused, d.change.Approved = d.optionalFlag("scheduledPause"), d.optionalFlag("approved")
	if _, sent := d.raw("scheduleDate"); !sent {
		return
	}
	s := strings.TrimSpace(d.text("scheduleDate"))
	at, err := core.ParseTime(s)
	switch {
	case d.unreadable("scheduleDate"):
	case err != nil:
		d.add(invalid("scheduleDate", "scheduleDate "+err.Error()+", not "+quote(s)+"; one that has passed means at once"))
	case at.Sub(d.now) > maxScheduleAhead:
		d.add(invalid("scheduleDate", "scheduleDate lies more than ten years ahead"))
	default:
		d.change.ScheduleAt = &at
	}
}

// optionalFlag reads a boolean; nil when it was not sent.
func (d *changeDecoder) optionalFlag(key string) *bool {
	if _, sent := d.raw(key); !sent {
		return nil
	}
	on := d.flag(key, false)
	return &on
}

// readContent reads what is to be published.
func (d *changeDecoder) readContent() {
	if _, sent := d.raw("post"); sent {
		d.decodeText()
		d.change.Text = &d.request.Text
	}
	d.decodeMentions()
	if d.change.Mentions = d.request.Mentions; len(d.change.Mentions) > 0 && d.change.Text == nil {
		d.add(invalid("mentions", "mentions belong to a new text: send post with them"))
	}
	_, several := d.raw("mediaUrls")
	_, one := d.raw("mediaUrl")
	if several || one {
		d.decodeMedia(nil)
		d.change.Media = &d.request.Media
	}
	if raw, sent := d.raw("firstComment"); sent {
		d.decodeFirstComment()
		if d.change.FirstComment = d.request.FirstComment; blank(raw) {
			d.change.FirstComment = &core.FirstComment{} // none any more
		}
	}
	d.change.DisableComments = d.optionalFlag("disableComments")
	d.change.AllowDuplicate = d.optionalFlag("allowDuplicate")
}

// readBlocks reads the option blocks of networks, and tells mistyped ones.
func (d *changeDecoder) readBlocks() {
	d.blocks = map[string]string{}
	for _, key := range d.keys {
		provider, isBlock := d.api.Registry.ByOptionsKey(key)
		if _, like := cutOptions(key); !isBlock && (!like || d.read[key]) {
			continue
		}
		raw, sent := d.raw(key)
		switch {
		case !sent:
		case isBlock:
			d.decodeBlock(provider.Info().Name, key, raw)
		default:
			d.decodeUnknown(key, raw)
		}
	}
	d.change.Options = d.request.Options
}
