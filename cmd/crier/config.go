package main

import (
	"context"
	"fmt"

	"github.com/crier-social/crier/config"
)

func runConfig(_ context.Context, c cli, args []string) error {
	f := newFlags(c, "config", "[--reference]", `
Prints every setting of the server with its effective value and where that came
from; secrets are hidden. Mistakes are reported together, and the exit code is 1
then.`)
	reference := f.Bool("reference", false, "Print the reference of all settings as Markdown instead.")
	if _, err := f.parse(args, 0); err != nil {
		return err
	}
	if *reference {
		return config.Reference(c.stdout, c.networks()...)
	}
	cfg, err := c.loadSettings()
	for _, warning := range warningsOf(cfg) {
		fmt.Fprintln(c.stderr, "crier: "+warning)
	}
	if err != nil {
		return err
	}
	cfg.LogFormat = logFormat(c.stderr, cfg)
	return cfg.Print(c.stdout)
}
