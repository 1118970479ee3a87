package engage

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/crier-social/crier/core"
)

// maxStandings is how many posts without figures are looked at for one request: each look
// is a call of the network's quota.
const maxStandings = 5

// doubter finds out why posts have no figures.
type doubter struct {
	service *Service
	looks   atomic.Int32
}

// noFigures is the error of a post that the network gives no figures of.
func (d *doubter) noFigures(ctx context.Context, t Target) *core.Error {
	e := &core.Error{
		Kind: core.KindNotFound, Code: core.CodeAnalytics, Platform: t.Account.Platform,
		Message: fmt.Sprintf("%s has no figures for the post %s", d.service.registry.Title(t.Account.Platform), t.RemoteID),
	}
	inspector, err := ability[core.Inspector](d.service, t.Account.Platform, "way to read posts back")
	if err != nil || d.looks.Add(1) > maxStandings {
		e.Message += ": it does not have the post, or gives the account no figures of it"
		return e
	}
	reason := ""
	standing, err := act(ctx, d.service, t, func(ctx context.Context, session *core.Session) (standing core.Standing, err error) {
		standing, reason, err = inspector.Inspect(ctx, session, t.RemoteID)
		return standing, err
	})
	e.Message += ": " + whyNone(standing, reason, err)
	return e
}

// whyNone says in words what a look at the post has shown.
func whyNone(standing core.Standing, reason string, err error) string {
	if err != nil {
		found := core.AsError(err)
		message := strings.TrimRight(found.Message, ".")
		if found.Kind == core.KindInvalid {
			return message
		}
		return "whether it has the post could not be found out (" + message + ")"
	}
	switch standing {
	case core.StandingGone:
		return "it does not have the post any more, or never had it"
	case core.StandingRefused:
		why := "it accepted the post and then did not publish it"
		if reason != "" {
			why += " (" + reason + ")"
		}
		return why
	case core.StandingProcessing:
		return "it is still at work on the post"
	case core.StandingShown:
	}
	return "it has the post, but gives this account no figures of it, as is usual with the posts of others"
}
