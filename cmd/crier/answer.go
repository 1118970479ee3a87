package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/crier-social/crier/core"
)

// apiAnswer is what the client reads of an answer about one post; the API's
// document describes it in full.
type apiAnswer struct {
	ID           string        `json:"id"`
	Status       string        `json:"status"`
	Post         any           `json:"post"` // a string, or an object by network
	Platforms    []string      `json:"platforms"`
	Created      string        `json:"created"`
	ScheduleDate string        `json:"scheduleDate"`
	PostIDs      []apiPostID   `json:"postIds"`
	Errors       []apiError    `json:"errors"`
	Warnings     []apiWarning  `json:"warnings"`
	Progress     []apiProgress `json:"progress"`
	apiError                   // of an answer that is one error
}

// apiPostID is a post on one network.
type apiPostID struct {
	Platform string       `json:"platform"`
	ID       string       `json:"id"`
	PostURL  string       `json:"postUrl"`
	Warnings []apiWarning `json:"warnings"`
	Edited   string       `json:"edited"`
	// LateSeconds is by how much a scheduled post missed its time.
	LateSeconds int64 `json:"lateSeconds"`

	FirstComment    *apiFollowUp `json:"firstComment"`
	DisableComments *apiFollowUp `json:"disableComments"`
	Inspect         *apiFollowUp `json:"inspect"`
}

// apiFollowUp is something that is done once a post is published.
type apiFollowUp struct {
	Status    string    `json:"status"`
	Due       string    `json:"due"`
	CommentID string    `json:"commentId"`
	Error     *apiError `json:"error"`
}

// apiError is one error entry.
type apiError struct {
	Code     core.Code `json:"code"`
	Message  string    `json:"message"`
	Platform string    `json:"platform"`
	Field    string    `json:"field"`
	Help     string    `json:"help"`
	// Warnings of a delivery that failed.
	Warnings []apiWarning `json:"warnings"`
}

// apiWarning is one warning.
type apiWarning struct {
	Platform string `json:"platform"`
	Field    string `json:"field"`
	Message  string `json:"message"`
}

// apiProgress is how far the work on one delivery is.
type apiProgress struct {
	Platform string             `json:"platform"`
	State    core.DeliveryState `json:"state"`
	core.Activity
	// WaitsFor is what is waited for while nobody works on it.
	WaitsFor string `json:"waitsFor"`
	// LateSeconds is by how much the time of a scheduled post has passed.
	LateSeconds int64 `json:"lateSeconds"`
	// LastError is why the delivery is not through yet; nil: nothing went wrong.
	LastError *apiError `json:"lastError"`
}

// The states of a post as the API tells them.
const (
	statusSuccess    = "success"
	statusScheduled  = "scheduled"
	statusPending    = "pending"
	statusProcessing = "processing"
	statusPaused     = "paused"
	statusApproval   = "awaiting approval"
)

// decodeAnswer reads an answer about a post. Something that is no answer of the
// API is an error that shows how it begins.
func decodeAnswer(r *reply) (apiAnswer, error) {
	var a apiAnswer
	if err := json.Unmarshal(r.body, &a); err != nil {
		const shown = 200
		return a, fmt.Errorf("the server answered %d %s with something that is not the API's JSON: %.*q", r.status, http.StatusText(r.status), shown, r.body)
	}
	return a, nil
}

// failed tells whether the answer is an error.
func (a apiAnswer) failed() bool {
	switch a.Status {
	case statusSuccess, statusScheduled, statusPending, statusProcessing, statusPaused, statusApproval:
		return false
	}
	return true
}

// problems lists the errors of the answer, also when it is one itself. Other
// answers may have a message too.
func (a apiAnswer) problems() []apiError {
	if len(a.Errors) == 0 && a.Message != "" && a.failed() {
		return []apiError{a.apiError}
	}
	return a.Errors
}

// refusal is the error of an answer that is not what was asked for.
func refusal(r *reply) error {
	a, err := decodeAnswer(r)
	if err != nil {
		return err
	}
	var lines []string
	for _, p := range a.problems() {
		lines = append(lines, p.line())
	}
	if len(lines) == 0 {
		return fmt.Errorf("the server answered %d %s", r.status, http.StatusText(r.status))
	}
	return errors.New(strings.Join(lines, "\n"))
}

// line is the error as the last word of a command, with the way out.
func (e apiError) line() string {
	line := fmt.Sprintf("%s (error %d)", labelled(e.Platform, e.Field, e.Message), e.Code)
	if e.Help != "" {
		line += "\n" + e.Help
	}
	return line
}

