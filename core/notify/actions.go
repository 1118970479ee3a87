package notify

import (
	"slices"

	"github.com/crier-social/crier/core"
)

// Action is one that webhooks can be registered for.
type Action struct {
	Name core.NoticeAction
	// Silent tells why there are no notices of it; empty: there are.
	Silent string
}

// Actions lists those of the Ayrshare API: a client that registers for all of them is not
// refused.
func Actions() []Action {
	return []Action{
		{Name: core.NoticeScheduled},
		{Name: core.NoticeSocial},
		{Name: core.NoticeBatch},
		{Name: "feed", Silent: "Crier reads no feeds"},
		{Name: "messages", Silent: "Crier reads no direct messages"},
		{Name: "mentions", Silent: "no network of Crier tells it of mentions"},
		{Name: "comments", Silent: "Crier does not watch comments; GET /comments/:id reads them"},
		{Name: "automations", Silent: "Crier has no automations"},
		{Name: "accountActivity", Silent: "no network of Crier tells it what else happens to an account"},
		{Name: "suspended", Silent: "Crier suspends no profiles"},
	}
}

// ActionByName finds one of Actions.
func ActionByName(name string) (Action, bool) {
	all := Actions()
	i := slices.IndexFunc(all, func(a Action) bool { return string(a.Name) == name })
	if i < 0 {
		return Action{}, false
	}
	return all[i], true
}
