package providertest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
)

const (
	// patience is how long, in real time, an adapter may take for a step that
	// nothing holds up.
	patience = time.Minute
	// maxRounds is how often Prepare may ask to be called again.
	maxRounds = 200
)

// scene is one network with the adapter in front of it, and all that was said.
type scene struct {
	*Instance

	t      testing.TB
	h      Harness
	info   core.Info
	clock  *coretest.Clock
	assets *coretest.Assets
	log    *slog.Logger

	mu      sync.Mutex
	said    bytes.Buffer  // log lines and the texts of errors
	secrets []core.Secret // besides the authors' tokens
}

// with runs the check on a network of its own, and then looks for tokens in
// everything that the adapter said, and for strangers among those whom it has called unguarded.
func (h Harness) with(t testing.TB, check func(*scene) error) error {
	t.Helper()
	s := &scene{t: t, h: h, assets: coretest.NewAssets(h.Files...)}
	s.log = slog.New(slog.NewJSONHandler(s, &slog.HandlerOptions{Level: slog.LevelDebug}))
	s.Instance = h.New(t, s.log)
	s.info = s.Provider.Info()
	if s.clock = s.Clock; s.clock == nil {
		s.clock = coretest.NewClock(coretest.Epoch())
	}
	s.clock.SkipWaits()
	return errors.Join(check(s), s.leaks(), s.trespasses())
}

// Write takes a log line.
func (s *scene) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.said.Write(p)
}

// hear keeps every text that an error could end up as, and returns the error.
func (s *scene) hear(err error) error {
	if err == nil {
		return nil
	}
	s.log.Debug("an error was returned", "error", err)
	encoded, jsonErr := json.Marshal(core.AsErrors(err))
	if jsonErr != nil {
		return errors.Join(err, jsonErr)
	}
	for _, text := range []string{err.Error(), fmt.Sprintf("%+v %#v", err, err), string(encoded)} {
		_, _ = s.Write([]byte(text + "\n")) // writing to memory does not fail
	}
	return err
}

// guard keeps secrets in mind that must not be said.
func (s *scene) guard(secrets ...core.Secret) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.secrets = append(s.secrets, secrets...)
}

// leaks tells whether a secret was said.
func (s *scene) leaks() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	secrets := append([]core.Secret{s.Author.Token, s.Author.Binding, s.Other.Token, s.Other.Binding}, s.secrets...)
	for line := range strings.Lines(s.said.String()) {
		for _, secret := range secrets {
			if hidden := secret.Reveal(); hidden != "" && strings.Contains(line, hidden) {
				return wrongf("a token or another secret is in an error or log line: %s", strings.ReplaceAll(line, hidden, "<SECRET>"))
			}
		}
	}
	return nil
}

// attempt is one publication with its session.
type attempt struct {
	core.Publication

	session    *core.Session
	checkpoint *coretest.Checkpoint
}

// session returns what the adapter gets for work on behalf of the author.
func (s *scene) session(a Author, c *coretest.Checkpoint) *core.Session {
	return coretest.NewSession(s.t, a.Account,
		coretest.WithToken(a.Token), coretest.WithBinding(a.Binding), coretest.WithAssets(s.assets), coretest.WithCheckpoint(c),
		coretest.WithClock(s.clock), coretest.WithLog(s.log))
}

// plan begins an attempt.
func (s *scene) plan(a Author, d core.Draft) (*attempt, error) {
	return s.resume(s.Provider, a, d, coretest.NewCheckpoint())
}

// resume begins an attempt that goes on with a checkpoint, as another process
// would.
func (s *scene) resume(p core.Provider, a Author, d core.Draft, c *coretest.Checkpoint) (*attempt, error) {
	pub, err := p.Plan(s.t.Context(), a.Account, d)
	if err != nil {
		return nil, wrongf("Plan refuses a good draft: %w", s.hear(err))
	}
	if pub == nil {
		return nil, wrongf("Plan returns neither a publication nor an error")
	}
	return &attempt{Publication: pub, session: s.session(a, c), checkpoint: c}, nil
}

// prepare calls Prepare until it is ready, letting time pass in between.
func (s *scene) prepare(ctx context.Context, a *attempt) error {
	for range maxRounds {
		progress, err := a.Prepare(ctx, a.session)
		switch {
		case err != nil:
			return s.hear(err)
		case progress.Ready:
			return nil
		case progress.After <= 0:
			return wrongf("Prepare is not ready and does not say when to come back")
		}
		s.clock.Advance(progress.After)
	}
	return wrongf("Prepare is not ready after %d rounds", maxRounds)
}

// ready returns an attempt that is prepared.
func (s *scene) ready(a Author, d core.Draft) (*attempt, error) {
	try, err := s.plan(a, d)
	if err != nil {
		return nil, err
	}
	if err := s.prepare(s.t.Context(), try); err != nil {
		return nil, wrongf("Prepare fails on a healthy network: %w", err)
	}
	return try, nil
}

// publish carries a draft to its end.
func (s *scene) publish(a Author, d core.Draft) (core.Receipt, error) {
	try, err := s.ready(a, d)
	if err != nil {
		return core.Receipt{}, err
	}
	receipt, err := try.Commit(s.t.Context(), try.session)
	if err != nil {
		return receipt, wrongf("Commit fails on a healthy network: %w", s.hear(err))
	}
	return receipt, nil
}

// count returns how many calls of a class arrived.
func (s *scene) count(class Class) int {
	n := 0
	for _, c := range s.Network.Calls() {
		if c.Class == class {
			n++
		}
	}
	return n
}

// applied returns how many calls of a class took effect.
func (s *scene) applied(class Class) int {
	n := 0
	for _, c := range s.Network.Calls() {
		if c.Class == class && c.Applied {
			n++
		}
	}
	return n
}

// writes names the calls since the first n that changed, or could have changed,
// something.
func (s *scene) writes(n int) []Call {
	var out []Call
	for _, c := range s.Network.Calls()[n:] {
		if c.Class != ClassRead {
			out = append(out, c)
		}
	}
	return out
}

// soon runs a step and gives up when it does not return.
func soon(name string, step func() error) error {
	done := make(chan error, 1)
	go func() { done <- step() }()
	timeout := time.NewTimer(patience)
	defer timeout.Stop()
	select {
	case err := <-done:
		return err
	case <-timeout.C:
		return wrongf("%s has not returned after %s", name, patience)
	}
}

// skipped logs that the adapter lacks an ability.
func (s *scene) skipped(a Ability) error {
	s.t.Logf("not checked: %s is no core.%s", s.info.Name, a)
	return nil
}

// wrongf describes what an adapter does wrong. It is a sentence about one of the
// adapter's methods, which begins with the method's name.
func wrongf(format string, args ...any) error { return fmt.Errorf(format, args...) }

// problems collects what a check finds.
type problems []error

func (ps *problems) add(format string, args ...any) { *ps = append(*ps, wrongf(format, args...)) }

// when adds a problem if bad.
func (ps *problems) when(bad bool, format string, args ...any) {
	if bad {
		ps.add(format, args...)
	}
}

// err returns the problems as one error, nil if there is none.
func (ps *problems) err() error { return errors.Join(*ps...) }
