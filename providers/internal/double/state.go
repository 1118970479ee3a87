package double

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// SaveState writes what is to outlast a double into a file, for its owner alone, since tokens
// are in it in plain text. Who reads it finds the state before or this one, and nothing between.
func SaveState(file string, state any) error {
	content, err := json.Marshal(state)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(file+".new", content, 0o600); err != nil {
		return err
	}
	return os.Rename(file+".new", file)
}

// ReadState reads what SaveState has written. Without a file, or without its name, there is
// nothing to remember: the state is the zero value.
func ReadState[T any](file string) (T, error) {
	var state, none T
	if file == "" {
		return none, nil
	}
	content, err := os.ReadFile(file) //nolint:gosec // the caller names it
	if errors.Is(err, fs.ErrNotExist) {
		return none, nil
	}
	if err == nil {
		err = json.Unmarshal(content, &state)
	}
	if err != nil {
		return none, err
	}
	return state, nil
}
