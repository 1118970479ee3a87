package crashtest

import (
	"os/exec"
	"syscall"
)

// EndWithTest has a process that is not started yet killed when the one that starts it ends, in
// whichever way: one that is killed, or whose tests take too long, cleans nothing up.
func EndWithTest(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
