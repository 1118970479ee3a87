//go:build unix

package crashtest

import (
	"os"
	"syscall"
)

// standStill stops a process in the middle of whatever it does, until goOn.
func standStill(p *os.Process) error { return p.Signal(syscall.SIGSTOP) }

func goOn(p *os.Process) error { return p.Signal(syscall.SIGCONT) }
