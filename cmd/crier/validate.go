package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/crier-social/crier/core"
)

func runValidate(ctx context.Context, c cli, args []string) error {
	f := newFlags(c, "validate", "[text] --platform name [flags]", `
Checks a post as the server would before publishing it, the questions to the
network included, and shows what would be sent: the text, what it shows beside it (a
card, a poll, files), how many people an audience has, and all warnings. Nothing is
published. The flags are those of crier post. The exit code is 0 when the post can be
published.`)
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
	// Thread are the posts that a text becomes, if they are several.
	Thread   []core.PostPreview `json:"thread"`
	Audience *core.Audience     `json:"audience"` // nil: everybody
	Request  struct {
		// Content is what the post shows beside its text, as the network calls it.
		Content map[string]any `json:"content"`
	} `json:"request"`
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

// write shows what one account would publish.
func (p preview) write(w io.Writer, network string) {
	posts := p.Thread
	if len(posts) == 0 {
		posts = []core.PostPreview{{Text: p.Text, Length: p.Length, Limit: p.Limit}}
	}
	for i, post := range posts {
		title := network
		if len(posts) > 1 {
			title = fmt.Sprintf("%s, post %d of %d", network, i+1, len(posts))
		}
		fmt.Fprintf(w, "%s (%d of %d characters):\n", title, post.Length, post.Limit)
		if post.Text != "" {
			fmt.Fprintln(w, post.Text)
		}
	}
	writeTree(w, "", p.Request.Content)
	if a := p.Audience; a != nil {
		about := "at most "
		if a.Exact {
			about = ""
		}
		fmt.Fprintf(w, "  audience: %s%d people; the network asks for %d\n", about, a.Count, a.Minimum)
	}
	fmt.Fprintln(w)
}

// writeTree shows a JSON value, a line for each end of it.
func writeTree(w io.Writer, path string, value any) {
	switch v := value.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			writeTree(w, strings.TrimPrefix(path+"."+key, "."), v[key])
		}
	case []any:
		for i, entry := range v {
			writeTree(w, fmt.Sprintf("%s[%d]", path, i), entry)
		}
	default:
		fmt.Fprintf(w, "  %s: %v\n", path, v)
	}
}

func writeReport(w io.Writer, got *reply, asJSON bool) error {
	var r report
	if err := json.Unmarshal(got.body, &r); err != nil || asJSON {
		return writeOutcome(w, got, asJSON)
	}
	for _, name := range slices.Sorted(maps.Keys(r.Preview)) {
		for _, p := range r.Preview[name] {
			p.write(w, name)
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
