package publish

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

// The fields that a change is refused by.
const (
	scheduleField = "scheduleDate"
	pauseField    = "scheduledPause"
	approvedField = "approved"
)

// refusal tells why the post cannot be changed in this way; nil: it can.
func (s *successor) refusal(deliveries []core.Delivery) *core.Error {
	if !s.asksForMore() {
		return nil
	}
	switch {
	case s.was.Status == core.PostDeleted:
		return &core.Error{Kind: core.KindInvalid, Code: core.CodeAlreadyDeleted, Field: "id", Message: "the post was deleted", Help: "POST /post/copy creates it anew if it is wanted."}
	case len(deliveries) == 0:
		return &core.Error{Kind: core.KindInvalid, Field: "id", Message: "the post was refused, and is on no network", Help: "POST /post/copy creates it anew, with what is to be different."}
	}
	if e := s.refusedCourse(deliveries); e != nil {
		return e
	}
	if !s.concernsDeliveries() {
		return nil
	}
	return s.refusedByDeliveries(deliveries)
}

// asksForMore tells whether more than the notes is to be changed.
func (s *successor) asksForMore() bool {
	c := s.change
	return c.ScheduleAt != nil || c.Paused != nil || c.Approved != nil || c.Text != nil || c.Media != nil ||
		len(c.Options) > 0 || c.FirstComment != nil || c.DisableComments != nil
}

// refusedCourse tells why the post cannot take the course that is asked for. Of a post that
// has left already, that is the reason.
func (s *successor) refusedCourse(deliveries []core.Delivery) *core.Error {
	needless := s.change.Approved != nil && !s.was.Request.RequiresApproval
	if (needless || s.pauses()) && !slices.ContainsFunc(deliveries, core.Delivery.Unsent) {
		return s.refusedByDeliveries(deliveries)
	}
	switch {
	case needless:
		help := "Leave approved out; GET /post/" + s.was.ID + " tells how far the post is."
		if s.was.Scheduled() {
			help = "Leave approved out; scheduledPause holds the post."
		}
		return notChangeable(approvedField, "the post needs nobody's approval: it was sent without requiresApproval", help)
	case s.pauses() && s.was.Status == core.PostAwaitingApproval && !s.post.Scheduled():
		return notChangeable(pauseField, "the post has no scheduleDate, and waits for its approval anyway",
			"Leave scheduledPause out: nothing is sent before the post is approved.")
	case s.pauses() && !s.post.Scheduled():
		return notChangeable(pauseField, "only a post with a scheduleDate can be paused", "GET /post/"+s.was.ID+" tells how far the post is.")
	case s.change.ScheduleAt != nil && !s.was.Scheduled() && s.was.Status == core.PostOpen:
		return &core.Error{
			Kind: core.KindInvalid, Code: core.CodeProcessing, Field: scheduleField,
			Message: "the post was sent without a scheduleDate, and is being sent right now",
			Help:    "GET /post/" + s.was.ID + " shows its outcome; create a post with scheduleDate to publish at a time.",
		}
	}
	return nil
}

func (s *successor) pauses() bool {
	return s.change.Paused != nil && *s.change.Paused && s.was.Status != core.PostPaused
}

// refusedByDeliveries tells why it is too late for the change.
func (s *successor) refusedByDeliveries(deliveries []core.Delivery) *core.Error {
	unsent := 0
	var published []string
	for _, d := range deliveries {
		switch {
		case d.Unsent() && !d.Doubtful:
			unsent++
		case d.State == core.DeliveryCommitting, d.Unsent(), d.State == core.DeliveryUncertain && !d.Settled:
			return tooLate(d)
		case d.State == core.DeliveryPublished || d.State == core.DeliveryUncertain:
			published = append(published, d.Platform)
		}
	}
	published = slices.Compact(published)
	switch {
	case len(published) > 0 && unsent > 0 && (!s.rest || !s.forAll()):
		return notChangeable(s.field(), "the post is out on "+strings.Join(published, ", ")+" already, and can no longer be changed in this way as a whole",
			"post, disableComments and notes can be changed still; GET /post/"+s.was.ID+" shows how far the other accounts are.")
	case unsent > 0:
		return nil
	case len(published) > 0:
		return notChangeable(s.field(), "the post has gone out already",
			"post, disableComments and notes can be changed on networks that allow it; POST /post/copy publishes it again.")
	}
	return notChangeable(s.field(), "the post has failed, and nothing of it is to go out any more",
		"PUT /post/retry sends it again if GET /post/"+s.was.ID+" shows retryAvailable; otherwise POST /post/copy creates it anew, with what is to be different.")
}

