package sandbox_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

func TestReactions(t *testing.T) {
	t.Parallel()
	b := start(t)
	urn := b.post(nil)
	activity := activityOf(b, urn)
	comment := b.comment(urn, urn, "x", nil)
	react := func(status int, actor, root, kind string, edits ...edit) {
		t.Helper()
		b.want(status, "POST", "/rest/reactions?actor="+enc(actor), `{"root":"`+root+`","reactionType":"`+kind+`"}`, edits...)
	}
	john := token(sandbox.OtherToken)
	react(http.StatusCreated, sandbox.PageURN, urn, "LIKE")
	react(http.StatusCreated, sandbox.JohnURN, activity, "PRAISE", john)
	react(http.StatusCreated, sandbox.JohnURN, activity, "LIKE", john) // instead of the one before
	react(http.StatusCreated, sandbox.JaneURN, activity, "EMPATHY")
	react(http.StatusCreated, sandbox.JohnURN, comment.URN, "LIKE", john)
	react(http.StatusUnprocessableEntity, sandbox.JohnURN, activity, "MAYBE", john)
	react(http.StatusForbidden, sandbox.JohnURN, activity, "LIKE")
	react(http.StatusForbidden, sandbox.JaneURN, activity, "LIKE", token(sandbox.MemberToken))
	react(http.StatusNotFound, sandbox.JaneURN, "urn:li:share:1", "LIKE")
	b.want(http.StatusBadRequest, "POST", "/rest/reactions", `{"root":"`+urn+`","reactionType":"LIKE"}`)

	key := "/rest/reactions/(actor:" + enc(sandbox.JaneURN) + ",entity:" + enc(activity) + ")"
	var one struct{ Root, ReactionType string }
	b.want(http.StatusOK, "GET", key, "").decode(t, &one)
	if one.Root != activity || one.ReactionType != "EMPATHY" {
		t.Errorf("reaction %+v", one)
	}
	var page struct {
		Elements []struct{ Created struct{ Actor string } }
	}
	b.want(http.StatusOK, "GET", "/rest/reactions/(entity:"+enc(activity)+")?q=entity&sort=(value:CHRONOLOGICAL)&count=10", "").decode(t, &page)
	var actors []string
	for _, e := range page.Elements {
		actors = append(actors, e.Created.Actor)
	}
	if diff := cmp.Diff([]string{sandbox.PageURN, sandbox.JohnURN, sandbox.JaneURN}, actors); diff != "" {
		t.Error(diff)
	}
	b.want(http.StatusBadRequest, "GET", "/rest/reactions/(entity:"+enc(activity)+")?q=entity&sort=CHRONOLOGICAL", "")
	b.want(http.StatusBadRequest, "GET", "/rest/reactions/"+enc(activity), "")

	var meta any
	b.want(http.StatusOK, "GET", "/rest/socialMetadata/"+enc(urn), "").decode(t, &meta)
	want := m{
		"entity": urn, "commentsState": "OPEN", "commentSummary": m{"count": 1.0, "topLevelCount": 1.0},
		"reactionSummaries": m{"LIKE": m{"reactionType": "LIKE", "count": 2.0}, "EMPATHY": m{"reactionType": "EMPATHY", "count": 1.0}},
	}
	if diff := cmp.Diff(any(want), meta); diff != "" {
		t.Errorf("metadata (-want +got):\n%s", diff)
	}
	b.want(http.StatusNoContent, "DELETE", key, "")
	b.want(http.StatusNotFound, "DELETE", key, "")
	var batch struct {
		Results  map[string]struct{ ReactionSummaries m }
		Statuses map[string]int
	}
	b.want(http.StatusOK, "GET", "/rest/socialMetadata?ids=List("+enc(urn)+","+enc(comment.URN)+",urn%3Ali%3Ashare%3A1)", "").decode(t, &batch)
	if diff := cmp.Diff(map[string]int{urn: 200, comment.URN: 200, "urn:li:share:1": 404}, batch.Statuses); diff != "" {
		t.Error(diff)
	}
	if got := len(batch.Results[urn].ReactionSummaries); got != 1 {
		t.Errorf("%d kinds of reactions, want LIKE alone", got)
	}
	if p, _ := b.Post(urn); p.Reactions != 2 {
		t.Errorf("the post counts %d reactions", p.Reactions)
	}
	if c := b.Comments(urn)[0]; c.Reactions != 1 {
		t.Errorf("the comment counts %d reactions", c.Reactions)
	}
}

