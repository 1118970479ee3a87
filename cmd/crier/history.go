package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
)

func runHistory(ctx context.Context, c cli, args []string) error {
	f := newFlags(c, "history", "[id] [flags]", `
Lists the posts of the profile, newest first; with an id, shows one post and what
became of it on each network. The name of a network in place of the id lists what the
account has there, by whatever means it got there.`)
	server := addClientFlags(f)
	filters := addHistoryFilters(f)
	asJSON := f.Bool("json", false, "Print the server's answer as JSON.")
	rest, err := f.parse(args, 1)
	if err != nil {
		return err
	}
	given := filters.given()
	if len(rest) == 1 && len(given) > 0 {
		return f.wrong(fmt.Errorf("%s chooses among posts; leave it out to see the post %s", given[0], rest[0]))
	}
	query, err := filters.query(given)
	if err != nil {
		return f.wrong(err)
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
	got, err := api.do(ctx, call{method: http.MethodGet, path: "/history", query: query, repeatable: true})
	if err != nil {
		return err
	}
	return writeHistory(c, got, *asJSON)
}

// historyFilters are the flags that choose among posts.
type historyFilters struct {
	flags       *flags
	platforms   *listFlag
	status      *string
	days, limit *int
}

func addHistoryFilters(f *flags) historyFilters {
	h := historyFilters{flags: f, platforms: &listFlag{split: true}}
	f.Var(h.platforms, "platform", "only posts to this `network`; repeat it or separate several by commas.")
	h.status = f.String("status", "", "only posts with this `status`: success, error, processing, pending, paused, awaiting approval or deleted.")
	h.days = f.Int("last-days", 0, "only posts of this `number` of days, 0 for all; the server's default is 30.")
	h.limit = f.Int("limit", 0, "at most this `number` of posts; the server's default is 25.")
	return h
}

// given lists the filters of the command line, each as it is written there.
func (h historyFilters) given() []string {
	var names []string
	h.flags.Visit(func(fl *flag.Flag) {
		switch fl.Name {
		case "platform", "status", "last-days", "limit":
			names = append(names, "--"+fl.Name)
		}
	})
	return names
}

// query is the given filters as the API takes them.
func (h historyFilters) query(given []string) (url.Values, error) {
	query := url.Values{}
	if slices.Contains(given, "--limit") {
		if *h.limit < 1 {
			return nil, fmt.Errorf("--limit: %d is less than 1", *h.limit)
		}
		query.Set("limit", strconv.Itoa(*h.limit))
	}
	if slices.Contains(given, "--last-days") {
		if *h.days < 0 {
			return nil, fmt.Errorf("--last-days: %d is negative; 0 lists the posts of all days", *h.days)
		}
		query.Set("lastDays", strconv.Itoa(*h.days))
	}
	if *h.status != "" {
		query.Set("status", *h.status)
	}
	for i, p := range h.platforms.values {
		query.Set("platforms["+strconv.Itoa(i)+"]", p)
	}
	return query, nil
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
	if a.ID == "" { // the id was a network's name: these are the posts that the account has there
		return writeArchive(c, got)
	}
	a.write(c.stdout)
	fmt.Fprintf(c.stdout, "  created %s\n  text: %s\n", a.Created, a.text())
	return nil
}

// writeArchive shows what an account has on its network.
func writeArchive(c cli, got *reply) error {
	var list struct {
		Posts    []apiAnswer  `json:"posts"`
		Warnings []apiWarning `json:"warnings"`
	}
	if err := json.Unmarshal(got.body, &list); err != nil {
		return fmt.Errorf("reading the posts of the network: %w", err)
	}
	writeWarnings(c.stdout, list.Warnings)
	if len(list.Posts) == 0 {
		fmt.Fprintln(c.stdout, "No posts.")
		return nil
	}
	return writeTable(c.stdout, list.Posts)
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
