package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
)

func runHistory(ctx context.Context, c cli, args []string) error {
	f := newFlags(c, "history", "[id] [flags]", `
Lists the posts of the profile, newest first; with an id, shows one post and what
became of it on each network.`)
	server := addClientFlags(f)
	platforms := &listFlag{split: true}
	f.Var(platforms, "platform", "only posts to this `network`; repeat it or separate several by commas.")
	status := f.String("status", "", "only posts with this `status`: success, error, processing, pending or deleted.")
	days := f.Int("last-days", 0, "only posts of this `number` of days; the server's default is 30.")
	limit := f.Int("limit", 0, "at most this `number` of posts; the server's default is 25.")
	asJSON := f.Bool("json", false, "Print the server's answer as JSON.")
	rest, err := f.parse(args, 1)
	if err != nil {
		return err
	}
	api, err := server.client(c)
	if err != nil {
		return err
	}
	if len(rest) == 1 {
		got, err := api.do(ctx, call{method: http.MethodGet, path: "/history/" + url.PathEscape(rest[0]), repeatable: true})
		if err != nil {
			return err
		}
		return writeEntry(c, got, *asJSON)
	}
	query := url.Values{}
	for i, p := range platforms.values {
		query.Set("platforms["+strconv.Itoa(i)+"]", p)
	}
	if *status != "" {
		query.Set("status", *status)
	}
	for name, n := range map[string]int{"lastDays": *days, "limit": *limit} {
		if n != 0 {
			query.Set(name, strconv.Itoa(n))
		}
	}
	got, err := api.do(ctx, call{method: http.MethodGet, path: "/history", query: query, repeatable: true})
	if err != nil {
		return err
	}
	return writeHistory(c, got, *asJSON)
}

// writeEntry shows one post. A post that failed is shown without failing: the
// question was answered.
func writeEntry(c cli, got *reply, asJSON bool) error {
	if got.status != http.StatusOK {
		return refusal(got)
	}
	if asJSON {
		return writeJSON(c.stdout, got.body)
	}
	a, err := decodeAnswer(got)
	if err != nil {
		return err
	}
	a.write(c.stdout)
	fmt.Fprintf(c.stdout, "  created %s\n  text: %s\n", a.Created, a.text())
	return nil
}

func writeHistory(c cli, got *reply, asJSON bool) error {
	if got.status != http.StatusOK {
		return refusal(got)
	}
	if asJSON {
		return writeJSON(c.stdout, got.body)
	}
	var list struct {
		History []apiAnswer `json:"history"`
	}
	if err := json.Unmarshal(got.body, &list); err != nil {
		return fmt.Errorf("reading the history: %w", err)
	}
	if len(list.History) == 0 {
		fmt.Fprintln(c.stdout, "No posts.")
		return nil
	}
	return writeTable(c.stdout, list.History)
}