func TestCloseComments(t *testing.T) {
	t.Parallel()
	b := start(t)
	urn := b.post(nil)
	b.comment(urn, urn, "gone once they are closed", nil)
	patch, as := with("X-RestLi-Method", "PARTIAL_UPDATE"), "?actor="+enc(sandbox.PageURN)
	meta := "/rest/socialMetadata/" + enc(urn)
	state := func(word string) string { return `{"patch":{"$set":{"commentsState":"` + word + `"}}}` }
	b.want(http.StatusBadRequest, "POST", meta+as, state("CLOSED"))
	b.want(http.StatusUnprocessableEntity, "POST", meta+as, state("DELETED"), patch)
	b.want(http.StatusForbidden, "POST", meta, state("CLOSED"), patch)
	b.want(http.StatusForbidden, "POST", meta+as, state("CLOSED"), patch, token(sandbox.MemberToken))
	b.want(http.StatusBadRequest, "POST", "/rest/socialMetadata/"+enc("urn:li:comment:(urn:li:activity:1,2)")+as, state("CLOSED"), patch)
	b.want(http.StatusNotFound, "POST", "/rest/socialMetadata/"+enc("urn:li:share:1")+as, state("CLOSED"), patch)
	b.want(http.StatusNoContent, "POST", meta+as, state("CLOSED"), patch)
	if p, _ := b.Post(urn); p.CommentsState != "CLOSED" || p.Comments != 0 {
		t.Errorf("closed: %+v", p)
	}
	a := b.want(http.StatusForbidden, "POST", commentsPath(urn), said(urn, "x", nil))
	if !strings.Contains(a.body, "disabled") {
		t.Errorf("answer %s", a.body)
	}
	b.want(http.StatusNoContent, "POST", meta+as, state("OPEN"), patch)
	b.comment(urn, urn, "again", nil)
}

// Who may read what is said and thought of a post.
func TestFollowRules(t *testing.T) {
	t.Parallel()
	b := start(t)
	page := b.post(nil)
	jane := b.post(m{"author": sandbox.JaneURN})
	b.comment(page, page, "x", nil)
	for _, tt := range []struct {
		name, urn, token string
		status           int
	}{
		{"page", page, sandbox.PageToken, 200},
		{"person", jane, sandbox.PageToken, 200},
		{"page, self-serve app", page, sandbox.MemberToken, 403},
		{"person, self-serve app", jane, sandbox.MemberToken, 403},
		{"page, no role", page, sandbox.OtherToken, 403},
	} {
		b.want(tt.status, "GET", "/rest/socialMetadata/"+enc(tt.urn), "", token(tt.token))
		if tt.status == 403 {
			b.want(403, "GET", commentsPath(tt.urn), "", token(tt.token))
			b.want(403, "GET", "/rest/reactions/(entity:"+enc(tt.urn)+")?q=entity", "", token(tt.token))
		}
	}
}

// What was answered with 201 is not always shown.
func TestAcceptedAndNotShown(t *testing.T) {
	t.Parallel()
	b := start(t, func(o *sandbox.Options) { o.PublishTime = 30 * time.Second })
	if err := b.Next("POST /rest/posts", sandbox.Reject(time.Minute)); err != nil {
		t.Fatal(err)
	}
	refused := b.post(nil)
	shown := b.post(m{"commentary": "fine"})
	type look struct {
		Lifecycle string `json:"lifecycleState"`
		Info      struct {
			Review string `json:"reviewStatus"`
		} `json:"lifecycleStateInfo"`
	}
	for _, step := range []struct {
		after             time.Duration
		refused, shown    string
		review            string
		readers, readers2 int
	}{
		{0, "PUBLISH_REQUESTED", "PUBLISH_REQUESTED", "PROCESSING", 404, 404},
		{30 * time.Second, "PUBLISHED", "PUBLISHED", "PUBLISHED", 200, 200},
		{30 * time.Second, "PUBLISH_FAILED", "PUBLISHED", "FAILED", 404, 200},
	} {
		b.clock.Advance(step.after)
		for urn, want := range map[string]string{refused: step.refused, shown: step.shown} {
			var got look
			b.want(http.StatusOK, "GET", "/rest/posts/"+enc(urn)+"?viewContext=AUTHOR", "").decode(t, &got)
			if got.Lifecycle != want || (urn == refused && got.Info.Review != step.review) {
				t.Errorf("after %s: %+v, want %s", step.after, got, want)
			}
		}
		b.want(step.readers, "GET", "/rest/posts/"+enc(refused), "")
		b.want(step.readers2, "GET", "/rest/posts/"+enc(shown), "")
	}
	b.want(http.StatusNotFound, "POST", "/sandbox/reject", `{"post":"urn:li:share:1"}`)
	b.want(http.StatusNoContent, "POST", "/sandbox/reject", `{"post":"`+shown+`"}`)
	if p, _ := b.Post(shown); p.Lifecycle != "PUBLISH_FAILED" {
		t.Errorf("rejected by hand: %s", p.Lifecycle)
	}
	if page := b.want(http.StatusOK, "GET", "/feed/update/"+shown+"/", "").body; !strings.Contains(page, "PUBLISH_FAILED") {
		t.Error("the page does not say that readers do not see the post")
	}
}

func TestRejectFault(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.want(http.StatusBadRequest, "POST", "/sandbox/faults", `{"match":"* *","action":"reject","after":"soon"}`)
	b.want(http.StatusBadRequest, "POST", "/sandbox/faults", `{"match":"* *","action":"reject","after":"-1s"}`)
	a := b.want(http.StatusCreated, "POST", "/sandbox/faults", `{"match":"POST /rest/posts","action":"reject","after":"2m"}`)
	if !strings.Contains(a.body, `"after": "2m0s"`) {
		t.Errorf("faults %s", a.body)
	}
	urn := b.post(nil)
	b.clock.Advance(2 * time.Minute)
	if p, _ := b.Post(urn); p.Lifecycle != "PUBLISH_FAILED" {
		t.Errorf("state %s", p.Lifecycle)
	}
}
