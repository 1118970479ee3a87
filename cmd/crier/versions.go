package main

import (
	"context"
	"time"

	"github.com/crier-social/crier/core"
)

// repeatNotice is how often a notice is logged that stays the same.
const repeatNotice = 24 * time.Hour

// versionNotices remembers what was logged about the versions of the networks' APIs.
type versionNotices map[string]loggedNotice // by platform

type loggedNotice struct {
	text string
	at   time.Time
}

// checkVersions logs what the operator should know about the versions of the networks'
// APIs: when it is new, and then every day.
func (a *app) checkVersions(ctx context.Context, said versionNotices) {
	now := a.clock.Now()
	for _, p := range a.registry.All() {
		v, ok := p.(core.Versioned)
		if !ok {
			continue
		}
		platform := p.Info().Name
		text, needed := v.VersionNotice(now)
		last := said[platform]
		if !needed || (last.text == text && now.Sub(last.at) < repeatNotice) {
			continue
		}
		said[platform] = loggedNotice{text, now}
		a.log.WarnContext(ctx, "the version of a network's API needs attention", "platform", platform, "notice", text)
	}
}
