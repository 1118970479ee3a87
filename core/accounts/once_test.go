package accounts_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/accounts"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/store/storetest/dbtest"
	"github.com/crier-social/crier/core/vault"
)

// roundClock shows the time of a round; its waits are short and real.
type roundClock struct{ round atomic.Int64 }

func (c *roundClock) Now() time.Time {
	return coretest.Epoch().Add(time.Duration(c.round.Load()) * time.Hour)
}

func (c *roundClock) After(d time.Duration) <-chan time.Time {
	return time.After(min(d, time.Millisecond))
}

// rotating is a network that trades a refresh token once: the former one is dead then.
type rotating struct {
	*coretest.Provider
	clock core.Clock

	mu      sync.Mutex
	serial  int
	calls   int
	misused int // calls with a refresh token that was traded before
}

func (r *rotating) tokens() core.Credentials {
	return core.Credentials{
		AccessToken: core.Secret(fmt.Sprintf("access-%d", r.serial)), RefreshToken: core.Secret(fmt.Sprintf("refresh-%d", r.serial)),
		IssuedAt: r.clock.Now(), ExpiresAt: r.clock.Now().Add(time.Hour), App: "main",
	}
}

func (r *rotating) Refresh(_ context.Context, c core.Credentials) (core.Credentials, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls++
	if c.RefreshToken.Reveal() != fmt.Sprintf("refresh-%d", r.serial) {
		r.misused++
		return core.Credentials{}, &core.Error{Kind: core.KindAuth, Message: "this refresh token was used before"}
	}
	r.serial++
	return r.tokens(), nil
}

// Two managers, each with a store of its own, find the same token ended at the same moment,
// for many rounds: the network is called once each time, and both go on with the new token.
func TestTwoManagersRefreshOnce(t *testing.T) {
	t.Parallel()
	f := setup(t)
	clock := &roundClock{}
	net := &rotating{Provider: coretest.NewProvider(coretest.Config{Clock: clock}), clock: clock}
	nets, err := core.NewRegistry(net)
	if err != nil {
		t.Fatal(err)
	}
	var both []*accounts.Manager
	for range 2 {
		both = append(both, accounts.New(accounts.Config{Store: f.handle(t), Registry: nets, Vault: f.ring, Clock: clock}))
	}
	linked, err := both[0].LinkGrant(t.Context(), profileA, core.Grant{
		Credentials: net.tokens(), Accounts: []core.Account{{Platform: network, RemoteID: coretest.MemberID}},
	}, []string{coretest.MemberID})
	if err != nil {
		t.Fatal(err)
	}
	for round := range rounds {
		clock.round.Add(1)
		var got [2]core.Secret
		var wg sync.WaitGroup
		for i, m := range both {
			wg.Go(func() {
				var err error
				if got[i], err = m.Token(t.Context(), linked[0].ID); err != nil {
					t.Errorf("round %d: %v", round, err)
				}
			})
		}
		wg.Wait()
		if want := net.tokens().AccessToken; got[0] != want || got[1] != want || net.calls != round+1 {
			t.Fatalf("round %d: the tokens are %s and %s, want %s; %d calls", round, got[0].Reveal(), got[1].Reveal(), want.Reveal(), net.calls)
		}
	}
	if net.misused != 0 {
		t.Errorf("%d calls with a dead refresh token", net.misused)
	}
}

// What a process of TestTwoProcessesRefreshOnce is told by its environment, and by a line of
// its input for each round; it answers each with a line: the token, or an error.
const envProcess = "CRIER_TEST_REFRESHER"

type refresherTask struct {
	Store, Account, Dir string // the address of the store; an id; a folder
	Key                 []byte
}

