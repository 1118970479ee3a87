// Package linkedin publishes to LinkedIn: text, one picture or up to twenty, a video
// or a document, as a person or as an organization. What it does and the limits that
// it checks are described in its README.
package linkedin

import (
	"cmp"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/internal/cache"
	"github.com/crier-social/crier/providers/internal/pace"
	"github.com/crier-social/crier/providers/internal/rest"
	"github.com/crier-social/crier/providers/linkedin/api"
	"github.com/crier-social/crier/providers/linkedin/audience"
)

const (
	name       = "linkedin"
	title      = "LinkedIn" // as its owner writes it
	optionsKey = "linkedInOptions"

	defaultAPIURL   = "https://api.linkedin.com"
	defaultOAuthURL = "https://www.linkedin.com/oauth/v2"
	defaultWebURL   = "https://www.linkedin.com"
)

// Config holds the settings. The zero value is LinkedIn itself, reached with the
// tokens of the accounts alone.
type Config struct {
	// Share is the operator's app with the products Sign In with LinkedIn using OpenID
	// Connect and Share on LinkedIn, Community the one with the Community Management API,
	// which LinkedIn approves only for apps that have no other product. Accounts are linked
	// in a browser through either; posting with tokens that were granted elsewhere needs
	// neither.
	Share, Community App
	// RedirectURL is where LinkedIn is to send browsers back to, for the operator to
	// register; empty: nobody links accounts in a browser.
	RedirectURL string
	APIURL      string // base of /rest and /v2
	OAuthURL    string // base of the authorization endpoints
	WebURL      string // base of the addresses of posts and pages
	Version     string // LinkedIn-Version, "YYYYMM"; empty: DefaultVersion
	// MemberQuota and AppQuota are how many calls a day LinkedIn lets this server make
	// to an endpoint, for one member and for the app; 0: unknown. The developer portal
	// shows them.
	MemberQuota, AppQuota int
	// PostsPerDay is how many posts of one account go out on a day (UTC); 0: 150,
	// negative: any number.
	PostsPerDay int
	// MaxVideoBytes is the largest video that is sent; 0: 500 MB.
	MaxVideoBytes int64
}

// Deps is what the provider works with; the zero value of each is a default.
type Deps struct {
	HTTP  *http.Client // redirects are not followed whatever it says
	Clock core.Clock   // times the client's own short retries
	Log   *slog.Logger
	// OnEvent is told what happened by itself; nil: nobody.
	OnEvent func(core.Event)
	// OnCall is told of every request to LinkedIn; nil: nobody.
	OnCall func(core.Call)
}

// Provider is LinkedIn. It is safe for concurrent use.
type Provider struct {
	cfg      Config
	apps     []app // the configured ones, the one to offer first in front
	api      *api.Client
	clock    core.Clock
	log      *slog.Logger
	versions *ladder
	pacer    *pace.Pacer
	// diagnoses are what was found out about tokens that were refused something.
	diagnoses *cache.Cache[diagnosis]
	pages     *cache.Cache[knownPage] // by URN, and by @ and vanity name
	names     *targetNames
}

