package main

import (
	"errors"
	"strings"
)

// editWords turns what the API says about a change into the words of crier edit: its
// flags in the place of the fields.
type editWords struct {
	flags map[string]string // by field
	texts *strings.Replacer
}

// words returns the words for the flags that were given.
func (e *editFlags) words() editWords {
	either := func(field, flag, other string) (string, string) {
		if e.flags.given(other) {
			flag = other
		}
		return field, "--" + flag
	}
	flags := map[string]string{
		"post": "--text", "mentions": "--mention", "mediaUrls": "--media", "notes": "--notes", "allowDuplicate": "--allow-duplicate",
	}
	for _, pair := range [][3]string{
		{"approved", "approve", "withdraw-approval"},
		{"scheduledPause", "pause", "resume"},
		{"scheduleDate", "schedule", "now"},
		{"disableComments", "disable-comments", "enable-comments"},
		{"firstComment", "first-comment", "no-first-comment"},
	} {
		field, flag := either(pair[0], pair[1], pair[2])
		flags[field] = flag
	}
	return editWords{flags: flags, texts: strings.NewReplacer(
		"Leave approved out", "Leave "+flags["approved"]+" out",
		"Leave scheduledPause out", "Leave "+flags["scheduledPause"]+" out",
		"approved: true", "--approve", "scheduledPause: true", "--pause", "allowDuplicate: true", "--allow-duplicate",
		"post, disableComments and notes", "--text, --disable-comments and --notes",
		"send post with them", "add --text",
		"scheduledPause", "--pause", "scheduleDate", "--schedule", "requiresApproval", "--requires-approval",
		"mediaUrls", "--media", "firstComment", "--first-comment", "disableComments", "--disable-comments",
		"GET /post/:id", "crier history <id>", "GET /post/", "crier history ",
	)}
}

// of returns a problem in these words.
func (w editWords) of(e apiError) apiError {
	end := strings.IndexAny(e.Field+".", ".[")
	if flag, known := w.flags[e.Field[:end]]; known {
		if begins(e.Message, e.Field) {
			e.Message = flag + e.Message[end:]
		}
		e.Field = flag + e.Field[end:]
	}
	e.Message, e.Help = w.texts.Replace(e.Message), w.texts.Replace(e.Help)
	return e
}

// refusal is the error of an answer that is not what was asked for.
func (w editWords) refusal(r *reply) error {
	a, err := decodeAnswer(r)
	if err != nil || len(a.problems()) == 0 {
		return refusal(r)
	}
	lines := make([]string, 0, len(a.problems()))
	for _, p := range a.problems() {
		lines = append(lines, w.of(p).line())
	}
	return errors.New(strings.Join(lines, "\n"))
}
