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
	Name, Username, Network, Platform, AccountID string
	Level, Text                                  string
	Action                                       string // empty: the server has no app for it
	Fields                                       []fieldView
}

// networkView is a network with its apps and accounts.
type networkView struct {
	Platform, Title, Initial, Summary string
	// Host is where people sign in, to all of Apps; empty: to one of them they do not.
	Host string
	// NoApps says why nothing can be linked; empty: Apps has something.
	NoApps   string
	Apps     []appView
	Accounts []accountView
}

// appView is an app; Title is empty where it is the only one.
type appView struct {
	Name, Title, Action string
	Lasts               string // for how long
	Hint                string // what becomes of what is asked for, where NetworkView.Host is empty
	Direct              bool
	Fields              []fieldView
	First               bool // the one to offer first
	Best                bool // the first of several
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
		return w.relink(rw, r, v, n, nil)
	}
	return w.accounts(rw, r, v, n, nil)
}

// accounts is the page of accounts, after a form that was tried; nil: none was.
func (w *Web) accounts(rw http.ResponseWriter, r *http.Request, v *accounts.Visit, n *note, t *tried) error {
	linked, err := v.Accounts(r.Context())
	if err != nil {
		return err
	}
	networks := v.Networks()
	w.forms(r.Context(), rw, networks...)
	b := brandOf(v.Profile)
	d := document{Brand: b, Footer: w.footer(v)}
	page, heading := pageGrid, ""
	if v.Session.Mode == store.LinkConnect {
		p := w.connectPage(r.Context(), v, n, t, networks, linked)
		page, heading, d.Body = pageConnect, p.Heading, p
	} else {
		p := w.gridPage(r.Context(), v, n, t, networks, linked)
		heading, d.Body = p.Heading, p
	}
	status := http.StatusOK
	d.DocumentTitle = headline(n, heading)
	if t != nil {
		status = t.status
		if n == nil {
			d.DocumentTitle = "Something has to be corrected – " + heading
		}
	}
	return w.show(rw, r, status, page, d)
}

// connectPage shows one network.
func (w *Web) connectPage(ctx context.Context, v *accounts.Visit, n *note, t *tried, networks []accounts.LinkNetwork, linked []core.Account) connectPage {
	title := v.Title(v.Session.Platform)
	network := accounts.LinkNetwork{Platform: v.Session.Platform, Title: title}
	if len(networks) > 0 {
		network = networks[0]
	}
	subHeading := brandOf(v.Profile).subject() + " would like to publish on " + title + " in your name, with the accounts that you choose."
	return connectPage{
		head: w.headOf(v, n, "Connect "+title, subHeading), Alerts: w.alerts(v, linked, t), Network: w.networkView(ctx, v, network, linked, t),
	}
}

// gridPage shows all networks.
func (w *Web) gridPage(ctx context.Context, v *accounts.Visit, n *note, t *tried, networks []accounts.LinkNetwork, linked []core.Account) gridPage {
	p := gridPage{
		head:   w.headOf(v, n, "Link your accounts", brandOf(v.Profile).subject()+" publishes in your name with the accounts that you link here."),
		Alerts: w.alerts(v, linked, t),
	}
	for _, network := range append(slices.Clone(networks), withoutApps(v, networks, linked)...) {
		p.Networks = append(p.Networks, w.networkView(ctx, v, network, linked, t))
	}
	if len(networks) == 0 {
		p.Nothing = w.nothing()
	}
	return p
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
func (w *Web) alerts(v *accounts.Visit, linked []core.Account, t *tried) []alert {
	now := w.Clock.Now()
	var list []alert
	for _, a := range linked {
		need, days := accounts.NeedOf(a, now)
		if need == accounts.NeedNothing {
			continue
		}
		entry := alert{
			Name: nameOf(a), Username: describe(a).Username, Network: v.Title(a.Platform), Platform: a.Platform, AccountID: a.ID,
			Level: warn, Action: "Refresh", Text: alertText(a, need, days, now),
		}
		if need == accounts.NeedRelink {
			entry.Level, entry.Action = bad, "Link again"
		}
		if !v.CanRelink(a) {
			entry.Action = ""
			entry.Text += " That cannot be done here: " + w.lacks(v, a.Platform)
		} else if app, _, able := v.RelinkApp(a); able {
			entry.Fields = t.fieldViews("again-"+a.ID, app, a)
		}
		list = append(list, entry)
	}
	slices.SortStableFunc(list, func(a, b alert) int { return cmp.Compare(a.Level, b.Level) }) // bad sorts before warn
	return list
}

func (w *Web) networkView(ctx context.Context, v *accounts.Visit, n accounts.LinkNetwork, linked []core.Account, t *tried) networkView {
	view := networkView{Platform: n.Platform, Title: n.Title, Initial: initials(n.Title), Summary: "No account is linked yet."}
	if !slices.ContainsFunc(n.Apps, func(a core.LinkApp) bool { return a.Direct }) {
		view.Host = w.signIn(ctx, n)
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
		entry := appView{Name: app.Name, Action: action, First: i == 0, Direct: app.Direct}
		if len(n.Apps) > 1 {
			entry.Title, entry.Action = cmp.Or(app.Title, covers(app.Kinds)), "Link"
			entry.Lasts, entry.Best = lastsFor(app.Lasts), i == 0
		}
		if view.Host == "" {
			entry.Hint = w.hint(ctx, n, app)
		}
		entry.Fields = t.fieldViews(n.Platform+"-"+app.Name, app, core.Account{Platform: n.Platform})
		view.Apps = append(view.Apps, entry)
	}
	return view
}

// signIn names where people sign in to a network. An app that asks first may lead anywhere:
// who is asked for tells where.
func (w *Web) signIn(ctx context.Context, n accounts.LinkNetwork) string {
	if slices.ContainsFunc(n.Apps, func(a core.LinkApp) bool { return len(a.Fields) > 0 }) {
		return serverOf(n.Title)
	}
	return hostsOf(w.Linking.ConsentOrigins(ctx, n), n.Title)
}

// serverOf names where an account is of which only its owner knows.
func serverOf(title string) string { return "the server of your account at " + title }

// hint tells what becomes of a password, at one of several apps.
func (w *Web) hint(ctx context.Context, n accounts.LinkNetwork, app core.LinkApp) string {
	if app.Direct {
		return directHint(n.Title)
	}
	n.Apps = []core.LinkApp{app}
	return signInHint(w.signIn(ctx, n))
}

// signInHint tells what becomes of a password at a network's consent page.
func signInHint(host string) string { return "You sign in at " + host + ". Your password stays there." }

// directHint tells what becomes of what is entered.
func directHint(title string) string {
	return "What you enter here is told to " + serverOf(title) + ", and to nobody else. It is not kept."
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
