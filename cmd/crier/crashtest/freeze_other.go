//go:build !unix

package crashtest

import (
	"errors"
	"os"
)

// standStill fails: no process can be stopped here without ending it.
func standStill(*os.Process) error { return errors.ErrUnsupported }

func goOn(*os.Process) error { return errors.ErrUnsupported }
