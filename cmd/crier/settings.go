package main

//go:generate go test -run ^TestSettingsPage$ . -update

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"github.com/crier-social/crier/config"
	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store/mongo"
	"github.com/crier-social/crier/core/vault"
)

// settings reads the server's settings and makes the log.
func (c cli) settings() (config.Config, *slog.Logger, error) {
	cfg, err := c.loadSettings()
	if err != nil {
		return cfg, nil, err
	}
	log := newLogger(c.stderr, cfg)
	for _, warning := range warningsOf(cfg) {
		log.Warn("a setting may be a mistake", "reason", warning)
	}
	return cfg, log, nil
}

// warningsOf tells what looks like a mistake in the settings but is not certainly one.
func warningsOf(cfg config.Config) []string {
	warnings := slices.Clip(cfg.Warnings())
	if cfg.Store.Shared() && cfg.Lease < mongo.SafeLease {
		warnings = append(warnings, fmt.Sprintf("CRIER_LEASE is %s: with a MongoDB store, and clocks that may differ, less than %s lets a process take over what another is still doing",
			cfg.Lease, mongo.SafeLease))
	}
	return warnings
}

// loadSettings reads the server's settings, and checks what package config leaves to
// the parts that use them. All mistakes are reported together: the error is
// core.Errors. The settings have their warnings with an error too.
func (c cli) loadSettings() (config.Config, error) {
	cfg, err := config.Load(c.environ, c.dotenv, c.networks()...)
	problems, ok := errors.AsType[core.Errors](err)
	if err != nil && !ok {
		return cfg, err
	}
	report := func(name, message string) {
		problems = append(problems, &core.Error{Kind: core.KindInvalid, Op: "settings", Field: name, Message: message})
	}
	if err := checkStore(cfg.Store); err != nil {
		report("CRIER_STORE", err.Error())
	}
	if cfg.MasterKey != "" {
		if _, err := parseKeyRing(cfg.MasterKey.Reveal()); err != nil {
			report("CRIER_MASTER_KEY", "key "+strings.TrimPrefix(err.Error(), vault.ErrKey.Error()+": "))
		}
	}
	return cfg, problems.OrNil()
}
