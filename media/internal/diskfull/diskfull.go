// Package diskfull recognises the errors of a disk without room.
package diskfull

import (
	"errors"
	"slices"
)

// Is tells whether an error of the operating system means that there is no room, be it on
// the disk or in what the user may take of it.
func Is(err error) bool {
	return slices.ContainsFunc(causes(), func(cause error) bool { return errors.Is(err, cause) })
}
