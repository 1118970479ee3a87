package notify_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/notify"
	"github.com/crier-social/crier/core/store"
)

var update = flag.Bool("update", false, "write the golden files")

// golden compares a text with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

func (f *fixture) invitation() notify.Invitation {
	return notify.Invitation{
		ProfileID: f.customer.ID, SessionID: core.NewID(f.clock.Now()), Title: "Acme", URL: "https://crier.example/link/open/crl_ls_secret",
		OpenUntil: f.clock.Now().Add(time.Hour), To: []string{"jane@acme.example"}, Company: "Agency Ltd", ContactEmail: "help@agency.example",
		TermsURL: "https://agency.example/terms", PrivacyURL: "https://agency.example/privacy?a=b&c=d",
	}
}

func (f *fixture) invite(i notify.Invitation) string {
	f.t.Helper()
	if err := f.Invite(f.t.Context(), i); err != nil {
		f.t.Fatal(err)
	}
	return i.SessionID
}

// What the mails say, in both parts.
func TestMailContent(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		change  []func(*notify.MailConfig)
		send    func(f *fixture) (id string)
		to      string
		subject string
	}{
		{
			name:    "refresh",
			send:    func(f *fixture) string { return f.tellOf(f.customer, f.refreshNotice(f.account(f.customer))) },
			to:      "owner@acme.example",
			subject: "scripted: link “Acme Ltd” again within 10 days",
		},
		{
			name: "refresh-tomorrow-to-operator",
			send: func(f *fixture) string {
				f.setEmail(f.customer, "")
				a := f.account(f.customer)
				f.clock.Advance(9 * 24 * time.Hour)
				return f.tellOf(f.customer, f.refreshNotice(a))
			},
			to:      "ops@crier.example",
			subject: "scripted: link “Acme Ltd” of “Acme” again within 1 day",
		},
		{
			name: "lost",
			send: func(f *fixture) string {
				a := f.account(f.primary)
				f.clock.Set(a.EndsAt())
				f.lose(a)
				return f.tellOf(f.primary, f.lostNotice(a))
			},
			to:      "ops@crier.example",
			subject: "scripted: link “Acme Ltd” again, its authorization is gone",
		},
		{
			name:   "lost-without-grace",
			change: []func(*notify.MailConfig){func(c *notify.MailConfig) { c.Operator, c.RelinkGrace = nil, 0 }},
			send: func(f *fixture) string {
				a := f.account(f.customer)
				f.lose(a)
				return f.tellOf(f.customer, f.lostNotice(a))
			},
			to:      "owner@acme.example",
			subject: "scripted: link “Acme Ltd” again, its authorization is gone",
		},
		{
			name: "invitation",
			send: func(f *fixture) string {
				return f.invite(f.invitation())
			},
			to:      "jane@acme.example",
			subject: "Agency Ltd invites you to link your social media accounts",
		},
		{
			name: "invitation-by-nobody",
			send: func(f *fixture) string {
				i := f.invitation()
				i.Title, i.Company, i.ContactEmail, i.TermsURL, i.PrivacyURL = "", "", "", "", ""
				return f.invite(i)
			},
			to:      "jane@acme.example",
			subject: "Link your social media accounts",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f, server := newMailFixture(t, tc.change...)
			known := strings.NewReplacer(tc.send(f), "NOTICE")
			f.work()
			got := server.only(t)
			p := parse(t, got.raw)
			if got.to != tc.to || got.from != "crier@crier.example" || p.subject != tc.subject {
				t.Errorf("mail from %s to %s: %s", got.from, got.to, p.subject)
			}
			golden(t, tc.name+".txt", known.Replace(p.text))
			golden(t, tc.name+".html", known.Replace(p.html))
		})
	}
}

func TestMailHeaders(t *testing.T) {
	t.Parallel()
	f, server := newMailFixture(t)
	id := f.tellOf(f.customer, f.refreshNotice(f.account(f.customer)))
	f.work()
	p := parse(t, server.only(t).raw)
	got := map[string]string{}
	for name := range p.header {
		got[name] = strings.Join(p.header[name], "|")
	}
	want := map[string]string{
		"From": `"Crier" <crier@crier.example>`, "To": "<owner@acme.example>", "Date": f.clock.Now().UTC().Format(time.RFC1123Z),
		"Message-Id": "<" + id + "-mail@crier.example>", "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All",
		"Mime-Version": "1.0", "Subject": p.header.Get("Subject"), "Content-Type": p.header.Get("Content-Type"),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	m := f.message(id + "-mail")
	if m.State != store.MessageDelivered || len(m.Tries) != 1 || m.Tries[0].Status != 250 || m.Tries[0].Answer == "" {
		t.Errorf("the log has %+v", m)
	}
}
