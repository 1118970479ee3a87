package publish

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store"
)

// Accept checks a request for every account that it names and stores it with
// its deliveries and jobs; when it returns without an error, the post cannot be
// lost any more.
//
// A request with problems is refused as a whole: nothing is sent, the refused
// post is stored with the status error, so that its id can be looked up, and the
// problems are returned as core.Errors together with it. An idempotency key that
// was used before gives CodeKeyReused for the body's field, store.ErrKeyUsed for
// the header's; nothing is stored then.
//
// A post that is repeated is stored with its repetitions, all or none. One that leaves its
// time to a schedule is checked for the next free slot, and takes the one that is next
// when it is stored: a request that is refused takes none.
func (p *Publisher) Accept(ctx context.Context, s Submission) (Outcome, error) {
	now := p.clock.Now()
	if err := s.chooseSlot(ctx, time.Time{}); err != nil {
		return Outcome{}, err
	}
	s.Request = withoutPast(s.Request, now)
	post := core.Post{
		ID: core.NewID(now), ProfileID: s.ProfileID, Request: s.Request,
		Status: core.PostOpen, CreatedAt: now,
	}
	if post.AwaitsApproval() {
		post.Status = core.PostAwaitingApproval
	}
	targets, problems, err := p.targets(ctx, s.ProfileID, s.Request)
	if err != nil {
		return Outcome{}, err
	}
	problems, doubts, err := p.validate(ctx, targets, s.Request, problems)
	if err != nil {
		return Outcome{}, err
	}
	if len(problems) > 0 {
		return p.refuseWith(ctx, post, s.Idempotency, targets, problems)
	}
	post.SeriesID = seriesOf(post)
	post.AwaitedUntil = p.awaitedUntil(post, s.Awaited)
	return p.storeAccepted(ctx, post, s, targets, doubts)
}

// withoutPast returns the request without times that have passed: they mean at once.
func withoutPast(r core.PostRequest, now time.Time) core.PostRequest {
	if !r.ScheduleAt.After(now) {
		r.ScheduleAt = time.Time{}
	}
	if r.AutoRepost != nil && !r.AutoRepost.StartAt.After(now) {
		repost := *r.AutoRepost
		repost.StartAt = time.Time{}
		r.AutoRepost = &repost
	}
	return r
}

// doubts is what the author of an accepted request is told, by account id: what could
// not be checked, and what the adapter has warned of.
type doubts map[string][]core.Warning

// validate plans the request and adds what is wrong with it to the problems; one
// that is scheduled or to be approved, and has none, is also checked against the
// network and its media, since nobody will be there to see it fail.
func (p *Publisher) validate(ctx context.Context, targets []target, r core.PostRequest, problems core.Errors) (core.Errors, doubts, error) {
	scheduled := !r.ScheduleAt.IsZero() || r.RequiresApproval
	if scheduled && r.SkipValidation {
		return problems, nil, nil
	}
	plans, planProblems := p.plan(ctx, targets, r)
	problems = append(problems, planProblems...)
	if scheduled {
		problems = append(problems, p.linkProblems(targets)...)
	}
	if !scheduled && len(problems) == 0 {
		quotaProblems, err := p.quotaProblems(ctx, targets)
		return quotaProblems, nil, err
	}
	if len(problems) > 0 || !slices.ContainsFunc(plans, planned.checkable) {
		return problems, nil, nil
	}
	found := p.inspect(ctx, plans)
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	unsure := doubts{}
	for i, f := range found {
		var warnings []core.Warning
		f.problems, warnings = permanent(f.problems)
		problems = append(problems, f.problems...)
		unsure[plans[i].account.ID] = append(warnings, f.warnings...)
	}
	return problems, unsure, nil
}

// linkProblems lists the accounts that have to be linked again.
func (p *Publisher) linkProblems(targets []target) core.Errors {
	var problems core.Errors
	for _, t := range targets {
		if e := linkProblem(t.account, p.clock.Now()); e != nil {
			problems = append(problems, e)
		}
	}
	return problems
}

