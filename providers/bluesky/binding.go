package bluesky

import (
	"encoding/json"
	"fmt"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/bluesky/oauth"
)

// binding is what it takes to use an account's tokens, besides them.
type binding struct {
	PDS string `json:"pds"` // origin of the server that keeps the account
	// Of tokens of OAuth alone: the key that they are bound to, whom they are for, where they are
	// renewed, and as which client, by which of its keys.
	Key      string `json:"key,omitempty"`
	DID      string `json:"did,omitempty"`
	Issuer   string `json:"issuer,omitempty"`
	Token    string `json:"token,omitempty"`
	ClientID string `json:"client,omitempty"`
	KeyID    string `json:"kid,omitempty"`
}

// readBinding takes apart what was kept with the tokens. What cannot be read is as good as
// nothing: the tokens say who they are for.
func readBinding(kept core.Secret) binding {
	var b binding
	if json.Unmarshal([]byte(kept.Reveal()), &b) != nil {
		return binding{}
	}
	return b
}

func (b binding) text() (core.Secret, error) {
	text, err := json.Marshal(b)
	if err != nil {
		return "", fmt.Errorf("write what tokens are bound to: %w", err)
	}
	return core.Secret(text), nil
}

// isOAuth tells whether the tokens are bound to a key.
func (b binding) isOAuth() bool { return b.Key != "" }

// grant is what the tokens are renewed with.
func (b binding) grant() (oauth.Grant, error) {
	key, err := oauth.ParseKey(core.Secret(b.Key))
	if err != nil {
		return oauth.Grant{}, err
	}
	return oauth.Grant{Issuer: b.Issuer, Token: b.Token, Key: key, KeyID: b.KeyID}, nil
}
