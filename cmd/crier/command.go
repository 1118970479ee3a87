package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers"
)

// The exit codes.
const (
	exitOK      = 0
	exitFailure = 1 // what was asked for was not done
	exitUsage   = 2 // what was asked for was not understood
	exitUnknown = 2 // what was asked for could not be found out
)

// cli is the world as a command sees it.
type cli struct {
	environ        []string // entries as NAME=value
	dotenv         string   // file with more settings; it may be missing
	stdin          io.Reader
	stdout, stderr io.Writer
	clock          core.Clock // a server's; nil is the system's
	// adapters lists the networks, with settings that are fresh; nil: those of package providers.
	adapters func() []core.Adapter
}

// networks lists the networks that the program knows.
func (c cli) networks() []core.Adapter {
	if c.adapters != nil {
		return c.adapters()
	}
	return providers.Adapters()
}

// command is one subcommand.
type command struct {
	name   string
	short  string // one line, for the list of commands
	hidden bool   // for generating documentation
	run    func(ctx context.Context, c cli, args []string) error
}

func commands() []command {
	return []command{
		{name: "demo", short: "Start everything with sandboxes of the networks and publish one post to them.", run: runDemo},
		{name: "serve", short: "Run the server.", run: runServe},
		{name: "worker", short: "Run only the queue, beside other servers on the same store.", run: runWorker},
		{name: "post", short: "Publish a post, now or later.", run: runPost},
		{name: "edit", short: "Change, move, pause or approve a post.", run: runEdit},
		{name: "import", short: "Schedule the posts of a CSV file.", run: runImport},
		{name: "validate", short: "Check a post without publishing it.", run: runValidate},
		{name: "media", short: "Upload files, list and delete them.", run: runMedia},
		{name: "schedule", short: "Set, list and delete automatic schedules.", run: runSchedule},
		{name: "history", short: "Show posts and what became of them.", run: runHistory},
		{name: "link", short: "Print the address of a page on which accounts are linked.", run: runLink},
		{name: "doctor", short: "Find out what an app or a linked account lacks.", run: runDoctor},
		{name: "health", short: "Tell by the exit code whether the server of this machine can take requests.", run: runHealth},
		{name: "migrate", short: "Move all data to another database.", run: runMigrate},
		{name: "config", short: "Print the effective settings, or the reference of all of them.", run: runConfig},
		{name: "version", short: "Print the version.", run: runVersion},
		{name: "errors", short: "Print the reference of all error codes.", hidden: true, run: runErrors},
	}
}

// usageError is a mistake in the command line itself.
type usageError struct {
	command string // empty: no command was recognised
	err     error
}

func (e *usageError) Error() string { return e.err.Error() }

func (e *usageError) Unwrap() error { return e.err }

// run executes one command line and returns the exit code.
func run(ctx context.Context, c cli, args []string) int {
	if len(args) == 0 {
		writeUsage(c.stderr)
		return exitUsage
	}
	name, rest := args[0], args[1:]
	switch name {
	case "help", "-h", "-help", "--help":
		if len(rest) == 0 {
			writeUsage(c.stdout)
			return exitOK
		}
		name, rest = rest[0], append(slices.Clone(rest[1:]), "--help")
	case "-v", "-version", "--version":
		name = "version"
	}
	for _, cmd := range commands() {
		if cmd.name == name {
			return exitCode(c.stderr, cmd.run(ctx, c, rest))
		}
	}
	return exitCode(c.stderr, &usageError{err: fmt.Errorf("there is no command %q", name)})
}

// exitCode reports a command's error and returns the code for it.
func exitCode(stderr io.Writer, err error) int {
	if err == nil || errors.Is(err, flag.ErrHelp) {
		return exitOK
	}
	if usage, ok := errors.AsType[*usageError](err); ok {
		fmt.Fprintf(stderr, "crier: %v\nTry `crier %s`.\n", err, strings.TrimSpace(usage.command+" --help"))
		return exitUsage
	}
	if exit, ok := errors.AsType[exitError](err); ok {
		if exit.err != nil {
			exitCode(stderr, exit.err)
		}
		return exit.code
	}
	if _, reported := errors.AsType[reportedError](err); reported {
		return exitFailure
	}
	if problems, ok := errors.AsType[core.Errors](err); ok {
		writeProblems(stderr, problems)
		return exitFailure
	}
	fmt.Fprintf(stderr, "crier: %v\n", err)
	return exitFailure
}

// writeProblems shows mistakes in the settings, a line for each.
func writeProblems(w io.Writer, problems core.Errors) {
	fmt.Fprintln(w, "crier: the settings need a correction:")
	for _, p := range problems {
		fmt.Fprintf(w, "  %s: %s\n", p.Field, p.Message)
	}
	fmt.Fprintln(w, "`crier config --reference` describes every setting.")
}

