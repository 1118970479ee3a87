package main

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/crier-social/crier/media/mediatest"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

var (
	soakFor  = flag.Duration("soak", 0, "how long TestSoak loads the server; 0: a few seconds, without looking for growth")
	soakRate = flag.Float64("soak-rate", 5, "requests a second of TestSoak")
)

// shortSoak keeps the soak working where it is only tried.
const shortSoak = 4 * time.Second

// TestSoak loads the program, as a process of its own, with a mix of requests and faults.
// At the end every post must be where Crier says that it is, once. With -soak it also
// looks for what grew: see soakFigures.
func TestSoak(t *testing.T) {
	t.Parallel()
	length, perSecond, every := shortSoak, 20.0, time.Second
	if *soakFor > 0 {
		length, perSecond, every = *soakFor, *soakRate, min(10*time.Second, *soakFor/40)
	}
	s := newSoak(t)
	s.run(length, perSecond, every)
	s.checkPosts()
	fmt.Fprintf(t.Output(), "%s at %g requests a second: %s\n\n%s\n", length, perSecond, s.counts(), s.watch.table())
	if *soakFor > 0 {
		for _, problem := range s.watch.grown() {
			t.Error(problem)
		}
	}
}

// soak is a server under load.
type soak struct {
	*serverProcess
	random *rand.Rand // of the loop that starts requests
	media  *mediatest.Server
	watch  *soakWatch
	faults []sandbox.Fault

	mu     sync.Mutex
	posts  []*soakPost
	done   map[string]int // requests by what they did
	faulty int
}

func newSoak(t *testing.T) *soak {
	t.Helper()
	const seed = 20261122
	ops, data := freeAddress(t), migratedDir(t)
	process := newServerProcess(
		t, sandbox.Options{Latency: sandbox.Latency{Min: time.Millisecond, Max: 10 * time.Millisecond, Seed: seed}, MaxPosts: 1 << 20},
		"CRIER_OPS_ADDR="+ops, "CRIER_DATA_DIR="+data, "CRIER_LOG_LEVEL=error", "CRIER_LEASE=15s", "CRIER_COMMIT_TIMEOUT=5s",
	)
	s := &soak{
		serverProcess: process, random: rand.New(rand.NewPCG(seed, seed)), media: mediatest.NewServer(t), done: map[string]int{},
		watch: newSoakWatch("http://"+ops+"/metrics", filepath.Join(data, "crier.db"), filepath.Join(data, "spool")),
		// Those of which the outcome is known within seconds.
		faults: []sandbox.Fault{sandbox.CutAfter(), sandbox.Delay(300 * time.Millisecond)},
	}
	if *soakFor > 0 {
		s.faults = append(s.faults, sandbox.CutBefore(), sandbox.Respond(503, "<html>Service Unavailable</html>"))
	}
	s.media.File("picture.jpg", mediatest.JPEG(800, 600))
	s.media.Serve("video.mp4", mediatest.Video(mediatest.VideoOptions{Size: 2_000_000}), mediatest.Behaviour{})
	return s
}

// run sends requests at the rate, whatever becomes of those before, and takes samples
// meanwhile.
func (s *soak) run(length time.Duration, perSecond float64, every time.Duration) {
	s.t.Helper()
	const atOnce = 64
	ctx, stop := context.WithTimeout(s.t.Context(), length)
	defer stop()
	var group errgroup.Group
	group.SetLimit(atOnce + 1)
	group.Go(func() error { return s.sample(ctx, every) })
	ticker := time.NewTicker(time.Duration(float64(time.Second) / perSecond))
	defer ticker.Stop()
	for i := 0; ctx.Err() == nil; i++ {
		s.breakSomething()
		action := s.pick(i)
		group.Go(func() error { return action() })
		select {
		case <-ticker.C:
		case <-ctx.Done():
		}
	}
	if err := group.Wait(); err != nil {
		s.t.Error(err)
	}
}

func (s *soak) sample(ctx context.Context, every time.Duration) error {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return nil
		}
		s.mu.Lock()
		posts := len(s.posts)
		s.mu.Unlock()
		if err := s.watch.take(s.client, posts); err != nil {
			return err
		}
	}
}

// breakSomething lets now and then one of the calls go wrong that publish a post.
func (s *soak) breakSomething() {
	const oneIn = 40
	if s.random.IntN(oneIn) > 0 {
		return
	}
	if err := s.network.Next("POST /rest/posts", s.faults[s.random.IntN(len(s.faults))]); err != nil {
		s.t.Error(err)
	}
	s.faulty++
}
