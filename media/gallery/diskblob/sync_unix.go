//go:build unix

package diskblob

import (
	"errors"
	"os"
)

// syncDir makes the names in a folder durable.
func syncDir(path string) error {
	dir, err := os.Open(path) //nolint:gosec // a folder of the gallery
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
