package sandbox

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Limits of a poll; lengths in UTF-16 code units.
const (
	maxPollQuestion = 140
	maxPollOption   = 30
	minPollOptions  = 2
	maxPollOptions  = 4
)

// poll is the poll of a post as it came.
type poll struct {
	question string
	options  []string
	settings map[string]any
}

func pollOf(content map[string]any) (poll, bool) {
	m := mapIn(content, "poll")
	out := poll{question: stringIn(m, "question"), settings: mapIn(m, "settings")}
	items, _ := m["options"].([]any)
	for _, item := range items {
		option, _ := item.(map[string]any)
		out.options = append(out.options, stringIn(option, "text"))
	}
	return out, m != nil
}

// lifetime is how long a poll is open.
func (p poll) lifetime() time.Duration {
	days := map[string]int{"ONE_DAY": 1, "THREE_DAYS": 3, "SEVEN_DAYS": 7, "FOURTEEN_DAYS": 14}
	return time.Duration(days[stringIn(p.settings, "duration")]) * 24 * time.Hour
}

// checkPoll checks a poll. Its settings allow one way of voting alone, although their
// types have others.
func checkPoll(content map[string]any) *problem {
	p, _ := pollOf(content)
	if bad := checkPollText("question", p.question, maxPollQuestion); bad != nil {
		return bad
	}
	if n := len(p.options); n < minPollOptions || n > maxPollOptions {
		return invalidField("INVALID_VALUE_FOR_FIELD", "options",
			"options can't be set to %d items; allowed are %d to %d", n, minPollOptions, maxPollOptions)
	}
	for i, option := range p.options {
		if bad := checkPollText("options/text", option, maxPollOption); bad != nil {
			return bad
		}
		if slices.Contains(p.options[:i], option) {
			return valueForField("options", "the same text twice")
		}
	}
	if kind := stringIn(p.settings, "voteSelectionType"); kind == "MULTIPLE_VOTE" {
		return valueForField("voteSelectionType", kind)
	}
	if visible, given := p.settings["isVoterVisibleToAuthor"].(bool); given && !visible {
		return valueForField("isVoterVisibleToAuthor", "false")
	}
	return nil
}

func checkPollText(field, text string, limit int) *problem {
	if strings.TrimSpace(text) == "" {
		return invalidField("INVALID_VALUE_BLANK_FIELD", field, "%s can't be blank", field)
	}
	if n := utf16Length(text); n > limit {
		return tooLong(field, n, limit)
	}
	return nil
}

// Poll is a poll as readers see it.
type Poll struct {
	Question string       `json:"question"`
	Options  []PollOption `json:"options"`
	Voters   int          `json:"voters"`
	EndsAt   time.Time    `json:"endsAt"`
}

// PollOption is one answer of a poll.
type PollOption struct {
	Text  string `json:"text"`
	Votes int    `json:"votes"`
}

// Share is the votes of an option in percent.
func (p Poll) Share(o PollOption) int {
	if p.Voters == 0 {
		return 0
	}
	return 100 * o.Votes / p.Voters
}

// showPoll returns the poll of a post, nil if it has none. The caller holds the lock.
func showPoll(p *post) *Poll {
	poll, has := pollOf(p.content)
	if !has {
		return nil
	}
	out := &Poll{Question: poll.question, EndsAt: p.created.Add(poll.lifetime())}
	for i, text := range poll.options {
		out.Options = append(out.Options, PollOption{Text: text, Votes: p.votes[i]})
		out.Voters += p.votes[i]
	}
	return out
}

// Vote adds the vote of somebody for an option of a poll, counted from 0.
func (s *Sandbox) Vote(urn string, option int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, bad := s.livePost(urn)
	if bad != nil {
		return errors.New("no such post; GET /sandbox/posts lists every one")
	}
	poll := showPoll(p)
	switch {
	case poll == nil:
		return errors.New("the post has no poll")
	case option < 0 || option >= len(poll.Options):
		return fmt.Errorf("option: the poll has the options 0 to %d", len(poll.Options)-1)
	case !s.opts.Clock.Now().Before(poll.EndsAt):
		return errors.New("the poll has ended")
	}
	if p.votes == nil {
		p.votes = map[int]int{}
	}
	p.votes[option]++
	return nil
}

// readContent is the content of a post as the API shows it: a poll with its votes.
func (p *post) readContent() map[string]any {
	shown := showPoll(p)
	if shown == nil {
		return p.content
	}
	out := maps.Clone(mapIn(p.content, "poll"))
	options := make([]any, len(shown.Options))
	for i, o := range shown.Options {
		options[i] = map[string]any{"text": o.Text, "voteCount": o.Votes, "isVotedByViewer": false}
	}
	out["options"], out["uniqueVotersCount"] = options, shown.Voters
	return map[string]any{"poll": out}
}
