package crashtest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	// startPatience is how long a process may take to answer after its start, on a machine
	// that has other things to do.
	startPatience = 3 * time.Minute
	// lastWords is how many lines of the processes' log go with an error.
	lastWords = 40
)

// Options is what a run consists of.
type Options struct {
	Seed     uint64
	Kills    int
	Networks []Network // at least one, each of another platform
	Fleet    Fleet
	Store    Store
	Program  Program
	Dir      string // an empty folder
	Plan     *Plan  // nil: that of the seed
	// Tamper takes one of Crier's protections away, to see that a run notices it.
	Tamper Tamper
	// Say tells people how far the run is; nil: nobody.
	Say func(format string, args ...any)
}

// run is a run under way.
type run struct {
	Options
	plan    Plan
	clock   *clock
	fronts  []*front
	outlets []outlet
	files   *files
	machine *machine
	client  *client
	stories []*story
	authors sync.WaitGroup
	// landmarks are posts that others can be about.
	landmarks landmarks
	kills     int
	stops     int // in order
	freezes   int
	faults    int // of the database
	began     time.Time
}

// Run kills Crier as often as the plan has it and reports what became of the posts. An
// error means that the run could not be carried out, which may be Crier's fault as well:
// a process that does not start, or ends by itself, or posts that come to no end.
func Run(ctx context.Context, o Options) (report Report, err error) {
	r := &run{Options: o, began: time.Now(), clock: &clock{}, files: newFiles()}
	defer r.files.Close()
	if r.plan = NewPlan(o); o.Plan != nil {
		r.plan = *o.Plan
	}
	defer func() {
		for _, f := range r.fronts {
			err = errors.Join(err, f.close())
		}
	}()
	if err := r.openNetworks(); err != nil {
		return Report{}, err
	}
	if r.machine, err = newMachine(o, r.clock, r.settings()); err != nil {
		return Report{}, err
	}
	defer func() { err = errors.Join(err, r.machine.killAll()) }()
	r.client = newClient(r.machine.servers())
	if err := r.publishAndKill(ctx); err != nil {
		return Report{}, r.explain(err)
	}
	if err := r.settle(ctx); err != nil {
		return Report{}, r.explain(err)
	}
	v, err := r.judge(ctx)
	if err != nil {
		return Report{}, r.explain(err)
	}
	return Report{Seed: o.Seed, Kills: r.kills, Stops: r.stops, Freezes: r.freezes, StoreFaults: r.faults, Duration: time.Since(r.began), Verdict: v}, nil
}

// openNetworks starts the networks and tells who the outlets are.
func (r *run) openNetworks() error {
	for _, n := range r.Networks {
		f, err := newFront(n, Opening{Dir: r.Dir, Clock: r.clock, Seed: r.Seed, TakesDuplicates: r.Tamper != TamperNone}, r.plan.Posts)
		if err != nil {
			return fmt.Errorf("%s does not start: %w", n.Platform(), err)
		}
		r.fronts = append(r.fronts, f)
		authors := f.Authors()
		for i, a := range n.Accounts() {
			r.outlets = append(r.outlets, outlet{Account: a, Author: authors[i], front: f})
		}
	}
	return nil
}

// settings lead the processes to the networks.
func (r *run) settings() []string {
	var list []string
	for _, f := range r.fronts {
		list = append(list, f.Settings()...)
	}
	return list
}

// idle tells whether no network has been asked anything for some time.
func (r *run) idle(d time.Duration) bool {
	return !slices.ContainsFunc(r.fronts, func(f *front) bool { return !f.idle(d) })
}

// explain adds to an error what the processes wrote last.
func (r *run) explain(err error) error {
	lines := r.machine.log.about("", lastWords)
	return fmt.Errorf("%w\n\t%s", err, strings.Join(lines, "\n\t"))
}

func (r *run) say(format string, args ...any) {
	if r.Say != nil {
		r.Say(format, args...)
	}
}

// publishAndKill is the run up to its last kill.
func (r *run) publishAndKill(ctx context.Context) error {
	if err := r.firstStarts(ctx); err != nil {
		return err
	}
	if err := r.client.link(ctx, r.outlets); err != nil {
		return err
	}
	r.trouble(r.Tamper == TamperNone)
	lives, stop := context.WithTimeout(ctx, time.Duration(r.Kills)*5*time.Second+endPatience)
	defer stop()
	for i, round := range r.plan.Rounds {
		for _, p := range r.plan.Posts[i*postsPerRound : (i+1)*postsPerRound] {
			r.send(lives, p)
		}
		if err := r.round(ctx, round); err != nil {
			return fmt.Errorf("round %d (%+v): %w", i, round, err)
		}
		if done := i + 1; done%50 == 0 && done < len(r.plan.Rounds) {
			r.say("%d of %d rounds, %d kills", done, len(r.plan.Rounds), r.kills)
		}
	}
	r.trouble(false)
	if err := r.start(ctx, r.crew()...); err != nil {
		return err
	}
	r.authors.Wait()
	return lives.Err()
}

