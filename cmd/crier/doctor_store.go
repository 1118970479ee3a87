package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/crier-social/crier/config"
	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/mongo"
)

// examineTimeout bounds how long a database is examined.
const examineTimeout = 30 * time.Second

// examineStore looks at the database that the settings name, and at what the settings lack.
func examineStore(ctx context.Context, c cli) examination {
	cfg, err := c.loadSettings()
	problems, _ := errors.AsType[core.Errors](err)
	e, usable := examination{Platform: "store", name: storeName(cfg)}, true
	for _, p := range problems {
		e.Findings = append(e.Findings, core.Finding{Check: p.Field, Status: core.FindingMissing, Message: p.Message, Help: p.Help})
		usable = usable && p.Field != "CRIER_STORE"
	}
	if err != nil && len(problems) == 0 {
		e.Findings, usable = []core.Finding{notFound("settings", err)}, false
	}
	if len(e.Findings) == 0 {
		e.Findings = []core.Finding{wellFound("settings", "The settings of a server are complete.")}
	}
	if usable {
		ctx, cancel := context.WithTimeout(ctx, examineTimeout)
		defer cancel()
		e.Findings = append(e.Findings, examineDatabase(ctx, cfg)...)
	}
	return e
}

func wellFound(check, message string) core.Finding {
	return core.Finding{Check: check, Status: core.FindingOK, Message: message}
}

// notFound is what an error tells that names the way out behind its first line.
func notFound(check string, err error) core.Finding {
	message, help, _ := strings.Cut(err.Error(), "\n")
	return core.Finding{Check: check, Status: core.FindingMissing, Message: message, Help: help}
}

// examineDatabase opens the database, and writes to it only where a server has before.
func examineDatabase(ctx context.Context, cfg config.Config) []core.Finding {
	if file := sqliteFile(cfg); file != "" {
		if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
			return []core.Finding{{
				Check: "database", Status: core.FindingWarning, Message: "There is no file " + file + " yet.", Help: "The first start of a server makes it.",
			}}
		}
	}
	s, err := openDatabase(cfg, core.SystemClock{}, slog.New(slog.DiscardHandler))
	if err != nil {
		return []core.Finding{notFound("database", err)}
	}
	defer func() { _ = s.Close() }() // what was found stays so
	if shared, ok := s.(*mongo.Store); ok {
		about, err := shared.About(ctx)
		if err != nil {
			return []core.Finding{notFound("database", notOpened(cfg, err))}
		}
		findings := serverFindings(about)
		if about.Schema == 0 || about.Schema > about.Newest || about.Skew() != nil {
			return findings // there is nothing that could be written, or nobody who would
		}
		return append(findings, examineWriting(ctx, cfg, s))
	}
	return []core.Finding{wellFound("database", "SQLite, for the processes of this machine."), examineWriting(ctx, cfg, s)}
}

func examineWriting(ctx context.Context, cfg config.Config, s store.Store) core.Finding {
	if err := s.Ping(ctx); err != nil {
		return notFound("writing", notOpened(cfg, err))
	}
	return wellFound("writing", "The database can be written.")
}

// serverFindings judges a server of a shared store.
func serverFindings(a mongo.About) []core.Finding {
	server := wellFound("database", "The server answers: MongoDB "+a.Version)
	switch {
	case a.Sharded:
		server.Message += ", a sharded cluster."
	case a.ReplicaSet != "":
		server.Message += ", replica set " + a.ReplicaSet + "."
	default:
		server.Status = core.FindingWarning
		server.Message += ", a single server."
		server.Help = "What it has acknowledged is lost with its disk, and calls that its restart cuts off fail: take a replica set of three members; see docs/mongodb.md."
	}
	clocks := wellFound("clocks", fmt.Sprintf("This machine's clock is that of the server to within %s.", a.Ahead.Abs().Round(time.Millisecond)))
	if skew := a.Skew(); skew != nil {
		clocks = core.Finding{Check: "clocks", Status: core.FindingMissing, Message: skew.Error()}
	} else if a.SkewTold() {
		clocks.Status, clocks.Help = core.FindingWarning, "Have all machines set their clocks by the same time service (NTP)."
	}
	return []core.Finding{server, clocks, schemaFinding(a)}
}

func schemaFinding(a mongo.About) core.Finding {
	switch {
	case a.Schema == 0:
		return wellFound("schema", "The database is new: the first start of a server makes what it needs.")
	case a.Schema > a.Newest:
		return core.Finding{
			Check: "schema", Status: core.FindingMissing,
			Message: fmt.Sprintf("The schema is version %d, and this Crier knows %d.", a.Schema, a.Newest), Help: "Start the version of Crier that wrote it, or one that is newer.",
		}
	case a.Schema < a.Newest:
		return wellFound("schema", fmt.Sprintf("The schema is version %d; the next start of a server makes it %d.", a.Schema, a.Newest))
	}
	return wellFound("schema", fmt.Sprintf("The schema is version %d, this Crier's.", a.Schema))
}
