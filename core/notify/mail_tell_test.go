package notify_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/notify"
	"github.com/crier-social/crier/core/store"
)

// Who gets a mail of what, and in whose log it is.
func TestMailReceivers(t *testing.T) {
	t.Parallel()
	const owner, ops, more = "owner@acme.example", "ops@crier.example", "more@crier.example"
	refresh, lost := (*fixture).refreshNotice, (*fixture).lostNotice
	other := func(s core.SocialNotice) func(*fixture, core.Account) core.Notice {
		return func(f *fixture, a core.Account) core.Notice { return f.socialNotice(a, s) }
	}
	for name, tc := range map[string]struct {
		primary  bool
		email    string
		operator []string
		notice   func(*fixture, core.Account) core.Notice
		own, ops []string // in the log of the profile, and of the primary one if that is another
	}{
		"the profile's address":               {false, owner, []string{ops}, refresh, []string{owner}, nil},
		"without one, the operator's":         {false, "", []string{ops, more}, refresh, nil, []string{ops, more}},
		"of the primary profile":              {true, owner, []string{ops}, refresh, []string{owner}, nil},
		"of the primary profile without one":  {true, "", []string{ops}, refresh, []string{ops}, nil},
		"lost":                                {false, owner, []string{ops, more}, lost, []string{owner}, []string{ops, more}},
		"lost, without an address":            {false, "", []string{ops}, lost, nil, []string{ops}},
		"lost, without an operator":           {false, owner, nil, lost, []string{owner}, nil},
		"lost, of the primary profile":        {true, owner, []string{ops}, lost, []string{ops, owner}, nil},
		"lost, of the operator's own address": {true, "OPS@crier.example", []string{ops}, lost, []string{"OPS@crier.example"}, nil},
		"nobody":                              {false, "", nil, lost, nil, nil},
		"linked":                              {false, owner, []string{ops}, other(core.SocialNotice{Type: core.SocialLink, Source: core.SocialByUser}), nil, nil},
		"unlinked by the user":                {false, owner, []string{ops}, other(core.SocialNotice{Type: core.SocialUnlink, Source: core.SocialByUser}), nil, nil},
		"a post": {false, owner, []string{ops}, func(f *fixture, _ core.Account) core.Notice {
			return postNotice(f.clock.Now(), "post1")
		}, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, server := newMailFixture(t, func(c *notify.MailConfig) { c.Operator = tc.operator })
			p := f.customer
			if tc.primary {
				p = f.primary
			}
			f.setEmail(p, tc.email)
			a := f.account(p)
			n := tc.notice(f, a)
			if n.Social != nil && n.Social.Type == core.SocialUnlink {
				f.lose(a)
			}
			wanted, err := f.Wants(t.Context(), p.ID, core.NoticeSocial)
			if err != nil || wanted != (tc.email != "" || len(tc.operator) > 0) {
				t.Errorf("notices are wanted: %t, %v", wanted, err)
			}
			f.tellOf(p, n)
			f.tellOf(p, n) // a crash in between
			f.work()
			own := receivers(f.mailsOf(p))
			var ops []string
			if !tc.primary {
				ops = receivers(f.mailsOf(f.primary))
			}
			if diff := cmp.Diff([][]string{sorted(tc.own), sorted(tc.ops)}, [][]string{own, ops}); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if n := len(server.take()); n != len(own)+len(ops) {
				t.Errorf("%d mails arrived", n)
			}
		})
	}
}

func receivers(messages []store.Message) []string {
	var list []string
	for _, m := range messages {
		list = append(list, m.To...)
	}
	return sorted(list)
}

// Nothing is told any more that is not so any more.
func TestMailOutOfDate(t *testing.T) {
	t.Parallel()
	day := 24 * time.Hour
	for name, tc := range map[string]struct {
		lost   bool // tell that, else that it ends
		change func(f *fixture, a core.Account) error
		want   store.MessageState
	}{
		"nothing has changed": {false, func(*fixture, core.Account) error { return nil }, store.MessageDelivered},
		"the end, told in seconds from now, moves a little": {false, func(f *fixture, a core.Account) error {
			return f.extend(a, time.Minute)
		}, store.MessageDelivered},
		"linked again":               {false, func(f *fixture, a core.Account) error { return f.extend(a, 365*day) }, store.MessageDropped},
		"unlinked":                   {false, func(f *fixture, a core.Account) error { return f.store.DeleteAccount(f.t.Context(), a.ID) }, store.MessageDropped},
		"the profile is gone":        {false, func(f *fixture, _ core.Account) error { return f.store.DeleteProfile(f.t.Context(), f.customer.ID) }, store.MessageDropped},
		"it has ended":               {false, func(f *fixture, _ core.Account) error { f.clock.Advance(10 * day); return nil }, store.MessageDropped},
		"lost before its end":        {false, func(f *fixture, a core.Account) error { f.lose(a); return nil }, store.MessageDropped},
		"lost":                       {true, func(*fixture, core.Account) error { return nil }, store.MessageDelivered},
		"lost, and linked again":     {true, func(f *fixture, a core.Account) error { return f.extend(a, 365*day) }, store.MessageDropped},
		"lost, and unlinked by hand": {true, func(f *fixture, a core.Account) error { return f.store.DeleteAccount(f.t.Context(), a.ID) }, store.MessageDropped},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, server := newMailFixture(t, func(c *notify.MailConfig) { c.Operator = nil })
			a := f.account(f.customer)
			n := f.refreshNotice(a)
			if tc.lost {
				f.lose(a)
				n = f.lostNotice(a)
			}
			f.tellOf(f.customer, n)
			if err := tc.change(f, a); err != nil {
				t.Fatal(err)
			}
			f.work()
			if m := f.message(n.ID + "-mail"); m.State != tc.want {
				t.Errorf("the message is %+v", m)
			}
			if sent := len(server.take()) == 1; sent != (tc.want == store.MessageDelivered) {
				t.Errorf("it was sent: %t", sent)
			}
		})
	}
}

