package main

import (
	"bytes"
	"context"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
)

var update = flag.Bool("update", false, "rewrite the generated pages")

// result is what a command line left behind.
type result struct {
	code           int
	stdout, stderr string
}

// execute runs a command line with nothing but the given environment.
func execute(ctx context.Context, environ []string, stdin string, args ...string) result {
	var stdout, stderr bytes.Buffer
	code := run(ctx, cli{environ: environ, stdin: strings.NewReader(stdin), stdout: &stdout, stderr: &stderr}, args)
	return result{code: code, stdout: stdout.String(), stderr: stderr.String()}
}

func TestUsage(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name           string
		args           []string
		code           int
		stdout, stderr string // must be contained
	}{
		{"nothing", nil, exitUsage, "", "Usage:"},
		{"help", []string{"help"}, exitOK, "Commands:", ""},
		{"--help", []string{"--help"}, exitOK, "crier <command>", ""},
		{"help of a command", []string{"help", "post"}, exitOK, "--schedule time", ""},
		{"--help of a command", []string{"serve", "--help"}, exitOK, "--sandbox", ""},
		{"unknown command", []string{"fly"}, exitUsage, "", "there is no command \"fly\"\nTry `crier --help`."},
		{"unknown flag", []string{"serve", "--fast"}, exitUsage, "", "-fast\nTry `crier serve --help`."},
		{"surplus argument", []string{"config", "all"}, exitUsage, "", `unexpected argument "all"`},
		{"captions of a post", []string{"post", "--help"}, exitOK, "SRT or WebVTT", ""},
		{"wrong value", []string{"post", "x", "--wait", "long"}, exitUsage, "", "Try `crier post --help`."},
		{"negative wait", []string{"post", "x", "--platform", "all", "--wait", "-1s"}, exitUsage, "", "--wait: -1s is negative"},
		{"no network", []string{"post", "x"}, exitUsage, "", "add --platform"},
		{"nothing to post", []string{"post", "--platform", "all"}, exitUsage, "", "the post is empty"},
		{"text twice", []string{"post", "x", "--text", "y", "--platform", "all"}, exitUsage, "", "given twice"},
		{"bad time", []string{"post", "x", "--platform", "all", "--schedule", "tomorrow"}, exitUsage, "", "2026-12-24T18:00:00Z"},
		{"bad delay", []string{"post", "x", "--platform", "all", "--schedule", "+soon"}, exitUsage, "", "+2h30m"},
		{"options that are no object", []string{"post", "x", "--platform", "all", "--options", "[]"}, exitUsage, "", "option blocks"},
		{"options without a block", []string{"post", "x", "--platform", "all", "--options", `{"altText":{}}`}, exitUsage, "", "end with Options"},
		{"an option block that is no object", []string{"post", "x", "--platform", "all", "--options", `{"fooOptions":1}`}, exitUsage, "", "--options: fooOptions must be an object"},
		{"an option that is no block", []string{"post", "x", "--platform", "all", "--options", `{"foo":1}`}, exitUsage, "", `--options: "foo" is not the name of an option block`},
		{"options that are no JSON", []string{"post", "x", "--platform", "all", "--options", "{"}, exitUsage, "", "an object of option blocks is needed, such as {\"linkedInOptions\":{}}: unexpected end"},
		{"no posts at most", []string{"history", "--limit", "0"}, exitUsage, "", "--limit: 0 is less than 1\nTry `crier history --help`."},
		{"negative days", []string{"history", "--last-days", "-1"}, exitUsage, "", "--last-days: -1 is negative; 0 lists"},
		{"one post and a limit", []string{"history", "p1", "--limit", "5"}, exitUsage, "", "--limit chooses among posts; leave it out to see the post p1"},
		{"one post and its status", []string{"history", "--status", "error", "p1"}, exitUsage, "", "--status chooses among posts"},
		{"one post and a network", []string{"history", "--platform", "a", "p1"}, exitUsage, "", "--platform chooses among posts"},
		{"one post and days", []string{"history", "--last-days", "0", "p1"}, exitUsage, "", "--last-days chooses among posts"},
		{"missing file", []string{"post", "x", "--platform", "all", "--media", "none.jpg"}, exitUsage, "", "none.jpg"},
		{"a folder", []string{"post", "x", "--platform", "all", "--media", "."}, exitUsage, "", "is not a file"},
		{"file and address", []string{"post", "x", "--platform", "all", "--media", "main.go", "--media", "https://e.example/a.jpg"}, exitUsage, "", "addresses before files"},
		{"more texts than images", []string{"post", "x", "--platform", "all", "--alt", "a"}, exitUsage, "", "1 texts for 0 images"},
		{"no key", []string{"history"}, exitFailure, "", "CRIER_API_KEY"},
		{"bad address", []string{"history", "--url", "here", "--key", "k"}, exitUsage, "", "beginning with https:// or http://\nTry `crier history --help`."},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := execute(t.Context(), nil, "", test.args...)
			if got.code != test.code || !strings.Contains(got.stdout, test.stdout) || !strings.Contains(got.stderr, test.stderr) {
				t.Errorf("crier %q = %d\nstdout: %s\nstderr: %s", test.args, got.code, got.stdout, got.stderr)
			}
		})
	}
}

