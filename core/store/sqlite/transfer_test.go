package sqlite_test

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/store/sqlite"
	"github.com/crier-social/crier/core/store/sqlite/sqlitetest"
	"github.com/crier-social/crier/core/store/storetest"
)

// unmoved are the columns that are not moved, and why.
func unmoved() map[string]string {
	return map[string]string{
		"posts.seq":          "orders what was stored in the same microsecond",
		"uploads.seq":        "as above",
		"messages.seq":       "as above",
		"jobs.lease":         "who holds a job does not work with the other store",
		"jobs.lease_until":   "as above",
		"leases.name":        "as above",
		"leases.holder":      "as above",
		"leases.lease_until": "as above",
		"leases.owner":       "as above",
		"leases.note":        "as above",
		"heartbeat.id":       "the time of the last write is each store's own",
		"heartbeat.at":       "as above",
		"move.id":            "the move is each store's own",
		"move.version":       "as above",
		"move.body":          "as above",
	}
}

// TestEveryColumnIsMoved holds a copy of a store with everything against it, column by column
// as the schema has them: a column that a later migration adds is not forgotten.
func TestEveryColumnIsMoved(t *testing.T) {
	t.Parallel()
	from, to := sqlitetest.NewFile(t), sqlitetest.NewFile(t)
	transferAll(t, from, to)
	source, target := dump(t, from), dump(t, to)
	for column, values := range source {
		if unmoved()[column] != "" {
			continue
		}
		if len(values) == 0 {
			t.Errorf("%s: the source has no rows; fill the table in FillEverything", column)
		} else if !slices.ContainsFunc(values, isSet) {
			t.Errorf("%s is empty in all rows; set it in FillEverything", column)
		}
		if diff := cmp.Diff(values, target[column]); diff != "" {
			t.Errorf("%s (-source +target):\n%s", column, diff)
		}
	}
	for column := range unmoved() {
		if _, there := source[column]; !there {
			t.Errorf("there is no column %s", column)
		}
	}
}

func isSet(value string) bool {
	return value != "<nil>" && value != "0" && value != "" && value != "[]"
}

// transferAll fills one file with everything, and copies it to the other.
func transferAll(t *testing.T, from, to string) {
	t.Helper()
	clock := coretest.NewClock(time.Date(2026, time.November, 21, 8, 0, 0, 0, time.UTC))
	for _, path := range []string{from, to} {
		s, err := sqlite.Open(path, sqlite.Options{Clock: clock})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
		if path == from {
			err = storetest.FillEverything(t.Context(), s)
		} else {
			err = copyFrom(t.Context(), from, s)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func copyFrom(ctx context.Context, path string, to *sqlite.Store) error {
	from, err := sqlite.Open(path, sqlite.Options{})
	if err != nil {
		return err
	}
	if err := storetest.Copy(ctx, from, to); err != nil {
		return err
	}
	return from.Close()
}

// dump returns the values of each column of a file by what identifies its row.
func dump(t *testing.T, path string) map[string][]string {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.ToSlash(path))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	found := map[string][]string{}
	for _, table := range texts(t, db, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'") {
		columns := texts(t, db, "SELECT name FROM pragma_table_info('"+table+"')")
		order := slices.DeleteFunc(slices.Clone(columns), func(c string) bool { return c == "seq" })
		for _, column := range columns {
			found[table+"."+column] = texts(t, db, "SELECT "+column+" FROM "+table+" ORDER BY "+strings.Join(order, ", "))
		}
	}
	if len(found) == 0 {
		t.Fatal("there are no tables")
	}
	return found
}

// texts reads the one column of a query.
func texts(t *testing.T, db *sql.DB, query string) (list []string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var value any
		if err := rows.Scan(&value); err != nil {
			t.Fatal(err)
		}
		list = append(list, fmt.Sprint(value))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}
