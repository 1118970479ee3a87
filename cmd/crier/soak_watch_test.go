package main

import (
	"bufio"
	"fmt"
	"io/fs"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// soakWatch follows what a server uses, and how long its answers take.
type soakWatch struct {
	metrics, database, spool string

	mu      sync.Mutex
	window  map[string][]time.Duration // since the last sample, by class
	samples []soakSample
}

// soakSample is how a server stands at one moment, by the name of the figure. A figure
// that the system does not tell is missing.
type soakSample map[string]float64

func newSoakWatch(metrics, database, spool string) *soakWatch {
	return &soakWatch{metrics: metrics, database: database, spool: spool, window: map[string][]time.Duration{}}
}

// took counts an answer.
func (w *soakWatch) took(class string, d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.window[class] = append(w.window[class], d)
}

// take adds a sample.
func (w *soakWatch) take(client *http.Client, posts int) error {
	const mib = 1 << 20
	sample := soakSample{"posts": float64(posts), "database": float64(sizeOf(w.database, w.database+"-wal")), "spool": float64(sizeOf(w.spool)) / mib}
	read, err := readMetrics(client, w.metrics)
	if err != nil {
		return err
	}
	for name, source := range map[string]struct {
		metric string
		unit   float64
	}{
		"rss": {"process_resident_memory_bytes", mib}, "heap": {"go_memstats_heap_alloc_bytes", mib},
		"goroutines": {"go_goroutines", 1}, "files": {"process_open_fds", 1},
	} {
		if value, told := read[source.metric]; told {
			sample[name] = value / source.unit
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for class, all := range w.window {
		slices.Sort(all)
		sample[class+"-p50"] = milliseconds(percentile(all, 50))
		sample[class+"-p99"] = milliseconds(percentile(all, 99))
	}
	clear(w.window)
	w.samples = append(w.samples, sample)
	return nil
}

// readMetrics reads the figures that have no labels.
func readMetrics(client *http.Client, url string) (map[string]float64, error) {
	res, err := client.Get(url) //nolint:noctx // the client has a time limit
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	read := map[string]float64{}
	lines := bufio.NewScanner(res.Body)
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), " ")
		if number, err := strconv.ParseFloat(value, 64); err == nil {
			read[name] = number
		}
	}
	return read, lines.Err()
}

// sizeOf adds up the sizes of files, and of what folders hold. What is not there has none.
func sizeOf(paths ...string) (sum int64) {
	for _, path := range paths {
		_ = filepath.WalkDir(path, func(_ string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return nil //nolint:nilerr // it has just been removed
			}
			if info, err := e.Info(); err == nil {
				sum += info.Size()
			}
			return nil
		})
	}
	return sum
}

// soakFigure is one column of the table, and how far it may grow from the second quarter
// of the time to the last one: to the factor, and by the slack besides. The first quarter
// is left out since a server has to warm up.
type soakFigure struct {
	title         string
	of            func([]soakSample) (float64, bool)
	factor, slack float64
}

func soakFigures() []soakFigure {
	return []soakFigure{
		{"Resident, MiB", medianOf("rss"), 1.2, 16},
		// What is left after a garbage collection is the lowest of many samples.
		{"Heap, MiB", lowestOf("heap"), 1.2, 6},
		{"Goroutines", medianOf("goroutines"), 1.2, 20},
		{"Open files", medianOf("files"), 1.2, 15},
		{"Spool, MiB", medianOf("spool"), 1.2, 20},
		{"Database, KiB a post", perPost, 1.3, 1},
		{"Scheduled post p50, ms", medianOf("scheduled-p50"), 1.5, 3},
		{"p99, ms", medianOf("scheduled-p99"), 2, 30},
		{"Immediate post p50, ms", medianOf("immediate-p50"), 1.5, 10},
		{"Read p50, ms", medianOf("read-p50"), 1.5, 3},
		{"p99, ms", medianOf("read-p99"), 2, 30},
	}
}

func valuesOf(samples []soakSample, name string) []float64 {
	var values []float64
	for _, s := range samples {
		if v, told := s[name]; told {
			values = append(values, v)
		}
	}
	slices.Sort(values)
	return values
}

func medianOf(name string) func([]soakSample) (float64, bool) {
	return func(samples []soakSample) (float64, bool) {
		values := valuesOf(samples, name)
		if len(values) == 0 {
			return 0, false
		}
		return values[len(values)/2], true
	}
}

func lowestOf(name string) func([]soakSample) (float64, bool) {
	return func(samples []soakSample) (float64, bool) {
		values := valuesOf(samples, name)
		if len(values) == 0 {
			return 0, false
		}
		return values[0], true
	}
}

// perPost is by how much the database grew for each post that was accepted meanwhile: it
// keeps them all.
func perPost(samples []soakSample) (float64, bool) {
	if len(samples) < 2 {
		return 0, false
	}
	first, last := samples[0], samples[len(samples)-1]
	posts := last["posts"] - first["posts"]
	return (last["database"] - first["database"]) / 1024 / posts, posts > 0
}

// quarters parts the samples by time.
func (w *soakWatch) quarters() [4][]soakSample {
	var out [4][]soakSample
	for i := range out {
		out[i] = w.samples[len(w.samples)*i/4 : len(w.samples)*(i+1)/4]
	}
	return out
}

// table shows the quarters in Markdown.
func (w *soakWatch) table() string {
	var b strings.Builder
	figures := soakFigures()
	b.WriteString("| Quarter | Posts |")
	for _, f := range figures {
		b.WriteString(" " + f.title + " |")
	}
	b.WriteString("\n|" + strings.Repeat("---|", len(figures)+2) + "\n")
	for i, quarter := range w.quarters() {
		posts, _ := medianOf("posts")(quarter[max(0, len(quarter)-1):])
		fmt.Fprintf(&b, "| %d | %.0f |", i+1, posts)
		for _, f := range figures {
			if value, told := f.of(quarter); told {
				fmt.Fprintf(&b, " %.3g |", value)
			} else {
				b.WriteString(" – |")
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}

// grown compares the second quarter with the last, and tells what grew.
func (w *soakWatch) grown() (problems []string) {
	quarters := w.quarters()
	for _, f := range soakFigures() {
		before, told := f.of(quarters[1])
		after, toldLater := f.of(quarters[3])
		if limit := before*f.factor + f.slack; told && toldLater && after > limit {
			problems = append(problems, fmt.Sprintf("%s grew from %.3g to %.3g; at most %.3g is allowed", f.title, before, after, limit))
		}
	}
	return problems
}

// TestSoakFindsGrowth holds the check against figures that grow, and that do not.
func TestSoakFindsGrowth(t *testing.T) {
	t.Parallel()
	series := func(figure func(i int) float64) *soakWatch {
		w := &soakWatch{}
		for i := range 40 {
			w.samples = append(w.samples, soakSample{"posts": float64(10 * i), "database": float64(i) * 1e5, "heap": figure(i)})
		}
		return w
	}
	for name, tc := range map[string]struct {
		heap  func(i int) float64
		grown bool
	}{
		"flat":      {func(int) float64 { return 50 }, false},
		"saw tooth": {func(i int) float64 { return 50 + 10*float64(i%7) }, false},
		"warms up":  {func(i int) float64 { return 50 + 5*float64(min(i, 10)) }, false},
		"leaks":     {func(i int) float64 { return 50 + 10*float64(i%7) + float64(i) }, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := series(tc.heap).grown(); (len(got) > 0) != tc.grown {
				t.Errorf("%q", got)
			}
		})
	}
}
