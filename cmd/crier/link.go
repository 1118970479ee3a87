package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/crier-social/crier/core/accounts"
	"github.com/crier-social/crier/core/setting"
)

const linkAbout = `
Prints the address of a page on which accounts are linked in a browser: of the
primary profile, or with --profile-key of a user profile. The page links, links
again and unlinks accounts, and shows which end soon. Whoever has the address may
do so; it can be opened for five minutes unless --for says otherwise, and what was
opened can be used for an hour more.

The app of the network needs CRIER_PUBLIC_URL/link/callback as a redirect address.

With --field, an account is linked at once, without a page, at networks that take
what its owner tells, an app password for instance; GET /providers lists what each
asks for. A value of - is read from standard input, and @file from a file, so that
no other user of this machine sees it:

  crier link --network N --field handle=me.example --field appPassword=@file`

func runLink(ctx context.Context, c cli, args []string) error {
	f := newFlags(c, "link", "[--network N] [flags]", linkAbout)
	server := addClientFlags(f)
	network := f.String("network", "", "only this `network`; all of them by default.")
	redirect := f.String("redirect", "", "`address` that the page leads to in the end.")
	var openFor openFor
	f.Var(&openFor, "for", "for how `long` the address can be opened, such as 30m, 2h or 1d, from 1m to 2d.")
	revoke := f.String("revoke", "", "end the page with this `id` instead, also for those who opened it.")
	asJSON := f.Bool("json", false, "Print the server's answer as it is.")
	told := addToldFlags(f)
	if _, err := f.parse(args, 0); err != nil {
		return err
	}
	if told.used() {
		if *network == "" || f.given("redirect") || f.given("for") || f.given("revoke") {
			return f.wrong(errors.New("--field, --app and --id link an account of the --network at once; there is no page to say more of"))
		}
		return told.link(ctx, c, server, *network, *asJSON)
	}
	if *revoke != "" {
		if f.given("network") || f.given("redirect") || f.given("for") {
			return f.wrong(errors.New("--revoke ends a page; it takes nothing else"))
		}
		return revokeLink(ctx, c, server, *revoke, *asJSON)
	}
	fields := map[string]any{}
	if *network != "" {
		fields["mode"], fields["network"] = "connect", *network
	}
	if *redirect != "" {
		fields["redirect"] = *redirect
	}
	if openFor > 0 {
		fields["expiresIn"] = int(time.Duration(openFor).Minutes())
	}
	got, err := callWithJSON(ctx, c, server, http.MethodPost, "/profiles/link-sessions", fields)
	if err != nil {
		return err
	}
	if *asJSON {
		return writeOutcome(c.stdout, got, true)
	}
	var made struct {
		URL       string    `json:"url"`
		SessionID string    `json:"sessionId"`
		Title     string    `json:"title"`
		ExpiresAt time.Time `json:"expiresAt"`
	}
	if err := json.Unmarshal(got.body, &made); err != nil {
		return fmt.Errorf("the answer is not understood: %w", err)
	}
	fmt.Fprintln(c.stdout, made.URL)
	fmt.Fprintf(c.stderr, "It links accounts to the profile %q, and can be opened until %s. `crier link --revoke %s` ends it.\n",
		made.Title, made.ExpiresAt.UTC().Format("15:04 UTC on 2 January"), made.SessionID)
	return nil
}

// openFor is a flag for how long a link page can be opened, written as durations in the
// settings are.
type openFor setting.Duration

// Set reads the flag.
func (o *openFor) Set(value string) error {
	var d setting.Duration
	if err := d.UnmarshalText([]byte(value)); err != nil {
		return err
	}
	long := time.Duration(d)
	if long%time.Minute != 0 || long < accounts.LeastOpenFor || long > accounts.MostOpenFor {
		return errors.New("whole minutes are needed, from 1m to 2d, such as 30m, 2h or 1d")
	}
	*o = openFor(d)
	return nil
}

// String writes what was read.
func (o *openFor) String() string { return setting.Duration(*o).String() }

func revokeLink(ctx context.Context, c cli, server clientFlags, id string, asJSON bool) error {
	got, err := callWithJSON(ctx, c, server, http.MethodDelete, "/profiles/link-sessions/"+url.PathEscape(id), nil)
	if err != nil {
		return err
	}
	if asJSON {
		return writeOutcome(c.stdout, got, true)
	}
	fmt.Fprintln(c.stdout, "The page has ended.")
	return nil
}
