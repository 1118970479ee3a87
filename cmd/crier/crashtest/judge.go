package crashtest

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

// Verdict is what became of all posts.
type Verdict struct {
	Posts     int // that reached Crier
	Published int
	Cancelled int
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

// evidence is all that is known of one post at the end.
type evidence struct {
	story story
	// stored are the ids of the posts with this number that Crier has.
	stored   []string
	said     told
	doubtful bool           // the answer to a create was lost
	ever     []sandbox.Post // on the network, deleted ones included
	comments []sandbox.Comment
	// again counts the creates that reached the network after one had taken effect.
	again, commentsAgain int
	content              string // what the published post lacks
}

// live are the posts that are on the network still.
func (e evidence) live() []sandbox.Post {
	var list []sandbox.Post
	for _, p := range e.ever {
		if p.DeletedAt.IsZero() {
			list = append(list, p)
		}
	}
	return list
}

// judgement is what became of one post.
type judgement struct {
	published, cancelled, uncertain bool
	anomalies                       []Anomaly
}

func (j *judgement) find(e evidence, f Fault, format string, args ...any) {
	what := fmt.Sprintf(format, args...) + fmt.Sprintf("\n\t%+v\n\tCrier says %s", e.story.post, e.said)
	j.anomalies = append(j.anomalies, Anomaly{Fault: f, Number: e.story.post.Number, What: what})
}

// weigh judges one post.
func weigh(e evidence) judgement {
	var j judgement
	j.weighIntake(e)
	j.weighCopies(e)
	j.weighTimes(e)
	if len(e.stored) == 0 {
		return j
	}
	switch e.said.Status {
	case "success":
		j.weighPublished(e)
	case "deleted":
		j.weighDeleted(e)
	case "error":
		j.weighFailed(e)
	default:
		j.find(e, FaultWrong, "it has come to no end")
	}
	return j
}

// weighIntake holds what the author was answered against what Crier has.
func (j *judgement) weighIntake(e evidence) {
	for _, odd := range e.story.odd {
		j.find(e, FaultWrong, "its author was answered: %s", odd)
	}
	switch {
	case len(e.stored) > 1:
		j.find(e, FaultDoubled, "Crier has taken it %d times: %v", len(e.stored), e.stored)
	case len(e.stored) == 0 && e.story.id != "":
		j.find(e, FaultLost, "Crier has accepted it as %s and knows nothing of it", e.story.id)
	case len(e.stored) == 0 && len(e.ever) > 0:
		j.find(e, FaultWrong, "it is on the network, and Crier knows nothing of it")
	case len(e.stored) == 1 && e.story.id != "" && e.stored[0] != e.story.id:
		j.find(e, FaultWrong, "its author was told the id %s, but it is %s", e.story.id, e.stored[0])
	case len(e.stored) == 1 && !e.story.sent:
		j.find(e, FaultWrong, "nobody has sent it, and Crier has it")
	}
}

// weighCopies counts what is on the network, and what would be were it not for the
// network's own look at duplicates.
func (j *judgement) weighCopies(e evidence) {
	if len(e.ever) > 1 {
		j.find(e, FaultDoubled, "it is %d times on the network", len(e.ever))
	} else if e.again > 0 && Accounts()[e.story.post.Account].Reads {
		j.find(e, FaultDoubled, "it was sent %d times more after it had taken effect, and only the network kept it from appearing again", e.again)
	}
	if len(e.comments) > 1 {
		j.find(e, FaultDoubled, "its first comment is there %d times", len(e.comments))
	} else if e.commentsAgain > 0 {
		j.find(e, FaultDoubled, "its first comment was sent %d times more after it had taken effect", e.commentsAgain)
	}
}

// weighTimes holds when the post appeared against when it was to.
func (j *judgement) weighTimes(e evidence) {
	for _, p := range e.ever {
		if p.CreatedAt.Before(e.story.due) {
			j.find(e, FaultWrong, "it was due at %s, and is there since %s", e.story.due, p.CreatedAt)
		}
		if from := e.story.heldFrom; !from.IsZero() && p.CreatedAt.After(from) && p.CreatedAt.Before(e.story.heldUntil) {
			j.find(e, FaultWrong, "it was held from %s to %s, and is there since %s", from, e.story.heldUntil, p.CreatedAt)
		}
	}
}

func (j *judgement) weighPublished(e evidence) {
	live := e.live()
	switch {
	case e.story.deleted:
		j.find(e, FaultWrong, "Crier said that it was deleted, and says that it is published")
	case len(live) == 0:
		j.find(e, FaultLost, "Crier says that it is published, and it is not there")
	case len(live) == 1:
		j.published = true
		j.weighNames(e, live[0])
		j.weighComment(e)
	}
}

// weighNames holds the ids that Crier tells against those of the network.
func (j *judgement) weighNames(e evidence, p sandbox.Post) {
	switch {
	case len(e.said.PostIDs) != 1 || e.said.PostIDs[0].ID != p.URN:
		j.find(e, FaultWrong, "it is %s on the network", p.URN)
	case p.Author != Accounts()[e.story.post.Account].URN:
		j.find(e, FaultWrong, "it appeared as a post of %s", p.Author)
	case !slices.Contains(e.story.texts, p.DisplayText):
		j.find(e, FaultWrong, "it reads %q instead of %q", p.DisplayText, e.story.texts)
	case e.content != "":
		j.find(e, FaultWrong, "%s", e.content)
	}
}

func (j *judgement) weighComment(e evidence) {
	if !e.story.post.Comment || len(e.said.PostIDs) != 1 {
		return
	}
	said := e.said.PostIDs[0].FirstComment
	switch {
	case said == nil || said.Status != "success":
		j.find(e, FaultWrong, "its first comment was not written, although it could be")
	case len(e.comments) == 0:
		j.find(e, FaultLost, "Crier says that its first comment is written, and it is not there")
	case len(e.comments) == 1 && e.comments[0].URN != said.CommentID:
		j.find(e, FaultWrong, "its first comment is %s on the network", e.comments[0].URN)
	}
}

func (j *judgement) weighDeleted(e evidence) {
	j.cancelled = true
	switch live := e.live(); {
	case len(live) > 0:
		j.find(e, FaultWrong, "Crier says that it is deleted, and it is there as %s", live[0].URN)
	case !e.story.askedToDelete:
		j.find(e, FaultLost, "nobody has asked for its deletion")
	}
}

// weighFailed allows of one reason only: that every create was left without an answer, to
// a token that cannot read.
func (j *judgement) weighFailed(e evidence) {
	post := e.story.post
	unknowable := post.Trouble == TroubleSilent && !Accounts()[post.Account].Reads
	switch {
	case hasCode(e.said, core.CodeUncertain) && unknowable:
		j.uncertain = true
	case hasCode(e.said, core.CodeUncertain):
		j.find(e, FaultWrong, "Crier does not know what could be found out")
	case len(e.live()) > 0:
		j.find(e, FaultWrong, "Crier says that it failed, and it is there as %s", e.live()[0].URN)
	default:
		j.find(e, FaultLost, "it failed, although the trouble has ceased")
	}
}

// judge asks Crier about every post, stops it, and compares.
func (r *run) judge(ctx context.Context) (Verdict, error) {
	stored, err := r.stored(ctx)
	if err != nil {
		return Verdict{}, err
	}
	var v Verdict
	ever, comments := r.onNetwork()
	for _, s := range r.stories {
		n := s.post.Number
		e := evidence{
			story: *s, ever: ever[n], comments: comments[n],
			again: r.network.record.sentAgain(request{number: n}), commentsAgain: r.network.record.sentAgain(request{number: n, comment: true}),
		}
		for _, kept := range stored[n] {
			e.stored, e.doubtful = append(e.stored, kept.id), e.doubtful || kept.doubtful
		}
		if len(e.stored) > 0 {
			if status, err := r.client.do(ctx, call{method: http.MethodGet, path: "/post/" + e.stored[0]}, &e.said); err != nil || status != http.StatusOK {
				return Verdict{}, fmt.Errorf("GET /post/%s: %d %w", e.stored[0], status, err)
			}
		}
		if live := e.live(); len(live) == 1 {
			e.content = r.files.wrongContent(s.post.Kind, live[0], r.network.Video)
		}
		r.count(&v, e, weigh(e))
	}
	for n := range ever {
		if n >= len(r.stories) {
			v.Anomalies = append(v.Anomalies, Anomaly{Fault: FaultWrong, Number: n, What: "it is on the network, and nobody has sent it"})
		}
	}
	for _, what := range r.network.record.strange() {
		v.Anomalies = append(v.Anomalies, Anomaly{Fault: FaultWrong, Number: -1, What: what})
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
		&v.FoundOut: e.doubtful && !j.uncertain,
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

// onNetwork reads what the network has, by the number of the post.
func (r *run) onNetwork() (map[int][]sandbox.Post, map[int][]sandbox.Comment) {
	posts, comments := map[int][]sandbox.Post{}, map[int][]sandbox.Comment{}
	for _, p := range r.network.AllPosts() {
		n, ok := numberIn(p.DisplayText)
		if !ok {
			n = len(r.stories)
		}
		posts[n] = append(posts[n], p)
	}
	for _, c := range r.network.Comments("") {
		if n, ok := numberIn(c.Text); ok {
			comments[n] = append(comments[n], c)
		}
	}
	return posts, comments
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
