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
	// LinkApps are those through which accounts can be linked, the one to offer first in front.
	LinkApps []linkAppView `json:"linkApps"`
	*versionView
}

// linkAppView is one of the operator's apps at a network.
type linkAppView struct {
	Name  string             `json:"name"`
	Title string             `json:"title"`
	Kinds []core.AccountKind `json:"kinds"`
	// Direct tells that the fields are all it takes: they are keys of POST /profiles/social.
	Direct bool            `json:"direct"`
	Fields []linkFieldView `json:"fields"`
}

// linkFieldView is something that the owner of an account is asked for.
type linkFieldView struct {
	Name    string `json:"name"`
	Label   string `json:"label"`
	Help    string `json:"help"`
	Example string `json:"example,omitempty"`
	Secret  bool   `json:"secret"`
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
	v := providerView{Info: p.Info(), Abilities: core.Abilities(p), LinkApps: viewOfApps(p)}
	if v.Options == nil {
		v.Options = []core.OptionInfo{}
	}
	v.DuplicateWindow = int64(v.Limits.DuplicateWindow / time.Second)
	if versioned, is := p.(core.Versioned); is {
		v.versionView = viewOfVersion(versioned, now)
	}
	return v
}

func viewOfApps(p core.Provider) []linkAppView {
	views := []linkAppView{}
	linker, is := p.(core.Linker)
	if !is {
		return views
	}
	for _, app := range linker.LinkApps() {
		v := linkAppView{Name: app.Name, Title: app.Title, Kinds: app.Kinds, Direct: app.Direct, Fields: []linkFieldView{}}
		for _, f := range app.Fields {
			v.Fields = append(v.Fields, linkFieldView{f.Name, f.Label, f.Help, f.Example, f.Secret})
		}
		views = append(views, v)
	}
	return views
}

func viewOfVersion(p core.Versioned, now time.Time) *versionView {
	end, _ := p.VersionEnd()
	v := &versionView{InUse: p.APIVersion(), Sunset: end.Format(time.DateOnly), Notices: []string{}}
	if notice, needed := p.VersionNotice(now); needed {
		v.Notices = append(v.Notices, notice)
	}
	return v
}
