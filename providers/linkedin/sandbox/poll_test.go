package sandbox_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

func answers(texts ...string) []m {
	out := make([]m, len(texts))
	for i, text := range texts {
		out[i] = m{"text": text}
	}
	return out
}

// pollContent is the content of a post with a poll; nil values take a field away.
func pollContent(change m) m {
	poll := m{"question": "Which?", "options": answers("A", "B"), "settings": m{"duration": "THREE_DAYS"}}
	for name, v := range change {
		poll[name] = v
		if v == nil {
			delete(poll, name)
		}
	}
	return m{"poll": poll}
}

func TestPollRules(t *testing.T) {
	t.Parallel()
	b := start(t)
	settings := func(name string, v any) m { return m{"settings": m{"duration": "ONE_DAY", name: v}} }
	for _, tt := range []struct {
		name    string
		change  m
		status  int
		code    string
		message string
	}{
		{"no question", m{"question": nil}, 422, "UNPROCESSABLE_ENTITY", "ERROR :: /content/poll/question :: field is required"},
		{"no settings", m{"settings": nil}, 422, "UNPROCESSABLE_ENTITY", "/content/poll/settings"},
		{"no duration", m{"settings": m{}}, 422, "UNPROCESSABLE_ENTITY", "/content/poll/settings/duration"},
		{"a duration of other adapters", settings("duration", "ONE_WEEK"), 422, "UNPROCESSABLE_ENTITY", "\"ONE_WEEK\" is not an enum symbol"},
		{"options as texts", m{"options": []string{"A", "B"}}, 422, "UNPROCESSABLE_ENTITY", "/content/poll/options/0"},
		{"votes in a create", m{"options": []m{{"text": "A", "voteCount": 1}, {"text": "B"}}}, 422, "UNPROCESSABLE_ENTITY", "ReadOnly field present in a create request"},
		{"voters in a create", m{"uniqueVotersCount": 1}, 422, "UNPROCESSABLE_ENTITY", "ReadOnly"},
		{"blank question", m{"question": " "}, 400, "INVALID_VALUE_BLANK_FIELD", "question can't be blank"},
		{"long question", m{"question": strings.Repeat("a", 141)}, 400, "FIELD_LENGTH_TOO_LONG", "question length 141 exceeds maximum 140"},
		{"one option", m{"options": answers("A")}, 400, "INVALID_VALUE_FOR_FIELD", "allowed are 2 to 4"},
		{"five options", m{"options": answers("A", "B", "C", "D", "E")}, 400, "INVALID_VALUE_FOR_FIELD", "allowed are 2 to 4"},
		{"long option", m{"options": answers("A", strings.Repeat("b", 31))}, 400, "FIELD_LENGTH_TOO_LONG", "length 31 exceeds maximum 30"},
		{"blank option", m{"options": answers("A", "")}, 400, "INVALID_VALUE_BLANK_FIELD", "options/text"},
		{"the same option twice", m{"options": answers("A", "B", "A")}, 400, "INVALID_VALUE_FOR_FIELD", "twice"},
		{"several votes", settings("voteSelectionType", "MULTIPLE_VOTE"), 400, "INVALID_VALUE_FOR_FIELD", "voteSelectionType"},
		{"hidden voters", settings("isVoterVisibleToAuthor", false), 400, "INVALID_VALUE_FOR_FIELD", "isVoterVisibleToAuthor"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := b.do("POST", "/rest/posts", body(m{"content": pollContent(tt.change)}))
			if e := a.problem(t); a.status != tt.status || e.Code != tt.code || !strings.Contains(e.Message, tt.message) {
				t.Errorf("%d %s", a.status, a.body)
			}
		})
	}
}

func TestPollIsShownWithItsVotes(t *testing.T) {
	t.Parallel()
	b := start(t)
	urn := b.post(m{"commentary": "", "content": pollContent(m{"settings": m{"duration": "ONE_DAY", "voteSelectionType": "SINGLE_VOTE", "isVoterVisibleToAuthor": true}})})
	if !strings.HasPrefix(urn, "urn:li:ugcPost:") {
		t.Errorf("URN %s", urn)
	}
	for range 3 {
		if err := b.Vote(urn, 1); err != nil {
			t.Fatal(err)
		}
	}
	b.want(http.StatusCreated, "POST", "/sandbox/posts/"+urn+"/votes", `{"option":0}`)
	post, _ := b.Post(urn)
	want := &sandbox.Poll{
		Question: "Which?", Options: []sandbox.PollOption{{Text: "A", Votes: 1}, {Text: "B", Votes: 3}}, Voters: 4,
		EndsAt: coretest.Epoch().Add(24 * time.Hour),
	}
	if diff := cmp.Diff(want, post.Poll); diff != "" {
		t.Error(diff)
	}
	var read struct {
		Content struct {
			Poll struct {
				Question          string
				UniqueVotersCount int
				Options           []struct {
					Text            string
					VoteCount       int
					IsVotedByViewer *bool
				}
				Settings m
			}
		}
	}
	b.want(http.StatusOK, "GET", "/rest/posts/"+enc(urn), "").decode(t, &read)
	poll := read.Content.Poll
	if poll.UniqueVotersCount != 4 || len(poll.Options) != 2 || poll.Options[1].VoteCount != 3 || poll.Options[0].IsVotedByViewer == nil || poll.Settings["duration"] != "ONE_DAY" {
		t.Errorf("%+v", poll)
	}
	page := b.want(http.StatusOK, "GET", "/feed/update/"+urn+"/", "").body
	for _, part := range []string{"Which?", "75 %", "4 votes"} {
		if !strings.Contains(page, part) {
			t.Errorf("the page lacks %q", part)
		}
	}
}

func TestVoteProblems(t *testing.T) {
	t.Parallel()
	b := start(t)
	text := b.post(m{"commentary": "no poll"})
	urn := b.post(m{"commentary": "poll", "content": pollContent(m{"settings": m{"duration": "ONE_DAY"}})})
	for _, tt := range []struct {
		urn    string
		option int
		want   string
	}{
		{"urn:li:share:1", 0, "no such post"},
		{text, 0, "no poll"},
		{urn, -1, "the options 0 to 1"},
		{urn, 2, "the options 0 to 1"},
	} {
		if err := b.Vote(tt.urn, tt.option); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s, %d: %v", tt.urn, tt.option, err)
		}
	}
	b.clock.Advance(24 * time.Hour)
	if err := b.Vote(urn, 0); err == nil || !strings.Contains(err.Error(), "ended") {
		t.Errorf("after its end: %v", err)
	}
}
