package main

import (
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/config"
	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/store/mongo"
)

func TestDoctorOfTheStore(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "crier.db")
	s, err := openDatabase(config.Config{Store: namedStore(t, "sqlite:"+file)}, coretest.NewClock(coretest.Epoch()), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	const away = "CRIER_STORE=mongodb://user:pa55word@127.0.0.1:1/db?serverSelectionTimeoutMS=50"
	for name, tc := range map[string]struct {
		environ []string
		args    []string
		code    int
		want    []string
	}{
		"SQLite":          {[]string{"CRIER_STORE=sqlite:" + file}, nil, exitOK, []string{"store " + file, "✓ settings", "✓ database: SQLite", "✓ writing", "Nothing has to be mended."}},
		"no file yet":     {[]string{"CRIER_STORE=sqlite:" + file + "x"}, nil, exitOK, []string{"! database: There is no file " + file + "x yet."}},
		"server is away":  {append(sharedEnviron("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="), away), nil, exitFailure, []string{"store mongodb://user:xxxxx@127.0.0.1:1/db", "✓ settings", "✗ database: CRIER_STORE: opening", "Start the database's server"}},
		"settings lack":   {[]string{away}, nil, exitFailure, []string{"✗ CRIER_MASTER_KEY: has to be set", "✗ CRIER_PUBLIC_URL", "✗ CRIER_MEDIA_STORE", "✗ database", "4 things have to be mended."}},
		"no store at all": {[]string{"CRIER_STORE=tape"}, nil, exitFailure, []string{"✗ CRIER_STORE: ", "One thing has to be mended."}},
		"as JSON":         {[]string{"CRIER_STORE=sqlite:" + file}, []string{"--json"}, exitOK, []string{`"platform": "store"`, `"check": "writing"`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := execute(t.Context(), tc.environ, "", append([]string{"doctor", "--store"}, tc.args...)...)
			if got.code != tc.code || got.stderr != "" || strings.Contains(got.stdout, "pa55word") {
				t.Errorf("%+v", got)
			}
			for _, want := range tc.want {
				if !strings.Contains(got.stdout, want) {
					t.Errorf("it lacks %q:\n%s", want, got.stdout)
				}
			}
		})
	}
}

func TestDoctorOfTheStoreAndAnAccount(t *testing.T) {
	t.Parallel()
	if got := execute(t.Context(), nil, "", "doctor", "--store", "--account", "x"); got.code != exitUsage || !strings.Contains(got.stderr, "exclude each other") {
		t.Errorf("%+v", got)
	}
}

func TestServerFindings(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		about mongo.About
		want  []string
	}{
		"all is well":      {mongo.About{Version: "8.0.4", ReplicaSet: "rs0", Schema: 1, Newest: 1}, []string{"ok: The server answers: MongoDB 8.0.4, replica set rs0.", "ok: This machine's clock is that of the server to within 0s.", "ok: The schema is version 1, this Crier's."}},
		"new, and sharded": {mongo.About{Version: "8", Sharded: true, Ahead: -6 * time.Second, Newest: 1}, []string{"ok: The server answers: MongoDB 8, a sharded cluster.", "warning: This machine's clock is that of the server to within 6s.", "ok: The database is new: the first start of a server makes what it needs."}},
		"single, newer":    {mongo.About{Version: "8", Ahead: time.Minute, Schema: 2, Newest: 1}, []string{"warning: The server answers: MongoDB 8, a single server.", "missing: " + (&mongo.SkewError{Ahead: time.Minute}).Error(), "missing: The schema is version 2, and this Crier knows 1."}},
		"older":            {mongo.About{Version: "8", ReplicaSet: "a", Schema: 1, Newest: 2}, []string{"ok: The server answers: MongoDB 8, replica set a.", "ok: This machine's clock is that of the server to within 0s.", "ok: The schema is version 1; the next start of a server makes it 2."}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, f := range serverFindings(tc.about) {
				got = append(got, string(f.Status)+": "+f.Message)
				if (f.Status == core.FindingOK) != (f.Help == "") && f.Check != "clocks" {
					t.Errorf("%s: help %q", f.Check, f.Help)
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
