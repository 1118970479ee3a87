package crashtest

import (
	"context"
	"fmt"
	"net/http"
	"strings"
)

// Verdict is what became of all posts.
type Verdict struct {
	Posts     int // that reached Crier
	Published int
	Cancelled int
	About     int // published, and about an earlier post
	FoundOut  int // published or refused after the answer was lost
	Uncertain int // told so, where nobody could know better
	Anomalies []Anomaly
}

// Fault is a way of being wrong.
type Fault string

// The faults.
const (
	FaultLost    Fault = "lost"
	FaultDoubled Fault = "doubled"
	FaultWrong   Fault = "wrong"
)

// Anomaly is something that must not be.
type Anomaly struct {
	Fault  Fault
	Number int // of the post; -1: of none
	What   string
	Log    []string // what the processes wrote about it
}

// String implements fmt.Stringer.
func (a Anomaly) String() string {
	text := fmt.Sprintf("%s: no. %d: %s", a.Fault, a.Number, a.What)
	if len(a.Log) > 0 {
		text += "\n\t" + strings.Join(a.Log, "\n\t")
	}
	return text
}

// judge asks Crier about every post, stops it, and compares.
func (r *run) judge(ctx context.Context) (Verdict, error) {
	stored, err := r.stored(ctx)
	if err != nil {
		return Verdict{}, err
	}
	sights, err := r.look(ctx)
	if err != nil {
		return Verdict{}, err
	}
	v := Verdict{Anomalies: r.unexplained(sights)}
	for _, s := range r.stories {
		e := evidence{story: *s}
		for _, kept := range stored[s.post.Number] {
			e.stored, e.doubtful = append(e.stored, kept.id), e.doubtful || kept.doubtful
		}
		if len(e.stored) > 0 {
			if status, err := r.client.do(ctx, call{method: http.MethodGet, path: "/post/" + e.stored[0]}, &e.said); err != nil || status != http.StatusOK {
				return Verdict{}, fmt.Errorf("GET /post/%s: %d %w", e.stored[0], status, err)
			}
		}
		for _, place := range s.post.places() {
			e.sights = append(e.sights, r.sight(*s, r.outlets[place], sights))
		}
		r.count(&v, e, weigh(e))
	}
	return v, r.closeDown(ctx, &v)
}

func (r *run) count(v *Verdict, e evidence, j judgement) {
	for i := range j.anomalies {
		for _, id := range e.stored {
			j.anomalies[i].Log = append(j.anomalies[i].Log, r.machine.log.about(id, 30)...)
		}
	}
	v.Anomalies = append(v.Anomalies, j.anomalies...)
	for counter, counts := range map[*int]bool{
		&v.Posts: len(e.stored) > 0, &v.Published: j.published, &v.Cancelled: j.cancelled, &v.Uncertain: j.uncertain,
		&v.FoundOut: e.doubtful && !j.uncertain, &v.About: j.published && e.story.about != "",
	} {
		if counts {
			*counter++
		}
	}
}

// kept is what Crier has stored of a post.
type kept struct {
	id       string
	doubtful bool
}

// stored reads what Crier has, by the number of the post.
func (r *run) stored(ctx context.Context) (map[int][]kept, error) {
	db, err := r.open()
	if err != nil {
		return nil, err
	}
	defer func() { _ = db.Close() }()
	posts, err := everyPost(ctx, db)
	if err != nil {
		return nil, err
	}
	deliveries, err := everyDelivery(ctx, db)
	if err != nil {
		return nil, err
	}
	doubtful := map[string]bool{}
	for _, d := range deliveries {
		doubtful[d.PostID] = doubtful[d.PostID] || d.Doubtful
	}
	byNumber := map[int][]kept{}
	for _, p := range posts {
		n, ok := numberIn(p.Request.Text.Default)
		if !ok {
			n = -1
		}
		byNumber[n] = append(byNumber[n], kept{p.ID, doubtful[p.ID]})
	}
	return byNumber, nil
}

// closeDown stops the processes and looks at what they leave behind. What one leaves that
// was killed goes with the next start, so there is one more.
func (r *run) closeDown(ctx context.Context, v *Verdict) error {
	wrong := func(what string, details []string) {
		if len(details) > 0 {
			v.Anomalies = append(v.Anomalies, Anomaly{Fault: FaultWrong, Number: -1, What: what, Log: details})
		}
	}
	if err := r.machine.stopAll(); err != nil {
		return err
	}
	if err := r.start(ctx, r.crew()...); err != nil {
		return err
	}
	if err := r.machine.stopAll(); err != nil {
		return err
	}
	left, err := r.machine.leftovers()
	if err != nil {
		return err
	}
	wrong("files are left that nobody needs", left)
	wrong("a process had a data race", r.machine.log.about("DATA RACE", 5))
	wrong("a process panicked", r.machine.log.about("panic", 20))
	wrong("stranded deliveries had to be taken up again", r.machine.log.about("stranded deliveries were", 5))
	return nil
}
