package api

import (
	"maps"

	"github.com/crier-social/crier/core"
)

// addFollowUps shows what is done once a delivery is published, each under its name. That
// the post is read back is shown when it has said something; a text when it is not that of
// the request.
func (e postEntry) addFollowUps(r core.PostRequest, d core.Delivery) {
	for _, f := range d.FollowUps {
		if f.Name == core.FollowUpInspect && (!f.Ended() || f.State == core.FollowUpSkipped) {
			continue
		}
		e[string(f.Name)] = followUpEntry(d, f)
	}
	if !d.EditedAt.IsZero() {
		e["edited"] = stamp(d.EditedAt)
	}
	if d.EditedText != nil && *d.EditedText != r.Text.For(d.Platform) {
		e["post"] = *d.EditedText
	}
}

// followUpEntry is a follow-up as clients see it. What the network tells never replaces
// the members of ours.
func followUpEntry(d core.Delivery, f core.FollowUp) map[string]any {
	entry := map[string]any{}
	maps.Copy(entry, f.Result)
	entry["status"] = f.State
	if standing, told := f.Result["standing"]; told && f.Name == core.FollowUpInspect {
		entry["status"] = standing // what is done is the look; how the post fares is what it showed
	}
	if !f.Ended() {
		entry["due"] = stamp(f.DueAt)
	}
	if f.Error != nil {
		shown := entryOf(string(f.Name), f.Error)
		if shown.Platform == "" {
			shown.Platform = d.Platform
		}
		shown.AccountID, shown.Help = d.AccountID, helpOfFollowUp(f)
		entry["error"] = shown
	}
	return entry
}
