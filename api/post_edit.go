package api

import (
	"fmt"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/crier-social/crier/core/engage"
)

// maxNotes is how many characters the notes of a post have at most.
const maxNotes = 10000

// editPost is PATCH /post, and PUT /post as published clients send it. It may be repeated.
func (a *API) editPost(c *gin.Context) answer {
	f, err := readJSON(c)
	if err != nil {
		return fail("update", err)
	}
	change, warnings := a.readChange(f)
	if len(f.problems) > 0 {
		return fail("update", f.problems)
	}
	results, err := a.Engagement.Edit(c.Request.Context(), profileOf(c).ID, change)
	if err == nil || len(results) > 0 { // with an error: it was carried out, but not recorded
		concerns(c, change.PostID)
	}
	if err != nil {
		return fail("update", err)
	}
	r := newReport("update")
	r.warnings = slices.Concat(warnings, f.ignored(), unusedKey(c.Request))
	for _, result := range results {
		r.warn(result.Account, result.Warnings)
		if result.Err != nil {
			r.fail(result.Account, result.Err)
			continue
		}
		r.add(result.Account, changedPart(change, result))
	}
	return r.done(r.body(map[string]any{"id": change.PostID, "refId": profileOf(c).RefID}, nil))
}

// readChange reads what is to be changed.
func (a *API) readChange(f *fields) (engage.Change, []warning) {
	c := engage.Change{PostID: f.text("id")}
	if c.PostID == "" && !f.unreadable("id") {
		f.add(invalid("id", "id is missing: send the id of the post"))
	}
	for _, fixed := range unchangeable() {
		if raw, sent := f.raw(fixed.key); sent && (fixed.always || !blank(raw)) {
			f.add(unsupported(fixed.key, fixed.key+": "+fixed.asks+" is not supported by this version of Crier"))
		}
	}
	for _, key := range f.keys {
		if _, isBlock := cutOptions(key); isBlock {
			if raw, _ := f.raw(key); !blank(raw) {
				f.add(unsupported(printable(key), printable(key)+": changing the options of a post is not supported by this version of Crier"))
			}
		}
	}
	d := &decoder{fields: f, api: a}
	if _, sent := f.raw("post"); sent {
		d.decodeText()
		c.Text = &d.request.Text
	}
	if c.Mentions = f.mentions(); len(c.Mentions) > 0 && c.Text == nil {
		f.add(invalid("mentions", "mentions belong to a new text: send post with them"))
	}
	if _, sent := f.raw("disableComments"); sent {
		disable := f.flag("disableComments", false)
		c.DisableComments = &disable
	}
	if _, sent := f.raw("notes"); sent {
		notes := f.text("notes")
		f.checkLength("notes", notes, maxNotes)
		c.Notes = &notes
	}
	if len(f.problems) == 0 && c.Text == nil && c.DisableComments == nil && c.Notes == nil {
		f.add(invalid("post", "nothing is to be changed: send post, disableComments or notes"))
	}
	return c, d.unused.warnings()
}

// unchangeableField is a field that a change cannot have.
type unchangeableField struct {
	key, asks string
	always    bool // also when it is false or empty
}

func unchangeable() []unchangeableField {
	return []unchangeableField{
		{"scheduleDate", "another time for a post", true},
		{"approved", "approving a post", true},
		{"scheduledPause", "holding a scheduled post", true},
		{"platforms", "other networks for a post", false},
		{"platform", "other networks for a post", false},
		{"accountIds", "other accounts for a post", false},
		{"mediaUrls", "other media for a post", false},
		{"mediaUrl", "other media for a post", false},
	}
}

// changedPart shows what was changed for one account.
func changedPart(c engage.Change, result engage.Result[engage.Changed]) map[string]any {
	part := map[string]any{"action": "update", "status": statusSuccess, "accountId": result.Account.ID, "platform": result.Account.Platform}
	if result.RemoteID != "" {
		part["id"] = result.RemoteID
	}
	if result.Value.Text {
		part["edited"] = true
	}
	if result.Value.Comments {
		part["disableComments"] = *c.DisableComments
	}
	if result.Value.Later {
		part["message"] = fmt.Sprintf("the post has not gone out to %s yet; it will as it is wanted now", result.Account.Platform)
	}
	return part
}
