package linkedin

import (
	"cmp"
	"context"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/setting"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

// sandboxTokenLife is how long the tokens of the sandbox's accounts are said to last: as long
// as LinkedIn's.
const sandboxTokenLife = 60 * 24 * time.Hour

// OpenSandbox makes a sandbox with a self-serve app and one of the Community Management API,
// which the settings then have.
func (s *Settings) OpenSandbox(o core.SandboxOptions) (core.Sandbox, error) {
	clock, log := cmp.Or[core.Clock](o.Clock, core.SystemClock{}), cmp.Or(o.Log, slog.New(slog.DiscardHandler))
	own := cmp.Or(string(s.Version), DefaultVersion)
	versions, end := sandboxVersions(own)
	if !end.IsZero() && !clock.Now().Before(end) {
		log.WarnContext(context.Background(), "the sandbox goes on serving a version of LinkedIn's API that LinkedIn has ended", "version", own, "ended", end.Format(time.DateOnly))
	}
	options := sandbox.Options{
		BaseURL: o.URL, Versions: versions, Clock: clock, OnClock: o.OnClock, Log: log,
		Apps:          sandbox.DefaultApps(o.RedirectURL),
		MaxVideoBytes: max(int64(s.MaxVideo), sandbox.DefaultMaxVideoBytes),
	}
	if o.Dir != "" {
		options.Dir, options.StateFile = filepath.Join(o.Dir, "uploaded"), filepath.Join(o.Dir, "grants.json")
	}
	s.APIURL, s.OAuthURL, s.WebURL = setting.BaseURL(o.URL), setting.BaseURL(o.URL+"/oauth/v2"), setting.BaseURL(o.URL)
	s.ClientID, s.ClientSecret = sandbox.ShareClientID, sandbox.ShareClientSecret
	s.CommunityClientID, s.CommunityClientSecret = sandbox.CommunityClientID, sandbox.CommunityClientSecret
	return double{sandbox.New(options)}, nil
}

// InSandbox tells whether the person or page is one of every sandbox.
func (*Settings) InSandbox(remoteID string) bool {
	return slices.Contains([]string{sandbox.JaneURN, sandbox.JohnURN, sandbox.PageURN, sandbox.SmallPageURN}, remoteID)
}

// sandboxVersions lists the versions of the API with their ends, as LinkedIn has
// published them, except that the server's own one has none: what works with the
// sandbox today must not stop working on some day. That one's end is returned; zero:
// none is published.
func sandboxVersions(own string) (list []sandbox.Version, end time.Time) {
	month, _, _ := strings.Cut(own, ".")
	list = sandbox.DefaultVersions()
	for i := range list {
		if list[i].Name == month {
			end, list[i].Sunset = list[i].Sunset, time.Time{}
		}
	}
	return list, end
}

// double is a sandbox as servers use it.
type double struct{ *sandbox.Sandbox }

// Accounts are a page and a person.
func (d double) Accounts() []core.SandboxAccount {
	credentials := core.Credentials{AccessToken: sandbox.PageToken, ExpiresAt: d.Clock().Now().Add(sandboxTokenLife)}
	return []core.SandboxAccount{
		{RemoteID: sandbox.PageURN, Credentials: credentials},
		{RemoteID: sandbox.JaneURN, Credentials: credentials},
	}
}