// forAll tells whether the change can be made to what is published as well.
func (s *successor) forAll() bool {
	return !s.course && s.change.Media == nil && len(s.change.Options) == 0 && s.change.FirstComment == nil
}

// field names what of the change is refused: the first that cannot be.
func (s *successor) field() string {
	switch c := s.change; {
	case c.ScheduleAt != nil:
		return scheduleField
	case c.Paused != nil:
		return pauseField
	case c.Approved != nil:
		return approvedField
	case c.Media != nil:
		return "mediaUrls"
	case c.FirstComment != nil:
		return "firstComment"
	case s.options != "":
		return s.options
	case c.Text != nil:
		return "post"
	case c.DisableComments != nil:
		return "disableComments"
	}
	return "id"
}

// optionsField names an option block that a change has; "" when it has none.
func (p *Publisher) optionsField(c core.PostChange) string {
	for _, network := range slices.Sorted(maps.Keys(c.Options)) {
		if provider, known := p.registry.Get(network); known {
			return provider.Info().OptionsKey
		}
	}
	return ""
}

// tooLate refuses to change what is being sent, or may have been.
func tooLate(d core.Delivery) *core.Error {
	e := &core.Error{
		Kind: core.KindInvalid, Code: core.CodeProcessing, Field: "id", Platform: d.Platform,
		Message: "the post is being sent right now; nothing was changed",
		Help:    "Wait until GET /post/" + d.PostID + " shows its outcome, and send the change again.",
	}
	if d.State != core.DeliveryCommitting {
		e.Message = "the answer of " + d.Platform + " was lost, and Crier is finding out whether the post went out; nothing was changed"
	}
	return e
}

func notChangeable(field, message, help string) *core.Error {
	return &core.Error{Kind: core.KindInvalid, Code: core.CodeNotChangeable, Field: field, Message: message, Help: help}
}

// checkSuccessor checks the changed post for every account that it is still to go to, and
// returns what its author is to be told, by account.
func (p *Publisher) checkSuccessor(ctx context.Context, s successor, deliveries []core.Delivery) (doubts, error) {
	if !s.concernsDeliveries() || s.post.Held() && !s.content {
		return nil, nil //nolint:nilnil // nothing is to be told
	}
	targets, problems, err := p.unsentTargets(ctx, deliveries)
	if err != nil {
		return nil, err
	}
	told := doubts{}
	switch {
	case s.content && s.awaited():
		problems, told, err = p.validate(ctx, targets, s.post.Request, problems)
		if err != nil {
			return nil, err
		}
	case s.content:
		_, planned := p.plan(ctx, targets, s.post.Request)
		problems = append(problems, planned...)
	default:
		problems = append(problems, p.linkProblems(targets)...)
	}
	if s.content || !s.post.DueAt().Equal(s.was.DueAt()) {
		duplicates, err := p.duplicateProblems(ctx, accountsOf(targets), s.post.Request, s.post.DueAt(), s.was.ID)
		if err != nil {
			return nil, err
		}
		problems = append(problems, duplicates...)
	}
	if len(problems) > 0 {
		return nil, problems
	}
	if told == nil {
		told = doubts{}
	}
	for _, t := range targets {
		told[t.account.ID] = append(told[t.account.ID], relinkWarning(s.post, t.account)...)
	}
	return told, nil
}

// awaited tells whether there is time to ask networks and to fetch media.
func (s *successor) awaited() bool { return s.post.Scheduled() || s.post.Request.RequiresApproval }

// unsentTargets are the accounts that the post is still to go to.
func (p *Publisher) unsentTargets(ctx context.Context, deliveries []core.Delivery) ([]target, core.Errors, error) {
	var targets []target
	var problems core.Errors
	for _, d := range deliveries {
		if !d.Unsent() {
			continue
		}
		account, err := p.store.GetAccount(ctx, d.AccountID)
		provider, known := p.registry.Get(d.Platform)
		switch {
		case errors.Is(err, store.ErrNotFound):
			problems = append(problems, core.NotLinkedError("id", d.Platform))
		case err != nil:
			return nil, nil, err
		case !known:
			problems = append(problems, p.registry.UnknownPlatform("id", d.Platform))
		default:
			targets = append(targets, target{account: account, provider: provider})
		}
	}
	return targets, problems, nil
}
