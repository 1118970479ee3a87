// Package providers is the list of the networks that this server is built with.
package providers

import (
	"fmt"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/bluesky"
	"github.com/crier-social/crier/providers/linkedin"
)

// Adapters lists the networks, in the order in which they are shown. Their settings are fresh.
// To add a network, add its line.
func Adapters() []core.Adapter {
	return []core.Adapter{
		{Name: "linkedin", Settings: new(linkedin.Settings)},
		{Name: "bluesky", Settings: new(bluesky.Settings)},
	}
}

// Open makes the providers of adapters whose settings were read. deps is what each is given.
func Open(adapters []core.Adapter, deps func(name string) core.AdapterDeps) ([]core.Provider, error) {
	list := make([]core.Provider, len(adapters))
	for i, a := range adapters {
		p, err := a.Settings.Open(deps(a.Name))
		if err != nil {
			return nil, fmt.Errorf("providers: %w", err)
		}
		if name := p.Info().Name; name != a.Name {
			return nil, fmt.Errorf("providers: the adapter %q makes the provider of %q", a.Name, name)
		}
		list[i] = p
	}
	return list, nil
}
