package crashtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/crier-social/crier/config"
)

// The commands that run as processes.
const (
	victimServer = "serve"
	victimWorker = "worker"
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
	stopWithin = 30 * time.Second
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
	address string
	log     *journal
	running map[string]*exec.Cmd // by command
}

func newMachine(o Options, c *clock, upstream string) (*machine, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	m := &machine{program: o.Program, clock: c, dir: o.Dir, address: address, log: &journal{}, running: map[string]*exec.Cmd{}}
	m.env = append(slices.Concat(foreignSettings(), o.Program.Env),
		"CRIER_ADDR="+address, "CRIER_OPS_ADDR=off", "CRIER_DATA_DIR="+m.dataDir(), "CRIER_API_KEY="+apiKey,
		"CRIER_LINKEDIN_API_URL="+upstream, "CRIER_LINKEDIN_POSTS_PER_DAY=0", "CRIER_MEDIA_ALLOW=127.0.0.0/8",
		"CRIER_COMMIT_TIMEOUT="+commitTimeout.String(), "CRIER_LEASE="+lease.String(),
		"CRIER_RECONCILE_AFTER="+firstLook.String()+","+lastLook.String(), "CRIER_READ_BACK_AFTER=5s", "CRIER_LOG_FORMAT=json",
	)
	return m, nil
}

// foreignSettings is the environment without the settings of Crier: a server that is set up
// in it is none of the run's business.
func foreignSettings() []string {
	return slices.DeleteFunc(os.Environ(), func(entry string) bool { return strings.HasPrefix(entry, config.Prefix) })
}

func (m *machine) dataDir() string  { return filepath.Join(m.dir, "data") }
func (m *machine) database() string { return filepath.Join(m.dataDir(), "crier.db") }

// freeAddress finds a port that nobody has.
func freeAddress() (string, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// start runs a command, unless it runs already.
func (m *machine) start(command string) error {
	if m.running[command] != nil {
		return nil
	}
	cmd := exec.Command(m.program.Path, command) //nolint:gosec,noctx // the program is the caller's, and ends when it is killed
	cmd.Dir, cmd.Env = m.dir, m.env
	if m.program.AheadVariable != "" {
		cmd.Env = append(slices.Clone(m.env), m.program.AheadVariable+"="+m.clock.skipped().String())
	}
	cmd.Stdout, cmd.Stderr = m.log, m.log
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("starting %s %s: %w", m.program.Path, command, err)
	}
	m.running[command] = cmd
	return nil
}

// kill ends a process as a power cut would, if it runs.
func (m *machine) kill(command string) error {
	cmd := m.running[command]
	if cmd == nil {
		return nil
	}
	delete(m.running, command)
	if err := cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	err := cmd.Wait()
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && !status.Signaled() {
		return fmt.Errorf("crier %s had ended by itself before it was killed: %w", command, err)
	}
	return nil
}

func (m *machine) killAll() error {
	return errors.Join(m.kill(victimWorker), m.kill(victimServer))
}

// stop ends the processes in an orderly way.
func (m *machine) stop() error {
	var all error
	for command, cmd := range m.running {
		delete(m.running, command)
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			all = errors.Join(all, err)
		}
		timer := time.AfterFunc(stopWithin, func() { _ = cmd.Process.Kill() })
		if err := cmd.Wait(); err != nil {
			all = errors.Join(all, fmt.Errorf("stopping crier %s: %w", command, err))
		}
		timer.Stop()
	}
	return all
}

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

// journal is what the processes have written.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

// about returns the lines that hold the words, at most as many as max, the last ones.
func (j *journal) about(words string, most int) []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	var found []string
	for line := range strings.Lines(j.text.String()) {
		if strings.Contains(line, words) {
			found = append(found, strings.TrimSpace(line))
		}
	}
	return found[max(0, len(found)-most):]
}
