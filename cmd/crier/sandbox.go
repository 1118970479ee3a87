package main

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/crier-social/crier/config"
	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/accounts"
	"github.com/crier-social/crier/providers/linkedin"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

// sandboxPlatform is the network that the sandbox stands for.
const sandboxPlatform = "linkedin"

// sandboxTokenLife is how long the tokens of the sandbox's accounts are said to
// last: as long as LinkedIn's.
const sandboxTokenLife = 60 * 24 * time.Hour

// sandboxServer is the LinkedIn sandbox on an address of its own.
type sandboxServer struct {
	web     *webServer
	sandbox *sandbox.Sandbox
	// moved has something to receive after its clock was moved.
	moved chan struct{}
	// keyLost: the tokens of the accounts that it has linked before are of no use.
	keyLost bool
}

// newSandboxServer makes the sandbox, whose apps know PUBLIC_URL. Its clock is ahead of the
// given one (nil: the system's) by what it is told to.
func newSandboxServer(ctx context.Context, cfg config.Config, log *slog.Logger, o serverOptions) (*sandboxServer, error) {
	web, err := listen(ctx, "CRIER_SANDBOX_ADDR", string(cfg.SandboxAddr), o.fallback, log)
	if err != nil {
		return nil, err
	}
	own := cmp.Or(string(cfg.LinkedIn.Version), linkedin.DefaultVersion)
	versions, end := sandboxVersions(own)
	if !end.IsZero() && !time.Now().Before(end) {
		log.WarnContext(ctx, "the sandbox goes on serving a version of LinkedIn's API that LinkedIn has ended", "version", own, "ended", end.Format(time.DateOnly))
	}
	moved := make(chan struct{}, 1)
	s := sandbox.New(sandbox.Options{
		BaseURL: web.url(), Versions: versions, Clock: o.clock, OnClock: func() { wake(moved) }, Log: log.With("part", "sandbox"),
		Dir:           filepath.Join(cfg.DataDir, sandboxDir, "uploaded"),
		StateFile:     filepath.Join(cfg.DataDir, sandboxDir, "grants.json"),
		Apps:          sandbox.DefaultApps(string(cfg.PublicURL) + accounts.CallbackPath),
		MaxVideoBytes: max(int64(cfg.LinkedIn.MaxVideo), sandbox.DefaultMaxVideoBytes),
	})
	web.server.Handler = s
	return &sandboxServer{web: web, sandbox: s, moved: moved, keyLost: o.keyLost}, nil
}

// wake has whoever receives from the channel do so, once for many calls.
func wake(moved chan<- struct{}) {
	select {
	case moved <- struct{}{}:
	default: // it has not received the one before
	}
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

// sandboxDir is the folder in the data folder for what belongs to the sandbox.
const sandboxDir = "sandbox"

// configure points the settings at the sandbox and its apps, gives it a data folder of its
// own, and admits its address as a source of media.
func (s *sandboxServer) configure(cfg config.Config) config.Config {
	url := s.web.url()
	cfg.LinkedIn.APIURL = config.BaseURL(url)
	cfg.LinkedIn.OAuthURL = config.BaseURL(url + "/oauth/v2")
	cfg.LinkedIn.WebURL = config.BaseURL(url)
	cfg.LinkedIn.ClientID, cfg.LinkedIn.ClientSecret = sandbox.ShareClientID, sandbox.ShareClientSecret
	cfg.LinkedIn.CommunityClientID, cfg.LinkedIn.CommunityClientSecret = sandbox.CommunityClientID, sandbox.CommunityClientSecret
	cfg.DataDir = filepath.Join(cfg.DataDir, sandboxDir)
	cfg.MediaStore = cfg.MediaStore.Below(sandboxDir)
	if addr, ok := s.web.listener.Addr().(*net.TCPAddr); ok {
		ip := addr.AddrPort().Addr().Unmap()
		if ip.IsUnspecified() {
			ip = netip.AddrFrom4([4]byte{127, 0, 0, 1})
		}
		cfg.MediaAllow = append(slices.Clone(cfg.MediaAllow), netip.PrefixFrom(ip, ip.BitLen()))
	}
	return cfg
}

// link links a page, as the default, and a person of the sandbox to the primary profile,
// unless they are linked already. One that has to be linked again is left to whoever lets
// authorizations end, as it would be at LinkedIn; unless it is the server that has lost the key
// to its tokens.
func (s *sandboxServer) link(ctx context.Context, a *app) error {
	linked, err := a.accounts.List(ctx, a.profile.ID)
	if err != nil {
		return err
	}
	for _, urn := range []string{sandbox.PageURN, sandbox.JaneURN} {
		if slices.ContainsFunc(linked, func(l core.Account) bool {
			return l.RemoteID == urn && (l.Status == core.AccountActive || !s.keyLost)
		}) {
			continue
		}
		account, err := a.accounts.Link(ctx, a.profile.ID, accounts.LinkRequest{
			Platform: sandboxPlatform, RemoteID: urn,
			Credentials: core.Credentials{AccessToken: sandbox.PageToken, ExpiresAt: a.clock.Now().Add(sandboxTokenLife)},
		})
		if err != nil {
			return fmt.Errorf("%s: %w", urn, err)
		}
		a.log.InfoContext(ctx, "linked an account of the sandbox", "account", account.ID, "name", account.DisplayName)
	}
	return nil
}
