// Package bluesky publishes to Bluesky, and to every other server of the AT protocol that
// keeps the posts of its members: text, up to four pictures, a video, the card of a link,
// replies, quotes and reposts. What it does and the limits that it checks are described in
// its README.
package bluesky

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/bluesky/api"
	"github.com/crier-social/crier/providers/bluesky/identity"
	"github.com/crier-social/crier/providers/internal/cache"
	"github.com/crier-social/crier/providers/internal/pace"
	"github.com/crier-social/crier/providers/internal/rest"
)

const (
	name       = "bluesky"
	title      = "Bluesky" // as its owner writes it
	optionsKey = "blueSkyOptions"

	defaultPLCURL     = "https://plc.directory"
	defaultAppViewURL = "https://public.api.bsky.app"
	defaultVideoURL   = "https://video.bsky.app"
	defaultWebURL     = "https://bsky.app"
	defaultClientName = "Crier"

	maxLost = 4096 // files that are remembered
)

// Config holds the settings. The zero value is Bluesky itself.
type Config struct {
	PLCURL     string // base of the directory of did:plc identities
	AppViewURL string // base of the service that is asked for profiles, threads and figures
	VideoURL   string // base of the service that prepares videos
	WebURL     string // base of the addresses of posts and profiles
	// NoVideoService has videos sent to the server that keeps the account's posts, like any
	// other file, instead of VideoURL.
	NoVideoService bool
	// ClientName is what the page of consent calls this server; empty: Crier.
	ClientName string
}

// Deps is what the provider works with; the zero value of each is a default.
type Deps struct {
	HTTP *http.Client // for the addresses of Config; redirects are not followed whatever it says
	// Guarded is for the addresses that identities name, which are strangers'; nil: HTTP.
	Guarded *http.Client
	Clock   core.Clock
	Log     *slog.Logger
	// OnEvent is told what happened by itself; nil: nobody.
	OnEvent func(core.Event)
	// OnCall is told of every request to Bluesky; nil: nobody.
	OnCall func(core.Call)
	// LookupTXT reads TXT records of the DNS; nil: the system's resolver.
	LookupTXT func(ctx context.Context, name string) ([]string, error)
	// RedirectURL is where browsers are sent back to, ClientURL where this server shows what
	// it is to servers that people sign in at, and Keys gives it the keys by which they know
	// it: see core.AdapterDeps.
	RedirectURL, ClientURL string
	Keys                   func(purpose string) [][]byte
}

// Provider is Bluesky. It is safe for concurrent use.
type Provider struct {
	cfg   Config
	deps  Deps
	clock core.Clock
	log   *slog.Logger
	pacer *pace.Pacer
	// known calls the addresses of the settings, and api those that identities name.
	known, api *api.Client
	people     *identity.Resolver
	signIn     signIn
	keys       recordKeys
	// lost are the files that an account's server was found not to have any more. A process
	// that does not know it is told when it tries to publish: Commit cannot change what Prepare
	// has saved.
	lost *cache.Cache[struct{}]
}

// New returns the provider. It makes no call.
func New(c Config, d Deps) (*Provider, error) {
	c.PLCURL = strings.TrimRight(cmp.Or(c.PLCURL, defaultPLCURL), "/")
	c.AppViewURL = strings.TrimRight(cmp.Or(c.AppViewURL, defaultAppViewURL), "/")
	c.VideoURL = strings.TrimRight(cmp.Or(c.VideoURL, defaultVideoURL), "/")
	c.WebURL = strings.TrimRight(cmp.Or(c.WebURL, defaultWebURL), "/")
	c.ClientName = cmp.Or(c.ClientName, defaultClientName)
	for setting, address := range map[string]string{"PLC": c.PLCURL, "AppView": c.AppViewURL, "video": c.VideoURL, "web": c.WebURL} {
		if err := rest.CheckBase(address); err != nil {
			return nil, fmt.Errorf("bluesky: the %s address %w", setting, err)
		}
	}
	d.Clock = cmp.Or[core.Clock](d.Clock, core.SystemClock{})
	if d.HTTP == nil {
		d.HTTP = rest.NewHTTPClient()
	}
	d.Guarded = cmp.Or(d.Guarded, d.HTTP)
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	if d.OnEvent == nil {
		d.OnEvent = func(core.Event) {}
	}
	p := &Provider{
		cfg: c, deps: d, clock: d.Clock, log: d.Log,
		pacer: pace.New(pace.Config{Platform: name, Network: title, Clock: d.Clock, OnCall: d.OnCall}),
	}
	p.lost = cache.New[struct{}](maxLost, p.clock)
	p.known, p.api = api.New(p.newREST(d.HTTP, ownService)), api.New(p.newREST(d.Guarded, accountServer))
	p.people = identity.New(identity.Config{
		PLCURL: c.PLCURL, AppViewURL: c.AppViewURL, HTTP: d.HTTP, Guarded: d.Guarded,
		LookupTXT: d.LookupTXT, Clock: d.Clock, Log: d.Log, Around: p.pacer.Around,
	})
	if err := p.openSignIn(); err != nil {
		return nil, err
	}
	return p, nil
}

// newREST returns a client of the protocol that reaches somebody by way of h.
func (p *Provider) newREST(h *http.Client, who string) *rest.Client {
	return rest.New(rest.Config{
		Platform: name, MapError: p.errorsOf(who), HTTP: h, Clock: p.clock, Log: p.log, Around: p.pacer.Around,
	})
}

// Info describes Bluesky.
func (p *Provider) Info() core.Info {
	return core.Info{
		Name:       name,
		Title:      title,
		OptionsKey: optionsKey,
		Website:    "https://bsky.app",
		Limits: core.Limits{
			TextLength:    maxTextLength,
			TextBytes:     maxTextBytes,
			TextUnit:      "graphemes: what a reader takes for one character",
			Images:        maxImages,
			Videos:        1,
			ImageTypes:    imageTypes(),
			VideoTypes:    videoTypes(),
			CommentLength: maxTextLength,
			CommentImages: maxImages,
		},
		Options: optionInfos(),
	}
}

// appView is the service that is asked for what all servers together have.
func (p *Provider) appView() api.Server { return api.Server{URL: p.cfg.AppViewURL} }

var (
	_ core.Provider      = (*Provider)(nil)
	_ core.Deleter       = (*Provider)(nil)
	_ core.Describer     = (*Provider)(nil)
	_ core.Describer     = (*publication)(nil)
	_ core.Measurer      = (*Provider)(nil)
	_ core.Normalizer    = (*Provider)(nil)
	_ core.CommentSwitch = (*Provider)(nil)

	_ core.Publication = (*publication)(nil)
	_ core.Preflighter = (*publication)(nil)
	_ core.Reconciler  = (*publication)(nil)
	_ core.Repeatable  = (*publication)(nil)
	_ core.Previewer   = (*publication)(nil)
)
