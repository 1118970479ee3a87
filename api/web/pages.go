package web

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/accounts"
	"github.com/crier-social/crier/core/store"
)

// head is what the pages of accounts have in common.
type head struct {
	Heading     string
	HideHeading bool // from the eye; those who listen to the page still hear it
	SubHeading  string
	Note        *note
	Start, Form string // where forms lead, and what proves that they are of this page
	Done        string
	DoneWord    string
}

func (w *Web) headOf(v *accounts.Visit, n *note, heading, subHeading string) head {
	page := v.Profile.LinkPage
	return head{
		Heading: cmp.Or(page.TopHeader, heading), HideHeading: page.HideTopHeader, SubHeading: cmp.Or(page.SubHeader, subHeading), Note: n,
		Start: w.path(v.Session.ID, "start"), Form: v.FormToken(), Done: w.path(v.Session.ID, "done"), DoneWord: doneWord(v.Session),
	}
}

// doneWord is on the button that leads away.
func doneWord(s store.LinkSession) string {
	if s.Mode == store.LinkConnect {
		return "Not now"
	}
	return "Done"
}

// gridPage is the page of all networks.
type gridPage struct {
	head
	Alerts   []alert
	Networks []networkView
	Nothing  string // why no network can be linked; empty: one can
}

// connectPage is the page of one network.
type connectPage struct {
	head
	Alerts  []alert
	Network networkView
}

// alert is an account that needs something.
type alert struct {
	Name, Network, Platform, AccountID string
	Level, Text                        string
	Action                             string // empty: the server has no app for it
}

// networkView is a network with its apps and accounts.
type networkView struct {
	Platform, Title, Initial, Summary, Host string
	// NoApps says why nothing can be linked; empty: Apps has something.
	NoApps   string
	Apps     []appView
	Accounts []accountView
}

// appView is an app; Title is empty where it is the only one.
type appView struct {
	Name, Title, Action string
	Lasts               string // for how long
	First               bool   // the one to offer first
	Best                bool   // the first of several
}

// accountView is a linked account.
type accountView struct {
	Name, Username, Kind, Initials string
	IsPage                         bool
	Level, Status                  string
	Since                          date
	Until                          *end
	Unlink                         string
}

// date is a day for people and for programs.
type date struct{ Human, Machine string }

// end is when the authorization of an account ends, or ended.
type end struct {
	date
	Word string
}

func dateOf(t time.Time) date { return date{day(t), t.UTC().Format(time.DateOnly)} }

// overview is the page of a session.
func (w *Web) overview(rw http.ResponseWriter, r *http.Request, v *accounts.Visit) error {
	n := w.take(rw, r, v.Session.ID)
	if v.Relinks() {
		return w.relink(rw, r, v, n)
	}
	linked, err := v.Accounts(r.Context())
	if err != nil {
		return err
	}
	networks := v.Networks()
	w.forms(r.Context(), rw, networks...)
	b := brandOf(v.Profile)
	d := document{Brand: b, Footer: w.footer(v)}
	if v.Session.Mode == store.LinkConnect {
		title := v.Title(v.Session.Platform)
		p := connectPage{
			head:   w.headOf(v, n, "Connect "+title, b.subject()+" would like to publish on "+title+" in your name, with the accounts that you choose."),
			Alerts: w.alerts(v, linked),
		}
		network := accounts.LinkNetwork{Platform: v.Session.Platform, Title: title}
		if len(networks) > 0 {
			network = networks[0]
		}
		p.Network = w.networkView(r.Context(), v, network, linked)
		d.Body, d.DocumentTitle = p, headline(n, p.Heading)
		return w.show(rw, r, http.StatusOK, pageConnect, d)
	}
	p := gridPage{head: w.headOf(v, n, "Link your accounts", b.subject()+" publishes in your name with the accounts that you link here.")}
	for _, network := range append(networks, withoutApps(v, networks, linked)...) {
		p.Networks = append(p.Networks, w.networkView(r.Context(), v, network, linked))
	}
	p.Alerts = w.alerts(v, linked)
	if len(networks) == 0 {
		p.Nothing = w.nothing()
	}
	d.Body, d.DocumentTitle = p, headline(n, p.Heading)
	return w.show(rw, r, http.StatusOK, pageGrid, d)
}

// withoutApps lists the networks of linked accounts that the server has no app of any more:
// what is linked there can be unlinked all the same.
func withoutApps(v *accounts.Visit, offered []accounts.LinkNetwork, linked []core.Account) []accounts.LinkNetwork {
	var more []accounts.LinkNetwork
	for _, a := range linked {
		is := func(n accounts.LinkNetwork) bool { return n.Platform == a.Platform }
		if !slices.ContainsFunc(offered, is) && !slices.ContainsFunc(more, is) {
			more = append(more, accounts.LinkNetwork{Platform: a.Platform, Title: v.Title(a.Platform)})
		}
	}
	return more
}

// headline is the title of a document, which is what is read out first.
func headline(n *note, heading string) string {
	if n == nil {
		return heading
	}
	return n.Title + " – " + heading
}

// nothing tells why no network at all can be linked.
func (w *Web) nothing() string {
	if len(w.Linking.Networks()) == 0 {
		return "No account can be linked here at the moment, because this server is not set up for it any more. Tell whoever gave you the address of this page."
	}
	return "No account can be linked here at the moment: whoever gave you the address of this page has switched off all networks that it could offer."
}