// permanent parts the problems from those that may be gone when the post is due: of
// these the author is only told.
func permanent(problems core.Errors) (lasting core.Errors, passing []core.Warning) {
	for _, e := range problems {
		switch e.Kind {
		case core.KindTemporary, core.KindRateLimited, core.KindInternal, core.KindUncertain:
			passing = append(passing, core.Warning{
				Code: core.CodeOf(e), Field: e.Field,
				Message: "this could not be checked when the post was accepted, and is tried again when it is due: " + e.Message,
			})
		case core.KindInvalid, core.KindUnsupported, core.KindMedia, core.KindAuth,
			core.KindForbidden, core.KindNotFound, core.KindDuplicate:
			lasting = append(lasting, e)
		}
	}
	return lasting, passing
}

// wakeAhead is how soon a job must be due to be told to the runner; it finds later
// ones in time by itself.
const wakeAhead = 5 * time.Second

// storeAccepted stores an accepted post, in a slot if it is to have one.
func (p *Publisher) storeAccepted(ctx context.Context, post core.Post, s Submission, targets []target, d doubts) (Outcome, error) {
	var taken time.Time
	for {
		if err := s.chooseSlot(ctx, taken); err != nil {
			return Outcome{}, err
		}
		post.Request.ScheduleAt = s.Request.ScheduleAt
		n := p.newPost(post, p.newDeliveries(post, targets, d))
		n.Request, n.Also = bound(s.Idempotency, post.ID), p.repetitions(post, targets)
		o, err := p.storePost(ctx, n)
		if errors.Is(err, store.ErrDuplicate) {
			return p.refuseWith(ctx, post, s.Idempotency, targets, nil)
		}
		if !errors.Is(err, store.ErrSlotTaken) {
			return o, err
		}
		taken = post.Request.ScheduleAt // by another request, since it was chosen
	}
}

// newPost returns a post with everything that it needs to go out.
func (p *Publisher) newPost(post core.Post, deliveries []core.Delivery) store.NewPost {
	jobs := make([]queue.Job, 0, len(deliveries))
	for _, d := range deliveries {
		if !d.Held {
			jobs = append(jobs, p.jobOf(post, d))
		}
	}
	n := store.NewPost{Post: post, Deliveries: deliveries, Jobs: jobs}
	if p.checksDuplicates(post.Request) {
		n.DuplicateWindow = duplicateWindow
	}
	return n
}

// storePost stores an accepted post, with those that are stored with it or not at all.
func (p *Publisher) storePost(ctx context.Context, n store.NewPost) (Outcome, error) {
	if err := p.store.InsertPost(ctx, n); err != nil {
		return Outcome{}, p.keyError(ctx, err, n.Post)
	}
	soon := false
	for _, stored := range append([]store.NewPost{n}, n.Also...) {
		p.observer.PostAccepted(stored.Post.Scheduled(), len(stored.Deliveries))
		soon = soon || slices.ContainsFunc(stored.Jobs, func(j queue.Job) bool { return j.RunAt.Before(stored.Post.CreatedAt.Add(wakeAhead)) })
	}
	p.logOf(ctx).InfoContext(ctx, "post accepted",
		"post", n.Post.ID, "deliveries", len(n.Deliveries), "due", n.Deliveries[0].DueAt, "others", len(n.Also))
	if soon {
		p.wake()
	}
	return Outcome{Post: n.Post, Deliveries: n.Deliveries}, nil
}

// refuseWith refuses a post for its problems and its duplicates.
func (p *Publisher) refuseWith(ctx context.Context, post core.Post, request *store.Request, targets []target, problems core.Errors) (Outcome, error) {
	duplicates, err := p.seriesDuplicates(ctx, sendable(targets, problems), post.Request)
	if err != nil {
		return Outcome{}, err
	}
	if problems = append(problems, duplicates...); len(problems) == 0 {
		problems = core.Errors{vanishedDuplicate()}
	}
	return p.refuse(ctx, post, request, problems)
}

