package publish

import (
	"fmt"
	"time"

	"github.com/crier-social/crier/core"
)

// linkWarnings tells of an authorization that will have ended when a post is due, or one of
// its repetitions.
func linkWarnings(post core.Post, a core.Account) []core.Warning {
	return append(relinkWarning(post, a), seriesWarning(post, a)...)
}

// relinkWarning tells of an authorization that will have ended when the post is due.
func relinkWarning(post core.Post, a core.Account) []core.Warning {
	if !post.Scheduled() || !linkEndsBy(a, post.DueAt()) {
		return nil
	}
	return []core.Warning{linkEnds(scheduleField, "the post", a)}
}

// seriesWarning tells of an authorization that will have ended when one of the repetitions
// of a post is due, the first of those.
func seriesWarning(post core.Post, a core.Account) []core.Warning {
	for _, r := range Repetitions(post) {
		if linkEndsBy(a, r.DueAt) {
			return []core.Warning{linkEnds("autoRepost", "the repetition of "+r.DueAt.Format(time.RFC3339), a)}
		}
	}
	return nil
}

// linkEndsBy tells whether the account has to be linked again by a time.
func linkEndsBy(a core.Account, at time.Time) bool {
	end := a.EndsAt()
	return !end.IsZero() && !end.After(at)
}

func linkEnds(field, before string, a core.Account) core.Warning {
	return core.Warning{
		Code: core.CodeAccountRelink, Field: field,
		Message: fmt.Sprintf("the authorization of %s ends at %s, before %s is due: link the account again by then, or it does not go out at its time",
			a.Label(), a.EndsAt().UTC().Format(time.RFC3339), before),
	}
}