// extend makes an account active, and moves its end.
func (f *fixture) extend(a core.Account, by time.Duration) error {
	_, err := f.store.UpdateAccount(f.t.Context(), a.ID, func(a *core.Account) error {
		a.Status, a.ExpiresAt = core.AccountActive, a.ExpiresAt.Add(by)
		return nil
	})
	return err
}

// Names are strangers' words: they neither make headers nor end lines, and are what they are
// in both parts.
func TestMailNames(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		display string
		subject string // the name in it
		html    string
	}{
		"header injection":   {"Acme\r\nBcc: all@acme.example\r\n\r\n<b>hi</b>", "“Acme Bcc: all@acme.example <b>hi</b>”", "&lt;b&gt;hi&lt;/b&gt;"},
		"line separators":    {"Acme\u2028Ltd\u0085X\vY\x00Z", "“Acme Ltd X Y Z”", "“Acme Ltd X Y Z”"},
		"quotes":             {`"Acme" \ 'Ltd' =?utf-8?q?x?=`, `“"Acme" \ 'Ltd' =?utf-8?q?x?=”`, "&#34;Acme&#34;"},
		"letters and emoji":  {"Ärzte für Österreich 🦋", "“Ärzte für Österreich 🦋”", "🦋"},
		"from right to left": {"شركة أكمي", "“\u2068شركة أكمي\u2069”", "<bdi>شركة أكمي</bdi>"},
		"turned around":      {"Acme \u202egnp.exe", "“Acme gnp.exe”", "gnp.exe"},
		"not UTF-8":          {"Acme \xff", "“Acme \ufffd”", "\ufffd"},
		"long":               {strings.Repeat("Österreich ", 60), "“" + strings.Repeat("Österreich ", 7) + "Ös…”", "…"},
		"template":           {"{{.Subject}}", "“{{.Subject}}”", "{{.Subject}}"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, server := newMailFixture(t)
			a := f.account(f.customer)
			a.DisplayName = tc.display
			f.tellOf(f.customer, f.refreshNotice(a))
			f.work()
			p := parse(t, server.only(t).raw)
			if want := "scripted: link " + tc.subject + " again within 10 days"; p.subject != want {
				t.Errorf("the subject is %q, want %q", p.subject, want)
			}
			if !strings.Contains(p.html, tc.html) || !strings.HasPrefix(p.text, "Link "+tc.subject) && name != "long" {
				t.Errorf("it says %s\n%s", p.text, p.html)
			}
			for header := range p.header {
				if header == "Bcc" {
					t.Error("the name has made a header")
				}
			}
		})
	}
}

// A domain goes out as DNS has it; another part of an address that is not ASCII needs a server
// that can do it.
func TestMailAddresses(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		address string
		utf8    bool // the server can do it
		to      string
		asked   bool // for it
	}{
		"plain, whatever the server can": {"jane@acme.example", true, "jane@acme.example", false},
		"domain":                         {"jane@ärzte.example", false, "jane@xn--rzte-koa.example", false},
		"name":                           {"jürgen@ärzte.example", true, "jürgen@xn--rzte-koa.example", true},
		"name, but the server cannot":    {"jürgen@acme.example", false, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := newMailServer(t, mailServerOptions{utf8: tc.utf8})
			f := newFixture(t, server.use())
			f.setEmail(f.customer, tc.address)
			id := f.tellOf(f.customer, f.refreshNotice(f.account(f.customer)))
			f.work()
			if tc.to == "" {
				if m := f.message(id + "-mail"); m.State != store.MessageFailed || !strings.Contains(m.Tries[0].Error, "ASCII") {
					t.Errorf("the message is %+v", m)
				}
				return
			}
			if got := server.only(t); got.to != tc.to || got.utf8 != tc.asked {
				t.Errorf("the mail went to %s (SMTPUTF8: %t)", got.to, got.utf8)
			}
		})
	}
}

