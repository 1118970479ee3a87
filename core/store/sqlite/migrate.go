package sqlite

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"github.com/crier-social/crier/core/store"
)

// migrationFiles are the steps of the schema. A step that was ever released is
// never changed; new ones are added behind it.
//
//go:embed migrations/*.sql
var migrationFiles embed.FS

// migration is one step: it leads from schema version number-1 to number.
type migration struct {
	number int64
	name   string
	sql    string
}

// loadMigrations reads the steps in order and checks that none is missing.
func loadMigrations(files fs.FS) ([]migration, error) {
	names, err := fs.Glob(files, "migrations/*.sql") // sorted
	if err != nil {
		return nil, err
	}
	steps := make([]migration, 0, len(names))
	for i, name := range names {
		prefix, _, _ := strings.Cut(path.Base(name), "_")
		number, err := strconv.ParseInt(prefix, 10, 64)
		if err != nil || number != int64(i)+1 {
			return nil, fmt.Errorf("sqlite: migration %s: want number %d", name, i+1)
		}
		sql, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		steps = append(steps, migration{number: number, name: path.Base(name), sql: string(sql)})
	}
	return steps, nil
}

// Migrate brings the schema up to date, one transaction for each step. Several
// processes may call it at once.
func (s *Store) Migrate(ctx context.Context) error {
	steps, err := loadMigrations(migrationFiles)
	if err != nil {
		return err
	}
	return s.migrate(ctx, steps)
}

func (s *Store) migrate(ctx context.Context, steps []migration) error {
	latest := int64(len(steps))
	if err := s.writer.do(ctx, func(c *conn) error { return checkSchema(c, latest) }); err != nil {
		return err
	}
	for _, step := range steps {
		if err := s.writer.do(ctx, func(c *conn) error { return step.apply(c, latest) }); err != nil {
			return fmt.Errorf("sqlite: migration %s: %w", step.name, err)
		}
	}
	s.writer.stamps.Store(true)
	return nil
}

// apply takes the step unless it was taken before, by another process perhaps.
func (m migration) apply(c *conn, latest int64) error {
	if err := checkSchema(c, latest); err != nil {
		return err
	}
	version, err := schemaVersion(c)
	if err != nil || version >= m.number {
		return err
	}
	if err := c.script(m.sql); err != nil {
		return err
	}
	return c.script(fmt.Sprintf("PRAGMA user_version = %d", m.number))
}

// Migrated implements store.Store.
func (s *Store) Migrated(ctx context.Context) (migrated bool, err error) {
	err = s.readers.do(ctx, func(c *conn) error {
		version, err := schemaVersion(c)
		migrated = version > 0
		return wrap("read the schema's version", err)
	})
	return migrated, err
}

func checkSchema(c *conn, latest int64) error {
	version, err := schemaVersion(c)
	if err != nil {
		return err
	}
	if version > latest {
		return fmt.Errorf("%w: schema %d, known up to %d", store.ErrNewerSchema, version, latest)
	}
	return nil
}

func schemaVersion(c *conn) (version int64, err error) {
	_, err = c.one(func(r row) error {
		version = r.integer(0)
		return nil
	}, "PRAGMA user_version")
	return version, err
}
