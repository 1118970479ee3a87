package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/crier-social/crier/api"
	"github.com/crier-social/crier/config"
	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/accounts"
	"github.com/crier-social/crier/core/engage"
	"github.com/crier-social/crier/core/netguard"
	"github.com/crier-social/crier/core/notify"
	"github.com/crier-social/crier/core/publish"
	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/schedule"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/vault"
	"github.com/crier-social/crier/media"
	"github.com/crier-social/crier/media/gallery"
	"github.com/crier-social/crier/media/samples"
	"github.com/crier-social/crier/providers"
)

// app is the parts of a server, put together. Nothing runs yet.
type app struct {
	cfg   config.Config
	log   *slog.Logger
	clock core.Clock
	// clockMoved has something to receive after the clock was moved; nil: nobody moves it.
	clockMoved <-chan struct{}
	metrics    *metrics
	store      store.Store
	presence   *presence
	turns      *turns
	lastUsed   time.Time    // when the store was, before this start; zero: never
	profile    core.Profile // the primary one
	newKey     core.Secret  // its key, if this start made it
	registry   *core.Registry
	guard      *netguard.Guard
	gallery    *gallery.Gallery
	media      *media.Service
	accounts   *accounts.Manager
	linking    *accounts.Linking
	publisher  *publish.Publisher
	runner     *queue.Runner
	vault      *vault.Ring
	notifier   *notify.Notifier
	notices    *queue.Runner // of the notifier

	closers []io.Closer // in the order of opening
}

// appOptions is what the settings do not say.
type appOptions struct {
	accounts accountKinds // whose accounts the store has to hold
	// keyLost lets a start go on without the key that encrypted their tokens.
	keyLost bool
	// restored holds what may have been sent since the store was backed up.
	restored bool
	// server makes it the one server of the data folder; see lockDataDir.
	server bool
	// sandbox tells that the process runs a sandbox.
	sandbox bool
	clock   core.Clock // nil: the system's
	// clockMoved has something to receive after the clock was moved; nil: nobody moves it.
	clockMoved <-chan struct{}
}

