package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
)

func runImport(ctx context.Context, c cli, args []string) error {
	f := newFlags(c, "import", "file.csv [flags]", `
Schedules the posts of a CSV file: all of them, or none if anything is wrong with any.
The first row names the columns, in any order:

  post,platforms,mediaUrls,scheduleDate
  "Hello, world",linkedin,https://example.com/a.png,2027-01-05T09:30:00Z

mediaUrls and scheduleDate may be left out; a post without a date goes out at once.
Dates are ISO 8601, or month/day/year hour:minute in UTC, as in 1/5/27 9:30. One that
passed more than 5 minutes ago is refused.`)
	server := addClientFlags(f)
	duplicates := f.Bool("allow-duplicate", false, "Send posts although the same content goes to the same account within a day.")
	asJSON := f.Bool("json", false, "Print the server's answer as JSON.")
	rest, err := f.parse(args, 1)
	if err != nil {
		return err
	}
	if len(rest) == 0 {
		return f.wrong(errors.New("the file is missing"))
	}
	api, err := server.client(c)
	if err != nil {
		return err
	}
	fields := map[string]any{}
	if *duplicates {
		fields["allowDuplicate"] = true
	}
	shown := newProgress(ctx, c.stderr)
	sent := &tally{name: sending, shown: shown}
	body, err := multipartPayload(fields, []attachment{{field: "file", path: rest[0]}}, sent.add)
	if err != nil {
		return err
	}
	header := http.Header{"Idempotency-Key": {rand.Text()}} // so that it can be sent again
	got, err := api.do(ctx, call{method: http.MethodPost, path: "/post/bulk", header: header, body: body, repeatable: true})
	shown.close()
	if err != nil {
		return err
	}
	return writeImport(c.stdout, got, *asJSON)
}

// writeImport shows what became of the posts of a file.
func writeImport(w io.Writer, got *reply, asJSON bool) error {
	var list struct {
		Posts []struct {
			apiAnswer
			AppearsAt string `json:"scheduleDateUtc"`
		} `json:"posts"`
	}
	if got.status != http.StatusOK || asJSON {
		return writeOutcome(w, got, asJSON)
	}
	if err := json.Unmarshal(got.body, &list); err != nil {
		return refusal(got)
	}
	for _, post := range list.Posts {
		post.ScheduleDate = post.AppearsAt // not as the file has it, but as the server has understood it
		post.write(w)
	}
	if len(list.Posts) == 1 {
		fmt.Fprintln(w, "1 post was accepted.")
	} else {
		fmt.Fprintf(w, "%d posts were accepted.\n", len(list.Posts))
	}
	return nil
}