// TestTwoProcessesRefreshOnce does what TestTwoManagersRefreshOnce does with two processes;
// the network is a folder, in which a refresh token is a file that can be renamed once.
func TestTwoProcessesRefreshOnce(t *testing.T) {
	t.Parallel()
	if task := os.Getenv(envProcess); task != "" {
		refresher(t, task)
		return
	}
	f := setup(t)
	key := vault.NewKey()
	ring, err := vault.New(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(dir+"/refresh-0", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	clock := &roundClock{}
	nets, err := core.NewRegistry(&folder{Provider: coretest.NewProvider(coretest.Config{Clock: clock}), clock: clock, dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	linked, err := accounts.New(accounts.Config{Store: f.store, Registry: nets, Vault: ring, Clock: clock}).LinkGrant(t.Context(), profileA, core.Grant{
		Credentials: numbered(0, clock.Now()), Accounts: []core.Account{{Platform: network, RemoteID: coretest.MemberID}},
	}, []string{coretest.MemberID})
	if err != nil {
		t.Fatal(err)
	}
	task, err := json.Marshal(refresherTask{Store: f.db.Address, Key: key, Account: linked[0].ID, Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	both := []*process{startRefresher(t, string(task)), startRefresher(t, string(task))}
	for round := 1; round <= rounds; round++ {
		for _, p := range both {
			p.send(t, round)
		}
		for _, p := range both {
			if got, want := p.answer(t), fmt.Sprintf("access-%d", round); got != want {
				t.Fatalf("round %d: a process has %q, want %q", round, got, want)
			}
		}
	}
	calls, err := os.ReadDir(dir)
	if err != nil || len(calls) != 1 || calls[0].Name() != fmt.Sprintf("refresh-%d", rounds) {
		t.Errorf("the network is left with %v, %v", calls, err)
	}
}

// folder is a network in a folder: its only file is named as the refresh token that is good.
type folder struct {
	*coretest.Provider
	clock core.Clock
	dir   string
}

func (f *folder) Refresh(_ context.Context, c core.Credentials) (core.Credentials, error) {
	var n int
	if _, err := fmt.Sscanf(c.RefreshToken.Reveal(), "refresh-%d", &n); err != nil {
		return core.Credentials{}, err
	}
	fresh := numbered(n+1, f.clock.Now())
	if err := os.Rename(f.dir+"/"+c.RefreshToken.Reveal(), f.dir+"/"+fresh.RefreshToken.Reveal()); err != nil {
		return core.Credentials{}, &core.Error{Kind: core.KindAuth, Message: "this refresh token was used before", Err: err}
	}
	return fresh, nil
}

func numbered(n int, now time.Time) core.Credentials {
	return core.Credentials{
		AccessToken: core.Secret(fmt.Sprintf("access-%d", n)), RefreshToken: core.Secret(fmt.Sprintf("refresh-%d", n)),
		IssuedAt: now, ExpiresAt: now.Add(time.Hour), App: "main",
	}
}

// process is a refresher as its parent sees it.
type process struct {
	in  io.Writer
	out *bufio.Scanner
}

func startRefresher(t *testing.T, task string) *process {
	t.Helper()
	c := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestTwoProcessesRefreshOnce$", "-test.timeout=5m")
	c.Env = append(os.Environ(), envProcess+"="+task)
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close() // which ends it
		_, _ = io.Copy(io.Discard, out)
		if err := c.Wait(); err != nil && !errors.Is(t.Context().Err(), context.Canceled) {
			t.Error(err)
		}
	})
	return &process{in: in, out: bufio.NewScanner(out)}
}

func (p *process) send(t *testing.T, round int) {
	t.Helper()
	if _, err := fmt.Fprintln(p.in, round); err != nil {
		t.Fatal(err)
	}
}

func (p *process) answer(t *testing.T) string {
	t.Helper()
	for p.out.Scan() {
		if token, found := strings.CutPrefix(p.out.Text(), "token: "); found {
			return token
		}
	}
	t.Fatalf("a process has ended: %v", p.out.Err())
	return ""
}

// refresher is the other process: it asks for the token in each round that it is told of.
func refresher(t *testing.T, encoded string) {
	t.Helper()
	var task refresherTask
	if err := json.Unmarshal([]byte(encoded), &task); err != nil {
		t.Fatal(err)
	}
	clock := &roundClock{}
	s, err := dbtest.OpenAddress(task.Store, clock)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	ring, err := vault.New(task.Key)
	if err != nil {
		t.Fatal(err)
	}
	nets, err := core.NewRegistry(&folder{Provider: coretest.NewProvider(coretest.Config{Clock: clock}), clock: clock, dir: task.Dir})
	if err != nil {
		t.Fatal(err)
	}
	m := accounts.New(accounts.Config{Store: s, Registry: nets, Vault: ring, Clock: clock})
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		var round int64
		if _, err := fmt.Sscan(in.Text(), &round); err != nil {
			t.Fatal(err)
		}
		clock.round.Store(round)
		token, err := m.Token(t.Context(), task.Account)
		if err != nil {
			token = core.Secret(err.Error())
		}
		if _, err := fmt.Fprintf(os.Stdout, "\ntoken: %s\n", token.Reveal()); err != nil {
			t.Fatal(err)
		}
	}
}
