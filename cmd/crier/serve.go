package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/crier-social/crier/config"
	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/setting"
)

const serveAbout = `
Runs the server: the API on CRIER_ADDR, the queue that publishes, and on
CRIER_OPS_ADDR what operators need. Settings come from the environment and from
.env; crier config shows them.

The first start prints a generated API key, once, unless CRIER_API_KEY is set. The
first SIGINT or SIGTERM stops in an orderly way: requests that wait for the outcome
of a post are answered with 202, other requests and the deliveries under way are
finished within CRIER_SHUTDOWN_GRACE. Before that, for CRIER_SHUTDOWN_DELAY, requests
are taken as ever, while /readyz tells load balancers to send no more. A second
signal kills; nothing is lost then either.

With --sandbox, each network has a sandbox of its own: the first on
CRIER_SANDBOX_ADDR, each further one on the next port. Everything is kept in the
folder sandbox below CRIER_DATA_DIR, with an API key of its own, so that a sandbox
never touches real accounts. Media may then be fetched from the address of the
sandboxes too, which is 127.0.0.1, and the guard tells addresses apart, not ports:
whoever has the API key can make Crier fetch an image from any server of this
machine. So --sandbox is for development.`

func runServe(ctx context.Context, c cli, args []string) error {
	f := newFlags(c, "serve", "[--sandbox] [--key-lost] [--restored]", serveAbout)
	withSandbox := f.Bool("sandbox", false, sandboxUsage(c.networks()))
	keyLost := f.Bool("key-lost", false, "Start although the key is lost that encrypted the tokens of linked accounts: mark these accounts, which have to be linked again then. Needed once.")
	restored := f.Bool("restored", false, "Start with a database that was restored from a backup: hold every post that is due, since it may have gone out after the backup. Needed once.")
	if _, err := f.parse(args, 0); err != nil {
		return err
	}
	cfg, log, err := c.settings()
	if err != nil {
		return err
	}
	s, err := newServer(ctx, cfg, log, serverOptions{api: true, sandbox: *withSandbox, keyLost: *keyLost, restored: *restored, clock: c.clock})
	if err != nil {
		return unlessStopped(ctx, err)
	}
	if s.sandboxes != nil {
		log.WarnContext(ctx, "while the sandbox runs, media may be fetched from addresses that are not public, on every port", "networks", s.app.cfg.MediaAllow.String())
	}
	if s.app.newKey != "" {
		fmt.Fprintf(c.stdout, "API key of this server, shown only this once:\n\n  %s\n\n", s.app.newKey.Reveal())
	}
	return s.run(ctx, nil)
}

func runWorker(ctx context.Context, c cli, args []string) error {
	f := newFlags(c, "worker", "", `
Runs only the queue that publishes, and the operations address, beside other servers
on the same store. With the SQLite store, that is on the same machine; give every
process its own CRIER_OPS_ADDR.`)
	if _, err := f.parse(args, 0); err != nil {
		return err
	}
	cfg, log, err := c.settings()
	if err != nil {
		return err
	}
	s, err := newServer(ctx, cfg, log, serverOptions{clock: c.clock})
	if err != nil {
		return unlessStopped(ctx, err)
	}
	if s.app.newKey != "" {
		fmt.Fprintf(c.stdout, "API key of this store, shown only this once:\n\n  %s\n\n", s.app.newKey.Reveal())
	}
	return s.run(ctx, nil)
}

// serverOptions is what a server consists of besides the queue.
type serverOptions struct {
	api      bool
	sandbox  bool
	keyLost  bool       // see appOptions
	restored bool       // see appOptions
	clock    core.Clock // as above
	// fallback takes a free port where the configured one is taken.
	fallback bool
}

// server is an app with its addresses.
type server struct {
	app *app
	// releaseWaiters answers the requests that wait for the outcome of a post;
	// nil without the API.
	releaseWaiters func()
	api            *webServer // nil: none
	ops            *webServer // nil: none
	opsStart       startingHandler
	sandboxes      *sandboxes // nil: none
	stopping       atomic.Bool
}

// newServer takes the addresses, so that a mistake in them shows at once, and puts
// the parts together. Its run, or close, ends it.
func newServer(ctx context.Context, cfg config.Config, log *slog.Logger, o serverOptions) (*server, error) {
	s := &server{}
	if err := s.open(ctx, cfg, log, o); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *server) open(ctx context.Context, cfg config.Config, log *slog.Logger, o serverOptions) error {
	if err := s.listen(ctx, &cfg, log, o); err != nil { // first, as the sandbox's apps have to know PUBLIC_URL
		return err
	}
	options := appOptions{accounts: kindsOf(cfg, o.sandbox), keyLost: o.keyLost, restored: o.restored, server: o.api, sandbox: o.sandbox, clock: o.clock}
	if o.sandbox {
		var err error
		if s.sandboxes, cfg, err = openSandboxes(ctx, cfg, log, o); err != nil {
			return err
		}
		options.clock, options.clockMoved = s.sandboxes.clock(), s.sandboxes.moved // time passes for all of them at once
	}
	var err error
	if s.app, err = newApp(ctx, cfg, options, log); err != nil {
		return err
	}
	if s.ops != nil {
		s.opsStart.started(opsHandler(s.app.metrics.registry, s.ready))
	}
	if s.api != nil {
		err = s.openAPI()
	}
	return err
}

func (s *server) openAPI() error {
	api, err := s.app.newAPI(string(s.app.cfg.PublicURL))
	if err != nil {
		return err
	}
	api.EachRoute(s.app.metrics.expectRoute)
	pages, err := s.app.newPages()
	if err != nil {
		return err
	}
	pages.EachRoute(s.app.metrics.expectRoute)
	s.api.server.Handler = s.closingOnceDrained(besidePages(api.Handler(), pages.Handler()))
	s.releaseWaiters = api.ReleaseWaiters
	return nil
}

