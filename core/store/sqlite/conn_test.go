package sqlite

import (
	"path/filepath"
	"testing"
	"time"
)

// pragma reads a setting of the connection.
func pragma(t *testing.T, c *conn, name string) (value any) {
	t.Helper()
	if _, err := c.one(func(r row) error { value = r[0]; return nil }, "PRAGMA "+name); err != nil {
		t.Fatal(err)
	}
	return value
}

// TestSettings holds the connections to what durability and isolation rest on;
// the numbers are SQLite's.
func TestSettings(t *testing.T) {
	t.Parallel()
	const full = int64(2) // https://www.sqlite.org/pragma.html#pragma_synchronous
	s := openEmpty(t)
	for name, want := range map[string]any{"journal_mode": "wal", "synchronous": full, "foreign_keys": int64(1), "query_only": int64(0)} {
		if got := pragma(t, s.writer.conn, name); got != want {
			t.Errorf("writer: %s is %v, want %v", name, got, want)
		}
	}
	if err := s.readers.do(t.Context(), func(c *conn) error {
		if got := pragma(t, c, "query_only"); got != int64(1) {
			t.Errorf("reader: query_only is %v, want 1", got)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// TestOpenWaits opens a new file to which another connection is about to write.
func TestOpenWaits(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "new.db")
	if err := createFile(path); err != nil {
		t.Fatal(err)
	}
	other, err := openConn(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := other.control("BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error)
	time.AfterFunc(100*time.Millisecond, func() { ended <- other.control("COMMIT") })
	c, err := openConn(path, "journal_mode = WAL")
	if err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if got := pragma(t, c, "journal_mode"); got != "wal" {
		t.Errorf("journal_mode is %v, want wal", got)
	}
	for _, c := range []*conn{c, other} {
		if err := c.close(); err != nil {
			t.Error(err)
		}
	}
}
