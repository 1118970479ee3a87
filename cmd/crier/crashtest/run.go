package crashtest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/crier-social/crier/core/publish"
	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store/sqlite"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

const (
	// startPatience is how long a process may take to answer after its start, on a machine
	// that has other things to do.
	startPatience = 30 * time.Second
	// endPatience is how long Crier may take, once the trouble has ceased, to bring
	// everything to its end: the last look for a lost answer, and failures before it.
	endPatience = 10 * time.Minute
	// calm is how long nothing may have been left to do before it counts as done.
	calm = 200 * time.Millisecond
	// skipMore is how much further than to the next work the clock is moved, so that what
	// is due soon after is done as well before it is moved again.
	skipMore = time.Second
	// lastWords is how many lines of the processes' log go with an error.
	lastWords = 40
)

// Options is what a run consists of.
type Options struct {
	Seed    uint64
	Kills   int
	Program Program
	Dir     string // an empty folder
	Plan    *Plan  // nil: that of the seed
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
	network *network
	files   *files
	machine *machine
	client  *client
	stories []*story
	authors sync.WaitGroup
	kills   int
	began   time.Time
}

// Run kills Crier as often as the plan has it and reports what became of the posts. An
// error means that the run could not be carried out, which may be Crier's fault as well:
// a process that does not start, or ends by itself, or posts that come to no end.
func Run(ctx context.Context, o Options) (report Report, err error) {
	r := &run{Options: o, began: time.Now(), clock: &clock{}, files: newFiles()}
	defer r.files.Close()
	if r.plan = NewPlan(o.Seed, o.Kills, o.Program.AheadVariable == ""); o.Plan != nil {
		r.plan = *o.Plan
	}
	options := sandbox.Options{
		EveryVersion: true, Dir: o.Dir + "/network", Clock: r.clock, PartBytes: videoParts, VideoProcessingPolls: 1,
		MaxPosts:        len(r.plan.Posts)*2 + 100,
		Latency:         sandbox.Latency{Min: time.Millisecond, Max: 25 * time.Millisecond, Seed: o.Seed},
		DuplicateWindow: o.Tamper.duplicateWindow(),
	}
	if r.network, err = newNetwork(options, r.plan.Posts); err != nil {
		return Report{}, err
	}
	defer func() { err = errors.Join(err, r.network.close()) }()
	if r.machine, err = newMachine(o, r.clock, r.network.server.URL); err != nil {
		return Report{}, err
	}
	defer func() { err = errors.Join(err, r.machine.killAll()) }()
	r.client = newClient(r.machine.address)
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
	return Report{Seed: o.Seed, Kills: r.kills, Duration: time.Since(r.began), Verdict: v}, nil
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
	for _, life := range r.plan.FirstStarts {
		if err := r.machine.start(victimServer); err != nil {
			return err
		}
		wait(life)
		if err := r.machine.kill(victimServer); err != nil {
			return err
		}
	}
	if err := r.start(ctx, victimServer); err != nil {
		return err
	}
	accounts, err := r.client.link(ctx)
	if err != nil {
		return err
	}
	if r.Tamper == TamperNone {
		r.network.trouble(rand.New(rand.NewPCG(r.Seed, 2))) //nolint:gosec // a trouble that can be repeated is what it is for
	}
	lives, stop := context.WithTimeout(ctx, time.Duration(r.Kills)*5*time.Second+endPatience)
	defer stop()
	for i, round := range r.plan.Rounds {
		for _, p := range r.plan.Posts[i*postsPerRound : (i+1)*postsPerRound] {
			r.send(lives, p, accounts)
		}
		if err := r.round(ctx, round); err != nil {
			return fmt.Errorf("round %d (%+v): %w", i, round, err)
		}
		if done := i + 1; done%50 == 0 && done < len(r.plan.Rounds) {
			r.say("%d of %d kills", done, len(r.plan.Rounds))
		}
	}
	r.network.trouble(nil)
	if err := r.start(ctx, victimServer); err != nil {
		return err
	}
	r.authors.Wait()
	return lives.Err()
}

// send lets an author publish a post.
func (r *run) send(ctx context.Context, p Post, accounts []string) {
	s := &story{post: p, texts: []string{p.Text()}}
	r.stories = append(r.stories, s)
	a := &author{client: r.client, clock: r.clock, files: r.files, accounts: accounts, story: s}
	r.authors.Go(func() {
		wait(p.Pause)
		a.live(ctx)
	})
}

// round runs the processes and kills one.
func (r *run) round(ctx context.Context, round Round) error {
	if round.Worker {
		if err := r.machine.start(victimWorker); err != nil {
			return err
		}
	} else if err := r.machine.kill(victimWorker); err != nil {
		return err
	}
	if round.Early {
		if err := r.machine.kill(victimServer); err != nil {
			return err
		}
		if err := r.machine.start(victimServer); err != nil {
			return err
		}
	} else if err := r.start(ctx, victimServer); err != nil {
		return err
	}
	wait(round.After)
	if err := r.machine.kill(round.Victim); err != nil {
		return err
	}
	r.kills++
	if r.Tamper != TamperNone {
		if err := r.machine.killAll(); err != nil {
			return err
		}
		return r.Tamper.apply(ctx, r.machine.database())
	}
	return nil
}

// start runs a command; the server is waited for until it answers.
func (r *run) start(ctx context.Context, command string) error {
	if err := r.machine.start(command); err != nil {
		return err
	}
	for began := time.Now(); command == victimServer && !r.client.answers(ctx); wait(knock / 4) {
		if time.Since(began) > startPatience {
			return fmt.Errorf("crier %s does not answer within %s", command, startPatience)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// settle gives Crier the time that it needs to bring everything to its end.
func (r *run) settle(ctx context.Context) error {
	r.say("%s: %d kills; now everything comes to its end", time.Since(r.began).Round(time.Second/10), r.kills)
	db, err := sqlite.Open(r.machine.database(), sqlite.Options{Clock: r.clock})
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
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
		if r.Program.AheadVariable != "" && r.network.idle(calm) {
			if ahead := next.Sub(r.clock.Now()); ahead > calm {
				if err := r.skip(ctx, ahead+skipMore); err != nil {
					return err
				}
			}
		}
	}
}

// skip lets the processes live on as if so much time had passed.
func (r *run) skip(ctx context.Context, d time.Duration) error {
	if err := r.machine.killAll(); err != nil {
		return err
	}
	r.clock.skip(d)
	return r.start(ctx, victimServer)
}
