package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/crier-social/crier/core"
)

// toldFlags are the flags of crier link that link an account by what its owner tells.
type toldFlags struct {
	flags   *flags
	fields  listFlag
	app, id *string
}

func addToldFlags(f *flags) *toldFlags {
	t := &toldFlags{flags: f}
	f.Var(&t.fields, "field", "`name=value` that the network asks for; @file reads the value from a file, - from standard input. Repeat it for each.")
	t.app = f.String("app", "", "with --field: the `name` of the network's link app, where several link so.")
	t.id = f.String("id", "", "with --field: the network's `id` of the account, of those that what is told is good for; all by default.")
	return t
}

func (t *toldFlags) used() bool {
	return t.flags.given("field") || t.flags.given("app") || t.flags.given("id")
}

// link links the accounts. It is not tried twice: networks count how often somebody signs in.
func (t *toldFlags) link(ctx context.Context, c cli, server clientFlags, network string, asJSON bool) error {
	fields, err := t.read(c)
	if err != nil {
		return t.flags.wrong(err)
	}
	fields["platform"] = network
	for key, value := range map[string]string{"app": *t.app, "id": *t.id} {
		if value != "" {
			fields[key] = value
		}
	}
	api, err := server.client(c)
	if err != nil {
		return err
	}
	body, err := jsonPayload(fields)
	if err != nil {
		return err
	}
	got, err := api.do(ctx, call{method: http.MethodPost, path: "/profiles/social", body: body})
	switch {
	case err != nil:
		return err
	case got.status != http.StatusOK:
		return refusal(got)
	case asJSON:
		return writeJSON(c.stdout, got.body)
	}
	return writeLinked(c, got)
}

// writeLinked tells what was linked.
func writeLinked(c cli, got *reply) error {
	var made struct {
		Account  core.Account   `json:"account"`
		Accounts []core.Account `json:"accounts"`
		Warnings []apiWarning   `json:"warnings"`
	}
	if err := json.Unmarshal(got.body, &made); err != nil {
		return fmt.Errorf("the answer is not understood: %w", err)
	}
	if len(made.Accounts) == 0 {
		made.Accounts = []core.Account{made.Account}
	}
	for _, a := range made.Accounts {
		fmt.Fprintf(c.stdout, "%s  linked: %s\n", a.ID, a.Label())
	}
	writeWarnings(c.stderr, made.Warnings)
	return nil
}

// read reads the values of the fields.
func (t *toldFlags) read(c cli) (map[string]any, error) {
	fields := map[string]any{}
	stdin := ""
	for _, pair := range t.fields.values {
		name, value, found := strings.Cut(pair, "=")
		if !found || name == "" {
			return nil, errors.New("--field needs a name and a value, such as handle=me.example")
		}
		if _, twice := fields[name]; twice {
			return nil, fmt.Errorf("--field %s is given twice", name)
		}
		if value == "-" {
			if stdin != "" {
				return nil, fmt.Errorf("--field %s and %s cannot both be read from standard input", stdin, name)
			}
			stdin = name
		}
		value, err := t.value(c, name, value)
		if err != nil {
			return nil, err
		}
		fields[name] = value
	}
	return fields, nil
}

// value reads the value of one field. The line break at its end is the file's.
func (t *toldFlags) value(c cli, name, value string) (string, error) {
	var raw []byte
	var err error
	file, isFile := strings.CutPrefix(value, "@")
	switch {
	case isFile:
		raw, err = os.ReadFile(file) //nolint:gosec // the user names the file
	case value == "-":
		raw, err = io.ReadAll(io.LimitReader(c.stdin, maxTold))
	default:
		return value, nil
	}
	if err != nil {
		return "", fmt.Errorf("--field %s: %w; what follows @ is the name of a file", name, err)
	}
	return strings.TrimRight(string(raw), "\r\n"), nil
}

// maxTold bounds what is read from standard input, in bytes.
const maxTold = 64 << 10
