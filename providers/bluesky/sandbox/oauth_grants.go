package sandbox

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// Grant is what somebody has granted to an app.
type Grant struct {
	Client  string    `json:"client"`
	Account string    `json:"account"` // DID
	Scope   string    `json:"scope"`
	At      time.Time `json:"at"`
	Ends    time.Time `json:"ends"`
	Ended   bool      `json:"ended"`
	Renewed int       `json:"renewed"`
}

// Grants lists what was granted, oldest first.
func (s *Sandbox) Grants() []Grant {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Grant, len(s.grants))
	for i, g := range s.grants {
		out[i] = Grant{g.client, g.did, strings.Join(g.scopes, " "), g.at, g.ends, g.ended, len(g.old)}
	}
	return out
}

// savedGrant is a grant as it is kept.
type savedGrant struct {
	Client    string    `json:"client"`
	DID       string    `json:"did"`
	Scopes    []string  `json:"scopes"`
	Key       string    `json:"key"`
	ClientKey string    `json:"clientKey,omitempty"`
	At        time.Time `json:"at"`
	Ends      time.Time `json:"ends"`
	Refresh   string    `json:"refresh"`
	Old       []string  `json:"old,omitempty"`
	Access    []string  `json:"access,omitempty"`
}

// savedGrants are the grants that apps have tokens of. The caller holds the lock.
func (s *Sandbox) savedGrants() []savedGrant {
	var out []savedGrant
	for _, g := range s.grants {
		if g.spent && !g.ended {
			out = append(out, savedGrant{
				g.client, g.did, g.scopes, g.key, g.clientKey, g.at, g.ends, g.refresh, g.old, slices.Sorted(maps.Keys(g.access)),
			})
		}
	}
	return out
}

// restoreGrants takes over what was granted at the sandbox before. The caller holds the lock.
func (s *Sandbox) restoreGrants(kept []savedGrant) {
	for _, k := range kept {
		g := &oauthGrant{
			client: k.Client, did: k.DID, scopes: k.Scopes, key: k.Key, clientKey: k.ClientKey, at: k.At, ends: k.Ends,
			refresh: k.Refresh, old: k.Old, spent: true, access: map[string]bool{},
		}
		for _, id := range k.Access {
			g.access[id] = true
		}
		s.grants = append(s.grants, g)
	}
}
