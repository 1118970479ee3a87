package api

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/crier-social/crier/core"
)

// The columns of a file of posts.
const (
	columnPost      = "post"
	columnPlatforms = "platforms"
	columnMedia     = "mediaUrls"
	columnDate      = "scheduleDate"
)

func bulkColumns() []string {
	return []string{columnPost, columnPlatforms, columnMedia, columnDate}
}

// maxBulkRows is how many posts one file may have.
const maxBulkRows = 1000

// bulkRow is one post of a file.
type bulkRow struct {
	number int // as spreadsheets count: the header is row 1
	cells  map[string]string
}

// field names a part of the row in an error.
func (r bulkRow) field(path string) string {
	name := fmt.Sprintf("%s[row %d]", fileField, r.number)
	if path != "" {
		name += "." + path
	}
	return name
}

// readBulk reads a file of posts as CSV with a header, and everything that is wrong with
// its form. https://www.rfc-editor.org/rfc/rfc4180
func readBulk(data []byte) ([]bulkRow, core.Errors) {
	data = withoutBOM(data)
	if e := noSheet(data); e != nil {
		return nil, core.Errors{e}
	}
	r := &bulkReader{data: data, csv: csv.NewReader(bytes.NewReader(data)), next: 1}
	r.csv.ReuseRecord = true
	header, err := r.csv.Read()
	if errors.Is(err, io.EOF) {
		return nil, core.Errors{invalid(fileField, "the file is empty; its first row names the columns: "+strings.Join(bulkColumns(), ", "))}
	}
	if err != nil {
		return nil, core.Errors{r.broken(err)}
	}
	r.advance()
	r.columns, r.problems = readHeader(header)
	if len(r.problems) > 0 {
		return nil, r.problems
	}
	r.csv.FieldsPerRecord = len(r.columns)
	for r.read() {
	}
	if len(r.rows) == 0 && len(r.problems) == 0 {
		r.problems = core.Errors{invalid(fileField, "the file has no rows below its header")}
	}
	return r.rows, r.problems
}

// readHeader finds out which column is which.
func readHeader(cells []string) ([]string, core.Errors) {
	var problems core.Errors
	columns := make([]string, len(cells))
	for i, cell := range cells {
		cell = strings.TrimSpace(cell)
		at := slices.IndexFunc(bulkColumns(), func(known string) bool { return strings.EqualFold(known, cell) })
		switch {
		case at < 0 && len(cells) == 1 && strings.Contains(cell, ";"):
			e := invalid(fileField, "the columns are separated by semicolons")
			e.Help = "Save the file with commas between the columns."
			return nil, core.Errors{e}
		case at < 0:
			e := invalid(fileField, "the header has the column "+quote(cell)+"; the columns are "+strings.Join(bulkColumns(), ", "))
			if meant, near := nearest(cell, bulkColumns()); near {
				e.Help = "Did you mean " + meant + "?"
			}
			problems = append(problems, e)
		case slices.Contains(columns, bulkColumns()[at]):
			problems = append(problems, invalid(fileField, "the header has the column "+bulkColumns()[at]+" twice"))
		default:
			columns[i] = bulkColumns()[at]
		}
	}
	for _, needed := range []string{columnPost, columnPlatforms} {
		if !slices.Contains(columns, needed) && len(problems) == 0 {
			problems = append(problems, invalid(fileField, "the header lacks the column "+needed+"; the columns are "+strings.Join(bulkColumns(), ", ")))
		}
	}
	return columns, problems
}

// bulkReader reads the rows below the header.
type bulkReader struct {
	data    []byte
	csv     *csv.Reader
	columns []string

	number   int   // of the last row
	offset   int64 // of what was read
	next     int   // line at which the next row begins, if none is empty
	rows     []bulkRow
	problems core.Errors
}

// advance counts the row that was just read, with the empty lines before it.
func (r *bulkReader) advance() {
	line, _ := r.csv.FieldPos(0)
	r.number += 1 + line - r.next
	end := r.csv.InputOffset()
	r.next += bytes.Count(r.data[r.offset:end], []byte("\n"))
	r.offset = end
}

// read reads a row; false at the end, and where reading on makes no sense.
func (r *bulkReader) read() bool {
	cells, err := r.csv.Read()
	wrongCount := errors.Is(err, csv.ErrFieldCount)
	switch {
	case errors.Is(err, io.EOF):
		return false
	case err != nil && !wrongCount:
		r.problems = append(r.problems, r.broken(err))
		return false
	}
	r.advance()
	if !slices.ContainsFunc(cells, func(cell string) bool { return strings.TrimSpace(cell) != "" }) {
		return true // an empty row of a spreadsheet
	}
	row := bulkRow{number: r.number, cells: map[string]string{}}
	if len(r.rows) == maxBulkRows {
		r.problems = append(r.problems, invalid(row.field(""), fmt.Sprintf("the file has more than %d posts; send the rest in another file", maxBulkRows)))
		return false
	}
	if wrongCount {
		r.problems = append(r.problems, r.wrongCount(row, len(cells)))
		return true
	}
	for i, name := range r.columns {
		row.cells[name] = strings.Clone(cells[i])
	}
	r.rows = append(r.rows, row)
	return true
}

// fields returns the row as the JSON object of a post that appears at a time; zero: at once.
func (r bulkRow) fields(at time.Time) *fields {
	f := &fields{}
	set := func(key string, v any) {
		raw, _ := encode(v) // texts and lists of them always encode
		f.set(key, raw)
	}
	set("post", r.cells[columnPost])
	for _, column := range []string{columnPlatforms, columnMedia} {
		if list := splitCell(r.cells[column]); len(list) > 0 {
			set(column, list)
		}
	}
	if !at.IsZero() {
		set("scheduleDate", scheduleStamp(at))
	}
	return f
}

// splitCell reads a list within a cell: separated by commas, semicolons or spaces.
func splitCell(cell string) []string {
	return strings.FieldsFunc(cell, func(r rune) bool {
		return strings.ContainsRune(",; \t\r\n", r)
	})
}
