package api

import (
	"time"

	"github.com/gin-gonic/gin"

	"github.com/crier-social/crier/core"
)

// providerView is a network that this server can post to.
type providerView struct {
	core.Info
	// DuplicateWindow is for how many seconds the network refuses the same post
	// again; left out when it does not, or nobody knows.
	DuplicateWindow int64 `json:"duplicateWindowSeconds,omitempty"`
	// Abilities names what the adapter can do besides posting.
	Abilities []core.Ability `json:"abilities"`
	*versionView
}

// versionView is how the version of a network's API stands.
type versionView struct {
	// InUse is the configured version, or a newer one if the network has ceased to
	// serve that.
	InUse  string `json:"apiVersionInUse"`
	Sunset string `json:"apiVersionSunset"` // the day from which it is no longer served
	// Notices tell what the operator should do about it.
	Notices []string `json:"notices"`
}

// providers is GET /providers.
func (a *API) providers(*gin.Context) answer {
	views := []providerView{}
	for _, p := range a.Registry.All() {
		views = append(views, viewOfProvider(p, a.Clock.Now()))
	}
	return ok(map[string]any{"status": statusSuccess, "providers": views})
}

func viewOfProvider(p core.Provider, now time.Time) providerView {
	v := providerView{Info: p.Info(), Abilities: core.Abilities(p)}
	if v.Options == nil {
		v.Options = []core.OptionInfo{}
	}
	v.DuplicateWindow = int64(v.Limits.DuplicateWindow / time.Second)
	if versioned, is := p.(core.Versioned); is {
		v.versionView = viewOfVersion(versioned, now)
	}
	return v
}

func viewOfVersion(p core.Versioned, now time.Time) *versionView {
	end, _ := p.VersionEnd()
	v := &versionView{InUse: p.APIVersion(), Sunset: end.Format(time.DateOnly), Notices: []string{}}
	if notice, needed := p.VersionNotice(now); needed {
		v.Notices = append(v.Notices, notice)
	}
	return v
}
