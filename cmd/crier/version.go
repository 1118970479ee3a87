package main

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/crier-social/crier/config"
	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers"
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
	f := newFlags(c, "version", "", `
Prints the version, the commit it was built from, the version of Go, and the version
of each network's API that Crier speaks unless told otherwise.`)
	if _, err := f.parse(args, 0); err != nil {
		return err
	}
	b := readBuild()
	fmt.Fprintf(c.stdout, "crier %s\ncommit %s\n%s %s/%s\n", b.Version, b.Commit, b.Go, runtime.GOOS, runtime.GOARCH)
	cfg, err := config.Load(nil, "", c.networks()...)
	if err != nil {
		return err
	}
	networks, err := providers.Open(cfg.Adapters, func(string) core.AdapterDeps { return core.AdapterDeps{} })
	if err != nil {
		return err
	}
	for _, p := range networks {
		if v, ok := p.(core.Versioned); ok {
			fmt.Fprintf(c.stdout, "%s API %s, %s\n", p.Info().Title, p.Info().APIVersion, servedUntil(v))
		}
	}
	return nil
}

// servedUntil tells how long a network serves the version of its API.
func servedUntil(v core.Versioned) string {
	end, published := v.VersionEnd()
	if published {
		return "served until " + end.Format(time.DateOnly)
	}
	return "served until " + end.Format(time.DateOnly) + " at least"
}