// write shows the answer to a person.
func (a apiAnswer) write(w io.Writer) {
	if a.ID != "" {
		fmt.Fprintf(w, "post %s: %s\n", a.ID, a.Status)
	}
	if a.ScheduleDate != "" {
		fmt.Fprintf(w, "  to appear at %s\n", a.ScheduleDate)
	}
	for _, p := range a.PostIDs {
		p.write(w)
	}
	for _, p := range a.Progress {
		p.write(w)
	}
	writeWarnings(w, a.Warnings)
	for _, problem := range a.problems() {
		problem.write(w, "  ")
		writeWarnings(w, problem.Warnings)
	}
}

// write shows a published post and what follows it.
func (p apiPostID) write(w io.Writer) {
	fmt.Fprintf(w, "  %s: %s\n", p.Platform, strings.TrimSpace(p.ID+" "+p.PostURL))
	if p.LateSeconds > 0 {
		fmt.Fprintf(w, "    %s late\n", time.Duration(p.LateSeconds)*time.Second)
	}
	if p.Edited != "" {
		fmt.Fprintf(w, "    edited at %s\n", p.Edited)
	}
	p.FirstComment.write(w, "first comment")
	p.DisableComments.write(w, "closing the comments")
	p.Inspect.write(w, "reading back")
	writeWarnings(w, p.Warnings)
}

// write shows how far a follow-up is; a nil one is none.
func (f *apiFollowUp) write(w io.Writer, name string) {
	if f == nil {
		return
	}
	line := name + ": " + f.Status
	if f.CommentID != "" {
		line += " " + f.CommentID
	}
	if f.Due != "" {
		line += ", due at " + f.Due
	}
	fmt.Fprintf(w, "    %s\n", line)
	if f.Error != nil {
		e := *f.Error
		e.Platform = "" // it is on a line above
		e.write(w, "      ")
	}
}

// write shows how far a delivery is that has not ended, and what is in its way.
func (p apiProgress) write(w io.Writer) {
	now := string(p.State)
	if p.LateSeconds > 0 {
		now += fmt.Sprintf(", %s late", time.Duration(p.LateSeconds)*time.Second)
	}
	if p.WaitsFor != "" {
		now += ", " + p.WaitsFor
	}
	if p.Stage != "" {
		now += strings.TrimRight(fmt.Sprintf(", %s %s", p.Stage, p.Item), " ")
	}
	if p.Total > 0 {
		now += fmt.Sprintf(" (%s of %s)", core.FormatBytes(p.Done), core.FormatBytes(p.Total))
	}
	fmt.Fprintf(w, "  %s: %s\n", p.Platform, now)
	if p.LastError != nil {
		e := *p.LastError
		e.Platform = "" // it is on the line above
		e.write(w, "    ")
	}
}

func (e apiError) write(w io.Writer, indent string) {
	fmt.Fprintf(w, "%serror %d: %s\n", indent, e.Code, labelled(e.Platform, e.Field, e.Message))
	if e.Help != "" {
		fmt.Fprintf(w, "%s  %s\n", indent, e.Help)
	}
}

func writeWarnings(w io.Writer, warnings []apiWarning) {
	for _, warning := range warnings {
		fmt.Fprintf(w, "  warning: %s\n", labelled(warning.Platform, warning.Field, warning.Message))
	}
}

// labelled begins a message with where it belongs, unless the message does that
// itself.
func labelled(platform, field, message string) string {
	if field != "" && !begins(message, field) {
		message = field + ": " + message
	}
	if platform != "" {
		message = platform + ": " + message
	}
	return message
}

// begins tells whether the first word of a message is the field, also one within
// it, such as altText[0] for the field altText.
func begins(message, field string) bool {
	rest, ok := strings.CutPrefix(message, field)
	return ok && (rest == "" || strings.ContainsRune(" :.[,", rune(rest[0])))
}

// text is the post's text on one line.
func (a apiAnswer) text() string {
	switch post := a.Post.(type) {
	case string:
		return oneLine(post)
	case map[string]any:
		if text, ok := post["default"].(string); ok {
			return oneLine(text)
		}
	}
	return ""
}

// oneLine is the beginning of a text without what would move a terminal's cursor.
func oneLine(text string) string {
	const most = 60
	words := strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) })
	runes := []rune(strings.Join(words, " "))
	if len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return string(runes)
}

// writeTable shows posts as a table, newest first as the server lists them.
func writeTable(w io.Writer, posts []apiAnswer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ID\tCREATED\tSTATUS\tPLATFORMS\tTEXT")
	for _, p := range posts {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", p.ID, p.Created, p.Status, strings.Join(p.Platforms, ","), p.text())
	}
	return table.Flush()
}

// writeJSON shows an answer as the server sent it, indented.
func writeJSON(w io.Writer, body []byte) error {
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		_, err = w.Write(body)
		return err
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}