// New returns the provider. It makes no call.
func New(c Config, d Deps) (*Provider, error) {
	c.APIURL = strings.TrimRight(cmp.Or(c.APIURL, defaultAPIURL), "/")
	c.OAuthURL = strings.TrimRight(cmp.Or(c.OAuthURL, defaultOAuthURL), "/")
	c.WebURL = strings.TrimRight(cmp.Or(c.WebURL, defaultWebURL), "/")
	c.Version = cmp.Or(c.Version, DefaultVersion)
	c.PostsPerDay = max(cmp.Or(c.PostsPerDay, defaultPostsPerDay), 0)
	c.MaxVideoBytes = cmp.Or(c.MaxVideoBytes, defaultMaxVideoBytes)
	for setting, address := range map[string]string{"API": c.APIURL, "OAuth": c.OAuthURL, "web": c.WebURL} {
		if err := rest.CheckBase(address); err != nil {
			return nil, fmt.Errorf("linkedin: the %s address %w", setting, err)
		}
	}
	if !versionPattern.MatchString(c.Version) {
		return nil, fmt.Errorf("linkedin: version %q is not of the form YYYYMM", c.Version)
	}
	versions, err := parseVersions(versionTable)
	if err != nil {
		return nil, fmt.Errorf("linkedin: table of versions: %w", err)
	}
	apps, err := appsOf(c)
	if err != nil {
		return nil, err
	}
	p := &Provider{
		cfg:   c,
		apps:  apps,
		clock: cmp.Or[core.Clock](d.Clock, core.SystemClock{}),
		log:   d.Log,
	}
	p.pages = cache.New[knownPage](maxPages, p.clock)
	p.names = newTargetNames(p.clock)
	if p.log == nil {
		p.log = slog.New(slog.DiscardHandler)
	}
	p.versions = &ladder{ends: versions, clock: p.clock, log: p.log, event: d.OnEvent, current: c.Version}
	if p.versions.event == nil {
		p.versions.event = func(core.Event) {}
	}
	p.diagnoses = cache.New[diagnosis](maxDiagnoses, p.clock)
	p.pacer = pace.New(pace.Config{
		Platform: name, Network: title, Clock: p.clock, OnCall: d.OnCall, MemberQuota: c.MemberQuota, AppQuota: c.AppQuota,
	})
	client := rest.New(rest.Config{
		Platform: name, MapError: p.mapError, HTTP: d.HTTP, Clock: p.clock, Log: p.log, Around: p.around,
	})
	p.api = api.New(client, c.APIURL, p.versions.inUse)
	return p, nil
}

// Info describes LinkedIn.
func (p *Provider) Info() core.Info {
	return core.Info{
		Name:       name,
		Title:      title,
		OptionsKey: optionsKey,
		Website:    "https://www.linkedin.com",
		APIVersion: p.cfg.Version,
		Limits: core.Limits{
			TextLength:      maxTextLength,
			TextUnit:        "UTF-16 code units, as shown to readers",
			Images:          maxImages,
			Videos:          1,
			Documents:       1,
			ImageTypes:      imageTypes(),
			VideoTypes:      videoTypes(),
			DocumentTypes:   documentTypes(),
			ImageWidth:      bestImageWidth,
			ImageHeight:     bestImageHeight,
			CommentLength:   maxCommentLength,
			CommentImages:   1,
			PostsPerDay:     p.cfg.PostsPerDay,
			DuplicateWindow: duplicateWindow,
		},
		Options: optionInfos(),
	}
}

// tables returns what is known of audiences without asking. They are read when a post
// first needs them: most servers have none that does.
func (p *Provider) tables() *audience.Tables { return audience.Embedded() }

// postURL returns where a post can be looked at.
func (p *Provider) postURL(urn string) string { return p.cfg.WebURL + "/feed/update/" + urn + "/" }

var (
	_ core.Provider     = (*Provider)(nil)
	_ core.Identifier   = (*Provider)(nil)
	_ core.Linker       = (*Provider)(nil)
	_ core.Refresher    = (*Provider)(nil)
	_ core.Deleter      = (*Provider)(nil)
	_ core.Introspector = (*Provider)(nil)
	_ core.Describer    = (*Provider)(nil)
	_ core.Describer    = (*publication)(nil)
	_ core.Directory    = (*Provider)(nil)
	_ core.Versioned    = (*Provider)(nil)
	_ core.Meter        = (*Provider)(nil)
	_ core.Throttle     = (*Provider)(nil)
	_ core.Physician    = (*Provider)(nil)
	_ core.Editor       = (*Provider)(nil)
	_ core.Measurer     = (*Provider)(nil)
	_ core.Normalizer   = (*Provider)(nil)
	_ core.Discussion   = (*Provider)(nil)
	_ core.Inspector    = (*Provider)(nil)

	_ core.CommentSwitch = (*Provider)(nil)

	_ core.Publication = (*publication)(nil)
	_ core.Preflighter = (*publication)(nil)
	_ core.Reconciler  = (*publication)(nil)
	_ core.Finisher    = (*publication)(nil)
	_ core.Previewer   = (*publication)(nil)
)
