package main

import (
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/config"
	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/vault"
	"github.com/crier-social/crier/providers"
)

// commonSettings loads settings that are complete for a shared store, changed by some.
func commonSettings(t *testing.T, changes ...string) config.Config {
	t.Helper()
	environ := append([]string{"CRIER_STORE=mongodb://a/db"}, sharedEnviron("a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=")...)
	for _, change := range changes {
		name, _, _ := strings.Cut(change, "=")
		environ = slices.DeleteFunc(environ, func(s string) bool { return strings.HasPrefix(s, name+"=") })
	}
	cfg, err := config.Load(append(environ, changes...), "", providers.Adapters()...)
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

func TestClash(t *testing.T) {
	t.Parallel()
	const (
		folder, elsewhere = "CRIER_MEDIA_STORE=disk:/srv/media", "CRIER_MEDIA_STORE=disk:/mnt/media"
		keyA, keyB        = "CRIER_API_KEY=a-key-of-16-characters", "CRIER_API_KEY=another-key-of-16-characters"
	)
	type process struct {
		settings []string
		host     string
		keys     string
		sandbox  bool
	}
	for name, tc := range map[string]struct {
		own, other process
		refused    string // what the refusal names; empty: there is none
		differs    []string
	}{
		"the same":                         {},
		"a key that the other lacks":       {own: process{keys: "new old"}, refused: "CRIER_MASTER_KEY"},
		"the next key second":              {own: process{keys: "old new"}},
		"a key that the other has":         {own: process{keys: "new old"}, other: process{keys: "old new"}},
		"one before the change":            {other: process{keys: "old new"}},
		"another public URL":               {own: process{settings: []string{"CRIER_PUBLIC_URL=https://other.example"}}, differs: []string{"CRIER_PUBLIC_URL"}},
		"another bucket":                   {own: process{settings: []string{"CRIER_MEDIA_STORE=s3://other"}}, refused: "CRIER_MEDIA_STORE"},
		"another part of the bucket":       {own: process{settings: []string{"CRIER_MEDIA_STORE=s3://bucket/other"}}, refused: "CRIER_MEDIA_STORE"},
		"the bucket at another endpoint":   {own: process{settings: []string{"CRIER_MEDIA_STORE=s3://bucket?endpoint=http://10.0.0.1:9000"}}},
		"a folder instead of a bucket":     {own: process{settings: []string{folder}, host: "b"}, refused: "CRIER_MEDIA_STORE"},
		"another folder":                   {own: process{settings: []string{folder}}, other: process{settings: []string{elsewhere}}, refused: "CRIER_MEDIA_STORE"},
		"another folder, another machine":  {own: process{settings: []string{folder}}, other: process{settings: []string{elsewhere}, host: "b"}, differs: []string{"CRIER_MEDIA_STORE"}},
		"an API key where none was set":    {own: process{settings: []string{keyA}}},
		"no API key where one was set":     {other: process{settings: []string{keyA}}},
		"another API key":                  {own: process{settings: []string{keyA}}, other: process{settings: []string{keyB}}, refused: "CRIER_API_KEY"},
		"the same API key":                 {own: process{settings: []string{keyA}}, other: process{settings: []string{keyA}}},
		"another network":                  {own: process{settings: []string{"CRIER_LINKEDIN_API_URL=http://127.0.0.1:8082"}}, refused: "CRIER_LINKEDIN_…_URL: this process posts to another address"},
		"two sandboxes":                    {own: process{sandbox: true}, other: process{sandbox: true}, refused: "--sandbox"},
		"a sandbox beside the others":      {own: process{sandbox: true}, refused: "--sandbox"},
		"others beside a sandbox":          {other: process{sandbox: true}, refused: "--sandbox"},
		"both public URL and media differ": {own: process{settings: []string{"CRIER_PUBLIC_URL=https://other.example", folder}}, other: process{settings: []string{elsewhere}, host: "b"}, differs: []string{"CRIER_PUBLIC_URL", "CRIER_MEDIA_STORE"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			common := func(p process) common {
				keys := strings.Fields(p.keys)
				if p.keys == "" {
					keys = []string{"old"}
				}
				return commonOf(commonSettings(t, p.settings...), p.host, keys, p.sandbox)
			}
			own, other := common(tc.own), common(tc.other)
			err := own.clash("worker 1 on b", other)
			if (err != nil) != (tc.refused != "") || err != nil && (!strings.Contains(err.Error(), tc.refused) || !strings.Contains(err.Error(), "worker 1 on b") || !strings.Contains(err.Error(), "\n")) {
				t.Errorf("refusal %v, want one of %q, with the process and the way out", err, tc.refused)
			}
			if err != nil {
				return
			}
			if diff := cmp.Diff(tc.differs, own.differences(other)); diff != "" {
				t.Errorf("differences (-want +got):\n%s", diff)
			}
		})
	}
}

// TestNoKeyIsTold: what processes tell each other gives no secret away.
func TestNoKeyIsTold(t *testing.T) {
	t.Parallel()
	s := newStore(t, nil)
	one := newMember(t, s, core.SystemClock{}, vault.NewKey())
	one.cfg = commonSettings(t, "CRIER_API_KEY=a-key-of-16-characters")
	if err := one.agree(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	leases, err := s.ListLeases(t.Context(), store.UserLease)
	if err != nil || len(leases) != 1 || !strings.Contains(leases[0].Note, `"publicUrl":"https://crier.example"`) {
		t.Fatalf("leases %+v, error %v", leases, err)
	}
	for _, secret := range []string{one.cfg.MasterKey.Reveal(), one.cfg.APIKey.Reveal()} {
		if strings.Contains(leases[0].Note, secret) {
			t.Errorf("told: %s", leases[0].Note)
		}
	}
}

// member is a process that works with a shared store.
type member struct {
	*app
	messages chanHandler
}

// newMember enters the store with the keys.
func newMember(t *testing.T, s store.Store, clock core.Clock, keys ...[]byte) member {
	t.Helper()
	ring, err := vault.New(keys...)
	if err != nil {
		t.Fatal(err)
	}
	m := member{messages: make(chanHandler, 100)}
	m.app = &app{cfg: commonSettings(t), store: s, clock: clock, log: slog.New(m.messages), vault: ring}
	if err := enters(t, m.app, true, false); err != nil {
		t.Fatal(err)
	}
	return m
}

// start does what a start does about the keys.
func (m member) start(t *testing.T) error {
	t.Helper()
	if err := m.agree(t.Context(), false); err != nil {
		return err
	}
	var err error
	if m.profile, _, err = ensureProfile(t.Context(), m.store, "", m.clock.Now(), m.log); err != nil {
		t.Fatal(err)
	}
	m.presence.readable = m.readsStore
	return m.noteStoreKey(t.Context(), false)
}

func (m member) said(part string) bool {
	for {
		select {
		case message := <-m.messages:
			if strings.Contains(message, part) {
				return true
			}
		default:
			return false
		}
	}
}

// TestNewKeyWaitsForThoseWhoLackIt: a process that would encrypt with a key that a living one
// lacks is refused; a dead one does not hold it up for longer than its lease.
func TestNewKeyWaitsForThoseWhoLackIt(t *testing.T) {
	t.Parallel()
	former, fresh := vault.NewKey(), vault.NewKey()
	clock := coretest.NewClock(coretest.Epoch())
	s := newStore(t, clock)
	old := newMember(t, s, clock, former)
	if err := old.start(t); err != nil {
		t.Fatal(err)
	}
	next := newMember(t, s, clock, fresh, former)
	ended := make(chan error)
	go func() { ended <- next.start(t) }()
	clock.BlockUntil(1) // it has seen the other, and looks again in a second
	clock.Advance(time.Second / 2)
	if err := old.presence.renew(t.Context()); err != nil {
		t.Fatal(err)
	}
	clock.Advance(time.Second / 2)
	if err := <-ended; err == nil || !strings.Contains(err.Error(), "server 1 on ") || !strings.Contains(err.Error(), "(former,new)") {
		t.Fatalf("beside a process that lives: %v", err)
	}
	clock.SkipWaits()
	began := clock.Now()
	if err := next.start(t); err != nil {
		t.Fatalf("beside one that is dead: %v", err)
	}
	if waited := clock.Now().Sub(began); waited < presenceTime-presenceEvery || waited > presenceTime+presenceEvery {
		t.Errorf("it waited for %s", waited)
	}
	if !next.said("waiting for a process with other settings") {
		t.Error("it was not told")
	}
}

// TestProcessWithoutTheKeyIsIdle: one that stood still while the key was changed takes no work
// and is not ready, until it can read the tokens.
func TestProcessWithoutTheKeyIsIdle(t *testing.T) {
	t.Parallel()
	former, fresh := vault.NewKey(), vault.NewKey()
	clock := coretest.NewClock(coretest.Epoch())
	s := newStore(t, clock)
	old := newMember(t, s, clock, former)
	if err := old.start(t); err != nil {
		t.Fatal(err)
	}
	if err := s.Enqueue(t.Context(), queue.Job{Kind: "x", Key: "1", RunAt: clock.Now()}); err != nil {
		t.Fatal(err)
	}
	clock.Advance(presenceTime)
	next := newMember(t, s, clock, fresh, former)
	if err := next.start(t); err != nil {
		t.Fatal(err)
	}
	claims := func(m member) int {
		t.Helper()
		jobs, err := m.store.Claim(t.Context(), queue.Wanted{Kinds: []string{"x"}, N: 1, Lease: time.Second})
		if err != nil {
			t.Fatal(err)
		}
		return len(jobs)
	}
	for range 2 { // it is told once
		if n := claims(old); n != 0 {
			t.Errorf("it took %d jobs", n)
		}
		clock.Advance(presenceSure)
	}
	if !old.said("takes up no work") || old.said("takes up no work") {
		t.Error("the log does not tell it once")
	}
	if err := (&server{app: old.app}).ready(t.Context()); !errors.Is(err, errNoReader) {
		t.Errorf("ready: %v", err)
	}
	if n := claims(next); n != 1 {
		t.Errorf("the one with the key took %d jobs", n)
	}
	both, err := vault.New(former, fresh)
	if err != nil {
		t.Fatal(err)
	}
	old.vault = both
	clock.Advance(presenceSure)
	if n := claims(old); n != 1 { // the lease of the other has ended
		t.Errorf("with the key, it took %d jobs", n)
	}
	if err := (&server{app: old.app}).ready(t.Context()); err != nil || !old.said("can read the tokens again") {
		t.Errorf("ready: %v", err)
	}
}

// TestNoteOutlivesALapse: a process whose lease has ended, and whose name another has taken
// meanwhile, tells its settings anew.
func TestNoteOutlivesALapse(t *testing.T) {
	t.Parallel()
	key := vault.NewKey()
	clock := coretest.NewClock(coretest.Epoch())
	s := newStore(t, clock)
	first := newMember(t, s, clock, key)
	if err := first.start(t); err != nil {
		t.Fatal(err)
	}
	clock.Advance(presenceTime)
	second := newMember(t, s, clock, key)
	if err := second.start(t); err != nil {
		t.Fatal(err)
	}
	if second.presence.name != first.presence.name {
		t.Fatalf("the second is %s, the first %s", second.presence.name, first.presence.name)
	}
	if err := first.presence.renew(t.Context()); err != nil {
		t.Fatal(err)
	}
	list, err := second.neighbours(t.Context())
	if err != nil || len(list) != 1 || !list[0].common.knows(common{Keys: first.vault.KeyIDs()}) {
		t.Errorf("neighbours %+v, error %v", list, err)
	}
}

// TestResealWaitsForReaders: nothing is encrypted with a key that a process lacks which may be
// alive.
func TestResealWaitsForReaders(t *testing.T) {
	t.Parallel()
	former, fresh := vault.NewKey(), vault.NewKey()
	clock := coretest.NewClock(coretest.Epoch())
	s := newStore(t, clock)
	old := newMember(t, s, clock, former)
	if err := old.start(t); err != nil {
		t.Fatal(err)
	}
	next := newMember(t, s, clock, fresh, former)
	ended := make(chan error)
	go func() { ended <- next.awaitReaders(t.Context()) }()
	clock.BlockUntil(1)
	if !next.said("nothing is encrypted anew while a process lacks") {
		t.Error("it was not told")
	}
	if err := old.presence.Close(); err != nil {
		t.Fatal(err)
	}
	clock.Advance(presenceEvery)
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// TestDifferencesAreTold: a public URL is changed on one machine after the other.
func TestDifferencesAreTold(t *testing.T) {
	t.Parallel()
	clock := coretest.NewClock(coretest.Epoch())
	s, key := newStore(t, clock), vault.NewKey()
	if err := newMember(t, s, clock, key).start(t); err != nil {
		t.Fatal(err)
	}
	other := newMember(t, s, clock, key)
	other.cfg = commonSettings(t, "CRIER_PUBLIC_URL=https://other.example")
	if err := other.start(t); err != nil || !other.said("another value of a setting") {
		t.Errorf("not told; error %v", err)
	}
}
