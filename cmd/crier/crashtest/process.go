package crashtest

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/crier-social/crier/config"
)

// The commands that run as processes.
const (
	commandServe = "serve"
	commandWork  = "worker"
)

// The settings of the processes, which are chosen so that a run comes to its end soon.
const (
	commitTimeout = time.Second
	lease         = 2 * time.Second
	firstLook     = time.Second
	// lastLook is when the last look-up for a lost answer is: after the time at which a
	// post that is not there will not appear any more.
	lastLook   = 62 * time.Second
	apiKey     = "CRASH-TEST-KEY-0123456789" //nolint:gosec // a secret for processes that end with the run
	masterKey  = "Q3Jhc2ggdGVzdCBtYXN0ZXIga2V5LCAzMiBieXRlcy4="
	stopWithin = 3 * time.Minute
	// frozenFor is how long processes stand still, for which others take them for dead.
	frozenFor = lease + time.Second
)

// Program is Crier as an executable file.
type Program struct {
	// Path of the file, and Env what its processes need besides the settings.
	Path string
	Env  []string
	// AheadVariable tells a process how far its clock is ahead, as a duration: what would
	// have to be waited for is skipped then. Empty: the program has no such variable, and
	// time passes as it does.
	AheadVariable string
}

// machine is where the processes run.
type machine struct {
	program Program
	env     []string
	clock   *clock
	dir     string // working folder, with the data below
	store   Store
	places  map[Process]place
	log     *journal
	running map[Process]*running
}

// place is what a process has for itself, whenever it runs.
type place struct {
	address, ops string
	dataDir      string
}

// running is a process that was started.
type running struct {
	*exec.Cmd
	// mayEnd means that it met a database in trouble before it was up. It may give up then:
	// whoever looks after it starts it again.
	mayEnd bool
}

// newMachine prepares the processes; networks are the settings that lead them there.
func newMachine(o Options, c *clock, networks []string) (*machine, error) {
	all := o.Fleet.Processes()
	if o.Fleet.Servers > 1 && !o.Store.shared() {
		return nil, fmt.Errorf("%d servers need a database that they can share", o.Fleet.Servers)
	}
	addresses, err := FreeAddresses(2 * len(all))
	if err != nil {
		return nil, err
	}
	m := &machine{program: o.Program, clock: c, dir: o.Dir, store: o.Store, places: map[Process]place{}, log: &journal{}, running: map[Process]*running{}}
	for i, p := range all {
		folder := "data"
		if o.Store.shared() {
			folder = fmt.Sprintf("data/%s-%d", p.Command, p.Number)
		}
		m.places[p] = place{address: addresses[2*i], ops: addresses[2*i+1], dataDir: filepath.Join(o.Dir, folder)}
	}
	m.env = append(slices.Concat(foreignSettings(), o.Program.Env, networks),
		"CRIER_STORE="+m.store.setting(), "CRIER_API_KEY="+apiKey,
		"CRIER_MEDIA_ALLOW=127.0.0.0/8",
		"CRIER_COMMIT_TIMEOUT="+commitTimeout.String(), "CRIER_LEASE="+lease.String(),
		"CRIER_RECONCILE_AFTER="+firstLook.String()+","+lastLook.String(), "CRIER_READ_BACK_AFTER=5s", "CRIER_LOG_FORMAT=json",
	)
	if m.store.shared() {
		m.env = append(m.env, "CRIER_MASTER_KEY="+masterKey, "CRIER_PUBLIC_URL=http://crash.test", "CRIER_MEDIA_STORE=disk:"+filepath.Join(o.Dir, "uploads"))
	}
	return m, nil
}

// foreignSettings is the environment without the settings of Crier: a server that is set up
// in it is none of the run's business.
func foreignSettings() []string {
	return slices.DeleteFunc(os.Environ(), func(entry string) bool { return strings.HasPrefix(entry, config.Prefix) })
}

func (m *machine) dataDir() string { return filepath.Join(m.dir, "data") }

// database is the address at which the run itself opens the database; see dbtest.OpenAddress.
func (m *machine) database() string {
	if m.store.shared() {
		return m.store.URL
	}
	return "sqlite:" + filepath.Join(m.dataDir(), "crier.db")
}

// servers lists the base URLs of the API, whether or not somebody answers there.
func (m *machine) servers() []string {
	var list []string
	for p, place := range m.places {
		if p.Command == commandServe {
			list = append(list, "http://"+place.address)
		}
	}
	slices.Sort(list)
	return list
}

