package main

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
)

// version may be set by the linker; builds from a module know theirs without.
var version string // set by -ldflags "-X main.version=…"

// build is what this binary was made from.
type build struct {
	Version, Commit, Go string
}

func readBuild() build {
	b := build{Version: version, Commit: "unknown", Go: runtime.Version()}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	if b.Version == "" {
		b.Version = info.Main.Version
	}
	modified := ""
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = s.Value
		case "vcs.modified":
			if s.Value == "true" {
				modified = " (with local changes)"
			}
		}
	}
	b.Commit += modified
	return b
}

func runVersion(_ context.Context, c cli, args []string) error {
	f := newFlags(c, "version", "", "Prints the version, the commit it was built from, and the version of Go.")
	if _, err := f.parse(args, 0); err != nil {
		return err
	}
	b := readBuild()
	fmt.Fprintf(c.stdout, "crier %s\ncommit %s\n%s %s/%s\n", b.Version, b.Commit, b.Go, runtime.GOOS, runtime.GOARCH)
	return nil
}
