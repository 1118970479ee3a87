//go:build unix

package diskfull

import "syscall"

func causes() []error { return []error{syscall.ENOSPC, syscall.EDQUOT} }