// lacks tells why accounts of a network cannot be linked.
func (w *Web) lacks(v *accounts.Visit, platform string) string {
	title := v.Title(platform)
	if v.SwitchedOff(platform) {
		return "whoever gave you the address of this page has switched " + title + " off."
	}
	return "this server has no app of " + title + " for it any more. Tell whoever gave you the address of this page."
}

// relink leads on to the consent, unless there is something to tell first.
func (w *Web) relink(rw http.ResponseWriter, r *http.Request, v *accounts.Visit, n *note) error {
	if n == nil {
		address, err := v.BeginRelink(r.Context())
		if err == nil {
			see(rw, address)
		}
		return err
	}
	w.forms(r.Context(), rw, v.Networks()...)
	m := message{note: *n, Retry: &retry{
		Start: w.path(v.Session.ID, "start"), Form: v.FormToken(), Platform: v.Session.Platform, AccountID: v.Session.AccountID,
	}}
	return w.show(rw, r, http.StatusOK, pageMessage, document{DocumentTitle: n.Title, Brand: brandOf(v.Profile), Footer: w.footer(v), Body: m})
}

// footer tells until when a page is good.
func (w *Web) footer(v *accounts.Visit) string {
	ends := v.Session.ExpiresAt.UTC()
	text := "This page can be used until " + ends.Format("15:04") + " UTC"
	if ends.Format(time.DateOnly) != w.Clock.Now().UTC().Format(time.DateOnly) {
		text += " on " + day(ends)
	}
	power := "link and unlink accounts"
	if v.Relinks() {
		power = "link the account again"
	}
	return text + ". Do not pass on the address that you were given: whoever has it can " + power + "."
}

// alerts lists what the accounts need, the most urgent first.
func (w *Web) alerts(v *accounts.Visit, linked []core.Account) []alert {
	now := w.Clock.Now()
	var list []alert
	for _, a := range linked {
		need, days := accounts.NeedOf(a, now)
		if need == accounts.NeedNothing {
			continue
		}
		entry := alert{
			Name: nameOf(a), Network: v.Title(a.Platform), Platform: a.Platform, AccountID: a.ID,
			Level: warn, Action: "Refresh", Text: alertText(a, need, days, now),
		}
		if need == accounts.NeedRelink {
			entry.Level, entry.Action = bad, "Link again"
		}
		if !v.CanRelink(a) {
			entry.Action = ""
			entry.Text += " That cannot be done here: " + w.lacks(v, a.Platform)
		}
		list = append(list, entry)
	}
	slices.SortStableFunc(list, func(a, b alert) int { return cmp.Compare(a.Level, b.Level) }) // bad sorts before warn
	return list
}

func (w *Web) networkView(ctx context.Context, v *accounts.Visit, n accounts.LinkNetwork, linked []core.Account) networkView {
	view := networkView{
		Platform: n.Platform, Title: n.Title, Initial: initials(n.Title), Summary: "No account is linked yet.",
		Host: hostsOf(w.Linking.ConsentOrigins(ctx, n), n.Title),
	}
	for _, a := range linked {
		if a.Platform == n.Platform {
			view.Accounts = append(view.Accounts, w.accountView(v, a))
		}
	}
	action := "Link " + n.Title
	switch len(view.Accounts) {
	case 0:
	case 1:
		view.Summary, action = "1 account is linked.", "Link another account"
	default:
		view.Summary, action = strconv.Itoa(len(view.Accounts))+" accounts are linked.", "Link another account"
	}
	if len(n.Apps) == 0 {
		view.NoApps = w.lacks(v, n.Platform)
	}
	for i, app := range n.Apps {
		entry := appView{Name: app.Name, Action: action, First: i == 0}
		if len(n.Apps) > 1 {
			entry.Title, entry.Action = cmp.Or(app.Title, covers(app.Kinds)), "Link"
			entry.Lasts, entry.Best = lastsFor(app.Lasts), i == 0
		}
		view.Apps = append(view.Apps, entry)
	}
	return view
}

func (w *Web) accountView(v *accounts.Visit, a core.Account) accountView {
	view := describe(a)
	view.Since, view.Unlink = dateOf(a.LinkedAt), w.path(v.Session.ID, "unlink", a.ID)
	need, days := accounts.NeedOf(a, w.Clock.Now())
	if ends := a.EndsAt(); !ends.IsZero() {
		view.Until = &end{dateOf(ends), "good until"}
		if !w.Clock.Now().Before(ends) {
			view.Until.Word = "ended on"
		}
	}
	switch need {
	case accounts.NeedNothing:
		view.Level, view.Status = good, "Linked"
	case accounts.NeedRefresh:
		view.Level, view.Status = warn, "Ends "+inDays(days)
	case accounts.NeedRelink:
		view.Level, view.Status = bad, "To be linked again"
	}
	return view
}

// describe is the part of an account that the network tells.
func describe(a core.Account) accountView {
	name := nameOf(a)
	view := accountView{Name: name, Kind: kindOf(a.Kind), Initials: initials(name), IsPage: a.Kind == core.AccountOrganization}
	if a.Username != "" && a.Username != name {
		view.Username = a.Username
	}
	return view
}
