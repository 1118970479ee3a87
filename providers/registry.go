// Package providers is the list of the networks that this server is built with.
package providers

import (
	"fmt"
	"log/slog"
	"net/http"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin"
)

// Config holds the settings of every adapter.
type Config struct {
	LinkedIn linkedin.Config
}

// Deps is what the adapters share; the zero value of each is a default.
type Deps struct {
	HTTP  *http.Client
	Clock core.Clock
	Log   *slog.Logger
	// OnEvent is told what happened by itself, OnCall of every request to a network.
	OnEvent func(core.Event)
	OnCall  func(core.Call)
}

// All returns every adapter. To add a network, add it here.
func All(c Config, d Deps) ([]core.Provider, error) {
	linkedIn, err := linkedin.New(c.LinkedIn, linkedin.Deps{
		HTTP: d.HTTP, Clock: d.Clock, Log: d.Log, OnEvent: d.OnEvent, OnCall: d.OnCall,
	})
	if err != nil {
		return nil, fmt.Errorf("providers: %w", err)
	}
	return []core.Provider{linkedIn}, nil
}
