package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"time"

	"github.com/crier-social/crier/config"
	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/mongo"
	"github.com/crier-social/crier/core/store/sqlite"
)

const (
	// storePatience is how long a start waits for a database server that does not answer: it
	// may have been started at the same time.
	storePatience = 30 * time.Second
	// storePause is how long it waits between two tries.
	storePause = time.Second
)

// checkStore finds what is wrong with the setting of the store, without looking whether the
// database is there. What is found by DNS alone is not checked before a server starts.
func checkStore(s config.Store) error {
	if !s.Shared() || s.ByDNS() {
		return nil
	}
	if err := mongo.CheckURL(s.Reveal()); err != nil {
		return errors.New(s.Redact(err.Error()))
	}
	return nil
}

// sqliteFile is the file of an SQLite store; empty for another database.
func sqliteFile(cfg config.Config) string {
	file, _ := cfg.Store.SQLiteFile(cfg.DataDir)
	return file
}

// storeName is what messages call the store: its file, or its URL without what is secret.
func storeName(cfg config.Config) string {
	return cmp.Or(sqliteFile(cfg), cfg.Store.String())
}

// openStore opens the store that the settings name, and brings its schema up to date.
func (a *app) openStore(ctx context.Context) error {
	s, err := openDatabase(a.cfg, a.clock, a.log)
	if err != nil {
		return err
	}
	a.store = s
	a.closers = append(a.closers, s)
	if err := awaitStore(ctx, s.Migrate, a.clock, a.log); err != nil {
		return notOpened(a.cfg, err)
	}
	if a.lastUsed, err = s.LatestTime(ctx); err == nil {
		err = s.Ping(ctx) // reading alone does not show that writing works
	}
	if err != nil {
		return notOpened(a.cfg, err)
	}
	a.turns = newTurns(s, a.clock, a.log)
	a.metrics.registry.MustRegister(newQueueCollector(s, a.clock, a.log), newStoreCollector(s, a.log))
	return nil
}

// openDatabase opens the store that the settings name, without looking at what is in it.
func openDatabase(cfg config.Config, clock core.Clock, log *slog.Logger) (store.Store, error) {
	if cfg.Store.Shared() {
		s, err := mongo.Open(cfg.Store.Reveal(), mongo.Options{Clock: clock, Log: log})
		if err != nil {
			return nil, fmt.Errorf("CRIER_STORE: %s\n%s", cfg.Store.Redact(err.Error()), wayOutOfURL(cfg.Store, err))
		}
		return s, nil
	}
	s, err := sqlite.Open(sqliteFile(cfg), sqlite.Options{Clock: clock, Log: log})
	if err != nil {
		return nil, notOpened(cfg, err)
	}
	return s, nil
}

// wayOutOfURL tells the operator what a URL takes with which no store can be opened.
func wayOutOfURL(s config.Store, err error) string {
	if _, file := errors.AsType[*fs.PathError](err); file {
		return "Name a file that is there and that this user may read"
	}
	if _, dns := errors.AsType[*net.DNSError](err); dns || s.ByDNS() {
		return "Correct the address; a name behind mongodb+srv:// has to be known to the DNS of this machine"
	}
	return "Correct the URL"
}

// awaitStore migrates the store, once its server answers.
func awaitStore(ctx context.Context, migrate func(context.Context) error, clock core.Clock, log *slog.Logger) error {
	began := clock.Now()
	for {
		err := migrate(ctx)
		waited := clock.Now().Sub(began)
		if !errors.Is(err, store.ErrUnreachable) || waited >= storePatience {
			return err
		}
		log.WarnContext(ctx, "waiting for the database, whose server does not answer", "event", "store.awaited", "waited", waited, "at_most", storePatience, "error", err)
		select {
		case <-clock.After(storePause):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// notOpened tells why a server cannot start with its store, and the way out.
func notOpened(cfg config.Config, err error) error {
	name, shared := storeName(cfg), cfg.Store.Shared()
	if shared {
		err = redactedError{error: err, text: cfg.Store.Redact(err.Error())}
	}
	if _, unreachable := errors.AsType[*fs.PathError](err); unreachable && !shared {
		return fmt.Errorf("CRIER_STORE: %w\nName a file in a folder that this user may write to", err)
	}
	if errors.Is(err, store.ErrNewerSchema) {
		return fmt.Errorf("CRIER_STORE: opening %s: %w\nStart the version of Crier that wrote it, or one that is newer; "+
			"or bring the data back from a backup of before", name, err)
	}
	if trouble, known := store.TroubleOf(err); known {
		wayOut := wayOutAtStart(trouble, shared)
		if shared && errors.Is(trouble.Err, store.ErrUnreachable) {
			wayOut = cmp.Or(mongo.Advice(cfg.Store.Reveal(), err), wayOut)
		}
		return fmt.Errorf("CRIER_STORE: opening %s: %w\n%s", name, err, wayOut)
	}
	return fmt.Errorf("opening %s: %w", name, err)
}

// redactedError is an error without the store's password in its text.
type redactedError struct {
	error

	text string
}

func (e redactedError) Error() string { return e.text }
func (e redactedError) Unwrap() error { return e.error }

// wayOutAtStart tells the operator what a trouble of the store takes before a server can
// start.
func wayOutAtStart(t store.Trouble, shared bool) string {
	switch {
	case errors.Is(t.Err, store.ErrUnreachable):
		return "Start the database's server, and make sure that this machine reaches it: its host and port, the login, TLS, and, of a replica set, " +
			"the names by which its members know each other; then start again"
	case errors.Is(t.Err, store.ErrDenied):
		return "Correct the user and the password in CRIER_STORE, with special characters percent-encoded; a user that is defined in another database " +
			"than the one after the / needs it named, such as ?authSource=admin"
	case errors.Is(t.Err, store.ErrClock):
		return "Set the clock right, then start again"
	case shared && errors.Is(t.Err, store.ErrReadOnly):
		return "Give the user of CRIER_STORE the right to read and write that database (the role readWrite)"
	case shared:
		return t.Help
	case errors.Is(t.Err, store.ErrFull):
		return "Make room on the disk of that file, then start again"
	case errors.Is(t.Err, store.ErrReadOnly):
		return "Make the file, the files -wal and -shm beside it and their folder writable for this user, or name another file"
	case errors.Is(t.Err, store.ErrDamaged):
		return "Name another file if that one is no database of Crier's; if it is, it is damaged, and has to come back from a backup: see docs/operations.md"
	case errors.Is(t.Err, store.ErrBusy):
		return "End what holds the lock of that file: a backup, a database shell in the middle of a transaction, or another program; then start again"
	}
	return t.Help
}
