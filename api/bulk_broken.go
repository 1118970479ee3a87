package api

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/crier-social/crier/core"
)

// noSheet tells why a file cannot be one of posts, before it is read; nil when it may be.
func noSheet(data []byte) *core.Error {
	const asCSV = "Save the file as CSV with the encoding UTF-8."
	refused := func(message, help string) *core.Error {
		e := invalid(fileField, message)
		e.Help = help
		return e
	}
	switch start := bytes.TrimSpace(data); {
	case !utf8.Valid(data):
		return refused("the file is not UTF-8", asCSV)
	case bytes.HasPrefix(start, []byte("{")), bytes.HasPrefix(start, []byte("[")):
		return refused("the file is JSON, and not CSV", "Send a CSV file, whose first row names the columns; POST /post takes a post in JSON.")
	case bytes.ContainsRune(data, '\r') && !bytes.ContainsRune(data, '\n'):
		return refused("the lines of the file end with a carriage return alone, as those of old Macs do", asCSV)
	}
	return nil
}

// broken explains where the file is no CSV. The row is the one that the trouble began in: a
// quote that nobody closes goes on to the end of the file.
func (r *bulkReader) broken(err error) *core.Error {
	parse, ok := errors.AsType[*csv.ParseError](err)
	if !ok {
		return invalid(fileField, "the file cannot be read as CSV")
	}
	row := bulkRow{number: r.number + 1 + parse.StartLine - r.next}
	e := invalid(row.field(""), fmt.Sprintf("line %d: %s", parse.StartLine, whyBroken(parse)))
	e.Help = `A cell with quotes, commas or line breaks stands in quotes, and a quote within it is doubled: "He said ""Hi""".`
	return e
}

// whyBroken says what a reader of CSV stumbled on.
func whyBroken(parse *csv.ParseError) string {
	switch {
	case errors.Is(parse.Err, csv.ErrBareQuote):
		return fmt.Sprintf("a quote stands in a cell that is not in quotes, at column %d", parse.Column)
	case errors.Is(parse.Err, csv.ErrQuote) && parse.Line == parse.StartLine:
		return fmt.Sprintf("a cell in quotes is not closed, or goes on after its closing quote, at column %d", parse.Column)
	case errors.Is(parse.Err, csv.ErrQuote):
		return fmt.Sprintf("a cell in quotes is not closed, or goes on after its closing quote in line %d, column %d", parse.Line, parse.Column)
	}
	return parse.Err.Error()
}

// wrongCount refuses a row that has not a cell for each column.
func (r *bulkReader) wrongCount(row bulkRow, cells int) *core.Error {
	e := invalid(row.field(""), fmt.Sprintf("the row has %s, the header %d", counted(cells, "cell"), len(r.columns)))
	if e.Help = `Put a cell that has a comma in quotes: "one, two".`; cells < len(r.columns) {
		e.Help = "Give each column its cell, an empty one too: a comma stands between two cells."
	}
	return e
}

// counted names a number of things.
func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
