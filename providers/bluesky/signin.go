package bluesky

import (
	"fmt"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/bluesky/oauth"
	"github.com/crier-social/crier/providers/internal/rest"
)

// keyPurpose names the secrets that the keys are derived from by which servers know this one.
const keyPurpose = "bluesky oauth client"

// maxAnswer bounds what a server that people sign in at may say, in bytes: documents of a few KiB,
// which are kept.
const maxAnswer = 64 << 10

// signIn is how people sign in with OAuth at the servers that keep their accounts.
type signIn struct {
	nonces *oauth.Nonces
	// client is nil where this server cannot be one, and missing tells the operator why.
	client  *oauth.Client
	flow    *oauth.Flow
	missing error
}

// openSignIn finds out whether this server can be a client of OAuth.
func (p *Provider) openSignIn() error {
	p.signIn.nonces = oauth.NewNonces(p.clock)
	i := oauth.Identity{URL: p.deps.ClientURL, RedirectURL: p.deps.RedirectURL, Name: p.cfg.ClientName}
	if p.deps.Keys != nil {
		for _, seed := range p.deps.Keys(keyPurpose) {
			key, err := oauth.KeyFromSeed(seed)
			if err != nil {
				return fmt.Errorf("bluesky: %w", err)
			}
			i.Keys = append(i.Keys, key)
		}
	}
	client, err := oauth.NewClient(i, p.clock)
	if err != nil {
		p.signIn.missing = err
		return nil
	}
	p.signIn.client = client
	p.signIn.flow = oauth.NewFlow(client, rest.New(rest.Config{
		Platform: name, MapError: oauth.MapError(p.clock, client.ID), HTTP: p.deps.Guarded, Clock: p.clock, Log: p.log, Around: p.pacer.Around, MaxBody: maxAnswer,
	}), p.signIn.nonces, p.clock)
	return nil
}

// NoOAuth tells the operator why accounts can be linked with app passwords alone; nil: OAuth
// is offered as well.
func (p *Provider) NoOAuth() *core.Error {
	if p.signIn.missing == nil {
		return nil
	}
	return &core.Error{
		Kind: core.KindUnsupported, Code: core.CodeLinkSetup, Op: "bluesky.linkApps", Platform: name, Field: "CRIER_PUBLIC_URL",
		Message: "Accounts can be linked with app passwords, and not with OAuth: " + p.signIn.missing.Error() + ".",
		Help:    "Set CRIER_PUBLIC_URL to an address with https:// that is reached from everywhere; on one's own machine, http://127.0.0.1 with the port will do.",
	}
}

// ClientDocument tells servers that people sign in at what this one is; nil: they cannot be
// asked to.
func (p *Provider) ClientDocument() []byte {
	if p.signIn.client == nil {
		return nil
	}
	return p.signIn.client.Document()
}

var _ core.ClientDocument = (*Provider)(nil)