// newApp puts a server together. The caller closes it.
func newApp(ctx context.Context, cfg config.Config, o appOptions, log *slog.Logger) (*app, error) {
	a := &app{cfg: cfg, log: log, clock: cmp.Or(o.clock, core.Clock(core.SystemClock{})), clockMoved: o.clockMoved, metrics: newMetrics(readBuild())}
	if err := a.open(ctx, o); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

func (a *app) open(ctx context.Context, o appOptions) error {
	if err := prepareDataDir(a.cfg.DataDir); err != nil {
		return err
	}
	if o.server {
		lock, err := lockDataDir(a.cfg.DataDir, a.clock.Now())
		if err != nil {
			return err
		}
		a.closers = append(a.closers, lock)
	}
	if err := a.openStore(ctx); err != nil {
		return err
	}
	if err := a.approachStore(ctx, o.server, o.restored); err != nil {
		return err
	}
	linked, err := a.linkedAccounts(ctx)
	if err != nil {
		return err
	}
	if err := o.accounts.check(linked, storeName(a.cfg)); err != nil {
		return err
	}
	if a.vault, err = openVault(a.cfg.MasterKey, a.cfg.DataDir, len(linked) > 0 && !o.keyLost); err != nil {
		return err
	}
	a.guard = netguard.New(a.cfg.MediaAllow)
	if err := a.openProviders(); err != nil {
		return err
	}
	if err := a.openMedia(ctx); err != nil {
		return err
	}
	if err := a.openNotifier(); err != nil {
		return err
	}
	if err := a.openPublisher(); err != nil {
		return err
	}
	a.openLinking()
	if err := a.agree(ctx, o.sandbox); err != nil {
		return err
	}
	if err := a.checkKeys(ctx, linked, o.keyLost); err != nil {
		return err
	}
	if o.restored {
		if _, err := a.publisher.HoldRestored(ctx, a.lastUsed); err != nil {
			return fmt.Errorf("holding what a backup shows as due: %w", err)
		}
	}
	if err := a.publisher.CheckClock(ctx); err != nil { // before the first delivery
		return err
	}
	if err := a.releaseDead(ctx); err != nil { // their leases end by themselves
		a.log.WarnContext(ctx, "what dead processes held could not be freed", "error", err)
	}
	if err := checkAPIKey(ctx, a.store, a.cfg.APIKey); err != nil {
		return err
	}
	if err := a.enterStore(ctx); err != nil {
		return err
	}
	// Last: a start that fails must neither make a key, which nobody would see, nor
	// replace one.
	if a.profile, a.newKey, err = ensureProfile(ctx, a.store, a.cfg.APIKey, a.clock.Now(), a.log); err != nil {
		return err
	}
	if err := a.noteStoreKey(ctx, o.keyLost); err != nil {
		return err
	}
	a.presence.readable = a.readsStore
	return nil
}

// prepareDataDir makes the folder, and makes sure that files can be made in it.
func prepareDataDir(dir string) error {
	err := os.MkdirAll(dir, 0o700)
	if err == nil {
		err = tryWriting(filepath.Join(dir, ".writable"))
	}
	if err != nil {
		return fmt.Errorf("CRIER_DATA_DIR: %w\nName a folder that this user may write to, or make %s one", err, dir)
	}
	return nil
}

// tryWriting makes a file and removes it. It has one name for all, so that what a process
// leaves that dies in between goes with the next; another process may do the same just now.
func tryWriting(name string) error {
	if err := os.WriteFile(name, nil, 0o600); err != nil {
		return err
	}
	if err := os.Remove(name); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// openProviders makes the adapters' providers.
func (a *app) openProviders() error {
	all, err := providers.Open(a.cfg.Adapters, a.adapterDeps)
	if err != nil {
		return err
	}
	if a.registry, err = core.NewRegistry(all...); err != nil {
		return err
	}
	a.metrics.expectNetworks(a.registry.Names())
	a.metrics.expectRefreshes(a.registry)
	a.metrics.registry.MustRegister(newVersionCollector(a.registry, a.clock), newHeldCollector(a.registry), newAccountCollector(a.store, a.registry, a.log))
	return nil
}

// adapterDeps is what an adapter works with.
func (a *app) adapterDeps(name string) core.AdapterDeps {
	return core.AdapterDeps{
		Guarded: a.guard.KeepingClient(),
		Clock:   a.clock, Log: a.log, OnEvent: a.metrics.Happened, OnCall: a.metrics.NetworkCalled,
		RedirectURL: redirectURL(a.cfg), ClientURL: clientURL(a.cfg, name), Keys: a.vault.Derive,
	}
}

// redirectURL is where networks send browsers back to.
func redirectURL(cfg config.Config) string { return string(cfg.PublicURL) + accounts.CallbackPath }

// clientURL is where the document is that tells a network of this server as its client.
func clientURL(cfg config.Config, network string) string {
	return string(cfg.PublicURL) + accounts.ClientPath(network)
}

func (a *app) openMedia(ctx context.Context) error {
	if err := a.openGallery(ctx); err != nil {
		return err
	}
	var err error
	a.media, err = media.New(media.Config{
		Dir: filepath.Join(a.cfg.DataDir, "spool"), Guard: a.guard, Gallery: a.gallery,
		OwnUpload: api.OwnUpload(string(a.cfg.PublicURL)), Disk: int64(a.cfg.MediaDisk), Log: a.log,
	})
	if err != nil {
		return fmt.Errorf("opening the media spool: %w", err)
	}
	a.closers = append(a.closers, a.media)
	a.metrics.registry.MustRegister(newDiskGauge(a.media))
	return nil
}

func (a *app) openPublisher() error {
	a.accounts = accounts.New(accounts.Config{
		Store: a.store, Registry: a.registry, Vault: a.vault, Clock: a.clock, Log: a.log,
		Notices: a.notifier, NoticeDays: a.cfg.NoticeDays, OnRelinked: a.relinked, OnRefresh: a.metrics.TokenRefreshed,
	})
	var err error
	a.publisher, err = publish.New(publish.Config{
		Store: a.store, Registry: a.registry, Media: a.media, Pages: a.media, Tokens: a.accounts,
		Notices: a.notifier,
		Clock:   a.clock, Log: a.log, Observer: a.metrics,
		Wake:  func() { a.runner.Wake() },
		Lease: a.cfg.Lease, CommitTimeout: a.cfg.CommitTimeout, ReconcileAfter: a.cfg.ReconcileAfter,
		// Zero would mean the publisher's default instead of never.
		InspectAfter:    cmp.Or(a.cfg.ReadBackAfter, -1),
		RelinkGrace:     cmp.Or(time.Duration(a.cfg.RelinkGrace), -1),
		AllowDuplicates: !bool(a.cfg.DuplicateCheck),
	})
	if err != nil {
		return err
	}
	a.metrics.registry.MustRegister(newStartCollector(a.publisher, a.log))
	a.runner, err = queue.NewRunner(queue.RunnerConfig{
		Backend: a.store, Handlers: a.publisher.Handlers(), Clock: a.clock, Log: a.log,
		Concurrency: a.cfg.Workers, Lease: a.cfg.Lease,
	})
	return err
}

// relinked lets go what has waited for an account. If that fails, it finds out by itself, some
// minutes later.
func (a *app) relinked(ctx context.Context, accountID string) {
	if err := a.publisher.Relinked(context.WithoutCancel(ctx), accountID); err != nil {
		a.log.WarnContext(ctx, "what waits for a linked account could not be told", "account", accountID, "error", err)
	}
}

// newAPI puts the HTTP API on top. publicURL is how clients reach it.
func (a *app) newAPI(publicURL string) (*api.API, error) {
	shipped, err := shippedSamples()
	if err != nil {
		return nil, err
	}
	engagement, err := engage.New(engage.Config{
		Store: a.store, Registry: a.registry, Sessions: a.publisher, Pending: a.publisher, Tokens: a.accounts, Clock: a.clock, Log: a.log,
	})
	if err != nil {
		return nil, err
	}
	const longestWait = 5 * time.Minute
	return api.New(api.Config{
		Publisher: a.publisher, Schedules: schedule.New(schedule.Config{Store: a.store, Clock: a.clock}), Engagement: engagement, Accounts: a.accounts, Profiles: a.store, Requests: a.store, Registry: a.registry,
		Checker: accounts.NewChecker(accounts.CheckerConfig{Accounts: a.accounts, Registry: a.registry, Sessions: a.publisher, Posts: a.postsToday}),
		Uploads: uploads{a.gallery}, Media: looker{a.media}, Samples: shipped, Linking: a.linking, Inviter: a.inviter(), Webhooks: a.notifier, Notices: a.notifier,
		Clock: a.clock, Log: a.log, PublicURL: publicURL, Version: readBuild().Version,
		MaxUpload: int64(a.cfg.MaxUpload), MaxPut: int64(a.cfg.MaxUpload),
		// Zero would mean the API's default instead of no wait.
		PublishWait: max(a.cfg.PublishWait, 1), MaxWait: max(a.cfg.PublishWait, longestWait),
		AllowHTTP: func(u *url.URL) bool { return a.guard.CheckURL(u) == nil },
		Observe:   a.metrics.RequestServed,
	})
}

// Close gives back what newApp opened, in the opposite order.
func (a *app) Close() error {
	var all error
	for _, c := range slices.Backward(a.closers) {
		all = errors.Join(all, c.Close())
	}
	a.closers = nil
	return all
}

// uploads is the gallery as the API wants it.
type uploads struct{ *gallery.Gallery }

func (u uploads) Open(ctx context.Context, id string) (core.Upload, io.ReadSeekCloser, error) {
	return u.Gallery.Open(ctx, id)
}

// looker is the media engine as the API wants it.
type looker struct{ *media.Service }

func (l looker) CheckEdit(edit json.RawMessage) core.Errors {
	e, err := decodeEdit(edit)
	if err != nil {
		return core.AsErrors(err)
	}
	return e.Validate()
}

func (l looker) Edit(ctx context.Context, group string, n core.Need, edit json.RawMessage, w io.Writer) (api.Edited, error) {
	e, err := decodeEdit(edit)
	if err != nil {
		return api.Edited{}, err
	}
	edited, err := l.Service.Edit(ctx, group, n, e, w)
	return api.Edited(edited), err
}

// decodeEdit reads an edit whose keys and types the API has checked.
func decodeEdit(edit json.RawMessage) (media.Edit, error) {
	var e media.Edit
	d := json.NewDecoder(bytes.NewReader(edit))
	d.DisallowUnknownFields()
	if err := d.Decode(&e); err != nil {
		return media.Edit{}, fmt.Errorf("decoding an edit: %w", err)
	}
	return e, nil
}

// shippedSamples are the pictures of the binary as the API wants them.
func shippedSamples() ([]api.Sample, error) {
	var list []api.Sample
	for _, name := range samples.Names() {
		file, ok := samples.Open(name)
		if !ok {
			return nil, fmt.Errorf("the sample %s is missing", name)
		}
		list = append(list, api.Sample{Name: file.Name, MIME: file.MIME, Content: file.Bytes})
	}
	return list, nil
}

// postsToday counts an account's posts of the day for its examination.
func (a *app) postsToday(ctx context.Context, account core.Account) (accounts.Allowance, error) {
	q, err := a.publisher.Quota(ctx, account)
	return accounts.Allowance(q), err
}
