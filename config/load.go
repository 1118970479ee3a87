package config

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"
	"github.com/joho/godotenv"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/setting"
)

const (
	fileSuffix = "_FILE"
	off        = "off"
)

// Load reads the server's settings, and fills those of the adapters, from environ (entries
// as NAME=value, see os.Environ), which wins, and from the file dotenv, which may be missing.
// All mistakes are reported together: the error is core.Errors, with the name of the
// variable as Field.
func Load(environ []string, dotenv string, adapters ...core.Adapter) (Config, error) {
	c := Config{Adapters: adapters}
	in, problems := load(&c, environ, dotenv)
	c.sources = in.sources
	c.warnings = in.warnings(allFields(&c))
	for _, a := range c.Adapters {
		if s, ok := a.Settings.(core.Completer); ok {
			s.Complete()
		}
	}
	problems = append(problems, unless(problems, slices.Concat(c.check(), c.checkAdapters(), c.checkShared()))...)
	if c.PublicURL == "" {
		c.PublicURL = setting.BaseURL(c.Addr.URL())
	}
	return c, problems.OrNil()
}

// LoadClient reads the command-line client's settings, as Load does. What only the
// server needs is neither read nor checked: its secrets may be out of reach.
func LoadClient(environ []string, dotenv string) (Client, error) {
	var c Client
	_, problems := load(&c, environ, dotenv)
	return c, problems.OrNil()
}

// load sets target's fields and returns what it read, with what is wrong there.
func load(target any, environ []string, dotenv string) (input, core.Errors) {
	fields := fieldsOf(target)
	in, problems := readInput(environ, dotenv)
	problems = append(problems, in.readFiles(fields)...)
	return in, append(problems, in.decode(fields)...)
}

// input is the variables to read, each with its source.
type input struct {
	values  map[string]string
	sources map[string]Source
}

func readInput(environ []string, dotenv string) (input, core.Errors) {
	in := input{values: map[string]string{}, sources: map[string]Source{}}
	var problems core.Errors
	// What stands before a mistake in the file counts, so that the mistakes in it
	// are told as well.
	file, err := readDotenv(dotenv)
	if err != nil {
		problems = append(problems, problem(dotenv, err))
	}
	in.add(file, FromDotenv)
	in.add(env.ToMap(environ), FromEnvironment)
	return in, problems
}

func readDotenv(name string) (map[string]string, error) {
	if name == "" {
		return nil, nil
	}
	raw, err := os.ReadFile(name) //nolint:gosec // the operator names the file
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	values, err := godotenv.UnmarshalBytes(raw)
	if err != nil {
		// The parser's message repeats the line, which may hold a secret.
		return values, fmt.Errorf("line %d is not NAME=value, or its quotes do not end; a # begins a comment", mistakenLine(raw))
	}
	return values, nil
}

// mistakenLine returns the number of the line at which a file stops being a valid
// .env: the one after the longest beginning that is one. A value in quotes may
// have several lines, so that a beginning is cut within it and no mistake.
func mistakenLine(raw []byte) int {
	lines := bytes.SplitAfter(raw, []byte("\n"))
	for good := len(lines) - 1; good > 0; good-- {
		if _, err := godotenv.UnmarshalBytes(bytes.Join(lines[:good], nil)); err == nil {
			return good + 1
		}
	}
	return 1
}

func (in input) add(values map[string]string, source Source) {
	for name, value := range values {
		if strings.HasPrefix(name, Prefix) {
			in.values[name] = value
			in.sources[name] = source
		}
	}
}