func TestInvitations(t *testing.T) {
	t.Parallel()
	f, server := newMailFixture(t)
	i := f.invitation()
	i.To, i.BCC = []string{"jane@acme.example", "joe@acme.example"}, []string{"crm@agency.example", "JOE@acme.example"}
	f.invite(i)
	f.invite(i) // asked twice
	f.work()
	var to []string
	for _, m := range server.take() {
		to = append(to, m.to)
		p := parse(t, m.raw)
		if got := p.header.Get("To"); got != "<jane@acme.example>, <joe@acme.example>" {
			t.Errorf("the mail to %s shows %s", m.to, got)
		}
		if p.header.Get("Bcc") != "" || p.header.Get("Reply-To") != "<help@agency.example>" {
			t.Errorf("the headers are %v", p.header)
		}
	}
	if diff := cmp.Diff([]string{"crm@agency.example", "jane@acme.example", "joe@acme.example"}, sorted(to)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, m := range f.mailsOf(f.customer) {
		if m.Action != notify.ActionInvitation || strings.Contains(string(m.Body), "crl_ls_secret") {
			t.Errorf("the log has %s of %s", m.Body, m.Action)
		}
	}
}

// Headers that are not ASCII go to those alone whose servers can read them.
func TestInvitationsToOtherLetters(t *testing.T) {
	t.Parallel()
	server := newMailServer(t, mailServerOptions{utf8: true})
	f := newFixture(t, server.use())
	i := f.invitation()
	i.To, i.BCC, i.ContactEmail = []string{"jürgen@acme.example"}, []string{"crm@agency.example"}, "hilfe@ärzte.example"
	f.invite(i)
	f.work()
	got := map[string][]string{}
	for _, m := range server.take() {
		p := parse(t, m.raw)
		got[m.to] = []string{p.header.Get("To"), p.header.Get("Reply-To")}
	}
	want := map[string][]string{
		"jürgen@acme.example": {"<jürgen@acme.example>", "<hilfe@xn--rzte-koa.example>"},
		"crm@agency.example":  {"<crm@agency.example>", "<hilfe@xn--rzte-koa.example>"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// An address that cannot be opened any more is sent to nobody.
func TestInvitationsEnd(t *testing.T) {
	t.Parallel()
	f, server := newMailFixture(t)
	id := f.invite(f.invitation()) + "-mail"
	server.refuseAt("rcpt", busy())
	f.work()
	server.refuseAt("", nil)
	f.clock.Advance(time.Hour)
	f.work()
	if m := f.message(id); m.State != store.MessageFailed || !strings.Contains(m.Tries[1].Error, "POST /profiles/link-sessions") {
		t.Errorf("the message is %+v", m)
	}
	if n := len(server.take()); n != 0 {
		t.Errorf("%d mails arrived", n)
	}
}

func TestNoMailServer(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.setEmail(f.customer, "owner@acme.example")
	f.tellOf(f.customer, f.refreshNotice(f.account(f.customer)))
	if n := len(f.mailsOf(f.customer)); n != 0 {
		t.Errorf("the log has %d mails", n)
	}
	if wanted, err := f.Wants(t.Context(), f.customer.ID, core.NoticeSocial); wanted || err != nil {
		t.Errorf("notices are wanted: %t, %v", wanted, err)
	}
	if err := f.CheckMail(t.Context()); err != nil || f.SendsMail() {
		t.Errorf("it sends mail: %t, %v", f.SendsMail(), err)
	}
	if err := f.Invite(t.Context(), f.invitation()); err == nil {
		t.Error("an invitation was taken that nobody sends")
	}
}

// A mail that is sent again by hand is another one for the programs that hide what they have.
func TestMailSentAgainByHand(t *testing.T) {
	t.Parallel()
	f, server := newMailFixture(t)
	id := f.tellOf(f.customer, f.refreshNotice(f.account(f.customer))) + "-mail"
	f.work()
	first := parse(t, server.only(t).raw)
	f.clock.Advance(time.Hour)
	if _, err := f.Resend(t.Context(), f.customer.ID, id); err != nil {
		t.Fatal(err)
	}
	f.work()
	again := parse(t, server.only(t).raw)
	if a, b := first.header.Get("Message-Id"), again.header.Get("Message-Id"); a == b {
		t.Errorf("both are %s", a)
	}
	if first.text != again.text {
		t.Errorf("the mail has changed to\n%s", again.text)
	}
}

// Mail and webhook of a notice go out side by side, each once, however many processes tell it.
func TestMailBesideWebhook(t *testing.T) {
	t.Parallel()
	f, server := newMailFixture(t)
	f.register(f.customer, social, "/hook")
	n := f.refreshNotice(f.account(f.customer))
	f.tellOf(f.customer, n)
	f.work()
	f.restart()
	f.tellOf(f.customer, n)
	f.work()
	call := f.endpoint.only(t)
	p := parse(t, server.only(t).raw)
	if address := call.text(t, "relinkUrl"); !strings.Contains(p.text, "\n"+address+"\n") {
		t.Errorf("the webhook has %s, the mail\n%s", address, p.text)
	}
}
