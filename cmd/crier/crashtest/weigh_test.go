package crashtest

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
)

const (
	remoteID  = "urn:li:share:7"
	accountID = "A"
	otherID   = "B"
)

// byReader and byNonReader are accounts whose tokens can look for a post, and cannot.
func byReader() outlet {
	return outlet{Account: Account{Reads: true, Comments: true}, Author: Author{ID: "urn:li:organization:1"}, id: accountID}
}

func byNonReader() outlet {
	return outlet{Author: Author{ID: "urn:li:person:1"}, id: accountID}
}

// published is the evidence of a post with which all is well.
func published(change ...func(*evidence)) evidence {
	e := evidence{
		story: story{
			post: Post{Number: 7, Kind: KindText, Trouble: TroubleNone}, sent: true, id: "P",
			texts: []string{"as meant"},
		},
		stored: []string{"P"},
		said:   told{Status: "success", ID: "P", PostIDs: []toldPost{{ID: remoteID, AccountID: accountID}}},
		sights: []sight{{outlet: byReader(), ever: []Seen{{ID: remoteID, Author: byReader().Author.ID, Text: "as meant", CreatedAt: time.Unix(100, 0)}}}},
	}
	for _, fn := range change {
		fn(&e)
	}
	return e
}

func withComment(e *evidence) {
	e.story.post.Comment = true
	e.said.PostIDs[0].FirstComment = &toldComment{Status: "success", CommentID: "c"}
	e.sights[0].comments = []SeenComment{{ID: "c"}}
}

// elsewhere makes it a post that another network has as well.
func elsewhere(e *evidence) {
	e.said.PostIDs = append(e.said.PostIDs, toldPost{ID: "at://b/7", AccountID: otherID})
	e.sights = append(e.sights, sight{
		outlet: outlet{Account: Account{Reads: true}, Author: Author{ID: "b"}, id: otherID},
		ever:   []Seen{{ID: "at://b/7", Author: "b", Text: "as meant", CreatedAt: time.Unix(101, 0)}},
	})
}

func deleted(e *evidence) {
	e.story.askedToDelete, e.story.deleted, e.said = true, true, told{Status: "deleted"}
	e.sights[0].ever[0].DeletedAt = time.Unix(200, 0)
}

func uncertain(e *evidence) {
	e.said = told{Status: "error", Errors: []toldError{{Code: core.CodeUncertain, AccountID: accountID}}}
}

func silent(o outlet) func(*evidence) {
	return func(e *evidence) { e.sights[0].outlet, e.story.post.Trouble = o, TroubleSilent }
}

