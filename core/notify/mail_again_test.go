package notify_test

import (
	"strings"
	"testing"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/notify"
)

// TestMailWords: a mail says what its address leads to, and which of the accounts of one name
// it is about.
func TestMailWords(t *testing.T) {
	t.Parallel()
	const invitation = "so that nobody else learns your password; or you enter what the page asks for"
	for name, tt := range map[string]struct {
		app      core.LinkApp
		username string
		says     []string
		not      string
	}{
		"consent":          {coretest.LinkApp(), "", []string{"It leads to Scripted, which asks for your consent;", "only to a person who consents to it there."}, "("},
		"asks, then leads": {coretest.AskingApp(), "", []string{"It leads to a page that asks for “Handle”, and from there to Scripted, which asks for your consent;"}, "("},
		"known who it is":  {coretest.AskingApp(), "acme.example", []string{"It leads to Scripted, which asks for your consent;", "“Acme Ltd” (acme.example)"}, "asks for “Handle”"},
		"direct":           {coretest.DirectApp(), "acme.example", []string{"It leads to a page that asks for “App password”, as you have it from Scripted;", "only to a person who links the account again.", "“Acme Ltd” (acme.example)"}, "consent"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := newMailServer(t, mailServerOptions{})
			f := newFixture(t, server.use(), func(c *notify.Config) {
				registry, err := core.NewRegistry(coretest.NewProvider(coretest.Config{Apps: []core.LinkApp{tt.app}}))
				if err != nil {
					t.Fatal(err)
				}
				c.Registry = registry
			})
			f.setEmail(f.customer, "owner@acme.example")
			a := f.account(f.customer, func(a *core.Account) { a.Username, a.App, a.Kind = tt.username, tt.app.Name, core.AccountPerson })
			f.tellOf(f.customer, f.refreshNotice(a))
			f.work()
			text := strings.Join(strings.Fields(parse(t, server.only(t).raw).text), " ")
			for _, want := range tt.says {
				if !strings.Contains(text, want) {
					t.Errorf("it does not say %q:\n%s", want, text)
				}
			}
			if strings.Contains(text, tt.not) {
				t.Errorf("it says %q:\n%s", tt.not, text)
			}
			f.invite(f.invitation())
			f.work()
			text = strings.Join(strings.Fields(parse(t, server.only(t).raw).text), " ")
			if strings.Contains(text, invitation) != tt.app.Direct {
				t.Errorf("the invitation says\n%s", text)
			}
		})
	}
}
