package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"time"

	modernc "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/crier-social/crier/core/store/record"
)

// busyTimeout is how long a statement waits for another process's write.
const busyTimeout = 10 * time.Second

// conn is one connection to the database. It serves one goroutine at a time and
// keeps every statement that it has prepared. It speaks to the driver directly:
// the writer and the readers own their connections for good, so that the pool,
// the argument conversion and the per-call locks of database/sql have nothing to
// do.
//
// No statement gets a context that can end: an interrupted statement may undo
// the transaction of others, and all statements here are short.
type conn struct {
	raw   driver.Conn
	stmts map[string]*stmt
	args  []driver.NamedValue // scratch space for binding
	// changed counts the rows that were written since it was last set to 0.
	changed int64
}

// stmt is what Crier uses of a prepared statement.
type stmt struct {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// openConn opens the database file, which must exist, and applies the settings
// that belong to a connection. busy_timeout comes first: the others may have to
// wait for a lock already.
func openConn(path string, pragmas ...string) (*conn, error) {
	raw, err := (&modernc.Driver{}).Open(fileURI(path))
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	c := &conn{raw: raw, stmts: map[string]*stmt{}}
	first := fmt.Sprintf("busy_timeout = %d", busyTimeout.Milliseconds())
	for _, pragma := range append([]string{first}, pragmas...) {
		if err := c.set(pragma); err != nil {
			return nil, errors.Join(fmt.Errorf("open %s: set %s: %w", path, pragma, err), c.close())
		}
	}
	return c, nil
}

// set applies a setting. A new file is not changed to WAL while another connection
// is about to write to it: there SQLite fails at once, whatever busy_timeout says
// (https://www.sqlite.org/c3ref/busy_handler.html). A transaction does wait, and
// the setting is tried again after it.
func (c *conn) set(pragma string) error {
	for end := time.Now().Add(busyTimeout); ; {
		err := c.script("PRAGMA " + pragma)
		if !isBusy(err) || time.Now().After(end) {
			return err
		}
		if err := c.script("BEGIN IMMEDIATE; COMMIT"); err != nil {
			return err
		}
	}
}

// isBusy tells whether another connection stands in the way.
func isBusy(err error) bool {
	var e *modernc.Error
	return errors.As(err, &e) && e.Code()&0xff == sqlite3.SQLITE_BUSY // the rest tells the cause
}

// fileURI writes a path as SQLite's URI, so that no character of it is taken for
// the beginning of a parameter.
func fileURI(path string) string {
	return (&url.URL{Scheme: "file", Path: filepath.ToSlash(path)}).String()
}

// prepare returns the kept statement for the SQL, which must be a constant or one
// of few variants.
func (c *conn) prepare(sql string) (*stmt, error) {
	if s, ok := c.stmts[sql]; ok {
		return s, nil
	}
	prepared, err := c.raw.Prepare(sql)
	if err != nil {
		return nil, fmt.Errorf("prepare %q: %w", sql, err)
	}
	exec, canExec := prepared.(driver.StmtExecContext)
	query, canQuery := prepared.(driver.StmtQueryContext)
	if !canExec || !canQuery {
		return nil, errors.Join(errors.New("the driver's statements lack a method"), prepared.Close())
	}
	s := &stmt{Stmt: prepared, StmtExecContext: exec, StmtQueryContext: query}
	c.stmts[sql] = s
	return s, nil
}

// bind numbers the arguments. The slice is used again by the next statement.
func (c *conn) bind(args []driver.Value) []driver.NamedValue {
	c.args = c.args[:0]
	for i, v := range args {
		c.args = append(c.args, driver.NamedValue{Ordinal: i + 1, Value: v})
	}
	return c.args
}

// exec runs a statement and returns how many rows it inserted, updated or
// deleted.
func (c *conn) exec(sql string, args ...driver.Value) (int64, error) {
	s, err := c.prepare(sql)
	if err != nil {
		return 0, err
	}
	result, err := s.ExecContext(context.Background(), c.bind(args))
	if err != nil {
		return 0, err
	}
	n, err := result.RowsAffected()
	c.changed += n
	return n, err
}

// control runs a statement that changes no rows, such as BEGIN; SQLite would tell
// for it how many rows the statement before it changed.
func (c *conn) control(sql string) error {
	s, err := c.prepare(sql)
	if err != nil {
		return err
	}
	_, err = s.ExecContext(context.Background(), nil)
	return err
}

// snapshot calls fn, all of whose reads see the database as it was at the first.
func (c *conn) snapshot(fn func() error) (err error) {
	if err := c.control("BEGIN"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.control("COMMIT")) }()
	return fn()
}

// script runs several statements without keeping them.
func (c *conn) script(sql string) error {
	e, ok := c.raw.(driver.ExecerContext)
	if !ok {
		return errors.New("the driver cannot execute scripts")
	}
	_, err := e.ExecContext(context.Background(), sql, nil)
	return err
}

// query calls scan for every row of the result. The row is only valid during
// the call, and scan may not use the connection.
func (c *conn) query(scan func(row) error, sql string, args ...driver.Value) (err error) {
	s, err := c.prepare(sql)
	if err != nil {
		return err
	}
	rows, err := s.QueryContext(context.Background(), c.bind(args))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	r := make(row, len(rows.Columns()))
	for {
		switch err := rows.Next(r); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		if err := scan(r); err != nil {
			return err
		}
	}
}

// one is query for at most one row; it tells whether there was one.
func (c *conn) one(scan func(row) error, sql string, args ...driver.Value) (bool, error) {
	found := false
	err := c.query(func(r row) error {
		found = true
		return scan(r)
	}, sql, args...)
	return found, err
}

// exists tells whether the query has a row.
func (c *conn) exists(sql string, args ...driver.Value) (bool, error) {
	return c.one(func(row) error { return nil }, sql, args...)
}

func (c *conn) close() error {
	var errs []error
	for _, s := range c.stmts {
		errs = append(errs, s.Close())
	}
	clear(c.stmts)
	return errors.Join(append(errs, c.raw.Close())...)
}

// row is one row of a result. A column that is NULL reads as the zero value.
type row []driver.Value

func (r row) text(i int) string {
	s, _ := r[i].(string)
	return s
}

func (r row) integer(i int) int64 {
	n, _ := r[i].(int64)
	return n
}

func (r row) blob(i int) []byte {
	b, _ := r[i].([]byte)
	return b
}

func (r row) time(i int) time.Time { return record.FromMicros(r.integer(i)) }

// timeOrZero is time, and the zero time for NULL.
func (r row) timeOrZero(i int) time.Time {
	if r[i] == nil {
		return time.Time{}
	}
	return r.time(i)
}
