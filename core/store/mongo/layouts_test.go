package mongo

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"
)

var update = flag.Bool("update", false, "bring the tables of docs/mongodb.md up to date")

func documentation() string { return filepath.Join("..", "..", "..", "docs", "mongodb.md") }

// TestDocumentedLayouts holds the tables of docs/mongodb.md against the layouts. What a
// collection holds and what an index serves is written there by hand; all else follows from
// the layouts.
func TestDocumentedLayouts(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(documentation())
	if err != nil {
		t.Fatal(err)
	}
	doc := string(raw)
	for _, section := range []struct {
		name  string
		write func(old string) string
	}{
		{"collections", collectionTable}, {"indexes", indexTable}, {"sharding", shardCommands},
	} {
		begin, end := fmt.Sprintf("<!-- %s: begin -->\n", section.name), fmt.Sprintf("<!-- %s: end -->", section.name)
		before, rest, found := strings.Cut(doc, begin)
		old, after, ended := strings.Cut(rest, end)
		if !found || !ended {
			t.Fatalf("there is no %q with a %q after it", begin, end)
		}
		want := section.write(old)
		if strings.Contains(want, "|  |") {
			t.Errorf("a cell of the %s is empty: say there what the collection holds, what bounds its documents, or what the index serves", section.name)
		}
		if diff := cmp.Diff(old, want); diff != "" && !*update {
			t.Errorf("the %s are not those of the layouts: run this test with -update (-is +should be):\n%s", section.name, diff)
		}
		doc = before + begin + want + end + after
	}
	if *update {
		if err := os.WriteFile(documentation(), []byte(doc), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// collectionTable lists the collections with what old says of each.
func collectionTable(old string) string {
	said := cells(old)
	var b strings.Builder
	b.WriteString("| Collection | A document is | Bounded by | Shard key |\n|---|---|---|---|\n")
	for _, l := range layouts() {
		name, key := code(l.name), "none: on one shard"
		if len(l.shardKey) > 0 {
			key = code(keysOf(l.shardKey))
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", name, cell(said[name], 1), cell(said[name], 2), key)
	}
	return b.String()
}

// indexTable lists the indexes with what old says of each.
func indexTable(old string) string {
	said := cells(old)
	var b strings.Builder
	b.WriteString("| Index | Fields | Serves |\n|---|---|---|\n")
	for _, l := range layouts() {
		for _, x := range l.indexes {
			kind := ""
			if x.unique {
				kind += ", unique"
			}
			if x.sparse {
				kind += ", sparse"
			}
			name := code(x.name)
			fmt.Fprintf(&b, "| %s | %s%s | %s |\n", name, code(keysOf(x.keys)), kind, cell(said[name], 2))
		}
	}
	return b.String()
}

// shardCommands are what mongosh is told to shard the collections that may be.
func shardCommands(string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "```js\nsh.enableSharding(%q)\n", defaultDatabase)
	for _, l := range layouts() {
		if len(l.shardKey) > 0 {
			fmt.Fprintf(&b, "sh.shardCollection(%q, %s)\n", defaultDatabase+"."+l.name, keysOf(l.shardKey))
		}
	}
	b.WriteString("```\n")
	return b.String()
}

// cells reads the rows of a table, by their first cell.
func cells(table string) map[string][]string {
	rows := map[string][]string{}
	for line := range strings.Lines(table) {
		row := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		for i := range row {
			row[i] = strings.TrimSpace(row[i])
		}
		rows[row[0]] = row
	}
	return rows
}

func cell(row []string, i int) string {
	if i >= len(row) {
		return ""
	}
	return row[i]
}

func code(s string) string { return "`" + s + "`" }

// keysOf writes the keys as mongosh reads them.
func keysOf(keys bson.D) string {
	fields := make([]string, len(keys))
	for i, k := range keys {
		name := k.Key
		if strings.Contains(name, ".") {
			name = fmt.Sprintf("%q", name)
		}
		if s, ok := k.Value.(string); ok {
			k.Value = fmt.Sprintf("%q", s)
		}
		fields[i] = fmt.Sprintf("%s: %v", name, k.Value)
	}
	return "{" + strings.Join(fields, ", ") + "}"
}

// TestLayoutsCanBeSharded: what MongoDB asks of unique indexes in a sharded collection.
// https://www.mongodb.com/docs/manual/core/sharding-shard-key/#unique-indexes
func TestLayoutsCanBeSharded(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, l := range layouts() {
		if seen[l.name] {
			t.Errorf("there are two layouts of %s", l.name)
		}
		seen[l.name] = true
		for _, x := range l.indexes {
			if seen[x.name] || !strings.HasPrefix(x.name, l.name+"_") {
				t.Errorf("%s: the name %s is taken, or does not begin with that of its collection", l.name, x.name)
			}
			seen[x.name] = true
			if n := len(l.shardKey); x.unique && n > 0 && (len(x.keys) < n || !slices.Equal(x.keys[:n], l.shardKey)) {
				t.Errorf("%s: %s is unique and does not begin with the shard key", l.name, x.name)
			}
		}
	}
}

// TestMigrateCreatesIndexes compares the indexes on the server with the layouts.
func TestMigrateCreatesIndexes(t *testing.T) {
	t.Parallel()
	s := opened(t)
	must(t, s.Migrate(t.Context())) // again: all is there
	for _, l := range layouts() {
		if len(l.indexes) == 0 {
			continue
		}
		got := map[string]string{}
		specs, err := s.db.Collection(l.name).Indexes().ListSpecifications(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range specs {
			var keys bson.D
			if err := bson.Unmarshal(x.KeysDocument, &keys); err != nil {
				t.Fatal(err)
			}
			got[x.Name] = fmt.Sprint(keysOf(keys), isTrue(x.Unique), isTrue(x.Sparse))
		}
		delete(got, "_id_")
		want := map[string]string{}
		for _, x := range l.indexes {
			want[x.name] = fmt.Sprint(keysOf(x.keys), x.unique, x.sparse)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", l.name, diff)
		}
	}
}

func isTrue(b *bool) bool { return b != nil && *b }
