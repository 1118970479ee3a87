// Package template publishes to an imaginary network, which is as plain as a network can be:
// a text of 280 characters, up to four pictures with descriptions, an account that is linked
// with a password. It is what `make network` begins a new network with; each file says in its
// first lines what belongs into it.
package template

import (
	"cmp"
	"log/slog"
	"strings"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/internal/rest"
	"github.com/crier-social/crier/providers/template/api"
)

const (
	name       = "template"
	title      = "Template" // as its owner writes it
	optionsKey = "templateOptions"
	website    = "https://template.example"
)

// Provider is the network. It is safe for concurrent use.
type Provider struct {
	api   *api.Client
	clock core.Clock
	log   *slog.Logger
}

// New returns the provider of the network at an address. It makes no call.
func New(apiURL string, d core.AdapterDeps) *Provider {
	p := &Provider{clock: cmp.Or[core.Clock](d.Clock, core.SystemClock{}), log: d.Log}
	if p.log == nil {
		p.log = slog.New(slog.DiscardHandler)
	}
	p.api = api.New(rest.New(rest.Config{
		Platform: name, MapError: p.mapError, HTTP: d.HTTP, Clock: p.clock, Log: p.log, Around: rest.Counted(name, d.OnCall),
	}), strings.TrimRight(apiURL, "/"))
	return p
}

// Info describes the network.
func (p *Provider) Info() core.Info {
	return core.Info{
		Name:       name,
		Title:      title,
		OptionsKey: optionsKey,
		Website:    website,
		Limits: core.Limits{
			TextLength: maxText,
			TextUnit:   "characters",
			Images:     maxImages,
			ImageTypes: imageTypes(),
		},
		Options: optionInfos(),
	}
}