func TestEveryCommandHasHelp(t *testing.T) {
	t.Parallel()
	for _, cmd := range commands() {
		got := execute(t.Context(), nil, "", cmd.name, "--help")
		if got.code != exitOK || !strings.Contains(got.stdout, "crier "+cmd.name) || len(got.stdout) < 60 {
			t.Errorf("crier %s --help = %d:\n%s%s", cmd.name, got.code, got.stdout, got.stderr)
		}
		if listed := strings.Contains(execute(t.Context(), nil, "", "help").stdout, cmd.short); listed == cmd.hidden {
			t.Errorf("%s: listed = %v, hidden = %v", cmd.name, listed, cmd.hidden)
		}
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	for _, arg := range []string{"version", "--version"} {
		got := execute(t.Context(), nil, "", arg)
		if got.code != exitOK || !strings.HasPrefix(got.stdout, "crier ") || !strings.Contains(got.stdout, "\ngo1.") ||
			!strings.Contains(got.stdout, "\nLinkedIn API 202607, served until 2027-07-15\n") {
			t.Errorf("crier %s = %d:\n%s%s", arg, got.code, got.stdout, got.stderr)
		}
	}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	good := execute(t.Context(), []string{"CRIER_API_KEY=do-not-show-this-key", "CRIER_WORKERS=7", "CRIER_WORKER=8"}, "", "config")
	if good.code != exitOK || !strings.Contains(good.stdout, "CRIER_WORKERS=7") || !strings.Contains(good.stdout, "CRIER_API_KEY=[redacted]") {
		t.Errorf("config = %d:\n%s", good.code, good.stdout)
	}
	for _, effective := range []string{"CRIER_LOG_FORMAT=json", "CRIER_LINKEDIN_VERSION=20", "CRIER_MASTER_KEY= "} {
		if !strings.Contains(good.stdout, effective) {
			t.Errorf("config lacks the effective value %s:\n%s", effective, good.stdout)
		}
	}
	if want := "crier: CRIER_WORKER is not a setting; the nearest is CRIER_WORKERS\n"; good.stderr != want {
		t.Errorf("stderr %q, want %q", good.stderr, want)
	}
	bad := execute(t.Context(), []string{"CRIER_ADDR=x", "CRIER_LEASE=y"}, "", "config")
	if bad.code != exitFailure || !strings.Contains(bad.stderr, "\n  CRIER_ADDR: ") || !strings.Contains(bad.stderr, "\n  CRIER_LEASE: ") {
		t.Errorf("config with mistakes = %d:\n%s", bad.code, bad.stderr)
	}
	page, err := os.ReadFile("../../docs/settings.md")
	if err != nil {
		t.Fatal(err)
	}
	reference := execute(t.Context(), nil, "", "config", "--reference")
	if diff := cmp.Diff(string(page), reference.stdout); diff != "" {
		t.Errorf("reference (-page +printed):\n%s", diff)
	}
}

func TestErrorsPage(t *testing.T) {
	t.Parallel()
	const file = "../../docs/errors.md"
	got := execute(t.Context(), nil, "", "errors")
	if *update {
		if err := os.WriteFile(file, []byte(got.stdout), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	page, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(got.stdout, string(page)); diff != "" {
		t.Errorf("docs/errors.md is stale; run `make generate` (-want +got):\n%s", diff)
	}
	if rows := strings.Count(got.stdout, "\n| "); rows != len(core.Codes())+1 {
		t.Errorf("%d rows for %d codes", rows, len(core.Codes()))
	}
}
