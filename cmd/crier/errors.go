package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/crier-social/crier/core"
)

//go:generate go test -run ^TestErrorsPage$ . -update

func runErrors(_ context.Context, c cli, args []string) error {
	f := newFlags(c, "errors", "", "Prints the reference of all error codes as Markdown.")
	if _, err := f.parse(args, 0); err != nil {
		return err
	}
	return writeErrorReference(c.stdout)
}

const errorsHead = `# Error codes

<!-- Written by ` + "`make generate`" + ` from package core; do not edit. -->

Every error has a number that never changes its meaning, so that programs can switch on it: numbers below 1000 are
those of the Ayrshare API and mean the same there, ours start at 1000. The HTTP status is that of an answer that
consists of this error alone; a post that failed on some network is answered with 400 and an entry in ` + "`errors`" + ` for each.

| Code | Name | HTTP | Meaning | What to do |
|---|---|---|---|---|
`

func writeErrorReference(w io.Writer) error {
	var b strings.Builder
	b.WriteString(errorsHead)
	for _, info := range core.Codes() {
		fmt.Fprintf(&b, "| %d | `%s` | %d %s | %s | %s |\n",
			info.Code, info.Name, info.Status, http.StatusText(info.Status), info.Meaning, info.Help)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
