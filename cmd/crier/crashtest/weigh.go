package crashtest

import (
	"fmt"
	"slices"

	"github.com/crier-social/crier/core"
)

// The states of a post, as Crier tells them.
const (
	statusSuccess = "success"
	statusDeleted = "deleted"
	statusError   = "error"
)

// evidence is all that is known of one post at the end.
type evidence struct {
	story story
	// stored are the ids of the posts with this number that Crier has.
	stored   []string
	said     told
	doubtful bool    // the answer to a create was lost
	sights   []sight // one for each account that it is for
}

// known tells whether a network has, or had, the post.
func (e evidence) known() bool {
	return slices.ContainsFunc(e.sights, func(s sight) bool { return len(s.ever) > 0 })
}

// of is what is told about one of the accounts that a post is for.
func (t told) of(accountID string) told {
	t.Code = 0
	t.PostIDs = slices.DeleteFunc(slices.Clone(t.PostIDs), func(p toldPost) bool { return p.AccountID != accountID })
	t.Errors = slices.DeleteFunc(slices.Clone(t.Errors), func(e toldError) bool { return e.AccountID != accountID })
	if t.Status == statusError && len(t.PostIDs) > 0 && len(t.Errors) == 0 {
		t.Status = statusSuccess // it failed elsewhere
	}
	return t
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

// weigh judges one post, at each account that it is for.
func weigh(e evidence) judgement {
	var all judgement
	all.weighIntake(e)
	for i, s := range e.sights {
		at := e
		at.said = e.said.of(s.outlet.id)
		j := judgement{}
		j.weighSight(at, s)
		all.published = j.published && (all.published || i == 0)
		all.cancelled, all.uncertain = all.cancelled || j.cancelled, all.uncertain || j.uncertain
		all.anomalies = append(all.anomalies, j.anomalies...)
	}
	return all
}

// weighSight judges a post at one account, of which e tells what was said.
func (j *judgement) weighSight(e evidence, s sight) {
	j.weighCopies(e, s)
	j.weighTimes(e, s)
	if len(e.stored) == 0 {
		return
	}
	switch e.said.Status {
	case statusSuccess:
		j.weighPublished(e, s)
	case statusDeleted:
		j.weighDeleted(e, s)
	case statusError:
		j.weighFailed(e, s)
	default:
		j.find(e, FaultWrong, "it has come to no end")
	}
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
	case len(e.stored) == 0 && e.known():
		j.find(e, FaultWrong, "it is on the network, and Crier knows nothing of it")
	case len(e.stored) == 1 && e.story.id != "" && e.stored[0] != e.story.id:
		j.find(e, FaultWrong, "its author was told the id %s, but it is %s", e.story.id, e.stored[0])
	case len(e.stored) == 1 && !e.story.sent:
		j.find(e, FaultWrong, "nobody has sent it, and Crier has it")
	}
}

// weighCopies counts what is on the network, and what would be were it not for the
// network's own look at duplicates.
func (j *judgement) weighCopies(e evidence, s sight) {
	if len(s.ever) > 1 {
		j.find(e, FaultDoubled, "it is %d times on the network", len(s.ever))
	} else if s.again > 0 && s.outlet.Reads {
		j.find(e, FaultDoubled, "it was sent %d times more after it had taken effect, and only the network kept it from appearing again", s.again)
	}
	if len(s.comments) > 1 {
		j.find(e, FaultDoubled, "its first comment is there %d times", len(s.comments))
	} else if s.commentsAgain > 0 {
		j.find(e, FaultDoubled, "its first comment was sent %d times more after it had taken effect", s.commentsAgain)
	}
}

// weighTimes holds when the post appeared against when it was to.
func (j *judgement) weighTimes(e evidence, s sight) {
	for _, p := range s.ever {
		if p.CreatedAt.Before(e.story.due) {
			j.find(e, FaultWrong, "it was due at %s, and is there since %s", e.story.due, p.CreatedAt)
		}
		if !p.Dated.IsZero() && p.Dated.Before(e.story.due) {
			j.find(e, FaultWrong, "it was due at %s, and says that it is of %s", e.story.due, p.Dated)
		}
		if from := e.story.heldFrom; !from.IsZero() && p.CreatedAt.After(from) && p.CreatedAt.Before(e.story.heldUntil) {
			j.find(e, FaultWrong, "it was held from %s to %s, and is there since %s", from, e.story.heldUntil, p.CreatedAt)
		}
	}
}

func (j *judgement) weighPublished(e evidence, s sight) {
	live := s.live()
	switch {
	case e.story.deleted:
		j.find(e, FaultWrong, "Crier said that it was deleted, and says that it is published")
	case len(live) == 0:
		j.find(e, FaultLost, "Crier says that it is published, and it is not there")
	case len(live) == 1:
		j.published = true
		j.weighNames(e, s, live[0])
		j.weighComment(e, s)
	}
}

// weighNames holds the ids that Crier tells, and what it was to show, against the network's post.
func (j *judgement) weighNames(e evidence, s sight, p Seen) {
	switch {
	case len(e.said.PostIDs) != 1 || e.said.PostIDs[0].ID != p.ID:
		j.find(e, FaultWrong, "it is %s on the network", p.ID)
	case p.Author != s.outlet.Author.ID:
		j.find(e, FaultWrong, "it appeared as a post of %s", p.Author)
	case !slices.Contains(e.story.texts, p.Text):
		j.find(e, FaultWrong, "it reads %q instead of %q", p.Text, e.story.texts)
	case p.Shows != s.shows:
		j.find(e, FaultWrong, "it shows %q instead of %q", p.Shows, s.shows)
	}
}

func (j *judgement) weighComment(e evidence, s sight) {
	if !e.story.post.Comment || len(e.said.PostIDs) != 1 {
		return
	}
	said := e.said.PostIDs[0].FirstComment
	switch {
	case said == nil || said.Status != statusSuccess:
		j.find(e, FaultWrong, "its first comment was not written, although it could be")
	case len(s.comments) == 0:
		j.find(e, FaultLost, "Crier says that its first comment is written, and it is not there")
	case len(s.comments) > 1: // told of already
	case s.comments[0].ID != said.CommentID:
		j.find(e, FaultWrong, "its first comment is %s on the network", s.comments[0].ID)
	case s.comments[0].Below != "" && s.comments[0].Below != e.said.PostIDs[0].ID:
		j.find(e, FaultWrong, "its first comment is below %s", s.comments[0].Below)
	}
}

func (j *judgement) weighDeleted(e evidence, s sight) {
	j.cancelled = true
	switch live := s.live(); {
	case len(live) > 0:
		j.find(e, FaultWrong, "Crier says that it is deleted, and it is there as %s", live[0].ID)
	case !e.story.askedToDelete:
		j.find(e, FaultLost, "nobody has asked for its deletion")
	}
}

// weighFailed allows of one reason only: that every create was left without an answer, to
// a token that cannot read.
func (j *judgement) weighFailed(e evidence, s sight) {
	unknowable := e.story.post.Trouble == TroubleSilent && !s.outlet.Reads
	switch live := s.live(); {
	case hasCode(e.said, core.CodeUncertain) && unknowable:
		j.uncertain = true
	case hasCode(e.said, core.CodeUncertain):
		j.find(e, FaultWrong, "Crier does not know what could be found out")
	case len(live) > 0:
		j.find(e, FaultWrong, "Crier says that it failed, and it is there as %s", live[0].ID)
	default:
		j.find(e, FaultLost, "it failed, although the trouble has ceased")
	}
}
