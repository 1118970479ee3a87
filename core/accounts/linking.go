package accounts

import (
	"cmp"
	"context"
	"log/slog"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/sync/singleflight"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/vault"
)

// LinkedAccounts is what Linking changes. *Manager is one.
type LinkedAccounts interface {
	List(ctx context.Context, profileID string) ([]core.Account, error)
	Get(ctx context.Context, profileID, id string) (core.Account, error)
	Unlink(ctx context.Context, profileID, id string) error
	LinkGrant(ctx context.Context, profileID string, g core.Grant, remoteIDs []string) ([]core.Account, error)
	Outdone(ctx context.Context, profileID string, g core.Grant) ([]Outdone, error)
}

// LinkProfiles tells whose accounts are linked.
type LinkProfiles interface {
	GetProfile(ctx context.Context, id string) (core.Profile, error)
}

// LinkingConfig is what Linking works with. Clock and Log may be nil.
type LinkingConfig struct {
	Accounts LinkedAccounts
	Store    store.Links
	Profiles LinkProfiles
	Registry *core.Registry
	Vault    *vault.Ring
	Clock    core.Clock
	Log      *slog.Logger
	// PublicURL is the address that browsers reach this server at, without a slash at its end.
	PublicURL string
}

// Linking lets people link accounts in their browser: it gives out the addresses of link
// pages, and leads a browser to the network's consent and back. It may be used concurrently.
//
// Its errors are *core.Error where somebody can do something about them, written for the
// person at the browser; all others mean that the store failed. None holds a code or a token.
type Linking struct {
	LinkingConfig
	// returns has two returns from one consent, as two clicks make them, share an outcome.
	returns singleflight.Group
	tries   tries // of forms that ask for something
}

// NewLinking returns a Linking.
func NewLinking(c LinkingConfig) *Linking {
	if c.Clock == nil {
		c.Clock = core.SystemClock{}
	}
	c.Log = cmp.Or(c.Log, slog.New(slog.DiscardHandler))
	c.PublicURL = strings.TrimRight(c.PublicURL, "/")
	return &Linking{LinkingConfig: c}
}

// The paths of the link pages below the public address.
const (
	LinkPath     = "/link"
	CallbackPath = LinkPath + "/callback"
	// ClientsPath begins the paths of ClientPath.
	ClientsPath = LinkPath + "/clients/"
	openPath    = LinkPath + "/open/"
)

// ClientPath is where a network reads what it has to know of the operator's app, below the
// public address: core.ClientDocument.
func ClientPath(platform string) string { return ClientsPath + platform + ".json" }

// ClientDocument returns what a network reads of the operator's app; false when there is no
// such network, or it needs none.
func (l *Linking) ClientDocument(platform string) ([]byte, bool) {
	p, known := l.Registry.Get(platform)
	c, able := p.(core.ClientDocument)
	if !known || !able {
		return nil, false
	}
	document := c.ClientDocument()
	return document, document != nil
}

// CallbackURL is where networks send the browser back to: the one address that operators
// register with them.
func (l *Linking) CallbackURL() string { return l.PublicURL + CallbackPath }

// LinkNetwork is a network of which people can link accounts in their browser.
type LinkNetwork struct {
	Platform string
	Title    string
	Apps     []core.LinkApp // at least one, the one to offer first in front
}

// Networks lists the networks that accounts can be linked of, by name.
func (l *Linking) Networks() []LinkNetwork {
	var list []LinkNetwork
	for _, p := range l.Registry.All() {
		linker, able := p.(core.Linker)
		if !able {
			continue
		}
		if apps := linker.LinkApps(); len(apps) > 0 {
			info := p.Info()
			list = append(list, LinkNetwork{info.Name, cmp.Or(info.Title, info.Name), apps})
		}
	}
	return list
}

// network finds a network that accounts can be linked of.
func (l *Linking) network(platform string) (LinkNetwork, bool) {
	list := l.Networks()
	i := slices.IndexFunc(list, func(n LinkNetwork) bool { return n.Platform == platform })
	if i < 0 {
		return LinkNetwork{}, false
	}
	return list[i], true
}

// linker finds the adapter behind a network.
func (l *Linking) linker(platform string) (core.Linker, bool) {
	p, known := l.Registry.Get(platform)
	linker, able := p.(core.Linker)
	return linker, known && able
}

// ConsentOrigins lists the origins of the consent pages of a network's apps, so that a page
// can say where it leads.
func (l *Linking) ConsentOrigins(ctx context.Context, n LinkNetwork) []string {
	linker, able := l.linker(n.Platform)
	if !able {
		return nil
	}
	var origins []string
	for _, app := range n.Apps {
		if len(app.Fields) > 0 {
			continue // it may lead anywhere
		}
		begun, err := linker.Authorize(ctx, core.LinkRequest{App: app.Name, RedirectURL: l.CallbackURL(), State: "state", Verifier: "verifier"})
		if err != nil {
			continue // the consent itself will tell
		}
		if u, err := url.Parse(begun.URL); err == nil && u.Host != "" {
			origins = append(origins, u.Scheme+"://"+u.Host)
		}
	}
	slices.Sort(origins)
	return slices.Compact(origins)
}

// offers tells whether a session of the profile may link accounts of the network.
func offers(p core.Profile, s store.LinkSession, platform string) bool {
	return !slices.Contains(p.DisableSocial, platform) && covered(s, platform)
}

// covered tells whether a session is about accounts of the network: of one that the profile
// has switched off, those that are linked can still be unlinked.
func covered(s store.LinkSession, platform string) bool {
	if s.Mode == store.LinkConnect && s.Platform != platform {
		return false
	}
	return len(s.Allowed) == 0 || slices.Contains(s.Allowed, platform)
}
