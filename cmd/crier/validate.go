package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
)

func runValidate(ctx context.Context, c cli, args []string) error {
	f := newFlags(c, "validate", "[text] --platform name [flags]", `
Checks a post as the server would before publishing it, the questions to the
network included, and shows what would be sent. Nothing is published. The flags are
those of crier post. The exit code is 0 when the post can be published.`)
	server, flags := addClientFlags(f), addPostFlags(f)
	asJSON := f.Bool("json", false, "Print the server's answer as JSON.")
	rest, err := f.parse(args, 1)
	if err != nil {
		return err
	}
	request, api, err := flags.prepare(ctx, c, f, server, rest)
	if err != nil {
		return err
	}
	shown := newProgress(ctx, c.stderr)
	body, err := request.payload(&tally{name: sending, shown: shown})
	if err != nil {
		return err
	}
	got, err := api.do(ctx, call{method: http.MethodPost, path: "/validate/post", body: body, repeatable: true})
	shown.close()
	if err != nil {
		return err
	}
	return writeReport(c.stdout, got, *asJSON)
}

// report is what the client reads of the answer of POST /validate/post.
type report struct {
	apiAnswer
	Preview map[string]previews `json:"preview"` // by network
}

// previews is what the accounts of one network would publish; an object where
// there is one account, an array where there are several.
type previews []preview

type preview struct {
	Text   string `json:"text"`
	Length int    `json:"length"`
	Limit  int    `json:"limit"`
}

// UnmarshalJSON takes one preview or several.
func (p *previews) UnmarshalJSON(raw []byte) error {
	if len(raw) > 0 && raw[0] == '[' {
		return json.Unmarshal(raw, (*[]preview)(p))
	}
	var one preview
	err := json.Unmarshal(raw, &one)
	*p = previews{one}
	return err
}

func writeReport(w io.Writer, got *reply, asJSON bool) error {
	var r report
	if err := json.Unmarshal(got.body, &r); err != nil || asJSON {
		return writeOutcome(w, got, asJSON)
	}
	for _, name := range slices.Sorted(maps.Keys(r.Preview)) {
		for _, p := range r.Preview[name] {
			fmt.Fprintf(w, "%s (%d of %d characters):\n%s\n\n", name, p.Length, p.Limit, p.Text)
		}
	}
	if got.status == http.StatusOK {
		fmt.Fprintln(w, r.Message)
		r.apiError = apiError{}
	}
	r.write(w)
	if got.status != http.StatusOK || r.failed() {
		return reportedError{}
	}
	return nil
}