// readiness is the URL that answers 200 once the process is up.
func (m *machine) readiness(p Process) string {
	if p.Command == commandServe {
		return "http://" + m.places[p].address + "/openapi.json"
	}
	return "http://" + m.places[p].ops + "/readyz"
}

// start runs a process, unless it runs already.
func (m *machine) start(p Process) error {
	if m.running[p] != nil {
		return nil
	}
	cmd := exec.Command(m.program.Path, p.Command) //nolint:gosec,noctx // the program is the caller's, and ends when it is killed
	place := m.places[p]
	cmd.Dir, cmd.Env = m.dir, append(slices.Clone(m.env), "CRIER_ADDR="+place.address, "CRIER_OPS_ADDR="+place.ops, "CRIER_DATA_DIR="+place.dataDir)
	if m.program.AheadVariable != "" {
		cmd.Env = append(cmd.Env, m.program.AheadVariable+"="+m.clock.skipped().String())
	}
	cmd.Stdout, cmd.Stderr = m.log.of(p), m.log.of(p)
	EndWithTest(cmd)
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("starting %s %s: %w", m.program.Path, p.Command, err)
	}
	m.running[p] = &running{Cmd: cmd}
	return nil
}

// startAnew kills processes and starts them again, perhaps while the database is in trouble.
func (m *machine) startAnew(list []Process, troubled bool) error {
	if err := m.kill(list...); err != nil {
		return err
	}
	for _, p := range list {
		if err := m.start(p); err != nil {
			return err
		}
		m.running[p].mayEnd = troubled
	}
	return nil
}

// take returns the processes among these that run, which are no longer the machine's.
func (m *machine) take(list []Process) map[Process]*running {
	taken := map[Process]*running{}
	for _, p := range list {
		if cmd := m.running[p]; cmd != nil {
			taken[p] = cmd
			delete(m.running, p)
		}
	}
	return taken
}

// kill ends the processes that run among these as a power cut would, all at the same moment.
func (m *machine) kill(list ...Process) error {
	taken := m.take(list)
	var all error
	for _, cmd := range taken {
		if err := cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
			all = errors.Join(all, err)
		}
	}
	for p, cmd := range taken {
		err := cmd.Wait()
		if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && !status.Signaled() && !cmd.mayEnd {
			all = errors.Join(all, fmt.Errorf("crier %s had ended by itself before it was killed: %w", p, err))
		}
	}
	return all
}

func (m *machine) killAll() error { return m.kill(slices.Collect(maps.Keys(m.running))...) }

// stop ends the processes that run among these in an orderly way.
func (m *machine) stop(list ...Process) error {
	taken := m.take(list)
	var all error
	for _, cmd := range taken {
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) { // Wait tells how it ended
			all = errors.Join(all, err)
		}
		timer := time.AfterFunc(stopWithin, func() { _ = cmd.Process.Kill() })
		defer timer.Stop()
	}
	for p, cmd := range taken {
		if err := cmd.Wait(); err != nil && !cmd.mayEnd {
			all = errors.Join(all, fmt.Errorf("stopping crier %s: %w", p, err))
		}
	}
	return all
}

// freeze has the processes that run among these stand still for a while, as a machine does
// that is moved, or swaps.
func (m *machine) freeze(d time.Duration, list ...Process) error {
	each := func(do func(*os.Process) error) (all error) {
		for _, p := range list {
			if cmd := m.running[p]; cmd != nil {
				all = errors.Join(all, do(cmd.Process))
			}
		}
		return all
	}
	err := each(standStill)
	wait(d)
	return errors.Join(err, each(goOn))
}

func (m *machine) stopAll() error { return m.stop(slices.Collect(maps.Keys(m.running))...) }

// leftovers lists the files that nobody needs any more once the processes have stopped:
// media of posts, and what was written to see whether the folder can be written to.
func (m *machine) leftovers() ([]string, error) {
	var left []string
	err := filepath.WalkDir(m.dataDir(), func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		inSpool := filepath.Base(filepath.Dir(filepath.Dir(path))) == "spool"
		if inSpool && strings.HasPrefix(entry.Name(), "media") || strings.HasPrefix(entry.Name(), ".writable") {
			left = append(left, path)
		}
		return nil
	})
	return left, err
}
