package main

import (
	"context"
	"encoding/json"
	"errors"
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

With --store it asks no server, but looks at the database as one would that is started
here, with these settings: whether they are complete, the database answers, takes the
login and can be written, and what it is.

  ✓  all is well
  !  works, but not for ever or not in full
  ✗  has to be mended
  ?  could not be found out

The exit code is 0 when nothing has to be mended, 1 when something has to, and 2 when
that could not be found out: something is marked ?, no server answers, it does not
accept the key, or there is no such account. With --json, the last three are told as
JSON too, in "error".`

func runDoctor(ctx context.Context, c cli, args []string) error {
	f := newFlags(c, "doctor", "[--account id | --store] [flags]", doctorAbout)
	server := addClientFlags(f)
	account := f.String("account", "", "only the linked account with this `id`; GET /accounts lists them.")
	ofStore := f.Bool("store", false, "Look at the database of CRIER_STORE instead, without a server.")
	asJSON := f.Bool("json", false, "Print what was found as JSON.")
	if _, err := f.parse(args, 0); err != nil {
		return err
	}
	if *ofStore && *account != "" {
		return f.wrong(errors.New("--store and --account exclude each other: name one of them"))
	}
	d := &doctor{}
	if *ofStore {
		d.examinations = append(d.examinations, examineStore(ctx, c))
	} else if err := d.ask(ctx, c, server, *account); err != nil {
		return d.unasked(c, err, *asJSON)
	}
	if *asJSON {
		if err := d.writeJSON(c.stdout, nil); err != nil {
			return err
		}
	} else {
		d.write(c.stdout)
	}
	switch {
	case d.missing() > 0:
		return reportedError{}
	case d.count(core.FindingUnknown) > 0:
		return exitError{code: exitUnknown}
	}
	return nil
}

// ask gathers what the server finds out about an account, or, without one, about
// everything.
func (d *doctor) ask(ctx context.Context, c cli, server clientFlags, account string) (err error) {
	if d.api, err = server.client(c); err != nil {
		return err
	}
	if account != "" {
		return d.account(ctx, listedAccount{ID: account})
	}
	return d.everything(ctx)
}

// unasked reports that nothing could be found out.
func (d *doctor) unasked(c cli, err error, asJSON bool) error {
	if _, usage := errors.AsType[*usageError](err); usage {
		return err
	}
	if asJSON {
		if failed := d.writeJSON(c.stdout, err); failed != nil {
			return failed
		}
		return exitError{code: exitUnknown}
	}
	return exitError{code: exitUnknown, err: err}
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

// missing counts what has to be mended.
func (d *doctor) missing() int { return d.count(core.FindingMissing) }

// count counts what was found to stand in a way, as often as it is shown.
func (d *doctor) count(status core.FindingStatus) int {
	n := 0
	for _, e := range d.shown() {
		for _, f := range e.Findings {
			if f.Status == status {
				n++
			}
		}
	}
	return n
}

// shown is what was found as a person reads it: what was said of a network's app is not
// repeated for its accounts.
func (d *doctor) shown() []examination {
	said := map[string][]core.Finding{}
	list := slices.Clone(d.examinations)
	for i, e := range list {
		if e.AccountID == "" {
			said[e.Platform] = e.Findings
			continue
		}
		list[i].Findings = slices.DeleteFunc(slices.Clone(e.Findings), func(f core.Finding) bool { return slices.Contains(said[e.Platform], f) })
	}
	return list
}

// writeJSON writes what was found, and why not everything was.
func (d *doctor) writeJSON(w io.Writer, why error) error {
	out := map[string]any{"examinations": append([]examination{}, d.examinations...)}
	if why != nil {
		out["error"] = why.Error()
	}
	raw, err := json.Marshal(out)
	if err != nil {
		return err
	}
	return writeJSON(w, raw)
}

// write shows what was found to a person.
func (d *doctor) write(w io.Writer) {
	for _, e := range d.shown() {
		fmt.Fprintln(w, strings.TrimSpace(e.Platform+" "+e.name))
		for _, f := range e.Findings {
			writeFinding(w, f)
		}
		fmt.Fprintln(w)
	}
	fmt.Fprintln(w, d.verdict())
}

// verdict is the last line.
func (d *doctor) verdict() string {
	var line string
	unknown := d.count(core.FindingUnknown) > 0
	switch n := d.count(core.FindingMissing); {
	case n == 0 && unknown:
		line = "Nothing is known to need mending."
	case n == 0:
		line = "Nothing has to be mended."
	case n == 1:
		line = "One thing has to be mended."
	default:
		line = fmt.Sprintf("%d things have to be mended.", n)
	}
	if unknown {
		line += " What is marked ? could not be found out."
	}
	if d.count(core.FindingWarning) > 0 {
		line += " What is marked ! works, but not for ever or not in full."
	}
	return line
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
