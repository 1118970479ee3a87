package core

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
)

// Registry is the set of networks that a server knows. It is filled once at
// start and read-only, and then safe for concurrent use, afterwards.
type Registry struct {
	byName map[string]Provider
	byKey  map[string]Provider // by lower-case options key
}

// NewRegistry returns a registry of the providers.
func NewRegistry(providers ...Provider) (*Registry, error) {
	r := &Registry{byName: map[string]Provider{}, byKey: map[string]Provider{}}
	for _, p := range providers {
		if err := r.Add(p); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// Add registers a provider. Name and options key must be set and new.
func (r *Registry) Add(p Provider) error {
	info := p.Info()
	key := strings.ToLower(info.OptionsKey)
	switch {
	case info.Name == "" || key == "":
		return fmt.Errorf("provider %T lacks a name or an options key", p)
	case r.byName[info.Name] != nil:
		return fmt.Errorf("two providers are named %q", info.Name)
	case r.byKey[key] != nil:
		return fmt.Errorf("two providers have the options key %q", info.OptionsKey)
	}
	r.byName[info.Name] = p
	r.byKey[key] = p
	return nil
}

// Get returns the provider of a network.
func (r *Registry) Get(name string) (Provider, bool) {
	p, ok := r.byName[name]
	return p, ok
}

// Similar returns the name of the network that a wrong name is most likely to mean: it
// differs in case, or in a letter for each three that it has, two at most. Names are matched
// exactly; this is for telling what was meant.
func (r *Registry) Similar(name string) (string, bool) {
	best, least := "", min(len(name)/3, maxTypos)+1
	for _, known := range r.Names() {
		if known == name || abs(len(known)-len(name)) > maxTypos {
			continue
		}
		if d := levenshtein.ComputeDistance(strings.ToLower(known), strings.ToLower(name)); d < least {
			best, least = known, d
		}
	}
	return best, best != ""
}

// maxTypos is in how many letters a misspelt name may differ.
const maxTypos = 2

func abs(n int) int { return max(n, -n) }

// UnknownPlatform tells whoever named a network that it is not one of these.
func (r *Registry) UnknownPlatform(field, name string) *Error {
	e := &Error{
		Kind: KindInvalid, Code: CodeUnknownPlatform, Field: field,
		Message: fmt.Sprintf("there is no network %q on this server; it has %s", name, strings.Join(r.Names(), ", ")),
	}
	if similar, found := r.Similar(name); found {
		e.Message = fmt.Sprintf("there is no network %q on this server; did you mean %q?", name, similar)
	}
	return e
}

// Title returns the name of a network as people write it, for messages; the name itself of
// one that is not one of these.
func (r *Registry) Title(name string) string {
	if p, known := r.Get(name); known {
		return cmp.Or(p.Info().Title, name)
	}
	return name
}

// ByOptionsKey returns the provider whose option block has this JSON key; case
// does not matter, since published clients differ in it.
func (r *Registry) ByOptionsKey(key string) (Provider, bool) {
	p, ok := r.byKey[strings.ToLower(key)]
	return p, ok
}

// Names returns the names of all networks, sorted.
func (r *Registry) Names() []string {
	names := make([]string, 0, len(r.byName))
	for name := range r.byName {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// All returns the providers, sorted by name.
func (r *Registry) All() []Provider {
	all := make([]Provider, 0, len(r.byName))
	for _, name := range r.Names() {
		all = append(all, r.byName[name])
	}
	return all
}
