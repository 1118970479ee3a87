//go:build !linux

package crashtest

import "os/exec"

// EndWithTest does nothing: no system but Linux ends a process with the one that started it.
func EndWithTest(*exec.Cmd) {}