// listen takes the addresses of the API and of operations.
func (s *server) listen(ctx context.Context, cfg *config.Config, log *slog.Logger, o serverOptions) error {
	var err error
	if o.api {
		if s.api, err = listen(ctx, "CRIER_ADDR", string(cfg.Addr), o.fallback, log); err != nil {
			return err
		}
		if cfg.PublicURL == setting.BaseURL(cfg.Addr.URL()) { // not set: the port may be another
			cfg.PublicURL = setting.BaseURL(s.api.url())
		}
	}
	if cfg.OpsAddr != "" {
		if s.ops, err = listen(ctx, "CRIER_OPS_ADDR", string(cfg.OpsAddr), o.fallback, log); err == nil {
			s.ops.server.Handler = &s.opsStart
			s.ops.begin() // a database that is awaited is no reason to take the process for dead
		}
	}
	return err
}

// close gives back what a server that did not run holds.
func (s *server) close() error {
	var all error
	for _, w := range s.webServers() {
		all = errors.Join(all, w.abandon())
	}
	if s.sandboxes != nil {
		all = errors.Join(all, s.sandboxes.close())
	}
	if s.app != nil {
		all = errors.Join(all, s.app.Close())
	}
	return all
}

// webServers lists the servers in the order in which they end: the sandboxes and
// operations outlive what needs them.
func (s *server) webServers() []*webServer {
	var list []*webServer
	if s.api != nil {
		list = append(list, s.api)
	}
	if s.sandboxes != nil {
		for _, one := range s.sandboxes.servers {
			list = append(list, one.web)
		}
	}
	if s.ops != nil {
		list = append(list, s.ops)
	}
	return list
}

// run serves until ctx ends or a part fails, then stops in order. The API answers, also
// what was asked before, once the sandbox's accounts are there. started, if given, is
// called then; its error ends the server.
func (s *server) run(ctx context.Context, started func(context.Context) error) error {
	group, running := errgroup.WithContext(ctx)
	opened := make(chan struct{}) // closed once the API may answer
	for _, w := range s.webServers() {
		group.Go(func() error {
			if w == s.api {
				select {
				case <-opened:
				case <-running.Done():
				}
			}
			return w.serve()
		})
	}
	// The runner outlives the signal, see stop.
	s.app.runner.Start(context.WithoutCancel(ctx))
	s.app.notices.Start(context.WithoutCancel(ctx))
	group.Go(func() error { return s.app.presence.keep(running) })
	group.Go(func() error { s.app.maintain(running); return nil })
	group.Go(func() error { s.app.tendAccounts(running); return nil })
	group.Go(func() error { s.app.watch(running); return nil })
	group.Go(func() error { s.app.checkMail(running); return nil })
	group.Go(func() error { s.app.reseal(running); return nil })
	group.Go(func() error {
		if s.sandboxes != nil {
			if err := s.sandboxes.link(running, s.app); err != nil {
				return fmt.Errorf("linking the sandbox's accounts: %w", err)
			}
		}
		close(opened)
		s.logStart(running)
		if started == nil {
			return nil
		}
		return started(running)
	})
	<-running.Done()
	s.drain(ctx)
	s.stop(context.WithoutCancel(ctx))
	return errors.Join(unlessStopped(ctx, group.Wait()), s.app.Close())
}

// unlessStopped returns err, or nil when the signal is why.
func unlessStopped(ctx context.Context, err error) error {
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		return nil
	}
	return err
}

// stop ends the parts in order, all within the grace: no new requests, then no new
// deliveries, and last what those need. Requests that wait for the outcome of a post
// are answered at once that it is being sent; others get a part of the time, and
// deliveries the rest. Whatever is cut goes on at the next start.
func (s *server) stop(ctx context.Context) {
	log, grace := s.app.log, s.app.cfg.ShutdownGrace
	s.stopping.Store(true)
	log.InfoContext(ctx, "stopping", "grace", grace)
	ctx, cancel := context.WithTimeout(ctx, grace)
	defer cancel()
	if s.api != nil {
		s.releaseWaiters()
		requests, done := context.WithTimeout(ctx, grace*2/3)
		if err := s.api.shutdown(requests); err != nil {
			log.WarnContext(ctx, "not every request could be finished", "error", err)
		}
		done()
	}
	if err := s.app.runner.Stop(ctx); err != nil {
		log.WarnContext(ctx, "deliveries were put off to the next start", "error", err)
	}
	s.app.stopNotices(ctx)
	for _, w := range s.webServers() {
		if w != s.api {
			if err := w.shutdown(ctx); err != nil {
				log.WarnContext(ctx, "not every request could be finished", "error", err)
			}
		}
	}
	if s.sandboxes != nil {
		if err := s.sandboxes.close(); err != nil {
			log.WarnContext(ctx, "the sandbox left files behind", "error", err)
		}
	}
}

func (s *server) logStart(ctx context.Context) {
	b := readBuild()
	attrs := []any{slog.String("version", b.Version), slog.String("store", s.app.cfg.Store.String())}
	if s.api != nil {
		attrs = append(attrs, slog.String("api", s.api.url()))
	}
	if s.ops != nil {
		attrs = append(attrs, slog.String("operations", s.ops.url()))
	}
	if s.sandboxes != nil {
		attrs = append(attrs, slog.Group("sandbox", s.sandboxes.addresses()...))
	}
	s.app.log.InfoContext(ctx, "started", attrs...)
}