// exitError is a failure with an exit code of its own.
type exitError struct {
	code int
	err  error // nil: the command has shown it in full
}

func (e exitError) Error() string {
	if e.err == nil {
		return "failed"
	}
	return e.err.Error()
}

func (e exitError) Unwrap() error { return e.err }

// reportedError is a failure that the command has shown in full.
type reportedError struct{}

func (reportedError) Error() string { return "failed" }

func writeUsage(w io.Writer) {
	fmt.Fprint(w, "Crier takes one POST /post and publishes it on the social networks you linked.\n\nUsage:\n\n  crier <command> [flags]\n\nCommands:\n\n")
	for _, cmd := range commands() {
		if !cmd.hidden {
			fmt.Fprintf(w, "  %-10s %s\n", cmd.name, cmd.short)
		}
	}
	fmt.Fprint(w, "\n`crier <command> --help` tells more about a command.\n")
}

// flags is a command's flag set with the text of its help.
type flags struct {
	*flag.FlagSet
	cli      cli
	synopsis string // what stands after the command's name
	about    string
	empties  []string // flags whose value may be empty
}

func newFlags(c cli, name, synopsis, about string) *flags {
	f := &flags{FlagSet: flag.NewFlagSet(name, flag.ContinueOnError), cli: c, synopsis: synopsis, about: about}
	f.SetOutput(io.Discard)
	f.Usage = func() {}
	return f
}

// parse reads the arguments. At most maxArgs may be left after the flags, which
// may also follow them.
func (f *flags) parse(args []string, maxArgs int) ([]string, error) {
	var rest []string
	for {
		err := f.Parse(args)
		if errors.Is(err, flag.ErrHelp) {
			f.help(f.cli.stdout)
			return nil, err
		}
		if err != nil {
			return nil, f.wrong(err)
		}
		done := f.NArg() == 0 || terminated(args, f.NArg())
		if done {
			rest = append(rest, f.Args()...)
			break
		}
		rest = append(rest, f.Arg(0))
		args = f.Args()[1:]
	}
	if len(rest) > maxArgs {
		return nil, f.wrong(fmt.Errorf("unexpected argument %q", rest[maxArgs]))
	}
	if err := f.refuseEmpty(); err != nil {
		return nil, f.wrong(err)
	}
	return rest, nil
}

// mayBeEmpty names flags for which an empty value means something. Any other flag with one
// is a mistake: a variable of the shell that is not set must not pass for a flag that was
// not given.
func (f *flags) mayBeEmpty(names ...string) { f.empties = append(f.empties, names...) }

// refuseEmpty refuses flags that were given without a value.
func (f *flags) refuseEmpty() (err error) {
	f.Visit(func(fl *flag.Flag) {
		if err != nil || slices.Contains(f.empties, fl.Name) || !isEmpty(fl.Value) {
			return
		}
		way := "give it one, or leave the flag out"
		if no := "no-" + fl.Name; f.Lookup(no) != nil {
			way = "give it one, or leave the flag out; --" + no + " removes what is there"
		}
		err = fmt.Errorf("--%s: the value is empty: %s", fl.Name, way)
	})
	return err
}

// isEmpty tells whether a value, or one of several, is empty.
func isEmpty(v flag.Value) bool {
	values := []string{v.String()}
	if list, ok := v.(*listFlag); ok {
		values = list.values
	}
	return slices.ContainsFunc(values, func(s string) bool { return strings.TrimSpace(s) == "" })
}

// given tells whether a flag was given.
func (f *flags) given(name string) (found bool) {
	f.Visit(func(fl *flag.Flag) { found = found || fl.Name == name })
	return found
}

// terminated tells whether "--" stands before the last n arguments.
func terminated(args []string, n int) bool {
	i := len(args) - n - 1
	return i >= 0 && args[i] == "--"
}

func (f *flags) wrong(err error) error { return &usageError{command: f.Name(), err: err} }

func (f *flags) help(w io.Writer) {
	fmt.Fprintf(w, "Usage:\n\n  crier %s\n\n%s\n", strings.TrimSpace(f.Name()+" "+f.synopsis), strings.TrimSpace(f.about))
	var any bool
	f.VisitAll(func(*flag.Flag) { any = true })
	if any {
		fmt.Fprint(w, "\nFlags:\n\n")
	}
	f.VisitAll(func(fl *flag.Flag) {
		kind, usage := flag.UnquoteUsage(fl)
		fmt.Fprintf(w, "  --%s\n        %s\n", strings.TrimSpace(fl.Name+" "+kind), usage)
	})
}
