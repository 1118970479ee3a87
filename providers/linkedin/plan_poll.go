package linkedin

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/internal/options"
	"github.com/crier-social/crier/providers/linkedin/api"
)

// The limits of a poll; lengths in characters.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/poll-post-api
const (
	maxPollQuestion = 140
	maxPollOption   = 30
	minPollOptions  = 2
	maxPollOptions  = 4
)

// defaultPollDays is for how long a poll is open that does not say it, as on LinkedIn's
// own site.
const defaultPollDays = 7

// poll is the poll of a post.
type poll = api.Poll

// pollOptions is linkedInOptions.poll.
type pollOptions struct {
	Question string          `json:"question"`
	Options  []string        `json:"options"`
	Duration json.RawMessage `json:"duration"`
}

// planPoll reads the option poll.
func planPoll(raw json.RawMessage) (*poll, core.Errors) {
	var o pollOptions
	if problems := core.AsErrors(options.Decode(raw, pollField, &o)); len(problems) > 0 {
		return nil, problems
	}
	p := &poll{
		Question: strings.TrimSpace(o.Question),
		Settings: api.PollSettings{VoteSelectionType: api.PollSingleVote, IsVoterVisibleToAuthor: true},
	}
	var problems core.Errors
	problems = append(problems, checkPresent(pollField+".question", p.Question, maxPollQuestion)...)
	problems = append(problems, checkPollOptions(o.Options)...)
	for _, text := range o.Options {
		p.Options = append(p.Options, api.PollOption{Text: strings.TrimSpace(text)})
	}
	duration, e := pollDuration(o.Duration)
	if e != nil {
		problems = append(problems, e)
	}
	p.Settings.Duration = duration
	return p, problems
}

// checkPresent checks a text that must not be empty.
func checkPresent(field, text string, limit int) core.Errors {
	if text == "" {
		return core.Errors{invalid(field, fmt.Sprintf("%s is missing: LinkedIn wants 1 to %d characters.", field, limit))}
	}
	if strings.ContainsFunc(text, unicode.IsControl) {
		return core.Errors{invalid(field, field+" must be one line, without control characters.")}
	}
	return checkLength(field, text, limit)
}

func checkPollOptions(texts []string) core.Errors {
	const field = pollField + ".options"
	if len(texts) < minPollOptions || len(texts) > maxPollOptions {
		return core.Errors{invalid(field, fmt.Sprintf("%s has %d entries; a poll on LinkedIn has %d to %d.", field, len(texts), minPollOptions, maxPollOptions))}
	}
	var problems core.Errors
	seen := map[string]int{}
	for i, text := range texts {
		at := fmt.Sprintf("%s[%d]", field, i)
		text = strings.TrimSpace(text)
		problems = append(problems, checkPresent(at, text, maxPollOption)...)
		if first, again := seen[text]; again && text != "" {
			problems = append(problems, invalid(at, fmt.Sprintf("%s is the same as %s[%d]; the options of a poll must differ.", at, field, first)))
			continue
		}
		seen[text] = i
	}
	return problems
}

// pollDays is a duration that LinkedIn offers.
type pollDays struct {
	days int
	name string
}

func pollDurations() []pollDays {
	return []pollDays{{1, api.PollOneDay}, {3, api.PollThreeDays}, {7, api.PollSevenDays}, {14, api.PollFourteenDays}}
}

// pollDuration reads for how long a poll is open: a number of days, or LinkedIn's name
// of it.
func pollDuration(raw json.RawMessage) (string, *core.Error) {
	const field = pollField + ".duration"
	given := strconv.Itoa(defaultPollDays)
	if len(raw) > 0 {
		text, e := textOf(raw, field, "1, 3, 7 or 14 (days)")
		if e != nil {
			return "", e
		}
		given = text
	}
	known := pollDurations()
	days, err := strconv.ParseFloat(given, 64)
	for _, d := range known {
		if given == d.name || err == nil && days == float64(d.days) {
			return d.name, nil
		}
	}
	message := field + " must be 1, 3, 7 or 14 (days), or ONE_DAY, THREE_DAYS, SEVEN_DAYS or FOURTEEN_DAYS"
	if err == nil {
		near := slices.MinFunc(known, func(a, b pollDays) int {
			return cmp.Compare(math.Abs(days-float64(a.days)), math.Abs(days-float64(b.days)))
		})
		return "", invalid(field, fmt.Sprintf("%s; the nearest is %d.", message, near.days))
	}
	return "", invalid(field, message+".")
}
