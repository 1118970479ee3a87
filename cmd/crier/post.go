package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"
)

const (
	pollEvery   = 300 * time.Millisecond
	defaultWait = 10 * time.Minute
)

const postAbout = `
Publishes a post and waits for the outcome, or schedules it. The text is the
argument, --text, or standard input with "-".

  crier post "Hello, world" --platform linkedin
  crier post "Our new office" --platform linkedin --media office.jpg --alt "A bright room with plants"
  crier post "The talk" --platform linkedin --media talk.mp4 --thumbnail first.jpg --captions talk.srt
  crier post "Built with {{0}}" --platform linkedin --mention "Crier Demo=5515715" --first-comment "More at https://example.com"
  crier post "See you there" --platform all --schedule +2h
  crier post "When it is time" --platform all --auto-schedule default

Every run carries an idempotency key of its own, so that a request which has to be
sent again because of the connection never posts twice. The exit code is 0 when the
post is published on every network, scheduled or waiting for approval, and with --wait 0 also when the
server has accepted it; 1 when it failed, or when its outcome is not known after the
wait.`

func runPost(ctx context.Context, c cli, args []string) error {
	f := newFlags(c, "post", "[text] --platform name [flags]", postAbout)
	server, flags := addClientFlags(f), addPostFlags(f)
	flags.approval = f.Bool("requires-approval", false, "Nothing is sent before somebody approves, as with crier edit <id> --approve.")
	wait := f.Duration("wait", defaultWait, "how long to wait for the outcome, as a `duration`; with 0 the command ends as soon as the server has accepted the post.")
	asJSON := f.Bool("json", false, "Print the server's last answer as JSON.")
	rest, err := f.parse(args, 1)
	if err != nil {
		return err
	}
	if *wait < 0 {
		return f.wrong(fmt.Errorf("--wait: %v is negative; 0 does not wait", *wait))
	}
	request, api, err := flags.prepare(ctx, c, f, server, rest)
	if err != nil {
		return err
	}
	shown := newProgress(ctx, c.stderr)
	last, err := api.publish(ctx, request, *wait, shown)
	shown.close()
	if last.reply == nil {
		return err
	}
	return cmp.Or(err, last.write(c.stdout, *asJSON))
}

// outcome is the server's last answer about a post.
type outcome struct {
	*reply
	// warnings are those of the answer before, which accepted the post: later
	// ones do not repeat what concerns the request itself.
	warnings []apiWarning
}

// publish sends the post and returns the server's last answer about it: the
// outcome, or that it was accepted if there is no wait. With an error, it is how far
// the post was, if that is known.
func (c *apiClient) publish(ctx context.Context, r postRequest, wait time.Duration, shown progress) (outcome, error) {
	sent := &tally{name: sending, shown: shown}
	body, err := r.payload(sent)
	if err != nil {
		return outcome{}, err
	}
	// The server answers at once, so that its progress can be asked for and shown.
	header := http.Header{"Prefer": {"respond-async"}, "Idempotency-Key": {rand.Text()}}
	got, err := c.do(ctx, call{method: http.MethodPost, path: "/post", header: header, body: body, repeatable: true})
	if err != nil && ctx.Err() != nil {
		err = sent.interrupted("post")
	}
	if err != nil || got.status != http.StatusAccepted || wait <= 0 {
		return outcome{reply: got}, err
	}
	accepted, err := decodeAnswer(got)
	if err != nil {
		return outcome{}, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, wait, errWaited)
	defer cancel()
	last, err := c.follow(ctx, accepted.ID, shown)
	if err != nil {
		err = unfollowed(ctx, accepted.ID, err)
	}
	return outcome{reply: last, warnings: accepted.Warnings}, err
}

// errWaited ends a wait that took too long.
var errWaited = errors.New("the outcome is not known yet")

// unfollowed says what the end of the wait means for a post that was accepted.
func unfollowed(ctx context.Context, id string, err error) error {
	switch cause := context.Cause(ctx); {
	case cause == nil:
		return fmt.Errorf("%w\nThe post was accepted: `crier history %s` shows its outcome", err, id)
	case errors.Is(cause, context.Canceled):
		err = errInterrupted
	default:
		err = cause
	}
	return fmt.Errorf("%w; the post goes on without this command: `crier history %s` shows its outcome", err, id)
}

// payload is the request as JSON, or as a form where files are sent with it.
func (r postRequest) payload(sent *tally) (*payload, error) {
	if len(r.files) == 0 {
		return jsonPayload(r.fields)
	}
	return multipartPayload(r.fields, r.files, sent.add)
}

// follow asks for the post until its outcome is known, and returns the last answer,
// also with an error.
func (c *apiClient) follow(ctx context.Context, id string, shown progress) (last *reply, _ error) {
	for {
		got, err := c.do(ctx, call{method: http.MethodGet, path: "/post/" + id, repeatable: true})
		if err != nil {
			return last, err
		}
		a, err := decodeAnswer(got)
		if err == nil && a.ID != id { // an error about the question, not the post's outcome
			err = refusal(got)
		}
		if err != nil {
			return last, err
		}
		last = got
		shown.show(a.Progress)
		if a.Status != statusProcessing {
			return last, nil
		}
		select {
		case <-c.clock.After(pollEvery):
		case <-ctx.Done():
			return last, ctx.Err()
		}
	}
}

// write shows the outcome; a failure becomes the exit code.
func (o outcome) write(w io.Writer, asJSON bool) error {
	err := writeOutcome(w, o.reply, asJSON)
	if asJSON {
		return err
	}
	last, undecoded := decodeAnswer(o.reply)
	if undecoded != nil {
		return err // says the same
	}
	writeWarnings(w, slices.DeleteFunc(o.warnings, func(earlier apiWarning) bool { return slices.Contains(last.Warnings, earlier) }))
	if o.status == http.StatusAccepted {
		fmt.Fprintf(w, "  It is being sent; `crier history %s` shows its outcome.\n", last.ID)
	}
	return err
}

// writeOutcome shows the last answer; a failure becomes the exit code.
func writeOutcome(w io.Writer, r *reply, asJSON bool) error {
	a, err := decodeAnswer(r)
	if err != nil {
		return err
	}
	if asJSON {
		if err := writeJSON(w, r.body); err != nil {
			return err
		}
	} else {
		a.write(w)
	}
	if a.failed() || r.status >= http.StatusBadRequest {
		return reportedError{}
	}
	return nil
}
