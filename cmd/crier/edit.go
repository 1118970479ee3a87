package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

const editAbout = `
Changes a post. What has not gone out takes everything until it does; what has gone out
takes a new text, open or closed comments, and notes, where its network does.

  crier edit 0N85N3rn4nvv2kzub3aB --schedule +2h
  crier edit 0N85N3rn4nvv2kzub3aB --pause
  crier edit 0N85N3rn4nvv2kzub3aB --resume
  crier edit 0N85N3rn4nvv2kzub3aB --approve --notes "Read by Ada"
  crier edit 0N85N3rn4nvv2kzub3aB --text "Doors open at nine" --media https://example.com/doors.jpg

A time that has passed sends the post now, and so does resuming or approving it after its
time. The exit code is 0 when everything was changed. The command may be repeated.`

// editFlags are the flags that describe a change. Those that a new post has too are shared
// with it.
type editFlags struct {
	*postFlags
	now                *bool
	pause, resume      *bool
	approve, unapprove *bool
	noMedia, noComment *bool
	opened             *bool
}

func addEditFlags(f *flags) *editFlags {
	e := &editFlags{postFlags: &postFlags{flags: f, slotOf: new(string)}}
	f.mayBeEmpty("text", "notes")
	e.schedule = f.String("schedule", "", "`time` to appear at, as 2026-12-24T18:00:00Z, or from now, as +2h30m.")
	e.now = f.Bool("now", false, "Send the scheduled post now.")
	e.pause = f.Bool("pause", false, "Hold the scheduled post until it is resumed.")
	e.resume = f.Bool("resume", false, "Let a paused post go on.")
	e.approve = f.Bool("approve", false, "Let a post go that waits for approval.")
	e.unapprove = f.Bool("withdraw-approval", false, "Let a post that has not gone out wait for approval again.")
	e.text = f.String("text", "", "new `text`; - reads it from standard input.")
	f.Var(&e.mentions, "mention", "`name=id` of whom the placeholder {{0}} of the new text mentions; see crier post.")
	f.Var(&e.media, "media", "`address` of an image, a video or a document, in place of the former ones; repeat it for several images.")
	e.noMedia = f.Bool("no-media", false, "The post has no media any more.")
	e.options = f.String("options", "", "Options of networks as `JSON`, each block in place of the former one of its network; @file reads them from a file.")
	e.comment = f.String("first-comment", "", "`text` of the comment that is put below the post, in place of the former one.")
	f.Var(&e.remarked, "first-comment-media", "`address` of an image in the first comment.")
	e.noComment = f.Bool("no-first-comment", false, "There is no first comment any more.")
	e.closed = f.Bool("disable-comments", false, "Nobody may comment on the post.")
	e.opened = f.Bool("enable-comments", false, "Everybody may comment on the post.")
	e.duplicate = f.Bool("allow-duplicate", false, "Make the change although the same content goes to the same account within a day.")
	e.notes = f.String("notes", "", "`text` kept with the post in the history, in place of the former one.")
	return e
}

func runEdit(ctx context.Context, c cli, args []string) error {
	f := newFlags(c, "edit", "id [flags]", editAbout)
	server, change := addClientFlags(f), addEditFlags(f)
	asJSON := f.Bool("json", false, "Print the server's answer as JSON.")
	rest, err := f.parse(args, 1)
	if err != nil {
		return err
	}
	if len(rest) == 0 {
		return f.wrong(errors.New("no post is named: give its id, as `crier history` shows it"))
	}
	fields, err := change.fields(c, time.Now())
	if err != nil {
		return f.wrong(err)
	}
	if _, only := fields["allowDuplicate"]; len(fields) == 0 || only && len(fields) == 1 {
		return f.wrong(errors.New("nothing is to be changed: add --schedule, --pause, --resume, --approve, --text or another flag"))
	}
	fields["id"] = rest[0]
	got, err := callWithJSON(ctx, c, server, http.MethodPatch, "/post", fields)
	switch {
	case err != nil && got != nil:
		return change.words().refusal(got)
	case err != nil:
		return err
	case *asJSON:
		return writeJSON(c.stdout, got.body)
	}
	return writeEdited(c.stdout, got)
}