// readFiles replaces the NAME_FILE of each field by NAME with the file's content. An
// empty file is a mistake: what ought to be secret would get its default in silence.
func (in input) readFiles(fields []field) core.Errors {
	var problems core.Errors
	for _, f := range fields {
		path := in.values[f.name+fileSuffix]
		if !f.file || path == "" {
			continue
		}
		if in.values[f.name] != "" {
			problems = append(problems, problem(f.name, fmt.Errorf("%s%s is set as well; keep one of the two", f.name, fileSuffix)))
			continue
		}
		raw, err := os.ReadFile(path) //nolint:gosec // the operator names the file
		if err != nil {
			problems = append(problems, problem(f.name+fileSuffix, err))
			continue
		}
		value := strings.TrimRight(string(raw), "\r\n")
		if value == "" {
			problems = append(problems, problem(f.name+fileSuffix, fmt.Errorf("%s is empty; write the value into it, or unset the variable", path)))
			continue
		}
		in.values[f.name] = value
		in.sources[f.name] = FromFile
	}
	return problems
}

// decode sets the fields and returns what could not be parsed, in their order.
func (in input) decode(fields []field) core.Errors {
	place := map[string]int{} // of a setting
	var sections []section
	for i, f := range fields {
		place[f.name] = i
		if !slices.Contains(sections, f.section) {
			sections = append(sections, f.section)
		}
		if value, set := in.values[f.name]; f.off && set && value == "" {
			in.values[f.name] = off
		}
	}
	var problems core.Errors
	for _, s := range sections {
		problems = append(problems, parseProblems(in.parse(s), s, fields)...)
	}
	slices.SortStableFunc(problems, func(a, b *core.Error) int { return place[a.Field] - place[b.Field] })
	return problems
}

// parse sets the fields of a section's struct.
func (in input) parse(s section) error {
	return env.ParseWithOptions(s.target, env.Options{
		Environment: in.values,
		Prefix:      s.prefix,
		FuncMap: map[reflect.Type]env.ParserFunc{
			reflect.TypeFor[time.Duration](): func(v string) (any, error) { return setting.ParseDuration(v) },
			reflect.TypeFor[int]():           func(v string) (any, error) { return setting.ParseInt(v) },
		},
	})
}

// parseProblems names the settings that could not be parsed. The parser names them by the
// struct's field.
func parseProblems(err error, s section, fields []field) core.Errors {
	if err == nil {
		return nil
	}
	all, ok := errors.AsType[env.AggregateError](err)
	if !ok {
		return core.Errors{core.AsError(err)}
	}
	var problems core.Errors
	for _, one := range all.Errors {
		parse, ok := errors.AsType[env.ParseError](one)
		i := slices.IndexFunc(fields, func(f field) bool { return ok && f.section == s && f.goName == parse.Name })
		if i < 0 {
			problems = append(problems, core.AsError(one))
			continue
		}
		problems = append(problems, problem(fields[i].name, parse.Err))
	}
	return problems
}

// unless leaves out what concerns a variable that has a problem already.
func unless(known, more core.Errors) core.Errors {
	named := map[string]bool{}
	for _, e := range known {
		named[strings.TrimSuffix(e.Field, fileSuffix)] = true
	}
	return slices.DeleteFunc(more, func(e *core.Error) bool {
		seen := named[e.Field]
		named[e.Field] = true
		return seen
	})
}

// warnings names the variables that look like settings and are none. Variables
// that an orchestrator derives from the name of a service are left alone.
func (in input) warnings(fields []field) []string {
	known := map[string]bool{}
	var names []string
	for _, f := range fields {
		known[f.name] = true
		known[f.name+fileSuffix] = f.file
		names = append(names, f.name)
	}
	var warnings []string
	for _, name := range slices.Sorted(maps.Keys(in.values)) {
		if known[name] || isServiceVariable(name) {
			continue
		}
		warnings = append(warnings, fmt.Sprintf("%s is not a setting; the nearest is %s", name, nearest(name, names)))
	}
	return warnings
}

// isServiceVariable recognises what Kubernetes and Docker links put into the
// environment of the neighbours of a service named "crier".
// https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
func isServiceVariable(name string) bool {
	rest := strings.TrimPrefix(name, Prefix)
	return strings.HasPrefix(rest, "SERVICE_") || rest == "PORT" || strings.HasPrefix(rest, "PORT_")
}

// problem is one mistake in the settings.
func problem(name string, err error) *core.Error {
	return &core.Error{Kind: core.KindInvalid, Op: "config", Field: name, Message: err.Error()}
}
