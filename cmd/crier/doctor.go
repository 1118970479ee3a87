package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/crier-social/crier/core"
)

const doctorAbout = `
Asks a running server to examine its apps and linked accounts: whether the network
is reached, accepts the app and the tokens, which scopes and roles are there, and
what is missing for posting, comments, figures and mentions. Nothing is changed.

  ✓  all is well
  !  works, but not for ever or not in full
  ✗  has to be mended
  ?  could not be found out

The exit code is 1 when something has to be mended.`

func runDoctor(ctx context.Context, c cli, args []string) error {
	f := newFlags(c, "doctor", "[--account id] [flags]", doctorAbout)
	server := addClientFlags(f)
	account := f.String("account", "", "only the linked account with this `id`; GET /accounts lists them.")
	asJSON := f.Bool("json", false, "Print what was found as JSON.")
	if _, err := f.parse(args, 0); err != nil {
		return err
	}
	api, err := server.client(c)
	if err != nil {
		return err
	}
	d := &doctor{api: api}
	if *account != "" {
		err = d.account(ctx, listedAccount{ID: *account})
	} else {
		err = d.everything(ctx)
	}
	if err != nil {
		return err
	}
	if *asJSON {
		err = d.writeJSON(c.stdout)
	} else {
		d.write(c.stdout)
	}
	if err == nil && d.missing() > 0 {
		return reportedError{}
	}
	return err
}

// doctor gathers what the server finds out.
type doctor struct {
	api          *apiClient
	examinations []examination
}

// examination is the server's answer about one app or account.
type examination struct {
	Platform  string         `json:"platform"`
	AccountID string         `json:"accountId,omitempty"`
	Findings  []core.Finding `json:"findings"`

	name string // of the account
}

// listedAccount is what the list of accounts tells of one.
type listedAccount struct {
	ID          string `json:"id"`
	Platform    string `json:"platform"`
	DisplayName string `json:"displayName"`
}

// everything examines the app of every network and every linked account.
func (d *doctor) everything(ctx context.Context) error {
	var networks struct {
		Providers []struct {
			Name string `json:"name"`
		} `json:"providers"`
	}
	if err := d.get(ctx, "/providers", &networks); err != nil {
		return err
	}
	var linked struct {
		Accounts []listedAccount `json:"accounts"`
	}
	if err := d.get(ctx, "/accounts", &linked); err != nil {
		return err
	}
	for _, n := range networks.Providers {
		if err := d.examine(ctx, "/providers/"+url.PathEscape(n.Name)+"/check", examination{Platform: n.Name}); err != nil {
			return err
		}
	}
	for _, a := range linked.Accounts {
		if err := d.account(ctx, a); err != nil {
			return err
		}
	}
	return nil
}

func (d *doctor) account(ctx context.Context, a listedAccount) error {
	return d.examine(ctx, "/accounts/"+url.PathEscape(a.ID)+"/check", examination{
		Platform: a.Platform, AccountID: a.ID, name: strings.TrimSpace(a.DisplayName + " (" + a.ID + ")"),
	})
}

// examine has the server examine one. A network that cannot be examined is a finding.
func (d *doctor) examine(ctx context.Context, path string, e examination) error {
	got, err := d.api.do(ctx, call{method: http.MethodGet, path: path, repeatable: true})
	if err != nil {
		return err
	}
	var failed apiAnswer
	if got.status == http.StatusBadRequest && json.Unmarshal(got.body, &failed) == nil && failed.Code == core.CodeUnsupported {
		e.Platform = failed.Platform // of an account that was named by its id alone, nobody knew it
		e.Findings = []core.Finding{{Check: "examination", Status: core.FindingUnknown, Message: failed.Message}}
	} else if err := decodeOK(got, &e); err != nil {
		return err
	}
	d.examinations = append(d.examinations, e)
	return nil
}

func (d *doctor) get(ctx context.Context, path string, into any) error {
	got, err := d.api.do(ctx, call{method: http.MethodGet, path: path, repeatable: true})
	if err != nil {
		return err
	}
	return decodeOK(got, into)
}

// decodeOK reads an answer; one that reports an error is that error.
func decodeOK(got *reply, into any) error {
	if got.status != http.StatusOK {
		return refusal(got)
	}
	if err := json.Unmarshal(got.body, into); err != nil {
		return fmt.Errorf("the server's answer cannot be read: %w", err)
	}
	return nil
}

// missing counts what has to be mended, the same thing once.
func (d *doctor) missing() int {
	seen := map[core.Finding]bool{}
	for _, e := range d.examinations {
		for _, f := range e.Findings {
			if f.Status == core.FindingMissing {
				seen[f] = true
			}
		}
	}
	return len(seen)
}

func (d *doctor) writeJSON(w io.Writer) error {
	raw, err := json.Marshal(map[string]any{"examinations": d.examinations})
	if err != nil {
		return err
	}
	return writeJSON(w, raw)
}

// write shows what was found to a person. What was said of a network's app is not
// repeated for its accounts.
func (d *doctor) write(w io.Writer) {
	said := map[string][]core.Finding{}
	for _, e := range d.examinations {
		fmt.Fprintln(w, strings.TrimSpace(e.Platform+" "+e.name))
		for _, f := range e.Findings {
			if e.AccountID != "" && slices.Contains(said[e.Platform], f) {
				continue
			}
			writeFinding(w, f)
		}
		if e.AccountID == "" {
			said[e.Platform] = e.Findings
		}
		fmt.Fprintln(w)
	}
	switch n := d.missing(); n {
	case 0:
		fmt.Fprintln(w, "Nothing has to be mended.")
	case 1:
		fmt.Fprintln(w, "One thing has to be mended.")
	default:
		fmt.Fprintf(w, "%d things have to be mended.\n", n)
	}
}

func writeFinding(w io.Writer, f core.Finding) {
	fmt.Fprintf(w, "  %s %s: %s\n", mark(f.Status), f.Check, f.Message)
	if f.Status == core.FindingOK {
		return
	}
	if f.Help != "" {
		fmt.Fprintf(w, "      %s\n", f.Help)
	}
	if f.URL != "" && !strings.Contains(f.Message+f.Help, f.URL) {
		fmt.Fprintf(w, "      %s\n", f.URL)
	}
}

func mark(s core.FindingStatus) string {
	switch s {
	case core.FindingOK:
		return "✓"
	case core.FindingWarning:
		return "!"
	case core.FindingMissing:
		return "✗"
	case core.FindingUnknown:
	}
	return "?"
}
