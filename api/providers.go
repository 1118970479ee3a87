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
	Abilities []string `json:"abilities"`
}

// providers is GET /providers.
func (a *API) providers(*gin.Context) answer {
	views := []providerView{}
	for _, p := range a.Registry.All() {
		views = append(views, viewOfProvider(p))
	}
	return ok(map[string]any{"status": statusSuccess, "providers": views})
}

func viewOfProvider(p core.Provider) providerView {
	v := providerView{Info: p.Info(), Abilities: []string{}}
	if v.Options == nil {
		v.Options = []core.OptionInfo{}
	}
	v.DuplicateWindow = int64(v.Limits.DuplicateWindow / time.Second)
	if _, can := p.(core.Deleter); can {
		v.Abilities = append(v.Abilities, "delete")
	}
	if _, can := p.(core.Identifier); can {
		v.Abilities = append(v.Abilities, "linkFromTokens")
	}
	return v
}