func TestWeigh(t *testing.T) {
	t.Parallel()
	type change = func(*evidence)
	for _, tt := range []struct {
		name    string
		changes []change
		want    []Fault
	}{
		{name: "published"},
		{name: "published with its comment", changes: []change{withComment}},
		{name: "deleted", changes: []change{deleted}},
		{name: "deleted before it went out", changes: []change{deleted, func(e *evidence) { e.sights[0].ever = nil }}},
		{name: "unanswered, and not there", changes: []change{func(e *evidence) { *e = evidence{story: story{post: e.story.post, sent: true}} }}},
		{name: "unanswered, and published", changes: []change{func(e *evidence) { e.story.id = "" }}},
		{name: "before it was held", changes: []change{func(e *evidence) { e.story.heldFrom, e.story.heldUntil = time.Unix(101, 0), time.Unix(102, 0) }}},
		{name: "with either text", changes: []change{func(e *evidence) { e.story.texts = []string{"corrected", "as meant"} }}},
		{name: "its comment is known to be below it", changes: []change{withComment, func(e *evidence) { e.sights[0].comments[0].Below = remoteID }}},
		{name: "at two accounts", changes: []change{elsewhere}},
		{name: "deleted at two accounts", changes: []change{elsewhere, deleted, func(e *evidence) { e.sights[1].ever = nil }}},
		{name: "uncertain where nobody can know", changes: []change{uncertain, silent(byNonReader())}},
		{name: "sent again by a token that cannot read", changes: []change{func(e *evidence) {
			e.sights[0].again, e.sights[0].outlet, e.sights[0].ever[0].Author = 1, byNonReader(), byNonReader().Author.ID
		}}},

		{"not on the network", []change{func(e *evidence) { e.sights[0].ever = nil }}, []Fault{FaultLost}},
		{"unknown to Crier", []change{func(e *evidence) { e.stored, e.sights[0].ever = nil, nil }}, []Fault{FaultLost}},
		{"on the network, unknown to Crier", []change{func(e *evidence) { e.stored, e.story.id = nil, "" }}, []Fault{FaultWrong}},
		{"failed", []change{func(e *evidence) { e.said, e.sights[0].ever = told{Status: "error"}, nil }}, []Fault{FaultLost}},
		{"deleted by nobody", []change{deleted, func(e *evidence) { e.story.askedToDelete = false }}, []Fault{FaultLost}},
		{"comment gone", []change{withComment, func(e *evidence) { e.sights[0].comments = nil }}, []Fault{FaultLost}},

		{"twice on the network", []change{func(e *evidence) { e.sights[0].ever = append(e.sights[0].ever, e.sights[0].ever[0]) }}, []Fault{FaultDoubled}},
		{"twice, one of them deleted since", []change{func(e *evidence) {
			e.sights[0].ever = append(slices.Clone(e.sights[0].ever), e.sights[0].ever[0])
			e.sights[0].ever[0].DeletedAt = time.Unix(200, 0)
		}}, []Fault{FaultDoubled}},
		{"sent again", []change{func(e *evidence) { e.sights[0].again = 1 }}, []Fault{FaultDoubled}},
		{"taken twice", []change{func(e *evidence) { e.stored = []string{"P", "Q"} }}, []Fault{FaultDoubled}},
		{"two comments", []change{withComment, func(e *evidence) { e.sights[0].comments = append(e.sights[0].comments, SeenComment{}) }}, []Fault{FaultDoubled}},
		{"comment sent again", []change{withComment, func(e *evidence) { e.sights[0].commentsAgain = 1 }}, []Fault{FaultDoubled}},

		{"too early", []change{func(e *evidence) { e.story.due = time.Unix(101, 0) }}, []Fault{FaultWrong}},
		{"dated too early", []change{func(e *evidence) { e.story.due, e.sights[0].ever[0].Dated = time.Unix(100, 0), time.Unix(99, 0) }}, []Fault{FaultWrong}},
		{"while it was held", []change{func(e *evidence) { e.story.heldFrom, e.story.heldUntil = time.Unix(99, 0), time.Unix(101, 0) }}, []Fault{FaultWrong}},
		{"with another text", []change{func(e *evidence) { e.story.texts = []string{"corrected"} }}, []Fault{FaultWrong}},
		{"under another id", []change{func(e *evidence) { e.sights[0].ever[0].ID = "urn:li:share:8" }}, []Fault{FaultWrong}},
		{"by somebody else", []change{func(e *evidence) { e.sights[0].ever[0].Author = "urn:li:person:x" }}, []Fault{FaultWrong}},
		{"with another content", []change{func(e *evidence) { e.sights[0].shows = showsImage }}, []Fault{FaultWrong}},
		{"told another id", []change{func(e *evidence) { e.stored = []string{"Q"} }}, []Fault{FaultWrong}},
		{"answered oddly", []change{func(e *evidence) { e.story.odd = []string{"what?"} }}, []Fault{FaultWrong}},
		{"open", []change{func(e *evidence) { e.said.Status = "processing" }}, []Fault{FaultWrong}},
		{"failed, and there", []change{func(e *evidence) { e.said = told{Status: "error"} }}, []Fault{FaultWrong}},
		{"deleted, and there", []change{deleted, func(e *evidence) { e.sights[0].ever[0].DeletedAt = time.Time{} }}, []Fault{FaultWrong}},
		{"published after its deletion", []change{func(e *evidence) { e.story.deleted = true }}, []Fault{FaultWrong}},
		{"uncertain without need", []change{uncertain}, []Fault{FaultWrong}},
		{"uncertain although the token reads", []change{uncertain, silent(byReader())}, []Fault{FaultWrong}},
		{"comment not written", []change{withComment, func(e *evidence) { e.said.PostIDs[0].FirstComment.Status = "error" }}, []Fault{FaultWrong}},
		{"comment below another post", []change{withComment, func(e *evidence) { e.sights[0].comments[0].Below = "d" }}, []Fault{FaultWrong}},
		{"missing at the other account", []change{elsewhere, func(e *evidence) { e.sights[1].ever = nil }}, []Fault{FaultLost}},
		{"twice at the other account", []change{elsewhere, func(e *evidence) { e.sights[1].ever = append(e.sights[1].ever, e.sights[1].ever[0]) }}, []Fault{FaultDoubled}},
		{"failed at the other account", []change{elsewhere, func(e *evidence) {
			e.said.Status, e.said.PostIDs, e.said.Errors = statusError, e.said.PostIDs[:1], []toldError{{AccountID: otherID}}
			e.sights[1].ever = nil
		}}, []Fault{FaultLost}},
		{"uncertain at the other account", []change{elsewhere, func(e *evidence) {
			e.said.Status, e.said.PostIDs, e.said.Errors = statusError, e.said.PostIDs[:1], []toldError{{Code: core.CodeUncertain, AccountID: otherID}}
		}}, []Fault{FaultWrong}},
		{"named by the other account's id", []change{elsewhere, func(e *evidence) { e.said.PostIDs[1].ID = remoteID }}, []Fault{FaultWrong}},
		{"comment under another id", []change{withComment, func(e *evidence) { e.sights[0].comments[0].ID = "d" }}, []Fault{FaultWrong}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			j := weigh(published(tt.changes...))
			var got []Fault
			for _, a := range j.anomalies {
				got = append(got, a.Fault)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("faults (-want +got):\n%s%v", diff, j.anomalies)
			}
		})
	}
}

func TestWeighCounts(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		e    evidence
		want judgement
	}{
		{"published", published(), judgement{published: true}},
		{"published at two accounts", published(elsewhere), judgement{published: true}},
		{"deleted", published(deleted), judgement{cancelled: true}},
		{"uncertain", published(uncertain, silent(byNonReader())), judgement{uncertain: true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, weigh(tt.e), cmp.AllowUnexported(judgement{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
