package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/crier-social/crier/config"
	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/transfer"
)

const migrateAbout = `
Moves all data from one database to another: profiles with the hashes of their keys,
accounts with their encrypted tokens, posts, what is scheduled, and the rest. Then it
reads everything again from both, and compares counts and hashes of every kind of
record. The exit code is 0 when all is the same.

Stop all servers and workers of both databases first. The target has to be empty, or
what an earlier run left. From the beginning of the move, servers and workers refuse
to start with the old database, since both would publish the same posts, and with the
new one until it has everything. A move that was cut off is run again; --cancel goes
back to the old database as long as nothing has worked with the new one. To go back
later, move in the other direction.

A database is written as in CRIER_STORE: sqlite:/path/crier.db or mongodb://…; or, so
that no password is on the command line, as env:NAME, for the value of that variable,
or as file:/path, for the content of that file, as in CRIER_STORE_FILE. Set
CRIER_MASTER_KEY of the new servers to the old one's, or to the content of master.key
in its data folder. Uploaded files are not in the database: --media copies them, too,
which servers on several machines need. When files are missing, the data is moved all
the same, and the exit code is 1.`

func runMigrate(ctx context.Context, c cli, args []string) error {
	f := newFlags(c, "migrate", "--from database --to database [--media place] [--cancel]", migrateAbout)
	from := f.String("from", "", "Database that has the data.")
	to := f.String("to", "", "Database that gets it.")
	media := f.String("media", "", "Place to which uploaded files are copied from CRIER_MEDIA_STORE, such as s3://bucket/prefix; left out: they stay.")
	cancel := f.Bool("cancel", false, "End a move: the old database can be worked with again, and the new one cannot.")
	if _, err := f.parse(args, 0); err != nil {
		return err
	}
	cfg, log, err := c.settings()
	if err != nil {
		return err
	}
	m := migration{cli: c, log: log}
	for _, s := range []struct {
		flag, value string
		cfg         *config.Config
	}{{"--from", *from, &m.from}, {"--to", *to, &m.to}} {
		*s.cfg = cfg
		if s.cfg.Store, err = c.namedDatabase(s.value); err != nil {
			return f.wrong(fmt.Errorf("%s: %w", s.flag, err))
		}
	}
	if f.given("media") {
		m.media = new(config.MediaStore)
		if err := m.media.UnmarshalText([]byte(*media)); err != nil {
			return f.wrong(fmt.Errorf("--media: %w", err))
		}
	}
	return m.run(ctx, *cancel)
}

// namedDatabase reads the name of a database.
func (c cli) namedDatabase(value string) (s config.Store, err error) {
	if name, named := strings.CutPrefix(value, "env:"); named {
		value = ""
		for _, entry := range c.environ {
			if set, is := strings.CutPrefix(entry, name+"="); is {
				value = set
			}
		}
		if value == "" {
			return s, fmt.Errorf("the variable %s is not set", name)
		}
	}
	if path, named := strings.CutPrefix(value, "file:"); named {
		content, err := os.ReadFile(path) //nolint:gosec // the operator names it
		if err != nil {
			return s, fmt.Errorf("%w\nName a file that holds the address of the database", err)
		}
		value = strings.TrimSpace(string(content))
	}
	if value == "" {
		return s, errors.New("name a database: sqlite:/path/crier.db or mongodb://host/database")
	}
	err = s.UnmarshalText([]byte(value))
	return s, err
}

// migration is one run of the command.
type migration struct {
	cli      cli
	log      *slog.Logger
	from, to config.Config
	media    *config.MediaStore // where uploaded files go; nil: they stay
	files    movedFiles
}

func (m *migration) run(ctx context.Context, cancel bool) (err error) {
	if file := sqliteFile(m.from); file != "" {
		if _, err := os.Stat(file); err != nil {
			return fmt.Errorf("--from: %w\nName the file of a database that is there", err)
		}
	}
	source, err := m.open(ctx, m.from, "--from", func(ctx context.Context, from transfer.Side) error {
		if there, err := from.Store.Migrated(ctx); err != nil || there {
			return err // an old schema is brought up to date before it is read
		}
		return transfer.CheckSource(ctx, from)
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	if err := transfer.CheckSource(ctx, transfer.Side{Store: source, Name: storeName(m.from)}); err != nil {
		return err
	}
	shown := &moveProgress{w: m.cli.stderr, clock: m.clock()}
	o := transfer.Options{
		From:  transfer.Side{Store: source, Name: storeName(m.from)},
		To:    transfer.Side{Name: storeName(m.to)},
		Clock: m.clock(),
		Progress: func(step transfer.Step, kind store.RecordKind, n int) {
			shown.at(fmt.Sprintf("%s %s: %d", step, kind, n))
		},
		Waiting: func(u store.User) {
			fmt.Fprintf(m.cli.stderr, "%s may be at work still: waiting until %s\n", u.Name, u.Until.UTC().Format(time.RFC3339))
		},
	}
	target, err := m.openTarget(ctx, o, cancel)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, target.Close()) }()
	o.To.Store = target
	if m.media != nil {
		o.Files = func(ctx context.Context) error { return m.moveFiles(ctx, target, shown) }
	}
	if cancel {
		return m.cancel(ctx, o)
	}
	report, err := transfer.Run(ctx, o)
	return m.tell(ctx, o, report, err)
}

func (m *migration) clock() core.Clock {
	if m.cli.clock == nil {
		return core.SystemClock{}
	}
	return m.cli.clock
}

