package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/crier-social/crier/config"
	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/accounts"
)

// sandboxDir is the folder in the data folder for what belongs to the sandboxes.
const sandboxDir = "sandbox"

// sandboxServer is the sandbox of a network on an address of its own.
type sandboxServer struct {
	network string
	web     *webServer
	sandbox core.Sandbox // nil: it could not be made
}

// sandboxes are those of all networks that have one. The same time passes in all of them.
type sandboxes struct {
	servers []*sandboxServer
	time    *sharedTime
	// moved has something to receive after the clock was moved.
	moved chan struct{}
	// keyLost: the tokens of the accounts that they have linked before are of no use.
	keyLost bool
}

// openSandboxes makes the sandboxes, which know the public address, and leads the settings to
// them: those of the networks, the data folder, and where media may be fetched from. The time
// of the sandboxes is ahead of the given clock's by what they are told. Also with an error, the
// caller closes them.
func openSandboxes(ctx context.Context, cfg config.Config, log *slog.Logger, o serverOptions) (*sandboxes, config.Config, error) {
	cfg = cfg.Clone()
	s := &sandboxes{time: newSharedTime(o.clock), moved: make(chan struct{}, 1), keyLost: o.keyLost}
	var adapters []core.Adapter
	for _, a := range cfg.Adapters {
		settings, ok := a.Settings.(core.Sandboxed)
		switch {
		case ok:
			if err := s.open(ctx, cfg, a.Name, settings, log, o.fallback); err != nil {
				return s, cfg, fmt.Errorf("the sandbox of %s: %w", a.Name, err)
			}
		case a.Settings.Live():
			log.WarnContext(ctx, "a network is left out: it has no sandbox, and posts would go to it itself", "network", a.Name)
			continue
		}
		adapters = append(adapters, a)
	}
	cfg.Adapters = adapters
	cfg.DataDir = filepath.Join(cfg.DataDir, sandboxDir)
	cfg.MediaStore = cfg.MediaStore.Below(sandboxDir)
	cfg.MediaAllow = slices.Concat(cfg.MediaAllow, s.networks())
	return s, cfg, nil
}

// open makes the sandbox of one more network.
func (s *sandboxes) open(ctx context.Context, cfg config.Config, network string, settings core.Sandboxed, log *slog.Logger, fallback bool) error {
	n := len(s.servers)
	addr, err := sandboxAddr(cfg.SandboxAddr, n)
	if err != nil {
		return fmt.Errorf("CRIER_SANDBOX_ADDR: %w", err)
	}
	web, err := listen(ctx, "CRIER_SANDBOX_ADDR", addr, fallback, log)
	if err != nil {
		return err
	}
	server := &sandboxServer{network: network, web: web}
	s.servers = append(s.servers, server)
	server.sandbox, err = settings.OpenSandbox(core.SandboxOptions{
		URL: web.url(), Dir: filepath.Join(cfg.DataDir, sandboxDir, network),
		RedirectURL: redirectURL(cfg), ClientURL: clientURL(cfg, network),
		Clock: s.time.add(), OnClock: func() { s.clockMoved(n) },
		Log: log.With("part", "sandbox", "network", network),
	})
	if err != nil {
		return err
	}
	web.server.Handler = server.sandbox
	s.time.follow(n, server.sandbox.Clock())
	return nil
}

// sandboxAddr is where the nth sandbox is, from 0: on the port as many behind the first one's,
// or on any free one.
func sandboxAddr(first config.Endpoint, n int) (string, error) {
	host, text, err := net.SplitHostPort(string(first))
	if err != nil {
		return "", err
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		return "", err
	}
	if port == 0 {
		return string(first), nil
	}
	const last = 65535
	if port += n; port > last {
		return "", fmt.Errorf("there is no port %d; name one that is smaller by %d", port, port-last)
	}
	return net.JoinHostPort(host, strconv.Itoa(port)), nil
}

// clockMoved is called after the clock of a sandbox was moved.
func (s *sandboxes) clockMoved(n int) {
	s.time.measure(n)
	select {
	case s.moved <- struct{}{}:
	default: // the move before was not received yet, and is together with this one
	}
}

// clock is the time of all of them.
func (s *sandboxes) clock() core.Clock { return s.time.whole() }

// of returns the sandbox of a network; nil: there is none.
func (s *sandboxes) of(network string) *sandboxServer {
	i := slices.IndexFunc(s.servers, func(one *sandboxServer) bool { return one.network == network })
	if i < 0 {
		return nil
	}
	return s.servers[i]
}

// networks lists the addresses of the sandboxes.
func (s *sandboxes) networks() config.Prefixes {
	var list config.Prefixes
	for _, one := range s.servers {
		addr, ok := one.web.listener.Addr().(*net.TCPAddr)
		if !ok {
			continue
		}
		ip := addr.AddrPort().Addr().Unmap()
		if ip.IsUnspecified() {
			ip = netip.AddrFrom4([4]byte{127, 0, 0, 1})
		}
		if prefix := netip.PrefixFrom(ip, ip.BitLen()); !slices.Contains(list, prefix) {
			list = append(list, prefix)
		}
	}
	return list
}

// link links the accounts of the sandboxes to the primary profile, the first of each network as
// its default, unless they are linked already. One that has to be linked again is left to
// whoever lets authorizations end, as it would be at the network; unless it is the server that
// has lost the key to its tokens.
func (s *sandboxes) link(ctx context.Context, a *app) error {
	linked, err := a.accounts.List(ctx, a.profile.ID)
	if err != nil {
		return err
	}
	for _, one := range s.servers {
		for _, wanted := range one.sandbox.Accounts() {
			if slices.ContainsFunc(linked, func(l core.Account) bool {
				return l.Platform == one.network && l.RemoteID == wanted.RemoteID && (l.Status == core.AccountActive || !s.keyLost)
			}) {
				continue
			}
			account, _, err := a.accounts.Link(ctx, a.profile.ID, accounts.LinkRequest{
				Platform: one.network, RemoteID: wanted.RemoteID, Credentials: wanted.Credentials,
			})
			if err != nil {
				return fmt.Errorf("%s, %s: %w", one.network, wanted.RemoteID, err)
			}
			a.log.InfoContext(ctx, "linked an account of the sandbox", "network", one.network, "account", account.ID, "name", account.DisplayName)
		}
	}
	return nil
}

// addresses tells where each is, for the log.
func (s *sandboxes) addresses() []any {
	var list []any
	for _, one := range s.servers {
		list = append(list, slog.String(one.network, one.web.url()))
	}
	return list
}

// sandboxUsage describes the flag --sandbox.
func sandboxUsage(adapters []core.Adapter) string {
	var networks []string
	for _, a := range adapters {
		if _, ok := a.Settings.(core.Sandboxed); ok {
			networks = append(networks, a.Name)
		}
	}
	return "Run sandboxes as well, on CRIER_SANDBOX_ADDR and the ports behind it, and post to them instead of the networks: " + strings.Join(networks, ", ") + "."
}

// close gives back what they hold besides their addresses.
func (s *sandboxes) close() error {
	var all error
	for _, one := range s.servers {
		if one.sandbox != nil {
			all = errors.Join(all, one.sandbox.Close())
		}
	}
	return all
}
