package api

import (
	"testing"
	"time"
	"unicode/utf8"
)

// FuzzReadBulk reads files of strangers: whatever they have, every row has its number, and
// no text but what is in the file.
func FuzzReadBulk(f *testing.F) {
	for _, seed := range []string{
		"post,platforms\nHello,linkedin\n", "\ufeffplatforms,post\r\n\"a;b\",\"x\n\"\"y\"\"\"\r\n\r\n,\r\n", "post;platforms\n", "post,platforms\n\"", "post,platforms\n\n\n a , b \nc\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		rows, problems := readBulk(data)
		if len(rows) == 0 && len(problems) == 0 {
			t.Error("neither rows nor problems")
		}
		last := 1
		for _, row := range rows {
			if row.number <= last {
				t.Errorf("row %d follows row %d", row.number, last)
			}
			last = row.number
			for name, cell := range row.cells {
				if len(cell) > len(data) || !utf8.ValidString(cell) {
					t.Errorf("the cell %s has %q", name, cell)
				}
			}
			if f := row.fields(time.Time{}); len(f.keys) == 0 || f.keys[0] != "post" {
				t.Errorf("row %d became %v", row.number, f.keys)
			}
		}
		for _, e := range problems {
			if e.Field == "" || e.Message == "" {
				t.Errorf("problem %+v names no field", e)
			}
		}
	})
}