// openTarget opens the target. One that is not there is made only when nothing stands in the
// way of the move.
func (m *migration) openTarget(ctx context.Context, o transfer.Options, cancel bool) (store.Store, error) {
	check := func(ctx context.Context, to transfer.Side) error {
		if to.Store != nil {
			if there, err := to.Store.Migrated(ctx); err != nil || there {
				return err
			}
		}
		if cancel {
			return &transfer.Refusal{Reason: to.Name + " has no data of a move", WayOut: "Name the databases of the move as --from and --to"}
		}
		return transfer.CheckFresh(ctx, o)
	}
	if file := sqliteFile(m.to); file != "" {
		if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
			if err := check(ctx, o.To); err != nil {
				return nil, err
			}
		}
	}
	return m.open(ctx, m.to, "--to", check)
}

// open opens a database, and brings its schema up to date if check agrees.
func (m *migration) open(ctx context.Context, cfg config.Config, flag string, check func(context.Context, transfer.Side) error) (store.Store, error) {
	s, err := openDatabase(cfg, m.clock(), m.log)
	if err == nil {
		side := transfer.Side{Store: s, Name: storeName(cfg)}
		err = awaitStore(ctx, func(ctx context.Context) error { return check(ctx, side) }, m.clock(), m.log)
		if _, refused := errors.AsType[*transfer.Refusal](err); refused {
			return nil, errors.Join(err, s.Close())
		}
		if err == nil {
			err = awaitStore(ctx, s.Migrate, m.clock(), m.log)
		}
		if err == nil {
			return s, nil
		}
		err = errors.Join(notOpened(cfg, err), s.Close())
	}
	text := strings.TrimPrefix(err.Error(), "CRIER_STORE: ") // of a server's start
	return nil, fmt.Errorf("%s: %s", flag, strings.ReplaceAll(text, "CRIER_STORE", flag))
}

func (m *migration) cancel(ctx context.Context, o transfer.Options) error {
	if err := transfer.Cancel(ctx, o); err != nil {
		return err
	}
	fmt.Fprintf(m.cli.stdout, "The move is ended: go on with %s. %s keeps what was copied, for another run, and cannot be worked with.\n", o.From.Name, o.To.Name)
	return nil
}

// tell shows what became of the move.
func (m *migration) tell(ctx context.Context, o transfer.Options, report transfer.Report, err error) error {
	if _, refused := errors.AsType[*transfer.Refusal](err); refused {
		return err
	}
	if err != nil && !errors.Is(err, transfer.ErrDiffers) {
		if ctx.Err() != nil {
			err = errInterrupted
		}
		return fmt.Errorf("%w\nThe move is not finished. Run it again to finish it, or with --cancel to stay with %s", err, o.From.Name)
	}
	writeMoveReport(m.cli.stdout, report)
	if err != nil {
		fmt.Fprintf(m.cli.stderr, "crier: the copy differs from its source, so neither database can be worked with now.\n"+
			"Run it again; if it differs again, run it with --cancel to stay with %s, and report this.\n", o.From.Name)
		return reportedError{}
	}
	fmt.Fprintf(m.cli.stdout, "\nAll data is in %[2]s now. Servers and workers refuse to start with %[1]s.\n\n%[3]s", o.From.Name, o.To.Name, m.next())
	if m.files.missing > 0 {
		fmt.Fprintf(m.cli.stderr, "crier: %s\n", m.lacking())
		return reportedError{}
	}
	return nil
}

// next tells what is to be done after a move.
func (m *migration) next() string {
	var b strings.Builder
	step := func(format string, args ...any) { fmt.Fprintf(&b, "- "+format+"\n", args...) }
	b.WriteString("Next:\n")
	step("Set CRIER_STORE to the new database, for all servers and workers.")
	step("Keep the master key: CRIER_MASTER_KEY has to be what it was, or the content of %s.", filepath.Join(m.from.DataDir, masterKeyFile))
	switch {
	case m.files.missing > 0:
		step("Set CRIER_MEDIA_STORE=%s: the uploaded files are there, but for %d of %d.", m.media, m.files.missing, m.files.found+m.files.missing)
	case m.media != nil:
		step("Set CRIER_MEDIA_STORE=%s: the uploaded files are there, too.", m.media)
	case m.to.Store.Shared() && m.from.MediaStore.InDataDir():
		step("Uploaded files are in the data folder still. Run this again with --media s3://bucket/prefix before the first server starts, and set CRIER_MEDIA_STORE to that place; " +
			"or move the folder uploads to where all servers reach it, and set CRIER_MEDIA_STORE=disk:/that/folder.")
	default:
		step("Uploaded files stay where they are: keep CRIER_MEDIA_STORE=%s.", m.from.MediaStore)
	}
	return b.String()
}

// writeMoveReport shows counts and hashes.
func writeMoveReport(w io.Writer, report transfer.Report) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "RECORDS\tSOURCE\tTARGET\tSHA-256 OF THE SOURCE\tSAME")
	for _, k := range report.Kinds {
		same := "yes"
		if k.Different > 0 {
			same = fmt.Sprintf("NO: %d differ, such as %s", k.Different, strings.Join(quoted(k.Differing), ", "))
		}
		fmt.Fprintf(t, "%s\t%d\t%d\t%s\t%s\n", k.Name, k.Source.Records, k.Target.Records, hex.EncodeToString(k.Source.SHA256[:8]), same)
	}
	_ = t.Flush() // of a terminal or a pipe that is gone nobody can be told
}

func quoted(keys []string) []string {
	list := make([]string, len(keys))
	for i, key := range keys {
		list[i] = fmt.Sprintf("%q", key)
	}
	return list
}
