package crashtest

import (
	"fmt"
	"strings"
	"time"
)

// Report is the outcome of a run.
type Report struct {
	Seed        uint64
	Kills       int
	Stops       int // in order, by SIGTERM
	Freezes     int // processes that stood still for longer than their leases
	StoreFaults int // rounds in which the way to the database was disturbed
	Duration    time.Duration
	Verdict
}

// Count counts the anomalies of a kind.
func (r Report) Count(f Fault) int {
	n := 0
	for _, a := range r.Anomalies {
		if a.Fault == f {
			n++
		}
	}
	return n
}

// Table writes reports as a table in Markdown.
func Table(reports ...Report) string {
	columns := []string{"Seed", "Kills", "Posts", "Published", "Cancelled", "Lost answers found out", "Uncertain", "Lost", "Doubled", "Wrong", "Duration"}
	var b strings.Builder
	fmt.Fprintf(&b, "| %s |\n|%s\n", strings.Join(columns, " | "), strings.Repeat("---:|", len(columns)))
	for _, r := range reports {
		fmt.Fprintf(&b, "| %d | %d | %d | %d | %d | %d | %d | %d | %d | %d | %s |\n", r.Seed, r.Kills, r.Posts, r.Published, r.Cancelled,
			r.FoundOut, r.Uncertain, r.Count(FaultLost), r.Count(FaultDoubled), r.Count(FaultWrong), r.Duration.Round(time.Second))
	}
	return b.String()
}