// refuse stores a post that will not be sent.
func (p *Publisher) refuse(ctx context.Context, post core.Post, request *store.Request, problems core.Errors) (Outcome, error) {
	post.Status, post.SeriesID = core.PostError, ""
	post.Refusal = problems
	err := p.store.InsertPost(ctx, store.NewPost{Post: post, Request: bound(request, post.ID)})
	if err != nil {
		return Outcome{}, p.keyError(ctx, err, post)
	}
	p.observer.PostRefused()
	p.logOf(ctx).InfoContext(ctx, "post refused", "post", post.ID, "problems", places(problems))
	return Outcome{Post: post}, problems
}

// places names number and field of each problem. The messages may quote the request,
// and what a client puts in the wrong place may be a secret: they stay out of the log.
func places(problems core.Errors) []string {
	out := make([]string, len(problems))
	for i, e := range problems {
		out[i] = fmt.Sprintf("%d %s", core.CodeOf(e), e.Field)
	}
	return out
}

// bound returns the idempotency record with the post that it led to.
func bound(request *store.Request, postID string) *store.Request {
	if request == nil {
		return nil
	}
	r := *request
	r.PostID = postID
	return &r
}

// keyError explains that the body's idempotencyKey was used before, and by which
// post. Where no post has it, the header's key is the one that was used.
func (p *Publisher) keyError(ctx context.Context, err error, post core.Post) error {
	key := post.Request.IdempotencyKey
	if !errors.Is(err, store.ErrKeyUsed) || key == "" {
		return err
	}
	first, findErr := p.store.FindPost(ctx, post.ProfileID, key)
	switch {
	case errors.Is(findErr, store.ErrNotFound):
		return err
	case findErr != nil:
		return findErr
	}
	return &core.Error{
		Kind: core.KindInvalid, Code: core.CodeKeyReused, Field: "idempotencyKey",
		Message: "this idempotencyKey was used before, by post " + first.ID,
		Help:    "GET /post/" + first.ID + " shows what became of it; use a new key for a new post.", Err: err,
	}
}

// newDeliveries returns the deliveries of a post, with what its author is to be told.
func (p *Publisher) newDeliveries(post core.Post, targets []target, d doubts) []core.Delivery {
	deliveries := make([]core.Delivery, len(targets))
	for i, t := range targets {
		deliveries[i] = p.newDelivery(post, t.account)
		deliveries[i].Warnings = append(deliveries[i].Warnings, d[t.account.ID]...)
	}
	return deliveries
}

// newDelivery returns the delivery of a post to an account. Its id is derived,
// so that storing it again stores the same one.
func (p *Publisher) newDelivery(post core.Post, a core.Account) core.Delivery {
	return core.Delivery{
		ID: core.ChildID(post.ID, "delivery", a.ID), PostID: post.ID, ProfileID: post.ProfileID,
		AccountID: a.ID, Platform: a.Platform, State: core.DeliveryAccepted, DueAt: post.DueAt(), Content: p.contentOf(post.Request, a.ID, a.Platform),
		Revision: post.Revision, Held: post.Held(), Warnings: linkWarnings(post, a), CreatedAt: post.CreatedAt, UpdatedAt: post.CreatedAt,
	}
}

// startAt is when work on a delivery begins: at once, or ahead of its time, since media
// takes time to arrive and to be processed.
func (p *Publisher) startAt(post core.Post, d core.Delivery) time.Time {
	ahead := prepareTextAhead
	if len(post.Request.Media.For(d.Platform)) > 0 {
		ahead = p.prepareAhead
	}
	// Not before its acceptance: the queue takes the earliest first.
	if at := d.DueAt.Add(-ahead); at.After(d.CreatedAt) {
		return at
	}
	return d.CreatedAt
}
