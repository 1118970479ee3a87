package crashtest

import (
	"context"
	"fmt"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/publish"
	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store"
)

const (
	// endPatience is how long Crier may take, once the trouble has ceased, to bring
	// everything to its end: the last look for a lost answer, and failures before it.
	endPatience = 10 * time.Minute
	// calm is how long nothing may have been left to do before it counts as done.
	calm = 200 * time.Millisecond
	// skipMore is how much further than to the next work the clock is moved, so that what
	// is due soon after is done as well before it is moved again.
	skipMore = time.Second
	// repairedAfter is how long after the last death the processes may take up what a dead one
	// has begun to store: it has to be a minute old, and a dead process's turn to do so lasts
	// for three.
	repairedAfter = 5 * time.Minute
	// repairing is how long that may take, from the start of a process on.
	repairing = 2 * time.Minute
)

// settle gives Crier the time that it needs to bring everything to its end.
func (r *run) settle(ctx context.Context) error {
	r.say("%s: %d kills; now everything comes to its end", time.Since(r.began).Round(time.Second/10), r.kills)
	db, err := r.open()
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	died := r.clock.Now()
	if err := r.finishJobs(ctx, db); err != nil || !r.Store.shared() {
		return err
	}
	if err := r.pass(ctx, died.Add(repairedAfter)); err != nil {
		return err
	}
	for began := time.Now(); time.Since(began) < repairing; wait(calm) {
		if err := r.finishJobs(ctx, db); err != nil {
			return err
		}
		open, err := openPosts(ctx, db)
		if err != nil || open == 0 {
			return err
		}
	}
	return nil // what has come to no end is for the judge
}

// finishJobs returns once no job is left.
func (r *run) finishJobs(ctx context.Context, db store.Store) error {
	for began := time.Now(); ; wait(calm) {
		next, err := db.NextRunAt(ctx, []string{publish.JobKind}, queue.Everything)
		if err != nil {
			return err
		}
		if next.IsZero() {
			return nil
		}
		if time.Since(began) > endPatience {
			return fmt.Errorf("work is left after %s; the next is due at %s, and it is %s", endPatience, next, r.clock.Now())
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if r.Program.AheadVariable != "" && r.idle(calm) {
			if ahead := next.Sub(r.clock.Now()); ahead > calm {
				if err := r.skip(ctx, ahead+skipMore); err != nil {
					return err
				}
			}
		}
	}
}

// openPosts counts the posts that have not come to an end. Reading them may complete what a
// dead process has begun to store; whatever reads posts does so.
func openPosts(ctx context.Context, db store.Store) (int, error) {
	posts, err := everyPost(ctx, db)
	open := 0
	for _, p := range posts {
		if p.Status == core.PostOpen {
			open++
		}
	}
	return open, err
}

// pass lets it be so late, in the processes' time.
func (r *run) pass(ctx context.Context, until time.Time) error {
	if r.Program.AheadVariable != "" {
		return r.skip(ctx, max(0, until.Sub(r.clock.Now())))
	}
	for r.clock.Now().Before(until) {
		if err := ctx.Err(); err != nil {
			return err
		}
		wait(calm)
	}
	return nil
}

// skip lets the processes live on as if so much time had passed.
func (r *run) skip(ctx context.Context, d time.Duration) error {
	if err := r.machine.killAll(); err != nil {
		return err
	}
	r.clock.skip(d)
	return r.start(ctx, r.crew()...)
}