// trouble lets a few of all requests to the networks fail, or no more.
func (r *run) trouble(on bool) {
	for i, f := range r.fronts {
		if !on {
			f.trouble(nil)
			continue
		}
		f.trouble(rand.New(rand.NewPCG(r.Seed, 2+uint64(i)))) //nolint:gosec // a trouble that can be repeated is what it is for
	}
}

// firstStarts kills the processes while they set up the database, and starts them for good.
func (r *run) firstStarts(ctx context.Context) error {
	for _, life := range r.plan.FirstStarts {
		for _, p := range r.crew() {
			if err := r.machine.start(p); err != nil {
				return err
			}
		}
		wait(life)
		if err := r.machine.killAll(); err != nil {
			return err
		}
	}
	return r.start(ctx, r.crew()...)
}

// crew lists the processes that run while nothing is killed: all of a fleet, or the server.
func (r *run) crew() []Process {
	if all := r.Fleet.Processes(); r.Fleet != (Fleet{}) {
		return all
	}
	return []Process{Server(1)}
}

// send lets an author publish a post.
func (r *run) send(ctx context.Context, p Post) {
	s := &story{post: p, texts: []string{p.Text()}}
	r.stories = append(r.stories, s)
	a := &author{client: r.client, clock: r.clock, files: r.files, outlets: r.outlets, landmarks: &r.landmarks, story: s}
	r.authors.Go(func() {
		wait(p.Pause)
		a.live(ctx)
	})
}

// round runs the processes and kills some.
func (r *run) round(ctx context.Context, round Round) error {
	if err := r.machine.kill(round.Absent...); err != nil {
		return err
	}
	before := r.creates()
	others := slices.DeleteFunc(r.Fleet.Processes(), func(p Process) bool {
		return slices.Contains(round.Absent, p) || round.Early && slices.Contains(round.Victims, p)
	})
	if err := r.start(ctx, others...); err != nil {
		return err
	}
	if round.Called {
		if err := r.awaitCreate(ctx, before); err != nil {
			return err
		}
	}
	if err := r.meet(round); err != nil {
		return err
	}
	if r.Tamper == TamperNone {
		return nil
	}
	if err := r.machine.killAll(); err != nil {
		return err
	}
	db, err := r.open()
	if err != nil {
		return err
	}
	return errors.Join(r.Tamper.apply(ctx, db), db.Close())
}

// creates counts what was asked of the networks and cannot be undone.
func (r *run) creates() (n int) {
	for _, f := range r.fronts {
		n += f.record.total()
	}
	return n
}

// awaitCreate waits until one more create has come in than before.
func (r *run) awaitCreate(ctx context.Context, before int) error {
	for began := time.Now(); r.creates() == before; wait(knock / 4) {
		if time.Since(began) > startPatience {
			return fmt.Errorf("no post was sent within %s", startPatience)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// meet lets the round's faults happen.
func (r *run) meet(round Round) error {
	disturbed := time.Duration(0)
	if round.StoreFault != StoreWell && r.Store.Proxy != nil {
		r.faults++
		disturbed = min(round.FaultFor, round.After)
		round.StoreFault.begin(r.Store.Proxy, r.random)
		defer round.StoreFault.end(r.Store.Proxy)
	}
	if round.Early {
		if err := r.machine.startAnew(round.Victims, disturbed > 0); err != nil {
			return err
		}
	}
	wait(disturbed)
	if r.Store.Proxy != nil && (disturbed < round.After || round.kills() == 0) {
		round.StoreFault.end(r.Store.Proxy)
	}
	wait(round.After - disturbed)
	r.kills += round.kills()
	switch {
	case round.Orderly:
		r.stops += len(round.Victims)
		return r.machine.stop(round.Victims...)
	case round.Frozen:
		r.freezes += len(round.Victims)
		return r.machine.freeze(frozenFor, round.Victims...)
	}
	return r.machine.kill(round.Victims...)
}

// random is a random number below n that differs from run to run, as the order of the commands
// does that it is thrown for.
func (*run) random(n int) int { return rand.IntN(n) } //nolint:gosec // nobody gains by guessing it

// start runs processes and waits until all of them are up.
func (r *run) start(ctx context.Context, list ...Process) error {
	for _, p := range list {
		if err := r.machine.start(p); err != nil {
			return err
		}
	}
	for _, p := range list {
		for began := time.Now(); !r.client.answers(ctx, r.machine.readiness(p)); wait(knock / 4) {
			if time.Since(began) > startPatience {
				return fmt.Errorf("crier %s is not up within %s", p, startPatience)
			}
			if err := ctx.Err(); err != nil {
				return err
			}
		}
	}
	return nil
}
