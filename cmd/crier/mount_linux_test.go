package main

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
	"testing"
)

// mountsVariable tells a process that its mounts are its own.
const mountsVariable = "TEST_MOUNTS_ARE_OWN"

// withOwnMounts runs a test in a process that may mount file systems which nobody else sees,
// and which are gone with it, however it ends. It takes the superuser, or a kernel that
// lets its users be one in a namespace of their own.
func withOwnMounts(t *testing.T, test func()) {
	t.Helper()
	if os.Getenv(mountsVariable) != "" {
		test()
		return
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), mountsVariable+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
	if os.Geteuid() != 0 {
		cmd.SysProcAttr.Cloneflags = syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}}
	}
	out, err := cmd.CombinedOutput()
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EACCES) || errors.Is(err, syscall.ENOSPC) {
		t.Skipf("this user may not mount a file system: %v; sqlite's TestTroubles has a database without room and one that is read-only", err)
	}
	if err != nil {
		t.Errorf("%v:\n%s", err, out)
	}
}

// mountSmall puts a file system of so many bytes on a folder of the test's own.
func mountSmall(t *testing.T, dir, size string) {
	t.Helper()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size+",mode=0700"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
}

// freeze makes what mountSmall put on a folder read-only, for the superuser too.
func freeze(t *testing.T, dir string) {
	t.Helper()
	if err := syscall.Mount("", dir, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
}