// fields are the given flags as the API takes them.
func (e *editFlags) fields(c cli, now time.Time) (map[string]any, error) {
	fields, given := map[string]any{}, map[string]bool{}
	e.flags.Visit(func(fl *flag.Flag) { given[fl.Name] = true })
	if err := oneOf(given, []string{"schedule", "now"}, []string{"pause", "resume"}, []string{"pause", "now"}, []string{"approve", "withdraw-approval"},
		[]string{"media", "no-media"}, []string{"first-comment", "no-first-comment"}, []string{"first-comment-media", "no-first-comment"},
		[]string{"disable-comments", "enable-comments"}); err != nil {
		return nil, err
	}
	if err := errors.Join(e.addSchedule(fields, now), e.addDiscussion(fields), e.addOptions(fields)); err != nil {
		return nil, err
	}
	if *e.now {
		fields["scheduleDate"] = now.UTC().Format(time.RFC3339)
	}
	e.addSwitches(fields)
	if given["notes"] {
		fields["notes"] = *e.notes
	}
	return fields, e.addContent(c, fields, given)
}

// addSwitches adds what is switched on or off.
func (e *editFlags) addSwitches(fields map[string]any) {
	for _, s := range []struct {
		given *bool
		key   string
		value any
	}{
		{e.pause, "scheduledPause", true},
		{e.resume, "scheduledPause", false},
		{e.approve, "approved", true},
		{e.unapprove, "approved", false},
		{e.opened, "disableComments", false},
		{e.duplicate, "allowDuplicate", true},
		{e.noMedia, "mediaUrls", []string{}},
		{e.noComment, "firstComment", false},
	} {
		if *s.given {
			fields[s.key] = s.value
		}
	}
}

// addContent adds the new text and the new media.
func (e *editFlags) addContent(c cli, fields map[string]any, given map[string]bool) error {
	if given["text"] {
		fields["post"] = *e.text
		if *e.text == "-" {
			raw, err := io.ReadAll(c.stdin)
			if err != nil {
				return fmt.Errorf("reading the text: %w", err)
			}
			fields["post"] = strings.TrimSuffix(string(raw), "\n")
		}
	}
	for _, address := range e.media.values {
		if !isAddress(address) {
			return fmt.Errorf("--media: %q is not an address; `crier media upload` makes a file of this machine into one", address)
		}
	}
	if len(e.media.values) > 0 {
		fields["mediaUrls"] = e.media.values
	}
	return nil
}

// oneOf refuses flags of which one says the contrary of the other.
func oneOf(given map[string]bool, pairs ...[]string) error {
	for _, pair := range pairs {
		if given[pair[0]] && given[pair[1]] {
			return fmt.Errorf("--%s and --%s contradict each other: give one of them", pair[0], pair[1])
		}
	}
	return nil
}

// writeEdited shows what a post is after a change.
func writeEdited(w io.Writer, got *reply) error {
	var a struct {
		ID           string       `json:"id"`
		PostStatus   string       `json:"postStatus"`
		ScheduleDate string       `json:"scheduleDate"`
		Warnings     []apiWarning `json:"warnings"`
	}
	if err := json.Unmarshal(got.body, &a); err != nil {
		return fmt.Errorf("reading the server's answer: %w", err)
	}
	fmt.Fprintf(w, "post %s: %s\n", a.ID, a.PostStatus)
	if a.ScheduleDate != "" && a.PostStatus != statusSuccess {
		fmt.Fprintf(w, "  to appear at %s\n", a.ScheduleDate)
	}
	writeWarnings(w, a.Warnings)
	return nil
}
